"""Looking until a request is proven and settled, or until its scan is over and it is not."""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from ..clock import wait_for
from ..media.freshness import not_trashed
from ..media.rules import PathKind
from ..models import Outcome, Reason
from ..scans.queue import ScanJob
from .course import MOST_ITEMS, Course, Tools, attempt, is_lost, look, persist, time_is_up, was_interrupted
from .goals import file_facts
from .validation import Goal, Wakes, changed_files, is_settled, proof

_FREE_LOOKS: Final = 4
_MOST_ANALYZED: Final = 5  # items of one file


async def validate(tools: Tools, course: Course, goal: Goal, job: ScanJob) -> Outcome | None:
    """Look until the goal is proven and settled; None when the scan is over and it is not."""
    wakes = Wakes(goal.match)
    unlisten = tools.websocket.listen(wakes.take)
    try:
        return await _look_until(tools, course, goal, job, wakes)
    finally:
        unlisten()
        job.satisfied += 1
        course.last_over_at = job.over_at if job.over.is_set() else tools.clock.monotonic()


@dataclass(slots=True)
class _Looking:
    """How the looking goes. Times are monotonic seconds."""

    looks: int = 0
    after_over: int = 0
    proven_at: float | None = None
    analyzed: bool = False
    busy: bool = False


async def _look_until(tools: Tools, course: Course, goal: Goal, job: ScanJob, wakes: Wakes) -> Outcome | None:
    looking = _Looking()
    while True:
        await _until_next_look(tools, job, wakes, looking)
        wakes.event.clear()
        course.looked_at = tools.clock.monotonic()
        over = job.over.is_set()
        goal, now = await asyncio.gather(_seen_again(tools, course, goal), persist(tools, course, look, tools, goal))
        looking.looks += 1
        looking.after_over += over
        course.count(goal.before, now)
        witnessed = False if is_lost(tools, course) else job.witnessed
        outcome = proof(goal, now, scan_over=over and not was_interrupted(tools, course), witnessed=witnessed)
        if outcome is None:
            looking.proven_at = None
            if _is_in_vain(tools, course, job, looking):
                course.partly = not_trashed(now or ())
                return None
            continue
        course.items = (changed_files(goal.before, now) or not_trashed(now or ()))[:MOST_ITEMS]
        wakes.wanted = {file.rating_key for file in course.items}
        if looking.proven_at is None:
            looking.proven_at = tools.clock.monotonic()
        replaced = goal.kind is PathKind.MEDIA and outcome is Outcome.UPDATED
        if replaced and not looking.analyzed and not time_is_up(tools, course):
            if over and await _may_analyze(tools, course, looking):
                looking.analyzed = True
                looking.proven_at = tools.clock.monotonic()
                await _analyze(tools, course, wakes)
        elif _is_settled(tools, course, wakes, looking):
            return outcome


def _is_in_vain(tools: Tools, course: Course, job: ScanJob, looking: _Looking) -> bool:
    """Whether the scan is over, its items had time to settle, and the file is not there."""
    if time_is_up(tools, course):
        return True
    settled = job.over.is_set() and tools.clock.monotonic() - job.over_at >= tools.timing.settle
    return settled and looking.after_over > 1


def _is_settled(tools: Tools, course: Course, wakes: Wakes, looking: _Looking) -> bool:
    """Whether Plex has read what it lists, or has had the time to."""
    timing, waited = tools.timing, tools.clock.monotonic() - (looking.proven_at or 0.0)
    processed, under_way = wakes.wanted <= wakes.processed, bool(wakes.wanted & wakes.under_way)
    if looking.analyzed and not processed and waited < 2 * timing.settle:
        return False
    if is_settled(course.items) and not under_way:
        return True
    if waited < (timing.settle if processed else timing.settle_limit):
        return False
    # With nothing under way any more, Plex has read the file, and found nothing to play in it.
    course.reason = None if is_settled(course.items) or under_way else Reason.DAMAGED
    return True


async def _may_analyze(tools: Tools, course: Course, looking: _Looking) -> bool:
    """Whether the library is idle: analysing an item of one that is being scanned crashes some servers (1.43)."""
    busy = await tools.runner.busy(waited=looking.busy)
    looking.busy = busy(course.match.library.id)
    return not looking.busy


async def _analyze(tools: Tools, course: Course, wakes: Wakes) -> None:
    """Have a replaced file read again, for Plex goes on showing the old one's duration and streams.

    That it was replaced is proven already: a server that refuses this changes nothing about it.
    """
    wakes.processed -= wakes.wanted
    for key in tuple(wakes.wanted)[:_MOST_ANALYZED]:
        await attempt(tools, course, tools.client.analyze, key)


async def _until_next_look(tools: Tools, job: ScanJob, wakes: Wakes, looking: _Looking) -> None:
    """Wait until the next look is due: for the end of the scan, for a hint, or for a while."""
    clock, timing, looks = tools.clock, tools.timing, looking.looks
    if looks >= _FREE_LOOKS:
        # A scan of a whole library processes thousands of items; not each of them is worth a look.
        await clock.sleep(min(timing.first_poll * looks / _FREE_LOOKS, timing.settle))
    if not job.over.is_set() and looking.proven_at is None:
        first = timing.hinted_poll if tools.websocket.connected else timing.first_poll
        await wait_for(clock, job.over, min(first * 2.0 ** min(looks, 10), timing.slowest_poll))
        if not job.over.is_set() or not wakes.under_way:
            return
    elif not looks and not wakes.under_way:
        return
    await wait_for(clock, wakes.event, min(timing.settle / 2 * (1 + looks / 4), timing.slowest_poll))
    # One look for a season whose items are done one after the other.
    await wait_for(clock, wakes.idle, timing.first_poll)


async def _seen_again(tools: Tools, course: Course, goal: Goal) -> Goal:
    """The goal with the file's facts as they are now: it may still have been growing when it was reported."""
    if goal.gone or goal.kind is not PathKind.MEDIA or goal.facts.exists is not True:
        return goal
    facts = await file_facts(tools, course)
    return replace(goal, facts=facts) if facts.exists else goal
