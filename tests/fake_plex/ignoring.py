"""What Plex's scanners pass over: dot names, .plexignore, samples, extras, disc images."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
import re

SAMPLE_LIMIT = 300 * 1024 * 1024
VIDEO_EXTENSIONS = frozenset(
    {"3gp", "asf", "avi", "divx", "flv", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "ogm", "ogv"}
    | {"rmvb", "ts", "vob", "webm", "wmv", "wtv"}
)
AUDIO_EXTENSIONS = frozenset(
    {"aac", "aif", "aiff", "alac", "ape", "flac", "m4a", "m4b", "mka", "mp3", "ogg", "opus", "wav", "wma"}
)
PHOTO_EXTENSIONS = frozenset({"bmp", "gif", "heic", "jpeg", "jpg", "png", "tif", "tiff", "webp"})

_SYSTEM_FOLDERS = frozenset({"@eadir", "#recycle", "$recycle.bin", "lost+found", "system volume information"})
_EXTRAS_FOLDER = re.compile(
    r"extras?|samples?|bonus|bonus discs?|bdmv|video_ts|interviews?|scenes?|trailers?"
    r"|deleted(.?scenes?)?|behind.?the.?scenes|featurettes?|shorts?|other|.*\.dvdmedia",
    re.IGNORECASE,
)
_EXTRAS_SUFFIX = re.compile(
    r"-(trailer|deleted|behindthescenes|interview|scene|featurette|short|other)$", re.IGNORECASE
)
_SAMPLE = re.compile(r"(^|[-._ ])sample([-._ ]|$)", re.IGNORECASE)


@dataclass(slots=True, frozen=True)
class IgnoreRules:
    """The .plexignore patterns in force in a folder, each with the names leading to it."""

    patterns: tuple[tuple[tuple[str, ...], str], ...] = ()

    def within(self, folder: Path, names: tuple[str, ...]) -> IgnoreRules:
        """Return the rules with those of the folder's own .plexignore added."""
        try:
            lines = (folder / ".plexignore").read_text(encoding="utf-8").splitlines()
        except OSError:
            return self
        own = tuple((names, line.strip()) for line in lines if line.strip() and not line.startswith("#"))
        return IgnoreRules(self.patterns + own)

    def match(self, names: tuple[str, ...]) -> bool:
        """Whether a file or folder is ignored; a pattern without a slash is for the name alone."""
        for base, pattern in self.patterns:
            relative = "/".join(names[len(base) :])
            if fnmatchcase(relative, pattern.lstrip("/")):
                return True
            if "/" not in pattern and fnmatchcase(names[-1], pattern):
                return True
            if pattern.endswith("/*") and relative == pattern[:-2].lstrip("/"):
                return True
        return False


def ignored_folder(name: str, library_type: str) -> bool:
    """Whether a folder is never listed, whatever .plexignore says."""
    if name.startswith(".") or name.casefold() in _SYSTEM_FOLDERS:
        return True
    return library_type in {"movie", "show"} and _EXTRAS_FOLDER.fullmatch(name) is not None


def ignored_file(name: str, size: int, library_type: str) -> bool:
    """Whether a media file is passed over: dot names, small samples, local extras."""
    if name.startswith("."):
        return True
    if library_type not in {"movie", "show"}:
        return False
    stem = name.rpartition(".")[0] or name
    if _SAMPLE.search(stem) and size < SAMPLE_LIMIT:
        return True
    return _EXTRAS_SUFFIX.search(stem) is not None or stem.casefold() in {"trailer", "movie-trailer"}
