"""Home Assistant's side of one server: sets an engine up, keeps it running, and ends it, in order or by a crash."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
import shutil
import sqlite3
from typing import Any, Final, override

from custom_components.plex_smart_scan.scanner.engine import ScanEngine, StoppedError
from custom_components.plex_smart_scan.scanner.journal.database import Changes, Database, JournalError
from custom_components.plex_smart_scan.scanner.journal.journal import Journal
from custom_components.plex_smart_scan.scanner.models import ScanResult, Settings
from custom_components.plex_smart_scan.scanner.paths.mappings import Mappings
from custom_components.plex_smart_scan.scanner.plex.errors import PlexError
from custom_components.plex_smart_scan.scanner.plex.events import ConnectionEvent, PlexEvent
from custom_components.plex_smart_scan.scanner.plex.server_availability import ConnectionState
from custom_components.plex_smart_scan.scanner.plex.url_and_token import Access
from custom_components.plex_smart_scan.scanner.timing import Timing
from tests.simulation.libraries import SimulatedLibrary
from tests.simulation.loop import Inline, SimulatedLoop
from tests.simulation.network import Network
from tests.simulation.server import EPOCH, SimulatedServer

_SET_UP_AGAIN: Final = (5.0, 10.0, 20.0, 40.0, 80.0)  # seconds, as Home Assistant does
_REFRESH: Final = 900.0  # seconds between two questions of the coordinator


class VirtualClock:
    """The loop's time."""

    def __init__(self, loop: SimulatedLoop) -> None:
        """Keep the loop."""
        self._loop = loop

    def time(self) -> float:
        """Return Unix seconds."""
        return EPOCH + self._loop.time()

    def monotonic(self) -> float:
        """Return seconds that only go forward."""
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class JournalFile(Database):
    """The real database, on a disk that may be full."""

    full = False

    @override
    def write(self, changes: Any) -> list[Exception | None]:
        """Write, unless there is no room."""
        if self.full and any(_grows(each) for each in changes):
            return [sqlite3.OperationalError("database or disk is full")] * len(changes)
        return super().write(changes)


def _grows(changes: Changes) -> bool:
    return bool(changes.accepted or changes.marks)


@dataclass(slots=True, kw_only=True)
class Options:
    """How Home Assistant is set up; the same for all of its servers."""

    settings: Settings
    mappings: Mappings
    timing: Timing
    websocket: bool
    timeout: float = 30.0


@dataclass(eq=False, slots=True)
class Run:
    """One life of an engine, from its start to its end or crash."""

    name: str
    engine: ScanEngine
    journal: Journal
    file: JournalFile
    started: bool = False
    back_at: float = 0.0
    """When it last found that the server is back, in the loop's seconds."""
    wide_scans: list[tuple[float, SimulatedLibrary]] = field(default_factory=list)
    """Those of a whole location or library, with the loop's seconds."""


