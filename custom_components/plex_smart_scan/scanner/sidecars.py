"""Files beside a film: subtitles, artwork, nfo. Plex has no Part for them; it reads them with their item's metadata."""

from collections.abc import Sequence
from typing import Final

from .duplicates import alive
from .models import MediaFile
from .paths import CleanPath, InvalidPathError, clean

MOST_ITEMS: Final = 5  # a poster.jpg in a season's folder is no reason to refresh a hundred episodes


def items_beside(sidecar: CleanPath, listed: Sequence[MediaFile]) -> tuple[int, ...]:
    """The rating keys of the items that a sidecar file belongs to, of those that Plex lists in and below its folder.

    `Film (2020).en.srt` belongs to the file of that name. `poster.jpg` belongs to whatever has the folder: the film,
    the album, the season, or the show.
    """
    folder = sidecar.parent
    if folder is None:
        return ()
    near: list[MediaFile] = []
    for file in alive(listed):
        try:
            path = clean(file.file)
        except InvalidPathError:
            continue
        if path.parent == folder:
            stem = path.name.rpartition(".")[0]
            if sidecar.name.startswith(stem):
                return _keys([other.rating_key for other in alive(listed) if other.file == file.file])
            near.append(file)
    if near:
        return _keys([file.rating_key if file.type == "movie" else file.parent_key for file in near])
    return _keys([_top(file) for file in alive(listed)])


def _top(file: MediaFile) -> int | None:
    """The movie, the show or the artist of a file."""
    return file.grandparent_key or file.parent_key or file.rating_key


def _keys(found: Sequence[int | None]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(key for key in found if key is not None))[:MOST_ITEMS]
