"""One new file in a large library: the requests to Plex, and when the result is proven."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from time import perf_counter

from custom_components.plex_smart_scan.scanner import Outcome, Settings

from .rig import Ends, Plex, Rig, fake_plex, new_episode, scanner_on, tree
from .table import Table, duration, size, spread, times

ROUNDS = 25


async def run(folder: Path, files: int) -> AsyncIterator[Table]:
    """Add files to a library one by one, with and without a websocket, and one with a scan of everything."""
    root = tree(folder, files)
    added = Table(
        f"One new file in a library of {files:,}",
        ("how", "requests", "bytes", "folders listed", "answer", "after the end of the scan"),
    )
    same = Table(f"An up-to-date file in a library of {files:,}", ("how", "requests", "bytes", "answer"))
    async with fake_plex(root) as plex:
        ends = Ends()
        watching = asyncio.create_task(ends.watch(plex))
        numbers = iter(range(10_000))
        answered = 1.0
        for websocket in (True, False):
            how = "with websocket" if websocket else "polling"
            async with scanner_on(plex, folder, websocket=websocket) as rig:
                took_us = await _added(added, rig, ends, root, numbers, how)
                answered = min(answered, took_us)
                await _up_to_date(same, rig, root, how)
        everything = Settings(smart_scanning=False, detailed_logging=False)
        async with scanner_on(plex, folder, settings=everything) as rig:
            path = new_episode(root, next(numbers))
            begin = perf_counter()
            await rig.scan(path)
            took = perf_counter() - begin
            stats = await plex.stats()
            late = duration(perf_counter() - ends.last)
            added.add(
                "whole library",
                stats.requests,
                size(stats.bytes_sent),
                f"{stats.folders_listed:,}",
                duration(took),
                late,
            )
            added.notes.append(
                f"The whole library takes {times(answered, took)} as long as one folder, with all of it in the"
                " memory of this machine: a real disk adds its seeks for every folder."
            )
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    yield added
    yield same


async def _added(
    table: Table, rig: Rig, ends: Ends, root: Path, numbers: AsyncIterator[int] | object, how: str
) -> float:
    plex: Plex = rig.plex
    answers, proofs, requests, sent, listed = [], [], [], [], []
    for _ in range(ROUNDS):
        path = new_episode(root, next(numbers))  # type: ignore[call-overload]
        await plex.reset()
        begin = perf_counter()
        (result,) = await rig.scan(path)
        end = perf_counter()
        assert result.outcome is Outcome.ADDED, result
        await plex.idle()
        stats = await plex.stats()
        answers.append(end - begin)
        proofs.append(max(end - ends.last, 0.0))
        requests.append(stats.requests)
        sent.append(stats.bytes_sent)
        listed.append(stats.folders_listed)
    table.add(how, f"{max(requests)}", size(max(sent)), max(listed), spread(answers), spread(proofs))
    limit, most = (0.04, 5) if how == "with websocket" else (0.4, 6)
    proven = median(proofs)
    table.promise(f"{how}: requests at most", f"<= {most}", f"{max(requests)}", kept=max(requests) <= most)
    table.promise(f"{how}: bytes at most", "<= 10 kB", size(max(sent)), kept=max(sent) <= 10_000)
    table.promise(f"{how}: folders listed", "1", f"{max(listed)}", kept=max(listed) == 1)
    table.promise(f"{how}: after the end of the scan", f"<= {duration(limit)}", duration(proven), kept=proven <= limit)
    return median(answers)


async def _up_to_date(table: Table, rig: Rig, root: Path, how: str) -> None:
    path = root / "Show 00001" / "Season 01" / "Show 00001 - S01E01.mkv"
    answers, requests, sent = [], [], []
    for _ in range(ROUNDS):
        await rig.plex.reset()
        begin = perf_counter()
        (result,) = await rig.scan(path)
        answers.append(perf_counter() - begin)
        assert result.outcome is Outcome.UP_TO_DATE, result
        stats = await rig.plex.stats()
        requests.append(stats.requests)
        sent.append(stats.bytes_sent)
    table.add(how, max(requests), size(max(sent)), spread(answers))
    table.promise(f"{how}: requests", "1", f"{max(requests)}", kept=max(requests) == 1)
    table.promise(f"{how}: answered", "<= 15 ms", duration(median(answers)), kept=median(answers) <= 0.015)
