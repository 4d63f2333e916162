"""What the latest look-up of a request says, compared with what is known of the file or folder."""

from collections.abc import Callable, Mapping, Sequence

from ...media.listed_files import file_key
from ...media.naming_rules import PathKind
from ...media.up_to_date import Comparison, compare_with_listed, not_trashed
from ...models import FileFacts, MediaFile, Outcome
from ...timing import Timing
from ..decision.evidence import Listing
from .listing_changes import all_listed, listing_change
from .request_progress import Progress


def compared_listing(progress: Progress) -> Listing:
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
    complete = all_listed(progress.expected_files, listed) and not lists_missing_files(progress)
    if complete and (_has_sized_files(progress.expected_files) or listed):
        return Listing.MATCHING
    if progress.known_unchanged and progress.job is None and listed:
        return Listing.MATCHING  # an earlier scan of these files changed nothing
    return Listing.DIFFERENT if listed else Listing.ABSENT


def lists_missing_files(progress: Progress) -> bool:
    """Return whether Plex lists a file in the folder that neither Home Assistant nor Plex was found to see."""
    return any(map(_is_missing(progress), not_trashed(progress.listing or ())))


def change_of_files(progress: Progress) -> Outcome | None:
    """Return what changed in the listing since the first one. A new file that is missing by now does not count."""
    change = progress.change
    if change is not Outcome.ADDED or not lists_missing_files(progress):
        return change
    before, is_missing = progress.first_listing or (), _is_missing(progress)
    was_listed = {file.file for file in not_trashed(before)}
    listed = [file for file in progress.listing or () if file.file in was_listed or not is_missing(file)]
    return listing_change(before, listed)


def _is_missing(progress: Progress) -> Callable[[MediaFile], bool]:
    """Return a predicate: whether a file that Plex lists in the folder is missing; false if it cannot be known."""
    if progress.kind is not PathKind.FOLDER or progress.expected_files is None:
        return lambda _: False
    there = progress.expected_files.keys() | progress.missed_files_visible_to_plex
    return lambda file: file_key(file) not in there


def _has_sized_files(expected: Mapping[str, FileFacts]) -> bool:
    return any(facts.size is not None for facts in expected.values())


def was_listed(progress: Progress) -> bool:
    """Return whether the first look-up found the path. For a sidecar file it finds only the items beside it."""
    if progress.kind is PathKind.SIDECAR:
        return False
    return bool(not_trashed(progress.first_listing or ())) or (progress.looked_up and progress.first_listing is None)


def same_size(progress: Progress) -> bool:
    """Return whether Plex lists the path with the size that is known of the file."""
    listed = not_trashed(progress.listing or ())
    return bool(listed) and all(file.size == progress.facts.size for file in listed)


def is_quiet(progress: Progress, timing: Timing, now: float) -> bool:
    """Return whether a folder whose files are unknown can be considered completely listed."""
    if progress.kind is not PathKind.FOLDER or progress.expected_files is not None:
        return True
    if progress.files_visible_to_plex == frozenset(map(file_key, not_trashed(progress.listing or ()))):
        return not progress.analysis_in_progress
    job = progress.job
    last = max(progress.listing_changed_at, job.ended_at if job and job.ended.is_set() else 0.0)
    if progress.unlisted_in_progress and now - last < timing.late_listing + timing.analysis_timeout:
        return False  # they may be new files of the folder: some servers only list items that they have analyzed
    if progress.files_visible_to_plex is not None:  # Plex sees other files than it lists
        return now - last >= (timing.late_listing if progress.change else timing.ignored_after)
    return not progress.analysis_in_progress and now - last >= timing.quiet_period


def contains_no_media(progress: Progress) -> bool:
    """Return whether the folder is seen and contains nothing that Plex would list."""
    if progress.expected_files is not None:
        return not _has_sized_files(progress.expected_files)
    return progress.files_visible_to_plex is not None and not progress.files_visible_to_plex
