"""Turns the progress of a request, the findings so far, into the evidence for the next decision."""

from typing import Final

from ...media.naming_rules import PathKind, is_indexed
from ...media.up_to_date import not_trashed
from ...models import FileState, ScanRequest, Settings
from ...paths.clean_path import Flavour
from ...scans.scan_job import Observation
from ...timing import Timing
from ..decision.evidence import (
    Analysis,
    DiskState,
    EffectiveOptions,
    Evidence,
    FactsSource,
    Listing,
    PlexVisibility,
    ReportedState,
    ScanState,
    Subject,
)
from ..decision.scan_scope import ScanScope, folder_at, wider
from ..dependencies import Dependencies
from .covering_scan import earliest_covering_start
from .listing_changes import is_analyzed, was_other_in_trash
from .listing_evidence import (
    change_of_files,
    compared_listing,
    contains_no_media,
    is_quiet,
    lists_missing_files,
    same_size,
    was_listed,
)
from .request_progress import Progress

MAX_INTERRUPTIONS: Final = 3  # scans of one request: this scan may be what crashes the server
MANY_SCANS: Final = 20  # of one request; from then on, it waits between them
_SUBJECTS: Final = {PathKind.FOLDER: Subject.FOLDER, PathKind.SIDECAR: Subject.SIDECAR}


def current_evidence(deps: Dependencies, progress: Progress) -> Evidence:
    """Return the evidence at this moment."""
    return evidence_of(
        progress,
        deps.settings,
        deps.timing,
        now=deps.clock.monotonic(),
        outages=deps.availability.outages,
        location_wait=_location_wait(deps, progress),
    )


def _location_wait(deps: Dependencies, progress: Progress) -> float:
    """Return in how many seconds the location may be scanned for this request.

    There is no limit for an existing file directly in the location, because there is no narrower folder to scan.
    """
    match, folder = progress.match, progress.scan_folder
    exists = progress.visibility is PlexVisibility.VISIBLE or progress.facts.state.exists
    if exists and folder is not None and folder.key == match.location.key:
        return 0.0
    removal = progress.request.gone or progress.visibility is PlexVisibility.NOT_VISIBLE
    return deps.runner.locations.wait_time(match, removal=removal, since=earliest_covering_start(deps, progress))


def max_view_age(deps: Dependencies, progress: Progress) -> float:
    """Return how old a view of Plex's disk may be, in seconds."""
    return min(max(deps.clock.monotonic() - progress.views_since, 0.0), deps.timing.view_max_age)


def evidence_of(
    progress: Progress, settings: Settings, timing: Timing, *, now: float, outages: int, location_wait: float
) -> Evidence:
    """Return the evidence at one moment.

    `now` is in monotonic seconds, `outages` counts how often the server has been unavailable, `location_wait` is in how
    many seconds the location may be scanned again.
    """
    request, path = progress.request, progress.match.path
    listing = compared_listing(progress)
    return Evidence(
        options=effective_options(request, settings),
        subject=_SUBJECTS.get(progress.kind, Subject.FILE),
        reported=_reported(request),
        names_location=path.key == progress.match.location.key,
        listing=listing,
        change=change_of_files(progress),
        was_listed=was_listed(progress),
        was_other_in_trash=was_other_in_trash(progress.first_listing or (), progress.listing or ()),
        may_be_listed_otherwise=path.flavour is Flavour.WINDOWS and progress.job is None,
        same_size=same_size(progress),
        quiet=is_quiet(progress, timing, now),
        disk=_disk(progress),
        facts_source=_facts_source(progress),
        growing=_is_growing(progress, timing, now, listing),
        changed_since_scan=_has_changed_since_scan(progress, timing, now),
        changing=_is_changing(progress, timing, now),
        removed_since_scan=progress.removed_since_scan,
        may_be_incomplete=progress.may_be_incomplete and progress.facts.size is None,
        has_no_media=contains_no_media(progress),
        lists_missing_files=lists_missing_files(progress),
        name_is_indexed=is_indexed(path, progress.match.location, progress.match.library.type, progress.facts.size),
        visibility=progress.visibility,
        visibility_is_fresh=now - progress.visibility_checked_at < timing.late_listing,
        visibility_is_outdated=progress.visibility_checked_at < progress.may_be_gone_since,
        removal_grace_over=now - progress.reported_at >= timing.removal_grace,
        mount=progress.mount,
        empty_confirmed=progress.empty_confirmed,
        scan=_scan_state(progress, outages),
        observed=progress.observed_now,
        scan_began_early=progress.scan_began_early,
        joined_scan=progress.joined_scan,
        looked_up_since_scan=_is_looked_up_since_scan(progress),
        since_scan=now - progress.job.ended_at if progress.job and progress.job.ended.is_set() else 0.0,
        reported_since_scan=progress.job is not None and progress.reported_at > progress.job.ended_at,
        scope=_first_scope(progress, settings),
        wider=_wider_scope(progress),
        siblings_listed=progress.siblings_listed,
        location_wait=location_wait,
        scan_wait=_scan_wait(progress, timing, now),
        lost_scans=progress.lost_scans,
        repeated=progress.repeated,
        found_in_other_library=progress.found_in_other_library() and not not_trashed(progress.first_listing or ()),
        time_left=settings.validation_timeout - progress.time_spent,
        analysis=_analysis(progress),
        analysis_requested=progress.analysis_requested,
        since_change_listed=now - progress.change_listed_at if progress.change_listed_at is not None else 0.0,
        has_sidecar_items=bool(progress.sidecar_items),
        refresh_requested=progress.refresh_requested_at is not None,
        refreshed=progress.refreshed,
        since_refresh=now - progress.refresh_requested_at if progress.refresh_requested_at is not None else 0.0,
    )


