"""Requesting the analysis of a replaced file, or the refresh of the items that a sidecar file belongs to."""

from typing import Final

from ..call_with_retries import call_server, call_server_once
from ..dependencies import Dependencies
from ..progress.item_events import ItemEvents
from ..progress.request_progress import Progress
from .waiting import wait

_MAX_ANALYZED: Final = 5  # items of one file


async def request_analysis(deps: Dependencies, progress: Progress, events: ItemEvents) -> None:
    """Ask Plex to analyze a replaced file, once its library is idle.

    If the library is still busy after `analysis_timeout`, Plex is not asked, since it can crash if it analyzes an item
    while it scans the library. The replacement itself is already proven: neither this nor an error changes the outcome.
    """
    busy = (await deps.runner.server_scans.now(refresh=True)).may_include(progress.match.library.id)
    waited = deps.clock.monotonic() - (progress.change_listed_at or 0.0)
    if busy and waited < deps.timing.analysis_timeout:
        await wait(deps, progress, deps.timing.first_poll)
        return
    keys = tuple(dict.fromkeys(file.rating_key for file in progress.items))[:_MAX_ANALYZED]
    events.analysis_finished -= set(keys)
    for key in () if busy else keys:
        await call_server_once(deps, progress, deps.client.analyze, key)
    # If Plex was not asked, there is no analysis to wait for.
    progress.analysis_requested, progress.analysis_finished = True, busy
    progress.change_listed_at = deps.clock.monotonic()


async def request_refresh(deps: Dependencies, progress: Progress) -> None:
    """Ask Plex to refresh the items of a sidecar file, which a scan alone does not do. Raises GaveUpError."""
    for key in progress.sidecar_items:
        await call_server(deps, progress, deps.client.refresh_item, key)
    progress.refreshing_items, progress.refresh_requested_at, progress.lookups_since_scan = (
        progress.sidecar_items,
        deps.clock.monotonic(),
        0,
    )
