"""The spelling of paths: POSIX, drive letters and UNC, determined by the text and not by this machine."""

from dataclasses import dataclass
from pathlib import Path
import re
import unicodedata

LONG_PATH = 260  # beyond it a Windows server prefixes its paths


@dataclass(slots=True, frozen=True)
class Flavour:
    """One way of spelling paths."""

    separator: str
    folds_case: bool

    @property
    def windows(self) -> bool:
        """Whether this is a Windows path."""
        return self.separator == "\\"

    def join(self, folder: str, *names: str) -> str:
        """Append names to a folder as given."""
        return self.separator.join([folder.rstrip(self.separator), *names])

    def fold(self, text: str) -> str:
        """Return the form that two spellings of one path share, folded letter by letter."""
        if not self.folds_case:
            return text
        return "".join(upper if len(upper := c.upper()) == 1 else c for c in unicodedata.normalize("NFC", text))

    def components(self, path: str) -> list[str]:
        """Split a path into its names, empty ones left out."""
        if self.windows:
            return [name for name in re.split(r"[\\/]", strip_long_prefix(path)) if name]
        return [name for name in path.split("/") if name]


POSIX = Flavour("/", folds_case=False)
WINDOWS = Flavour("\\", folds_case=True)


def flavour_of(path: str) -> Flavour:
    r"""Return the flavour of a path: `D:\…` and `\\server\share` are Windows."""
    return WINDOWS if re.match(r"[A-Za-z]:[\\/]|\\\\", path) else POSIX


def strip_long_prefix(path: str) -> str:
    r"""Remove `\\?\` and `\\?\UNC\`."""
    if path.startswith("\\\\?\\UNC\\"):
        return "\\\\" + path[8:]
    return path.removeprefix("\\\\?\\")


def add_long_prefix(path: str) -> str:
    r"""Spell a long Windows path the way Plex stores it."""
    if len(path) <= LONG_PATH or path.startswith("\\\\?\\"):
        return path
    return "\\\\?\\UNC\\" + path[2:] if path.startswith("\\\\") else "\\\\?\\" + path


def doubled_separator(path: str, flavour: Flavour) -> bool:
    """Whether a separator is written twice within the path."""
    body = strip_long_prefix(path)
    start = 2 if flavour.windows and body.startswith("\\\\") else 0
    return flavour.separator * 2 in body[start:]


def resolve(root: Path, names: list[str], *, tolerant: bool) -> Path | None:
    """Find the real file for names below a real folder; a tolerant file system ignores case and Unicode form."""
    current = root
    for name in names:
        candidate = current / name
        if tolerant and not candidate.exists():
            twin = _twin(current, name)
            if twin is None:
                return None
            candidate = twin
        current = candidate
    return current if current.exists() else None


def _twin(folder: Path, name: str) -> Path | None:
    wanted = WINDOWS.fold(name)
    if not folder.is_dir():
        return None
    return next((entry for entry in folder.iterdir() if WINDOWS.fold(entry.name) == wanted), None)
