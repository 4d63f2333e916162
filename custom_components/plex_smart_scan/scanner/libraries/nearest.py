"""Which locations look most like a path that is in no library, for a person to compare."""

from collections.abc import Iterable
from itertools import pairwise, takewhile
import re
from typing import Final

from ..media.extensions import MEDIA_OF, VIDEO
from ..models import Library, LibraryType
from ..paths.clean_path import CleanPath

_COMPARED: Final = 200  # characters: what a path has in common with a location stands at its beginning
_MAX_LOCATIONS: Final = 5  # locations that are named
_ALIKE: Final = 0.5  # share of a location's last name that has to occur in the path for the name to count
_EPISODE: Final = re.compile(
    r"\bs\d{1,4}[ ._-]?e\d|\b\d{1,2}x\d{2}\b|/(?:season|staffel|saison|temporada) ?\d", re.IGNORECASE
)


def nearest_locations(path: CleanPath, entries: Iterable[tuple[Library, CleanPath]]) -> tuple[str, ...]:
    """Return the locations that fit a path best; several when nothing tells them apart, at most five.

    What counts, in this order: that the library's type takes such a file; the platform; the folders in common from the
    top; that an episode belongs to a show; and how much of the location's own name occurs in the path.
    """
    extension = path.key.rpartition("/")[2].rpartition(".")[2].lower()
    takes = {kind: int(extension in MEDIA_OF[kind]) for kind in LibraryType}
    if extension in VIDEO:
        takes[LibraryType.PHOTO] = 0  # it would take a video, but that is seldom what it is for
    episode = bool(_EPISODE.search(path.key[-_COMPARED:]))
    folders, bigrams = path.key.split("/"), _bigrams(path.key)
    fits: dict[str, tuple[float, ...]] = {}
    for library, location in entries:
        alike = location.flavour is path.flavour
        shared = _common_folders(folders, location) if alike else 0
        belongs = episode and library.type is LibraryType.SHOW
        fit = takes[library.type], alike, shared, belongs, *_likeness(location, bigrams)
        fits[location.text] = max(fit, fits.get(location.text, fit))
    best = max(fits.values(), default=())
    return tuple(text for text, fit in fits.items() if fit == best)[:_MAX_LOCATIONS]


def _likeness(location: CleanPath, bigrams: set[tuple[str, str]]) -> tuple[float, int]:
    """How much of a location's last name occurs in the path, as a share and in pairs of letters."""
    theirs = _bigrams(location.key.rpartition("/")[2])
    same = len(bigrams & theirs)
    share = same / len(theirs) if theirs else 0.0
    return (share, same) if share >= _ALIKE else (0.0, 0)


def _common_folders(folders: Iterable[str], location: CleanPath) -> int:
    """How many folders from the top a location has in common with a path."""
    same = zip(folders, location.key.split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], same))


def _bigrams(key: str) -> set[tuple[str, str]]:
    """The letters of a key, two by two: what two texts have in common of them tells how alike they are."""
    return set(pairwise(key[:_COMPARED].casefold()))
