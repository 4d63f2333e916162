"""The engine of one Plex server: accepts requests, keeps them, and reports what became of them."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
import itertools
import logging
from typing import Any, Final
from uuid import uuid4

from .clock import Clock, SystemClock, wait_for
from .journal.journal import Journal
from .libraries.index import Match
from .libraries.lookups import Lookups
from .libraries.mounts import MissingMount, Mounts
from .libraries.registry import LibraryRegistry, Resolution
from .libraries.spelling import Spelling
from .libraries.visibility import Visibility
from .models import Library, Outcome, Reason, ScanRequest, ScanResult, Server, Settings
from .paths.clean_path import CleanPath, InvalidPathError
from .paths.mappings import Mapped, Mappings
from .plex.access_token import Access
from .plex.availability import ConnectionState, ServerAvailability
from .plex.client import REQUEST_TIMEOUT, PlexClient
from .plex.errors import PlexError
from .plex.websocket import PlexWebsocket
from .requests.dependencies import Dependencies
from .requests.execution import loop
from .requests.pending import PendingRequest, merged
from .requests.preview import Preview, preview
from .requests.progress.folder_memory import FolderMemory
from .requests.progress.progress import Progress
from .requests.results import PROVEN, combined, pending_result
from .requests.slots import RequestSlots
from .safe_text import log_safe
from .scans.runner import ScanRunner
from .scans.scan_job import ScanJob
from .step_log import StepLog
from .timing import Timing

_LOGGER: Final = logging.getLogger(__name__)
_PREPARE_AT_MOST: Final = 0.5  # seconds that a slow server may hold up the start for what only saves questions later


class StoppedError(Exception):
    """A stopped engine accepts nothing."""


class ScanEngine:
    """One server's engine: `connect`, `start`, `submit` and `wait`, `stop`."""

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
        """Create the parts; nothing is asked yet. Without `websocket` the engine polls.

        `timeout` is in seconds for each request to Plex. `on_mounts` is called when `missing_mounts` changes.
        """
        self.settings = settings or Settings()
        self.mappings = mappings or Mappings()
        timing = timing or Timing()
        self._clock = clock or SystemClock()
        self._on_result = on_result
        self.client = PlexClient(access, timeout=timeout)
        self.availability = ServerAvailability(
            self.client.probe,
            self._clock,
            on_availability,
            compare=lambda: self.registry.read(),  # noqa: PLW0108 - the registry is made below
        )
        self.websocket = PlexWebsocket(access, self.client.identity, self._clock, self.client.activities)
        self._websocket_wanted = websocket
        self.registry = LibraryRegistry(self.client, self.availability, self.mappings)
        self._log = StepLog(detailed=self.settings.detailed_logging)
        self.lookups = Lookups(self.client, self.availability)
        self.visibility = Visibility(self.client.browse, self.client.can_browse, self.availability, self._clock, timing)
        self.mounts = Mounts(self.lookups, self.visibility, self._clock, timing, on_mounts)
        self.runner = ScanRunner(
            self.client,
            self.availability,
            self.websocket,
            self._clock,
            timing,
            self._log.say,
            self._missing_mount,
            on_scanning,
        )
        self.spelling = Spelling(self.client, self.availability)
        self._journal = journal
        self._deps = Dependencies(
            client=self.client,
            availability=self.availability,
            lookups=self.lookups,
            visibility=self.visibility,
            mounts=self.mounts,
            spelling=self.spelling,
            runner=self.runner,
            websocket=self.websocket,
            mappings=self.mappings,
            settings=self.settings,
            timing=timing,
            clock=self._clock,
            memory=FolderMemory(),
            log=self._log.say,
            keep=self._keep,
            library_still_exists=self.registry.still_has,
        )
        self._open: dict[str, PendingRequest] = {}
        self._by_path: dict[tuple[str, tuple[str, ...]], PendingRequest] = {}
        self._slots = RequestSlots(self._begin_work)
        self._tasks: set[asyncio.Task[Any]] = set()
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
        with suppress(TimeoutError):
            async with asyncio.timeout(_PREPARE_AT_MOST):
                await self.mounts.prepare(self.registry.libraries)
        if self._websocket_wanted:
            self._spawn(self.websocket.run())
        self._spawn(self.runner.run())
        async for requests in self._journal.load():
            if self._stopped:
                raise StoppedError
            for request in requests:
                self._begin_or_follow(request)

    async def stop(self) -> None:
        """Stop working. What is not finished is on disk then, and whoever waits for it is told so."""
        self._stopped = True
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._keep_quietly(*(pending.request for pending in self._open.values()))
        for pending in self._open.values():
            pending.done.set()
        for part in (self.registry, self.lookups, self.spelling, self.mounts, self.visibility, self.availability):
            await part.close()
        await self._journal.close()
        await self.client.close()

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # -- libraries ----------------------------------------------------------------------------------------------------

    async def preview(self, resolution: Resolution, seconds: float) -> tuple[Preview, ...]:
        """Report what a scan would do in each library, without one. `seconds` is how long to ask at most."""
        looks = (preview(self._deps, resolution.mapped, match, seconds=seconds) for match in resolution.matches)
        return tuple(await asyncio.gather(*looks))

    async def _missing_mount(self, job: ScanJob) -> CleanPath | None:
        missing = await self.mounts.missing_of(job.library, job.folder, job.location)
        if missing is not None:
            self.mounts.note_missing(job.library, missing)
        return missing

    @property
    def missing_mounts(self) -> tuple[MissingMount, ...]:
        """The locations that something waits for because their disk is missing."""
        return self.mounts.missing

    async def missing_mount_of(self, library: Library) -> str | None:
        """Return a location of a library that must not be scanned now, since its disk is missing. Raises PlexError."""
        for match in self._locations_of(library):
            if not self.mounts.is_allowed(library, match.location):
                missing = await self.mounts.missing_of(library, match.location, match.location)
                if missing:
                    return missing.text
        return None

    async def scan_empty_location(self, library: Library, location: str) -> None:
        """Scan a location once although it looks empty: a person said that it is meant to be so."""
        for match in self._locations_of(library):
            if match.location.text == location:
                self.mounts.allow_once(library, match.location)
                request = ScanRequest(path=location, libraries=(str(library.id),), force=True, validate=False)
                await self.submit([request], durable=True)

    def _locations_of(self, library: Library) -> list[Match]:
        found = [self.registry.resolve_as_known(text, (str(library.id),)) for text in library.locations]
        return [match for each in found for match in each.matches if match.path.key == match.location.key]

    # -- requests -----------------------------------------------------------------------------------------------------

    @property
    def pending(self) -> int:
        """How many requests are not finished."""
        return len(self._open)

    @property
    def oldest_pending(self) -> float | None:
        """When the oldest unfinished request was accepted (Unix seconds)."""
        return min((pending.request.accepted_at for pending in self._open.values()), default=None)

    def waiting(self, most: int) -> list[ScanResult]:
        """Return the unfinished requests as pending results, the oldest first."""
        return [self._pending(pending) for pending in itertools.islice(self._open.values(), most)]

    async def submit(self, requests: Iterable[ScanRequest], *, durable: bool) -> list[PendingRequest]:
        """Accept requests. With `durable` they are on disk when this returns, else once they need a scan.

        A request for the path of a pending one joins it. Raises JournalError, and StoppedError once we do not
        work any more; then nothing was accepted.
        """
        if self._stopped:
            raise StoppedError
        accepted = [replace(request, id=uuid4().hex, accepted_at=self._clock.time()) for request in requests]
        joined = {request.id: leader for request in accepted if (leader := self._kept_leader(request))}
        if kept := accepted if durable else [request for request in accepted if request.id in joined]:
            await self._journal.accept(kept, replaces=tuple(joined.values()))
        return [self._leave(request) if self._stopped else self._begin_or_follow(request) for request in accepted]

    def _kept_leader(self, request: ScanRequest) -> str | None:
        """Return the id of the request on disk that this one joins: what was promised once stays promised."""
        leader = self._by_path.get(self._key(request))
        return leader.request.id if leader and leader.request.id in self._journal else None

    async def wait(self, pending: PendingRequest, seconds: float) -> ScanResult:
        """Wait for a result, so long at most. Only what is on disk is called `pending`; raises JournalError."""
        root = pending.root
        await wait_for(self._clock, root.done, seconds)
        if root.result is None:
            await self._accept(root.request)
        return pending.own_result() or self._pending(pending)

    async def discard(self, path: str | None = None) -> list[str]:
        """Drop what is pending, or what is pending at or below a path; returns the dropped paths.

        Raises InvalidPathError for a text that is no usable path.
        """
        below = self.registry.resolve_as_known(path).mapped.path if path is not None else None
        dropped = [pending for pending in self._open.values() if self._is_below(pending.request.path, below)]
        for pending in dropped:
            if pending.task:
                pending.task.cancel()
            self._finish(pending, self._failed(pending, Reason.DISCARDED, ""))
        await asyncio.gather(*(pending.task for pending in dropped if pending.task), return_exceptions=True)
        return [pending.request.path for pending in dropped]

    def _is_below(self, path: str, folder: CleanPath | None) -> bool:
        if folder is None:
            return True
        try:
            return self.registry.resolve_as_known(path).mapped.path.is_below(folder)
        except InvalidPathError:
            return False

    def _pending(self, pending: PendingRequest) -> ScanResult:
        root = pending.root
        held = [part.waits_for_now for part in root.parts if part.outcome is None]
        reason = self.availability.reason or next((each for each in held if each is not Reason.WAITING), Reason.WAITING)
        now = self._clock.monotonic()
        return pending_result(pending.request, root.parts, reason, began_at=pending.started_at, now=now)

    def _leave(self, request: ScanRequest) -> PendingRequest:
        """Leave what came to be on disk while we stopped to whatever reads it next."""
        pending = PendingRequest(request, self._clock.monotonic())
        pending.done.set()
        return pending

    def _key(self, request: ScanRequest) -> tuple[str, tuple[str, ...]]:
        try:
            path = self.registry.resolve_as_known(request.path).mapped.path
        except InvalidPathError:
            return request.id, ()
        return f"{path.flavour}:{path.key}", tuple(sorted(request.libraries))

    def _begin_or_follow(self, request: ScanRequest) -> PendingRequest:
        """Begin with a request, or hand its word to the pending one of the same path."""
        now, key = self._clock.monotonic(), self._key(request)
        leader = self._by_path.get(key)
        if leader is not None and leader.result is None:
            replaced, newer = leader.request, merged(leader.request, request)
            del self._open[replaced.id]
            self._open[newer.id] = leader
            leader.update(newer, now, self._deps.timing.same_word)
            self._journal.forget(replaced)
            return PendingRequest(request, now, leader)
        pending = PendingRequest(request, now)
        pending.key = key
        self._open[request.id] = self._by_path[key] = pending
        pending.line = self.registry.library_of(request.path, request.libraries)
        self._slots.join(pending)
        return pending

    def _begin_work(self, pending: PendingRequest) -> None:
        pending.task = self._spawn(self._process(pending))

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
                self._journal.forget(request)  # it was finished before it was written

    async def _process(self, pending: PendingRequest) -> None:
        """Take a request to its result."""
        try:
            result = await self._result(pending)
        except asyncio.CancelledError:
            raise
        except Exception:
            # A bug of ours must not lose the request in silence, nor retry it for ever.
            _LOGGER.exception("Unexpected error with %s", log_safe(pending.request.path))
            result = self._failed(pending, Reason.SERVER_ERROR, "unexpected error, see the log")
        self._finish(pending, result)

    def _finish(self, pending: PendingRequest, result: ScanResult) -> None:
        """Give a result to all who wait for it, and let the next request begin."""
        pending.result = result
        self._journal.forget(pending.request)
        self._open.pop(pending.request.id, None)
        if self._by_path.get(pending.key) is pending:
            del self._by_path[pending.key]
        pending.done.set()
        self._slots.leave(pending)
        self.report(result)

    def report(self, result: ScanResult) -> None:
        """Report what became of a request, be it one that was refused before it came here."""
        self._log.tell(result)
        try:
            self._on_result(result)
        except Exception:
            # A failing listener must not keep the next request from its turn.
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
            if not any(map(_is_gone, pending.parts)):
                break
        now = self._clock.monotonic()
        return combined(pending.request, pending.parts, began_at=pending.started_at, now=now)

    async def _run(self, pending: PendingRequest, mapped: Mapped, matches: Sequence[Match]) -> None:
        """Take a request through libraries, besides those that it has gone through and that are still there."""
        new = tuple(
            Progress(
                request=pending.request,
                match=match,
                mapped=mapped,
                started_at=pending.started_at,
                word_at=pending.started_at,
                taken_elsewhere=lambda: _is_proven(pending),
                release_slot=lambda: self._slots.leave(pending),
            )
            for match in matches
        )
        pending.parts = (*itertools.filterfalse(_is_gone, pending.parts), *new)
        async with asyncio.TaskGroup() as group:  # of which none goes on without the others
            for part in new:
                group.create_task(loop.run(self._deps, part))

    def _failed(self, pending: PendingRequest, reason: Reason, detail: str) -> ScanResult:
        elapsed = self._clock.monotonic() - pending.started_at
        return ScanResult(
            request=pending.request, outcome=Outcome.FAILED, reason=reason, detail=detail, elapsed=elapsed
        )


def _is_gone(part: Progress) -> bool:
    """Whether a request found its library gone."""
    return part.reason is Reason.LIBRARY_GONE


def _is_proven(pending: PendingRequest) -> bool:
    """Whether some library of a request has the file: the others then need no wider scan."""
    return any(part.outcome in PROVEN for part in pending.parts)
