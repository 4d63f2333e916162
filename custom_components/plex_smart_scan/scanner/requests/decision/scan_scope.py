"""Which folder is scanned for a request, and the wider scopes above it."""

from enum import StrEnum

from ...libraries.index import Match
from ...media.naming_rules import PathKind, is_subtitle_folder, may_contain_items
from ...models import LibraryType
from ...paths.clean_path import CleanPath


class ScanScope(StrEnum):
    """How wide a scan is, from narrow to wide."""

    FOLDER = "folder"
    FIRST_LEVEL_FOLDER = "first_level_folder"
    """The folder directly below the location: usually of a show, a movie or an artist."""
    LOCATION = "location"
    LIBRARY = "library"


def folder_of(match: Match, kind: PathKind) -> CleanPath:
    """Return the folder of the path, or of the item that a sidecar file belongs to; never above the location."""
    if kind is PathKind.FOLDER or match.path.key == match.location.key:
        return match.path
    folder = match.path.parent or match.location
    if kind is PathKind.SIDECAR:
        below = folder.parts_below(match.location)
        for depth, name in enumerate(below):
            # A folder of extras can contain further folders; the item is above all of them.
            if depth and not _may_be_home(name, match.library.type):
                return match.location.join(*below[:depth])
    return folder


def _may_be_home(folder: str, library: LibraryType) -> bool:
    """Whether the item of a sidecar file can be in a folder of this name, rather than above it."""
    return may_contain_items(folder, library) and (library is LibraryType.PHOTO or not is_subtitle_folder(folder))


def first_level_folder(match: Match, folder: CleanPath) -> CleanPath:
    """Return the first-level folder that contains `folder`, or the location itself."""
    below = folder.parts_below(match.location)
    return match.location.join(below[0]) if below else match.location


def folder_at(match: Match, folder: CleanPath, scope: ScanScope) -> CleanPath | None:
    """Return the folder to scan at a scope for something in `folder`; None for the whole library."""
    if scope is ScanScope.LIBRARY:
        return None
    if scope is ScanScope.LOCATION:
        return match.location
    return first_level_folder(match, folder) if scope is ScanScope.FIRST_LEVEL_FOLDER else folder


def wider(match: Match, folder: CleanPath, scanned: CleanPath | None) -> ScanScope | None:
    """Return the narrowest scope for something in `folder` that scans a parent folder of the scanned one.

    None if there is none up to the location, or if the whole library was scanned (None).
    """
    for above in (ScanScope.FIRST_LEVEL_FOLDER, ScanScope.LOCATION):
        wide = folder_at(match, folder, above)
        if scanned is not None and wide is not None and len(wide.key) < len(scanned.key):
            return ScanScope.LOCATION if wide.key == match.location.key else above
    return None
