"""A fake Plex in its own process, and an engine with a journal on a real disk."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
import json
from pathlib import Path
import sys
from time import perf_counter
from typing import Any, override

import aiohttp

from custom_components.plex_smart_scan.scanner import (
    Access,
    Database,
    Journal,
    ScanEngine,
    ScanRequest,
    ScanResult,
    Settings,
)
from custom_components.plex_smart_scan.scanner.journal.database import Changes
from tests.fake_plex import samples

ROOT = Path(__file__).parent.parent
EPISODES = 20  # in a season
SEASONS = 5  # of a show


class Disk(Database):
    """The journal's database, which counts its commits."""

    def __init__(self, path: Path) -> None:
        """Begin with none."""
        super().__init__(path)
        self.writes = 0

    @override
    def write(self, changes: Sequence[Changes]) -> list[Exception | None]:
        """Commit, and count it."""
        self.writes += 1
        return super().write(changes)


@dataclass
class Plex:
    """The fake Plex in another process."""

    url: str
    token: str
    session: aiohttp.ClientSession = field(repr=False)

    async def control(self, method: str, what: str, **data: Any) -> Any:
        """Use what only the fake has; such requests are not counted."""
        async with self.session.request(method, f"{self.url}/__fake__/{what}", json=data) as answer:
            return await answer.json()

    async def idle(self) -> None:
        """Wait until nothing is scanned or settled."""
        await self.control("GET", "idle")

    async def reset(self) -> None:
        """Count anew."""
        await self.idle()
        await self.control("DELETE", "stats")

    async def stats(self) -> Stats:
        """What was asked since."""
        data = await self.control("GET", "stats")
        return Stats(
            requests=len(data["requests"]),
            bytes_sent=data["bytes_sent"],
            scans=len(data["scans"]),
            folders_listed=data["folders_listed"],
            files_examined=data["files_examined"],
        )


@dataclass(frozen=True)
class Stats:
    """What Plex was asked, and what that cost it."""

    requests: int
    bytes_sent: int
    scans: int
    folders_listed: int
    files_examined: int


class Ends:
    """Observes the end of every scan with its own websocket."""

    def __init__(self) -> None:
        """Begin without ends."""
        self.last = 0.0

    async def watch(self, plex: Plex) -> None:
        """Watch until cancelled."""
        address = f"{plex.url}/:/websockets/notifications"
        async with plex.session.ws_connect(address, headers={"X-Plex-Token": plex.token}) as websocket:
            async for message in websocket:
                for entry in json.loads(message.data)["NotificationContainer"].get("ActivityNotification", ()):
                    if entry["event"] == "ended" and entry["Activity"]["type"] == "library.update.section":
                        self.last = perf_counter()


@dataclass
class Rig:
    """An engine with its server."""

    engine: ScanEngine
    plex: Plex
    disk: Disk
    results: list[ScanResult]

    async def scan(self, *paths: Path, **fields: Any) -> list[ScanResult]:
        """Submit paths in one call, and wait for their results."""
        accepted = await self.engine.submit([ScanRequest(path=str(path), **fields) for path in paths], durable=False)
        return [await self.engine.wait(pending, 300) for pending in accepted]


def tree(folder: Path, files: int) -> Path:
    """Make a television library of hard links."""
    root = folder / f"tv-{files}"
    if not root.exists():
        samples.build_tv_tree(root, shows=max(files // (SEASONS * EPISODES), 1), seasons=SEASONS, episodes=EPISODES)
    return root


def new_episode(root: Path, number: int) -> Path:
    """Add an episode to a season that Plex knows already."""
    shows = sum(1 for _ in root.iterdir())
    return samples.add_episode(root, f"Show {number % shows + 1:05}", 1, 100 + number)


@asynccontextmanager
async def fake_plex(*libraries: Path, profile: str = "fast") -> AsyncIterator[Plex]:
    """Run a fake Plex with these folders as libraries, all scanned already."""
    arguments = ["-m", "tests.fake_plex", "--profile", profile, "--seed"]
    for library in libraries:
        arguments += ["--library", f"{library.name}=show={library}={library}"]
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout
        ready = json.loads(await process.stdout.readline())
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session:
            yield Plex(ready["url"], ready["token"], session)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def engine_of(
    plex: Plex, disk: Disk, results: list[ScanResult], *, websocket: bool = True, settings: Settings | None = None
) -> ScanEngine:
    """Make an engine that is not started yet."""
    return ScanEngine(
        Access(url=plex.url, token=plex.token),
        Journal(disk),
        settings=settings or Settings(detailed_logging=False),
        websocket=websocket,
        on_result=results.append,
    )


@asynccontextmanager
async def scanner_on(
    plex: Plex, folder: Path, *, websocket: bool = True, settings: Settings | None = None
) -> AsyncIterator[Rig]:
    """Run an engine as the integration does, with the default timing."""
    disk = Disk(folder / f"journal-{perf_counter()}.db")
    results: list[ScanResult] = []
    scanner = engine_of(plex, disk, results, websocket=websocket, settings=settings)
    await scanner.connect()
    await scanner.start()
    while websocket and not scanner.websocket.connected:  # noqa: ASYNC110 - there is no event for it
        await asyncio.sleep(0.01)
    await plex.reset()
    try:
        yield Rig(scanner, plex, disk, results)
    finally:
        await scanner.stop()
