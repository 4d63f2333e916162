"""One new episode, reported to the same Plex in different ways: the cost of each, and when it is proven.

The fake server has the timing of a small home server (`Timings.realistic`): a scan starts after 0.3 s and takes 10 ms a
folder. The episodes are those of shows in the middle of the library, so that a scan of everything finds them half-way.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

from plexapi.library import ShowSection
from plexapi.server import PlexServer

from custom_components.plex_smart_scan.scanner import Outcome

from .rig import Plex, Rig, Stats, fake_plex, new_episode, scanner_on, tree
from .table import Table, size

FILES = 20_000  # with more, the searches of plexapi take minutes
ROUNDS = 5  # of ours; the others are too slow to be repeated
PAUSE = 0.25  # seconds between two looks of those who would have to look by themselves
REQUESTED_PAUSE = 2.0  # seconds, as the feature request has it


@dataclass(frozen=True)
class Cost:
    """How long it took until the file was proven to be in Plex, and what Plex did for it."""

    seconds: float
    stats: Stats


async def run(folder: Path, files: int) -> AsyncIterator[Table]:
    """Report one new episode to the same Plex in different ways."""
    count = min(files, FILES)
    root = tree(folder, count)
    table = Table(
        f"One new episode in a library of {count:,}",
        ("method", "seconds until verified", "requests", "sent by Plex", "folders read by Plex", "files read by Plex"),
    )
    numbers = iter(range(sum(1 for _ in root.iterdir()) // 2, 10_000))
    async with fake_plex(root, profile="realistic") as plex:
        for websocket in (True, False):
            how = "websocket" if websocket else "polling"
            async with scanner_on(plex, folder, websocket=websocket) as rig:
                costs = [await _ours(rig, new_episode(root, next(numbers)), Outcome.ADDED) for _ in range(ROUNDS)]
                _add(table, f"Plex Smart Scan, {how}", costs)
                if websocket:
                    known = root / "Show 00001" / "Season 01" / "Show 00001 - S01E01.mkv"
                    costs = [await _ours(rig, known, Outcome.UP_TO_DATE) for _ in range(ROUNDS)]
                    _add(table, "Plex Smart Scan, file is up to date", costs)
        home_assistant = await asyncio.to_thread(PlexServer, plex.url, plex.token)
        ways: dict[str, Callable[[Path], None]] = {
            "plex.refresh_library, then look-ups": partial(_refresh_library, home_assistant, root.name),
            "folder scan, then a search with plexapi": partial(_search_afterwards, plex),
            "the algorithm of the original feature request": partial(_as_requested, plex),
        }
        for how, tell in ways.items():
            path = new_episode(root, next(numbers))
            _add(table, how, [await _measured(plex, partial(asyncio.to_thread, tell, path))])
    table.notes.append(
        f"The values for Plex Smart Scan are the median of {ROUNDS} runs. plex.refresh_library verifies nothing,"
        f" so a filtered look-up follows every {PAUSE:g} s. The new episodes are in the middle of the library."
        " The original feature request uses section.search(filepath=…), which plexapi does not support. Instead,"
        " plexapi's search by Media__Part__file is used, with the same pause."
    )
    yield table


def _add(table: Table, how: str, costs: list[Cost]) -> None:
    seconds = median(cost.seconds for cost in costs)
    stats = [cost.stats for cost in costs]
    table.add(
        how,
        f"{seconds:.3f}" if seconds < 0.1 else f"{seconds:.1f}",
        f"{max(each.requests for each in stats):,}",
        size(max(each.bytes_sent for each in stats)),
        f"{max(each.folders_listed for each in stats):,}",
        f"{max(each.files_examined for each in stats):,}",
    )


async def _measured(plex: Plex, tell: Callable[[], Awaitable[object]]) -> Cost:
    await plex.reset()
    begin = perf_counter()
    await tell()
    seconds = perf_counter() - begin
    await plex.idle()
    return Cost(seconds, await plex.stats())


async def _ours(rig: Rig, path: Path, expected: Outcome) -> Cost:
    async def tell() -> None:
        (result,) = await rig.scan(path)
        assert result.outcome is expected, result

    return await _measured(rig.plex, tell)


# -- the other ways, each in a thread ---------------------------------------------------------------------------------


def _refresh_library(server: PlexServer, title: str, path: Path) -> None:
    """Scan the library as Home Assistant's action does, and look until the file is there."""
    section = server.library.section(title=title)
    section.update()
    while path not in _files(server, f"/library/sections/{section.key}/all?type=4&file={path.stem}"):
        sleep(PAUSE)


def _files(server: PlexServer, key: str) -> Iterator[Path]:
    answer = server.query(key)
    return (Path(part.attrib["file"]) for part in answer.iter("Part"))


def _section(server: PlexServer, path: Path) -> ShowSection:
    """Find the library by its locations, as the feature request does."""
    sections = server.library.sections()
    section: ShowSection = next(
        each for each in sections if any(path.is_relative_to(location) for location in each.locations)
    )
    return section


def _found(section: ShowSection, path: Path) -> bool:
    """Search for a file as plexapi offers it: every episode is downloaded and compared here."""
    return bool(section.search(libtype="episode", Media__Part__file__exact=str(path)))


def _search_afterwards(plex: Plex, path: Path) -> None:
    """Scan the file's folder and search until the file is there."""
    section = _section(PlexServer(plex.url, plex.token), path)
    section.update(path=str(path.parent))
    while not _found(section, path):
        sleep(PAUSE)


def _as_requested(plex: Plex, path: Path) -> None:
    """Check for a duplicate, scan the folder, pause, verify, and compare the library's size, as it was asked for."""
    section = _section(PlexServer(plex.url, plex.token), path)
    assert not _found(section, path)
    before = section.totalSize
    section.update(path=str(path.parent))
    sleep(REQUESTED_PAUSE)
    assert _found(section, path)
    assert section.totalSize >= before
