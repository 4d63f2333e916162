"""What to do next for one request in one library: the first rule that applies to the evidence decides.

Every rule is a plain function from evidence to a step, or None if it does not apply. The order is the table: what is
proven comes first, then what must be known or waited for before a scan, then what follows a scan.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ..libraries.mounts import Mount
from ..models import Outcome, Reason
from ..timing import Timing, pause
from .evidence import (
    Analysis,
    Disk,
    Evidence,
    Facts,
    Known,
    Listing,
    Observed,
    ScanState,
    Sight,
    Subject,
    Word,
)
from .folders import Rung

# -- steps ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Look:
    """Ask Plex what it lists for the path: at once the first time, later after the usual pause."""


@dataclass(frozen=True, slots=True)
class AskSight:
    """Ask Plex whether it sees the path on its disk."""


@dataclass(frozen=True, slots=True)
class AskMount:
    """Ask Plex whether the disk of the location is there."""


@dataclass(frozen=True, slots=True)
class AskOthers:
    """Ask Plex whether it lists other files in the folder."""


@dataclass(frozen=True, slots=True)
class WaitVisible:
    """Wait for the next answer about what Plex sees in the folder."""


@dataclass(frozen=True, slots=True)
class WaitMount:
    """Wait until the disk of the location is back."""


@dataclass(frozen=True, slots=True)
class WaitStill:
    """Wait until the file has stopped growing."""


@dataclass(frozen=True, slots=True)
class WaitTurn:
    """Wait until another scan of the whole location is allowed; `seconds` at most."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Scan:
    """Have a folder scanned, after `pause` seconds."""

    rung: Rung
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class Restart:
    """Begin again with all the time there was: the server was away."""


@dataclass(frozen=True, slots=True)
class RequestAnalysis:
    """Have a replaced file read again: Plex goes on showing the old duration and streams."""


@dataclass(frozen=True, slots=True)
class RefreshBeside:
    """Have the items beside a sidecar file read their local files again."""


@dataclass(frozen=True, slots=True)
class Finish:
    """End with an outcome."""

    outcome: Outcome
    reason: Reason | None = None


type Step = (
    Look
    | AskSight
    | AskMount
    | AskOthers
    | WaitVisible
    | WaitMount
    | WaitStill
    | WaitTurn
    | Scan
    | Restart
    | RequestAnalysis
    | RefreshBeside
    | Finish
)


def decide(evidence: Evidence, timing: Timing) -> Step:
    """Return the next step. Total: every combination of evidence has one."""
    return next(step for rule in RULES if (step := rule(evidence, timing)) is not None)


# -- what is proven ---------------------------------------------------------------------------------------------------


def look_first(e: Evidence, _: Timing) -> Step | None:
    """Nothing is decided before the first look, unless neither proof, comparison nor the item beside is wanted."""
    wanted = e.wishes.validates or (e.wishes.skips_up_to_date and not e.wishes.force) or e.subject is Subject.SIDECAR
    return Look() if e.listing is Listing.UNASKED and wanted else None


def up_to_date(e: Evidence, _: Timing) -> Step | None:
    """Plex already has this very file: no scan."""
    skips = e.wishes.skips_up_to_date and not e.wishes.force and e.subject is not Subject.SIDECAR
    applies = skips and e.scan is ScanState.NONE and e.listing is Listing.MATCHING and e.changed is None
    if not applies or e.growing or (e.word is not Word.PRESENT and e.disk is not Disk.THERE):
        return None
    return Finish(Outcome.UP_TO_DATE)


def nothing_left_to_do(e: Evidence, _: Timing) -> Step | None:
    """A path that is not there and that Plex does not list needs no scan if it was removed or has vanished again."""
    if e.subject is Subject.SIDECAR or e.listing is not Listing.ABSENT or e.was_listed or e.may_be_listed_otherwise:
        return None
    vanished = e.disk is Disk.VANISHED and e.sight is not Sight.SEEN
    if not vanished and (e.word is Word.PRESENT or e.scan is not ScanState.NONE or e.there):
        return None
    if not vanished and e.sight is Sight.UNASKED:
        return AskSight()  # sight beats words: it may be there after all
    if e.word is not Word.GONE and e.mount in {Mount.UNASKED, Mount.MISSING} and not e.mount_allowed:
        return AskMount() if e.mount is Mount.UNASKED else WaitMount()  # it may only be out of sight
    return Finish(Outcome.UP_TO_DATE) if vanished or e.there is False or e.word is Word.GONE else None


