"""The rules by which Plex's scanners select files, by names alone. A rule can save a scan; it never overrules Plex.

Sources: Plex's own scanner files `VideoFiles.py`, `AudioFiles.py` and `Filter.py` (public copies of the legacy
scanners), the agent bundle's `localmedia.py`, plexopedia, and users' reports where noted. That the newer, closed
scanners follow the same lists is an assumption. If the sources differ, a file counts as indexed.
"""

from enum import StrEnum
import re
from typing import Final

from ..models import FileState, LibraryType
from ..paths.clean_path import CleanPath
from .extensions import AUDIO, IMAGE, MEDIA_OF, VIDEO

_DISC_IMAGES: Final = frozenset({"iso", "img", "dvdmedia"})  # not played (plexopedia)
_SUBTITLES: Final = frozenset("ass idx smi srt ssa sub sup vtt psb usf".split())
_OTHER_SIDECARS: Final = frozenset("nfo lrc txt xml".split())
_SIDECARS: Final = (
    _SUBTITLES | IMAGE | AUDIO | _OTHER_SIDECARS
)  # theme.mp3 belongs to a show, except in a music library
_SCANNED_AS_VIDEO: Final = frozenset({LibraryType.MOVIE, LibraryType.SHOW})

# VideoFiles.py `ignore_dirs`, matched from the beginning of a folder's name, but not directly below a location (a show
# called "Extras" is scanned). Files in these folders are no items; those in the first ones are no extras either.
_NO_ITEMS_FOLDER: Final = re.compile(r"!?samples?|bdmv|video_ts", re.IGNORECASE)
_EXTRAS_FOLDER: Final = re.compile(
    r"extras?\b|bonus|.*bonus disc|interview.?$|scene.?$|trailer.?$|deleted.?(scene.?)?$|behind.?the.?scenes$"
    r"|featurette.?$|short.?$|other.?$",
    re.IGNORECASE,
)
# VideoFiles.py `ignore_trailers` and `ignore_extras`; localmedia.py treats the same files as extras.
_EXTRA_SUFFIXES: Final = tuple(
    f"-{kind}" for kind in "behindthescenes deleted featurette interview other scene short trailer".split()
)
_SUBTITLE_FOLDERS: Final = frozenset({"sub", "subs", "subtitles"})
# Filter.py, matched from the beginning of a folder's name in every library; "Plex Versions" by users' reports.
_SYSTEM_FOLDER: Final = re.compile(
    r"\.|@eadir|.*_unpack_|.*_failed_|lost\+found|.*\.itlp$|.*\.photoslibrary|@recycle|#recycle|@recently-snapshot"
    r"|plex versions$",
    re.IGNORECASE,
)
_SYSTEM_FOLDER_AT_THE_TOP: Final = re.compile(
    r"\$recycle\.bin|system volume information|temporary items|network trash folder", re.IGNORECASE
)
# VideoFiles.py `ignore_samples`. Older copies also accept a space as a separator; newer ones do not.
_SAMPLE: Final = re.compile(r"[-._]sample|sample[-._]", re.IGNORECASE)
_SAMPLE_SIZE: Final = 300 * 10**6  # bytes; smaller samples are skipped (plexopedia)


class PathKind(StrEnum):
    """What a path names."""

    MEDIA = "media"
    SIDECAR = "sidecar"
    FOLDER = "folder"
    UNKNOWN = "unknown"
    """A name such as "Season.1": only a look at the disk shows what it is."""


def kind_of(
    path: CleanPath, library: LibraryType, *, state: FileState = FileState.UNKNOWN, location: CleanPath | None = None
) -> PathKind:
    """Return what a path names in a library of this type, by its name and by what a disk says (`state`).

    The names of the library's `location` and of the folder directly below it say nothing about their contents.
    """
    if state is FileState.FOLDER:
        return PathKind.FOLDER
    extension = extension_of(path)
    if extension in MEDIA_OF[library]:
        return PathKind.SIDECAR if _is_extra(path, library, location) else PathKind.MEDIA
    if extension in _SIDECARS or (library is LibraryType.ARTIST and extension in VIDEO):
        return PathKind.SIDECAR  # a video beside a track is its music video (RandomNinjaAtk/docker-amvd#29)
    if path.name.lower() in {".plexmatch", ".plexignore"}:
        return PathKind.SIDECAR
    if not state.exists:
        return PathKind.UNKNOWN if extension else PathKind.FOLDER
    return PathKind.MEDIA


