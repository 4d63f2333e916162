"""An engine that talks to a fake Plex."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, override

import pytest

from custom_components.plex_smart_scan.scanner.clock import Clock
from custom_components.plex_smart_scan.scanner.engine import ScanEngine
from custom_components.plex_smart_scan.scanner.journal.journal import Journal
from custom_components.plex_smart_scan.scanner.models import Reason, ScanRequest, ScanResult, Settings
from custom_components.plex_smart_scan.scanner.paths.mappings import Mappings, PathMapping
from custom_components.plex_smart_scan.scanner.plex.errors import PlexError
from custom_components.plex_smart_scan.scanner.plex.server_availability import ConnectionState
from custom_components.plex_smart_scan.scanner.plex.url_and_token import Access
from custom_components.plex_smart_scan.scanner.requests.pending import PendingRequest
from custom_components.plex_smart_scan.scanner.timing import Timing
from tests.fake_plex import FakePlex, samples

from .disk import Disk
from .patient_client import make_patient
from .steady_clock import SteadyClock

# The times that depend on Plex, about a hundredth of the real ones.
QUICK = Timing(
    lookup_pauses=(0.01, 0.01, 0.02),
    lookup_interval=0.02,
    websocket_lookup_pauses=(0.01, 0.01, 0.02, 0.05),
    fast_lookups=0.5,
    slowest_lookup=0.1,
    late_listing=0.3,
    ignored_after=0.6,
    quiet_period=0.05,
    analysis_timeout=0.5,
    visibility_pauses=(0.02, 0.04, 0.08),
    view_max_age=0.05,
    mount_pauses=(0.05, 0.1),
    mount_max_age=0.1,
    sample_max_age=10.0,
    removal_grace=0.3,
    stable_time=0.05,
    lost_scan_pauses=(0.02, 0.05),
    location_scan_interval=60.0,
    location_removal_interval=0.2,
    many_scans_interval=0.2,
    same_report=0.05,
    start_timeout=0.1,
    next_scan_delay=0.05,
    first_poll=0.01,
    slowest_poll=0.1,
    busy_check_interval=0.2,
)


class NoPausesClock(SteadyClock):
    """A clock on which the engine's long pauses end at once, and which records them."""

    def __init__(self) -> None:
        """Begin without pauses."""
        super().__init__()
        self.slept: list[float] = []

    @override
    async def sleep(self, seconds: float) -> None:
        """Skip long pauses; wait for short ones."""
        self.slept.append(seconds)
        await super().sleep(0 if RETRY_PAUSE <= seconds < WAIT_LIMIT else seconds)


class NoRetryClock(NoPausesClock):
    """A clock on which the pause between two attempts never ends."""

    def __init__(self) -> None:
        """Begin without pauses."""
        super().__init__()
        self.pauses = asyncio.Semaphore(0)

    @override
    async def sleep(self, seconds: float) -> None:
        """Wait forever between two attempts."""
        if RETRY_PAUSE <= seconds < WAIT_LIMIT:
            self.pauses.release()
        await SteadyClock.sleep(self, WAIT_LIMIT if seconds >= RETRY_PAUSE else seconds)


# In seconds: the shortest pause between two attempts (no pause in QUICK is as long), how long a test waits for what has
# to happen, and how long it waits to see that nothing else does.
RETRY_PAUSE = 1.0
WAIT_LIMIT = 3600.0
MOMENT = 0.3


