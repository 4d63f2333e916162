"""The rules that finish a request whose outcome is proven: by a look-up, or by disks and reports."""

from ...libraries.mount_state import MountState
from ...models import Outcome, Reason
from ...timing import Timing
from .evidence import (
    Analysis,
    DiskState,
    Evidence,
    Existence,
    Listing,
    Observed,
    PlexVisibility,
    ReportedState,
    ScanState,
    Subject,
)
from .step_types import CheckMount, CheckVisibility, Finish, LookUp, RequestAnalysis, Step, WaitForMount


def first_lookup_needed(e: Evidence, _: Timing) -> Step | None:
    """Look up the path first if the validation, the comparison or the item of a sidecar file depends on it."""
    wanted = e.options.validate or (e.options.skip_up_to_date and not e.options.force) or e.subject is Subject.SIDECAR
    return LookUp() if e.listing is Listing.NOT_CHECKED and wanted else None


def up_to_date(e: Evidence, _: Timing) -> Step | None:
    """Skip the scan if Plex already has this exact file."""
    skips = e.options.skip_up_to_date and not e.options.force and e.subject is not Subject.SIDECAR
    matches = e.scan is ScanState.NONE and e.listing is Listing.MATCHING and e.change is None
    reported_removed = e.reported is not ReportedState.PRESENT and e.disk is not DiskState.THERE
    applies = skips and matches and not e.growing and not reported_removed
    return Finish(Outcome.UP_TO_DATE) if applies else None


def vanished(e: Evidence, _: Timing) -> Step | None:
    """Finish if the path has disappeared before Plex listed it: there is nothing to scan."""
    if not _was_never_listed(e) or e.disk is not DiskState.VANISHED or e.visibility is PlexVisibility.VISIBLE:
        return None
    if e.visibility is PlexVisibility.NOT_CHECKED:
        return CheckVisibility()  # only Home Assistant's own mount may be missing
    return _wait_for_mount(e) or Finish(Outcome.UP_TO_DATE)


def removed_before_listed(e: Evidence, _: Timing) -> Step | None:
    """Finish if a path was reported as removed that does not exist and that Plex never listed."""
    is_report = e.reported is not ReportedState.PRESENT and e.scan is ScanState.NONE
    if not is_report or not _was_never_listed(e) or e.existence is Existence.EXISTS:
        return None
    if e.visibility is PlexVisibility.NOT_CHECKED:
        return CheckVisibility()  # what Plex sees overrides what was reported
    if step := _wait_for_mount(e):
        return step
    # If neither disk shows whether the path exists, the report of the removal decides. Contradictory reports do not.
    is_missing = e.existence is Existence.MISSING or e.reported is ReportedState.GONE
    return Finish(Outcome.UP_TO_DATE) if is_missing else None


def _was_never_listed(e: Evidence) -> bool:
    """Return whether Plex does not list the path and did not list it at the first look-up, however it is spelled."""
    is_absent = e.listing is Listing.ABSENT and not e.was_listed and not e.may_be_listed_otherwise
    return is_absent and e.subject is not Subject.SIDECAR


def _wait_for_mount(e: Evidence) -> Step | None:
    """Check the mount and wait while it is missing, unless a sender reported the removal.

    While it is missing, existing files cannot be seen either.
    """
    if e.reported is ReportedState.GONE or e.empty_confirmed:
        return None
    if e.mount is MountState.NOT_CHECKED:
        return CheckMount()
    return WaitForMount() if e.mount is MountState.MISSING else None


def check_if_removed(e: Evidence, _: Timing) -> Step | None:
    """Check again whether Plex sees a path that may have been removed since the last check.

    Such a path is no longer listed, was reported as removed, or is missing on Home Assistant's disk.
    """
    may_finish = e.scan in {ScanState.RUNNING, ScanState.ENDED} or e.change is not None
    if not may_finish or e.subject is Subject.SIDECAR or not e.visibility_is_outdated:
        return None
    is_missing_here = e.disk in {DiskState.VANISHED, DiskState.NOT_THERE}
    # If Plex does not show its disk, it can be asked for the files of what it lists.
    can_be_asked = e.visibility is PlexVisibility.UNKNOWN and is_missing_here and e.is_listed
    may_be_gone = e.visibility in {PlexVisibility.VISIBLE, PlexVisibility.NOT_CHECKED} or can_be_asked
    is_suspect = e.listing is Listing.ABSENT or e.reported is not ReportedState.PRESENT or is_missing_here
    return CheckVisibility() if is_suspect and may_be_gone else None


