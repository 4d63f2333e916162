"""After the proof: having a replaced file analyzed, or the items of a sidecar file refreshed."""

from typing import Final

from ..dependencies import Dependencies
from ..progress.item_events import ItemEvents
from ..progress.progress import Progress
from ..server_calls import ask, attempt
from .waiting import wait

_MOST_ANALYZED: Final = 5  # items of one file


async def request_analysis(deps: Dependencies, progress: Progress, events: ItemEvents) -> None:
    """Have a replaced file read again, once its library is idle. That it was replaced is proven already."""
    busy = (await deps.runner.running.now(ask_again=True))(progress.match.library.id)
    waited = deps.clock.monotonic() - (progress.proven_at or 0.0)
    if busy and waited < deps.timing.settle_limit:
        await wait(deps, progress, deps.timing.first_poll)
        return
    keys = tuple(dict.fromkeys(file.rating_key for file in progress.items))[:_MOST_ANALYZED]
    events.processed -= set(keys)
    for key in () if busy else keys:
        await attempt(deps, progress, deps.client.analyze, key)
    progress.analysis_requested, progress.processed = True, busy
    progress.proven_at = deps.clock.monotonic()


async def refresh_sidecar_items(deps: Dependencies, progress: Progress) -> None:
    """Have the items beside a sidecar file read their local files again, which a scan alone does not do."""
    for key in progress.beside:
        await ask(deps, progress, deps.client.refresh_item, key)
    progress.refreshing, progress.refresh_at, progress.looks = progress.beside, deps.clock.monotonic(), 0
