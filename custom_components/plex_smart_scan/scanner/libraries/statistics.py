"""The sizes of the libraries, with few requests and without listing items."""

from collections.abc import Iterable
from math import inf
from typing import Final

from ..clock import Clock, SystemClock
from ..models import LEAF_TYPES, Library, LibraryStatistics, LibraryType
from ..plex.client import PlexClient
from ..plex.errors import ErrorKind, PlexError

# Plex's types of the containers in a library, by their name in `LibraryStatistics.counts`.
_CONTAINERS: Final = {
    LibraryType.MOVIE: {},
    LibraryType.SHOW: {"show": 2, "season": 3},
    LibraryType.ARTIST: {"artist": 8, "album": 9},
    LibraryType.PHOTO: {},
}
LEAVES: Final = {
    LibraryType.MOVIE: "movie",
    LibraryType.SHOW: "episode",
    LibraryType.ARTIST: "track",
    LibraryType.PHOTO: "photo",
}
_FAST: Final = 1.0  # seconds; slower responses about duration and storage are requested less often
_PAUSE_FACTOR: Final = 100  # pause after a slow response, as a multiple of its duration
# Errors that concern one library; others concern the whole server.
_OF_ONE_LIBRARY: Final = frozenset(
    {
        ErrorKind.BAD_REQUEST,
        ErrorKind.BROKEN_RESPONSE,
        ErrorKind.NOT_FOUND,
        ErrorKind.PERMISSION,
        ErrorKind.SERVER_ERROR,
    }
)


class StatisticsReader:
    """Reads the sizes of libraries. Duration and storage, which can be expensive for Plex, are read less often."""

    def __init__(self, client: PlexClient, clock: Clock | None = None) -> None:
        """Store the client."""
        self._client = client
        self._clock = clock or SystemClock()
        self._storage: dict[int, tuple[int | None, int | None]] = {}
        self._ask_again_at = -inf  # monotonic seconds

    async def read(self, libraries: Iterable[Library]) -> dict[int, LibraryStatistics]:
        """Return the sizes of libraries by id, without those that Plex cannot determine. Raises PlexError."""
        found: dict[int, LibraryStatistics] = {}
        if self._clock.monotonic() >= self._ask_again_at:
            await self._read_storage()
        for library in libraries:
            storage = self._storage.get(library.id, (None, None))
            try:
                found[library.id] = await _read_one(self._client, library, *storage)
            except PlexError as error:
                _pass_if_of_one_library(error)
        return found

    async def _read_storage(self) -> None:
        """Read duration and storage of all libraries; if that fails, the last values are kept."""
        began_at = self._clock.monotonic()
        try:
            self._storage = await self._client.storage()
        except PlexError as error:
            # A large server may need longer than the timeout to add them up.
            if error.kind is not ErrorKind.TIMEOUT:
                _pass_if_of_one_library(error)
        finally:
            now = self._clock.monotonic()
            self._ask_again_at = now + _PAUSE_FACTOR * (now - began_at) if now - began_at > _FAST else now


async def _read_one(
    client: PlexClient, library: Library, duration: int | None, storage: int | None
) -> LibraryStatistics:
    total, newest = await client.newest(library, LEAF_TYPES[library.type])
    found = {LEAVES[library.type]: total}
    for name, item_type in _CONTAINERS[library.type].items():
        found[name] = await client.count(library, item_type)
    title, added_at = newest or (None, None)
    return LibraryStatistics(
        library=library,
        counts={name: count for name, count in found.items() if count is not None},
        duration=duration,
        storage=storage,
        last_added_title=title,
        last_added_at=added_at,
    )


def _pass_if_of_one_library(error: PlexError) -> None:
    if error.kind not in _OF_ONE_LIBRARY:
        raise error