class Entry:
    """The config entry of one server."""

    def __init__(
        self,
        server: SimulatedServer,
        network: Network,
        random: Random,
        options: Options,
        folder: Path,
        on_result: Callable[[Entry, Run, ScanResult], None],
        on_crash: Callable[[Entry], None],
    ) -> None:
        """Keep what an engine needs; `start` makes one."""
        self.server = server
        self.token = server.plex.token
        self.run: Run | None = None
        self.disk_is_full = False
        self._network = network
        self._random = random
        self._options = options
        self._folder = folder
        self._on_result = on_result
        self._on_crash = on_crash
        self._file = folder / f"journal-{server.number}.db"
        self._runs = 0
        self._work: asyncio.Task[None] | None = None
        self._ended: list[asyncio.Task[None]] = []

    @property
    def engine(self) -> ScanEngine | None:
        """Return the engine once it works."""
        return self.run.engine if self.run is not None and self.run.started else None

    def start(self) -> None:
        """Set the server up, and again until that succeeds, unless that goes on already."""
        if self._work is None:
            self._work = asyncio.create_task(self._live())

    async def restart(self) -> None:
        """End the engine in order, and start another one, with the token that is known now."""
        await self.stop()
        self.start()

    async def stop(self) -> None:
        """End the engine in order."""
        await self._end_work()
        run, self.run = self.run, None
        if run is not None:
            await _end(run)

    def crash(self) -> None:
        """End the engine as `kill -9` does: what is on the disk now is all that is left of it."""
        self._on_crash(self)
        run, self.run = self.run, None
        if self._work is not None:
            self._work.cancel()
            self._ended.append(self._work)
            self._work = None
        self._runs += 1
        left = self._folder / f"journal-{self.server.number}-{self._runs}.db"
        for suffix in ("", "-wal"):
            with suppress(FileNotFoundError):
                shutil.copyfile(f"{self._file}{suffix}", f"{left}{suffix}")
        self._file = left
        if run is not None:
            self._network.crashed.add(run.name)
            self._ended.append(asyncio.create_task(_end(run)))

    async def wait_for_ended(self) -> None:
        """Wait until nothing of crashed engines is left in memory."""
        await asyncio.gather(*self._ended, return_exceptions=True)

    def fill_disk(self, *, full: bool) -> None:
        """Take the room on the disk of the journal, or give it back."""
        self.disk_is_full = full
        if self.run is not None:
            self.run.file.full = full

    def rows(self) -> int:
        """Return how many requests the journal's file holds."""
        if self.run is None:
            return 0
        return self.run.file.count()

    def _note_availability(self, run: Run, state: ConnectionState) -> None:
        if state is ConnectionState.ONLINE:
            run.back_at = self._network.loop.time()

    def _make(self) -> Run:
        self._runs += 1
        name = f"run-{self.server.number}-{self._runs}"
        clock = VirtualClock(self._network.loop)
        file = JournalFile(self._file)
        file.full = self.disk_is_full
        journal = Journal(file, clock, executor=Inline(self._network.loop, self._random))
        engine = ScanEngine(
            Access(
                url=f"http://server-{self.server.number}.{name}:32400",
                token=self.token,
                machine_identifier=self.server.plex.machine_identifier,
            ),
            journal,
            settings=self._options.settings,
            mappings=self._options.mappings,
            websocket=self._options.websocket,
            clock=clock,
            timing=self._options.timing,
            timeout=self._options.timeout,
            on_result=lambda result: self._on_result(self, run, result),
            on_availability=lambda state, _error: self._note_availability(run, state),
        )
        run = Run(name, engine, journal, file)
        return run

    async def _live(self) -> None:
        """Set up, and then do what the coordinator does beside the engine's own work."""
        tries = 0
        while not await self._set_up():
            await asyncio.sleep(_SET_UP_AGAIN[min(tries, len(_SET_UP_AGAIN) - 1)])
            tries += 1
        assert self.run is not None
        engine = self.run.engine

        def hurry(event: PlexEvent) -> None:
            if isinstance(event, ConnectionEvent) and event.connected:
                engine.availability.probe_now()

        unlisten = engine.websocket.listen(hurry)
        try:
            while True:
                await asyncio.sleep(_REFRESH)
                await _refresh(engine)
        finally:
            unlisten()

    async def _set_up(self) -> bool:
        self.run = run = self._make()
        try:
            await run.engine.connect()
            await run.engine.start()
        except PlexError, JournalError, StoppedError:
            self.run = None
            await _end(run)
            return False
        except asyncio.CancelledError:
            raise
        run.started = True
        return True

    async def _end_work(self) -> None:
        work, self._work = self._work, None
        if work is not None:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)


async def _refresh(engine: ScanEngine) -> None:
    """Ask for what the statistics need; an answer shows that the token is good."""
    if engine.availability.state is ConnectionState.OFFLINE:
        return
    try:
        await engine.client.libraries()
    except PlexError as error:
        with suppress(PlexError):
            await engine.availability.handle_error(error)
        return
    engine.availability.confirm_authorized()


async def _end(run: Run) -> None:
    await run.engine.stop()
    await run.journal.close()
