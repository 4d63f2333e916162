"""Which folder a request is about, and the wider ones above it that may be scanned instead."""

from enum import StrEnum

from ...libraries.index import Match
from ...media.rules import PathKind, holds_items, is_subtitle_folder
from ...models import LibraryType
from ...paths.clean_path import CleanPath


class Rung(StrEnum):
    """How wide a scan is, from narrow to wide."""

    FOLDER = "folder"
    FIRST_FOLDER = "first_folder"  # directly below the location: a show's, a movie's or an artist's, as a rule
    LOCATION = "location"
    LIBRARY = "library"


def folder_of(match: Match, kind: PathKind) -> CleanPath:
    """Return the folder of what the path names, or of the item that a sidecar file belongs to.

    It is never above the location.
    """
    if kind is PathKind.FOLDER or match.path.key == match.location.key:
        return match.path
    folder = match.path.parent or match.location
    if kind is PathKind.SIDECAR:
        below = folder.parts_below(match.location)
        for depth, name in enumerate(below):
            # Folders of extras may hold further folders, which are no more the item's than they are.
            if depth and not _may_be_home(name, match.library.type):
                return match.location.join(*below[:depth])
    return folder


def _may_be_home(folder: str, library: LibraryType) -> bool:
    """Whether the item that a sidecar file belongs to may lie in a folder of this name, and not only above it."""
    return holds_items(folder, library) and (library is LibraryType.PHOTO or not is_subtitle_folder(folder))


def first_folder(match: Match, folder: CleanPath) -> CleanPath:
    """Return the first folder below the location on the way to `folder`, or the location itself."""
    below = folder.parts_below(match.location)
    return match.location.join(below[0]) if below else match.location


def folder_at(match: Match, folder: CleanPath, rung: Rung) -> CleanPath | None:
    """Return what is scanned at a rung for something in `folder`; None for the whole library."""
    if rung is Rung.LIBRARY:
        return None
    if rung is Rung.LOCATION:
        return match.location
    return first_folder(match, folder) if rung is Rung.FIRST_FOLDER else folder


def wider(match: Match, folder: CleanPath, rung: Rung) -> Rung | None:
    """Return the next wider rung that scans another folder; None above the location."""
    scanned = folder_at(match, folder, rung)
    for above in (Rung.FIRST_FOLDER, Rung.LOCATION):
        wide = folder_at(match, folder, above)
        if scanned is not None and wide is not None and len(wide.key) < len(scanned.key):
            return above
    return None
