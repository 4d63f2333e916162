"""Turns the progress of a request, the findings so far, into the evidence for the next decision."""

from collections.abc import Mapping, Sequence
from typing import Final

from ...media.naming_rules import PathKind, is_indexed
from ...media.up_to_date import Comparison, compare_with_listed, not_trashed
from ...models import FileFacts, FileState, MediaFile, ScanRequest, Settings
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
from .listing_changes import all_listed, any_gone, file_key, is_analyzed
from .request_progress import Progress

MAX_INTERRUPTIONS: Final = 3  # scans of one request: this scan may be what crashes the server
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


def _visibility_valid_from(progress: Progress) -> float:
    """Return since when (monotonic seconds) a check of the visibility shows whether the path was removed."""
    request = progress.request
    reported_at = progress.reported_at if request.gone or request.contradicted else 0.0
    return max(reported_at, progress.listing_changed_at or 0.0, progress.vanished_at or 0.0)


def evidence_of(
    progress: Progress, settings: Settings, timing: Timing, *, now: float, outages: int, location_wait: float
) -> Evidence:
    """Return the evidence at one moment.

    `now` is in monotonic seconds, `outages` counts how often the server has been unavailable, `location_wait` is in how
    many seconds the location may be scanned again.
    """
    request, path = progress.request, progress.match.path
    listing = _listing(progress)
    return Evidence(
        options=effective_options(request, settings),
        subject=_SUBJECTS.get(progress.kind, Subject.FILE),
        reported=_reported(request),
        names_location=path.key == progress.match.location.key,
        listing=listing,
        change=progress.change,
        was_listed=_was_listed(progress),
        may_be_listed_otherwise=path.flavour is Flavour.WINDOWS and progress.job is None,
        same_size=_same_size(progress),
        quiet=_is_quiet(progress, timing, now),
        disk=_disk(progress),
        facts_source=_facts_source(progress),
        growing=_is_growing(progress, timing, now, listing),
        changed_since_scan=_has_changed_since_scan(progress, timing, now),
        changing=_is_changing(progress, timing, now),
        removed_since_scan=progress.removed_since_scan,
        may_be_incomplete=progress.may_be_incomplete and progress.facts.size is None,
        has_no_media=_contains_no_media(progress),
        name_is_indexed=is_indexed(path, progress.match.location, progress.match.library.type, progress.facts.size),
        visibility=progress.visibility,
        visibility_is_fresh=now - progress.visibility_checked_at < timing.late_listing,
        visibility_is_outdated=progress.visibility_checked_at < _visibility_valid_from(progress),
        removal_grace_over=now - progress.reported_at >= timing.removal_grace,
        mount=progress.mount,
        empty_confirmed=progress.empty_confirmed,
        scan=_scan_state(progress, outages),
        observed=progress.observed_now,
        scan_began_early=progress.scan_began_early,
        looked_up_since_scan=_is_looked_up_since_scan(progress),
        since_scan=now - progress.job.ended_at if progress.job and progress.job.ended.is_set() else 0.0,
        scope=_first_scope(progress, settings),
        wider=_wider_scope(progress),
        siblings_listed=progress.siblings_listed,
        location_wait=location_wait,
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
    if not settings.smart_scanning:
        return ScanScope.LIBRARY
    if progress.scan_folder and progress.scan_folder.key == progress.match.location.key:
        return ScanScope.LOCATION
    return progress.scope


def _listing(progress: Progress) -> Listing:
    """Compare what Plex lists with what is known of the file or folder."""
    if not progress.looked_up:
        return Listing.NOT_CHECKED
    if progress.listing is None:
        return Listing.TOO_MANY
    listed = not_trashed(progress.listing)
    if progress.kind is PathKind.FOLDER:
        return _folder_listing(progress, listed)
    scanned = progress.job is not None and progress.job.ended.is_set()
    # After a scan Plex has read the time of the file itself, in whatever time zone.
    found = compare_with_listed(progress.listing, progress.facts, any_zone=scanned)
    return {
        Comparison.MISSING: Listing.ABSENT,
        Comparison.SAME: Listing.MATCHING,
        Comparison.STALE: Listing.DIFFERENT,
        Comparison.UNVERIFIED: Listing.UNVERIFIED,
    }[found]


def _folder_listing(progress: Progress, listed: Sequence[MediaFile]) -> Listing:
    if progress.expected_files is None:
        return Listing.UNVERIFIED if listed else Listing.ABSENT
    complete = all_listed(progress.expected_files, listed) and not any_gone(progress.expected_files, listed)
    if complete and (_has_sized_files(progress.expected_files) or listed):
        return Listing.MATCHING
    if progress.known_unchanged and progress.job is None and listed:
        return Listing.MATCHING  # an earlier scan of these files changed nothing
    return Listing.DIFFERENT if listed else Listing.ABSENT


def _has_sized_files(expected: Mapping[str, FileFacts]) -> bool:
    return any(facts.size is not None for facts in expected.values())


def _was_listed(progress: Progress) -> bool:
    """Return whether the first look-up found the path. For a sidecar file it finds only the items beside it."""
    if progress.kind is PathKind.SIDECAR:
        return False
    return bool(not_trashed(progress.first_listing or ())) or (progress.looked_up and progress.first_listing is None)


def _same_size(progress: Progress) -> bool:
    listed = not_trashed(progress.listing or ())
    return bool(listed) and all(file.size == progress.facts.size for file in listed)


def _is_quiet(progress: Progress, timing: Timing, now: float) -> bool:
    """Whether a folder whose files are unknown can be considered completely listed."""
    if progress.kind is not PathKind.FOLDER or progress.expected_files is not None:
        return True
    if progress.files_visible_to_plex == frozenset(map(file_key, not_trashed(progress.listing or ()))):
        return not progress.analysis_in_progress
    job = progress.job
    last = max(progress.listing_changed_at or 0.0, job.ended_at if job and job.ended.is_set() else 0.0)
    if progress.unlisted_in_progress and now - last < timing.late_listing + timing.analysis_timeout:
        return False  # they may be new files of the folder: some servers only list items that they have analyzed
    if progress.files_visible_to_plex is not None:  # Plex sees other files than it lists
        return now - last >= (timing.late_listing if progress.change else timing.ignored_after)
    return not progress.analysis_in_progress and now - last >= timing.quiet_period


def _contains_no_media(progress: Progress) -> bool:
    """Whether the folder is seen and contains nothing that Plex would list."""
    if progress.expected_files is not None:
        return not _has_sized_files(progress.expected_files)
    return progress.files_visible_to_plex is not None and not progress.files_visible_to_plex


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
    # If the listing has changed since, the scan did run, and only its events were lost.
    ran = progress.listing_changed_at is not None and progress.listing_changed_at >= job.started_at
    return ScanState.LOST if job.observation is Observation.NOT_OBSERVED and not ran else ScanState.ENDED


def _is_looked_up_since_scan(progress: Progress) -> bool:
    """Return false for a scan that ended before it was taken for this request, until the path is looked up again."""
    job = progress.job
    return job is None or not job.ended.is_set() or progress.looked_up_at >= job.ended_at


def _analysis(progress: Progress) -> Analysis:
    if progress.analysis_in_progress:
        return Analysis.IN_PROGRESS
    if is_analyzed(progress.items):
        # Until Plex has analyzed a replaced file, the durations are those of the old one.
        return (
            Analysis.NOT_OBSERVED if progress.analysis_requested and not progress.analysis_finished else Analysis.DONE
        )
    return Analysis.FOUND_NOTHING if progress.analysis_finished else Analysis.NOT_OBSERVED
