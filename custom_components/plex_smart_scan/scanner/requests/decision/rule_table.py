"""The decision about the next step of a request: the first rule in the table that applies to the evidence.

A rule is a pure function of the evidence. It returns a step, or None if it does not apply. The order of the rules
matters. After an outage, the request starts over. Otherwise, the first rules finish a request whose outcome is proven,
the next ones check or wait for something before a scan, and the last ones follow a scan.
"""

from collections.abc import Callable
from typing import Final

from ...timing import Timing
from .after_scan import (
    folder_without_media,
    listed_differently,
    look_up_after_scan,
    name_ignored_by_plex,
    refresh_sidecar_items,
    repeat_early_scan,
    repeat_lost_scan,
    repeat_scan_before_removal,
    repeat_unobserved_scan,
    restart_after_outage,
    scan_library_if_folder_refused,
    scan_without_validation,
    wait_for_late_listing,
    wait_for_running_scan,
)
from .before_scan import (
    check_mount,
    check_visibility_first,
    first_scan,
    wait_for_location_scan,
    wait_until_gone,
    wait_until_stable,
    wait_until_visible,
)
from .evidence import Evidence
from .give_up import check_if_reappeared, check_visibility_last, give_up, keep_looking_up
from .proof import (
    changed,
    check_if_removed,
    first_lookup_needed,
    removed,
    removed_before_listed,
    unchanged,
    up_to_date,
    vanished,
)
from .step_types import Scan, Step, WaitForNextScan
from .widening import widen


def decide(evidence: Evidence, timing: Timing) -> Step:
    """Return the next step. Every combination of evidence has one.

    No combination of evidence is known that leads to scans without an end, but they would wear out disks.
    """
    step = next(step for rule in RULES if (step := rule(evidence, timing)) is not None)
    return WaitForNextScan(evidence.scan_wait) if isinstance(step, Scan) and evidence.scan_wait > 0 else step


type Rule = Callable[[Evidence, Timing], Step | None]


RULES: Final[tuple[Rule, ...]] = (
    # The server was unavailable and has lost its queue of scans: start over.
    restart_after_outage,
    # Nothing can be proven without a first look-up.
    first_lookup_needed,
    # Finish if the outcome is proven.
    up_to_date,
    vanished,
    removed_before_listed,
    check_if_removed,
    removed,
    changed,
    unchanged,
    # Without validation, the end of the scan is the outcome.
    scan_without_validation,
    # Before a scan: the file must be complete and visible to Plex, and its mount present.
    wait_until_stable,
    check_visibility_first,
    wait_until_gone,
    check_mount,
    wait_until_visible,
    wait_for_location_scan,
    first_scan,
    # The requested scan was refused, was lost, or is running.
    scan_library_if_folder_refused,
    repeat_lost_scan,
    wait_for_running_scan,
    # The scan has ended.
    refresh_sidecar_items,
    look_up_after_scan,
    name_ignored_by_plex,
    folder_without_media,
    wait_for_late_listing,
    repeat_early_scan,
    repeat_scan_before_removal,
    listed_differently,
    repeat_unobserved_scan,
    check_if_reappeared,
    widen,
    # The outcome is not proven: keep looking while there is time, then give up.
    keep_looking_up,
    check_visibility_last,
    give_up,
)
