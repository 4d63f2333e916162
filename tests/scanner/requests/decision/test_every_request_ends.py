"""Every request ends, whatever the server does."""

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import example, given, settings, strategies as st

from custom_components.plex_smart_scan.scanner.libraries.mount_state import MountState
from custom_components.plex_smart_scan.scanner.requests.decision.evidence import (
    Evidence,
    Listing,
    Observed,
    PlexVisibility,
    ScanState,
    SiblingsListed,
)
from custom_components.plex_smart_scan.scanner.requests.decision.scan_scope import ScanScope
from custom_components.plex_smart_scan.scanner.requests.decision.step_types import (
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
    WaitForMount,
    WaitForNextScan,
    WaitForNextView,
    WaitUntilStable,
)

from .drawn_evidence import EVIDENCE, TIMING, step_of

MOST_STEPS = 400


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
            e,
            scan=ScanState.RUNNING,
            scope=scope,
            wider=wider,
            repeated=repeated,
            lost_scans=e.lost_scans + (e.scan is ScanState.LOST),
            changed_since_scan=False,
            changing=False,
            removed_since_scan=False,
            scan_began_early=False,
            since_scan=0.0,
        )


EFFECTS: dict[type[object], dict[str, Any]] = {
    CheckMount: {"mount": MountState.PRESENT},
    WaitUntilStable: {"growing": False},
    WaitForNextScan: {"location_wait": 0.0, "scan_wait": 0.0},
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
