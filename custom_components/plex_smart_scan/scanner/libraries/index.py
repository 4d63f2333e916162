"""The locations of all libraries, and which of them contain a path."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..models import Library
from ..paths.clean_path import CleanPath, clean_or_none, prefixes
from .similar_locations import nearest_locations


@dataclass(frozen=True, slots=True)
class Match:
    """A path within a library: `path` is spelled as the server spells it, below `location`."""

    library: Library
    location: CleanPath
    path: CleanPath


class LibraryIndex:
    """All locations of a server. A search costs the depth of the path, however many locations there are."""

    def __init__(self, libraries: Iterable[Library]) -> None:
        """Index the locations of the libraries, except those that are not absolute paths."""
        self.libraries = tuple(libraries)
        self._by_key: dict[str, list[tuple[Library, CleanPath]]] = {}
        for library in self.libraries:
            for text in library.locations:
                if location := clean_or_none(text):
                    self._by_key.setdefault(location.key, []).append((library, location))
        self._longest = max(map(len, self._by_key), default=0)

    def match(self, path: CleanPath, only: Iterable[str] = ()) -> tuple[Match, ...]:
        """Return every library with a location above the path, longest location first, each library once.

        `only` restricts this to titles (in any case) or ids.
        """
        wanted = {name.casefold() for name in only}
        found: dict[int, Match] = {}
        for key in prefixes(path, self._longest):
            for library, location in self._by_key.get(key, ()):
                if library.id not in found and _is_wanted(library, wanted):
                    found[library.id] = Match(library, location, _as_server_spells(path, location))
        return tuple(found.values())

    def nearest_location(self, path: CleanPath) -> str | None:
        """Return the locations that are most similar to a path, separated by commas; None if there are none."""
        entries = (entry for entries in self._by_key.values() for entry in entries)
        return ", ".join(nearest_locations(path, entries)) or None

    def locations(self) -> tuple[CleanPath, ...]:
        """Return all locations, each once."""
        return tuple(dict.fromkeys(location for entries in self._by_key.values() for _, location in entries))


def _as_server_spells(path: CleanPath, location: CleanPath) -> CleanPath:
    return path if path.text.startswith(location.text) else path.moved(location, location)


def _is_wanted(library: Library, wanted: set[str]) -> bool:
    return not wanted or str(library.id) in wanted or library.title.casefold() in wanted
