"""How long a caller waits until a request is accepted and on disk."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from time import perf_counter

from custom_components.plex_smart_scan.scanner import ScanRequest

from .rig import Rig, fake_plex, scanner_on, tree
from .table import Table, duration, spread

ALONE = 200
TARGET = 0.01


async def run(folder: Path, _files: int) -> AsyncIterator[Table]:
    """Accept requests one after the other and many at once, on an idle engine and on a busy one."""
    table = Table("Accepted, on the disk", ("how", "requests", "writes", "time for one", "all of them"))
    root = tree(folder, 2000)
    path = root / "Show 00001" / "Season 01" / "Show 00001 - S01E01.mkv"
    async with fake_plex(root) as plex, scanner_on(plex, folder) as rig:
        alone = await _measure(table, rig, path, "one after the other", ALONE, at_once=False)
        for count in (100, 1000):
            await _measure(table, rig, path, f"{count} at once", count, at_once=True)
        await plex.control("POST", "hold", gate="scans")
        await rig.engine.submit(
            [ScanRequest(path=str(root / f"new {number}.mkv"), force=True) for number in range(1000)], durable=True
        )
        waiting = await _measure(table, rig, path, "one after the other, 1,000 waiting", ALONE, at_once=False)
    table.promise("alone", "<= 10 ms", duration(alone), kept=alone <= TARGET)
    table.promise("while 1,000 wait", "<= 10 ms", duration(waiting), kept=waiting <= TARGET)
    yield table


async def _measure(table: Table, rig: Rig, path: Path, how: str, count: int, *, at_once: bool) -> float:
    rig.disk.writes = 0
    took: list[float] = []
    writes = 0

    async def accept() -> None:
        begin = perf_counter()
        await rig.engine.submit([ScanRequest(path=str(path))], durable=True)
        took.append(perf_counter() - begin)

    begin = perf_counter()
    if at_once:
        await asyncio.gather(*(accept() for _ in range(count)))
    else:
        for _ in range(count):
            await accept()
    total = perf_counter() - begin
    writes = rig.disk.writes
    table.add(how, f"{count:,}", writes, spread(took), duration(total))
    await _until_quiet(rig)
    return median(took)


async def _until_quiet(rig: Rig) -> None:
    """Let what can end, end."""
    for _ in range(200):
        if not rig.engine.pending:
            return
        await asyncio.sleep(0.01)
