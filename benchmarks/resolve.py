"""A path to its library: an index, or a loop over all locations with `startswith`."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from timeit import repeat

from custom_components.plex_smart_scan.scanner import Library, LibraryIndex, LibraryType, Mappings, PathMapping, clean

from .table import Table, duration, times

TARGET = 5e-6
NAME = "Some Show (2019)/Season 01/Some Show (2019) - S01E01 - {}.mkv"
PATHS = {
    "as Plex spells it": "/data/tv0/" + NAME.format("Pilot"),
    "mapped": "/downloads/" + NAME.format("Pilot"),
    "with accents": "/data/tv0/" + NAME.format("Pilöt"),
    "on Windows": "d:\\TV0\\" + NAME.format("Pilot").replace("/", "\\"),
    "in no library": "/elsewhere/" + NAME.format("Pilot"),
}


def seconds(function: Callable[[], object]) -> float:
    """Time one call: the best of several rounds, as a busy machine only ever adds."""
    return min(repeat(function, number=5000, repeat=7)) / 5000


async def run(_folder: Path, _files: int) -> AsyncIterator[Table]:
    """Clean, map and match a path, with one location and with many."""
    table = Table("Resolve a path", ("path", "locations", "index", "loop with startswith", "ratio"))
    mappings = Mappings([PathMapping.of("/downloads", "/data/tv0")])
    slowest = 0.0
    for label, path in PATHS.items():
        for count in (1, 10, 1000):
            # The library that matches comes last, as good for a loop as first is.
            libraries = [
                Library(
                    id=number,
                    title=f"TV {number}",
                    type=LibraryType.SHOW,
                    locations=(f"/data/tv{number}", rf"D:\TV{number}"),
                )
                for number in reversed(range(count))
            ]
            index = LibraryIndex(libraries)

            def ours(path: str = path, index: LibraryIndex = index) -> object:
                return index.match(mappings.apply(clean(path)).path)

            def loop(path: str = path, libraries: list[Library] = libraries) -> object:
                if path.startswith("/downloads"):
                    path = path.replace("/downloads", "/data/tv0", 1)
                return [
                    library
                    for library in libraries
                    for location in library.locations
                    if path.startswith(location.rstrip("/") + "/")
                ]

            fast, slow = seconds(ours), seconds(loop)
            slowest = max(slowest, fast)
            table.add(label, count, duration(fast), duration(slow), times(fast, slow))
    table.promise("resolved, one location or a thousand", "<= 5 µs", duration(slowest), kept=slowest <= TARGET)
    table.notes.append("The loop neither cleans the path nor knows Windows, accents or `..`.")
    yield table
