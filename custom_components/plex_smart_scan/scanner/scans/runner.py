"""Requests the queued scans from Plex: one at a time, when the library is idle, and monitored to their end."""

import asyncio
from collections.abc import Awaitable, Callable
import logging
import math
from typing import Final

from ..clock import Clock, wait_for
from ..libraries.index import Match
from ..libraries.missing_mounts import MountChecker
from ..models import Reason
from ..paths.clean_path import CleanPath
from ..plex import events
from ..plex.client import PlexClient
from ..plex.errors import ErrorKind, PlexError
from ..plex.events import ActivityEvent, ConnectionEvent, PlexEvent
from ..plex.retry import RetryAction, decide_retry
from ..plex.server_availability import ServerAvailability
from ..plex.websocket import PlexWebsocket
from ..safe_text import log_safe, safe_error
from ..timing import Timing
from .checks_before_scan import ChecksBeforeScan, NotScannedError
from .location_scans import LocationScans
from .monitor import ScanMonitor, ScanMonitors
from .queue import FolderQueue
from .recent_scans import RecentScans
from .running_scans import RunningScans
from .scan_job import JobState, Observation, ScanJob, Waiter

_LOGGER: Final = logging.getLogger(__name__)
_MAX_POSTPONED: Final = 10  # times, so that constant traffic does not hold back a repetition for ever


