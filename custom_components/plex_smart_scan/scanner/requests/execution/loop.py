"""The loop of one request in one library: evidence, decision, step, until there is an outcome."""

from ...media.naming_rules import PathKind
from ...media.up_to_date import not_trashed
from ...models import Outcome, Reason
from ..call_with_retries import GaveUpError, call_with_retry
from ..collecting.collect_listing import repeat_lookup
from ..collecting.collect_mounts import update_mount, update_siblings
from ..decision.evidence import Evidence, Observed
from ..decision.rule_table import decide
from ..decision.scan_scope import ScanScope
from ..decision.step_types import (
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
    WaitForMount,
    WaitForNextScan,
    WaitForNextView,
    WaitUntilStable,
)
from ..dependencies import Dependencies
from ..progress.evidence_builder import MAX_INTERRUPTIONS, current_evidence
from ..progress.item_events import ItemEvents
from ..progress.request_progress import Progress
from .looking_up import look_up, look_up_until_next_scan
from .refreshing import request_analysis, request_refresh
from .scanning import restart, scan
from .step_limit import StepLimit
from .waiting import (
    check_visibility,
    wait_for_mount,
    wait_for_view,
    wait_while_growing,
)


async def run(deps: Dependencies, progress: Progress) -> None:
    """Process a request in one library until it has an outcome, however long the server is unavailable.

    It can be called again to continue with a report that arrived after the outcome.
    """
    progress.outcome, progress.reason, progress.detail = None, None, ""
    events, limit = ItemEvents(progress.match), StepLimit(deps.clock)
    unlisten = deps.websocket.listen(events.handle)
    try:
        while True:
            is_outdated = progress.looked_up and (progress.new_report.is_set() or progress.is_reported_since_lookup)
            progress.new_report.clear()
            evidence = current_evidence(deps, progress)
            step = decide(evidence, deps.timing)
            await limit.pause_if_endless(step, progress.match.path.text)
            if isinstance(step, Finish):
                if is_outdated:  # the file may have changed after it was looked up
                    await repeat_lookup(deps, progress)
                    continue
                if not await _confirm_failure(deps, progress, step) or progress.new_report.is_set():
                    continue
                progress.outcome, progress.reason = step.outcome, step.reason
                if step.outcome is Outcome.SCANNED:
                    progress.items = ()  # what Plex lists was not validated
                break
            await _execute(deps, progress, events, evidence, step)
    except GaveUpError as error:
        progress.outcome, progress.reason, progress.detail = Outcome.FAILED, error.reason, str(error)
    finally:
        unlisten()
        progress.stop_waiting_for_scan()
    progress.finished_at = deps.clock.monotonic()
    _remember_missed_folders(deps, progress)
    _remember_unchanged_folder(deps, progress)


async def _confirm_failure(deps: Dependencies, progress: Progress, step: Finish) -> bool:
    """Return whether an outcome can be reported. Before a failure (NOT_FOUND or FAILED), the libraries are read again.

    Raises GaveUpError if the path is no longer in this library: another one may contain it now. If the server turns out
    to be unavailable, the request starts over, since the earlier responses may have come from a proxy. If the libraries
    could only be read much later, these responses may be outdated, so they are requested again: the server has lost no
    scan. After `MAX_INTERRUPTIONS`, the outcome is reported in spite of that.
    """
    if step.outcome not in {Outcome.NOT_FOUND, Outcome.FAILED}:
        return True
    outages, begin = deps.availability.outages, deps.clock.monotonic()
    still_exists = await call_with_retry(deps, progress, deps.library_still_exists, progress.match)
    if not still_exists:
        raise GaveUpError(Reason.LIBRARY_GONE, progress.match.library.title)
    was_available, took = outages == deps.availability.outages, deps.clock.monotonic() - begin
    if (was_available and took < deps.timing.late_listing) or progress.interruptions >= MAX_INTERRUPTIONS:
        return True
    if not was_available:
        restart(progress)
        return False
    progress.interruptions += 1
    if progress.looked_up:
        await repeat_lookup(deps, progress)
    await check_visibility(deps, progress)
    return False


async def _execute(
    deps: Dependencies, progress: Progress, events: ItemEvents, evidence: Evidence, step: Action
) -> None:
    """Carry out a step. Raises GaveUpError."""
    match step:
        case LookUp(within):
            await look_up(deps, progress, events, evidence, within=within)
        case WaitForNextScan(seconds):
            await look_up_until_next_scan(deps, progress, events, seconds)
        case CheckVisibility():
            await check_visibility(deps, progress)
        case CheckMount():
            await update_mount(deps, progress)
        case CheckSiblings():
            await update_siblings(deps, progress)
        case Scan():
            await scan(deps, progress, step)
        case Restart():
            restart(progress)
        case RequestAnalysis():
            await request_analysis(deps, progress, events)
        case RefreshSidecarItems():
            await request_refresh(deps, progress)
        case _:
            await _execute_wait(deps, progress, step)


async def _execute_wait(
    deps: Dependencies,
    progress: Progress,
    step: WaitForNextView | WaitForMount | WaitUntilStable,
) -> None:
    """Carry out a step that waits. Raises GaveUpError."""
    match step:
        case WaitForNextView(reason):
            await wait_for_view(deps, progress, reason)
        case WaitForMount():
            await wait_for_mount(deps, progress)
        case WaitUntilStable():
            await wait_while_growing(deps, progress)


def _remember_missed_folders(deps: Dependencies, progress: Progress) -> None:
    """Record whether only the scan of the first-level folder found the file: the server misses nested folders then."""
    added = progress.outcome is Outcome.ADDED and not not_trashed(progress.first_listing or ())
    only_wider_scan_found_it = added and progress.scope is ScanScope.FIRST_LEVEL_FOLDER and len(progress.scanned) > 1
    if only_wider_scan_found_it and progress.observed_now is Observed.YES:
        deps.memory.misses_nested_folders = True


def _remember_unchanged_folder(deps: Dependencies, progress: Progress) -> None:
    """Record the files of a scanned folder, so that it need not be scanned again before one of them changes."""
    match = progress.match
    is_proven = progress.outcome is not None and progress.outcome.is_proven
    observed = is_proven and progress.observed_now is Observed.YES
    if (
        observed
        and progress.kind is PathKind.FOLDER
        and progress.expected_files is not None
        and progress.listing is not None
    ):
        deps.memory.remember(match.library.id, match.path.key, progress.expected_files, progress.listing)
