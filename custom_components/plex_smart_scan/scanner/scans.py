"""The scan lane: one scan at a time per server, asked for when its library is idle, watched until it is over."""

import asyncio
from collections.abc import Callable
import logging
from typing import Final

from . import hints
from .clock import Clock, wait_for
from .gateway import PlexGateway
from .hints import ActivityHint, Hint
from .libraries import Match
from .link import Link
from .notifications import Notifications
from .pace import Pace
from .paths import CleanPath
from .queue import FolderQueue, ScanJob
from .retry import PlexError

_LOGGER: Final = logging.getLogger(__name__)


# Without a websocket, the look at the library comes first: it may spare the question whether the scan is over.
_AFTER_THE_LOOK: Final = 1.5


class ScanWatch:
    """Told every hint after a scan was asked for, it knows whether that scan has begun and whether it is over."""

    def __init__(self, section: int) -> None:
        """Watch for a scan of one library."""
        self.section = section
        self.begun = False
        self.over = asyncio.Event()
        self._ours: set[str] = set()

    def take(self, hint: Hint) -> None:
        """Take a hint in. An activity names its library only a while after its start, or never if it is short."""
        if not isinstance(hint, ActivityHint) or hint.type != hints.SCAN:
            return
        if hint.section not in {self.section, None}:
            self._ours.discard(hint.uuid)
            self.begun = bool(self._ours)
            return
        if hint.event == "ended":
            # The end of a scan that began before ours was asked for is not ours.
            if hint.uuid in self._ours:
                self.over.set()
        else:
            self._ours.add(hint.uuid)
            self.begun = True


