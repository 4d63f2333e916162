"""The rules for what must be known or waited for before the first scan."""

from ...libraries.mounts import Mount
from ...models import Outcome, Reason
from ...timing import Timing
from .evidence import Disk, Evidence, ScanState, Sight, Word
from .scan_scope import Rung
from .steps import AskMount, AskSight, Finish, Scan, Step, WaitMount, WaitStill, WaitTurn, WaitVisible


def still_growing(e: Evidence, _: Timing) -> Step | None:
    """A file that is still being written is scanned, and judged, once it stands still."""
    return WaitStill() if e.growing and not e.gone and e.scan in {ScanState.NONE, ScanState.ENDED} else None


def see_first(e: Evidence, _: Timing) -> Step | None:
    """No scan before Plex was asked whether it sees the path."""
    return AskSight() if e.scan is ScanState.NONE and e.sight is Sight.UNASKED else None


def mount_first(e: Evidence, _: Timing) -> Step | None:
    """No scan, first or repeated, before Plex was asked whether the disk is there, or while it is not."""
    if e.scan not in {ScanState.NONE, ScanState.LOST, ScanState.ENDED} or e.mount_allowed:
        return None
    if e.mount is Mount.UNASKED:
        return AskMount()
    judged = e.mount is Mount.PRESENT or (e.mount is Mount.UNKNOWN and not e.reads_location)
    return None if judged else WaitMount()


def visible_first(e: Evidence, _: Timing) -> Step | None:
    """A file that Plex does not see is waited for, and never scanned for."""
    if e.scan is not ScanState.NONE or e.worth_scanning:
        return None
    reason = Reason.NOT_VISIBLE_TO_PLEX if e.sight is Sight.NOT_SEEN else Reason.TIMEOUT
    return WaitVisible() if e.time_left > 0 else Finish(Outcome.NOT_FOUND, reason)


def vanish_first(e: Evidence, _: Timing) -> Step | None:
    """What was reported removed may be visible for a while on a mount that caches its folders."""
    applies = e.scan is ScanState.NONE and e.word is Word.GONE and e.disk is Disk.UNKNOWN and e.sight is Sight.SEEN
    return WaitVisible() if applies and not e.vanish_time_over else None


def turn_first(e: Evidence, _: Timing) -> Step | None:
    """Scans of a whole location for removed folders are far apart, and shared."""
    applies = e.scan is ScanState.NONE and e.rung is Rung.LOCATION and e.gone and e.location_wait > 0
    return WaitTurn(e.location_wait) if applies else None


def scan(e: Evidence, _: Timing) -> Step | None:
    """All that must be known is known: scan the narrowest folder."""
    return Scan(e.rung) if e.scan is ScanState.NONE else None
