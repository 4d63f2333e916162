"""The rules for what is already proven, before and after a scan."""

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
    """Look up the path first, if the outcome, the comparison or the item of a sidecar file depends on it."""
    wanted = e.options.validate or (e.options.skip_up_to_date and not e.options.force) or e.subject is Subject.SIDECAR
    return LookUp() if e.listing is Listing.NOT_CHECKED and wanted else None


def up_to_date(e: Evidence, _: Timing) -> Step | None:
    """Skip the scan if Plex already has this exact file."""
    skips = e.options.skip_up_to_date and not e.options.force and e.subject is not Subject.SIDECAR
    applies = skips and e.scan is ScanState.NONE and e.listing is Listing.MATCHING and e.changed is None
    if not applies or e.growing or (e.reported is not ReportedState.PRESENT and e.disk is not DiskState.THERE):
        return None
    return Finish(Outcome.UP_TO_DATE)


def nothing_to_scan(e: Evidence, _: Timing) -> Step | None:
    """Skip the scan of a path that does not exist and that Plex does not list."""
    if e.subject is Subject.SIDECAR or e.listing is not Listing.ABSENT or e.was_listed or e.may_be_listed_otherwise:
        return None
    vanished = e.disk is DiskState.VANISHED and e.visibility is not PlexVisibility.SEEN
    if not vanished and (
        e.reported is ReportedState.PRESENT or e.scan is not ScanState.NONE or e.existence is Existence.EXISTS
    ):
        return None
    if not vanished and e.visibility is PlexVisibility.NOT_CHECKED:
        return CheckVisibility()  # what Plex sees overrides what was reported
    if (
        e.reported is not ReportedState.GONE
        and e.mount in {MountState.NOT_CHECKED, MountState.MISSING}
        and not e.mount_allowed
    ):
        return CheckMount() if e.mount is MountState.NOT_CHECKED else WaitForMount()  # the mount may be missing
    return (
        Finish(Outcome.UP_TO_DATE)
        if vanished or e.existence is Existence.MISSING or e.reported is ReportedState.GONE
        else None
    )


def removed(e: Evidence, _: Timing) -> Step | None:
    """Finish if the path is gone and Plex no longer lists it."""
    if not e.gone or e.listing is not Listing.ABSENT or e.subject is Subject.SIDECAR or not e.options.validate:
        return None
    if e.was_listed:
        return Finish(Outcome.REMOVED)
    return Finish(Outcome.UP_TO_DATE) if e.scan is ScanState.ENDED else None


def changed(e: Evidence, timing: Timing) -> Step | None:
    """Finish if Plex lists the path as it is now and did not before; wait a moment for the duration."""
    if e.changed is None or e.subject is Subject.SIDECAR:
        return None
    present = e.listing is Listing.MATCHING or (e.listing is Listing.UNVERIFIED and e.quiet)
    if not present or e.growing or e.gone or not e.options.validate:
        return None
    outcome = outcome_of_change(e, e.changed)
    if e.subject is Subject.FOLDER and e.listing is Listing.UNVERIFIED and e.scan is ScanState.RUNNING:
        return None  # the scan of a folder may list further files
    if outcome is Outcome.UPDATED and e.subject is Subject.FILE and not e.analysis_requested:
        if e.scan is ScanState.RUNNING and e.since_proof < timing.analysis_timeout:
            return LookUp()  # Plex 1.43 can crash if it analyzes an item while it scans the library
        return RequestAnalysis()
    return _finish_analyzed(e, outcome, timing)


def outcome_of_change(e: Evidence, change: Outcome) -> Outcome:
    """Return the outcome of a change. A file that is still listed was not removed: only another item lost it."""
    return Outcome.UP_TO_DATE if change is Outcome.REMOVED and e.subject is Subject.FILE else change


def _finish_analyzed(e: Evidence, outcome: Outcome, timing: Timing) -> Step:
    """Wait for the duration only as long as Plex is seen to be analyzing."""
    limits = {
        Analysis.DONE: 0.0,
        Analysis.IN_PROGRESS: timing.analysis_timeout,
        Analysis.NOT_OBSERVED: 2 * timing.quiet_period if e.analysis_requested else timing.first_poll,
        Analysis.FOUND_NOTHING: timing.quiet_period,
    }
    if e.since_proof < limits[e.analysis]:
        return LookUp()
    return Finish(outcome, Reason.DAMAGED if e.analysis is Analysis.FOUND_NOTHING else None)


def unchanged(e: Evidence, timing: Timing) -> Step | None:
    """Finish without a change if the file matches, or if Plex had time to list a change after an observed scan."""
    if e.scan is not ScanState.ENDED or e.changed is not None or e.gone or e.growing:
        return None
    if e.subject is Subject.SIDECAR or not e.options.validate:
        return None
    if e.listing is Listing.TOO_MANY:
        return Finish(Outcome.SCANNED)
    if e.listing is Listing.MATCHING:
        return Finish(Outcome.UP_TO_DATE)
    if e.listing is Listing.UNVERIFIED and e.since_scan >= timing.late_listing:
        return finish_unchanged(e)
    return None


def finish_unchanged(e: Evidence) -> Step:
    """End without a change; only an observed scan proves that there was none."""
    return Finish(Outcome.UP_TO_DATE if e.observed is Observed.SEEN else Outcome.SCANNED)
