"""Evidence built from the progress of a request: what was found out, compared and classified."""

from collections.abc import Mapping, Sequence
from typing import Final

from ...media.freshness import Freshness, freshness, not_trashed
from ...media.rules import PathKind, is_taken
from ...models import FileFacts, MediaFile, Outcome, ScanRequest, Settings
from ...paths.clean_path import Flavour
from ...scans.scan_job import Observation
from ...timing import Timing
from ..decision.evidence import Analysis, Disk, Evidence, Facts, Listing, ScanState, Subject, Wishes, Word
from ..decision.scan_scope import Rung, wider
from .listing_changes import all_listed, any_vanished, difference, file_key, is_settled
from .progress import Progress

_MOST_INTERRUPTED: Final = 3  # scans of one request: it may be this very scan that a server cannot bear
_SUBJECTS: Final = {PathKind.FOLDER: Subject.FOLDER, PathKind.SIDECAR: Subject.SIDECAR}


def evidence_of(
    progress: Progress, settings: Settings, timing: Timing, *, now: float, outages: int, location_wait: float
) -> Evidence:
    """Return what is known at this moment. `outages` counts how often the server was away."""
    request, path = progress.request, progress.match.path
    listing = _listing(progress)
    change = _difference(progress)
    return Evidence(
        wishes=wishes_of(request, settings),
        subject=_SUBJECTS.get(progress.kind, Subject.FILE),
        word=Word.BOTH if request.contradicted else Word.GONE if request.gone else Word.PRESENT,
        names_location=path.key == progress.match.location.key,
        listing=listing,
        changed=change,
        was_listed=_was_listed(progress),
        may_be_listed_otherwise=path.flavour is Flavour.WINDOWS and progress.job is None,
        same_size=_same_size(progress),
        quiet=_is_quiet(progress, timing, now),
        disk=_disk(progress),
        facts=_facts_source(progress),
        growing=_is_growing(progress, timing, now, listing),
        changed_since_scan=progress.job is not None and progress.size_at_scan != _size_and_time(progress),
        nothing_to_list=_holds_nothing(progress),
        name_taken=is_taken(path, progress.match.location, progress.match.library.type, progress.facts.size),
        sight=progress.sight,
        sight_is_fresh=now - progress.sight_at < timing.patience,
        vanish_time_over=now - progress.word_at >= timing.vanish,
        mount=progress.mount,
        mount_allowed=progress.mount_allowed,
        scan=_scan_state(progress, outages),
        observed=progress.observed_now,
        since_scan=now - progress.job.ended_at if progress.job and progress.job.ended.is_set() else 0.0,
        rung=_first_rung(progress, settings),
        wider=wider(progress.match, progress.folder or path, progress.rung),
        others_known=progress.others_known,
        location_wait=location_wait,
        lost_scans=progress.lost_scans,
        repeated=progress.repeated,
        taken_elsewhere=progress.taken_elsewhere() and not not_trashed(progress.before or ()),
        time_left=settings.validation_timeout - progress.spent,
        analysis=_analysis(progress),
        analysis_requested=progress.analysis_requested,
        since_proof=now - progress.proven_at if progress.proven_at is not None else 0.0,
        items_beside=bool(progress.beside),
        refresh_requested=progress.refresh_at is not None,
        refreshed=progress.refreshed,
        since_refresh=now - progress.refresh_at if progress.refresh_at is not None else 0.0,
    )


def wishes_of(request: ScanRequest, settings: Settings) -> Wishes:
    """Return what the request and the options ask for together."""
    return Wishes(
        force=request.force,
        validates=settings.validate_media if request.validate is None else request.validate,
        skips_up_to_date=settings.duplicate_detection,
        smart=settings.smart_scanning,
    )


def _first_rung(progress: Progress, settings: Settings) -> Rung:
    if not settings.smart_scanning:
        return Rung.LIBRARY
    if progress.folder and progress.folder.key == progress.match.location.key:
        return Rung.LOCATION
    return progress.rung


def _listing(progress: Progress) -> Listing:
    """Compare what Plex lists now with what is known."""
    if not progress.looked:
        return Listing.UNASKED
    if progress.now is None:
        return Listing.UNTELLABLE
    listed = not_trashed(progress.now)
    if progress.kind is PathKind.FOLDER:
        return _folder_listing(progress, listed)
    scanned = progress.job is not None and progress.job.ended.is_set()
    # After a scan Plex has looked at the time of the file itself, whatever its time zone.
    found = freshness(progress.now, progress.facts, any_zone=scanned)
    return {
        Freshness.MISSING: Listing.ABSENT,
        Freshness.SAME: Listing.MATCHING,
        Freshness.STALE: Listing.DIFFERENT,
        Freshness.UNVERIFIED: Listing.UNVERIFIED,
    }[found]


