"""The rules for an outcome that is not proven: keep looking while there is time, then give up."""

from ...models import Outcome, Reason
from ...timing import Timing
from .evidence import Evidence, Listing, Observed, PlexVisibility, ScanState, SiblingsListed, Subject
from .proof import finish_unchanged, outcome_of_change
from .scan_scope import ScanScope
from .step_types import CheckVisibility, Finish, LookUp, Step


def keep_looking_up(e: Evidence, timing: Timing) -> Step | None:
    """Keep looking up the path while there is time, but not for long after an observed scan without a result."""
    seems_ignored = (
        e.since_scan >= timing.ignored_after and e.observed is Observed.YES and not _waits_for_location_scan(e)
    )
    return LookUp() if e.time_left > 0 and (not seems_ignored or e.gone) else None


def _waits_for_location_scan(e: Evidence) -> bool:
    """Return whether only a scan of the location is left to try, and it is not allowed yet."""
    wants_location = e.wider is ScanScope.LOCATION and e.siblings_listed is SiblingsListed.NO
    return wants_location and e.location_wait > 0


def check_if_reappeared(e: Evidence, _: Timing) -> Step | None:
    """Check from time to time whether a path that is gone has reappeared, while Plex still lists it."""
    return CheckVisibility() if e.gone and not e.visibility_is_fresh else None


def check_visibility_last(e: Evidence, _: Timing) -> Step | None:
    """Check once more whether Plex sees the path, since the result or its reason depends on it."""
    return None if e.visibility_is_fresh else CheckVisibility()


def give_up(e: Evidence, _: Timing) -> Step | None:
    """Finish, since nothing else is left to try."""
    return finish_without_proof(e)


def finish_without_proof(e: Evidence) -> Step:
    """Finish with the outcome that fits the evidence best."""
    if e.listing in {Listing.NOT_CHECKED, Listing.TOO_MANY} or e.subject is Subject.SIDECAR:
        return Finish(Outcome.SCANNED)
    if e.gone:
        absent = e.listing is Listing.ABSENT
        return Finish(Outcome.UP_TO_DATE) if absent else Finish(Outcome.FAILED, Reason.STILL_THERE)
    if e.listing in {Listing.MATCHING, Listing.UNVERIFIED} or (e.listing is Listing.DIFFERENT and e.same_size):
        return _finish_listed_without_proof(e)
    if e.visibility is PlexVisibility.NOT_VISIBLE:
        return Finish(Outcome.NOT_FOUND, Reason.NOT_VISIBLE_TO_PLEX)
    ran = e.scan is ScanState.ENDED and e.observed is Observed.YES
    ignored = e.visibility is PlexVisibility.VISIBLE and ran and not _waits_for_location_scan(e)
    return Finish(Outcome.NOT_FOUND, Reason.IGNORED_BY_PLEX if ignored else Reason.TIMEOUT)


def _finish_listed_without_proof(e: Evidence) -> Step:
    """Finish a path that Plex lists, though perhaps not completely or not in its current state."""
    if e.change:
        return Finish(outcome_of_change(e, e.change))
    if e.listing is Listing.MATCHING:
        return Finish(Outcome.UP_TO_DATE)
    return finish_unchanged(e) if e.scan is ScanState.ENDED else Finish(Outcome.SCANNED)
