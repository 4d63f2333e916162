"""Repeated look-ups: when the next one is due, and what the websocket says about the items meanwhile."""

import asyncio
import math

from ...timing import Timing
from ..collecting.lookups import first_lookup, needs_lookup, repeat_lookup
from ..decision.evidence import Evidence, ScanState
from ..dependencies import Dependencies
from ..progress.item_events import ItemEvents
from ..progress.progress import Progress
from ..server_calls import attempt


async def look_up(deps: Dependencies, progress: Progress, events: ItemEvents, evidence: Evidence) -> None:
    """Look up what Plex lists when the next look-up is due. Raises GaveUpError."""
    if not progress.looked and not needs_lookup(deps, progress):
        await _first_of(deps, deps.timing.busy_check, [progress.job.ended] if progress.job else [])
        return
    if not progress.looked:
        await first_lookup(deps, progress)
        return
    deps.keep(progress.request)
    begin = deps.clock.monotonic()
    await _until_next_look(deps, progress, events, evidence)
    events.changed.clear()
    under_way, processed = set(events.under_way), set(events.processed)
    await repeat_lookup(deps, progress)
    progress.spent += deps.clock.monotonic() - begin
    # The answer may be older than an event that arrived meanwhile: an analysis that ended then is in the next answer.
    _note_analysis(progress, under_way | events.under_way, processed & events.processed)
    if not deps.websocket.connected and evidence.since_proof and not progress.under_way:
        await _note_activities(deps, progress)


async def _until_next_look(deps: Dependencies, progress: Progress, events: ItemEvents, evidence: Evidence) -> None:
    """Wait for the end of the scan, for an event, or for the usual pause."""
    job, clock = progress.job, deps.clock
    delay = look_pause(progress, deps.timing, clock.monotonic())
    if evidence.scan is ScanState.ENDED and progress.looked_at < (job.ended_at if job else 0.0):
        return  # the first look after the end of the scan comes at once
    hints = [events.changed] if evidence.scan is not ScanState.ENDED or progress.proven_at is not None else []
    if job and not job.ended.is_set() and progress.proven_at is None and deps.websocket.connected:
        hints.append(job.ended)
    await _first_of(deps, delay, [*hints, progress.wake])


def look_pause(progress: Progress, timing: Timing, now: float) -> float:
    """Return how long to wait before the next look: short after a scan was requested and after it ended."""
    job = progress.job
    if job is None:
        return timing.look_interval
    since = now - max(job.started_at, job.ended_at if job.ended.is_set() else 0.0, progress.refresh_at or 0.0)
    if progress.proven_at is not None:
        since = min(since, now - progress.proven_at)
    if since < timing.fast_looks:
        return timing.looks[progress.looks] if progress.looks < len(timing.looks) else timing.look_interval
    doublings = min((since - timing.fast_looks) / timing.fast_looks, 10.0)
    return min(timing.look_interval * math.pow(2.0, doublings), timing.slowest_look)


async def _first_of(deps: Dependencies, seconds: float, happenings: list[asyncio.Event]) -> None:
    """Wait for one of the events, at most so many seconds."""
    if any(event.is_set() for event in happenings):
        return
    tasks: list[asyncio.Future[object]] = [asyncio.ensure_future(event.wait()) for event in happenings]
    tasks.append(asyncio.ensure_future(deps.clock.sleep(seconds)))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _note_analysis(progress: Progress, under_way: set[int], processed: set[int]) -> None:
    keys = {file.rating_key for file in progress.items}
    progress.under_way = bool(keys & under_way)
    progress.processed = bool(keys) and keys <= processed


async def _note_activities(deps: Dependencies, progress: Progress) -> None:
    """Without a websocket, ask whether Plex is working on items before a result without durations is given."""
    running = await attempt(deps, progress, deps.client.activities)
    section = progress.match.library.id
    kinds = ("library.update.item", "library.refresh", "media.generate")
    progress.under_way = any(each.type.startswith(kinds) and each.section in {section, None} for each in running or ())
