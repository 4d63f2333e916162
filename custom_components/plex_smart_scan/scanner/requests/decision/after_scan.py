"""The rules that follow the request for a scan, except the rule for a wider scan.

They are defined in the order in which they are tried (see `rule_table`). From `look_up_after_scan` on, the state of
the scan is always ENDED: the earlier rules return a step in every other state.
"""

from dataclasses import replace

from ...libraries.mount_state import MountState
from ...models import Outcome, Reason
from ...timing import Timing, nth_pause
from .evidence import Evidence, FactsSource, Listing, Observed, PlexVisibility, ScanState, Subject
from .give_up import finish_without_proof
from .proof import finish_unchanged, outcome_of_change
from .scan_scope import ScanScope
from .step_types import CheckVisibility, Finish, LookUp, RefreshSidecarItems, Restart, Scan, Step, WaitForNextScan


def restart_after_outage(e: Evidence, _: Timing) -> Step | None:
    """Start over after an outage, because the server has lost its queue of scans."""
    return Restart() if e.scan is ScanState.INTERRUPTED else None


def scan_without_validation(e: Evidence, _: Timing) -> Step | None:
    """Finish with the end of the scan if no validation is wanted and no item needs a refresh."""
    refreshes = e.subject is Subject.SIDECAR and e.has_sidecar_items and not e.refresh_requested
    applies = e.scan is ScanState.ENDED and not e.options.validate and not refreshes
    return Finish(Outcome.SCANNED) if applies else None


def scan_library_if_folder_refused(e: Evidence, _: Timing) -> Step | None:
    """Scan the whole library if the server refuses to scan a folder, and Plex sees the path or it is gone.

    The mount of its location is present; the other locations are checked before the scan is requested.
    """
    if e.scan is not ScanState.REFUSED:
        return None
    possible = (
        e.scope is not ScanScope.LIBRARY
        and e.mount is MountState.PRESENT
        and (e.gone or e.visibility is PlexVisibility.VISIBLE)
    )
    return Scan(ScanScope.LIBRARY) if possible else Finish(Outcome.FAILED, Reason.BAD_REQUEST)


def repeat_lost_scan(e: Evidence, timing: Timing) -> Step | None:
    """Repeat a scan that Plex accepted but never ran, instead of scanning a parent folder.

    A newer report ends the pause before that.
    """
    if e.scan is not ScanState.LOST:
        return None
    if e.time_left <= 0:
        return finish_without_proof(e)
    if e.gone and e.may_not_scan_location_yet:
        return WaitForNextScan(e.location_wait)
    pause = 0.0 if e.reported_since_scan else nth_pause(timing.lost_scan_pauses, e.lost_scans)
    left = round(pause - e.since_scan, 3)  # less is not a pause
    if e.time_left <= left and e.listing is not Listing.NOT_CHECKED:
        return LookUp()  # no time would be left to look for the result of another scan
    return LookUp(within=left) if left > 0 else _scan_again(e) or LookUp()


def wait_for_running_scan(e: Evidence, _: Timing) -> Step | None:
    """Look up the path while the scan is running, since Plex lists files before its scan has ended."""
    if e.scan is not ScanState.RUNNING:
        return None
    return LookUp() if e.time_left > 0 or not e.options.validate else finish_without_proof(e)


def refresh_sidecar_items(e: Evidence, timing: Timing) -> Step | None:
    """Refresh the items that a sidecar file belongs to: it has no item of its own that a scan could update."""
    if e.subject is not Subject.SIDECAR or e.scan is not ScanState.ENDED:
        return None
    if not e.has_sidecar_items:
        return Finish(Outcome.SCANNED)
    if not e.refresh_requested:
        return RefreshSidecarItems()
    if e.refreshed:
        return Finish(Outcome.UPDATED)
    return LookUp() if e.since_refresh < timing.analysis_timeout else Finish(Outcome.SCANNED)


def look_up_after_scan(e: Evidence, _: Timing) -> Step | None:
    """Look up the path once after the end of the scan, however little time is left: the scan may be that of another."""
    return None if e.looked_up_since_scan else LookUp()


def name_ignored_by_plex(e: Evidence, timing: Timing) -> Step | None:
    """Finish soon after the scan if Plex never indexes files with this name."""
    applies = not e.name_is_indexed and e.subject is Subject.FILE and e.listing is Listing.ABSENT and not e.gone
    if not applies or e.since_scan < timing.quiet_period or e.visibility is not PlexVisibility.VISIBLE:
        return None
    return Finish(Outcome.NOT_FOUND, Reason.IGNORED_BY_PLEX)


