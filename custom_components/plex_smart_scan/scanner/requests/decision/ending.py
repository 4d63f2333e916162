"""The rules for ending a request that nothing has proven."""

from ...models import Outcome, Reason
from ...timing import Timing
from .evidence import Evidence, Known, Listing, Observed, ScanState, Sight, Subject
from .proof import finish_unchanged, outcome_of_change
from .scan_scope import Rung
from .steps import AskSight, Finish, Look, Step


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
    return finish_without_proof(e)


def finish_without_proof(e: Evidence) -> Step:
    """Say what is true now, and no more than that."""
    if e.listing in {Listing.UNASKED, Listing.UNTELLABLE} or e.subject is Subject.SIDECAR:
        return Finish(Outcome.SCANNED)
    if e.gone:
        absent = e.listing is Listing.ABSENT
        return Finish(Outcome.UP_TO_DATE) if absent else Finish(Outcome.FAILED, Reason.STILL_THERE)
    if e.listing in {Listing.MATCHING, Listing.UNVERIFIED}:
        return _finish_listed_without_proof(e)
    if e.sight is Sight.NOT_SEEN:
        return Finish(Outcome.NOT_FOUND, Reason.NOT_VISIBLE_TO_PLEX)
    waits_for_turn = e.wider is Rung.LOCATION and e.location_wait > 0 and e.others_known is Known.NO
    ran = e.scan is ScanState.ENDED and e.observed is Observed.SEEN
    ignored = e.sight is Sight.SEEN and ran and not waits_for_turn
    return Finish(Outcome.NOT_FOUND, Reason.IGNORED_BY_PLEX if ignored else Reason.TIMEOUT)


def _finish_listed_without_proof(e: Evidence) -> Step:
    """Plex lists the path, but perhaps not all of it, or not as it is now."""
    if e.changed:
        return Finish(outcome_of_change(e, e.changed))
    if e.listing is Listing.MATCHING:
        return Finish(Outcome.UP_TO_DATE)
    return finish_unchanged(e) if e.scan is ScanState.ENDED else Finish(Outcome.SCANNED)
