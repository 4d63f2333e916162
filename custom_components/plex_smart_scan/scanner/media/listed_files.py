"""Which listed files a look-up is for: their paths are compared, since Plex only filters by a text."""

from collections.abc import Callable
from typing import Final

from ..models import LEAF_TYPES, Library, LibraryType, MediaFile
from ..paths.clean_path import CleanPath, clean_or_none
from .extensions import VIDEO
from .naming_rules import extension_of
from .sidecars import beside

_CLIP: Final = 12  # Plex's type of a video in a photo library


def item_types(library: Library, path: CleanPath | None = None) -> tuple[int, ...]:
    """Return Plex's types of the items that can belong to a file: a photo library contains videos, too."""
    leaf = LEAF_TYPES[library.type]
    if library.type is not LibraryType.PHOTO:
        return (leaf,)
    if path is None:
        return leaf, _CLIP
    return (_CLIP,) if extension_of(path) in VIDEO else (leaf,)


def file_key(file: MediaFile) -> str:
    """Return the key to compare the path of a listed file by."""
    path = clean_or_none(file.file)
    return path.key if path else file.file


def is_at(path: CleanPath) -> Callable[[MediaFile], bool]:
    """Return a predicate: whether a listed file is at this path."""
    return lambda file: file_key(file) == path.key


def is_below(folder: CleanPath) -> Callable[[MediaFile], bool]:
    """Return a predicate: whether a listed file is in or below this folder."""

    def is_file_below(file: MediaFile) -> bool:
        path = clean_or_none(file.file)
        return path is not None and path.is_below(folder)

    return is_file_below


def is_beside(folder: CleanPath) -> Callable[[MediaFile], bool]:
    """Return a predicate: whether a listed file is directly in this folder."""
    return lambda file: beside(folder, file) is not None
