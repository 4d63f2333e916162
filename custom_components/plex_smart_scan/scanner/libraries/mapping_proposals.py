"""The mapping proposed for a path in no library: the end of the path exists in exactly one location."""

from collections.abc import Iterable
from typing import Final

from ..paths.clean_path import CleanPath, name_key
from ..paths.mappings import PathMapping
from ..plex.client import PlexClient
from ..plex.errors import PlexError
from .index import LibraryIndex
from .spelling import visible_names

_MAX_LOCATIONS: Final = 100  # that are checked for one path


async def propose_mapping(client: PlexClient, index: LibraryIndex, path: CleanPath) -> PathMapping | None:
    """Return the mapping to the only location on Plex's disk that contains the end of the path.

    None if there is no such location, or several, or if there are too many to check or Plex does not respond.
    """
    locations = index.locations()
    if len(locations) > _MAX_LOCATIONS:
        return None
    found: list[PathMapping] = []
    for location in locations:
        try:
            head = await _replaceable_prefix(client, location, path)
        except PlexError:
            return None
        if head is not None:
            found.append(PathMapping(head, location))
    return found[0] if len(found) == 1 else None


async def _replaceable_prefix(client: PlexClient, location: CleanPath, path: CleanPath) -> CleanPath | None:
    """Return the shortest part of the path to replace by the location so that the rest exists there."""
    names = await _names(client, location)
    heads = list(_parents(path))
    for head in reversed(heads):
        tail = path.parts_below(head)
        if name_key(tail[0], location.flavour) not in names:
            continue
        above = await visible_names(client.browse, location, tail[:-1])
        if len(above) < len(tail) - 1:
            continue
        if name_key(tail[-1], location.flavour) in (await _names(client, location.join(*above)) if above else names):
            return head
    return None


async def _names(client: PlexClient, folder: CleanPath) -> frozenset[str]:
    entries = await client.browse(folder.text)
    return frozenset(name_key(entry.name, folder.flavour) for entry in entries or ())


def _parents(path: CleanPath) -> Iterable[CleanPath]:
    """Return the folders above a path, nearest first, without POSIX's root: it would map everything."""
    above = path.parent
    while above is not None and above.key:
        yield above
        above = above.parent
