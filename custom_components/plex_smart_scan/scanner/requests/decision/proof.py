"""The rules for what is already proven, before and after a scan."""

from ...libraries.mounts import Mount
from ...models import Outcome, Reason
from ...timing import Timing
from .evidence import Analysis, Disk, Evidence, Listing, Observed, ScanState, Sight, Subject, Word
from .steps import AskMount, AskSight, Finish, Look, RequestAnalysis, Step, WaitMount


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
    outcome = outcome_of_change(e, e.changed)
    if e.subject is Subject.FOLDER and e.listing is Listing.UNVERIFIED and e.scan is ScanState.RUNNING:
        return None  # the first episode of a season is not the season
    if outcome is Outcome.UPDATED and e.subject is Subject.FILE and not e.analysis_requested:
        if e.scan is ScanState.RUNNING and e.since_proof < timing.settle_limit:
            return Look()  # analysing an item of a library that is being scanned crashes some servers (1.43)
        return RequestAnalysis()
    return _finish_analyzed(e, outcome, timing)


def outcome_of_change(e: Evidence, change: Outcome) -> Outcome:
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
        return finish_unchanged(e)
    return None


def finish_unchanged(e: Evidence) -> Step:
    """End without a change; only an observed scan proves that there was none."""
    return Finish(Outcome.UP_TO_DATE if e.observed is Observed.SEEN else Outcome.SCANNED)
