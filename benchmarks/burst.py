"""Many notifications at once: the number of scans and writes, and that none is lost."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import rmtree
from time import perf_counter

from custom_components.plex_smart_scan.scanner import Outcome, ScanRequest
from tests.fake_plex import samples

from .rig import Rig, fake_plex, scanner_on
from .table import Table, duration

FOLDERS = 500
NOTIFICATIONS = 5000


async def run(folder: Path, _files: int) -> AsyncIterator[Table]:
    """A season in one call, a season in 24 calls, and a flood."""
    table = Table(
        "Many notifications, few scans", ("what", "notifications", "scans", "requests", "writes", "time", "lost")
    )
    root = folder / "tv-burst"
    rmtree(root, ignore_errors=True)
    samples.add_episode(root, "Known", 1, 1)
    async with fake_plex(root) as plex, scanner_on(plex, folder) as rig:
        one = await _measure(table, rig, "a season, one call", [_season(root, "One")])
        many = await _measure(table, rig, "a season, 24 calls", [[path] for path in _season(root, "Many")])
        each = NOTIFICATIONS // FOLDERS
        flood = [path for number in range(FOLDERS) for path in _season(root, f"Show {number:03}", each)]
        # As downloaders send them: not folder by folder.
        mixed = [[flood[(at * 7919) % len(flood)]] for at in range(len(flood))]
        scans = await _measure(table, rig, f"a flood over {FOLDERS} folders", mixed)
    table.promise("a season in one call", "1 scan", f"{one}", kept=one == 1)
    table.promise("a season in 24 calls", "1 scan", f"{many}", kept=many == 1)
    table.promise(f"{NOTIFICATIONS:,} over {FOLDERS} folders", "about 500 scans", f"{scans}", kept=scans <= 550)
    yield table


def _season(root: Path, show: str, episodes: int = 24) -> list[Path]:
    return [samples.add_episode(root, show, 1, number) for number in range(1, episodes + 1)]


async def _measure(table: Table, rig: Rig, what: str, calls: list[list[Path]]) -> int:
    await rig.plex.reset()
    rig.disk.writes = 0
    begin = perf_counter()

    async def call(paths: list[Path]) -> list[Outcome]:
        accepted = await rig.engine.submit([ScanRequest(path=str(path)) for path in paths], durable=True)
        return [(await rig.engine.wait(pending, 900)).outcome for pending in accepted]

    outcomes = Counter(outcome for found in await asyncio.gather(*map(call, calls)) for outcome in found)
    took = perf_counter() - begin
    writes = rig.disk.writes
    stats = await rig.plex.stats()
    count = sum(map(len, calls))
    # Up to date: the scan for another file of the folder was over before this one was looked at.
    lost = count - outcomes[Outcome.ADDED] - outcomes[Outcome.UP_TO_DATE]
    again = await asyncio.gather(*(rig.scan(path) for paths in calls for path in paths))
    lost += sum(result.outcome is not Outcome.UP_TO_DATE for (result,) in again)
    table.add(what, f"{count:,}", stats.scans, f"{stats.requests:,}", writes, duration(took), lost)
    table.promise(f"{what}: lost", "0", f"{lost}", kept=lost == 0)
    return stats.scans
