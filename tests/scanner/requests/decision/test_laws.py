"""Laws of the decision: they hold for every combination of evidence."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import example, given, settings, strategies as st

from custom_components.plex_smart_scan.scanner.libraries.mount_state import MountState
from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.requests.decision.evidence import (
    Analysis,
    DiskState,
    EffectiveOptions,
    Evidence,
    Existence,
    FactsSource,
    Listing,
    Observed,
    PlexVisibility,
    ReportedState,
    ScanState,
    SiblingsListed,
    Subject,
)
from custom_components.plex_smart_scan.scanner.requests.decision.rule_table import decide
from custom_components.plex_smart_scan.scanner.requests.decision.scan_scope import ScanScope
from custom_components.plex_smart_scan.scanner.requests.decision.step_types import (
    Action,
    CheckMount,
    CheckSiblings,
    CheckVisibility,
    Finish,
    LookUp,
    RefreshSidecarItems,
    RequestAnalysis,
    Restart,
    Scan,
    Step,
    WaitForLocationScan,
    WaitForMount,
    WaitForNextView,
    WaitUntilStable,
)
from custom_components.plex_smart_scan.scanner.timing import Timing

TIMING = Timing()
WIDTH = {scope: width for width, scope in enumerate(ScanScope)}
LISTED = {Listing.MATCHING, Listing.DIFFERENT, Listing.UNVERIFIED}
CHANGES = [Outcome.ADDED, Outcome.UPDATED, Outcome.REMOVED]
MOST_STEPS = 400

# The moments at which a time limit ends, and those just before and after.
MOMENTS = sorted({
    0.0,
    0.1,
    TIMING.first_poll,
    TIMING.quiet_period,
    2 * TIMING.quiet_period,
    TIMING.late_listing - 0.1,
    TIMING.late_listing,
    TIMING.analysis_timeout,
    TIMING.ignored_after,
    600.0,
})  # fmt: skip


FLAGS = [
    "was_listed",
    "names_location",
    "may_be_listed_otherwise",
    "same_size",
    "quiet",
    "growing",
    "changed_since_scan",
    "scan_began_early",
    "looked_up_since_scan",
    "has_no_media",
    "name_is_indexed",
    "visibility_is_fresh",
    "visibility_is_outdated",
    "removal_grace_over",
    "empty_confirmed",
    "repeated",
    "found_in_other_library",
    "analysis_requested",
    "has_sidecar_items",
    "refresh_requested",
    "refreshed",
]
CHOICES: dict[str, list[Any]] = {
    "subject": [*Subject],
    "reported": [*ReportedState],
    "listing": [*Listing],
    "disk": [*DiskState],
    "facts_source": [*FactsSource],
    "visibility": [*PlexVisibility],
    "mount": [*MountState, MountState.PRESENT],
    "scan": [*ScanState, ScanState.NONE, ScanState.ENDED, ScanState.LOST],
    "observed": [*Observed],
    "siblings_listed": [*SiblingsListed],
    "analysis": [*Analysis],
    "change": [None, *CHANGES],
    "scope": [*ScanScope],
    "location_wait": [0.0, 0.0, 599.0],
    "lost_scans": [0, 1, 5],
    "time_left": [-1.0, 0.0, 0.1, 120.0],
    "since_scan": MOMENTS,
    "since_change_listed": MOMENTS,
    "since_refresh": MOMENTS,
    "wider": [None, ScanScope.FIRST_LEVEL_FOLDER, ScanScope.LOCATION],
}
OPTIONS = ["force", "validate", "skip_up_to_date", "smart_scanning"]


@st.composite
def evidence(draw: st.DrawFn) -> Evidence:
    """Make any evidence, except combinations that are contradictory by definition."""
    fields: dict[str, Any] = {name: draw(st.sampled_from(choice)) for name, choice in CHOICES.items()}
    bits = draw(st.integers(0, 2 ** (len(FLAGS) + len(OPTIONS)) - 1))
    flags: dict[str, Any] = {name: bool(bits >> number & 1) for number, name in enumerate([*FLAGS, *OPTIONS])}
    options = EffectiveOptions(**{name: flags.pop(name) for name in OPTIONS})
    if not options.smart_scanning:
        fields["scope"] = ScanScope.LIBRARY
    if fields["wider"] and WIDTH[fields["wider"]] <= WIDTH[fields["scope"]]:
        fields["wider"] = None
    return Evidence(options=options, **fields, **flags)


EVIDENCE = evidence()


def step_of(e: Evidence) -> Step:
    """Return the step that the evidence leads to."""
    return decide(e, TIMING)


def test_every_field_of_the_evidence_is_drawn() -> None:
    """Every field of the evidence is drawn."""
    assert {"options", *FLAGS, *CHOICES} == set(Evidence.__dataclass_fields__)
    assert set(OPTIONS) == set(EffectiveOptions.__dataclass_fields__)


# -- which scans there may be -----------------------------------------------------------------------------------------


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
    return e.scan is not ScanState.LOST or step == Scan(e.scope, pause)


def waits_for_late_listing(e: Evidence, _: Scan) -> bool:
    """Law 5: while Plex may still list what it read, nothing is scanned again unless the file has changed."""
    is_early = e.scan is ScanState.ENDED and e.since_scan < TIMING.late_listing
    return not is_early or (e.time_left <= 0 and e.changed_since_scan and e.listing is Listing.DIFFERENT)


def is_the_only_one(e: Evidence, _: Scan) -> bool:
    """No scan is requested while another one of the request runs or was interrupted."""
    return e.scan not in {ScanState.RUNNING, ScanState.INTERRUPTED}


LAWS = [
    reads_what_plex_sees,
    reads_no_missing_mount,
    has_cause_to_widen,
    may_read_all,
    begins_narrow,
    repeats_what_was_lost,
    waits_for_late_listing,
    is_the_only_one,
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


# -- no outcome without proof -----------------------------------------------------------------------------------------


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


# -- every request ends -----------------------------------------------------------------------------------------------


@dataclass
class World:
    """A server and disks that do not change: the same request has the same response."""

    listing: Listing
    visibility: PlexVisibility
    others: SiblingsListed
    scan: ScanState
    restarts: int
    full_time: float

    def after(self, e: Evidence, step: Step) -> Evidence:
        """Return the evidence after a step; missing mounts are back."""
        match step:
            case LookUp():
                return self.after_looking(e)
            case CheckVisibility():
                return self.after_seeing(e)
            case WaitForNextView():
                return replace(self.after_seeing(time_passes(e, 15.0)), removal_grace_over=True)
            case Restart():
                self.restarts -= 1
                return replace(without_scans(e), time_left=self.full_time)
            case Scan():
                return self.after_scanning(e, step)
            case WaitForMount():
                return without_scans(e)
            case CheckSiblings():
                return replace(e, siblings_listed=self.others)
            case _:
                return replace(e, **EFFECTS[type(step)])

    def after_looking(self, e: Evidence) -> Evidence:
        """A running scan ends, is lost or is interrupted."""
        if e.listing is Listing.NOT_CHECKED:
            return replace(e, listing=self.listing)
        if e.scan is ScanState.RUNNING:
            end = self.scan if self.scan is not ScanState.INTERRUPTED or self.restarts > 0 else ScanState.ENDED
            return replace(time_passes(e, 1.0), scan=end, since_scan=0.0, looked_up_since_scan=False)
        return replace(time_passes(e, 1.0), looked_up_since_scan=True)

    def after_seeing(self, e: Evidence) -> Evidence:
        """Check the visibility again; a path that is no longer there starts over."""
        seen = replace(e, visibility=self.visibility, visibility_is_fresh=True, visibility_is_outdated=False)
        if seen.scan is not ScanState.NONE and self.visibility is PlexVisibility.NOT_VISIBLE and not seen.gone:
            return replace(without_scans(seen), visibility=self.visibility)
        return seen

    def after_scanning(self, e: Evidence, step: Scan) -> Evidence:
        """The scan is running."""
        repeated = e.repeated or (e.scan is ScanState.ENDED and e.observed is Observed.UNKNOWN)
        wider = None if step.scope in {ScanScope.LOCATION, ScanScope.LIBRARY} else ScanScope.LOCATION
        scope = ScanScope.LIBRARY if not e.options.smart_scanning else step.scope
        return replace(
            time_passes(e, step.pause_after_loss),
            scan=ScanState.RUNNING,
            scope=scope,
            wider=wider,
            repeated=repeated,
            lost_scans=e.lost_scans + bool(step.pause_after_loss),
            changed_since_scan=False,
            scan_began_early=False,
            since_scan=0.0,
        )


EFFECTS: dict[type[object], dict[str, Any]] = {
    CheckMount: {"mount": MountState.PRESENT},
    WaitUntilStable: {"growing": False},
    WaitForLocationScan: {"location_wait": 0.0},
    RequestAnalysis: {"analysis_requested": True, "since_change_listed": 0.0},
    RefreshSidecarItems: {"refresh_requested": True, "since_refresh": 0.0},
}


def time_passes(e: Evidence, seconds: float) -> Evidence:
    """Let time pass."""
    return replace(
        e,
        time_left=e.time_left - seconds,
        since_scan=e.since_scan + seconds,
        since_change_listed=e.since_change_listed + seconds,
        since_refresh=e.since_refresh + seconds,
        visibility_is_fresh=e.visibility_is_fresh and seconds < TIMING.late_listing,
    )


def without_scans(e: Evidence) -> Evidence:
    """Return to the state before the first scan."""
    scope = ScanScope.FOLDER if e.options.smart_scanning else ScanScope.LIBRARY
    return replace(
        e,
        scan=ScanState.NONE,
        observed=Observed.UNKNOWN,
        lost_scans=0,
        visibility=PlexVisibility.NOT_CHECKED,
        mount=MountState.NOT_CHECKED,
        scope=scope,
        wider=ScanScope.FIRST_LEVEL_FOLDER,
    )


WORLDS = st.builds(
    World,
    listing=st.sampled_from([each for each in Listing if each is not Listing.NOT_CHECKED]),
    visibility=st.sampled_from([PlexVisibility.VISIBLE, PlexVisibility.NOT_VISIBLE, PlexVisibility.UNKNOWN]),
    others=st.sampled_from([SiblingsListed.YES, SiblingsListed.NO]),
    scan=st.sampled_from([ScanState.ENDED, ScanState.LOST, ScanState.INTERRUPTED]),
    restarts=st.integers(0, 3),
    full_time=st.sampled_from([5.0, 120.0]),
)


@settings(max_examples=700, deadline=None)
@given(EVIDENCE, WORLDS)
@example(
    Evidence(
        listing=Listing.DIFFERENT, scan=ScanState.ENDED, visibility=PlexVisibility.NOT_VISIBLE, changed_since_scan=True
    ),
    World(Listing.DIFFERENT, PlexVisibility.NOT_VISIBLE, SiblingsListed.YES, ScanState.LOST, 0, 5.0),
)
def test_every_request_ends(e: Evidence, world: World) -> None:
    """In a world that does not change, every request ends, and stays ended."""
    for _ in range(MOST_STEPS):
        step = step_of(e)
        if isinstance(step, Finish):
            return
        e = world.after(e, step)
    raise AssertionError(step)
