"""The rules for what follows a scan, other than a wider one."""

from ...libraries.mounts import Mount
from ...models import Outcome, Reason
from ...timing import Timing, pause
from .ending import finish_without_proof
from .evidence import Evidence, Facts, Listing, Observed, ScanState, Sight, Subject
from .proof import finish_unchanged, outcome_of_change
from .scan_scope import Rung
from .steps import AskSight, Finish, Look, RefreshBeside, Restart, Scan, Step, WaitTurn


def scan_again(e: Evidence, pause: float = 0.0) -> Step | None:
    """Scan the same folder again, if Plex still sees the path."""
    if e.worth_scanning:
        return Scan(e.rung, pause)
    return None if e.sight is Sight.UNKNOWN else AskSight()


def interrupted(e: Evidence, _: Timing) -> Step | None:
    """A server that was away has lost its queue, and what it did not list meanwhile proves nothing."""
    return Restart() if e.scan is ScanState.INTERRUPTED else None


def refused(e: Evidence, _: Timing) -> Step | None:
    """A server that scans no single folders gets the whole library scanned, if the file and all disks are there."""
    if e.scan is not ScanState.REFUSED:
        return None
    possible = e.rung is not Rung.LIBRARY and e.mount is Mount.PRESENT and (e.gone or e.sight is Sight.SEEN)
    return Scan(Rung.LIBRARY) if possible else Finish(Outcome.FAILED, Reason.BAD_REQUEST)


def scan_only(e: Evidence, _: Timing) -> Step | None:
    """Without validation the end of the scan is the result, but the item beside a sidecar file is refreshed."""
    refreshes = e.subject is Subject.SIDECAR and e.items_beside and not e.refresh_requested
    applies = e.scan is ScanState.ENDED and not e.wishes.validates and not refreshes
    return Finish(Outcome.SCANNED) if applies else None


def sidecar(e: Evidence, timing: Timing) -> Step | None:
    """A sidecar file has no item: its scan is followed by a refresh of the item beside it."""
    if e.subject is not Subject.SIDECAR or e.scan is not ScanState.ENDED:
        return None
    if not e.items_beside:
        return Finish(Outcome.SCANNED)
    if not e.refresh_requested:
        return RefreshBeside()
    if e.refreshed:
        return Finish(Outcome.UPDATED)
    return Look() if e.since_refresh < timing.settle_limit else Finish(Outcome.SCANNED)


def lost(e: Evidence, timing: Timing) -> Step | None:
    """A scan that never ran is requested again, not widened."""
    if e.scan is not ScanState.LOST:
        return None
    if e.time_left <= 0:
        return finish_without_proof(e)
    if e.gone and e.rung is Rung.LOCATION and e.location_wait > 0:
        return WaitTurn(e.location_wait)
    return scan_again(e, pause(timing.lost_scan, e.lost_scans)) or Look()


def running(e: Evidence, _: Timing) -> Step | None:
    """While a scan runs, only looks can tell more."""
    if e.scan is not ScanState.RUNNING:
        return None
    return Look() if e.time_left > 0 or not e.wishes.validates else finish_without_proof(e)


def ignored_name(e: Evidence, timing: Timing) -> Step | None:
    """A name that Plex never takes justifies a scan of its own folder, and little patience."""
    applies = not e.name_taken and e.subject is Subject.FILE and e.listing is Listing.ABSENT and not e.gone
    if not applies or e.since_scan < timing.quiet or e.sight is not Sight.SEEN:
        return None
    return Finish(Outcome.NOT_FOUND, Reason.IGNORED_BY_PLEX)


def nothing_to_list(e: Evidence, timing: Timing) -> Step | None:
    """A folder without media was scanned; at most Plex has removed what it listed there."""
    applies = e.nothing_to_list and e.listing is Listing.ABSENT and not e.gone
    return Finish(e.changed or Outcome.SCANNED) if applies and e.since_scan >= timing.quiet else None


def listed_late(e: Evidence, timing: Timing) -> Step | None:
    """Plex may list late what a scan has read: that is waited for, not scanned for again."""
    return Look() if e.since_scan < timing.patience and e.time_left > 0 else None


def listed_otherwise(e: Evidence, _: Timing) -> Step | None:
    """Plex lists something else than is known of the file: who is wrong?"""
    if e.listing is not Listing.DIFFERENT or e.gone:
        return None
    if e.subject is Subject.FOLDER:
        return Finish(e.changed) if e.changed else finish_unchanged(e)
    if e.changed_since_scan and (step := scan_again(e)):
        return step
    if e.same_size and not e.changed:
        return finish_unchanged(e)  # the server's clock is another
    if e.changed and (e.same_size or e.facts is Facts.SENDER):
        return Finish(outcome_of_change(e, e.changed))  # what Plex lists overrules what a sender said
    return Look() if e.time_left > 0 else Finish(Outcome.NOT_FOUND, Reason.TIMEOUT)


def observe_again(e: Evidence, _: Timing) -> Step | None:
    """A scan that nobody could watch may have been lost: it is repeated once, that of a whole location in its turn."""
    applies = e.observed is Observed.UNKNOWN and not e.repeated and e.time_left > 0 and e.changed is None
    if not applies:
        return None
    return Look() if e.rung is Rung.LOCATION and e.location_wait > 0 else scan_again(e)