def is_indexed(path: CleanPath, location: CleanPath, library: LibraryType, size: int | None = None) -> bool:
    """Return whether Plex would create an item for this file, of `size` bytes if that is known."""
    folders = path.parts_below(location)[:-1] if path.is_below(location) else ()
    if not folders_are_scanned(folders, library):
        return False
    return is_media(path.name, library, _SAMPLE_SIZE if size is None else size)


def folders_are_scanned(folders: tuple[str, ...], library: LibraryType) -> bool:
    """Return whether Plex looks for items below these folders, the first of which is directly below the location."""
    if not folders:
        return True
    first, *others = folders
    if is_system_folder(first) or _SYSTEM_FOLDER_AT_THE_TOP.match(first):
        return False
    return all(may_contain_items(name, library) for name in others)


def is_system_folder(name: str) -> bool:
    """Return whether Plex skips folders of this name everywhere: hidden ones, a NAS's own, unfinished downloads."""
    return _SYSTEM_FOLDER.match(name) is not None


def is_media(name: str, library: LibraryType, size: int) -> bool:
    """Return whether Plex would create an item for a file of this name and size (bytes) in a library of this type.

    It skips empty files (Filter.py).
    """
    if not size or not may_be_media(name, library):
        return False
    if extension_in(name) in _DISC_IMAGES:
        return False
    if library not in _SCANNED_AS_VIDEO:
        return True
    return not _is_extra_file(name) and not (size < _SAMPLE_SIZE and _SAMPLE.search(name))


def may_be_media(name: str, library: LibraryType) -> bool:
    """Return whether a file of this name can be an item; it is not if it is a sample or an extra."""
    stem, _, extension = name.lower().rpartition(".")
    return bool(stem) and not name.startswith(".") and extension in MEDIA_OF[library]


def may_contain_items(folder: str, library: LibraryType) -> bool:
    """Return whether Plex looks for items in a folder of this name that is not directly below the location."""
    if is_system_folder(folder):
        return False
    return library not in _SCANNED_AS_VIDEO or not (_NO_ITEMS_FOLDER.match(folder) or is_extras_folder(folder))


def is_extras_folder(name: str) -> bool:
    """Return whether a folder of this name, not directly below a location, contains extras of the item above it.

    localmedia.py matches the beginning of a name ("Other People (2016)" too), but the scanner reads what VideoFiles.py
    does not skip: only a folder that is skipped contains nothing but extras.
    """
    return _EXTRAS_FOLDER.match(name) is not None


def is_subtitle_folder(name: str) -> bool:
    """Return whether a folder of this name contains subtitles of the item above it."""
    return name.lower() in _SUBTITLE_FOLDERS


def _is_extra(path: CleanPath, library: LibraryType, location: CleanPath | None) -> bool:
    """Return whether a video is an extra, such as a trailer: no look-up of items finds it."""
    if library not in _SCANNED_AS_VIDEO:
        return False
    if _is_extra_file(path.name):
        return True
    if location is not None and path.is_below(location):
        return any(map(is_extras_folder, path.parts_below(location)[1:-1]))
    return path.parent is not None and is_extras_folder(path.parent.name)


def _is_extra_file(name: str) -> bool:
    stem = name.lower().rpartition(".")[0]
    return stem == "trailer" or stem.startswith("movie-trailer") or stem.endswith(_EXTRA_SUFFIXES)


def extension_of(path: CleanPath) -> str:
    """Return the extension of the path's name in lower case; "" if there is none, as in `Dr. Who`."""
    return extension_in(path.name)


def extension_in(name: str) -> str:
    """Return the extension in lower case, without its dot; "" if there is none, as in `Dr. Who`."""
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem and " " not in extension else ""
