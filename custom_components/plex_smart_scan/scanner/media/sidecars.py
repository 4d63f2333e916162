"""Sidecar files: subtitles, artwork, nfo. Plex has no Part for them; it reads them when their item is refreshed."""

from collections.abc import Callable, Sequence
from typing import Final

from ..models import MediaFile
from ..paths.clean_path import CleanPath, clean_or_none
from .up_to_date import not_trashed

MAX_REFRESHED_ITEMS: Final = 5  # a poster.jpg in a season's folder does not justify refreshing a hundred episodes
_SEPARATORS: Final = ".-_"  # before the language, the kind or the extension
_MAX_STEMS: Final = 4  # such as for `Film.en.forced.sdh.srt`


def items_of_sidecar(sidecar: CleanPath, folder: CleanPath, listed: Sequence[MediaFile]) -> tuple[int, ...]:
    """Return the rating keys of the items that a sidecar file belongs to, among those listed in and below `folder`.

    `folder` is the file's own folder, or the one above its `Trailers` or `Subs`. `Film (2020).en.srt` belongs to the
    file of that name, `poster.jpg` to the owner of the folder: the movie, the album, the season, or the show.
    """
    near = [(path, file) for file in not_trashed(listed) if (path := beside(folder, file)) is not None]
    # The longest stem decides: `Film.2.en.srt` belongs to `Film.2.mkv`, not to `Film.mkv`.
    if named_after := max(filter(_is_prefix_of(sidecar), (_stem(path) for path, _ in near)), key=len, default=""):
        return _keys([file.rating_key for path, file in near if _stem(path) == named_after])
    if near:
        return _keys([file.rating_key if file.type == "movie" else file.parent_key for _, file in near])
    return _keys([file.grandparent_key or file.parent_key for file in not_trashed(listed)])


def candidate_stems(sidecar: CleanPath) -> tuple[str, ...]:
    """Return the file names without extension that a sidecar file may be named after, longest first."""
    name = sidecar.name
    ends = [end for end, letter in enumerate(name) if letter in _SEPARATORS and name[:end].strip()]
    return tuple(name[:end] for end in reversed(ends))[:_MAX_STEMS]


def beside(folder: CleanPath, file: MediaFile) -> CleanPath | None:
    """Return the path of a listed file if it is directly in the folder."""
    path = clean_or_none(file.file)
    return path if path and path.parent is not None and path.parent.key == folder.key else None


def _stem(path: CleanPath) -> str:
    """Return the name without its extension, for comparison."""
    return path.key.rpartition("/")[2].rpartition(".")[0]


def _is_prefix_of(sidecar: CleanPath) -> Callable[[str], bool]:
    """Return a predicate: whether the sidecar's name begins with a stem and a separator."""
    name = sidecar.key.rpartition("/")[2]
    return lambda stem: name.startswith(tuple(stem + separator for separator in _SEPARATORS))


def _keys(found: Sequence[int | None]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(key for key in found if key is not None))[:MAX_REFRESHED_ITEMS]