class ScanRunner:
    """Requests scans of the queued folders from Plex, and resumes the requests that wait for them.

    A job can contain merged jobs for the same folder, which have used up different numbers of attempts: they share the
    scan and are retried separately.
    """

    def __init__(
        self,
        client: PlexClient,
        availability: ServerAvailability,
        websocket: PlexWebsocket,
        clock: Clock,
        timing: Timing,
        log: Callable[..., None],
        mounts: MountChecker,
        on_scanning: Callable[[], None] = lambda: None,
    ) -> None:
        """Store the dependencies; `run` does the work. `on_scanning` is called when a scan of it starts or ends."""
        self.current: ScanJob | None = None  # the latest scan that this runner has requested, until it ends
        self.requested = 0  # number of scans
        self.avoided = 0  # number of requests that needed no scan of their own
        # All scans that run on the server, including those that other programs have requested.
        self.server_scans = RunningScans(client, availability, websocket, clock, timing)
        self._client = client
        self._availability = availability
        self._websocket = websocket
        self._clock = clock
        self._timing = timing
        self._log = log
        self.recent = RecentScans(availability, clock, timing)
        self.locations = LocationScans(self.recent, clock, timing)
        self._checks = ChecksBeforeScan(mounts, self.recent, clock, timing)
        self._on_scanning = on_scanning
        self._queue = FolderQueue()
        self._changed = asyncio.Event()
        self._requested_at = -math.inf  # monotonic seconds: the last scan
        self._monitors = ScanMonitors()
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """Return how many folders are queued."""
        return len(self._queue)

    def request(
        self, match: Match, folder: CleanPath | None, waiter: Waiter, *, looked_up_at: float, since: float
    ) -> ScanJob:
        """Return a scan that reads a folder (None: the whole library) and starts at or after `since`.

        It may be running or finished already: one scan covers everything that existed when it started. `looked_up_at`
        is when the request last looked up its path. Times are monotonic seconds.
        """
        recent = self.recent.find(match.library, folder, since=since)
        if recent is not None:
            # Until Plex has accepted the scan, those who wait for it are counted together.
            self.avoided += 1 if waiter.is_first_scan and recent.started.is_set() else 0
            recent.waiting.append(waiter)
            return recent
        now = self._clock.monotonic()
        job = self._queue.join(match.library, match.location, folder, looked_up_at, now=now, since=since)
        job.waiting.append(waiter)
        if self._queue.is_postponed(job):
            waiter.release_slot()
        self._changed.set()
        return job

    async def run(self) -> None:
        """Scan the queued folders until cancelled."""
        unlisten = self._websocket.listen(self._handle_event)
        try:
            while True:
                try:
                    await self._next()
                except Exception as error:
                    # Continue after an unexpected error, but not without a pause.
                    _LOGGER.exception("Unexpected error before a scan", exc_info=safe_error(error))
                    await self._clock.sleep(self._timing.slowest_poll)
        finally:
            unlisten()
            for task in self._tasks:
                task.cancel()

    async def _next(self) -> None:
        """Start the next scan, or wait for a change."""
        self._changed.clear()
        if not self._queue.ready:
            await self._changed.wait()
            return
        job = self._queue.next((await self.server_scans.now()).may_include)
        if job is None:
            await self.server_scans.wait_for_change(self._changed)
        elif (seconds := self._pause_before(job)) > 0:
            job.postponed += 1
            self._queue.postpone(job)
            self._spawn(self._resume_after_pause(job, seconds))
        else:
            self.server_scans.reset_pauses()
            await self._start(job)

    def _pause_before(self, job: ScanJob) -> float:
        """Return how many seconds a repeated scan waits: it may have been lost because it followed another closely."""
        if not job.is_repetition or job.postponed >= _MAX_POSTPONED:
            return 0.0
        return self._requested_at + self._timing.start_timeout - self._clock.monotonic()

    async def _resume_after_pause(self, job: ScanJob, seconds: float) -> None:
        """Resume a folder that `_pause_before` has postponed."""
        await self._clock.sleep(seconds)
        self._queue.resume(job)
        self._changed.set()

    def _handle_event(self, event: PlexEvent) -> None:
        """Note that a library may be idle, and that a queued scan may no longer be needed.

        A disconnected websocket reports no ends of scans, and a reconnected one may have missed some.
        """
        if isinstance(event, ConnectionEvent):
            self._changed.set()
        if isinstance(event, ActivityEvent) and event.type == events.SCAN and event.event == "ended":
            self._checks.note_end(event.section)
            self._changed.set()

    async def _start(self, job: ScanJob) -> None:
        """Scan a folder if that is still needed, and wait until the next scan may start."""
        try:
            await self._availability.wait_until_available()
            outages = self._availability.outages
            await self._checks.check(job)
            self._queue.remove(job)
            await self._scan(job, outages)
        except NotScannedError as not_scanned:
            self._queue.remove(job)
            if not_scanned.missing_mount is None:
                self.avoided += job.first_scans
            for each in job.all_jobs():
                each.missing_mount = not_scanned.missing_mount
            job.set_state(JobState.SKIPPED if not_scanned.missing_mount is None else JobState.MOUNT_MISSING)
            self._end(job)
        except PlexError as error:
            self._end(job, self._requeue_or_fail(job, error))
        except Exception as error:
            # Fail only the requests for this folder; keep scanning the others.
            _LOGGER.exception("Unexpected error during the scan of %s", log_safe(job.label), exc_info=safe_error(error))
            self._queue.remove(job)
            job.set_state(JobState.FAILED)
            for each in job.all_jobs():
                each.error = PlexError(ErrorKind.BROKEN_RESPONSE, "unexpected error, see the log")
                each.failure_reason = Reason.SERVER_ERROR
            self._end(job)

    async def _scan(self, job: ScanJob, outages: int) -> None:
        """Request a scan, and wait until it has ended or has not started for a moment.

        `outages` is how often the server had been unavailable when the scan was checked. Raises PlexError, and
        NotScannedError if the checks fail after a further outage.
        """
        earliest = self._clock.monotonic() - self._timing.start_timeout
        job.follows_unobserved = self.server_scans.unknown or self.recent.may_be_running(job.library.id, earliest)
        self.current = job
        self.recent.add(job)  # requests that arrive from now on can use this scan
        job.started_at = self._clock.monotonic()
        monitor = ScanMonitor(job.library.id, self._monitors)
        unlisten = self._websocket.listen(monitor.handle)
        try:
            await self._availability.call(lambda: self._request(job, monitor, outages))
        except BaseException:
            unlisten()
            monitor.release()
            self.current = None
            self.recent.remove(job)
            raise
        self.requested += 1
        others = max(len(job.waiting_requests()) - 1, 0)  # one of the requests needed this scan
        self.avoided += min(job.first_scans, others)
        self.locations.add(job)
        self._log("🔄", "Scanning %s in the library %s", job.label, job.library.title)
        job.set_state(JobState.RUNNING)
        for each in job.all_jobs():
            each.started_at, each.outages, each.scanned = job.started_at, job.outages, job.path
            each.started.set()
        self._notify()
        self._spawn(self._monitor(job, monitor, unlisten))
        if not await wait_for(self._clock, job.ended, self._timing.next_scan_delay) and monitor.started.is_set():
            await job.ended.wait()

    async def _request(self, job: ScanJob, monitor: ScanMonitor, outages: int) -> None:
        """Request a scan once. After an outage the checks are repeated: a mount may be missing now."""
        while outages != self._availability.outages:
            outages = self._availability.outages
            with self._availability.recheck():
                await self._checks.check(job)
        monitor.reset()
        job.started_at, job.outages = self._clock.monotonic(), outages
        self._requested_at = job.started_at
        await self._client.refresh(job.library, job.path)

    async def _monitor(self, job: ScanJob, monitor: ScanMonitor, unlisten: Callable[[], None]) -> None:
        """Observe a scan until it has ended, or is known to be lost."""
        try:
            job.observation = await self.server_scans.observe(monitor, job)
        except Exception as error:
            _LOGGER.exception("Unexpected error during the scan of %s", log_safe(job.label), exc_info=safe_error(error))
        finally:
            unlisten()
            monitor.release()
        self._checks.note_end(job.library.id)
        seconds = self._clock.monotonic() - job.started_at
        if job.observation is Observation.NOT_OBSERVED:
            self._log("⚠️", "Plex did not start the scan of %s", log_safe(job.label))
        else:
            self._log("📡", "Scan of %s ended after %.1f s", job.label, seconds)
        self._end(job)

    def _end(self, job: ScanJob, jobs: list[ScanJob] | None = None) -> None:
        """Record that a scan has ended, or will not take place, and resume the requests that wait for it."""
        if self.current is job:
            self.current = None
        for each in tuple(job.all_jobs()) if jobs is None else jobs:
            if each.state is JobState.RUNNING:
                each.state = JobState.ENDED
            each.observation, each.ended_at = job.observation, self._clock.monotonic()
            each.started.set()
            each.ended.set()
        self._notify()

    def _notify(self) -> None:
        try:
            self._on_scanning()
        except Exception as error:
            # An error in the listener must not affect the waiting requests.
            _LOGGER.exception("Unexpected error in a listener", exc_info=safe_error(error))

    def _requeue_or_fail(self, job: ScanJob, error: PlexError) -> list[ScanJob]:
        """Queue the jobs again whose error allows another attempt; mark the others as failed and return them."""
        decided = [(each, decide_retry(error, each.count_attempt(error))) for each in job.all_jobs()]
        again = [each for each, decision in decided if decision.action is RetryAction.RETRY]
        self._queue.remove(job)
        for each in again:
            self._queue.requeue(each)
        if again:
            delay = max(decision.delay for each, decision in decided if each in again)
            self._log("⚠️", "%s. Next attempt in %.0f s: %s", error, delay, job.label)
            self._spawn(self._resume_retries(again, delay))
        for each, decision in decided:
            if decision.action is not RetryAction.RETRY:
                each.state, each.error = JobState.FAILED, error
                each.failure_reason = decision.reason if decision.action is RetryAction.GIVE_UP else None
        return [each for each, _ in decided if each.state is JobState.FAILED]

    async def _resume_retries(self, jobs: list[ScanJob], delay: float) -> None:
        """Resume folders whose scan could not be requested, after a delay or when the user requests it."""
        by_user = await self._availability.pause(delay)
        for job in jobs:
            if by_user:
                job.attempts -= 1  # an attempt that the user requested does not count
            self._queue.resume(job)
        self._changed.set()

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
