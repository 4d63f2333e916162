"""Which mapping would make an unknown path work: where its tail exists under exactly one location."""

from collections.abc import Iterable
from typing import Final

from .gateway import PlexGateway
from .libraries import LibraryIndex
from .mappings import PathMapping
from .paths import CleanPath, Flavour
from .retry import PlexError

_MOST_LOCATIONS: Final = 30  # to ask Plex about, for one path


async def suggest_mapping(gateway: PlexGateway, index: LibraryIndex, path: CleanPath) -> PathMapping | None:
    """Ask Plex in which location the end of the path exists; None where it is in none, or in several."""
    found: list[PathMapping] = []
    for location in index.locations()[:_MOST_LOCATIONS]:
        head = await _head_of_tail_in(gateway, location, path)
        if head is not None:
            found.append(PathMapping(head, location))
    return found[0] if len(found) == 1 else None


async def _head_of_tail_in(gateway: PlexGateway, location: CleanPath, path: CleanPath) -> CleanPath | None:
    """The part of the path to replace by the location, so that the rest exists there; the shortest such part."""
    names = await _names(gateway, location)
    heads = list(_above(path))
    for head in reversed(heads):
        tail = path.parts_below(head)
        if _folded(tail[0], location) not in names:
            continue
        parent = location.join(*tail[:-1]) if len(tail) > 1 else location
        if _folded(tail[-1], location) in (await _names(gateway, parent) if len(tail) > 1 else names):
            return head
    return None


async def _names(gateway: PlexGateway, folder: CleanPath) -> frozenset[str]:
    try:
        entries = await gateway.browse(folder.text)
    except PlexError:
        return frozenset()
    return frozenset(_folded(entry.name, folder) for entry in entries or ())


def _folded(name: str, location: CleanPath) -> str:
    return name.casefold() if location.flavour is Flavour.WINDOWS else name


def _above(path: CleanPath) -> Iterable[CleanPath]:
    """The folders above a path, nearest first, without POSIX's root: everything would be mapped by that."""
    above = path.parent
    while above is not None and above.key:
        yield above
        above = above.parent
