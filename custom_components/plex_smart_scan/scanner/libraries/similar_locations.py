"""The locations that are most similar to a path that is in no library."""

from collections.abc import Iterable
from itertools import pairwise, takewhile
import re
from typing import Final

from ..media.extensions import MEDIA_OF, VIDEO
from ..models import Library, LibraryType
from ..paths.clean_path import CleanPath

_COMPARED: Final = 200  # characters at the beginning of a path
_MAX_LOCATIONS: Final = 5  # in the result
_ALIKE: Final = 0.5  # minimum share of a location's last name that occurs in the path
_EPISODE: Final = re.compile(
    r"\bs\d{1,4}[ ._-]?e\d|\b\d{1,2}x\d{2}\b|/(?:season|staffel|saison|temporada) ?\d", re.IGNORECASE
)


def nearest_locations(path: CleanPath, entries: Iterable[tuple[Library, CleanPath]]) -> tuple[str, ...]:
    """Return the locations that fit a path best, at most five if several fit equally well.

    Criteria in this order: the library type accepts such a file; the platform; the common folders from the top; an
    episode belongs to a show; and how much of the location's own name occurs in the path.
    """
    extension = path.key.rpartition("/")[2].rpartition(".")[2].lower()
    accepts = {kind: int(extension in MEDIA_OF[kind]) for kind in LibraryType}
    if extension in VIDEO:
        accepts[LibraryType.PHOTO] = 0  # it accepts videos, but they are rarely what it is for
    episode = bool(_EPISODE.search(path.key[-_COMPARED:]))
    folders, bigrams = path.key.split("/"), _bigrams(path.key)
    fits: dict[str, tuple[float, ...]] = {}
    for library, location in entries:
        alike = location.flavour is path.flavour
        shared = _common_folders(folders, location) if alike else 0
        belongs = episode and library.type is LibraryType.SHOW
        fit = accepts[library.type], alike, shared, belongs, *_likeness(location, bigrams)
        fits[location.text] = max(fit, fits.get(location.text, fit))
    best = max(fits.values(), default=())
    return tuple(text for text, fit in fits.items() if fit == best)[:_MAX_LOCATIONS]


def _likeness(location: CleanPath, bigrams: set[tuple[str, str]]) -> tuple[float, int]:
    """Return how much of a location's last name occurs in the path, as a share and as a number of bigrams."""
    theirs = _bigrams(location.key.rpartition("/")[2])
    same = len(bigrams & theirs)
    share = same / len(theirs) if theirs else 0.0
    return (share, same) if share >= _ALIKE else (0.0, 0)


def _common_folders(folders: Iterable[str], location: CleanPath) -> int:
    """Return how many folders from the top a location has in common with a path."""
    same = zip(folders, location.key.split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], same))


def _bigrams(key: str) -> set[tuple[str, str]]:
    """Return the pairs of adjacent letters of a key."""
    return set(pairwise(key[:_COMPARED].casefold()))
