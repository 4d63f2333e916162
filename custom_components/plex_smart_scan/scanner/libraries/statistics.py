"""How large the libraries are, with the fewest requests: no item is ever listed for it."""

from collections.abc import Iterable
from math import inf
from typing import Final

from ..clock import Clock, SystemClock
from ..models import LEAF_TYPES, Library, LibraryStatistics, LibraryType
from ..plex.client import PlexClient
from ..plex.errors import ErrorKind, PlexError

# What stands above the files of a library: Plex's type, by the name used in `LibraryStatistics.counts`.
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
_FAST: Final = 1.0  # seconds that hours and bytes may take Plex, to be asked for every time
_PAUSE_FACTOR: Final = 100  # times as long as they took Plex is left to it else
# What may be wrong with one library, or with one question about it; anything else concerns the whole server.
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
    """Reads the size of libraries. Hours and bytes, which may cost Plex much, no oftener than they are cheap."""

    def __init__(self, client: PlexClient, clock: Clock | None = None) -> None:
        """Keep whom to ask; nothing is asked yet."""
        self._client = client
        self._clock = clock or SystemClock()
        self._storage: dict[int, tuple[int | None, int | None]] = {}
        self._ask_again_at = -inf  # monotonic seconds

    async def read(self, libraries: Iterable[Library]) -> dict[int, LibraryStatistics]:
        """Read the size of some libraries, by id; one that Plex cannot tell it of is left out. Raises PlexError."""
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
        """Read hours and bytes of all libraries; where Plex does not tell them, they stay as they were."""
        began_at = self._clock.monotonic()
        try:
            self._storage = await self._client.storage()
        except PlexError as error:
            # Summing may take a large server longer than anybody waits; its other answers are as good as ever.
            if error.kind is not ErrorKind.TIMEOUT:
                _pass_if_of_one_library(error)
        finally:
            now = self._clock.monotonic()
            self._ask_again_at = now + _PAUSE_FACTOR * (now - began_at) if now - began_at > _FAST else now


async def _read_one(
    client: PlexClient, library: Library, duration: int | None, storage: int | None
) -> LibraryStatistics:
    total, newest = await client.newest(library, LEAF_TYPES[library.type])
    counts = {LEAVES[library.type]: total}
    for name, item_type in _CONTAINERS[library.type].items():
        counts[name] = await client.count(library, item_type)
    title, added_at = newest or (None, None)
    return LibraryStatistics(
        library=library,
        counts=counts,
        duration=duration,
        storage=storage,
        last_added_title=title,
        last_added_at=added_at,
    )


def _pass_if_of_one_library(error: PlexError) -> None:
    if error.kind not in _OF_ONE_LIBRARY:
        raise error
