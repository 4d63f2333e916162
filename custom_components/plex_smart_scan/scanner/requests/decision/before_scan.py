"""The rules for what must be known or waited for before the first scan."""

from ...libraries.mounts import Mount
from ...models import Outcome, Reason
from ...timing import Timing
from .evidence import Disk, Evidence, PlexVisibility, ReportedState, ScanState
from .scan_scope import ScanScope
from .steps import (
    CheckMount,
    CheckVisibility,
    Finish,
    Scan,
    Step,
    WaitForLocationScan,
    WaitForMount,
    WaitUntilStable,
    WaitUntilVisible,
)


def wait_until_stable(e: Evidence, _: Timing) -> Step | None:
    """A file that is still being written is scanned, and judged, once it stands still."""
    return WaitUntilStable() if e.growing and not e.gone and e.scan in {ScanState.NONE, ScanState.ENDED} else None


def check_visibility_first(e: Evidence, _: Timing) -> Step | None:
    """No scan before Plex was asked whether it sees the path."""
    return CheckVisibility() if e.scan is ScanState.NONE and e.visibility is PlexVisibility.NOT_CHECKED else None


def check_mount_first(e: Evidence, _: Timing) -> Step | None:
    """No scan, first or repeated, before Plex was asked whether the disk is there, or while it is not."""
    if e.scan not in {ScanState.NONE, ScanState.LOST, ScanState.ENDED} or e.mount_allowed:
        return None
    if e.mount is Mount.NOT_CHECKED:
        return CheckMount()
    judged = e.mount is Mount.PRESENT or (e.mount is Mount.UNKNOWN and not e.reads_location)
    return None if judged else WaitForMount()


def wait_until_visible(e: Evidence, _: Timing) -> Step | None:
    """A file that Plex does not see is waited for, and never scanned for."""
    if e.scan is not ScanState.NONE or e.worth_scanning:
        return None
    reason = Reason.NOT_VISIBLE_TO_PLEX if e.visibility is PlexVisibility.NOT_SEEN else Reason.TIMEOUT
    return WaitUntilVisible() if e.time_left > 0 else Finish(Outcome.NOT_FOUND, reason)


def wait_until_gone(e: Evidence, _: Timing) -> Step | None:
    """What was reported removed may be visible for a while on a mount that caches its folders."""
    applies = (
        e.scan is ScanState.NONE
        and e.reported is ReportedState.GONE
        and e.disk is Disk.UNKNOWN
        and e.visibility is PlexVisibility.SEEN
    )
    return WaitUntilVisible() if applies and not e.removal_grace_over else None


def wait_for_location_scan(e: Evidence, _: Timing) -> Step | None:
    """Scans of a whole location for removed folders are far apart, and shared."""
    applies = e.scan is ScanState.NONE and e.scope is ScanScope.LOCATION and e.gone and e.location_wait > 0
    return WaitForLocationScan(e.location_wait) if applies else None


def scan(e: Evidence, _: Timing) -> Step | None:
    """All that must be known is known: scan the narrowest folder."""
    return Scan(e.scope) if e.scan is ScanState.NONE else None