class ScanLane:
    """Runs the queue's jobs."""

    def __init__(
        self,
        gateway: PlexGateway,
        link: Link,
        notifications: Notifications,
        clock: Clock,
        pace: Pace,
        say: Callable[..., None],
        on_scanning: Callable[[], None] = lambda: None,
    ) -> None:
        """Keep the tools; `run` does the work. `on_scanning` is called when a scan of ours begins and ends."""
        self.current: ScanJob | None = None
        self.asked = 0  # scans
        self.spared = 0  # requests that needed none of their own
        self._gateway = gateway
        self._link = link
        self._notifications = notifications
        self._clock = clock
        self._pace = pace
        self._say = say
        self._on_scanning = on_scanning
        self._queue = FolderQueue()
        self._changed = asyncio.Event()
        self._last_over: dict[int | None, float] = {}
        self._last: dict[int, ScanJob] = {}
        self._learnt_at = clock.monotonic()
        self._busy_polls = 0

    def __len__(self) -> int:
        """How many folders wait."""
        return len(self._queue)

    def join(self, match: Match, folder: CleanPath | None, looked_at: float) -> ScanJob:
        """Ask for a scan of a folder (None: of the whole library), for what was last looked for at `looked_at`."""
        job = self._queue.join(match.library, match.location, folder, looked_at)
        self._changed.set()
        return job

    async def run(self) -> None:
        """Work until cancelled."""
        unlisten = self._notifications.listen(self._take)
        try:
            while True:
                self._changed.clear()
                if not len(self._queue):
                    await self._changed.wait()
                job = self._queue.next(await self.busy(waited=self._busy_polls > 0))
                if job is None:
                    await self._until_idle()
                else:
                    self._busy_polls = 0
                    await self._handle(job)
        finally:
            unlisten()

    def _take(self, hint: Hint) -> None:
        """A scan that ended may have made a library idle, and may have picked up what waits."""
        if isinstance(hint, ActivityHint) and hint.type == hints.SCAN and hint.event == "ended":
            self._last_over[hint.section] = self._clock.monotonic()
            self._changed.set()

    async def busy(self, *, waited: bool) -> Callable[[int], bool]:
        """Tell which libraries are being scanned, by us or by anybody.

        Who has `waited` for one has the server asked once in a while, for the end of a scan may have been missed.
        """
        if self._notifications.connected:
            if waited and self._clock.monotonic() - self._learnt_at >= self._pace.busy_check:
                self._learnt_at = self._clock.monotonic()
                await self._notifications.learn()
            return self._notifications.is_scanning
        try:
            running = await self._link.call(self._gateway.activities)
        except PlexError as error:
            # A failed look is no observation; the scan itself will tell more.
            _LOGGER.debug("Activities unknown: %s", error)
            return lambda _section: False
        sections = {activity.section for activity in running if activity.type == hints.SCAN}
        return lambda section: section in sections or None in sections

    async def _until_idle(self) -> None:
        self._busy_polls += 1
        if self._notifications.connected:
            await wait_for(self._clock, self._changed, self._pace.busy_check)
        else:
            await self._clock.sleep(min(self._pace.first_poll * 2**self._busy_polls, self._pace.slowest_poll))

    async def _handle(self, job: ScanJob) -> None:
        """Scan a folder, unless a scan that ended meanwhile has done what it was wanted for."""
        ended = max(self._last_over.get(job.library.id, 0.0), self._last_over.get(None, 0.0))
        if ended > job.looked_at and not await _still_needed(job):
            self._queue.drop(job)
            self.spared += len(job.waiting)
            job.skipped = True
            job.scanned = self._covered_by(job)
            job.started.set()
            job.over.set()
            return
        job = self._queue.take(job)
        self.current = job
        try:
            await self._scan(job)
        finally:
            self.current = None
            self._on_scanning()
            for waiting in job.everybody():
                waiting.error, waiting.over_at = job.error, self._clock.monotonic()
                waiting.witnessed = job.witnessed
                waiting.started.set()
                waiting.over.set()

    def _covered_by(self, job: ScanJob) -> str | None:
        """The folder of our own last scan in the library, if it held this job's folder."""
        last = self._last.get(job.library.id)
        if last is None or last.started_at < job.looked_at - self._pace.settle_limit:
            return None
        covers = last.folder is None or (job.folder is not None and job.folder.is_below(last.folder))
        return last.scanned if covers else None

    async def _scan(self, job: ScanJob) -> None:
        watch = ScanWatch(job.library.id)
        unlisten = self._notifications.listen(watch.take)
        where = job.path or "the whole library"
        try:
            job.started_at = self._clock.monotonic()
            await self._link.call(lambda: self._gateway.refresh(job.library, job.path))
            self._say("🔄", "Scanning %s in %s", where, job.library.title)
            self.asked += 1
            self.spared += sum(len(waiting.waiting) for waiting in job.everybody()) - 1
            for waiting in job.everybody():
                waiting.started_at = job.started_at
                waiting.scanned = job.path
                waiting.started.set()
            self._on_scanning()
            job.witnessed = await self._until_over(watch, job)
        except PlexError as error:
            job.error = error
        finally:
            unlisten()
        self._last_over[job.library.id] = self._clock.monotonic()
        self._last[job.library.id] = job
        if job.error is None:
            self._say("📡", "Scan of %s over after %.1f s", where, self._clock.monotonic() - job.started_at)

    async def _until_over(self, watch: ScanWatch, job: ScanJob) -> bool | None:
        """Wait for the end of a scan: its activity's, or, without a websocket, two looks that find none.

        Returns whether its activity was witnessed; None where it could have begun and ended between two looks.
        """
        begin = learnt_at = self._clock.monotonic()
        idle_looks, delay, seen, blind = 0, self._pace.first_poll * _AFTER_THE_LOOK, False, False
        while not watch.over.is_set():
            now = self._clock.monotonic()
            seen = seen or watch.begun
            if self._notifications.connected:
                left = begin + self._pace.no_start - now
                # Nothing runs, nor anything that ours could be queued behind: it was swallowed, or its end missed.
                if left <= 0 and not self._notifications.scanning:
                    return seen or (None if blind else False)
                if now - learnt_at >= self._pace.busy_check:
                    learnt_at = now
                    await self._notifications.learn()
                await wait_for(self._clock, watch.over, left if left > 0 else self._pace.slowest_poll)
            else:
                blind = True
                await wait_for(self._clock, watch.over, delay)
                delay = min(delay * 2, self._pace.slowest_poll)
                if not job.is_wanted():
                    return seen or None  # everybody has the proof; the next scan asks first whether this one still runs
                busy = (await self.busy(waited=True))(watch.section)
                seen = seen or busy
                idle_looks = 0 if busy else idle_looks + 1
                if idle_looks >= 2:  # noqa: PLR2004 - one look may fall between "queued" and "begun"
                    return seen or None
        return True


async def _still_needed(job: ScanJob) -> bool:
    """Ask everybody who waits for a job; one of them is enough."""
    return any(await asyncio.gather(*(ask() for ask in tuple(job.waiting))))
