"""Looking up one file: one filtered request, or all episodes as plexapi does it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from plexapi.server import PlexServer

from custom_components.plex_smart_scan.scanner import clean

from .rig import Plex, Stats, fake_plex, scanner_on, tree
from .table import Table, duration, size, spread, times

ROUNDS = 30
ALTERNATIVE = 10_000  # files: with 100,000 the alternative takes minutes


async def measured(plex: Plex, function: Callable[[], Any]) -> tuple[float, Stats]:
    """Time a plexapi call in a thread, and count what it asks."""
    await plex.reset()
    begin = perf_counter()
    await asyncio.to_thread(function)
    return perf_counter() - begin, await plex.stats()


async def run(folder: Path, files: int) -> AsyncIterator[Table]:
    """Look one file up, in libraries of several sizes."""
    table = Table("Look one file up", ("how", "files", "requests", "bytes", "time", "ratio"))
    ours = 0.0
    for count in sorted({min(files, ALTERNATIVE), files}):
        root = tree(folder, count)
        path = root / "Show 00003" / "Season 02" / "Show 00003 - S02E07.mkv"
        async with fake_plex(root) as plex, scanner_on(plex, folder, websocket=False) as rig:
            (match,) = (await rig.engine.registry.resolve(str(path))).matches
            took = []
            for _ in range(ROUNDS):
                await plex.reset()
                begin = perf_counter()
                (found,) = await rig.engine.lookups.files_at(match) or ()
                took.append(perf_counter() - begin)
                assert clean(found.file).key == clean(str(path)).key
            stats = await plex.stats()
            ours = sorted(took)[len(took) // 2]
            table.add("our look-up", f"{count:,}", stats.requests, size(stats.bytes_sent), spread(took), "1 x")
            if count > ALTERNATIVE:
                continue
            section = (await asyncio.to_thread(PlexServer, plex.url, plex.token)).library.section(root.name)
            alternatives: dict[str, Callable[[], object]] = {
                "plexapi: searchEpisodes(), compare each part": partial(_all_episodes, section, path),
                "plexapi: all(), episodes() of each show": partial(_show_by_show, section, path),
            }
            for label, function in alternatives.items():
                taken, stats = await measured(plex, function)
                table.add(
                    label,
                    f"{count:,}",
                    f"{stats.requests:,}",
                    size(stats.bytes_sent),
                    duration(taken),
                    times(ours, taken),
                )
    yield table


def _all_episodes(section: Any, path: Path) -> None:
    _compare(section.searchEpisodes(), path)


def _show_by_show(section: Any, path: Path) -> None:
    _compare((episode for show in section.all() for episode in show.episodes()), path)


def _compare(episodes: Iterable[Any], path: Path) -> None:
    found = [episode for episode in episodes if any(p.file == str(path) for m in episode.media for p in m.parts)]
    assert len(found) == 1
