"""The rules that check or wait for something before a scan, and the rule that requests the first scan.

They are defined in the order in which they are tried (see `rule_table`).
"""

from ...libraries.mount_state import MountState
from ...models import Outcome, Reason
from ...timing import Timing
from .evidence import DiskState, Evidence, PlexVisibility, ReportedState, ScanState
from .scan_scope import ScanScope
from .step_types import (
    CheckMount,
    CheckVisibility,
    Finish,
    Scan,
    Step,
    WaitForMount,
    WaitForNextScan,
    WaitForNextView,
    WaitUntilStable,
)


def wait_until_stable(e: Evidence, _: Timing) -> Step | None:
    """Wait while the file is still being written."""
    return WaitUntilStable() if e.growing and not e.gone and e.scan in {ScanState.NONE, ScanState.ENDED} else None


def check_visibility_first(e: Evidence, _: Timing) -> Step | None:
    """Check whether Plex sees the path before the first scan."""
    return CheckVisibility() if e.scan is ScanState.NONE and e.visibility is PlexVisibility.NOT_CHECKED else None


def wait_until_gone(e: Evidence, _: Timing) -> Step | None:
    """Wait for a removed path to disappear from Plex's disk: network mounts cache their folders.

    If Home Assistant can look itself, its view decides. A path that is still there in the end counts as existing. A
    newer report is followed by a check at once.
    """
    applies = (
        e.scan is ScanState.NONE
        and e.reported is ReportedState.GONE
        and e.disk is DiskState.UNKNOWN
        and e.visibility is PlexVisibility.VISIBLE
    )
    if not applies or e.removal_grace_over:
        return None
    return CheckVisibility() if e.visibility_is_outdated else WaitForNextView(Reason.WAITING)


def check_mount(e: Evidence, _: Timing) -> Step | None:
    """Check the mount before every scan, and wait while it is missing.

    After a scan has ended, too, since another one can follow. While it cannot be checked, no whole location is scanned.
    """
    if e.scan not in {ScanState.NONE, ScanState.LOST, ScanState.ENDED} or e.empty_confirmed:
        return None
    if e.mount is MountState.NOT_CHECKED:
        return CheckMount()
    may_scan = e.mount is MountState.PRESENT or (e.mount is MountState.UNKNOWN and not e.reads_location)
    return None if may_scan else WaitForMount()


def wait_until_visible(e: Evidence, _: Timing) -> Step | None:
    """Wait for a path that Plex does not see, and give up after the validation timeout: a scan would not find it.

    A path also has to wait if it is unknown what Plex sees and the scan would read a whole location.
    """
    if e.scan is not ScanState.NONE or e.worth_scanning:
        return None
    if e.time_left > 0:
        return WaitForNextView(Reason.NOT_VISIBLE_YET)
    if not e.visibility_is_fresh:
        return CheckVisibility()  # the path may have become visible while its mount was missing, or during an outage
    reason = Reason.NOT_VISIBLE_TO_PLEX if e.visibility is PlexVisibility.NOT_VISIBLE else Reason.TIMEOUT
    return Finish(Outcome.NOT_FOUND, reason)


def wait_for_location_scan(e: Evidence, _: Timing) -> Step | None:
    """Wait until the location may be scanned again: one such scan serves all folders that were removed until then."""
    applies = e.scan is ScanState.NONE and e.scope is ScanScope.LOCATION and e.gone and e.location_wait > 0
    return WaitForNextScan(e.location_wait) if applies else None


def first_scan(e: Evidence, _: Timing) -> Step | None:
    """Request the first scan, of `scope`; after a restart, the first scan again."""
    return Scan(e.scope) if e.scan is ScanState.NONE else None
