"""The decision: the first rule of the table that applies to the evidence names the next step.

A rule is a pure function from evidence to a step, or None if it does not apply. Their order matters: first what is
already proven, then what must be known or waited for before a scan, then what follows a scan.
"""

from collections.abc import Callable
from typing import Final

from ...timing import Timing
from .after_scan import (
    folder_without_media,
    listed_differently,
    name_ignored_by_plex,
    refresh_sidecar_items,
    repeat_lost_scan,
    repeat_unobserved_scan,
    restart_after_outage,
    scan_library_if_folder_refused,
    scan_without_validation,
    wait_for_late_listing,
    wait_for_running_scan,
)
from .before_scan import (
    check_mount_first,
    check_visibility_first,
    first_scan,
    wait_for_location_scan,
    wait_until_gone,
    wait_until_stable,
    wait_until_visible,
)
from .evidence import Evidence
from .give_up import check_visibility_last, give_up, keep_looking_up
from .proof import changed, first_lookup_needed, nothing_to_scan, removed, unchanged, up_to_date
from .step_types import Step
from .widening import widen


def decide(evidence: Evidence, timing: Timing) -> Step:
    """Return the next step. Every combination of evidence has one."""
    return next(step for rule in RULES if (step := rule(evidence, timing)) is not None)


type Rule = Callable[[Evidence, Timing], Step | None]


RULES: Final[tuple[Rule, ...]] = (
    # The server was away: everything else would rely on what is no longer true.
    restart_after_outage,
    # Is the outcome proven already?
    first_lookup_needed,
    up_to_date,
    nothing_to_scan,
    removed,
    changed,
    unchanged,
    scan_without_validation,
    # Before a scan: the path must be complete and visible, and its mount present.
    wait_until_stable,
    check_visibility_first,
    wait_until_gone,
    check_mount_first,
    wait_until_visible,
    wait_for_location_scan,
    first_scan,
    # While a scan is running, or after a scan that was refused or lost.
    scan_library_if_folder_refused,
    refresh_sidecar_items,
    repeat_lost_scan,
    wait_for_running_scan,
    # After a scan.
    name_ignored_by_plex,
    folder_without_media,
    wait_for_late_listing,
    listed_differently,
    repeat_unobserved_scan,
    widen,
    # Nothing has proven the outcome.
    keep_looking_up,
    check_visibility_last,
    give_up,
)