def removed(e: Evidence, _: Timing) -> Step | None:
    """What is gone, and no longer listed, is proven removed."""
    if not e.gone or e.listing is not Listing.ABSENT or e.subject is Subject.SIDECAR or not e.wishes.validates:
        return None
    if e.was_listed:
        return Finish(Outcome.REMOVED)
    return Finish(Outcome.UP_TO_DATE) if e.scan is ScanState.ENDED else None


def changed(e: Evidence, timing: Timing) -> Step | None:
    """What Plex lists now as it is, and did not before, is proven; its duration may take a moment more."""
    present = e.listing is Listing.MATCHING or (e.listing is Listing.UNVERIFIED and e.quiet)
    proven = e.changed is not None and present and not e.growing and not e.gone and e.wishes.validates
    if not proven or e.changed is None or e.subject is Subject.SIDECAR:
        return None
    outcome = _outcome_of_change(e, e.changed)
    if e.subject is Subject.FOLDER and e.listing is Listing.UNVERIFIED and e.scan is ScanState.RUNNING:
        return None  # the first episode of a season is not the season
    if outcome is Outcome.UPDATED and e.subject is Subject.FILE and not e.analysis_requested:
        if e.scan is ScanState.RUNNING and e.since_proof < timing.settle_limit:
            return Look()  # analysing an item of a library that is being scanned crashes some servers (1.43)
        return RequestAnalysis()
    return _finish_analyzed(e, outcome, timing)


def _outcome_of_change(e: Evidence, change: Outcome) -> Outcome:
    """A file that is still listed was not removed: another item listed it too."""
    return Outcome.UP_TO_DATE if change is Outcome.REMOVED and e.subject is Subject.FILE else change


def _finish_analyzed(e: Evidence, outcome: Outcome, timing: Timing) -> Step:
    """Wait for the duration only while Plex is seen to work on it."""
    limits = {
        Analysis.DONE: 0.0,
        Analysis.UNDER_WAY: timing.settle_limit,
        Analysis.UNSEEN: 2 * timing.quiet if e.analysis_requested else timing.first_poll,
        Analysis.FOUND_NOTHING: timing.quiet,
    }
    if e.since_proof < limits[e.analysis]:
        return Look()
    return Finish(outcome, Reason.DAMAGED if e.analysis is Analysis.FOUND_NOTHING else None)


def unchanged(e: Evidence, timing: Timing) -> Step | None:
    """That nothing changed is proven by comparison, or else by a scan that ran and Plex's time to list its findings."""
    if e.scan is not ScanState.ENDED or e.changed is not None or e.gone or e.growing:
        return None
    if e.subject is Subject.SIDECAR or not e.wishes.validates:
        return None
    if e.listing is Listing.UNTELLABLE:
        return Finish(Outcome.SCANNED)
    if e.listing is Listing.MATCHING:
        return Finish(Outcome.UP_TO_DATE)
    if e.listing is Listing.UNVERIFIED and e.since_scan >= timing.patience:
        return _finish_unchanged(e)
    return None


def _finish_unchanged(e: Evidence) -> Step:
    return Finish(Outcome.UP_TO_DATE if e.observed is Observed.SEEN else Outcome.SCANNED)


# -- before a scan ----------------------------------------------------------------------------------------------------


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


def _again(e: Evidence, pause: float = 0.0) -> Step | None:
    """Scan the same folder again, if Plex still sees the path."""
    if e.worth_scanning:
        return Scan(e.rung, pause)
    return None if e.sight is Sight.UNKNOWN else AskSight()


# -- after a scan -----------------------------------------------------------------------------------------------------


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
        return _give_up(e)
    if e.gone and e.rung is Rung.LOCATION and e.location_wait > 0:
        return WaitTurn(e.location_wait)
    return _again(e, pause(timing.lost_scan, e.lost_scans)) or Look()


def running(e: Evidence, _: Timing) -> Step | None:
    """While a scan runs, only looks can tell more."""
    if e.scan is not ScanState.RUNNING:
        return None
    return Look() if e.time_left > 0 or not e.wishes.validates else _give_up(e)


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
        return Finish(e.changed) if e.changed else _finish_unchanged(e)
    if e.changed_since_scan and (step := _again(e)):
        return step
    if e.same_size and not e.changed:
        return _finish_unchanged(e)  # the server's clock is another
    if e.changed and (e.same_size or e.facts is Facts.SENDER):
        return Finish(_outcome_of_change(e, e.changed))  # what Plex lists overrules what a sender said
    return Look() if e.time_left > 0 else Finish(Outcome.NOT_FOUND, Reason.TIMEOUT)


