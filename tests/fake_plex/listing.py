"""When look-ups list what a scan found: immediately, or some time after the scan has read the folder."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
import time

from tests.fake_plex.models import Item, Part
from tests.fake_plex.quirks import Quirks
from tests.fake_plex.stats import ListingRecord, Stats
from tests.fake_plex.waiting import Gate, Watch


@dataclass(slots=True, frozen=True)
class News:
    """One part that is new or has changed; `apply` makes it visible and returns whether that changed anything."""

    part: Part
    apply: Callable[[], bool]


class Listings:
    """Lists what scans found, after the quirk `listing_delay` and behind a gate, and records when."""

    def __init__(self, stats: Stats, quirks: Quirks, watch: Watch) -> None:
        """Begin with nothing to list."""
        self._stats = stats
        self._quirks = quirks
        self._watch = watch
        self._batches: dict[asyncio.Task[None], list[News]] = {}
        self.gate = Gate(watch)

    @property
    def idle(self) -> bool:
        """Whether everything that was found is listed."""
        return not self._batches

    def add(self, news: list[News]) -> None:
        """List what was found in one folder; the delay counts from now."""
        delay = self._quirks.listing_delay
        if not news:
            return
        if not delay and not self.gate.held:
            self._list(news)
            return
        task = asyncio.get_running_loop().create_task(self._wait(news, delay))
        self._batches[task] = news
        task.add_done_callback(self._finished)

    def settled(self, item: Item) -> None:
        """Record the parts of a row that was hidden until it settled."""
        for part in item.parts:
            self._record(part)
        self._watch.check_waiters()

    async def stop(self) -> None:
        """List everything: it is in the database, which survives a restart."""
        batches = dict(self._batches)
        for task in batches:
            task.cancel()
        await asyncio.gather(*batches, return_exceptions=True)
        for news in batches.values():
            self._list(news)

    async def _wait(self, news: list[News], delay: float) -> None:
        await asyncio.sleep(delay)
        await self.gate.passed()
        self._list(news)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._batches.pop(task, None)
        self._watch.check_waiters()

    def _list(self, news: list[News]) -> None:
        for each in news:
            if each.apply():
                self._record(each.part)
        self._watch.check_waiters()

    def _record(self, part: Part) -> None:
        if not part.unlisted and not part.item.hidden:
            record = ListingRecord(part.item.library.id, part.file, part.size, time.monotonic())
            self._stats.listings.append(record)
