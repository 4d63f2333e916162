"""A scanner that talks to a fake Plex."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, override

import aiohttp
import pytest

from custom_components.plex_smart_scan.scanner.clock import Clock, SystemClock
from custom_components.plex_smart_scan.scanner.engine import ScanEngine
from custom_components.plex_smart_scan.scanner.models import ScanRequest, ScanResult, Settings
from custom_components.plex_smart_scan.scanner.paths.mappings import Mappings, PathMapping
from custom_components.plex_smart_scan.scanner.plex.availability import ConnectionState
from custom_components.plex_smart_scan.scanner.plex.client import Access
from custom_components.plex_smart_scan.scanner.plex.errors import PlexError
from custom_components.plex_smart_scan.scanner.timing import Timing
from tests.fake_plex import FakePlex, samples

# Everything that only waits for Plex to settle, a hundredth of what it takes in real life.
QUICK = Timing(
    first_poll=0.01,
    slowest_poll=0.1,
    hinted_poll=0.5,
    settle=0.05,
    settle_limit=0.5,
    no_start=0.1,
    busy_check=0.2,
)


@dataclass
class MemoryStore:
    """A disk that forgets with the test, and counts how often it is written to."""

    data: list[dict[str, Any]] = field(default_factory=list)
    writes: int = 0
    broken: OSError | None = None

    async def load(self) -> list[dict[str, Any]]:
        """Return what was saved."""
        return list(self.data)

    async def save(self, data: list[dict[str, Any]]) -> None:
        """Save."""
        if self.broken:
            raise self.broken
        self.writes += 1
        await asyncio.sleep(0)  # a disk takes its time
        self.data = [dict(row) for row in data]


class NoWaiting(SystemClock):
    """A clock by which every pause of the pipeline is over at once, and which remembers how long it was."""

    def __init__(self) -> None:
        """Begin."""
        self.slept: list[float] = []

    @override
    async def sleep(self, seconds: float) -> None:
        """Go on at once where a person would wait; let other things happen where the pipeline only breathes."""
        self.slept.append(seconds)
        await super().sleep(0 if LONG <= seconds < PATIENCE else seconds)


class Stopped(NoWaiting):
    """A clock by which no pause between two tries ever ends."""

    def __init__(self) -> None:
        """Begin."""
        super().__init__()
        self.pauses = asyncio.Semaphore(0)

    @override
    async def sleep(self, seconds: float) -> None:
        """Wait for ever where the pipeline waits before it tries again."""
        if LONG <= seconds < PATIENCE:
            self.pauses.release()
        await SystemClock.sleep(self, PATIENCE if seconds >= LONG else seconds)


# Seconds. QUICK has no pause of that length, so it is one between two tries; and how long a test waits for a result.
LONG = 1.0
PATIENCE = 3600.0


@dataclass
class Bench:
    """A scanner under test, its disk, and what it reported."""

    engine: ScanEngine
    plex: FakePlex
    store: MemoryStore
    results: list[ScanResult]
    links: list[tuple[ConnectionState, PlexError | None]]
    done: asyncio.Event

    async def until_done(self) -> None:
        """Wait until nothing is pending."""
        while self.engine.pending:
            self.done.clear()
            await self.done.wait()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let everything go on until something is so; the test's own timeout is the limit."""
        while not condition():  # noqa: ASYNC110 - there is no event for an inner state
            await asyncio.sleep(0.001)

    @property
    def refreshed(self) -> list[str | None]:
        """The folders that Plex was asked to scan, in order; None for a whole library."""
        return [
            request.query.get("path")
            for request in self.plex.stats.requests
            if request.matches("/library/sections/*/refresh")
        ]

    def request(self, path: str | Path, **fields: Any) -> ScanRequest:
        """Make a request for one path."""
        return ScanRequest(path=str(path), **fields)

    async def scan(self, path: str | Path, *, seconds: float = PATIENCE, **fields: Any) -> ScanResult:
        """Ask for a scan of one path and wait for its result."""
        (result,) = await self.scan_all([path], seconds=seconds, **fields)
        return result

    async def scan_all(
        self, paths: Sequence[str | Path], *, seconds: float = PATIENCE, **fields: Any
    ) -> list[ScanResult]:
        """Ask for a scan of several paths in one call."""
        requests = [ScanRequest(path=str(path), **fields) for path in paths]
        accepted = await self.engine.submit(requests, durable=False)
        return [await self.engine.wait(pending, seconds) for pending in accepted]


type MakeBench = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def make_bench(fake_plex: FakePlex) -> AsyncIterator[MakeBench]:
    """Return a function that starts a scanner on the fake Plex, by default with a websocket."""
    running: list[ScanEngine] = []
    async with aiohttp.ClientSession() as session:

        async def make(
            *,
            websocket: bool = True,
            mappings: tuple[PathMapping, ...] = (),
            store: MemoryStore | None = None,
            token: str = fake_plex.token,
            timing: Timing = QUICK,
            clock: Clock | None = None,
            timeout: float = 5.0,
            listener: Callable[..., None] = lambda *_: None,
            **settings: Any,
        ) -> Bench:
            store = store or MemoryStore()
            results: list[ScanResult] = []
            links: list[tuple[ConnectionState, PlexError | None]] = []
            done = asyncio.Event()

            def on_result(result: ScanResult) -> None:
                results.append(result)
                done.set()

            def on_availability(state: ConnectionState, error: PlexError | None) -> None:
                links.append((state, error))
                listener()

            scanner = ScanEngine(
                Access(url=fake_plex.url, token=token),
                store,
                settings=Settings(**{"validation_timeout": 5.0} | settings),
                mappings=Mappings(mappings),
                session=session if websocket else None,
                timing=timing,
                clock=clock,
                timeout=timeout,
                on_result=on_result,
                on_availability=on_availability,
                on_scanning=listener,
            )
            running.append(scanner)
            await scanner.connect()
            await scanner.start()
            if websocket:
                await fake_plex.wait_websocket()
                await fake_plex.wait_for_request("/activities")
            bench = Bench(scanner, fake_plex, store, results, links, done)
            await bench.until(lambda: scanner.websocket.connected is websocket)
            fake_plex.stats.reset()
            return bench

        yield make
        for scanner in running:
            await scanner.stop()


@pytest.fixture
def tv(fake_plex: FakePlex, tmp_path: Path) -> Path:
    """Return the folder of a TV library that Plex and we know by the same name, with two episodes."""
    root = tmp_path / "tv"
    samples.add_episode(root, "Westworld", 1, 1)
    samples.add_episode(root, "Westworld", 2, 1)
    fake_plex.add_library("TV Shows", "show", {str(root): root})
    fake_plex.seed()
    return root


@pytest.fixture
def hidden_tv(fake_plex: FakePlex, tmp_path: Path) -> Path:
    """Return the real folder of a TV library that Plex calls /data/tv: we cannot see its files."""
    root = tmp_path / "hidden"
    samples.add_episode(root, "Westworld", 1, 1)
    fake_plex.add_library("TV Shows", "show", {"/data/tv": root})
    fake_plex.seed()
    return root


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    """Return a scanner with a websocket and the default settings."""
    return await make_bench()
