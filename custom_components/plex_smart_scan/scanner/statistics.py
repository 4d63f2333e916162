"""How large the libraries are, with the fewest requests: no item is ever listed for it."""

from collections.abc import Iterable
from typing import Final

from .gateway import PlexGateway
from .models import LEAF_TYPES, Library, LibraryStatistics, LibraryType
from .retry import ErrorKind, PlexError

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
# What may be wrong with one library, or with one question about it; anything else concerns the whole server.
_OF_ONE_LIBRARY: Final = frozenset(
    {
        ErrorKind.BAD_REQUEST,
        ErrorKind.BROKEN_ANSWER,
        ErrorKind.NOT_FOUND,
        ErrorKind.PERMISSION,
        ErrorKind.SERVER_ERROR,
    }
)


async def read_statistics(gateway: PlexGateway, libraries: Iterable[Library]) -> dict[int, LibraryStatistics]:
    """Read the size of some libraries, by id; one that Plex cannot tell it of is left out. Raises PlexError."""
    storage: dict[int, tuple[int | None, int | None]] = {}
    found: dict[int, LibraryStatistics] = {}
    try:
        storage = await gateway.storage()
    except PlexError as error:
        _pass_if_of_one_library(error)
    for library in libraries:
        try:
            found[library.id] = await _read_one(gateway, library, *storage.get(library.id, (None, None)))
        except PlexError as error:
            _pass_if_of_one_library(error)
    return found


async def _read_one(
    gateway: PlexGateway, library: Library, duration: int | None, storage: int | None
) -> LibraryStatistics:
    total, newest = await gateway.newest(library, LEAF_TYPES[library.type])
    counts = {LEAVES[library.type]: total}
    for name, item_type in _CONTAINERS[library.type].items():
        counts[name] = await gateway.count(library, item_type)
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
