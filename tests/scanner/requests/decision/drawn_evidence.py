"""Evidence drawn at random, and the step that it leads to."""

from typing import Any

from hypothesis import strategies as st

from custom_components.plex_smart_scan.scanner.libraries.mount_state import MountState
from custom_components.plex_smart_scan.scanner.models import Outcome
from custom_components.plex_smart_scan.scanner.requests.decision.evidence import (
    Analysis,
    DiskState,
    EffectiveOptions,
    Evidence,
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
from custom_components.plex_smart_scan.scanner.requests.decision.step_types import Step
from custom_components.plex_smart_scan.scanner.timing import Timing

TIMING = Timing()
WIDTH = {scope: width for width, scope in enumerate(ScanScope)}
CHANGES = [Outcome.ADDED, Outcome.UPDATED, Outcome.REMOVED]

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
    "was_other_in_trash",
    "names_location",
    "may_be_listed_otherwise",
    "same_size",
    "quiet",
    "growing",
    "changed_since_scan",
    "changing",
    "may_be_incomplete",
    "removed_since_scan",
    "scan_began_early",
    "looked_up_since_scan",
    "has_no_media",
    "lists_missing_files",
    "joined_scan",
    "reported_since_scan",
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
    "scan_wait": [0.0, 0.0, 40.0],
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
