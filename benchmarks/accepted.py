"""How long a caller waits until a request is accepted and on disk, and how long an engine starts that has many."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from time import perf_counter

from custom_components.plex_smart_scan.scanner import ScanRequest

from .journal import bytes_written
from .large_burst import Watched
from .rig import Disk, Plex, Rig, engine_of, fake_plex, scanner_on, tree
from .table import Table, duration, size, spread

ALONE = 200
WAITING = (1_000, 50_000)
TOGETHER = 100  # requests in one call, of those that wait
TARGET = 0.01
BYTES = 10_000
HELD = 0.05
AFTER = 5.0  # seconds after the start that are watched too


async def run(folder: Path, _files: int) -> AsyncIterator[Table]:
    """Accept requests one after the other and many at once, on an idle engine and on a busy one; start it again."""
    table = Table(
        "Accepted, on the disk",
        ("how", "requests", "writes", "time for one", "all of them", "written for one", "held", "collection", "late"),
    )
    root = tree(folder, 2000)
    files = sorted(root.rglob("*.mkv"))
    async with fake_plex(root) as plex:
        async with scanner_on(plex, folder) as rig:
            await _measure(table, rig, files[:ALONE], "one after the other", waiting=0)
            for count in (100, 1000):
                await _measure(table, rig, files[:1] * count, f"{count} at once")
            await plex.control("POST", "faults", kind="status")
            for number, waiting in enumerate(WAITING, 1):
                await _let_wait(rig, root, waiting)
                paths = files[number * ALONE : (number + 1) * ALONE]
                await _measure(table, rig, paths, f"one after the other, {waiting:,} waiting", waiting=waiting)
            await _measure(table, rig, paths, f"the same again, {waiting:,} waiting", waiting=waiting)
            rows = rig.engine.pending
        yield table
        yield await _start(plex, rig.disk.path, rows)


async def _let_wait(rig: Rig, root: Path, waiting: int) -> None:
    """Submit requests until so many wait, because Plex is unavailable."""
    while (count := waiting - rig.engine.pending) > 0:
        numbers = range(rig.engine.pending, rig.engine.pending + min(count, TOGETHER))
        requests = [ScanRequest(path=str(root / f"new {number}.mkv"), force=True) for number in numbers]
        await rig.engine.submit(requests, durable=True)


async def _measure(table: Table, rig: Rig, paths: list[Path], how: str, *, waiting: int | None = None) -> None:
    """Accept paths: one after the other while some requests wait, or all at once."""
    rig.disk.writes = 0
    took: list[float] = []

    async def accept(path: Path) -> None:
        begin = perf_counter()
        await rig.engine.submit([ScanRequest(path=str(path))], durable=True)
        took.append(perf_counter() - begin)

    rig.disk.open().execute("PRAGMA wal_checkpoint(TRUNCATE)")  # earlier requests are written into the file first
    begin, written = perf_counter(), bytes_written()
    with Watched() as watched:
        if waiting is None:
            await asyncio.gather(*(accept(path) for path in paths))
        else:
            for path in paths:
                await accept(path)
    total, each = perf_counter() - begin, (bytes_written() - written) // len(paths)
    table.add(how, f"{len(paths):,}", rig.disk.writes, spread(took), duration(total), size(each), *_cells(watched))
    if waiting is not None:
        one = median(took)
        table.promise(how, "<= 10 ms", duration(one), kept=one <= TARGET)
        table.promise(how, "<= 10 kB", size(each), kept=each <= BYTES)
        _promise_loop(table, how, watched)
    if not waiting:
        await _until_quiet(rig)


async def _start(plex: Plex, path: Path, rows: int) -> Table:
    """Start and stop an engine on the file that another one has left."""
    table = Table(f"An engine with {rows:,} requests", ("what", "time", "held", "collection", "late"))
    engine = engine_of(plex, Disk(path), [])
    await plex.control("DELETE", "faults")
    await engine.connect()
    await plex.control("POST", "faults", kind="status")
    for what, work in (("start", engine.start()), ("working after it", asyncio.sleep(AFTER)), ("stop", engine.stop())):
        begin = perf_counter()
        with Watched() as watched:
            await work
        table.add(what, duration(perf_counter() - begin), *_cells(watched))
        _promise_loop(table, what, watched)
        if what == "start":
            table.promise("resumed", f"{rows:,}", f"{engine.pending:,}", kept=engine.pending == rows)
    return table


def _cells(watched: Watched) -> tuple[str, ...]:
    return tuple(map(duration, (watched.held, watched.collection, watched.late)))


def _promise_loop(table: Table, what: str, watched: Watched) -> None:
    table.promise(f"{what}: loop", "held <= 50 ms", duration(watched.held), kept=watched.held <= HELD)


async def _until_quiet(rig: Rig) -> None:
    """Let what can end, end."""
    for _ in range(200):
        if not rig.engine.pending:
            return
        await asyncio.sleep(0.01)
