"""The scene of one cell of the matrix: a server, an engine, and a request that meets a fault."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
import ssl
from typing import override

from custom_components.plex_smart_scan.scanner.clock import SystemClock
from custom_components.plex_smart_scan.scanner.engine import ScanEngine
from custom_components.plex_smart_scan.scanner.models import Reason, ScanResult
from custom_components.plex_smart_scan.scanner.plex.errors import PlexError
from custom_components.plex_smart_scan.scanner.requests.pending import PendingRequest
from tests.fake_plex import FakePlex, Fault, samples
from tests.fake_plex.tls_proxy import TlsProxy
from tests.scanner.conftest import RETRY_PAUSE, WAIT_LIMIT, Bench, Disk, start_bench

QUICKER = 5000  # how much shorter the pauses between two tries are
ENOUGH_LOOKS = 20  # while a scan runs without end
ENOUGH_TRIES = 10  # more than any request is tried before it is given up


class Stage(StrEnum):
    """Where a fault strikes."""

    CONNECTING = "connecting"
    LIBRARIES = "libraries"
    LOOKUP_BEFORE = "look-up before"
    SIGHT = "visibility"
    MOUNT = "mount"
    SCAN = "scan request"
    RUNNING = "scan running"
    LOOKUP_AFTER = "look-up after"
    ANALYSIS = "analysis"
    REFRESH = "item refresh"
    WEBSOCKET = "websocket"
    JOURNAL = "journal"
    EVERYTHING = "everything"


class FastClock(SystemClock):
    """A clock by which the pauses between two tries are over soon; it counts them."""

    def __init__(self) -> None:
        """Begin."""
        self.pauses = 0

    @override
    async def sleep(self, seconds: float) -> None:
        """Sleep, a long time quickly."""
        if RETRY_PAUSE <= seconds < WAIT_LIMIT:
            self.pauses += 1
            seconds /= QUICKER
        await super().sleep(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a kind of fault needs: the times in seconds, and the certificates of a server with TLS."""

    websocket: bool = True
    validation: float = 30.0
    timeout: float = 20.0
    certificates: Mapping[str, ssl.SSLContext] = field(default_factory=dict)


@dataclass
class Scene:
    """What a stage and a fault work on."""

    plex: FakePlex
    folder: Path
    setting: Setting
    clock: FastClock = field(default_factory=FastClock)
    running: list[ScanEngine] = field(default_factory=list)
    proxy: TlsProxy | None = None
    path: Path = Path()
    fault: Fault | None = None
    beside: asyncio.Task[None] | None = None
    """What goes on beside the request."""
    acting: asyncio.Task[None] | None = None
    """What befalls the server, once it has been asked."""
    accepted: asyncio.Event = field(default_factory=asyncio.Event)
    left: Disk | None = None
    """What a killed Home Assistant has left behind."""
    bench: Bench = field(init=False)

    @property
    def root(self) -> Path:
        """The library's location."""
        return self.folder / "tv"

    async def start_engine(self, disk: Disk) -> None:
        """Start an engine with what a disk holds; where answers have little time, again until they come in time."""
        bench = None
        while bench is None:
            with suppress(PlexError):
                bench = await start_bench(
                    self.plex,
                    disk,
                    self.running,
                    url=self.proxy.url if self.proxy else None,
                    websocket=self.setting.websocket,
                    clock=self.clock,
                    timeout=self.setting.timeout,
                    validation_timeout=self.setting.validation,
                )
        self.bench = bench

    @property
    def looks(self) -> int:
        """How often Plex was asked what it lists."""
        return self.plex.stats.count("/library/sections/*/all")

    def add(self, fault: Fault) -> None:
        """Put a fault in force."""
        self.fault = self.plex.faults.add(fault)

    async def met(self) -> None:
        """Wait until something has met the fault."""
        await self.bench.until(lambda: self.fault is not None and self.fault.hits > 0)

    async def settled(self, pending: PendingRequest) -> ScanResult:
        """Return the result, or why there is none after more tries than any request is given."""
        waiting = asyncio.ensure_future(pending.done.wait())
        since, looks = None, self.looks
        while not waiting.done():
            reason = pending_reason(self.bench.engine, pending)
            if reason in {Reason.NOT_AUTHORIZED, Reason.MOUNT_MISSING}:
                break
            if reason is not Reason.SERVER_OFFLINE:
                since = None
            elif since is None:
                since = self.clock.pauses
            elif self.clock.pauses - since >= ENOUGH_TRIES:
                break
            if "walking" in self.plex.held and self.fault is None and self.looks - looks > ENOUGH_LOOKS:
                break
            await asyncio.wait({waiting}, timeout=0.002)
        waiting.cancel()
        return await self.bench.engine.wait(pending, 0)


def pending_reason(engine: ScanEngine, pending: PendingRequest) -> Reason | None:
    """Return why a request is not finished."""
    (found,) = [each.reason for each in engine.pending_results(1)] or [None]
    return found if pending.result is None else None


@asynccontextmanager
async def make_scene(folder: Path, setting: Setting) -> AsyncIterator[Scene]:
    """Start a server with two shows, and an engine."""
    plex = FakePlex()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(plex.stop)
        await plex.start()
        scene = Scene(plex, folder, setting)
        for show in ("Westworld", "Dark"):
            samples.add_episode(scene.root, show, 1, 1)
        plex.add_library("TV Shows", "show", {str(scene.root): scene.root})
        plex.seed()
        stack.push_async_callback(_end, scene)
        if setting.certificates:
            scene.proxy = TlsProxy(plex.port, setting.certificates["good"])
        await scene.start_engine(Disk(folder / "journal.db"))
        yield scene


async def _end(scene: Scene) -> None:
    tasks = [task for task in (scene.beside, scene.acting) if task]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for engine in scene.running:
        await engine.stop()
    if scene.proxy:
        await asyncio.to_thread(scene.proxy.stop)
