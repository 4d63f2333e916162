"""The decision: the first rule of the table that applies to the evidence names the next step."""

from collections.abc import Callable
from typing import Final

from ...timing import Timing
from .after_scan import (
    folder_without_media,
    interrupted,
    listed_differently,
    lost,
    name_ignored_by_plex,
    refused,
    repeat_unobserved_scan,
    running,
    scan_without_validation,
    sidecar,
    wait_for_late_listing,
)
from .before_scan import (
    check_mount_first,
    check_visibility_first,
    scan,
    wait_for_location_scan,
    wait_until_gone,
    wait_until_stable,
    wait_until_visible,
)
from .ending import check_visibility_last, give_up, keep_looking_up
from .evidence import Evidence
from .proof import changed, first_lookup_needed, nothing_to_scan, removed, unchanged, up_to_date
from .steps import Step
from .widening import widen


def decide(evidence: Evidence, timing: Timing) -> Step:
    """Return the next step. Total: every combination of evidence has one."""
    return next(step for rule in RULES if (step := rule(evidence, timing)) is not None)


type Rule = Callable[[Evidence, Timing], Step | None]


RULES: Final[tuple[Rule, ...]] = (
    interrupted,
    first_lookup_needed,
    up_to_date,
    nothing_to_scan,
    removed,
    changed,
    unchanged,
    scan_without_validation,
    wait_until_stable,
    check_visibility_first,
    wait_until_gone,
    check_mount_first,
    wait_until_visible,
    wait_for_location_scan,
    scan,
    refused,
    sidecar,
    lost,
    running,
    name_ignored_by_plex,
    folder_without_media,
    wait_for_late_listing,
    listed_differently,
    repeat_unobserved_scan,
    widen,
    keep_looking_up,
    check_visibility_last,
    give_up,
)