@dataclass
class Bench:
    """An engine under test, its disk, and what it reported."""

    engine: ScanEngine
    plex: FakePlex
    disk: Disk
    clock: Clock
    results: list[ScanResult]
    links: list[tuple[ConnectionState, PlexError | None]]
    done: asyncio.Event

    async def until_done(self) -> None:
        """Wait until nothing is pending."""
        while self.engine.pending:
            self.done.clear()
            await self.done.wait()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition is true; the test's own timeout is the limit."""
        while not condition():  # noqa: ASYNC110 - there is no event for an inner state
            await asyncio.sleep(0.001)

    @property
    def refreshed(self) -> list[str | None]:
        """The folders whose scan Plex received, in order; None for a whole library."""
        return [
            request.query.get("path")
            for request in self.plex.stats.requests
            if request.matches("/library/sections/*/refresh")
        ]

    def request(self, path: str | Path, **fields: Any) -> ScanRequest:
        """Make a request for one path."""
        return ScanRequest(path=str(path), **fields)

    async def scan(self, path: str | Path, *, seconds: float = WAIT_LIMIT, **fields: Any) -> ScanResult:
        """Submit one path and wait for its result."""
        (result,) = await self.scan_all([path], seconds=seconds, **fields)
        return result

    async def scan_until(self, reason: Reason, path: str | Path, **fields: Any) -> ScanResult:
        """Submit one path, and return its result a moment after it became pending for a reason."""
        (pending,) = await self.engine.submit([ScanRequest(path=str(path), **fields)], durable=False)
        await self.until(lambda: pending.result is not None or self.pending_reason(pending) is reason)
        return await self.engine.wait(pending, MOMENT)

    def pending_reason(self, pending: PendingRequest) -> Reason | None:
        """Return the reason why a request is pending; None if it is finished."""
        results = self.engine.pending_results(self.engine.pending)
        return next((each.reason for each in results if each.request.id == pending.request.id), None)

    async def scan_all(
        self, paths: Sequence[str | Path], *, seconds: float = WAIT_LIMIT, **fields: Any
    ) -> list[ScanResult]:
        """Submit several paths in one call, and wait for their results."""
        requests = [ScanRequest(path=str(path), **fields) for path in paths]
        accepted = await self.engine.submit(requests, durable=False)
        return [await self.engine.wait(pending, seconds) for pending in accepted]


type MakeBench = Callable[..., Awaitable[Bench]]


async def start_bench(
    plex: FakePlex,
    disk: Disk,
    running: list[ScanEngine],
    *,
    url: str | None = None,
    websocket: bool = True,
    mappings: tuple[PathMapping, ...] = (),
    token: str | None = None,
    timing: Timing = QUICK,
    clock: Clock | None = None,
    timeout: float = 5.0,
    listener: Callable[..., None] = lambda *_: None,
    **settings: Any,
) -> Bench:
    """Start an engine that uses a fake Plex and add it to `running`; the caller stops it."""
    results: list[ScanResult] = []
    links: list[tuple[ConnectionState, PlexError | None]] = []
    done = asyncio.Event()

    def on_result(result: ScanResult) -> None:
        results.append(result)
        done.set()

    def on_availability(state: ConnectionState, error: PlexError | None) -> None:
        links.append((state, error))
        listener()

    clock = clock or SteadyClock()
    scanner = ScanEngine(
        Access(url=url or plex.url, token=plex.token if token is None else token),
        Journal(disk, clock),
        settings=Settings(**{"validation_timeout": 5.0} | settings),
        mappings=Mappings(mappings),
        websocket=websocket,
        timing=timing,
        clock=clock,
        timeout=timeout,
        on_result=on_result,
        on_availability=on_availability,
        on_scanning=listener,
    )
    running.append(scanner)
    make_patient(scanner.client, plex)
    await scanner.connect()
    await scanner.start()
    if websocket:
        await plex.wait_websocket()
        await plex.wait_for_request("/activities")
    bench = Bench(scanner, plex, disk, clock, results, links, done)
    await bench.until(lambda: scanner.websocket.connected is websocket)
    plex.stats.reset()
    return bench


@pytest.fixture
async def make_bench(fake_plex: FakePlex, tmp_path: Path) -> AsyncIterator[MakeBench]:
    """Return a function that starts an engine with the fake Plex, by default with a websocket."""
    running: list[ScanEngine] = []

    async def make(*, disk: Disk | None = None, token: str = fake_plex.token, **options: Any) -> Bench:
        disk = disk or Disk(tmp_path / f"journal-{len(running)}.db")
        return await start_bench(fake_plex, disk, running, token=token, **options)

    yield make
    for scanner in running:
        await scanner.stop()


@pytest.fixture
def tv(fake_plex: FakePlex, tmp_path: Path) -> Path:
    """Return the folder of a TV library with two episodes, which has the same path in Plex and in Home Assistant."""
    root = tmp_path / "tv"
    samples.add_episode(root, "Westworld", 1, 1)
    samples.add_episode(root, "Westworld", 2, 1)
    fake_plex.add_library("TV Shows", "show", {str(root): root})
    fake_plex.seed()
    return root


@pytest.fixture
def hidden_tv(fake_plex: FakePlex, tmp_path: Path) -> Path:
    """Return the real folder of a TV library that Plex calls /data/tv: Home Assistant cannot see its files."""
    root = tmp_path / "hidden"
    samples.add_episode(root, "Westworld", 1, 1)
    fake_plex.add_library("TV Shows", "show", {"/data/tv": root})
    fake_plex.seed()
    return root


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    """Return an engine with a websocket and the default settings."""
    return await make_bench()
