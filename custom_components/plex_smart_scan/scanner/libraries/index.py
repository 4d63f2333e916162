"""Which libraries a path belongs to, and what to tell somebody whose path belongs to none."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Final

from ..models import Library
from ..paths.clean_path import CleanPath, cleaned, prefixes

_COMPARED: Final = 200  # characters: what a path has in common with a location stands at its beginning


@dataclass(frozen=True, slots=True)
class Match:
    """A path within a library: `path` is spelt as the server spells it, below `location`."""

    library: Library
    location: CleanPath
    path: CleanPath


class LibraryIndex:
    """All locations of a server. A look-up costs the depth of the path, however many locations there are."""

    def __init__(self, libraries: Iterable[Library]) -> None:
        """Index the libraries' locations; one that is no absolute path is left out."""
        self.libraries = tuple(libraries)
        self._by_key: dict[str, list[tuple[Library, CleanPath]]] = {}
        for library in self.libraries:
            for text in library.locations:
                if location := cleaned(text):
                    self._by_key.setdefault(location.key, []).append((library, location))
        self._longest = max(map(len, self._by_key), default=0)

    def match(self, path: CleanPath, only: Iterable[str] = ()) -> tuple[Match, ...]:
        """Every library with a location above the path, longest location first, each library once.

        `only` restricts to these titles (in any case) or ids.
        """
        wanted = {name.casefold() for name in only}
        found: dict[int, Match] = {}
        for key in prefixes(path, self._longest):
            for library, location in self._by_key.get(key, ()):
                if library.id not in found and _is_wanted(library, wanted):
                    found[library.id] = Match(library, location, _as_server_spells(path, location))
        return tuple(found.values())

    def nearest_location(self, path: CleanPath) -> str | None:
        """The location that looks most like the path, for a person to compare; None without any location.

        That is the one with the most folders in common from the top, and of those the one that is most found in it.
        """
        folders, letters = path.key.split("/"), _pairs(path.key)
        best, most = None, (-1, 0.0)
        for location in self.locations():
            shared = _shared(folders, location) if location.flavour is path.flavour else 0
            if shared < most[0]:
                continue
            theirs = _pairs(location.key)
            likeness = shared, len(letters & theirs) / max(len(theirs), 1)
            if likeness > most:
                best, most = location.text, likeness
        return best

    def locations(self) -> tuple[CleanPath, ...]:
        """All locations, each once."""
        return tuple(dict.fromkeys(location for entries in self._by_key.values() for _, location in entries))


def _shared(folders: Iterable[str], location: CleanPath) -> int:
    """How many folders from the top a location has in common with a path."""
    same = zip(folders, location.key.split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], same))


def _pairs(key: str) -> set[tuple[str, str]]:
    """The letters of a key, two by two: what two texts have in common of them tells how alike they are."""
    return set(pairwise(key[:_COMPARED]))


def _as_server_spells(path: CleanPath, location: CleanPath) -> CleanPath:
    return path if path.text.startswith(location.text) else path.moved(location, location)


def _is_wanted(library: Library, wanted: set[str]) -> bool:
    return not wanted or str(library.id) in wanted or library.title.casefold() in wanted
