"""The smart scanner of one server: takes requests in, keeps them, and tells what became of them."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
import itertools
import logging
from typing import Any, Final
from uuid import uuid4

from .clock import Clock, SystemClock, wait_for
from .foreign_text import log_safe
from .libraries.index import Match
from .libraries.lookups import Lookups
from .libraries.registry import LibraryRegistry, Resolution
from .libraries.spelling import Spelling
from .models import Outcome, Reason, ScanRequest, ScanResult, Server, Settings
from .paths.clean_path import InvalidPathError
from .paths.mappings import Mapped, Mappings
from .plex.availability import ConnectionState, ServerAvailability
from .plex.client import REQUEST_TIMEOUT, Access, PlexClient
from .plex.errors import PlexError
from .plex.websocket import PlexWebsocket
from .requests import pipeline
from .requests.course import Course, Tools
from .requests.journal import Journal
from .requests.preview import Preview, preview
from .requests.results import PROVEN, combined, pending_result
from .scans.runner import ScanRunner
from .step_log import StepLog
from .timing import Timing

_LOGGER: Final = logging.getLogger(__name__)
_MOST_AT_ONCE: Final = 500  # requests of one library under way; further ones wait in line


class StoppedError(Exception):
    """A scanner that was stopped takes nothing in."""


class PendingRequest:
    """A request that was taken in. It always ends in a result, if not in this run then after the next start."""

    def __init__(self, request: ScanRequest, now: float) -> None:
        """Begin without a result. `now` is in monotonic seconds."""
        self.request = request
        self.began_at = now
        self.result: ScanResult | None = None
        self.done = asyncio.Event()
        self.courses: tuple[Course, ...] = ()
        # The library in whose line it stands, so that a busy one holds up no other; and whether it has a place there.
        self.line: int | None = None
        self.under_way = False


class ScanEngine:
    """One server's scanner: `connect`, `start`, `submit` and `wait`, `stop`."""

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
    ) -> None:
        """Wire the pipeline up; nothing is asked yet. Without `websocket` the engine polls.

        `timeout` is in seconds for each request to Plex.
        """
        self.settings = settings or Settings()
        self.mappings = mappings or Mappings()
        self._clock = clock or SystemClock()
        self._on_result = on_result
        self.client = PlexClient(access, timeout=timeout)
        self.availability = ServerAvailability(
            self.client.probe, self._clock, on_availability, compare=self.client.compare
        )
        self.websocket = PlexWebsocket(access, self.client.identity, self._clock, self.client.activities)
        self._websocket_wanted = websocket
        self.registry = LibraryRegistry(self.client, self.availability, self.mappings)
        self._steps = StepLog(detailed=self.settings.detailed_logging)
        timing = timing or Timing()
        self.runner = ScanRunner(
            self.client, self.availability, self.websocket, self._clock, timing, self._steps.say, on_scanning
        )
        self.lookups = Lookups(self.client, self.availability)
        self.spelling = Spelling(self.client, self.availability)
        self._journal = journal
        self._tools = Tools(
            client=self.client,
            availability=self.availability,
            lookups=self.lookups,
            spelling=self.spelling,
            runner=self.runner,
            websocket=self.websocket,
            mappings=self.mappings,
            settings=self.settings,
            timing=timing,
            clock=self._clock,
            say=self._steps.say,
            keep=self._keep,
            library_still_exists=self.registry.still_has,
        )
        self._open: dict[str, PendingRequest] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._under_way: Counter[int | None] = Counter()
        self._lines: dict[int | None, deque[PendingRequest]] = {}
        self._stopped = False

    # -- life ---------------------------------------------------------------------------------------------------------

    async def connect(self) -> Server:
        """Ask who answers, and read the libraries. Raises PlexError."""
        server = await self.client.server()
        await self.registry.read()
        return server

    async def start(self) -> None:
        """Begin to work, with what an earlier run left behind first.

        Raises StoppedError when we were stopped before, and JournalError.
        """
        if self._stopped:
            raise StoppedError
        if self._websocket_wanted:
            self._spawn(self.websocket.run())
        self._spawn(self.runner.run())
        async for requests in self._journal.load():
            if self._stopped:
                raise StoppedError
            for request in requests:
                self._begin(request)

    async def stop(self) -> None:
        """Stop working. What is not over is on disk then, and whoever waits for it is told so."""
        self._stopped = True
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._keep_quietly(*(pending.request for pending in self._open.values()))
        for pending in self._open.values():
            pending.done.set()
        await self.registry.close()
        await self.lookups.close()
        await self.spelling.close()
        await self.availability.close()
        await self._journal.close()
        await self.client.close()

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # -- libraries ----------------------------------------------------------------------------------------------------

    async def preview(self, resolution: Resolution, seconds: float) -> tuple[Preview, ...]:
        """Tell what a scan would do in each library, without one. `seconds` is how long to ask at most."""
        looks = (preview(self._tools, resolution.mapped, match, seconds=seconds) for match in resolution.matches)
        return tuple(await asyncio.gather(*looks))

    # -- requests -----------------------------------------------------------------------------------------------------

    @property
    def pending(self) -> int:
        """How many requests are not over."""
        return len(self._open)

    async def submit(self, requests: Iterable[ScanRequest], *, durable: bool) -> list[PendingRequest]:
        """Take requests in. With `durable` they are on disk when this returns, else once they need a scan.

        Raises JournalError, and StoppedError once we do not work any more; then nothing was taken in.
        """
        if self._stopped:
            raise StoppedError
        accepted = [replace(request, id=uuid4().hex, accepted_at=self._clock.time()) for request in requests]
        if durable:
            await self._journal.accept(accepted)
        return [self._leave(request) if self._stopped else self._begin(request) for request in accepted]

    async def wait(self, pending: PendingRequest, seconds: float) -> ScanResult:
        """Wait for a result, so long at most. Only what is on disk is called `pending`; raises JournalError."""
        await wait_for(self._clock, pending.done, seconds)
        if pending.result is None:
            await self._accept(pending.request)
        return pending.result or self._pending(pending)

    def _pending(self, pending: PendingRequest) -> ScanResult:
        held = {course.waits_for for course in pending.courses if course.outcome is None}
        reason = self.availability.reason or (Reason.SERVER_BUSY if Reason.SERVER_BUSY in held else Reason.WAITING)
        return pending_result(
            pending.request,
            pending.courses,
            reason,
            began_at=pending.began_at,
            now=self._clock.monotonic(),
        )

    def _leave(self, request: ScanRequest) -> PendingRequest:
        """Leave what came to be on the disk while we stopped to whoever reads it next."""
        pending = PendingRequest(request, self._clock.monotonic())
        pending.done.set()
        return pending

    def _begin(self, request: ScanRequest) -> PendingRequest:
        pending = PendingRequest(request, self._clock.monotonic())
        self._open[request.id] = pending
        pending.line = self.registry.library_of(request.path, request.libraries)
        self._lines.setdefault(pending.line, deque()).append(pending)
        self._fill(pending.line)
        return pending

    def _fill(self, library: int | None) -> None:
        """Give the free places of a library to the first of its line."""
        line = self._lines[library]
        while line and self._under_way[library] < _MOST_AT_ONCE:
            self._under_way[library] += 1
            pending = line.popleft()
            pending.under_way = True
            self._spawn(self._work(pending))

    def _give_way(self, pending: PendingRequest) -> None:
        """Give the place of a request to the next: it is over, or waits before it is tried again. It gets no other."""
        if pending.under_way:
            pending.under_way = False
            self._under_way[pending.line] -= 1
            self._fill(pending.line)

    async def _work(self, pending: PendingRequest) -> None:
        """Take a request to its result, and then let the next one begin."""
        await self._process(pending)
        self._give_way(pending)

    def _keep(self, request: ScanRequest) -> None:
        """Put a request on disk while the work on it goes on."""
        if request.id not in self._journal:
            self._spawn(self._keep_quietly(request))

    async def _keep_quietly(self, *requests: ScanRequest) -> None:
        try:
            await self._accept(*requests)
        except Exception as error:  # noqa: BLE001 - whatever the store raises; nobody was told "accepted" yet
            _LOGGER.debug("A request could not be written to disk: %s", error)  # the journal logs the outage

    async def _accept(self, *requests: ScanRequest) -> None:
        await self._journal.accept(requests)
        for request in requests:
            if request.id not in self._open:
                self._journal.forget(request)  # it was over before it was written

    async def _process(self, pending: PendingRequest) -> None:
        """Take a request to its result."""
        try:
            result = await self._result(pending)
        except asyncio.CancelledError:
            raise
        except Exception:
            # A bug of ours must not lose the request in silence, nor try it for ever.
            _LOGGER.exception("Unexpected error with %s", log_safe(pending.request.path))
            result = self._failed(pending, Reason.SERVER_ERROR, "unexpected error, see the log")
        pending.result = result
        self._journal.forget(pending.request)
        del self._open[pending.request.id]
        pending.done.set()
        self.tell(result)

    def tell(self, result: ScanResult) -> None:
        """Tell what came of a request, be it one that was refused before it came here."""
        self._steps.tell(result)
        try:
            self._on_result(result)
        except Exception:
            # Whoever listens must not keep the next request from its turn.
            _LOGGER.exception("Unexpected error in a listener")

    async def _result(self, pending: PendingRequest) -> ScanResult:
        request = pending.request
        try:
            found = await self.registry.resolve_in_the_end(request.path, request.libraries)
        except InvalidPathError as error:
            return self._failed(pending, Reason.INVALID_PATH, error.problem)
        except PlexError as error:
            return self._failed(pending, Reason.SERVER_ERROR, str(error))
        if not found.matches:
            return self._failed(pending, Reason.NO_LIBRARY, found.nearest or "")
        tried: set[int] = set()
        while new := [match for match in found.matches if match.library.id not in tried]:
            tried |= {match.library.id for match in new}
            await self._run(pending, found.mapped, new)
            # The libraries were read again when one was gone: the path may be in another one now.
            found = self.registry.resolve_as_known(request.path, request.libraries)
            if not any(map(_is_gone, pending.courses)):
                break
        return combined(request, pending.courses, began_at=pending.began_at, now=self._clock.monotonic())

    async def _run(self, pending: PendingRequest, mapped: Mapped, matches: Sequence[Match]) -> None:
        """Take a request through libraries, besides those that it has gone through and that are still there."""
        new = tuple(
            Course(
                request=pending.request,
                match=match,
                mapped=mapped,
                began_at=pending.began_at,
                taken_elsewhere=lambda: _is_proven(pending),
                release_slot=lambda: self._give_way(pending),
            )
            for match in matches
        )
        pending.courses = (*itertools.filterfalse(_is_gone, pending.courses), *new)
        async with asyncio.TaskGroup() as group:  # of which none goes on without the others
            for course in new:
                group.create_task(pipeline.run(self._tools, course))

    def _failed(self, pending: PendingRequest, reason: Reason, detail: str) -> ScanResult:
        elapsed = self._clock.monotonic() - pending.began_at
        return ScanResult(
            request=pending.request, outcome=Outcome.FAILED, reason=reason, detail=detail, elapsed=elapsed
        )


def _is_gone(course: Course) -> bool:
    """Whether a request found its library gone."""
    return course.reason is Reason.LIBRARY_GONE


def _is_proven(pending: PendingRequest) -> bool:
    """Whether some library of a request has the file: the others then need no climb."""
    return any(course.outcome in PROVEN for course in pending.courses)
