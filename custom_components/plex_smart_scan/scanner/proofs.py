"""Looking until a request is proven and settled, or until its scan is over and it is not."""

import asyncio
from dataclasses import replace
from typing import Final

from .clock import wait_for
from .course import MOST_ITEMS, Course, Tools, look, persist, time_is_up
from .duplicates import alive
from .folders import Kind
from .goals import file_facts
from .models import Outcome, Reason
from .queue import ScanJob
from .validation import Goal, Wakes, changed_files, is_settled, proof

_FREE_LOOKS: Final = 4


async def validate(tools: Tools, course: Course, goal: Goal, job: ScanJob) -> Outcome | None:
    """Look until the goal is proven and settled; None when the scan is over and it is not."""
    wakes = Wakes(goal.match)
    unlisten = tools.notifications.listen(wakes.take)
    try:
        return await _look_until(tools, course, goal, job, wakes)
    finally:
        unlisten()
        course.last_over_at = job.over_at if job.over.is_set() else tools.clock.monotonic()


async def _look_until(tools: Tools, course: Course, goal: Goal, job: ScanJob, wakes: Wakes) -> Outcome | None:
    clock, pace = tools.clock, tools.pace
    proven_at: float | None = None
    looks, looks_after_over = 0, 0
    while True:
        await _until_next_look(tools, job, wakes, looks, proven=proven_at is not None)
        wakes.event.clear()
        over = job.over.is_set()
        goal, now = await asyncio.gather(_seen_again(tools, course, goal), persist(tools, course, look, tools, goal))
        looks += 1
        outcome = proof(goal, now, scan_over=over)
        if outcome is not None:
            proven_at = clock.monotonic() if proven_at is None else proven_at
            course.items = (changed_files(goal.before, now) or alive(now or ()))[:MOST_ITEMS]
            keys = wakes.wanted = {file.rating_key for file in course.items}
            if is_settled(course.items) and not keys & wakes.under_way:
                return outcome
            if clock.monotonic() - proven_at >= (pace.settle if keys <= wakes.processed else pace.settle_limit):
                course.reason = Reason.DAMAGED if not (is_settled(course.items) or keys & wakes.under_way) else None
                return outcome
        else:
            proven_at = None
            looks_after_over += over
            settled = over and clock.monotonic() - job.over_at >= pace.settle
            if (settled and looks_after_over > 1) or time_is_up(tools, course):
                course.partly = alive(now or ())
                return None


async def _until_next_look(tools: Tools, job: ScanJob, wakes: Wakes, looks: int, *, proven: bool) -> None:
    """Wait until the next look is due: for the end of the scan, for a hint, or for a while."""
    clock, pace = tools.clock, tools.pace
    if looks >= _FREE_LOOKS:
        # A scan of a whole library processes thousands of items; not each of them is worth a look.
        await clock.sleep(min(pace.first_poll * looks / _FREE_LOOKS, pace.settle))
    if job.over.is_set() or proven:
        if looks or wakes.under_way:
            await wait_for(clock, wakes.event, min(pace.settle / 2 * (1 + looks / 4), pace.slowest_poll))
            # One look for a season whose items are done one after the other.
            await wait_for(clock, wakes.idle, pace.first_poll)
        return
    first = pace.hinted_poll if tools.notifications.connected else pace.first_poll
    await wait_for(clock, job.over, min(first * 2.0 ** min(looks, 10), pace.slowest_poll))


async def _seen_again(tools: Tools, course: Course, goal: Goal) -> Goal:
    """The goal with the file's facts as they are now: it may still have been growing when it was reported."""
    if goal.gone or goal.kind is not Kind.MEDIA or goal.facts.exists is not True:
        return goal
    facts = await file_facts(tools, course)
    return replace(goal, facts=facts) if facts.exists else goal
