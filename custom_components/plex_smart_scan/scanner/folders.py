"""Which folder to scan: the choice, the ladder above it, and what kind of thing a path names."""

from enum import StrEnum
from typing import Final

from .libraries import Match
from .models import LibraryType
from .paths import CleanPath

VIDEO: Final = frozenset(
    "3g2 3gp asf avi divx dv dvr-ms evo f4v flv m2t m2ts m2v m4v mk3d mkv mov mp4 mpe mpeg mpg mts nsv nuv ogm ogv "
    "qt rm rmvb svq3 tp ts vdr viv vob vp3 wmv wtv xvid webm iso img".split()
)
_AUDIO: Final = frozenset(
    "aac aif aiff alac ape dff dsf flac m4a m4b mka mp2 mp3 mpc oga ogg opus tak wav wma wv".split()
)
_IMAGE: Final = frozenset("bmp gif heic heif jpeg jpg png tbn tif tiff webp avif".split())
_SUBTITLES: Final = frozenset("ass idx smi srt ssa sub sup vtt psb usf".split())
_OTHER_SIDECARS: Final = frozenset("nfo lrc txt xml plexmatch plexignore".split())
_MEDIA_OF: Final = {
    LibraryType.MOVIE: VIDEO,
    LibraryType.SHOW: VIDEO,
    LibraryType.ARTIST: _AUDIO,
    LibraryType.PHOTO: _IMAGE | VIDEO,
}


class Kind(StrEnum):
    """What a path names."""

    MEDIA = "media"
    SIDECAR = "sidecar"
    FOLDER = "folder"
    UNKNOWN = "unknown"  # a name such as "Season.1": only a disk can tell


def kind_of(path: CleanPath, library: LibraryType, *, folder: bool | None = None) -> Kind:
    """Tell what a path names in a library of this type; `folder` is what a disk said, if one was asked."""
    if folder:
        return Kind.FOLDER
    extension = extension_of(path)
    if extension in _MEDIA_OF[library]:
        return Kind.MEDIA
    if extension in _SUBTITLES | _IMAGE | _OTHER_SIDECARS:
        return Kind.SIDECAR
    if folder is None:
        return Kind.UNKNOWN if extension else Kind.FOLDER
    return Kind.MEDIA


def is_media(name: str, library: LibraryType) -> bool:
    """Whether Plex would take a file of this name for an item of a library of this type."""
    return name.rpartition(".")[2].lower() in _MEDIA_OF[library] and not name.startswith(".")


def extension_of(path: CleanPath) -> str:
    """The extension, in lower case, without its dot; "" for a name without one."""
    stem, dot, extension = path.name.rpartition(".")
    return extension.lower() if dot and stem else ""


def folder_of(match: Match, kind: Kind) -> CleanPath:
    """The folder that holds what the path names, never above the location."""
    if kind is Kind.FOLDER or match.path.key == match.location.key:
        return match.path
    return match.path.parent or match.location


def first_folder(match: Match, folder: CleanPath) -> CleanPath:
    """The first folder below the location on the way to `folder`: a show's, a movie's or an artist's, as a rule."""
    below = folder.parts_below(match.location)
    return match.location.join(below[0]) if below else match.location


def ladder(match: Match, folder: CleanPath, *, known: bool) -> tuple[CleanPath | None, ...]:
    """The folders to scan, one after the other, until Plex has the file; None at the end is the whole library.

    A scan of a folder in which Plex knows nothing yet can succeed and still miss it, so such a climb starts at the
    first folder below the location.
    """
    top = first_folder(match, folder)
    rungs: list[CleanPath | None] = [folder] if known else []
    rungs += [top, match.location, None]
    return tuple(dict.fromkeys(rungs))
