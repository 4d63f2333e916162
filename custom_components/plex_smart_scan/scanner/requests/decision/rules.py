"""The decision: the first rule of the table that applies to the evidence names the next step."""

from collections.abc import Callable
from typing import Final

from ...timing import Timing
from .after_scan import (
    ignored_name,
    interrupted,
    listed_late,
    listed_otherwise,
    lost,
    nothing_to_list,
    observe_again,
    refused,
    running,
    scan_only,
    sidecar,
)
from .before_scan import mount_first, scan, see_first, still_growing, turn_first, vanish_first, visible_first
from .ending import give_up, keep_looking, see_last
from .evidence import Evidence
from .proof import changed, look_first, nothing_left_to_do, removed, unchanged, up_to_date
from .steps import Step
from .widening import widen


def decide(evidence: Evidence, timing: Timing) -> Step:
    """Return the next step. Total: every combination of evidence has one."""
    return next(step for rule in RULES if (step := rule(evidence, timing)) is not None)


type Rule = Callable[[Evidence, Timing], Step | None]


RULES: Final[tuple[Rule, ...]] = (
    interrupted,
    look_first,
    up_to_date,
    nothing_left_to_do,
    removed,
    changed,
    unchanged,
    scan_only,
    still_growing,
    see_first,
    vanish_first,
    mount_first,
    visible_first,
    turn_first,
    scan,
    refused,
    sidecar,
    lost,
    running,
    ignored_name,
    nothing_to_list,
    listed_late,
    listed_otherwise,
    observe_again,
    widen,
    keep_looking,
    see_last,
    give_up,
)