def folder_without_media(e: Evidence, timing: Timing) -> Step | None:
    """Finish the scan of a folder without media; Plex can only have removed files from it."""
    if not e.has_no_media or e.listing is not Listing.ABSENT or e.gone or e.since_scan < timing.quiet_period:
        return None
    removed = e.subject is Subject.FOLDER and e.change is Outcome.REMOVED
    return Finish(Outcome.REMOVED if removed else Outcome.SCANNED)


def wait_for_late_listing(e: Evidence, timing: Timing) -> Step | None:
    """Wait for a while, since Plex can list files some time after its scan has read them."""
    left = timing.late_listing - e.since_scan
    return LookUp(within=left) if left > 0 and e.time_left > 0 else None


def repeat_early_scan(e: Evidence, timing: Timing) -> Step | None:
    """Scan again if a file is not listed after a scan that began before Plex was seen to see it.

    Usually, that scan has read the file, which was reported before. If it did not, this must be noticed, however little
    time is left.
    """
    if not e.scan_began_early or e.listing is not Listing.ABSENT or e.gone or e.may_not_scan_location_yet:
        return None
    left = timing.late_listing - e.since_scan
    return LookUp(within=left) if left > 0 else _scan_again(e)


def repeat_scan_before_removal(e: Evidence, _: Timing) -> Step | None:
    """Scan again if a path that is gone is still listed after a scan that may have read it before it was removed."""
    if not e.removed_since_scan or not e.gone or not e.is_listed:
        return None
    return WaitForNextScan(e.location_wait) if e.may_not_scan_location_yet else Scan(e.scope)


def listed_differently(e: Evidence, timing: Timing) -> Step | None:
    """Handle a listed file or folder whose sizes or times differ from those on the disk or in the report."""
    if e.listing is not Listing.DIFFERENT or e.gone:
        return None
    # The scan may have read an earlier state. The path is listed by now, so its own folder is enough.
    narrowed = replace(e, scope=ScanScope.FOLDER) if e.may_not_scan_location_yet else e
    if e.changed_since_scan and (step := _scan_again(narrowed)):
        return step
    if e.subject is Subject.FOLDER:
        return _folder_listed_differently(e, narrowed, timing)
    if e.same_size and not e.change:
        return finish_unchanged(e)  # only the clocks differ
    if e.change and (e.same_size or e.facts_source is FactsSource.SENDER):
        return Finish(outcome_of_change(e, e.change))  # what Plex lists overrides what a sender reported
    # Plex still lists another size than the file has: it has not read the current file.
    if e.time_left <= 0:
        return Finish(Outcome.NOT_FOUND, Reason.TIMEOUT)  # the path is listed, but the current file is not
    return _repeat_if_unobserved(e) or LookUp()


def _folder_listed_differently(e: Evidence, narrowed: Evidence, timing: Timing) -> Step:
    if e.changing and e.time_left > 0:
        return LookUp()  # it is scanned again when it changes no more
    if e.lists_missing_files and e.time_left > 0 and (step := _scan_for_missing_files(e, narrowed)):
        return step
    if e.change:
        return Finish(e.change)
    # Plex can list a file late, and it does not list every file: the difference can remain.
    if e.since_scan < timing.ignored_after and e.time_left > 0:
        return LookUp()
    return Finish(Outcome.SCANNED) if e.lists_missing_files else finish_unchanged(e)


def _scan_for_missing_files(e: Evidence, narrowed: Evidence) -> Step | None:
    """Scan a folder again in which Plex lists missing files: a scan that has run since then would have removed them."""
    if e.visibility is PlexVisibility.VISIBLE and e.visibility_is_outdated:
        return CheckVisibility()  # Home Assistant may see only one disk of a pool
    return _scan_again(narrowed) if e.joined_scan else _repeat_if_unobserved(e)


def repeat_unobserved_scan(e: Evidence, _: Timing) -> Step | None:
    """Repeat a scan once that could not be observed, since it may have been lost."""
    return _repeat_if_unobserved(e) if e.change is None and e.time_left > 0 else None


def _repeat_if_unobserved(e: Evidence) -> Step | None:
    if e.observed is not Observed.UNKNOWN or e.repeated:
        return None
    if not e.may_not_scan_location_yet:
        return _scan_again(e)
    # A location has to wait for its next scan: much longer than the request may wait for an added file.
    return WaitForNextScan(e.location_wait) if e.gone else LookUp()


def _scan_again(e: Evidence) -> Step | None:
    """Scan `scope` again if that is justified. If Plex may no longer see the path, check that first.

    None if it is unknown what Plex sees, and the scan would read a whole location.
    """
    if e.worth_scanning:
        return Scan(e.scope)
    return None if e.visibility is PlexVisibility.UNKNOWN else CheckVisibility()
