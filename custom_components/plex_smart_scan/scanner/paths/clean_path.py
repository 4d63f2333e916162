"""Paths as people, downloaders and Plex write them: POSIX, Windows drives and UNC shares.

The flavour is determined by the text, never by this machine: a Plex server on Windows is often used by a Home Assistant
on Linux. All functions are pure; none accesses a disk.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
import ntpath
import posixpath
import re
from typing import Final
import unicodedata

MAX_PATH_LENGTH: Final = 4096  # characters: Linux's limit, and more than Windows shows in practice

_DRIVE: Final = re.compile(r"[A-Za-z]:[\\/]|[A-Za-z]:$")
_UNTIDY: Final = re.compile(r"\\[.\\]|\\$")  # what ntpath.normpath may change; checking is cheaper
_SURROGATE: Final = re.compile("[\ud800-\udfff]")  # how Python represents bytes that are not valid text


class Flavour(StrEnum):
    """How a path is written and compared."""

    POSIX = "posix"
    WINDOWS = "windows"


class PathProblem(StrEnum):
    """Why a text is not a valid path."""

    EMPTY = "empty"
    RELATIVE = "relative"
    NUL = "nul"
    ESCAPES = "escapes"
    TOO_LONG = "too_long"
    NOT_TEXT = "not_text"
    WRONG_TYPE = "wrong_type"  # not a text


class InvalidPathError(ValueError):
    """A text that is not a valid path; `problem` says why."""

    def __init__(self, path: str, problem: PathProblem) -> None:
        """Store the text and its problem."""
        super().__init__(f"{path!r}: {problem}")
        self.path = path
        self.problem = problem


@dataclass(frozen=True, slots=True)
class CleanPath:
    """An absolute path without `.`, `..`, doubled or trailing separators.

    `text` is the spelling to show and to send, with the separators of its flavour. `key` is for comparisons and
    look-ups: NFC, forward slashes, folded case if the flavour ignores it, no trailing slash (the key of POSIX's root is
    ""). `share` is the other reading of `//server/share/x`, as many tools write Windows shares; only the libraries can
    tell which one is meant.
    """

    text: str
    key: str
    flavour: Flavour
    share: CleanPath | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """The last component, as spelled; "" for a root."""
        return self.text.rsplit(_separator(self.flavour), 1)[-1]

    @property
    def parent(self) -> CleanPath | None:
        """The folder above; None for a root."""
        above = posixpath.dirname(self.text) if self.flavour is Flavour.POSIX else ntpath.dirname(self.text)
        return None if above == self.text else _make(above, self.flavour)

    def is_below(self, other: CleanPath) -> bool:
        """Return whether this is `other` or below it: `/tv-4k` is not below `/tv`."""
        return self.flavour is other.flavour and (self.key == other.key or self.key.startswith(other.key + "/"))

    def parts_below(self, other: CleanPath) -> tuple[str, ...]:
        """Return the components from `other` down to this path, as spelled. Requires `is_below(other)`."""
        tail = self._tail_below(other)
        return tuple(tail.split(_separator(self.flavour))) if tail else ()

    def moved(self, source: CleanPath, target: CleanPath) -> CleanPath:
        """Return the same path below `target` instead of `source`. Requires `is_below(source)`."""
        tail = self._tail_below(source)
        if not tail:
            return target
        separator = _separator(target.flavour)
        if target.flavour is not self.flavour:
            tail = tail.replace(_separator(self.flavour), separator)
        return _make(f"{target.text.rstrip(separator)}{separator}{tail}", target.flavour)

    def _tail_below(self, other: CleanPath) -> str:
        """Return the part after `other`, as spelled; "" if they are the same."""
        if len(self.key) == len(other.key):
            return ""
        return self.text.split(_separator(self.flavour), other.key.count("/") + 1)[-1]

    def join(self, *parts: str) -> CleanPath:
        """Return the path of the components `parts` below this one.

        The components are plain names, even if the flavour would treat them otherwise: `C:` is not a drive below a
        folder.
        """
        separator = _separator(self.flavour)
        return _make(separator.join((self.text.rstrip(separator), *parts)), self.flavour) if parts else self


def flavour_of(text: str) -> Flavour | None:
    r"""Return the flavour of an absolute path: `/x` is POSIX, `D:\x` and `\\server\share` are Windows; else None."""
    if text[:1] == "/":
        return Flavour.POSIX
    if text[:2] == "\\\\" or _DRIVE.match(text):
        return Flavour.WINDOWS
    return None


def clean(text: str) -> CleanPath:
    """Convert a path to its canonical form. Raises InvalidPathError.

    The text is invalid if it is empty, relative, too long, not Unicode, contains NUL or leaves its root with `..`.
    """
    text = text.rstrip("\r\n")  # shells may append a line break
    flavour = flavour_of(text)
    if problem := _problem(text, flavour):
        raise InvalidPathError(text[:200], problem)
    assert flavour is not None  # noqa: S101 - guaranteed by _problem
    if flavour is Flavour.WINDOWS:
        text = text.replace("/", "\\")
        if text[:2] == "\\\\":
            text = _without_long_prefix(text)
            if not _is_rooted(text):
                raise InvalidPathError(text, PathProblem.RELATIVE)
        return _make(ntpath.normpath(text) if _UNTIDY.search(text, 2) else text, flavour)
    # normpath keeps exactly two leading slashes, as POSIX requires; media servers on POSIX do not use them.
    path = _make(posixpath.normpath("/" + text.lstrip("/")), flavour)
    return replace(path, share=_as_share(text)) if text[:2] == "//" else path


def clean_or_none(text: str) -> CleanPath | None:
    """Return a path in its canonical form; None for a text that is not a valid path."""
    try:
        return clean(text)
    except InvalidPathError:
        return None


def readings(path: CleanPath) -> tuple[CleanPath, ...]:
    """Return everything that the text of a path can mean, the most likely first."""
    return (path, path.share) if path.share else (path,)


def prefixes(path: CleanPath, longest: int) -> Iterator[str]:
    """Yield the keys, of at most `longest` characters, of a path and every folder above it, longest first.

    Only POSIX paths have the root "" above them. Keys of both flavours fit in one index: a Windows key starts with its
    drive or with two slashes, a POSIX key with one.
    """
    key = path.key
    end = len(key) if len(key) <= longest else key.rfind("/", 0, longest + 1)
    while end > 0:
        yield key[:end]
        end = key.rfind("/", 0, end)
    if path.flavour is Flavour.POSIX:
        yield ""


def nfd(text: str) -> str:
    """Return the decomposed form, as macOS's file systems and SMB write it."""
    return unicodedata.normalize("NFD", text)


