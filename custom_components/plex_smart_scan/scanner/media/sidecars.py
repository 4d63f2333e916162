"""Files beside a film: subtitles, artwork, nfo. Plex has no Part for them; it reads them with their item's metadata."""

from collections.abc import Callable, Sequence
from typing import Final

from ..models import MediaFile
from ..paths.clean_path import CleanPath, clean_or_none
from .freshness import not_trashed

MAX_ITEMS: Final = 5  # a poster.jpg in a season's folder is no reason to refresh a hundred episodes
_SEPARATORS: Final = ".-_"  # before a sidecar's language, its kind or its extension
_MAX_STEMS: Final = 4  # to ask for: `Film.en.forced.sdh.srt`


def items_of_sidecar(sidecar: CleanPath, folder: CleanPath, listed: Sequence[MediaFile]) -> tuple[int, ...]:
    """The rating keys of the items that a sidecar file belongs to, of those that Plex lists in and below `folder`.

    That is the file's own folder, or the one above its `Trailers` or `Subs`. `Film (2020).en.srt` belongs to the file
    of that name. `poster.jpg` belongs to whatever has the folder: the film, the album, the season, or the show.
    """
    near = [(path, file) for file in not_trashed(listed) if (path := beside(folder, file)) is not None]
    # `Film.2.en.srt` is named after `Film.2.mkv`, and not after `Film.mkv` beside it.
    if named_after := max(filter(_is_prefix_of(sidecar), (_stem(path) for path, _ in near)), key=len, default=""):
        return _keys([file.rating_key for path, file in near if _stem(path) == named_after])
    if near:
        return _keys([file.rating_key if file.type == "movie" else file.parent_key for _, file in near])
    return _keys([file.grandparent_key or file.parent_key for file in not_trashed(listed)])


def candidate_stems(sidecar: CleanPath) -> tuple[str, ...]:
    """The names without extension, as spelt and longest first, that the file may have which a sidecar belongs to."""
    name = sidecar.name
    ends = [end for end, letter in enumerate(name) if letter in _SEPARATORS and name[:end].strip()]
    return tuple(name[:end] for end in reversed(ends))[:_MAX_STEMS]


def beside(folder: CleanPath, file: MediaFile) -> CleanPath | None:
    """The path of a listed file if it lies in the folder itself."""
    path = clean_or_none(file.file)
    return path if path and path.parent is not None and path.parent.key == folder.key else None


def _stem(path: CleanPath) -> str:
    """The name without its extension, for comparison."""
    return path.key.rpartition("/")[2].rpartition(".")[0]


def _is_prefix_of(sidecar: CleanPath) -> Callable[[str], bool]:
    """Whether a stem begins the sidecar's name, which goes on with a language, a kind or its extension."""
    name = sidecar.key.rpartition("/")[2]
    return lambda stem: name.startswith(tuple(stem + separator for separator in _SEPARATORS))


def _keys(found: Sequence[int | None]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(key for key in found if key is not None))[:MAX_ITEMS]
