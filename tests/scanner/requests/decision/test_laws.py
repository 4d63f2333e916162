"""The laws of scans, for every combination of evidence."""

from dataclasses import replace

from hypothesis import given, settings, strategies as st

from custom_components.plex_smart_scan.scanner.libraries.mount_state import MountState
from custom_components.plex_smart_scan.scanner.requests.decision.evidence import (
    EffectiveOptions,
    Evidence,
    Listing,
    Observed,
    PlexVisibility,
    ScanState,
    SiblingsListed,
    Subject,
)
from custom_components.plex_smart_scan.scanner.requests.decision.scan_scope import ScanScope
from custom_components.plex_smart_scan.scanner.requests.decision.step_types import (
    Action,
    Finish,
    Scan,
)

from .drawn_evidence import CHOICES, EVIDENCE, FLAGS, OPTIONS, TIMING, WIDTH, step_of

LISTED = {Listing.MATCHING, Listing.DIFFERENT, Listing.UNVERIFIED}


def test_every_field_of_the_evidence_is_drawn() -> None:
    """Every field of the evidence is drawn."""
    assert {"options", *FLAGS, *CHOICES} == set(Evidence.__dataclass_fields__)
    assert set(OPTIONS) == set(EffectiveOptions.__dataclass_fields__)


def reads_what_plex_sees(e: Evidence, step: Scan) -> bool:
    """Law 1: a scan reads what is seen or gone; without an answer from the server, at most the first folder."""
    is_meant_to_be_empty = e.names_location and e.empty_confirmed
    if e.gone or is_meant_to_be_empty or e.visibility is PlexVisibility.VISIBLE:
        return True
    return e.visibility is PlexVisibility.UNKNOWN and step.scope in {ScanScope.FOLDER, ScanScope.FIRST_LEVEL_FOLDER}


def reads_no_missing_mount(e: Evidence, step: Scan) -> bool:
    """Law 2: a missing mount is not scanned, nor a whole location whose mount is unknown."""
    is_wide = step.scope in {ScanScope.LOCATION, ScanScope.LIBRARY}
    return e.empty_confirmed or e.mount is MountState.PRESENT or (e.mount is MountState.UNKNOWN and not is_wide)


def has_cause_to_widen(e: Evidence, step: Scan) -> bool:
    """Law 3: the narrow scan ran, Plex had time to list, and it sees an indexable file without listed siblings."""
    if e.scan is ScanState.NONE or WIDTH[step.scope] <= WIDTH[e.scope] or e.scan is ScanState.REFUSED:
        return True
    ran = e.scan is ScanState.ENDED and e.observed is Observed.YES and e.since_scan >= TIMING.late_listing
    if e.gone:
        return ran and step.scope is e.wider is ScanScope.FIRST_LEVEL_FOLDER
    missing = (
        e.visibility is PlexVisibility.VISIBLE
        and e.listing is Listing.ABSENT
        and e.name_is_indexed
        and e.siblings_listed is SiblingsListed.NO
    )
    in_turn = step.scope is not ScanScope.LOCATION or not e.location_wait
    return ran and step.scope is e.wider and missing and in_turn and e.mount is MountState.PRESENT


def may_read_all(e: Evidence, step: Scan) -> bool:
    """Law 3: a whole library is scanned with smart scanning off, or if the server refuses to scan folders."""
    refused = e.scan is ScanState.REFUSED and step.scope is ScanScope.LIBRARY and e.scope is not ScanScope.LIBRARY
    return step.scope is not ScanScope.LIBRARY or e.scope is ScanScope.LIBRARY or refused


def begins_narrow(e: Evidence, step: Scan) -> bool:
    """Law 3: the first scan is the narrowest one; that of a location for a removal waits for its interval."""
    waits = e.gone and e.scope is ScanScope.LOCATION and e.location_wait > 0
    return e.scan is not ScanState.NONE or (step == Scan(e.scope) and not waits)


def repeats_what_was_lost(e: Evidence, step: Scan) -> bool:
    """Law 4: a lost scan is requested again after a growing pause; it does not widen."""
    pause = TIMING.lost_scan_pauses[min(e.lost_scans, len(TIMING.lost_scan_pauses) - 1)]
    return e.scan is not ScanState.LOST or (step == Scan(e.scope) and (e.since_scan >= pause or e.reported_since_scan))


def waits_for_late_listing(e: Evidence, _: Scan) -> bool:
    """Law 5: while Plex may still list what it read, nothing is scanned again unless the file has changed."""
    is_early = e.scan is ScanState.ENDED and e.since_scan < TIMING.late_listing
    return not is_early or (e.time_left <= 0 and e.changed_since_scan and e.listing is Listing.DIFFERENT)


def is_the_only_one(e: Evidence, _: Scan) -> bool:
    """No scan is requested while another one of the request runs or was interrupted."""
    return e.scan not in {ScanState.RUNNING, ScanState.INTERRUPTED}


def is_not_one_of_many(e: Evidence, _: Scan) -> bool:
    """After many scans, the next ones wait."""
    return not e.scan_wait


LAWS = [
    reads_what_plex_sees,
    reads_no_missing_mount,
    has_cause_to_widen,
    may_read_all,
    begins_narrow,
    repeats_what_was_lost,
    waits_for_late_listing,
    is_the_only_one,
    is_not_one_of_many,
]


@settings(max_examples=2000, deadline=None)
@given(EVIDENCE)
def test_every_scan_obeys_the_laws(e: Evidence) -> None:
    """Every combination of evidence has a step, and every scan obeys the laws."""
    step = step_of(e)

    assert isinstance(step, Action.__value__ | Finish)
    if isinstance(step, Scan):
        assert [law.__name__ for law in LAWS if not law(e, step)] == []


@settings(max_examples=300, deadline=None)
@given(EVIDENCE, st.sampled_from([ScanState.ENDED, ScanState.LOST]), st.sampled_from(ScanScope))
def test_every_further_scan_obeys_the_laws(e: Evidence, scan: ScanState, scope: ScanScope) -> None:
    """The laws hold for scans that follow a scan of a file that Plex sees and does not list correctly."""
    seen = replace(
        e,
        options=replace(e.options, validate=True, smart_scanning=True),
        subject=Subject.FILE,
        growing=False,
        scan=scan,
        scope=scope,
        wider=None if WIDTH[scope] >= WIDTH[ScanScope.LOCATION] else ScanScope.LOCATION,
        time_left=1.0,
    )
    step = step_of(seen)

    if isinstance(step, Scan):
        assert [law.__name__ for law in LAWS if not law(seen, step)] == []
