"""The journal alone: bytes and time for one path, bursts, and a start with many requests."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from time import perf_counter, time
from typing import Self
from uuid import uuid4

from custom_components.plex_smart_scan.scanner import Journal, ScanRequest

from .endurance import Lag
from .rig import Disk
from .table import Table, duration, size, spread

WAITING = (0, 1_000, 50_000)
SINGLE = 200
BURSTS = (5_000, 50_000)
BYTES = 10_000
TIME = 0.01
LAG = 0.05


async def run(folder: Path, _files: int) -> AsyncIterator[Table]:
    """What accepting costs with 0, 1,000 and 50,000 requests waiting."""
    yield await _single(folder)
    yield await _bursts(folder)


async def _single(folder: Path) -> Table:
    table = Table("One path accepted", ("waiting", "time for one", "bytes written for one"))
    for waiting in WAITING:
        journal = Journal(Disk(folder / f"single-{waiting}.db"))
        await journal.accept(a_request(number) for number in range(waiting))
        took = []
        before = bytes_written()
        for number in range(SINGLE):
            begin = perf_counter()
            await journal.accept([a_request(number)])
            took.append(perf_counter() - begin)
        each = (bytes_written() - before) // SINGLE
        table.add(f"{waiting:,}", spread(took), size(each))
        middle = median(took)
        table.promise(f"one path, {waiting:,} waiting", "<= 10 ms", duration(middle), kept=middle <= TIME)
        table.promise(f"one path, {waiting:,} waiting", "<= 10 kB", size(each), kept=each <= BYTES)
        await journal.close()
    return table


async def _bursts(folder: Path) -> Table:
    """Callers that all arrive at once, and the next start that reads what they left."""
    table = Table("Bursts, and the start after them", ("what", "requests", "commits", "time", "loop late at most"))
    for count in BURSTS:
        disk = Disk(folder / f"burst-{count}.db")
        journal = Journal(disk)
        with Watched() as watched:
            async with asyncio.TaskGroup() as group:
                for number in range(0, count, 10):
                    group.create_task(journal.accept([a_request(number + each) for each in range(10)]))
                    if number % 100 == 0:
                        await asyncio.sleep(0.001)  # Home Assistant itself takes longer for ten calls
        table.add("accepted, ten a call", f"{count:,}", disk.writes, duration(watched.took), duration(watched.late))
        table.promise(f"{count:,} accepted", "loop <= 50 ms", duration(watched.late), kept=watched.late <= LAG)
        await journal.close()
        again = Journal(Disk(disk.path))
        found: list[ScanRequest] = []
        with Watched() as watched:
            async for requests in again.load():
                found += requests
        assert len(found) == count
        table.add("read at the start", f"{count:,}", "-", duration(watched.took), duration(watched.late))
        table.promise(f"{count:,} read", "loop <= 50 ms", duration(watched.late), kept=watched.late <= LAG)
        disk.writes = 0
        with Watched() as watched:
            for at, request in enumerate(found):
                again.drop(request)
                if at % 100 == 0:
                    await asyncio.sleep(0)
            await again.close()
        table.add("finished", f"{count:,}", "-", duration(watched.took), duration(watched.late))
    return table


class Watched:
    """How long something takes, and how late the event loop is meanwhile. Both in seconds."""

    def __enter__(self) -> Self:
        """Begin."""
        self._lag = Lag()
        self._task = asyncio.create_task(self._lag.run())
        self._begin = perf_counter()
        self.took = self.late = 0.0
        return self

    def __exit__(self, *_error: object) -> None:
        """End."""
        self.took = perf_counter() - self._begin
        self._task.cancel()
        self.late = max(self._lag.late, default=0.0)


def a_request(number: int) -> ScanRequest:
    """Make a request of a usual length."""
    show = f"Some Show With A Name ({number % 500})"
    path = f"/data/media/tv/{show}/Season {number % 20:02}/{show} - S01E{number:05} - Title [WEBDL-1080p].mkv"
    context: dict[str, str | None] = {"id": uuid4().hex[:26], "parent_id": None, "user_id": None}
    return ScanRequest(id=uuid4().hex, path=path, size=123_456_789, accepted_at=time(), context=context)


def bytes_written() -> int:
    """Return the bytes that this process has written, by what Linux counts."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("wchar:")).split()[1])
