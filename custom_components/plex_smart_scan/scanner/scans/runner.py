"""The scan lane: one scan at a time per server, asked for when its library is idle, watched until it is over."""

import asyncio
from collections.abc import Callable, Iterable
import logging
import math
from typing import Final

from ..clock import Clock, wait_for
from ..foreign_text import log_safe
from ..libraries.index import Match
from ..models import Reason
from ..paths.clean_path import CleanPath
from ..plex import events
from ..plex.availability import ServerAvailability
from ..plex.client import PlexClient
from ..plex.errors import Action, ErrorKind, PlexError, decide_retry
from ..plex.events import ActivityEvent, ConnectionEvent, PlexEvent
from ..plex.websocket import PlexWebsocket
from ..timing import Timing
from .monitor import ScanMonitor
from .queue import FolderQueue, ScanJob, Waiter

_LOGGER: Final = logging.getLogger(__name__)


# Without a websocket, the look at the library comes first: it may spare the question whether the scan is over.
_AFTER_THE_LOOK: Final = 1.5


class ScanRunner:
    """Runs the queue's jobs."""

    def __init__(
        self,
        client: PlexClient,
        availability: ServerAvailability,
        websocket: PlexWebsocket,
        clock: Clock,
        timing: Timing,
        say: Callable[..., None],
        on_scanning: Callable[[], None] = lambda: None,
    ) -> None:
        """Keep the tools; `run` does the work. `on_scanning` is called when a scan of ours begins and ends."""
        self.current: ScanJob | None = None
        self.asked = 0  # scans
        self.avoided = 0  # requests that needed none of their own
        self._client = client
        self._availability = availability
        self._websocket = websocket
        self._clock = clock
        self._pace = timing
        self._say = say
        self._on_scanning = on_scanning
        self._queue = FolderQueue()
        self._changed = asyncio.Event()
        self._last_over: dict[int | None, float] = {}
        self._last: dict[int, ScanJob] = {}
        self._learnt_at = clock.monotonic()
        self._busy_polls = 0
        self._folders: dict[tuple[int, str], float] = {}  # how many a parent has, while anything waits
        self._pauses: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How many folders wait."""
        return len(self._queue)

    def join(self, match: Match, folder: CleanPath | None, looked_at: float, waiter: Waiter) -> ScanJob:
        """Ask for a scan of a folder (None: of the whole library), for what was last looked for at `looked_at`."""
        job = self._queue.join(match.library, match.location, folder, looked_at)
        job.waiting.append(waiter)
        if self._queue.is_held(job):
            waiter.release_slot()
        self._changed.set()
        return job

    async def run(self) -> None:
        """Work until cancelled."""
        unlisten = self._websocket.listen(self._take)
        try:
            while True:
                try:
                    await self._next()
                except Exception:
                    # A bug of ours must neither end all scanning nor be met again without a pause.
                    _LOGGER.exception("Unexpected error before a scan")
                    await self._clock.sleep(self._pace.slowest_poll)
        finally:
            unlisten()
            for pause in self._pauses:
                pause.cancel()

    async def _next(self) -> None:
        """Do what is next: a scan, or waiting for one."""
        if not len(self._queue):
            self._folders.clear()
        self._changed.clear()
        if not self._queue.ready:
            await self._changed.wait()
            return
        job = self._queue.next(await self.busy(waited=self._busy_polls > 0))
        if job is None:
            await self._until_idle()
        else:
            self._busy_polls = 0
            await self._handle(job)

    def _take(self, hint: PlexEvent) -> None:
        """A scan that ended may have made a library idle, and may have picked up what waits.

        A websocket that was lost tells no such end any more, and one that is back may have missed one.
        """
        if isinstance(hint, ConnectionEvent):
            self._changed.set()
        if isinstance(hint, ActivityEvent) and hint.type == events.SCAN and hint.event == "ended":
            self._last_over[hint.section] = self._clock.monotonic()
            self._changed.set()

    async def busy(self, *, waited: bool) -> Callable[[int], bool]:
        """Tell which libraries are being scanned, by us or by anybody.

        Who has `waited` for one has the server asked once in a while, for the end of a scan may have been missed.
        """
        if self._websocket.connected:
            if waited and self._clock.monotonic() - self._learnt_at >= self._pace.busy_check:
                self._learnt_at = self._clock.monotonic()
                await self._websocket.learn()
            return self._websocket.is_scanning
        try:
            running = await self._availability.call(self._client.activities)
        except PlexError as error:
            # A failed look is no observation; the scan itself will tell more.
            _LOGGER.debug("Activities unknown: %s", error)
            return lambda _section: False
        sections = {activity.section for activity in running if activity.type == events.SCAN}
        return lambda section: section in sections or None in sections

    async def _until_idle(self) -> None:
        self._busy_polls += 1
        if self._websocket.connected:
            await wait_for(self._clock, self._changed, self._pace.busy_check)
        else:
            await self._clock.sleep(
                min(self._pace.first_poll * 2.0 ** min(self._busy_polls, 10), self._pace.slowest_poll)
            )

    async def _handle(self, job: ScanJob) -> None:
        """Scan a folder, unless a scan that ended meanwhile has done what it was wanted for."""
        over: Iterable[ScanJob]
        try:
            if await self._was_done_by_another(job):
                self._skip(job)
                over = job.all_jobs()
            else:
                job = self._queue.take(job, await self._folders_beside(job))
                self.current = job
                await self._scan(job)
                over = job.all_jobs()
        except PlexError as error:
            over = self._try_again_later(job, error)
        except Exception:
            # A bug of ours concerns those who wait for this folder, and nobody else's scan.
            _LOGGER.exception("Unexpected error with the scan of %s", log_safe(_name(job)))
            self._queue.drop(job)
            over = tuple(job.all_jobs())
            for each in over:
                each.error = PlexError(ErrorKind.BROKEN_ANSWER, "unexpected error, see the log")
                each.given_up = Reason.SERVER_ERROR
        finally:
            self.current = None
        for each in over:
            each.witnessed, each.over_at = job.witnessed, self._clock.monotonic()
            each.started.set()
            each.over.set()
        self._tell_scanning()

    def _tell_scanning(self) -> None:
        try:
            self._on_scanning()
        except Exception:
            # Whoever listens must not keep those who wait from their scan.
            _LOGGER.exception("Unexpected error in a listener")

    async def _was_done_by_another(self, job: ScanJob) -> bool:
        """Ask all_jobs who waits, where a scan has ended since they looked; also those who join meanwhile."""
        ended = max(self._last_over.get(job.library.id, 0.0), self._last_over.get(None, 0.0))
        if ended <= job.looked_at:
            return False
        asked: set[Waiter] = set()
        while waiting := [each for each in job.waiting_requests() if each not in asked]:
            if any(await asyncio.gather(*(each.still_needed() for each in waiting))):
                return False
            asked.update(waiting)
        return True

    def _skip(self, job: ScanJob) -> None:
        """Take out a job that nobody needs any more."""
        self._queue.drop(job)
        self.avoided += sum(waiter.first for waiter in job.waiting_requests())
        scanned = self._covered_by(job)
        for each in job.all_jobs():
            each.skipped, each.scanned = True, scanned

    def has_scanned(self, library: int, folder: CleanPath | None, since: float) -> bool:
        """Whether a scan of ours that began after `since` (monotonic seconds), and is over, has read a folder."""
        last = self._last.get(library)
        if last is None or last.started_at < since:
            return False
        return last.folder is None or (folder is not None and folder.is_below(last.folder))

    def _covered_by(self, job: ScanJob) -> str | None:
        """The folder of our own last scan in the library, if it held this job's folder."""
        last_look = job.looked_at - self._pace.settle_limit
        return self._last[job.library.id].scanned if self.has_scanned(job.library.id, job.folder, last_look) else None

    async def _folders_beside(self, job: ScanJob) -> float:
        """How many folders there are in the one that may be scanned in this one's place; infinity if nobody knows."""
        parent = self._queue.parent_to_scan(job)
        if parent is None:
            return math.inf
        key = job.library.id, parent.key
        if key not in self._folders:
            try:
                entries = await self._availability.call(lambda: self._client.browse(parent.text))
            except PlexError as error:
                _LOGGER.debug("The folders of %s are unknown: %s", log_safe(parent.text), error)
                entries = None
            self._folders[key] = math.inf if entries is None else sum(entry.folder for entry in entries)
        return self._folders[key]

    async def _scan(self, job: ScanJob) -> None:
        """Ask for a scan, and wait for its end. Raises PlexError when there is none."""
        watch = ScanMonitor(job.library.id)
        unlisten = self._websocket.listen(watch.take)
        try:
            await self._availability.call(lambda: self._ask(job, watch))
            self._say("🔄", "Scanning %s in %s", _name(job), job.library.title)
            self._count(job.waiting_requests())
            for waiting in job.all_jobs():
                waiting.started_at, waiting.outages = job.started_at, job.outages
                waiting.scanned = job.path
                waiting.started.set()
            self._tell_scanning()
            job.witnessed = await self._until_over(watch, job)
        finally:
            unlisten()
        self._last_over[job.library.id] = self._clock.monotonic()
        self._last[job.library.id] = job
        self._say("📡", "Scan of %s over after %.1f s", _name(job), self._clock.monotonic() - job.started_at)

    async def _ask(self, job: ScanJob, watch: ScanMonitor) -> None:
        """Ask once for a scan: it begins with the try that succeeds, however long the server was away before."""
        watch.begin_again()
        job.started_at, job.outages = self._clock.monotonic(), self._availability.outages
        await self._client.refresh(job.library, job.path)

    def _count(self, waiting: list[Waiter]) -> None:
        """Count a scan, and those who need none of their own because of it; only the first wait of each counts."""
        self.asked += 1
        self.avoided += min(sum(waiter.first for waiter in waiting), len(waiting) - 1)

    def _try_again_later(self, job: ScanJob, error: PlexError) -> list[ScanJob]:
        """Put back what deserves another try: one for all who wait for the folder then. Returns the others."""
        decided = []
        for each in job.all_jobs():
            if each.waiting:  # else it is the parent that others were folded into
                each.tries += 1
                # Whether the library is still there is each request's to find out.
                decided.append((each, decide_retry(error, 1 if error.kind is ErrorKind.NOT_FOUND else each.tries)))
        again = [each for each, decision in decided if decision.action is Action.RETRY]
        for each in again:
            self._queue.hold(each)
        if again:
            delay = max(decision.delay for each, decision in decided if each in again)
            self._say("⚠️", "%s; again in %.0f s: %s", error, delay, _name(job))
            pause = asyncio.create_task(self._let_go(again, delay))
            self._pauses.add(pause)
            pause.add_done_callback(self._pauses.discard)
        for each, decision in decided:
            if decision.action is not Action.RETRY:
                each.error = error
                each.given_up = decision.reason if decision.action is Action.GIVE_UP else None
        return [each for each, _ in decided if each.error]

    async def _let_go(self, jobs: list[ScanJob], delay: float) -> None:
        """Have folders tried again, after so many seconds or when a person asks for it."""
        hurried = await self._availability.pause(delay)
        for job in jobs:
            job.tries -= hurried  # a person's try, however often, is not ours
            self._queue.let_go(job)
        self._changed.set()

    async def _until_over(self, watch: ScanMonitor, job: ScanJob) -> bool | None:
        """Wait for the end of a scan: its activity's, or, without a websocket, two looks that find none.

        Returns whether its activity was witnessed; None where it could have begun and ended between two looks.
        """
        begin = learnt_at = self._clock.monotonic()
        idle_looks, delay, seen = 0, self._pace.first_poll * _AFTER_THE_LOOK, False
        while not watch.over.is_set():
            now = self._clock.monotonic()
            seen = seen or watch.begun
            if self._websocket.connected:
                left = begin + self._pace.no_start - now
                # Nothing runs, nor anything that ours could be queued behind: it was swallowed, or its end missed.
                if left <= 0 and not self._websocket.scanning:
                    return seen or (None if watch.blind else False)
                if now - learnt_at >= self._pace.busy_check:
                    learnt_at = now
                    await self._websocket.learn()
                await wait_for(self._clock, watch.over, left if left > 0 else self._pace.slowest_poll)
            else:
                watch.blind = True
                await wait_for(self._clock, watch.over, delay)
                delay = min(delay * 2, self._pace.slowest_poll)
                if not job.is_wanted():
                    return seen or None  # all_jobs has the proof; the next scan asks first whether this one still runs
                busy = (await self.busy(waited=True))(watch.section)
                seen = seen or busy
                idle_looks = 0 if busy else idle_looks + 1
                if idle_looks >= 2:  # noqa: PLR2004 - one look may fall between "queued" and "begun"
                    return seen or None
        return True


def _name(job: ScanJob) -> str:
    return job.path or "the whole library"