def has_one_form(text: str) -> bool:
    """Return whether a text has a single Unicode form, as every text without accents has."""
    return text.isascii() or nfc(text) == nfd(text)


def nfc(text: str) -> str:
    """Return the composed form, as other systems write it."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def name_key(name: str, flavour: Flavour) -> str:
    """Return the key to compare a single component of a path by."""
    return nfc(name) if flavour is Flavour.POSIX else fold_case(nfc(name))


def fold_case(name: str) -> str:
    """Fold case letter by letter as Windows does: `Weiß` and `Weiss` stay different."""
    return name.lower() if name.isascii() else name.translate(_FOLDED)


class _Folding(dict[int, str]):
    """The folded form of each character, by its number; each is computed once."""

    def __missing__(self, number: int) -> str:
        """Compute the folded form of a character."""
        letter = chr(number)
        upper = letter.upper()
        # Windows keeps ß, whose capital is two letters, and the Turkish dotless i, whose capital is that of i.
        kept = letter if len(upper) > 1 or upper.isascii() else upper
        self[number] = letter.lower() if letter.isascii() else kept
        return self[number]


_FOLDED: Final = _Folding()


def _as_share(text: str) -> CleanPath | None:
    """Read `//server/share/x` and `//?/UNC/server/share/x` as Windows does; None if that is not possible."""
    return clean_or_none(text.replace("/", "\\"))


def _problem(text: str, flavour: Flavour | None) -> PathProblem | None:
    if not text or text.isspace():
        return PathProblem.EMPTY
    if len(text) > MAX_PATH_LENGTH:
        return PathProblem.TOO_LONG
    if "\0" in text:
        return PathProblem.NUL
    if not text.isascii() and _SURROGATE.search(text):
        return PathProblem.NOT_TEXT
    if flavour is None:
        return PathProblem.RELATIVE
    if ".." in text and _climbs_out(text, flavour):
        return PathProblem.ESCAPES
    return None


def _climbs_out(text: str, flavour: Flavour) -> bool:
    """Return whether a `..` leads above the root, which normpath would ignore."""
    if flavour is Flavour.WINDOWS:
        text = ntpath.splitroot(_without_long_prefix(text.replace("/", "\\")))[2].replace("\\", "/")
    depth = 0
    for part in text.split("/"):
        if part == "..":
            depth -= 1
        elif part not in {"", "."}:
            depth += 1
        if depth < 0:
            return True
    return False


def _without_long_prefix(text: str) -> str:
    """Remove the prefix of Windows paths with more than 260 characters."""
    if text[:8].upper() == "\\\\?\\UNC\\":
        return "\\\\" + text[8:]
    return text[4:] if text[:4] == "\\\\?\\" else text


def _is_rooted(text: str) -> bool:
    if _DRIVE.match(text):
        return True
    drive, _, _ = ntpath.splitroot(text)
    if drive.startswith("\\\\"):
        share = drive[2:].split("\\")
        return len(share) == 2 and all(share) and not {".", "..", "?"} & set(share)  # noqa: PLR2004 - server, share
    return False


def _make(text: str, flavour: Flavour) -> CleanPath:
    if flavour is Flavour.POSIX:
        return CleanPath(text, nfc(text) if text != "/" else "", flavour)
    if text[1:] == ":":
        text += "\\"
    elif text[-1:] == "\\" and text[1:2] != ":":
        text = text.rstrip("\\")  # a share has no trailing separator
    return CleanPath(text, fold_case(nfc(text).replace("\\", "/")).rstrip("/"), flavour)


def _separator(flavour: Flavour) -> str:
    return "/" if flavour is Flavour.POSIX else "\\"
