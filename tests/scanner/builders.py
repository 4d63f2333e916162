"""Libraries, matches and files for tests, with defaults for everything that a test is not about."""

import asyncio
from typing import Any

from custom_components.plex_smart_scan.scanner.libraries.index import LibraryIndex, Match
from custom_components.plex_smart_scan.scanner.models import Library, LibraryType, MediaFile
from custom_components.plex_smart_scan.scanner.paths.clean_path import clean


def a_library(
    *locations: str, number: int = 1, title: str = "TV Shows", kind: LibraryType = LibraryType.SHOW, agent: str = ""
) -> Library:
    """Make a library, of television by default."""
    return Library(id=number, title=title, type=kind, locations=locations, agent=agent)


def a_match(path: str, location: str = "/tv", **library: Any) -> Match:
    """Match a path in a library with one location."""
    (match,) = LibraryIndex([a_library(location, **library)]).match(clean(path))
    return match


def a_file(file: str = "/tv/Show/Season 01/Show - S01E01.mkv", **fields: Any) -> MediaFile:
    """Make an episode's file as Plex lists it."""
    usual: dict[str, Any] = {
        "rating_key": 1,
        "type": "episode",
        "title": "Pilot",
        "full_title": "Show – S01E01 Pilot",
        "size": 1000,
        "stamp": 1_700_000_000,
        "duration": 1_800_000,
    }
    return MediaFile(file=file, **usual | fields)


class FrozenClock:
    """A clock that only a test advances; nothing waits in real time."""

    def __init__(self) -> None:
        """Begin at a fixed time."""
        self.now = 1_000.0
        self.slept: list[float] = []
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def time(self) -> float:
        """Return Unix seconds."""
        return 1_700_000_000.0 + self.now

    def monotonic(self) -> float:
        """Return seconds that only increase."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Wait until a test has advanced the clock that far."""
        self.slept.append(seconds)
        future = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, future))
        await future

    async def forward(self, seconds: float) -> None:
        """Advance the clock, waking each sleeper at its time, and let all tasks run."""
        end = self.now + seconds
        await work()
        while due := sorted((at for at, future in self._sleepers if at <= end and not future.done())):
            self.now = due[0]
            for at, future in self._sleepers:
                if at <= self.now and not future.done():
                    future.set_result(None)
            await work()
        self.now = end
        self._sleepers = [(at, future) for at, future in self._sleepers if not future.done()]


async def work() -> None:
    """Let all tasks run that do not wait."""
    for _ in range(20):
        await asyncio.sleep(0)