def effective_options(request: ScanRequest, settings: Settings) -> EffectiveOptions:
    """Return the options of the server, overridden by those of the request."""
    return EffectiveOptions(
        force=request.force,
        validate=settings.validate_media if request.validate is None else request.validate,
        skip_up_to_date=settings.duplicate_detection,
        smart_scanning=settings.smart_scanning,
    )


def _reported(request: ScanRequest) -> ReportedState:
    if request.contradicted:
        return ReportedState.CONTRADICTORY
    return ReportedState.GONE if request.gone else ReportedState.PRESENT


def _wider_scope(progress: Progress) -> ScanScope | None:
    """Return the next wider scope. If the latest scan was of a parent folder already, it need not be scanned again."""
    match, job = progress.match, progress.job
    folder = progress.scan_folder or match.path
    if job is not None and job.observation is Observation.OBSERVED and job.ended.is_set():
        return wider(match, folder, job.folder)
    return wider(match, folder, folder_at(match, folder, progress.scope))


def _first_scope(progress: Progress, settings: Settings) -> ScanScope:
    if not settings.smart_scanning or progress.scope is ScanScope.LIBRARY:
        return ScanScope.LIBRARY
    if progress.scan_folder and progress.scan_folder.key == progress.match.location.key:
        return ScanScope.LOCATION
    return progress.scope


def _disk(progress: Progress) -> DiskState:
    if progress.facts.state.exists:
        return DiskState.THERE
    if progress.facts.state is FileState.UNKNOWN:
        return DiskState.UNKNOWN
    if progress.was_on_disk:
        return DiskState.VANISHED
    # Without a `local` column, Home Assistant may see another folder with the same name.
    return DiskState.NOT_THERE if progress.has_local_mapping else DiskState.UNKNOWN


def _facts_source(progress: Progress) -> FactsSource:
    if progress.facts.size is None:
        return FactsSource.NONE
    return FactsSource.DISK if progress.facts.state.exists else FactsSource.SENDER


def _is_growing(progress: Progress, timing: Timing, now: float, listing: Listing) -> bool:
    """Whether the file was seen to change a moment ago."""
    if progress.kind is not PathKind.MEDIA or progress.facts_changed_at is None or not progress.facts.state.exists:
        return False
    return listing is not Listing.NOT_CHECKED and now - progress.facts_changed_at < timing.stable_time


def _has_changed_since_scan(progress: Progress, timing: Timing, now: float) -> bool:
    """Whether the disk, or else a later report, shows another state than at the latest scan, for good in a folder."""
    if progress.job is None or progress.on_disk_at_scan == progress.on_disk:
        return False
    if progress.kind is not PathKind.FOLDER and not progress.facts.state.exists:
        return progress.reported_at > progress.job.started_at  # the size is what a sender has reported
    return not _is_changing(progress, timing, now)


def _is_changing(progress: Progress, timing: Timing, now: float) -> bool:
    """Whether what is in the folder is not what it was at the latest scan, and changed a moment ago."""
    if progress.kind is not PathKind.FOLDER or progress.job is None or progress.on_disk_at_scan == progress.on_disk:
        return False
    return now - (progress.facts_changed_at or 0.0) < timing.stable_time


def _scan_state(progress: Progress, outages: int) -> ScanState:
    job = progress.job
    if job is None:
        return ScanState.NONE
    if progress.folder_scan_refused:
        return ScanState.REFUSED
    if job.outages != outages and progress.interruptions < MAX_INTERRUPTIONS:
        return ScanState.INTERRUPTED
    if not job.ended.is_set():
        return ScanState.RUNNING
    # If the listing has changed since, the scan did run, and only its events were lost; or it was an earlier scan.
    ran = 0.0 < job.started_at <= progress.listing_changed_at and not progress.may_be_incomplete
    return ScanState.LOST if job.observation is Observation.NOT_OBSERVED and not ran else ScanState.ENDED


def _is_looked_up_since_scan(progress: Progress) -> bool:
    """Return false for a scan that ended before it was taken for this request, until the path is looked up again."""
    job = progress.job
    return job is None or not job.ended.is_set() or progress.looked_up_at >= job.ended_at


def _scan_wait(progress: Progress, timing: Timing, now: float) -> float:
    """Return in how many seconds the path may be scanned again; 0 unless it has needed many scans."""
    if progress.attempts < MANY_SCANS:
        return 0.0
    return max(progress.last_scan_at + timing.many_scans_interval - now, 0.0)


def _analysis(progress: Progress) -> Analysis:
    if progress.analysis_in_progress:
        return Analysis.IN_PROGRESS
    if is_analyzed(progress.items):
        # Until Plex has analyzed a replaced file, the durations are those of the old one.
        return (
            Analysis.NOT_OBSERVED if progress.analysis_requested and not progress.analysis_finished else Analysis.DONE
        )
    return Analysis.FOUND_NOTHING if progress.analysis_finished else Analysis.NOT_OBSERVED
