"""50,000 notifications through the whole engine: how long until all are accepted and done, and is the loop held?"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
import gc
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time
from typing import Self

from custom_components.plex_smart_scan.scanner import Outcome, ScanRequest

from .journal import bytes_written
from .rig import Rig, fake_plex, scanner_on, tree
from .table import Table, duration, size

NOTIFICATIONS = 50_000
TOGETHER = 10  # paths in one call
TICK = 0.005
HELD = 0.05
TIME = 0.01
BYTES = 10_000


async def run(folder: Path, _files: int) -> AsyncIterator[Table]:
    """Files that Plex already has, ten in a call, not folder by folder."""
    table = Table(
        f"{NOTIFICATIONS:,} notifications through the engine",
        ("what", "paths", "time", "time for one", "written for one", "loop held", "collection", "loop late"),
    )
    root = tree(folder, NOTIFICATIONS)
    files = sorted(path for path in root.rglob("*.mkv"))[:NOTIFICATIONS]
    paths = [files[(at * 7919) % len(files)] for at in range(len(files))]
    async with fake_plex(root) as plex, scanner_on(plex, folder) as rig:
        await _measure(table, rig, paths)
    yield table


async def _measure(table: Table, rig: Rig, paths: list[Path]) -> None:
    took: list[float] = []
    written = bytes_written()

    async def call(some: list[Path]) -> None:
        begin = perf_counter()
        await rig.engine.submit([ScanRequest(path=str(path)) for path in some], durable=True)
        took.append((perf_counter() - begin) / len(some))

    begin = perf_counter()
    with Watched() as accepting:
        async with asyncio.TaskGroup() as group:
            for number in range(0, len(paths), TOGETHER):
                group.create_task(call(paths[number : number + TOGETHER]))
                if number % (10 * TOGETHER) == 0:
                    await asyncio.sleep(0.001)  # Home Assistant itself takes longer for ten calls
    each = (bytes_written() - written) // len(paths)
    _add(table, "accepted", len(paths), perf_counter() - begin, accepting, duration(median(took)), size(each))
    begin = perf_counter()
    with Watched() as working:
        while rig.engine.pending:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.05)
    _add(table, "done after that", len(paths), perf_counter() - begin, working, "-", "-")
    outcomes = Counter(result.outcome for result in rig.results)
    table.promise("accepted: written for one", "<= 10 kB", size(each), kept=each <= BYTES)
    right = outcomes[Outcome.UP_TO_DATE]
    table.promise("all are up to date", f"{len(paths):,}", f"{right:,}", kept=right == len(paths))


def _add(table: Table, what: str, count: int, took: float, watched: Watched, one: str, written: str) -> None:
    table.add(
        what,
        f"{count:,}",
        duration(took),
        one,
        written,
        *map(duration, (watched.held, watched.collection, watched.late)),
    )
    table.promise(f"{what}: loop", "held <= 50 ms", duration(watched.held), kept=watched.held <= HELD)


class Watched:
    """How long the event loop works without a pause, and how late it is by the clock. Both in seconds.

    On a busy machine only the first tells something of the program: it counts the loop's own processor time. Python's
    garbage collections are counted apart: they come with the number of objects, whatever the program does.
    """

    def __enter__(self) -> Self:
        """Begin."""
        self.held = self.late = self.collection = 0.0
        self._collected = self._collecting = 0.0
        gc.callbacks.append(self._on_collection)
        self._task = asyncio.create_task(self._run())
        return self

    def __exit__(self, *_error: object) -> None:
        """End."""
        gc.callbacks.remove(self._on_collection)
        self._task.cancel()

    def _on_collection(self, phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            self._collecting = thread_time()
            return
        took = thread_time() - self._collecting
        self._collected += took
        self.collection = max(self.collection, took)

    async def _run(self) -> None:
        while True:
            work, begin, self._collected = thread_time(), perf_counter(), 0.0
            await asyncio.sleep(TICK)
            self.held = max(self.held, thread_time() - work - self._collected)
            self.late = max(self.late, perf_counter() - begin - TICK)
