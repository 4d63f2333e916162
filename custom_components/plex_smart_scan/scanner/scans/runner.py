"""Runs scans: one at a time per server, requested when the library is idle, and monitored until they have ended."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
import logging
from typing import Final

from ..clock import Clock, wait_for
from ..libraries.index import Match
from ..models import Reason
from ..paths.clean_path import CleanPath
from ..plex import events
from ..plex.availability import ServerAvailability
from ..plex.client import PlexClient
from ..plex.errors import ErrorKind, PlexError
from ..plex.events import ActivityEvent, ConnectionEvent, PlexEvent
from ..plex.retry import RetryAction, decide_retry
from ..plex.websocket import PlexWebsocket
from ..safe_text import log_safe
from ..timing import Timing
from .monitor import ScanMonitor
from .queue import FolderQueue
from .running_scans import RunningScans
from .scan_job import Observation, ScanJob, Waiter

_LOGGER: Final = logging.getLogger(__name__)
_MAX_RECENT: Final = 50  # scans


class _OutdatedError(Exception):
    """The server was away after it was asked whether a scan is needed and its disk is there."""


class ScanRunner:
    """Takes folders from the queue and has them scanned."""

    def __init__(
        self,
        client: PlexClient,
        availability: ServerAvailability,
        websocket: PlexWebsocket,
        clock: Clock,
        timing: Timing,
        log: Callable[..., None],
        missing_mount: Callable[[ScanJob], Awaitable[CleanPath | None]],
        on_scanning: Callable[[], None] = lambda: None,
    ) -> None:
        """Keep the tools; `run` does the work.

        `missing_mount` returns a location that a scan would read although its disk is missing. `on_scanning` is called
        when a scan of ours begins and ends.
        """
        self.current: ScanJob | None = None
        self.requested = 0  # scans
        self.avoided = 0  # requests that needed no scan of their own
        self.running = RunningScans(client, availability, websocket, clock, timing)
        self._client = client
        self._availability = availability
        self._websocket = websocket
        self._clock = clock
        self._timing = timing
        self._log = log
        self._missing_mount = missing_mount
        self._on_scanning = on_scanning
        self._queue = FolderQueue()
        self._changed = asyncio.Event()
        self._last_end: dict[int | None, float] = {}
        self._recent: deque[ScanJob] = deque(maxlen=_MAX_RECENT)
        self._location_scans: dict[int, float] = {}
        self._claimed: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How many folders wait."""
        return len(self._queue)

    def request(
        self, match: Match, folder: CleanPath | None, waiter: Waiter, *, looked_at: float, since: float
    ) -> ScanJob:
        """Return a scan that reads a folder (None: the whole library) and begins at or after `since`.

        It may be running or over already: one scan covers everything that was there when it began. `looked_at` is when
        Plex was last asked what it lists. Times are monotonic seconds.
        """
        for job in reversed(self._recent):
            if self._serves(job, match, folder, since):
                self.avoided += waiter.first
                job.waiting.append(waiter)
                return job
        job = self._queue.join(match.library, match.location, folder, looked_at, self._clock.monotonic())
        job.waiting.append(waiter)
        if self._queue.is_held(job):
            waiter.release_slot()
        self._changed.set()
        return job

    def _serves(self, job: ScanJob, match: Match, folder: CleanPath | None, since: float) -> bool:
        """Whether a request needs no scan but this one. What it has not shown after a while deserves another."""
        is_old = job.ended.is_set() and self._clock.monotonic() - job.ended_at >= self._timing.conclusion
        return (
            not is_old
            and job.library.id == match.library.id
            and job.covers(folder)
            and job.started_at >= since
            and job.observation is not Observation.NOT_SEEN
            and job.outages == self._availability.outages
        )

    def location_wait(self, library: int, *, removal: bool) -> float:
        """Return in how many seconds a location of a library may be scanned again, for removals or to find a file."""
        last = self._location_scans.get(library)
        if last is None:
            return 0.0
        apart = self._timing.location_removal if removal else self._timing.location_scan
        return max(last + apart - self._clock.monotonic(), 0.0)

    async def run(self) -> None:
        """Work until cancelled."""
        unlisten = self._websocket.listen(self._handle_event)
        try:
            while True:
                try:
                    await self._next()
                except Exception:
                    # A bug of ours must neither end all scanning nor be repeated without a pause.
                    _LOGGER.exception("Unexpected error before a scan")
                    await self._clock.sleep(self._timing.slowest_poll)
        finally:
            unlisten()
            for task in self._tasks:
                task.cancel()

    async def _next(self) -> None:
        """Start the next scan, or wait for something to change."""
        self._changed.clear()
        if not self._queue.ready:
            await self._changed.wait()
            return
        job = self._queue.next(await self.running.now())
        if job is None:
            await self.running.wait_for_change(self._changed)
        else:
            self.running.idle_again()
            await self._start(job)

    def _handle_event(self, event: PlexEvent) -> None:
        """A scan that ended may have made a library idle, and may have read what waits.

        A websocket that was lost reports no such end any more, and one that is back may have missed one.
        """
        if isinstance(event, ConnectionEvent):
            self._changed.set()
        if isinstance(event, ActivityEvent) and event.type == events.SCAN and event.event == "ended":
            self._last_end[event.section] = self._clock.monotonic()
            self._changed.set()

    async def _start(self, job: ScanJob) -> None:
        """Scan a folder unless that is no longer needed, and wait until the next scan may start."""
        try:
            while not await self._start_once(job):
                pass  # the server was away: what was known before the scan has to be asked again
        except PlexError as error:
            self._end(job, self._try_again_later(job, error))
        except Exception:
            # Fail only the requests for this folder; keep scanning the others.
            _LOGGER.exception("Unexpected error with the scan of %s", log_safe(_name(job)))
            self._queue.drop(job)
            for each in job.all_jobs():
                each.error = PlexError(ErrorKind.BROKEN_ANSWER, "unexpected error, see the log")
                each.given_up = Reason.SERVER_ERROR
            self._end(job)

    async def _start_once(self, job: ScanJob) -> bool:
        """Scan a folder if that is needed and its disk is there. False if the server was away before it began."""
        await self._availability.wait_until_open()
        outages = self._availability.outages
        if not await self._is_needed(job):
            self._queue.drop(job)
            self.avoided += sum(waiter.first for waiter in job.waiting_requests())
            for each in job.all_jobs():
                each.skipped = True
            self._end(job)
        elif location := await self._missing_mount(job):
            self._queue.drop(job)
            for each in job.all_jobs():
                each.missing_mount = location
            self._end(job)
        else:
            self._queue.drop(job)
            try:
                await self._scan(job, outages)
            except _OutdatedError:
                return False
        return True

    async def _is_needed(self, job: ScanJob) -> bool:
        """Ask the waiting requests again if another scan has ended since they looked, or if they waited for long."""
        ended = max(self._last_end.get(job.library.id, 0.0), self._last_end.get(None, 0.0))
        waited = self._clock.monotonic() - job.queued_at
        if ended <= job.looked_at and waited < self._timing.view_age:
            return True
        asked: set[Waiter] = set()
        while waiting := [each for each in job.waiting_requests() if each not in asked]:
            if any(await asyncio.gather(*(each.still_needed() for each in waiting))):
                return True
            asked.update(waiting)
        return False

    async def _scan(self, job: ScanJob, outages: int) -> None:
        """Request a scan, and wait until it has ended or was not seen to begin for a moment.

        Raises PlexError, and _OutdatedError if the server has been away since it had been so `outages` times.
        """
        self.current = job
        self._recent.append(job)  # what arrives from now on need not wait for a scan of its own
        job.started_at = self._clock.monotonic()
        monitor = ScanMonitor(job.library.id, self._claimed)
        unlisten = self._websocket.listen(monitor.handle)
        try:
            await self._availability.call(lambda: self._request(job, monitor, outages))
        except BaseException:
            unlisten()
            self.current = None
            self._recent.remove(job)
            raise
        self.requested += 1
        waiting = job.waiting_requests()
        self.avoided += min(sum(waiter.first for waiter in waiting), max(len(waiting) - 1, 0))
        if job.folder is None or job.folder.key == job.location.key:
            self._location_scans[job.library.id] = job.started_at
        self._log("🔄", "Scanning %s in %s", _name(job), job.library.title)
        for each in job.all_jobs():
            each.started_at, each.outages, each.scanned = job.started_at, job.outages, job.path
            each.started.set()
        self._notify()
        self._spawn(self._follow(job, monitor, unlisten))
        if not await wait_for(self._clock, job.ended, self._timing.next_scan) and monitor.begun.is_set():
            await job.ended.wait()

    async def _request(self, job: ScanJob, monitor: ScanMonitor, outages: int) -> None:
        """Request a scan once. Raises _OutdatedError if the server was away meanwhile: its disks may be missing now."""
        if self._availability.outages != outages:
            raise _OutdatedError
        monitor.begin_again()
        job.started_at, job.outages = self._clock.monotonic(), outages
        await self._client.refresh(job.library, job.path)

    async def _follow(self, job: ScanJob, monitor: ScanMonitor, unlisten: Callable[[], None]) -> None:
        """Monitor a scan until it has ended, or is known to be lost."""
        try:
            job.observation = await self.running.observe(monitor, job)
        except Exception:
            _LOGGER.exception("Unexpected error with the scan of %s", log_safe(_name(job)))
        finally:
            unlisten()
            monitor.release()
        self._last_end[job.library.id] = self._clock.monotonic()
        seconds = self._clock.monotonic() - job.started_at
        if job.observation is Observation.NOT_SEEN:
            self._log("⚠️", "Plex did not run the scan of %s", log_safe(_name(job)))
        else:
            self._log("📡", "Scan of %s ended after %.1f s", _name(job), seconds)
        self._end(job)

    def _end(self, job: ScanJob, jobs: list[ScanJob] | None = None) -> None:
        """Let the requests of a scan go on."""
        if self.current is job:
            self.current = None
        for each in tuple(job.all_jobs()) if jobs is None else jobs:
            each.observation, each.ended_at = job.observation, self._clock.monotonic()
            each.started.set()
            each.ended.set()
        self._notify()

    def _notify(self) -> None:
        try:
            self._on_scanning()
        except Exception:
            # A failing listener must not keep the requests from their scan.
            _LOGGER.exception("Unexpected error in a listener")

    def _try_again_later(self, job: ScanJob, error: PlexError) -> list[ScanJob]:
        """Put back what deserves another try: one for all requests of the folder. Returns the others."""
        decided = []
        for each in tuple(job.all_jobs()):
            each.tries += 1
            # Whether the library is still there is for each request to find out.
            decided.append((each, decide_retry(error, 1 if error.kind is ErrorKind.NOT_FOUND else each.tries)))
        again = [each for each, decision in decided if decision.action is RetryAction.RETRY]
        self._queue.drop(job)
        for each in again:
            self._queue.hold(each)
        if again:
            delay = max(decision.delay for each, decision in decided if each in again)
            self._log("⚠️", "%s; trying again in %.0f s: %s", error, delay, _name(job))
            self._spawn(self._let_go(again, delay))
        for each, decision in decided:
            if decision.action is not RetryAction.RETRY:
                each.error = error
                each.given_up = decision.reason if decision.action is RetryAction.GIVE_UP else None
        return [each for each, _ in decided if each.error]

    async def _let_go(self, jobs: list[ScanJob], delay: float) -> None:
        """Have folders tried again, after so many seconds or when a person asks for it."""
        hurried = await self._availability.pause(delay)
        for job in jobs:
            job.tries -= hurried  # a try that a person asked for does not count
            self._queue.let_go(job)
        self._changed.set()

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _name(job: ScanJob) -> str:
    return job.path or "the whole library"
