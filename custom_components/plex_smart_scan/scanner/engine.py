"""The engine of one Plex server: accepts requests, stores them, and reports their results."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import replace
import itertools
import logging
from typing import Any, Final
from uuid import uuid4

from .clock import Clock, SystemClock, wait_for
from .journal.journal import Journal
from .libraries.known_libraries import Resolution
from .libraries.missing_mounts import MissingMount, all_locations
from .models import Library, Reason, ScanRequest, ScanResult, Server, Settings
from .paths.mappings import Mappings
from .plex.client import REQUEST_TIMEOUT
from .plex.errors import PlexError
from .plex.server_availability import ConnectionState
from .plex.url_and_token import Access
from .requests.combine_results import pending_result
from .requests.concurrency_limit import ConcurrencyLimit
from .requests.dependencies import EngineCallbacks, create_dependencies
from .requests.pending import PendingRequest, PendingRequests
from .requests.preview import Preview, preview
from .requests.progress.evidence_builder import effective_options
from .requests.request_processor import RequestProcessor
from .safe_text import log_safe, safe_error
from .step_log import StepLog
from .timing import Timing

_LOGGER: Final = logging.getLogger(__name__)
_PREPARE_TIMEOUT: Final = 0.5  # seconds; what is not read by then is read before the first scan


class StoppedError(Exception):
    """The engine was stopped and accepts no requests."""


class ScanEngine:
    """The engine of one server. Call `connect` and `start`, then `submit` and `wait`, and finally `stop`."""

    def __init__(
        self,
        access: Access,
        journal: Journal,
        *,
        settings: Settings | None = None,
        mappings: Mappings | None = None,
        websocket: bool = True,
        clock: Clock | None = None,
        timing: Timing | None = None,
        timeout: float = REQUEST_TIMEOUT,
        on_result: Callable[[ScanResult], None] = lambda _result: None,
        on_availability: Callable[[ConnectionState, PlexError | None], None] = lambda _state, _error: None,
        on_scanning: Callable[[], None] = lambda: None,
        on_mounts: Callable[[], None] = lambda: None,
    ) -> None:
        """Create the parts without connecting. Without `websocket` the engine polls.

        `timeout` is in seconds for each request to Plex. `on_result` is called with every result, `on_availability`
        when the server becomes available or unavailable, `on_scanning` when a scan starts or ends, `on_mounts` when
        `mounts.missing` changes.
        """
        self.settings = settings or Settings()
        self.mappings = mappings or Mappings()
        self._clock = clock or SystemClock()
        self._on_result = on_result
        self._journal = journal
        self._log = StepLog(detailed=self.settings.detailed_logging)
        self._deps = deps = create_dependencies(
            access,
            settings=self.settings,
            mappings=self.mappings,
            clock=self._clock,
            timing=timing or Timing(),
            timeout=timeout,
            callbacks=EngineCallbacks(on_availability=on_availability, on_scanning=on_scanning, on_mounts=on_mounts),
            log=self._log.log_step,
            store_later=self._store_later,
        )
        self.client, self.availability, self.websocket = deps.client, deps.availability, deps.websocket
        self.registry, self.lookups, self.mounts, self.runner = deps.registry, deps.lookups, deps.mounts, deps.runner
        self.visibility = deps.visibility
        self._websocket_wanted = websocket
        self._pending = PendingRequests(self.registry, deps.timing.same_report)
        self._slots = ConcurrencyLimit(self._start_processing)
        self._processor = RequestProcessor(deps, self._slots.leave)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stopped = False

    async def connect(self) -> Server:
        """Identify the server and read its libraries. Raises PlexError."""
        server = await self.client.server()
        await self.registry.read()
        return server

    async def start(self) -> None:
        """Start the engine, which first resumes the requests that an earlier run has left in the journal.

        Raises StoppedError if the engine was stopped before, and JournalError.
        """
        if self._stopped:
            raise StoppedError
        with suppress(TimeoutError):
            async with asyncio.timeout(_PREPARE_TIMEOUT):
                await self.mounts.prepare(self.registry.libraries)
        if self._websocket_wanted:
            self._spawn(self.websocket.run())
        self._spawn(self.runner.run())
        async for requests in self._journal.load():
            if self._stopped:
                raise StoppedError
            for request in requests:
                self._start_or_join(request, request, self._clock.monotonic())

    async def stop(self) -> None:
        """Stop the engine. When this returns, unfinished requests are in the journal, and `wait` has returned."""
        self._stopped = True
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._store_or_log(*(pending.request for pending in self._pending))
        for pending in self._pending:
            pending.end()
        await self._deps.close()
        await self._journal.close()
        await self.client.close()

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def preview(self, resolution: Resolution, seconds: float) -> tuple[Preview, ...]:
        """Return what a scan would do in each library, after `seconds` at most, without a scan."""
        looks = (preview(self._deps, resolution.mapped, match, seconds=seconds) for match in resolution.matches)
        return tuple(await asyncio.gather(*looks))

    async def missing_mount_of(self, library: Library) -> MissingMount | None:
        """Return a location of a library that must not be scanned because its mount is missing. Raises PlexError."""
        for location in all_locations(library):
            if missing := await self.mounts.find_missing(library, location, location):
                return missing
        return None

    async def scan_empty_location(self, library: Library, location: str) -> None:
        """Scan a location once that the user has confirmed is meant to be empty. Raises the errors of `submit`."""
        for each in all_locations(library):
            if each.text == location:
                request = ScanRequest(path=location, libraries=(str(library.id),), force=True, validate=False)
                await self.submit([request], durable=True)
                self.mounts.confirm_empty_once(library, each)  # only now: if the request fails, nothing is confirmed

    @property
    def pending(self) -> int:
        """How many requests are not finished."""
        return len(self._pending)

    @property
    def oldest_pending(self) -> float | None:
        """When the oldest unfinished request was accepted (Unix seconds); None if there is none."""
        return min((pending.request.accepted_at for pending in self._pending), default=None)

    def pending_results(self, limit: int) -> list[ScanResult]:
        """Return the results so far of unfinished requests, the oldest first, at most `limit`."""
        return [self._pending_result(pending) for pending in itertools.islice(self._pending, limit)]

    async def submit(self, requests: Iterable[ScanRequest], *, durable: bool) -> list[PendingRequest]:
        """Accept requests.

        With `durable`, or if one of them joins a stored request, they are in the journal when this returns; otherwise
        each is stored as soon as it needs a scan, a pause or a second look-up. A request for the path of a pending one
        joins it. Raises JournalError, and StoppedError after the engine was stopped; nothing is accepted then.
        """
        if self._stopped:
            raise StoppedError
        now = self._clock.monotonic()  # what is reported was there before it is stored
        accepted = [replace(request, id=uuid4().hex, accepted_at=self._clock.time()) for request in requests]
        forms = [self._pending.stored_form(request, self._journal) for request in accepted]
        stored: list[ScanRequest | None] = [None] * len(forms)
        replaces = [replaced for _, replaced in forms if replaced]
        if durable or replaces:
            # Store either all or none: if the engine is stopped during this, all are left to the next run.
            await self._journal.accept([form for form, _ in forms], replaces=replaces)
            stored = [form for form, _ in forms]
        start = self._leave_to_next_run if self._stopped else self._start_or_join
        return [start(request, form, now) for request, form in zip(accepted, stored, strict=True)]

    async def wait(self, pending: PendingRequest, seconds: float) -> ScanResult:
        """Wait for a result for at most `seconds`. If there is none, store the request and return a `pending` result.

        Raises JournalError.
        """
        root = pending.root
        await wait_for(self._clock, root.done, seconds)
        while root.result is None and root.request.id not in self._journal:
            await self._store(root.request)  # again if another request was merged into it in the meantime
        return pending.own_result() or self._pending_result(pending)

    async def discard(self, path: str | None = None) -> list[str]:
        """Drop all pending requests, or those at or below a path; return the dropped paths.

        Raises InvalidPathError.
        """
        dropped = list(self._pending) if path is None else self._pending.at_or_below(path)
        for pending in dropped:
            if pending.task:
                pending.task.cancel()
            self._finish(pending, self._processor.failed(pending, Reason.DISCARDED, ""))
        await asyncio.gather(*(pending.task for pending in dropped if pending.task), return_exceptions=True)
        return [pending.request.path for pending in dropped]

    def _pending_result(self, pending: PendingRequest) -> ScanResult:
        root = pending.root
        now, reason = self._clock.monotonic(), self.availability.reason
        return pending_result(pending.request, root.progresses, reason, started_at=pending.started_at, now=now)

    def _leave_to_next_run(self, request: ScanRequest, _stored: ScanRequest | None, now: float) -> PendingRequest:
        """Leave a request to the next run: the engine was stopped while the request was being stored."""
        pending = PendingRequest(request, now)
        pending.end()
        return pending

    def _start_or_join(self, request: ScanRequest, stored: ScanRequest | None, now: float) -> PendingRequest:
        """Start processing a request, or merge it into the pending request for its path.

        `stored` is the request as it is in the journal, `now` when it arrived (monotonic seconds).
        """
        leader = self._pending.find(request)
        if leader is not None and leader.result is None:
            replaced = leader.request
            newer, is_stored = self._pending.merge(leader, request, stored)
            validates = effective_options(newer, self.settings).validate
            leader.update(newer, now, self._deps.timing.same_report, validates=validates)
            if is_stored:
                self._journal.drop(replaced)
            else:  # both rows stay in the journal until the merged request is stored
                self._spawn(self._store_or_log(newer, replaces=(request.id, replaced.id)))
            return PendingRequest(request, now, leader)
        pending = PendingRequest(request, now)
        pending.library_id = self.registry.library_id_of(request.path, request.libraries)
        self._pending.add(pending)
        self._slots.join(pending)
        return pending

    def _start_processing(self, pending: PendingRequest) -> None:
        pending.task = self._spawn(self._process(pending))

    def _store_later(self, request: ScanRequest) -> None:
        """Store a request in the journal while its processing continues."""
        if request.id not in self._journal:
            self._spawn(self._store_or_log(request))

    async def _store_or_log(self, *requests: ScanRequest, replaces: Iterable[str] = ()) -> None:
        try:
            await self._store(*requests, replaces=replaces)
        except Exception as error:  # noqa: BLE001 - the request was not reported as accepted yet
            _LOGGER.debug("A request could not be written to disk: %s", error)  # the journal logs the outage

    async def _store(self, *requests: ScanRequest, replaces: Iterable[str] = ()) -> None:
        await self._journal.accept(requests, replaces=replaces)
        for request in requests:
            if request.id not in self._pending and not self._stopped:
                self._journal.drop(request)  # finished before it was written; after a stop, nothing finishes

    async def _process(self, pending: PendingRequest) -> None:
        """Process a request until it has a result."""
        try:
            result = await self._processor.result_of(pending)
        except Exception as error:
            # An unexpected error must neither lose the request silently nor repeat it forever.
            _LOGGER.exception(
                "Unexpected error while processing %s", log_safe(pending.request.path), exc_info=safe_error(error)
            )
            result = self._processor.failed(pending, Reason.SERVER_ERROR, "unexpected error, see the log")
        self._finish(pending, result)

    def _finish(self, pending: PendingRequest, result: ScanResult) -> None:
        """Publish a result to all waiters, and start the next request."""
        pending.result = result
        for each in self._pending.rows_of(pending):
            self._journal.drop(each)
        self._pending.remove(pending)
        pending.end()
        self._slots.leave(pending)
        self.report(result)

    def report(self, result: ScanResult) -> None:
        """Log and publish a result, including that of a request that was never accepted."""
        self._log.log_result(result)
        try:
            self._on_result(result)
        except Exception as error:
            # An error in the listener must not prevent the next request.
            _LOGGER.exception("Unexpected error in a listener", exc_info=safe_error(error))
