"""Look-ups: when the next one is due, and whether Plex is still analyzing the items."""

import math

from ...clock import wait_for_any
from ...plex.xml import Activity
from ...timing import Timing, nth_pause, pause_after
from ..call_with_retries import call_server_once
from ..collecting.collect_listing import first_lookup, needs_lookup, repeat_lookup
from ..decision.evidence import Evidence, ScanState
from ..dependencies import Dependencies
from ..progress.item_events import ItemEvents
from ..progress.request_progress import Progress
from .waiting import check_visibility, wait


async def look_up(
    deps: Dependencies, progress: Progress, events: ItemEvents, evidence: Evidence, *, within: float
) -> None:
    """Look up the path when the next look-up is due, in at most `within` seconds. Raises GaveUpError."""
    if not progress.looked_up and not needs_lookup(deps, progress):
        await _wait_without_lookup(deps, progress, evidence, within)
        return
    if not progress.looked_up:
        await first_lookup(deps, progress)
        return
    deps.store_later(progress.request)
    begin = deps.clock.monotonic()
    await _wait_for_next_lookup(deps, progress, events, evidence, within)
    events.changed.clear()
    in_progress, finished = set(events.analysis_in_progress), set(events.analysis_finished)
    await repeat_lookup(deps, progress)
    progress.time_spent += deps.clock.monotonic() - begin
    # An event that arrived during the look-up may be newer than the response: the analysis counts as in progress if it
    # was before or after, and as finished if it was before and after.
    _record_analysis(progress, in_progress | events.analysis_in_progress, finished & events.analysis_finished)
    if not deps.websocket.connected and evidence.since_change_listed and not progress.analysis_in_progress:
        await _record_activities(deps, progress)


async def _wait_without_lookup(deps: Dependencies, progress: Progress, evidence: Evidence, within: float) -> None:
    """Wait for the end of the scan; or, after a lost one, for its repetition, which counts as time spent."""
    begin, timeout = deps.clock.monotonic(), min(deps.timing.busy_check_interval, within)
    if evidence.scan is ScanState.RUNNING and progress.job:
        await wait_for_any(deps.clock, [progress.job.ended, progress.new_report], timeout)
        return
    await wait(deps, progress, timeout)
    progress.time_spent += deps.clock.monotonic() - begin


async def look_up_until_next_scan(deps: Dependencies, progress: Progress, events: ItemEvents, seconds: float) -> None:
    """Wait until the next scan is allowed, or the location is scanned for another request: this one may use that scan.

    During the wait, look up the path, since the last scan of the location may have had the same result, and look for
    the folder to scan: a narrower one may be back. Raises GaveUpError.
    """
    awaited, timing = [deps.runner.locations.next(progress.match.library.id), progress.new_report], deps.timing
    # Many requests can wait here while there are many events: not each of them causes a look-up.
    await wait_for_any(deps.clock, awaited, min(seconds, timing.view_max_age))
    await wait_for_any(deps.clock, [*awaited, events.changed], min(seconds - timing.view_max_age, timing.slowest_poll))
    events.changed.clear()
    if progress.looked_up:
        await repeat_lookup(deps, progress)
    await check_visibility(deps, progress)


async def _wait_for_next_lookup(
    deps: Dependencies, progress: Progress, events: ItemEvents, evidence: Evidence, within: float
) -> None:
    """Wait for the end of the scan, for an event, or for the usual pause."""
    job, clock = progress.job, deps.clock
    running = evidence.scan is ScanState.RUNNING
    can_be_announced = running or evidence.scan is ScanState.LOST or progress.change_listed_at is not None
    expects_event = deps.websocket.connected and can_be_announced
    delay = lookup_pause(progress, deps.timing, clock.monotonic(), expects_event=expects_event)
    if evidence.scan is ScanState.ENDED and progress.looked_up_at < (job.ended_at if job else 0.0):
        return  # the first look-up after the end of the scan follows at once
    awaited = [events.changed] if evidence.scan is not ScanState.ENDED or progress.change_listed_at is not None else []
    if job and expects_event and running and progress.change_listed_at is None:
        awaited.append(job.ended)
    await wait_for_any(clock, [*awaited, progress.new_report], min(delay, within))


def lookup_pause(progress: Progress, timing: Timing, now: float, *, expects_event: bool) -> float:
    """Return how many seconds to wait before the next look-up: few after a scan was requested and after it ended."""
    job = progress.job
    if job is None:
        return timing.lookup_interval
    if expects_event:
        # Look-ups after events do not make the following pauses longer.
        requested_at = max(job.started_at, progress.refresh_requested_at or 0.0)
        return pause_after(timing.websocket_lookup_pauses, now - requested_at)
    since = now - max(job.started_at, job.ended_at if job.ended.is_set() else 0.0, progress.refresh_requested_at or 0.0)
    if progress.change_listed_at is not None:
        since = min(since, now - progress.change_listed_at)
    if since < timing.fast_lookups:
        return nth_pause((*timing.lookup_pauses, timing.lookup_interval), progress.lookups_since_scan)
    doublings = min((since - timing.fast_lookups) / timing.fast_lookups, 10.0)
    return min(timing.lookup_interval * math.pow(2.0, doublings), timing.slowest_lookup)


def _record_analysis(progress: Progress, in_progress: set[int], finished: set[int]) -> None:
    keys = {file.rating_key for file in progress.items}
    progress.analysis_in_progress = bool(keys & in_progress)
    progress.unlisted_in_progress = bool(in_progress - {file.rating_key for file in progress.listing or ()})
    progress.analysis_finished = bool(keys) and keys <= finished


async def _record_activities(deps: Dependencies, progress: Progress) -> None:
    """Without a websocket, check whether Plex is working on items before a result without durations is given."""
    running = await call_server_once(deps, progress, deps.client.activities)
    kinds = ("library.update.item", "library.refresh", "media.generate")
    progress.analysis_in_progress = any(
        each.type.startswith(kinds) and _may_concern(each, progress) for each in running or ()
    )


def _may_concern(activity: Activity, progress: Progress) -> bool:
    """Return whether an activity can be about the listed items, or about the season, show, album or artist above."""
    if activity.section is not None:
        return activity.section == progress.match.library.id
    items = {key for file in progress.items for key in (file.rating_key, file.parent_key, file.grandparent_key)}
    return activity.item is None or activity.item in items