def removed(e: Evidence, _: Timing) -> Step | None:
    """Finish if the path is gone and Plex no longer lists it.

    If nobody has reported the removal, the path may have disappeared with its mount, perhaps during the scan.
    """
    if not e.gone or e.listing is not Listing.ABSENT or e.subject is Subject.SIDECAR or not e.options.validate:
        return None
    if step := _wait_for_mount(e):
        return step
    if e.was_listed:
        return Finish(Outcome.REMOVED)
    return Finish(Outcome.UP_TO_DATE) if e.scan is ScanState.ENDED else None


def changed(e: Evidence, timing: Timing) -> Step | None:
    """Finish if Plex lists the path as it is now, and did not before the scan; wait for the duration of new items.

    A replaced file first needs an analysis on request: otherwise Plex keeps the duration and streams of the old file.
    The same goes for a file that comes back to the place of another one in the trash.
    """
    if e.change is None or e.subject is Subject.SIDECAR:
        return None
    present = e.listing is Listing.MATCHING or (e.listing is Listing.UNVERIFIED and e.quiet)
    if e.may_be_incomplete and (e.scan is not ScanState.ENDED or e.since_scan < timing.late_listing):
        return None  # what is listed may be what the earlier scan has read
    if not present or e.growing or e.gone or not e.options.validate:
        return None
    outcome = outcome_of_change(e, e.change)
    is_read = e.scan not in {ScanState.NONE, ScanState.RUNNING, ScanState.LOST}
    if e.subject is Subject.FOLDER and e.listing is Listing.UNVERIFIED and not is_read:
        return None  # a scan of the folder may list further files: the change is perhaps that of a narrower scan
    is_replaced = (outcome is Outcome.UPDATED or e.was_other_in_trash) and e.subject is Subject.FILE
    if is_replaced and not e.analysis_requested:
        if e.scan is ScanState.RUNNING and e.since_change_listed < timing.analysis_timeout:
            # Plex 1.43 can crash if it analyzes an item while it scans the library.
            return LookUp(within=timing.analysis_timeout - e.since_change_listed)
        return RequestAnalysis()  # if the library is still busy by then, the step ends without an analysis
    if e.change is Outcome.REMOVED:
        return Finish(outcome)  # what is left is not new
    return _finish_analyzed(e, outcome, timing)


def outcome_of_change(e: Evidence, change: Outcome) -> Outcome:
    """Return the outcome of a change.

    The file is still listed, so a REMOVED here means only that one of its several items is gone.
    """
    return Outcome.UP_TO_DATE if change is Outcome.REMOVED and e.subject is Subject.FILE else change


def _finish_analyzed(e: Evidence, outcome: Outcome, timing: Timing) -> Step:
    """Finish once Plex has analyzed the file, or has shown no sign of analyzing it for some time."""
    limits = {
        Analysis.DONE: 0.0,
        Analysis.IN_PROGRESS: timing.analysis_timeout,
        # Plex begins to analyze a new item when it lists it. On request, it needs a moment to begin.
        Analysis.NOT_OBSERVED: 2 * timing.quiet_period if e.analysis_requested else timing.first_poll,
        Analysis.FOUND_NOTHING: timing.quiet_period,
    }
    if (left := limits[e.analysis] - e.since_change_listed) > 0:
        return LookUp(within=left)
    return Finish(outcome, Reason.DAMAGED if e.analysis is Analysis.FOUND_NOTHING else None)


def unchanged(e: Evidence, timing: Timing) -> Step | None:
    """Finish without a change if the file matches, or if Plex had time to list a change after an observed scan."""
    if e.scan is not ScanState.ENDED or e.change is not None or e.gone or e.growing:
        return None
    if e.subject is Subject.SIDECAR or not e.options.validate:
        return None
    if e.listing is Listing.TOO_MANY:
        return Finish(Outcome.SCANNED)
    if e.listing is Listing.MATCHING:
        return Finish(Outcome.UP_TO_DATE)
    if e.listing is not Listing.UNVERIFIED or e.since_scan < timing.late_listing or not e.quiet:
        return None
    if e.observed is not Observed.YES and not e.repeated and e.time_left > 0:
        return None  # the scan may have been lost: it is repeated once
    # Nothing shows whether the scan could read the path: its mount may have been lost since then.
    is_seen = e.visibility is not PlexVisibility.VISIBLE or e.visibility_is_fresh
    return finish_unchanged(e) if is_seen else CheckVisibility()


def finish_unchanged(e: Evidence) -> Step:
    """Finish without a change. Without an observed scan, this is not proven, and the outcome is SCANNED."""
    return Finish(Outcome.UP_TO_DATE if e.observed is Observed.YES else Outcome.SCANNED)
