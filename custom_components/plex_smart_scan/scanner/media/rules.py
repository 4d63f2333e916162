"""Which folder to scan: the choice, the ladder above it, and what kind of thing a path names."""

from enum import StrEnum
from typing import Final

from ..libraries.index import Match
from ..models import LibraryType
from ..paths.clean_path import CleanPath
from .extensions import AUDIO, IMAGE, MEDIA_OF, VIDEO  # noqa: F401 - part of the rules

_DISC_IMAGES: Final = frozenset({"iso", "img"})  # videos that Plex passes over (plexopedia)
_SUBTITLES: Final = frozenset("ass idx smi srt ssa sub sup vtt psb usf".split())
_OTHER_SIDECARS: Final = frozenset("nfo lrc txt xml".split())
_SIDECARS: Final = _SUBTITLES | IMAGE | AUDIO | _OTHER_SIDECARS  # theme.mp3 is a show's, unless all of it is music


# Local extras belong to an item and are none themselves (plexopedia, "local trailers and extras").
_EXTRA_FOLDERS: Final = frozenset(
    {
        "behind the scenes",
        "bonus",
        "deleted scenes",
        "extras",
        "featurettes",
        "interviews",
        "other",
        "scenes",
        "shorts",
        "trailers",
    }
)
_SUBTITLE_FOLDERS: Final = frozenset({"sub", "subs", "subtitles"})
_PASSED_OVER: Final = frozenset({"sample", "samples", "bdmv", "video_ts"})  # folders that are part of no item
_EXTRA_SUFFIXES: Final = tuple(
    f"-{kind}" for kind in "behindthescenes deleted featurette interview other scene short trailer".split()
)
_SAMPLE_SIZE: Final = 300 * 10**6  # bytes; smaller files with "sample" in their name are skipped


class PathKind(StrEnum):
    """What a path names."""

    MEDIA = "media"
    SIDECAR = "sidecar"
    FOLDER = "folder"
    UNKNOWN = "unknown"  # a name such as "Season.1": only a disk can tell


def kind_of(
    path: CleanPath, library: LibraryType, *, folder: bool | None = None, location: CleanPath | None = None
) -> PathKind:
    """Tell what a path names in a library of this type; `folder` is what a disk said, if one was asked.

    The name of the library's `location` says nothing: a library of shorts may lie in `/media/Shorts`.
    """
    if folder:
        return PathKind.FOLDER
    extension = extension_of(path)
    if extension in MEDIA_OF[library]:
        return PathKind.SIDECAR if _is_extra(path, library, location) else PathKind.MEDIA
    if extension in _SIDECARS or path.name.lower() in {".plexmatch", ".plexignore"}:
        return PathKind.SIDECAR
    if folder is None:
        return PathKind.UNKNOWN if extension else PathKind.FOLDER
    return PathKind.MEDIA


def is_media(name: str, library: LibraryType, size: int) -> bool:
    """Whether Plex would make an item of a file of this name and size (bytes) in a library of this type."""
    if not may_be_media(name, library):
        return False
    stem, _, extension = name.lower().rpartition(".")
    if extension in _DISC_IMAGES:
        return False
    if library in {LibraryType.ARTIST, LibraryType.PHOTO}:
        return True
    return not stem.endswith(_EXTRA_SUFFIXES) and not ("sample" in stem and size < _SAMPLE_SIZE)


def may_be_media(name: str, library: LibraryType) -> bool:
    """Whether a file of this name could be an item: it is none if it is a sample or an extra."""
    stem, _, extension = name.lower().rpartition(".")
    return bool(stem) and not name.startswith(".") and extension in MEDIA_OF[library]


def holds_items(folder: str, library: LibraryType) -> bool:
    """Whether Plex looks for items in a folder of this name: not in hidden ones, nor in those of local extras."""
    if folder.startswith("."):
        return False
    return library in {LibraryType.ARTIST, LibraryType.PHOTO} or folder.lower() not in _EXTRA_FOLDERS | _PASSED_OVER


def _is_extra(path: CleanPath, library: LibraryType, location: CleanPath | None) -> bool:
    """Whether a video is a trailer or the like: it hangs on an item, and no look-up of items ever finds it."""
    if library in {LibraryType.ARTIST, LibraryType.PHOTO}:
        return False
    folder = path.parent
    in_extras = folder is not None and folder != location and folder.name.lower() in _EXTRA_FOLDERS
    return in_extras or path.name.lower().rpartition(".")[0].endswith(_EXTRA_SUFFIXES)


def extension_of(path: CleanPath) -> str:
    """The extension, in lower case, without its dot; "" for a name without one, such as `Dr. Who`."""
    stem, dot, extension = path.name.rpartition(".")
    return extension.lower() if dot and stem and " " not in extension else ""


def folder_of(match: Match, kind: PathKind) -> CleanPath:
    """The folder that holds what the path names, or the item that it belongs to; never above the location."""
    if kind is PathKind.FOLDER or match.path.key == match.location.key:
        return match.path
    folder = match.path.parent or match.location
    if (
        kind is PathKind.SIDECAR
        and folder.key != match.location.key
        and not _may_be_home(folder.name, match.library.type)
    ):
        return folder.parent or folder
    return folder


def _may_be_home(folder: str, library: LibraryType) -> bool:
    """Whether what a sidecar file belongs to may lie in a folder of this name, and not only above it."""
    return holds_items(folder, library) and (library is LibraryType.PHOTO or folder.lower() not in _SUBTITLE_FOLDERS)


def first_folder(match: Match, folder: CleanPath) -> CleanPath:
    """The first folder below the location on the way to `folder`: a show's, a movie's or an artist's, as a rule."""
    below = folder.parts_below(match.location)
    return match.location.join(below[0]) if below else match.location


def is_near(match: Match, folder: CleanPath) -> bool:
    """Whether a folder is the location or directly below it: the climb starts there, known to Plex or not."""
    return folder.key in {first_folder(match, folder).key, match.location.key}


def ladder(match: Match, folder: CleanPath, *, known: bool) -> tuple[CleanPath | None, ...]:
    """The folders to scan, one after the other, until Plex has the file; None at the end is the whole library.

    A scan of a folder in which Plex knows nothing yet can succeed and still miss it, so such a climb starts at the
    first folder below the location.
    """
    top = first_folder(match, folder)
    rungs: list[CleanPath | None] = [folder] if known else []
    rungs += [top, match.location, None]
    return tuple(dict.fromkeys(rungs))
