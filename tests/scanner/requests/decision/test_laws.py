"""Laws of the decision: they hold for every combination of evidence there could be, likely or not."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import example, given, settings, strategies as st

from custom_components.plex_smart_scan.scanner.libraries.mounts import Mount
from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.requests.decision.evidence import (
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
    Wishes,
    Word,
)
from custom_components.plex_smart_scan.scanner.requests.decision.rules import decide
from custom_components.plex_smart_scan.scanner.requests.decision.scan_scope import Rung
from custom_components.plex_smart_scan.scanner.requests.decision.steps import (
    AskMount,
    AskOthers,
    AskSight,
    Finish,
    Look,
    RefreshBeside,
    RequestAnalysis,
    Restart,
    Scan,
    Step,
    WaitMount,
    WaitStill,
    WaitTurn,
    WaitVisible,
)
from custom_components.plex_smart_scan.scanner.timing import Timing

TIMING = Timing()
WIDTH = {rung: width for width, rung in enumerate(Rung)}
LISTED = {Listing.MATCHING, Listing.DIFFERENT, Listing.UNVERIFIED}
CHANGES = [Outcome.ADDED, Outcome.UPDATED, Outcome.REMOVED]
MOST_STEPS = 400

# The moments at which something is over, and those around them.
MOMENTS = sorted({
    0.0,
    0.1,
    TIMING.first_poll,
    TIMING.quiet,
    2 * TIMING.quiet,
    TIMING.patience - 0.1,
    TIMING.patience,
    TIMING.settle_limit,
    TIMING.conclusion,
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
    "nothing_to_list",
    "name_taken",
    "sight_is_fresh",
    "vanish_time_over",
    "mount_allowed",
    "repeated",
    "taken_elsewhere",
    "analysis_requested",
    "items_beside",
    "refresh_requested",
    "refreshed",
]
CHOICES: dict[str, list[Any]] = {
    "subject": [*Subject],
    "word": [*Word],
    "listing": [*Listing],
    "disk": [*Disk],
    "facts": [*Facts],
    "sight": [*Sight],
    "mount": [*Mount, Mount.PRESENT],
    "scan": [*ScanState, ScanState.NONE, ScanState.ENDED, ScanState.LOST],
    "observed": [*Observed],
    "others_known": [*Known],
    "analysis": [*Analysis],
    "changed": [None, *CHANGES],
    "rung": [*Rung],
    "location_wait": [0.0, 0.0, 599.0],
    "lost_scans": [0, 1, 5],
    "time_left": [-1.0, 0.0, 0.1, 120.0],
    "since_scan": MOMENTS,
    "since_proof": MOMENTS,
    "since_refresh": MOMENTS,
    "wider": [None, Rung.FIRST_FOLDER, Rung.LOCATION],
}
WISHES = ["force", "validates", "skips_up_to_date", "smart"]


@st.composite
def evidence(draw: st.DrawFn) -> Evidence:
    """Make any evidence; only what contradicts itself by definition is left out."""
    fields: dict[str, Any] = {name: draw(st.sampled_from(choice)) for name, choice in CHOICES.items()}
    bits = draw(st.integers(0, 2 ** (len(FLAGS) + len(WISHES)) - 1))
    flags: dict[str, Any] = {name: bool(bits >> number & 1) for number, name in enumerate([*FLAGS, *WISHES])}
    wishes = Wishes(**{name: flags.pop(name) for name in WISHES})
    if not wishes.smart:
        fields["rung"] = Rung.LIBRARY
    if fields["wider"] and WIDTH[fields["wider"]] <= WIDTH[fields["rung"]]:
        fields["wider"] = None
    return Evidence(wishes=wishes, **fields, **flags)


EVIDENCE = evidence()


def step_of(e: Evidence) -> Step:
    """Return the step that the evidence leads to."""
    return decide(e, TIMING)


def test_all_evidence_is_drawn() -> None:
    """No field of the evidence is left at its default."""
    assert {"wishes", *FLAGS, *CHOICES} == set(Evidence.__dataclass_fields__)
    assert set(WISHES) == set(Wishes.__dataclass_fields__)


# -- which scans there may be -----------------------------------------------------------------------------------------


def reads_what_plex_sees(e: Evidence, step: Scan) -> bool:
    """Law 1: what is scanned is seen or gone; where the server does not say, nothing wider than the first folder."""
    is_meant_to_be_empty = e.names_location and e.mount_allowed
    if e.gone or is_meant_to_be_empty or e.sight is Sight.SEEN:
        return True
    return e.sight is Sight.UNKNOWN and step.rung in {Rung.FOLDER, Rung.FIRST_FOLDER}


def reads_no_missing_mount(e: Evidence, step: Scan) -> bool:
    """Law 2: a disk that is missing is not read, nor all of one that nobody can tell of."""
    is_wide = step.rung in {Rung.LOCATION, Rung.LIBRARY}
    return e.mount_allowed or e.mount is Mount.PRESENT or (e.mount is Mount.UNKNOWN and not is_wide)


def has_cause_to_widen(e: Evidence, step: Scan) -> bool:
    """Law 3: the narrow scan ran, Plex had its time, it sees a file whose name it takes, and knows no others there."""
    if e.scan is ScanState.NONE or step.rung is e.rung or e.scan is ScanState.REFUSED:
        return True
    ran = e.scan is ScanState.ENDED and e.observed is Observed.SEEN and e.since_scan >= TIMING.patience
    if e.gone:
        return ran and step.rung is e.wider is Rung.FIRST_FOLDER
    missing = e.sight is Sight.SEEN and e.listing is Listing.ABSENT and e.name_taken and e.others_known is Known.NO
    in_turn = step.rung is not Rung.LOCATION or not e.location_wait
    return ran and step.rung is e.wider and missing and in_turn and e.mount is Mount.PRESENT


def may_read_all(e: Evidence, step: Scan) -> bool:
    """Law 3: a whole library is scanned with smart scanning off, or when the server refuses its folders."""
    refused = e.scan is ScanState.REFUSED and step.rung is Rung.LIBRARY and e.rung is not Rung.LIBRARY
    return step.rung is not Rung.LIBRARY or e.rung is Rung.LIBRARY or refused


def begins_narrow(e: Evidence, step: Scan) -> bool:
    """Law 3: the first scan is the narrowest there is; one of a location for a removal waits for its turn."""
    waits = e.gone and e.rung is Rung.LOCATION and e.location_wait > 0
    return e.scan is not ScanState.NONE or (step == Scan(e.rung) and not waits)


def repeats_what_was_lost(e: Evidence, step: Scan) -> bool:
    """Law 4: a scan that never ran is requested again, after a growing pause; it does not widen."""
    pause = TIMING.lost_scan[min(e.lost_scans, len(TIMING.lost_scan) - 1)]
    return e.scan is not ScanState.LOST or step == Scan(e.rung, pause)


def waits_for_late_listing(e: Evidence, _: Scan) -> bool:
    """Law 5: while Plex may still list what it read, nothing is read again, unless the file is another one now."""
    is_early = e.scan is ScanState.ENDED and e.since_scan < TIMING.patience
    return not is_early or (e.time_left <= 0 and e.changed_since_scan and e.listing is Listing.DIFFERENT)


def is_the_only_one(e: Evidence, _: Scan) -> bool:
    """No scan is requested while another one of the request runs, or was interrupted."""
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
def test_scans(e: Evidence) -> None:
    """Every evidence has a step, and if that is a scan, all the laws allow it."""
    step = step_of(e)

    assert isinstance(step, Step.__value__)
    if isinstance(step, Scan):
        assert [law.__name__ for law in LAWS if not law(e, step)] == []


@settings(max_examples=300, deadline=None)
@given(EVIDENCE, st.sampled_from([ScanState.ENDED, ScanState.LOST]), st.sampled_from(Rung))
def test_scans_after_a_scan(e: Evidence, scan: ScanState, rung: Rung) -> None:
    """The laws hold for scans that follow one of a file that Plex sees and does not list, or lists otherwise."""
    seen = replace(
        e,
        wishes=replace(e.wishes, validates=True, smart=True),
        subject=Subject.FILE,
        growing=False,
        scan=scan,
        rung=rung,
        wider=None if WIDTH[rung] >= WIDTH[Rung.LOCATION] else Rung.LOCATION,
        time_left=1.0,
    )
    step = step_of(seen)

    if isinstance(step, Scan):
        assert [law.__name__ for law in LAWS if not law(seen, step)] == []


# -- no outcome without proof -----------------------------------------------------------------------------------------


def is_added(e: Evidence) -> bool:
    """Whether it is proven that Plex lists what it did not list before."""
    return e.changed is Outcome.ADDED and e.listing in LISTED and not e.gone


def is_updated(e: Evidence) -> bool:
    """Whether it is proven that Plex lists it otherwise than before, or has read its sidecar files again."""
    if e.subject is Subject.SIDECAR:
        return e.refreshed
    return e.changed is Outcome.UPDATED and e.listing in LISTED and not e.gone


def is_removed(e: Evidence) -> bool:
    """Whether it is proven that Plex lists no longer what is gone, or some of what a folder held."""
    if e.subject is Subject.FOLDER and e.changed is Outcome.REMOVED:
        return e.listing in LISTED | {Listing.ABSENT}
    return e.gone and e.listing is Listing.ABSENT and e.was_listed


def is_up_to_date(e: Evidence) -> bool:
    """Whether Plex has it as it is, or a scan that ran changed nothing, or neither the disk nor Plex has it."""
    if e.listing is Listing.ABSENT:
        return e.there is not True and (e.gone or e.disk is Disk.VANISHED or e.word is not Word.PRESENT)
    if e.listing is Listing.MATCHING:
        return True
    if e.subject is Subject.FILE and e.changed is Outcome.REMOVED:
        return e.listing in LISTED  # by one item less, but the file is there
    return e.scan is ScanState.ENDED and e.observed is Observed.SEEN and e.changed is None


def is_scanned(e: Evidence) -> bool:
    """Whether a scan of the request is over, or time is, and there is nothing to compare."""
    comparable = e.listing in {Listing.ABSENT, Listing.MATCHING, Listing.DIFFERENT} and e.subject is not Subject.SIDECAR
    requested = e.scan in {ScanState.LOST, ScanState.RUNNING} and e.time_left <= 0
    return e.scan is ScanState.ENDED or (requested and not comparable)


def is_not_found(e: Evidence) -> bool:
    """Whether Plex does not list it as it is, or does not even see it."""
    return e.listing in {Listing.ABSENT, Listing.DIFFERENT} or e.sight in {Sight.NOT_SEEN, Sight.UNKNOWN}


def is_ignored(e: Evidence) -> bool:
    """Whether Plex sees a file, was seen to scan it or has rules against its name, and does not list it."""
    ran = e.observed is Observed.SEEN or not e.name_taken
    return e.sight is Sight.SEEN and e.listing is Listing.ABSENT and e.scan is ScanState.ENDED and ran


def is_still_there(e: Evidence) -> bool:
    """Whether Plex lists something that is gone."""
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
    Reason.NOT_VISIBLE_TO_PLEX: lambda e: e.sight is Sight.NOT_SEEN and not e.gone,
    Reason.TIMEOUT: lambda e: e.time_left <= 0,
    Reason.STILL_THERE: is_still_there,
    Reason.BAD_REQUEST: lambda e: e.scan is ScanState.REFUSED,
    Reason.DAMAGED: lambda e: e.analysis is Analysis.FOUND_NOTHING,
    None: lambda _: True,
}


@settings(max_examples=2000, deadline=None)
@given(EVIDENCE)
def test_no_outcome_without_proof(e: Evidence) -> None:
    """Each outcome, and each reason, is proven by the evidence."""
    step = step_of(e)

    if isinstance(step, Finish):
        assert PROOFS[step.outcome](e), step
        assert REASONS[step.reason](e), step


# -- every request ends -----------------------------------------------------------------------------------------------


@dataclass
class World:
    """A server and a disk that stand still: the same question has the same answer."""

    listing: Listing
    sight: Sight
    others: Known
    scan: ScanState
    restarts: int
    full_time: float

    def after(self, e: Evidence, step: Step) -> Evidence:
        """Return the evidence after a step; disks that were missing are back."""
        match step:
            case Look():
                return self.after_looking(e)
            case AskSight():
                return self.after_seeing(e)
            case WaitVisible():
                return replace(self.after_seeing(passed(e, 15.0)), vanish_time_over=True)
            case Restart():
                self.restarts -= 1
                return replace(forgotten(e), time_left=self.full_time)
            case Scan():
                return self.after_scanning(e, step)
            case WaitMount():
                return forgotten(e)
            case AskOthers():
                return replace(e, others_known=self.others)
            case _:
                return replace(e, **EFFECTS[type(step)])

    def after_looking(self, e: Evidence) -> Evidence:
        """A scan that runs ends, or turns out to be lost or interrupted."""
        if e.listing is Listing.UNASKED:
            return replace(e, listing=self.listing)
        if e.scan is ScanState.RUNNING:
            end = self.scan if self.scan is not ScanState.INTERRUPTED or self.restarts > 0 else ScanState.ENDED
            return replace(passed(e, 1.0), scan=end, since_scan=0.0)
        return passed(e, 1.0)

    def after_seeing(self, e: Evidence) -> Evidence:
        """Ask again what is seen; what is not there any more begins again."""
        seen = replace(e, sight=self.sight, sight_is_fresh=True)
        if seen.scan is not ScanState.NONE and self.sight is Sight.NOT_SEEN and not seen.gone:
            return replace(forgotten(seen), sight=self.sight)
        return seen

    def after_scanning(self, e: Evidence, step: Scan) -> Evidence:
        """The scan is under way."""
        repeated = e.repeated or (e.scan is ScanState.ENDED and e.observed is Observed.UNKNOWN)
        wider = None if step.rung in {Rung.LOCATION, Rung.LIBRARY} else Rung.LOCATION
        rung = Rung.LIBRARY if not e.wishes.smart else step.rung
        return replace(
            passed(e, step.pause),
            scan=ScanState.RUNNING,
            rung=rung,
            wider=wider,
            repeated=repeated,
            lost_scans=e.lost_scans + bool(step.pause),
            changed_since_scan=False,
            since_scan=0.0,
        )


EFFECTS: dict[type[object], dict[str, Any]] = {
    AskMount: {"mount": Mount.PRESENT},
    WaitStill: {"growing": False},
    WaitTurn: {"location_wait": 0.0},
    RequestAnalysis: {"analysis_requested": True, "since_proof": 0.0},
    RefreshBeside: {"refresh_requested": True, "since_refresh": 0.0},
}


def passed(e: Evidence, seconds: float) -> Evidence:
    """Let time pass."""
    return replace(
        e,
        time_left=e.time_left - seconds,
        since_scan=e.since_scan + seconds,
        since_proof=e.since_proof + seconds,
        since_refresh=e.since_refresh + seconds,
        sight_is_fresh=e.sight_is_fresh and seconds < TIMING.patience,
    )


def forgotten(e: Evidence) -> Evidence:
    """Begin again before the first scan."""
    rung = Rung.FOLDER if e.wishes.smart else Rung.LIBRARY
    return replace(
        e,
        scan=ScanState.NONE,
        observed=Observed.UNKNOWN,
        lost_scans=0,
        sight=Sight.UNASKED,
        mount=Mount.UNASKED,
        rung=rung,
        wider=Rung.FIRST_FOLDER,
    )


WORLDS = st.builds(
    World,
    listing=st.sampled_from([each for each in Listing if each is not Listing.UNASKED]),
    sight=st.sampled_from([Sight.SEEN, Sight.NOT_SEEN, Sight.UNKNOWN]),
    others=st.sampled_from([Known.YES, Known.NO]),
    scan=st.sampled_from([ScanState.ENDED, ScanState.LOST, ScanState.INTERRUPTED]),
    restarts=st.integers(0, 3),
    full_time=st.sampled_from([5.0, 120.0]),
)


@settings(max_examples=700, deadline=None)
@given(EVIDENCE, WORLDS)
@example(
    Evidence(listing=Listing.DIFFERENT, scan=ScanState.ENDED, sight=Sight.NOT_SEEN, changed_since_scan=True),
    World(Listing.DIFFERENT, Sight.NOT_SEEN, Known.YES, ScanState.LOST, 0, 5.0),
)
def test_every_request_ends(e: Evidence, world: World) -> None:
    """Whatever is known, a world that stands still leads to an end, and from there is nothing to begin again."""
    for _ in range(MOST_STEPS):
        step = step_of(e)
        if isinstance(step, Finish):
            return
        e = world.after(e, step)
    raise AssertionError(step)
