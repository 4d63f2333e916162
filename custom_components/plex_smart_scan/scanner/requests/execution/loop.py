"""The loop of one request in one library: evidence, decision, step, until there is an outcome."""

from ...media.naming_rules import PathKind
from ...media.up_to_date import not_trashed
from ...models import Outcome, Reason
from ..call_with_retries import GaveUpError, call_with_retry
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
    WaitForLocationScan,
    WaitForMount,
    WaitForNextView,
    WaitUntilStable,
)
from ..dependencies import Dependencies
from ..progress.evidence_builder import MAX_INTERRUPTIONS, current_evidence
from ..progress.item_events import ItemEvents
from ..progress.request_progress import Progress
from .looking_up import look_up
from .refreshing import request_analysis, request_refresh
from .scanning import restart, scan
from .waiting import check_visibility, wait, wait_for_mount, wait_for_view, wait_while_growing


async def run(deps: Dependencies, progress: Progress) -> None:
    """Process a request in one library until it has an outcome, however long the server is unavailable."""
    events = ItemEvents(progress.match)
    unlisten = deps.websocket.listen(events.handle)
    try:
        while True:
            progress.new_report.clear()
            evidence = current_evidence(deps, progress)
            step = decide(evidence, deps.timing)
            if isinstance(step, Finish):
                if not await _is_certain(deps, progress, step):
                    await restart(deps, progress)
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
        progress.release_scan()
    progress.finished_at = deps.clock.monotonic()
    _remember(deps, progress)


async def _is_certain(deps: Dependencies, progress: Progress, step: Finish) -> bool:
    """Return whether an outcome can be reported. For NOT_FOUND and FAILED, the libraries are read again first.

    Raises GaveUpError if the path is no longer in this library: another one may contain it now. Return False if the
    server turns out to be unavailable: the earlier responses may have come from a proxy.
    """
    if step.outcome not in {Outcome.NOT_FOUND, Outcome.FAILED}:
        return True
    outages = deps.availability.outages
    still_exists = await call_with_retry(deps, progress, deps.library_still_exists, progress.match)
    if not still_exists:
        raise GaveUpError(Reason.LIBRARY_GONE, progress.match.library.title)
    return outages == deps.availability.outages or progress.interruptions >= MAX_INTERRUPTIONS


async def _execute(
    deps: Dependencies, progress: Progress, events: ItemEvents, evidence: Evidence, step: Action
) -> None:
    """Carry out a step. Raises GaveUpError."""
    match step:
        case LookUp():
            await look_up(deps, progress, events, evidence)
        case CheckVisibility():
            await check_visibility(deps, progress)
        case CheckMount():
            await update_mount(deps, progress)
        case CheckSiblings():
            await update_siblings(deps, progress)
        case Scan():
            await scan(deps, progress, step)
        case Restart():
            await restart(deps, progress)
        case RequestAnalysis():
            await request_analysis(deps, progress, events)
        case RefreshSidecarItems():
            await request_refresh(deps, progress)
        case _:
            await _execute_wait(deps, progress, step)


async def _execute_wait(
    deps: Dependencies,
    progress: Progress,
    step: WaitForNextView | WaitForMount | WaitUntilStable | WaitForLocationScan,
) -> None:
    """Carry out a step that waits. Raises GaveUpError."""
    match step:
        case WaitForNextView(reason):
            await wait_for_view(deps, progress, reason)
        case WaitForMount():
            await wait_for_mount(deps, progress)
        case WaitUntilStable():
            await wait_while_growing(deps, progress)
        case WaitForLocationScan(seconds):
            await wait(deps, progress, seconds)


def _remember(deps: Dependencies, progress: Progress) -> None:
    """Record what the scans of this request have shown, for later requests."""
    match, before = progress.match, not_trashed(progress.first_listing or ())
    added = progress.outcome is Outcome.ADDED and not before
    only_wider_scan_found_it = added and progress.scope is ScanScope.FIRST_FOLDER and len(progress.scanned) > 1
    if only_wider_scan_found_it and progress.observed_now is Observed.SEEN:
        # This server did not find a new file below a folder that it knows, until the first-level folder was scanned.
        deps.memory.misses_nested_folders = True
    is_proven = progress.outcome is not None and progress.outcome.is_proven
    observed = is_proven and progress.observed_now is Observed.SEEN
    if (
        observed
        and progress.kind is PathKind.FOLDER
        and progress.expected_files is not None
        and progress.listing is not None
    ):
        deps.memory.remember(match.library.id, match.path.key, progress.expected_files, progress.listing)
