"""What Plex's scanners ignore: hidden and system names, .plexignore, samples, extras, disc structures."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
import re

from tests.fake_plex.extras import suffix_kind

SAMPLE_LIMIT = 300 * 1024 * 1024

# Filter.py, matched from the beginning of a folder's name without regard to case. "Plex Versions" holds what Plex
# converted itself; users see that it is never scanned.
_SYSTEM_FOLDER = re.compile(
    r"@eadir|.*_unpack_.*|.*_failed_.*|\..*|lost\+found|.*\.itlp$|@recycle|.*\.photoslibrary|#recycle"
    r"|@recently-snapshot|plex versions$",
    re.IGNORECASE,
)
_SYSTEM_FOLDER_AT_THE_TOP = re.compile(
    r"\$recycle\.bin|system volume information|temporary items|network trash folder", re.IGNORECASE
)
# VideoFiles.py, matched from the beginning too, and nowhere directly below a location.
_EXTRAS_FOLDER = re.compile(
    r"\bextras?\b|!?samples?|bonus|.*bonus disc.*|bdmv|video_ts|interview.?$|scene.?$|trailer.?$"
    r"|deleted.?(scene.?)?$|behind.?the.?scenes$|featurette.?$|short.?$|other.?$",
    re.IGNORECASE,
)
# The copies of VideoFiles.py differ in the blank; the stricter one is taken.
_SAMPLE = re.compile(r"[-._ ]sample|sample[-._ ]", re.IGNORECASE)


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


def ignored_folder(name: str, library_type: str, *, at_the_top: bool = False) -> bool:
    """Whether a folder is never listed, whatever .plexignore says; `at_the_top`: directly below a location."""
    if _SYSTEM_FOLDER.match(name):
        return True
    if at_the_top:
        return _SYSTEM_FOLDER_AT_THE_TOP.match(name) is not None
    return library_type in {"movie", "show"} and _EXTRAS_FOLDER.match(name) is not None


def ignored_file(name: str, size: int, library_type: str) -> bool:
    """Return whether a media file is ignored: dot names, empty files, small samples, local extras."""
    if name.startswith(".") or not size:
        return True
    if library_type not in {"movie", "show"}:
        return False
    if _SAMPLE.search(name) and size < SAMPLE_LIMIT:
        return True
    stem = (name.rpartition(".")[0] or name).casefold()
    return suffix_kind(name) is not None or stem == "trailer" or stem.startswith("movie-trailer")