def _folder_listing(progress: Progress, listed: Sequence[MediaFile]) -> Listing:
    if progress.expected is None:
        return Listing.UNVERIFIED if listed else Listing.ABSENT
    complete = all_listed(progress.expected, listed) and not any_vanished(progress.expected, listed)
    if complete and (_certain(progress.expected) or listed):
        return Listing.MATCHING
    if progress.remembered and progress.job is None and listed:
        return Listing.MATCHING  # a scan of these very files changed nothing
    return Listing.DIFFERENT if listed else Listing.ABSENT


def _certain(expected: Mapping[str, FileFacts]) -> bool:
    return any(facts.size is not None for facts in expected.values())


def _difference(progress: Progress) -> Outcome | None:
    if not progress.looked or progress.before is None or progress.now is None:
        return None
    return difference(progress.before, progress.now)


def _was_listed(progress: Progress) -> bool:
    """Whether the first look found the path listed. For a sidecar file it finds only the items beside it."""
    if progress.kind is PathKind.SIDECAR:
        return False
    return bool(not_trashed(progress.before or ())) or (progress.looked and progress.before is None)


def _same_size(progress: Progress) -> bool:
    listed = not_trashed(progress.now or ())
    return bool(listed) and all(file.size == progress.facts.size for file in listed)


def _is_quiet(progress: Progress, timing: Timing, now: float) -> bool:
    """Whether a folder of unknown contents may be called completely listed."""
    if progress.kind is not PathKind.FOLDER or progress.expected is not None:
        return True
    job = progress.job
    last = max(progress.changed_at or 0.0, job.ended_at if job and job.ended.is_set() else 0.0)
    if progress.seen_names is not None:
        if progress.seen_names == {file_key(file) for file in not_trashed(progress.now or ())}:
            return not progress.under_way
        return now - last >= timing.patience
    return not progress.under_way and now - last >= timing.quiet


def _holds_nothing(progress: Progress) -> bool:
    """Whether a folder is seen, and nothing in it that Plex would list."""
    if progress.expected is not None:
        return not _certain(progress.expected)
    return progress.seen_names is not None and not progress.seen_names


def _disk(progress: Progress) -> Disk:
    if progress.facts.exists:
        return Disk.THERE
    if progress.facts.exists is None:
        return Disk.UNKNOWN
    if progress.was_on_disk:
        return Disk.VANISHED
    # Without a `local` column the folder that Home Assistant sees may be another of the same name.
    return Disk.NOT_THERE if progress.trusts_disk else Disk.UNKNOWN


def _facts_source(progress: Progress) -> Facts:
    if progress.facts.size is None:
        return Facts.NONE
    return Facts.DISK if progress.facts.exists else Facts.SENDER


def _size_and_time(progress: Progress) -> tuple[int | None, float | None]:
    return progress.facts.size, progress.facts.mtime


def _is_growing(progress: Progress, timing: Timing, now: float, listing: Listing) -> bool:
    """Whether the file was seen to change a moment ago, or its change is not in Plex yet and seconds old."""
    if progress.kind is not PathKind.MEDIA or progress.facts_changed_at is None or not progress.facts.exists:
        return False
    return listing is not Listing.UNASKED and now - progress.facts_changed_at < timing.still


def _scan_state(progress: Progress, outages: int) -> ScanState:
    job = progress.job
    if job is None:
        return ScanState.NONE
    if progress.refused:
        return ScanState.REFUSED
    if job.outages != outages and progress.interruptions < _MOST_INTERRUPTED:
        return ScanState.INTERRUPTED
    if not job.ended.is_set():
        return ScanState.RUNNING
    # What Plex lists has changed since: it did run, only its events were lost.
    ran = progress.changed_at is not None and progress.changed_at >= job.started_at
    return ScanState.LOST if job.observation is Observation.NOT_SEEN and not ran else ScanState.ENDED


def _analysis(progress: Progress) -> Analysis:
    if progress.under_way:
        return Analysis.UNDER_WAY
    if is_settled(progress.items):
        # Until Plex has read a replaced file again, the durations are the old file's.
        return Analysis.UNSEEN if progress.analysis_requested and not progress.processed else Analysis.DONE
    return Analysis.FOUND_NOTHING if progress.processed else Analysis.UNSEEN
