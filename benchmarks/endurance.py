"""Fifty thousand notifications: how long the event loop is blocked, and how memory develops."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
import gc
from pathlib import Path
from shutil import rmtree
from time import perf_counter

from custom_components.plex_smart_scan.scanner import Outcome, ScanRequest
from tests.fake_plex import samples

from .rig import Rig, fake_plex, scanner_on
from .table import Table, duration, size, spread

ROUNDS = 10
FOLDERS = 500
EACH = 10  # files of a folder
TICK = 0.005  # seconds
PAGE = 4096  # bytes


class Lag:
    """A task that should run every few milliseconds, and records its delays."""

    def __init__(self) -> None:
        """Begin without delays."""
        self.late: list[float] = []
        self.collections: list[float] = [0.0]
        self._collecting = 0.0

    def collected(self, phase: str, _info: dict[str, int]) -> None:
        """Time Python's own garbage collections, which hold everything up."""
        if phase == "start":
            self._collecting = perf_counter()
        else:
            self.collections.append(perf_counter() - self._collecting)

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            begin = perf_counter()
            await asyncio.sleep(TICK)
            self.late.append(perf_counter() - begin - TICK)


def resident() -> int:
    """The memory of this process, in bytes."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


async def run(folder: Path, _files: int) -> AsyncIterator[Table]:
    """Rounds of 5,000; in each, new files in every tenth folder, the rest known."""
    table = Table(
        "50,000 notifications",
        ("notifications", "scans", "writes", "time", "loop late", "late at most", "longest collection", "memory"),
    )
    root = folder / "tv-endurance"
    rmtree(root, ignore_errors=True)
    paths = [
        samples.add_episode(root, f"Show {number:03}", 1, episode)
        for number in range(FOLDERS)
        for episode in range(1, EACH + 1)
    ]
    idle = Lag()
    gc.callbacks.append(idle.collected)
    gc.collect()
    gc.callbacks.remove(idle.collected)
    async with fake_plex(root) as plex, scanner_on(plex, folder) as rig:
        memory: list[int] = []
        worst: list[float] = []
        for at in range(ROUNDS):
            for number in range(at, FOLDERS, 10):
                paths[number * EACH] = samples.add_episode(root, f"Show {number:03}", 1, 100 + at)
            took, lag, outcomes = await _round(rig, paths)
            assert set(outcomes) <= {Outcome.ADDED, Outcome.UP_TO_DATE}, outcomes
            assert outcomes.total() == len(paths)
            rig.results.clear()
            stats = await plex.stats()
            memory.append(resident())
            worst.append(max(lag.late))
            table.add(
                f"{(at + 1) * len(paths):,}",
                stats.scans,
                rig.disk.writes,
                duration(took),
                spread(lag.late),
                duration(max(lag.late)),
                duration(max(lag.collections)),
                size(memory[-1]),
            )
            rig.disk.writes = 0
            await plex.reset()
    grown = memory[-1] - memory[1]
    table.promise("event loop held at most", "<= 50 ms", duration(max(worst)), kept=max(worst) <= 0.05)
    table.promise("memory gained from 10,000 on", "flat", size(max(grown, 0)), kept=grown < 10_000_000)
    table.notes.append(
        "Lateness holds whatever else the machine does, and Python's garbage collections: one with nothing under way"
        f" takes {duration(max(idle.collections))} here."
    )
    yield table


async def _round(rig: Rig, paths: list[Path]) -> tuple[float, Lag, Counter[Outcome]]:
    lag = Lag()
    gc.callbacks.append(lag.collected)
    watching = asyncio.create_task(lag.run())

    begin = perf_counter()
    async with asyncio.TaskGroup() as group:
        for at, path in enumerate(paths):
            group.create_task(rig.engine.submit([ScanRequest(path=str(path))], durable=True))
            if at % 50 == 0:  # not even a flood arrives within one turn of the loop
                await asyncio.sleep(0.001)
    while rig.engine.pending:  # noqa: ASYNC110 - nobody waits for the results of a webhook
        await asyncio.sleep(0.02)
    took = perf_counter() - begin
    watching.cancel()
    gc.callbacks.remove(lag.collected)
    await asyncio.gather(watching, return_exceptions=True)
    return took, lag, Counter(result.outcome for result in rig.results)
