"""Every outcome and every reason is proven by the evidence."""

from collections.abc import Callable

from hypothesis import given, settings

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.requests.decision.evidence import (
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
from custom_components.plex_smart_scan.scanner.requests.decision.step_types import (
    Finish,
)

from .drawn_evidence import EVIDENCE, step_of

LISTED = {Listing.MATCHING, Listing.DIFFERENT, Listing.UNVERIFIED}


def is_added(e: Evidence) -> bool:
    """Return whether Plex provably lists what it did not list before."""
    return e.change is Outcome.ADDED and e.listing in LISTED and not e.gone and is_read(e)


def is_read(e: Evidence) -> bool:
    """Return whether a change can be all that has changed: a narrower scan can change a folder of unknown files."""
    return (
        e.subject is not Subject.FOLDER
        or e.listing is not Listing.UNVERIFIED
        or e.scan not in {ScanState.NONE, ScanState.LOST, ScanState.RUNNING}
        or e.time_left <= 0
    )


def is_updated(e: Evidence) -> bool:
    """Return whether Plex provably lists the path differently than before, or has refreshed its item."""
    if e.subject is Subject.SIDECAR:
        return e.refreshed
    return e.change is Outcome.UPDATED and e.listing in LISTED and not e.gone and is_read(e)


def is_removed(e: Evidence) -> bool:
    """Return whether Plex provably no longer lists what is gone, or part of what a folder contained."""
    if e.subject is Subject.FOLDER and e.change is Outcome.REMOVED:
        return e.listing in LISTED | {Listing.ABSENT} and is_read(e)
    return e.gone and e.listing is Listing.ABSENT and e.was_listed


def is_up_to_date(e: Evidence) -> bool:
    """Return whether Plex has the path as it is, a scan changed nothing, or neither the disk nor Plex has it."""
    if e.listing is Listing.ABSENT:
        return e.existence is not Existence.EXISTS and (
            e.gone or e.disk is DiskState.VANISHED or e.reported is not ReportedState.PRESENT
        )
    if e.listing is Listing.MATCHING:
        return True
    if e.subject is Subject.FILE and e.change is Outcome.REMOVED:
        return e.listing in LISTED  # by one item less, but the file is there
    return e.scan is ScanState.ENDED and e.observed is Observed.YES and e.change is None


def is_scanned(e: Evidence) -> bool:
    """Return whether a scan or the time has ended and there is nothing to compare."""
    differs = e.listing is Listing.DIFFERENT and not e.same_size  # the time alone may be that of another time zone
    comparable = (e.listing in {Listing.ABSENT, Listing.MATCHING} or differs) and e.subject is not Subject.SIDECAR
    requested = e.scan in {ScanState.LOST, ScanState.RUNNING} and e.time_left <= 0
    return e.scan is ScanState.ENDED or (requested and not comparable)


def is_not_found(e: Evidence) -> bool:
    """Return whether Plex does not list the path as it is, or does not see it."""
    return e.listing in {Listing.ABSENT, Listing.DIFFERENT} or e.visibility in {
        PlexVisibility.NOT_VISIBLE,
        PlexVisibility.UNKNOWN,
    }


def is_ignored(e: Evidence) -> bool:
    """Return whether Plex sees and does not list a file that it has scanned, or whose name it ignores."""
    ran = e.observed is Observed.YES or not e.name_is_indexed
    return e.visibility is PlexVisibility.VISIBLE and e.listing is Listing.ABSENT and e.scan is ScanState.ENDED and ran


def is_still_there(e: Evidence) -> bool:
    """Return whether Plex lists something that is gone."""
    return e.gone and e.listing in LISTED


PROOFS: dict[Outcome, Callable[[Evidence], bool]] = {
    Outcome.ADDED: is_added,
    Outcome.UPDATED: is_updated,
    Outcome.REMOVED: is_removed,
    Outcome.UP_TO_DATE: is_up_to_date,
    Outcome.SCANNED: is_scanned,
    Outcome.NOT_FOUND: is_not_found,
    Outcome.FAILED: lambda _: True,
}
REASONS: dict[Reason | None, Callable[[Evidence], bool]] = {
    Reason.IGNORED_BY_PLEX: is_ignored,
    Reason.NOT_VISIBLE_TO_PLEX: lambda e: e.visibility is PlexVisibility.NOT_VISIBLE and not e.gone,
    Reason.TIMEOUT: lambda e: e.time_left <= 0,
    Reason.STILL_THERE: is_still_there,
    Reason.BAD_REQUEST: lambda e: e.scan is ScanState.REFUSED,
    Reason.DAMAGED: lambda e: e.analysis is Analysis.FOUND_NOTHING,
    None: lambda _: True,
}


@settings(max_examples=2000, deadline=None)
@given(EVIDENCE)
def test_no_outcome_without_proof(e: Evidence) -> None:
    """Each outcome and each reason is proven by the evidence."""
    step = step_of(e)

    if isinstance(step, Finish):
        assert PROOFS[step.outcome](e), step
        assert REASONS[step.reason](e), step


UNPROVEN = {Outcome.NOT_FOUND, Outcome.FAILED}


@settings(max_examples=2000, deadline=None)
@given(EVIDENCE)
def test_no_failure_without_a_look_after_the_scan(e: Evidence) -> None:
    """A scan may have done what an older look-up does not show."""
    step = step_of(e)

    if e.scan is ScanState.ENDED and not e.looked_up_since_scan and e.listing is not Listing.NOT_CHECKED:
        assert not isinstance(step, Finish) or step.outcome not in UNPROVEN
