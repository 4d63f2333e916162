"""The loop of one request in one library: evidence, decision, step, until an outcome."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from ...media.freshness import not_trashed
from ...media.rules import PathKind
from ...models import Outcome, Reason
from ..collecting.current_evidence import current_evidence
from ..collecting.lookups import repeat_lookup
from ..collecting.mounts import update_mount, update_siblings
from ..decision.evidence import Evidence, Observed, Sight
from ..decision.rules import decide
from ..decision.scan_scope import Rung
from ..decision.steps import (
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
from ..dependencies import Dependencies
from ..progress.item_events import ItemEvents
from ..progress.progress import Progress
from ..server_calls import GaveUpError, call_with_retry
from .looking_up import look_up
from .refreshing import refresh_sidecar_items, request_analysis
from .scanning import restart, scan
from .waiting import check_visibility, wait, wait_for_mount, wait_until_stable, wait_until_visible


async def run(deps: Dependencies, progress: Progress) -> None:
    """Take a request in one library to its outcome, however long the server is away meanwhile."""
    events = ItemEvents(progress.match)
    unlisten = deps.websocket.listen(events.handle)
    try:
        while True:
            progress.wake.clear()
            evidence = current_evidence(deps, progress)
            step = decide(evidence, deps.timing)
            if isinstance(step, Finish):
                if not await _is_confirmed(deps, progress, step):
                    continue
                progress.outcome, progress.reason = step.outcome, step.reason
                if step.outcome is Outcome.SCANNED:
                    progress.items = ()  # nothing is said of what Plex lists
                break
            await _carry_out(deps, progress, events, evidence, step)
    except GaveUpError as error:
        progress.outcome, progress.reason, progress.detail = Outcome.FAILED, error.reason, str(error)
    finally:
        unlisten()
        progress.leave_scan()
    progress.finished_at = deps.clock.monotonic()
    _learn(deps, progress)


async def _is_confirmed(deps: Dependencies, progress: Progress, step: Finish) -> bool:
    """Before it is said that Plex does not have a file, make sure that the path is still in this library.

    False if the server was away meanwhile: what something else said in its place is asked again, with all the time
    there was. Raises GaveUpError when another library may have the path now.
    """
    if step.outcome not in {Outcome.NOT_FOUND, Outcome.FAILED}:
        return True
    outages = deps.availability.outages
    if not await call_with_retry(deps, progress, deps.library_still_exists, progress.match):
        raise GaveUpError(Reason.LIBRARY_GONE, progress.match.library.title)
    if outages == deps.availability.outages:
        return True
    if progress.looked:
        await repeat_lookup(deps, progress)
    progress.sight, progress.spent = Sight.UNASKED, 0.0
    return False


async def _carry_out(
    deps: Dependencies, progress: Progress, events: ItemEvents, evidence: Evidence, step: Step
) -> None:
    """Do what a step says. Raises GaveUpError."""
    match step:
        case Look():
            await look_up(deps, progress, events, evidence)
        case Scan():
            await scan(deps, progress, step)
        case RequestAnalysis():
            await request_analysis(deps, progress, events)
        case WaitTurn(seconds):
            await wait(deps, progress, seconds)
        case _:
            await _SIMPLE_STEPS[type(step)](deps, progress)


def _learn(deps: Dependencies, progress: Progress) -> None:
    """Remember what the scans of this request have shown."""
    match, before = progress.match, not_trashed(progress.before or ())
    found = progress.outcome is Outcome.ADDED and not before and progress.rung is Rung.FIRST_FOLDER
    if found and progress.observed_now is Observed.SEEN and len(progress.scanned) > 1:
        deps.memory.misses_nested_folders = True
    told = progress.outcome in {Outcome.UP_TO_DATE, Outcome.UPDATED, Outcome.ADDED, Outcome.REMOVED}
    observed = told and progress.observed_now is Observed.SEEN
    if observed and progress.kind is PathKind.FOLDER and progress.expected is not None and progress.now is not None:
        deps.memory.remember(match.library.id, match.path.key, progress.expected, progress.now)


_SIMPLE_STEPS: Final[Mapping[type[object], Callable[[Dependencies, Progress], Awaitable[None]]]] = {
    AskSight: check_visibility,
    AskMount: update_mount,
    AskOthers: update_siblings,
    WaitVisible: wait_until_visible,
    WaitMount: wait_for_mount,
    WaitStill: wait_until_stable,
    Restart: restart,
    RefreshBeside: refresh_sidecar_items,
}
