"""What follows a scan for new rows: matching, analysis, metadata. Up to three at a time."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from tests.fake_plex import analysis
from tests.fake_plex.activities import REFRESH, Activities, Activity
from tests.fake_plex.database import Database
from tests.fake_plex.listing import Listings
from tests.fake_plex.models import FakeLibrary, Item, Part
from tests.fake_plex.quirks import Quirks, Timings
from tests.fake_plex.timeline import DOWNLOADING, MATCHING, PROCESSING, PROGRESS, Timeline
from tests.fake_plex.waiting import Gate, Watch

_AT_ONCE = 3


async def pause(seconds: float) -> None:
    """Let time pass; with zero seconds, other tasks still run."""
    await asyncio.sleep(seconds)


class Settler:
    """Runs what follows a scan, or a PUT on an item."""

    def __init__(
        self,
        database: Database,
        activities: Activities,
        timeline: Timeline,
        timings: Timings,
        watch: Watch,
        listings: Listings,
        quirks: Quirks,
    ) -> None:
        """Start idle."""
        self._quirks = quirks
        self._listings = listings
        self._database = database
        self._activities = activities
        self._timeline = timeline
        self._timings = timings
        self._watch = watch
        self.gate = Gate(watch)
        self.analysis_gate = Gate(watch)
        self.tasks: set[asyncio.Task[None]] = set()

    @property
    def idle(self) -> bool:
        """Whether nothing is left to do."""
        return not self.tasks

    def begin(self, items: list[Item]) -> None:
        """Start settling rows; the first activities are on the list when this returns."""
        groups: dict[int, list[Item]] = {}
        for item in items:
            groups.setdefault(item.top.rating_key, []).append(item)
        waiting = deque(groups.values())
        for _ in range(min(_AT_ONCE, len(waiting))):
            first = waiting.popleft()
            self._spawn(self._work(first, self._open(first), waiting))

    def analyse(self, parts: list[Part]) -> None:
        """Analyse parts, as PUT …/analyze asks for."""

        async def work() -> None:
            if self._quirks.media_state_steps:
                for item in dict.fromkeys(part.item for part in parts):
                    self._timeline.done(item, media_state="analyzing")
            await pause(self._timings.analysis)
            await self.analysis_gate.passed()
            for part in parts:
                analysis.analyse(self._database, part)
                self._timeline.done(part.item)

        self._with_activity("media.analyze", "Analyzing", parts[0].item if parts else None, work)

    def refresh(self, items: list[Item]) -> None:
        """Refresh the metadata of items, as PUT …/refresh asks for."""

        async def work() -> None:
            await pause(self._timings.item_settle)
            for item in items:
                if self._database.items.get(item.rating_key) is not item:
                    continue  # it was removed in the meantime
                if item.library.has_agent:
                    self._timeline.entry(item, DOWNLOADING)
                analysis.refresh(self._database, item)
                self._timeline.done(item)

        self._with_activity(REFRESH, "Refreshing", items[0] if items else None, work)

    def refresh_now(self, items: list[Item]) -> None:
        """Analyse and refresh items while the request that causes it is answered."""
        for item in items:
            for part in item.parts:
                if part.real.exists():
                    analysis.analyse(self._database, part)
            analysis.refresh(self._database, item)
            self._timeline.done(item)

    def empty_trash(self, library: FakeLibrary) -> list[Item]:
        """Remove what is in the library's trash."""
        return self._database.remove_parts(list(library.trash.values()))

    async def stop(self) -> None:
        """Cancel everything."""
        tasks = list(self.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.tasks.clear()

    def _with_activity(
        self, activity_type: str, title: str, item: Item | None, work: Callable[[], Awaitable[None]]
    ) -> None:
        if item is None:
            return
        context = {"key": f"/library/metadata/{item.rating_key}"}
        activity = self._activities.start(activity_type, title, item.title, context)

        async def run() -> None:
            try:
                await self.gate.passed()
                await work()
            finally:
                self._activities.end(activity)

        self._spawn(run())

    def _open(self, group: list[Item]) -> Activity:
        top = group[0].top
        context = {"key": f"/library/metadata/{top.rating_key}", "librarySectionID": top.library.key}
        return self._activities.start("library.update.item.metadata", "Refreshing", top.title, context)

    async def _work(self, group: list[Item], activity: Activity, waiting: deque[list[Item]]) -> None:
        while True:
            try:
                await self._settle(group)
            finally:
                self._activities.end(activity)
            if not waiting:
                break
            group = waiting.popleft()
            activity = self._open(group)
        self._timeline.queue_regenerated()

    async def _settle(self, group: list[Item]) -> None:
        await pause(self._timings.item_settle)
        await self.gate.passed()
        for item in group:
            await self._settle_one(item)
            await pause(0)

    async def _settle_one(self, item: Item) -> None:
        has_agent = item.library.has_agent
        in_steps = self._quirks.media_state_steps and bool(item.parts)
        for state in (MATCHING, DOWNLOADING, PROCESSING) if has_agent else (PROGRESS,):
            self._timeline.entry(item, state, media_state="analyzing")
        if in_steps and has_agent:
            self._timeline.done(item, media_state="analyzing")
        if item.parts:
            await pause(self._timings.item_analysis)
            await self.analysis_gate.passed()
        # An unmatched library stops at state 1, but its files are analysed all the same.
        for part in item.parts:
            analysis.analyse(self._database, part)
        if item.unsettled:
            item.unsettled = False
            self._listings.settled(item)
        if in_steps:
            self._timeline.done(item, media_state="thumbnailing")
        if in_steps or has_agent:
            self._timeline.done(item)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)

        def done(finished: asyncio.Task[None]) -> None:
            self.tasks.discard(finished)
            self._watch.check_waiters()
            if not finished.cancelled() and (problem := finished.exception()) is not None:
                raise problem

        task.add_done_callback(done)
