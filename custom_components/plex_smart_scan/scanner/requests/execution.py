"""Carries out the steps that the decision names, until one of them is an outcome."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
import math
from typing import Final

from ..clock import wait_for
from ..libraries.mounts import Mount
from ..media.freshness import not_trashed
from ..media.rules import PathKind
from ..models import Outcome, Reason
from ..plex.errors import PlexError
from ..scans.queue import ScanJob, Waiter
from ..timing import Timing
from . import collecting
from .decision import (
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
    decide,
)
from .events import ItemEvents
from .evidence import Evidence, Observed, ScanState, Sight
from .folders import Rung, folder_at
from .progress import Progress, evidence_of
from .retries import GaveUpError, Tools, ask, attempt, call_with_retry

_MOST_ANALYZED: Final = 5  # items of one file


async def run(tools: Tools, progress: Progress) -> None:
    """Take a request in one library to its outcome, however long the server is away meanwhile."""
    events = ItemEvents(progress.match)
    unlisten = tools.websocket.listen(events.handle)
    try:
        while True:
            progress.wake.clear()
            evidence = current_evidence(tools, progress)
            step = decide(evidence, tools.timing)
            if isinstance(step, Finish):
                if not await _is_confirmed(tools, progress, step):
                    continue
                progress.outcome, progress.reason = step.outcome, step.reason
                if step.outcome is Outcome.SCANNED:
                    progress.items = ()  # nothing is said of what Plex lists
                break
            await _carry_out(tools, progress, events, evidence, step)
    except GaveUpError as error:
        progress.outcome, progress.reason, progress.detail = Outcome.FAILED, error.reason, str(error)
    finally:
        unlisten()
        progress.leave_scan()
    progress.finished_at = tools.clock.monotonic()
    _learn(tools, progress)


async def _is_confirmed(tools: Tools, progress: Progress, step: Finish) -> bool:
    """Before it is said that Plex does not have a file, make sure that the path is still in this library.

    False if the server was away meanwhile: what something else said in its place is asked again. Raises GaveUpError
    when another library may have the path now.
    """
    if step.outcome not in {Outcome.NOT_FOUND, Outcome.FAILED}:
        return True
    outages = tools.availability.outages
    if not await call_with_retry(tools, progress, tools.library_still_exists, progress.match):
        raise GaveUpError(Reason.LIBRARY_GONE, progress.match.library.title)
    if outages == tools.availability.outages:
        return True
    if progress.looked:
        await collecting.look_again(tools, progress)
    progress.sight = Sight.UNASKED
    return False


def current_evidence(tools: Tools, progress: Progress) -> Evidence:
    """Return what is known now."""
    removal = progress.request.gone or progress.sight is Sight.NOT_SEEN
    return evidence_of(
        progress,
        tools.settings,
        tools.timing,
        now=tools.clock.monotonic(),
        outages=tools.availability.outages,
        location_wait=tools.runner.location_wait(progress.match.library.id, removal=removal),
    )


async def _carry_out(tools: Tools, progress: Progress, events: ItemEvents, evidence: Evidence, step: Step) -> None:
    """Do what a step says. Raises GaveUpError."""
    match step:
        case Look():
            await _look(tools, progress, events, evidence)
        case Scan():
            await _scan(tools, progress, step)
        case RequestAnalysis():
            await _request_analysis(tools, progress, events)
        case WaitTurn(seconds):
            await _wait(tools, progress, seconds)
        case _:
            await _SIMPLE_STEPS[type(step)](tools, progress)


# -- looking ----------------------------------------------------------------------------------------------------------


async def _look(tools: Tools, progress: Progress, events: ItemEvents, evidence: Evidence) -> None:
    if not progress.looked and not collecting.needs_look(tools, progress):
        await _first_of(tools, tools.timing.busy_check, [progress.job.ended] if progress.job else [])
        return
    if not progress.looked:
        await collecting.first_look(tools, progress)
        return
    tools.keep(progress.request)
    begin = tools.clock.monotonic()
    await _until_next_look(tools, progress, events, evidence)
    events.changed.clear()
    under_way, processed = set(events.under_way), set(events.processed)
    await collecting.look_again(tools, progress)
    progress.spent += tools.clock.monotonic() - begin
    # The answer may be older than an event that arrived meanwhile: an analysis that ended then is in the next answer.
    _note_analysis(progress, under_way | events.under_way, processed & events.processed)
    if not tools.websocket.connected and evidence.since_proof and not progress.under_way:
        await _note_activities(tools, progress)


async def _until_next_look(tools: Tools, progress: Progress, events: ItemEvents, evidence: Evidence) -> None:
    """Wait for the end of the scan, for an event, or for the usual pause."""
    job, clock = progress.job, tools.clock
    delay = look_pause(progress, tools.timing, clock.monotonic())
    if evidence.scan is ScanState.ENDED and progress.looked_at < (job.ended_at if job else 0.0):
        return  # the first look after the end of the scan comes at once
    hints = [events.changed] if evidence.scan is not ScanState.ENDED or progress.proven_at is not None else []
    if job and not job.ended.is_set() and progress.proven_at is None and tools.websocket.connected:
        hints.append(job.ended)
    await _first_of(tools, delay, [*hints, progress.wake])


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


async def _first_of(tools: Tools, seconds: float, happenings: list[asyncio.Event]) -> None:
    """Wait for one of the events, at most so many seconds."""
    if any(event.is_set() for event in happenings):
        return
    tasks: list[asyncio.Future[object]] = [asyncio.ensure_future(event.wait()) for event in happenings]
    tasks.append(asyncio.ensure_future(tools.clock.sleep(seconds)))
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


async def _note_activities(tools: Tools, progress: Progress) -> None:
    """Without a websocket, ask whether Plex is working on items before a result without durations is given."""
    running = await attempt(tools, progress, tools.client.activities)
    section = progress.match.library.id
    kinds = ("library.update.item", "library.refresh", "media.generate")
    progress.under_way = any(each.type.startswith(kinds) and each.section in {section, None} for each in running or ())


# -- seeing -----------------------------------------------------------------------------------------------------------


async def _see(tools: Tools, progress: Progress) -> None:
    if not progress.looked and not collecting.needs_look(tools, progress):
        await collecting.prepare(tools, progress)
    await collecting.see(tools, progress)
    _begin_again_if_unseen(tools, progress)


def _begin_again_if_unseen(tools: Tools, progress: Progress) -> None:
    """What is not there any more has to be seen again before it is worth another scan."""
    if progress.job and progress.sight is Sight.NOT_SEEN and not current_evidence(tools, progress).gone:
        sight, at = progress.sight, progress.sight_at
        progress.forget_scan()
        progress.sight, progress.sight_at = sight, at


async def _wait_visible(tools: Tools, progress: Progress) -> None:
    tools.keep(progress.request)
    progress.release_slot()
    begin, outages, away = tools.clock.monotonic(), tools.availability.outages, tools.availability.reason is not None
    progress.waits_for = Reason.NOT_VISIBLE_YET
    waiting = asyncio.ensure_future(collecting.next_sight(tools, progress))
    waking = asyncio.ensure_future(progress.wake.wait())
    try:
        await asyncio.wait({waiting, waking}, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            waiting.result()
    finally:
        for task in (waiting, waking):
            task.cancel()
        await asyncio.gather(waiting, waking, return_exceptions=True)
    progress.waits_for = Reason.WAITING
    if not away and outages == tools.availability.outages:  # while the server is away, no file can show up
        progress.spent += tools.clock.monotonic() - begin
    if progress.looked:
        # Plex may have found it by itself; and the disk may have changed.
        await (collecting.look_again if progress.sight is Sight.SEEN else collecting.update_facts)(tools, progress)
    progress.mount = Mount.UNASKED


async def _wait_mount(tools: Tools, progress: Progress) -> None:
    tools.keep(progress.request)
    progress.release_slot()
    progress.waits_for = Reason.MOUNT_MISSING
    match, location = progress.match, progress.missing_location or progress.match.location
    await tools.mounts.wait_until_back(match.library, location, besides=match.path)
    progress.waits_for = Reason.WAITING
    progress.forget_scan()


async def _wait_still(tools: Tools, progress: Progress) -> None:
    tools.keep(progress.request)
    progress.release_slot()
    await _wait(tools, progress, tools.timing.still / 2)
    await collecting.look_again(tools, progress)


async def _wait(tools: Tools, progress: Progress, seconds: float) -> None:
    """Wait, unless a newer word about the path arrives."""
    await wait_for(tools.clock, progress.wake, seconds)


# -- scanning ---------------------------------------------------------------------------------------------------------


async def _scan(tools: Tools, progress: Progress, step: Scan) -> None:
    """Have a folder scanned; returns once the scan was requested, or was found not to be needed."""
    tools.keep(progress.request)
    if step.pause:
        await _wait(tools, progress, step.pause)
        progress.spent += step.pause
        progress.lost_scans += 1
    if not await _may_scan(tools, progress):
        return
    if progress.job is not None and not step.pause and progress.observed_now is Observed.UNKNOWN:
        progress.repeated = True
    match, folder = progress.match, progress.folder or progress.match.location
    wanted = folder_at(match, folder, step.rung)
    if wanted is None and not await call_with_retry(tools, progress, tools.library_still_exists, match):
        # The path has left the library meanwhile: all of that would be scanned for nothing.
        raise GaveUpError(Reason.LIBRARY_GONE, match.library.title)
    since = _since(tools, progress, again=progress.job is not None)
    progress.leave_scan()
    waiter = Waiter(
        still_needed=lambda: _is_still_needed(tools, progress),
        release_slot=progress.release_slot,
        first=progress.job is None,
    )
    job = tools.runner.request(match, wanted, waiter, looked_at=progress.looked_at, since=since)
    asked_at = tools.clock.monotonic()
    if step.rung is not progress.rung:
        progress.observed, progress.repeated = Observed.UNKNOWN, False  # of the wider scan nothing is known yet
    progress.job, progress.rung, progress.looks = job, step.rung, 0
    progress.size_at_scan = (progress.facts.size, progress.facts.mtime)
    await _until_started(tools, progress, job, asked_at)


async def _may_scan(tools: Tools, progress: Progress) -> bool:
    """See once more, unless that was just done, that the path is still there: nothing else is worth a scan."""
    if tools.clock.monotonic() - progress.sight_at < tools.timing.view_age:
        return True
    await collecting.see(tools, progress)
    if progress.sight is Sight.NOT_SEEN and not current_evidence(tools, progress).gone:
        _begin_again_if_unseen(tools, progress)
        return False
    return True


def _since(tools: Tools, progress: Progress, *, again: bool) -> float:
    """Return the earliest beginning of a scan that covers the request (monotonic seconds)."""
    if again:
        return tools.clock.monotonic()
    if progress.request.force:
        return progress.started_at
    listed = bool(not_trashed(progress.before or ())) or progress.before is None
    seen = tools.visibility.first_seen(progress.match.path)
    if not listed and seen is not None and progress.kind is PathKind.MEDIA:
        # Of a file of unknown size the scan may have read only the beginning if the word came after it had begun.
        word = progress.word_at - tools.timing.same_word if progress.facts.size is None else 0.0
        return max(seen, progress.facts_changed_at or 0.0, word)
    return max(progress.word_at, progress.facts_changed_at or 0.0)


async def _until_started(tools: Tools, progress: Progress, job: ScanJob, asked_at: float) -> None:
    await job.started.wait()
    if job.given_up:
        if job.given_up is Reason.BAD_REQUEST and job.folder is not None:
            progress.refused = True
            return
        raise GaveUpError(job.given_up, str(job.error)) from job.error
    if job.error:
        progress.job = None
        await ask(tools, progress, _raise, job.error)
        return
    if job.missing_mount is not None:
        progress.forget_scan()
        progress.sight, progress.sight_at = Sight.SEEN, asked_at
        progress.mount, progress.missing_location = Mount.MISSING, job.missing_mount
        return
    now = tools.clock.monotonic()
    progress.queued += max((now if job.skipped else job.started_at) - asked_at, 0.0)
    if job.skipped:
        # Another scan did it, or the path is gone again: look, and decide anew.
        progress.forget_scan()
        await collecting.look_again(tools, progress)
        return
    _note_scan(progress, job)


async def _raise(error: PlexError) -> None:
    raise error


def _note_scan(progress: Progress, job: ScanJob) -> None:
    progress.attempts += 1
    progress.first_scan_at = progress.first_scan_at or max(job.started_at, progress.started_at)
    folders = (job.scanned,) if job.scanned is not None else job.library.locations
    progress.scanned += [each for each in folders if each not in progress.scanned]


async def _is_still_needed(tools: Tools, progress: Progress) -> bool:
    """Whether a scan that had to wait is still wanted: not if the path vanished, or if another scan has done it."""
    if progress.request.force:
        return True
    try:
        parent = progress.match.path.parent or progress.match.location
        view = await tools.visibility.view(parent)
        unseen = not view.refused and view.find(progress.match.path) is None
        if (
            unseen
            and not current_evidence(tools, progress).gone
            and progress.match.path.key != progress.match.location.key
        ):
            progress.sight, progress.sight_at = Sight.NOT_SEEN, view.at
            return False
        if not progress.looked or not current_evidence(tools, progress).wishes.validates:
            return True
        await collecting.look_again(tools, progress)
    except GaveUpError:
        return True
    job, progress.job = progress.job, None
    try:
        evidence = current_evidence(tools, progress)
    finally:
        progress.job = job
    return not isinstance(decide(replace(evidence, sight=Sight.SEEN), tools.timing), Finish)


async def _restart(_tools: Tools, progress: Progress) -> None:
    progress.interruptions += 1
    progress.spent = 0.0
    rung = progress.rung
    progress.forget_scan()
    progress.rung = rung if rung is not Rung.LIBRARY else Rung.FOLDER


# -- after the proof --------------------------------------------------------------------------------------------------


async def _request_analysis(tools: Tools, progress: Progress, events: ItemEvents) -> None:
    """Have a replaced file read again, once its library is idle. That it was replaced is proven already."""
    busy = (await tools.runner.running.now(ask_again=True))(progress.match.library.id)
    waited = tools.clock.monotonic() - (progress.proven_at or 0.0)
    if busy and waited < tools.timing.settle_limit:
        await _wait(tools, progress, tools.timing.first_poll)
        return
    keys = tuple(dict.fromkeys(file.rating_key for file in progress.items))[:_MOST_ANALYZED]
    events.processed -= set(keys)
    for key in () if busy else keys:
        await attempt(tools, progress, tools.client.analyze, key)
    progress.analysis_requested, progress.processed = True, busy
    progress.proven_at = tools.clock.monotonic()


async def _refresh_beside(tools: Tools, progress: Progress) -> None:
    """Have the items beside a sidecar file read their local files again, which a scan alone does not do."""
    for key in progress.beside:
        await ask(tools, progress, tools.client.refresh_item, key)
    progress.refreshing, progress.refresh_at, progress.looks = progress.beside, tools.clock.monotonic(), 0


def _learn(tools: Tools, progress: Progress) -> None:
    """Remember what the scans of this request have shown."""
    match, before = progress.match, not_trashed(progress.before or ())
    found = progress.outcome is Outcome.ADDED and not before and progress.rung is Rung.FIRST_FOLDER
    if found and progress.observed_now is Observed.SEEN and len(progress.scanned) > 1:
        tools.memory.misses_nested_folders = True
    told = progress.outcome in {Outcome.UP_TO_DATE, Outcome.UPDATED, Outcome.ADDED, Outcome.REMOVED}
    observed = told and progress.observed_now is Observed.SEEN
    if observed and progress.kind is PathKind.FOLDER and progress.expected is not None and progress.now is not None:
        tools.memory.remember(match.library.id, match.path.key, progress.expected, progress.now)


_SIMPLE_STEPS: Final[Mapping[type[object], Callable[[Tools, Progress], Awaitable[None]]]] = {
    AskSight: _see,
    AskMount: collecting.judge_mount,
    AskOthers: collecting.know_others,
    WaitVisible: _wait_visible,
    WaitMount: _wait_mount,
    WaitStill: _wait_still,
    Restart: _restart,
    RefreshBeside: _refresh_beside,
}