def observe_again(e: Evidence, _: Timing) -> Step | None:
    """A scan that nobody could watch may have been lost: it is repeated once, that of a whole location in its turn."""
    applies = e.observed is Observed.UNKNOWN and not e.repeated and e.time_left > 0 and e.changed is None
    if not applies:
        return None
    return Look() if e.rung is Rung.LOCATION and e.location_wait > 0 else _again(e)


def widen(e: Evidence, _: Timing) -> Step | None:
    """A wider scan needs a cause: the narrow one ran, and Plex sees a file that it should have taken."""
    if e.wider is None or e.observed is not Observed.SEEN or not e.name_taken or e.time_left <= 0:
        return None
    if e.gone:
        # A scan of the location is for folders directly below it that are gone.
        return Scan(e.wider) if e.wider is not Rung.LOCATION else None
    if e.listing is not Listing.ABSENT or e.sight is not Sight.SEEN or e.taken_elsewhere:
        return None
    if e.mount is not Mount.PRESENT:
        return None
    if e.others_known is Known.UNASKED:
        return AskOthers()
    if e.others_known is Known.YES or (e.wider is Rung.LOCATION and e.location_wait > 0):
        return None
    return Scan(e.wider)


def keep_looking(e: Evidence, timing: Timing) -> Step | None:
    """As long as there is time, Plex may still list it; less of it once all speaks against that."""
    waits_for_turn = e.wider is Rung.LOCATION and e.location_wait > 0 and e.others_known is Known.NO
    concluded = e.since_scan >= timing.conclusion and e.observed is Observed.SEEN and not waits_for_turn
    return Look() if e.time_left > 0 and (not concluded or e.gone) else None


def see_last(e: Evidence, _: Timing) -> Step | None:
    """Before it is said why a file is missing, Plex is asked once more whether it sees it."""
    return AskSight() if not e.sight_is_fresh and not e.gone else None


def give_up(e: Evidence, _: Timing) -> Step | None:
    """Nothing else is left to try."""
    return _give_up(e)


def _give_up(e: Evidence) -> Step:
    """Say what is true now, and no more than that."""
    if e.listing in {Listing.UNASKED, Listing.UNTELLABLE} or e.subject is Subject.SIDECAR:
        return Finish(Outcome.SCANNED)
    if e.gone:
        absent = e.listing is Listing.ABSENT
        return Finish(Outcome.UP_TO_DATE) if absent else Finish(Outcome.FAILED, Reason.STILL_THERE)
    if e.listing in {Listing.MATCHING, Listing.UNVERIFIED}:
        return _give_up_listed(e)
    if e.sight is Sight.NOT_SEEN:
        return Finish(Outcome.NOT_FOUND, Reason.NOT_VISIBLE_TO_PLEX)
    waits_for_turn = e.wider is Rung.LOCATION and e.location_wait > 0 and e.others_known is Known.NO
    ran = e.scan is ScanState.ENDED and e.observed is Observed.SEEN
    ignored = e.sight is Sight.SEEN and ran and not waits_for_turn
    return Finish(Outcome.NOT_FOUND, Reason.IGNORED_BY_PLEX if ignored else Reason.TIMEOUT)


def _give_up_listed(e: Evidence) -> Step:
    """Plex lists the path, but perhaps not all of it, or not as it is now."""
    if e.changed:
        return Finish(_outcome_of_change(e, e.changed))
    if e.listing is Listing.MATCHING:
        return Finish(Outcome.UP_TO_DATE)
    return _finish_unchanged(e) if e.scan is ScanState.ENDED else Finish(Outcome.SCANNED)


type Rule = Callable[[Evidence, Timing], Step | None]

RULES: Final[tuple[Rule, ...]] = (
    interrupted,
    look_first,
    up_to_date,
    nothing_left_to_do,
    removed,
    changed,
    unchanged,
    scan_only,
    still_growing,
    see_first,
    vanish_first,
    mount_first,
    visible_first,
    turn_first,
    scan,
    refused,
    sidecar,
    lost,
    running,
    ignored_name,
    nothing_to_list,
    listed_late,
    listed_otherwise,
    observe_again,
    widen,
    keep_looking,
    see_last,
    give_up,
)
