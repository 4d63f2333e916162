"""The scene of one cell of the matrix: a server, an engine, and a request that meets a fault."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
import ssl
from typing import override

from custom_components.plex_smart_scan.scanner.engine import ScanEngine
from custom_components.plex_smart_scan.scanner.models import Reason, ScanResult
from custom_components.plex_smart_scan.scanner.requests.pending import PendingRequest
from tests.fake_plex import FakePlex, Fault, samples
from tests.fake_plex.tls_proxy import TlsProxy
from tests.scanner.conftest import RETRY_PAUSE, WAIT_LIMIT, Bench, start_bench
from tests.scanner.disk import Disk
from tests.scanner.steady_clock import SteadyClock

SPEED_UP = 5000  # factor by which the pauses between two attempts are shortened
MAX_LOOK_UPS = 20  # during an endless scan
MAX_PAUSES = 10  # more than the attempts of any request


class Stage(StrEnum):
    """The stage of a request at which a fault occurs."""

    CONNECTING = "connecting"
    LIBRARIES = "libraries"
    LOOKUP_BEFORE = "look-up before"
    VISIBILITY = "visibility"
    MOUNT = "mount"
    SCAN = "scan request"
    RUNNING = "scan running"
    LOOKUP_AFTER = "look-up after"
    ANALYSIS = "analysis"
    REFRESH = "item refresh"
    WEBSOCKET = "websocket"
    JOURNAL = "journal"
    EVERYTHING = "everything"


class FastClock(SteadyClock):
    """A clock that shortens and counts the pauses between two attempts."""

    def __init__(self) -> None:
        """Begin."""
        super().__init__()
        self.pauses = 0

    @override
    async def sleep(self, seconds: float) -> None:
        """Sleep; shorten long pauses."""
        if RETRY_PAUSE <= seconds < WAIT_LIMIT:
            self.pauses += 1
            seconds /= SPEED_UP
        await super().sleep(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The options of a scene: the timeouts in seconds, and the certificates of a server with TLS."""

    websocket: bool = True
    validation: float = 30.0
    timeout: float = 20.0
    certificates: Mapping[str, ssl.SSLContext] = field(default_factory=dict)


@dataclass
class Scene:
    """The server and the engine that a fault affects."""

    plex: FakePlex
    folder: Path
    setting: Setting
    clock: FastClock = field(default_factory=FastClock)
    running: list[ScanEngine] = field(default_factory=list)
    proxy: TlsProxy | None = None
    path: Path = Path()
    fault: Fault | None = None
    background: asyncio.Task[None] | None = None
    """A task that runs while the request is processed."""
    action: asyncio.Task[None] | None = None
    """A task that affects the server after the first request of the stage."""
    accepted: asyncio.Event = field(default_factory=asyncio.Event)
    crash_copy: Disk | None = None
    """The journal of a killed process."""
    bench: Bench = field(init=False)

    @property
    def root(self) -> Path:
        """The library's location."""
        return self.folder / "tv"

    async def start_engine(self, disk: Disk) -> None:
        """Start an engine with a journal."""
        self.bench = await start_bench(
            self.plex,
            disk,
            self.running,
            url=self.proxy.url if self.proxy else None,
            websocket=self.setting.websocket,
            clock=self.clock,
            timeout=self.setting.timeout,
            validation_timeout=self.setting.validation,
        )

    @property
    def look_ups(self) -> int:
        """How often Plex was asked what it lists."""
        return self.plex.stats.count("/library/sections/*/all")

    @property
    def held_back(self) -> bool:
        """Whether the scan that the fault began in has not ended yet."""
        return self.background is not None and not (self.background.done() and self.plex.scanner.idle)

    def add(self, fault: Fault) -> None:
        """Activate a fault."""
        self.fault = self.plex.faults.add(fault)

    async def wait_for_hit(self) -> None:
        """Wait until the fault has affected a request."""
        await self.bench.until(lambda: self.fault is not None and self.fault.hits > 0)

    async def result_or_pending(self, pending: PendingRequest) -> ScanResult:
        """Return the result, or the pending result after more attempts than any request has.

        Attempts count when the scan that the fault began in has ended: until then, no attempt can find the file.
        """
        waiting = asyncio.ensure_future(pending.done.wait())
        since, look_ups = None, self.look_ups
        while not waiting.done():
            reason = self.bench.pending_reason(pending)
            if reason in {Reason.NOT_AUTHORIZED, Reason.MOUNT_MISSING}:
                break
            if reason is not Reason.SERVER_OFFLINE or self.held_back:
                since = None
            elif since is None:
                since = self.clock.pauses
            elif self.clock.pauses - since >= MAX_PAUSES:
                break
            if "walking" in self.plex.held and self.fault is None and self.look_ups - look_ups > MAX_LOOK_UPS:
                break
            await asyncio.wait({waiting}, timeout=0.002)
        waiting.cancel()
        return await self.bench.engine.wait(pending, 0)


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
    tasks = [task for task in (scene.background, scene.action) if task]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for engine in scene.running:
        await engine.stop()
    if scene.proxy:
        await asyncio.to_thread(scene.proxy.stop)
