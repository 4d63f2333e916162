r"""Paths as people, downloaders and Plex write them: POSIX, Windows drives and UNC shares.

The flavour comes from the text, never from the machine we run on: a Plex server on Windows is often asked by a
Home Assistant on Linux. Everything here is a plain function of its arguments; nothing looks at a disk.
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
_UNTIDY: Final = re.compile(r"\\[.\\]|\\$")  # what Windows' normpath might change, which costs more than to look
_SURROGATE: Final = re.compile("[\ud800-\udfff]")  # half a character: what Python makes of bytes that are no text


class Flavour(StrEnum):
    """How a path is written and compared."""

    POSIX = "posix"
    WINDOWS = "windows"


class PathProblem(StrEnum):
    """Why a text is no usable path."""

    EMPTY = "empty"
    RELATIVE = "relative"
    NUL = "nul"
    ESCAPES = "escapes"
    TOO_LONG = "too_long"
    NOT_TEXT = "not_text"
    WRONG_TYPE = "wrong_type"  # a number or an object where a text is expected


class InvalidPathError(ValueError):
    """A text that is no usable path; `problem` says why."""

    def __init__(self, path: str, problem: PathProblem) -> None:
        """Keep what was wrong with which text."""
        super().__init__(f"{path!r}: {problem}")
        self.path = path
        self.problem = problem


@dataclass(frozen=True, slots=True)
class CleanPath:
    """An absolute path without `.`, `..`, doubled or trailing separators.

    `text` is the spelling to show and to send, with its flavour's separators. `key` is what to compare and to look up:
    NFC, forward slashes, folded case where the flavour ignores it, no slash at the end (so POSIX's root is "").
    `share` is the other reading of `//server/share/x`: many tools write a Windows share so. Which one is meant only the
    libraries can tell.
    """

    text: str
    key: str
    flavour: Flavour
    share: CleanPath | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """The last component, as spelt ("" for a root)."""
        return self.text.rsplit(_separator(self.flavour), 1)[-1]

    @property
    def parent(self) -> CleanPath | None:
        """The folder above; None at a root."""
        above = posixpath.dirname(self.text) if self.flavour is Flavour.POSIX else ntpath.dirname(self.text)
        return None if above == self.text else _make(above, self.flavour)

    def is_below(self, other: CleanPath) -> bool:
        """Whether this is `other` or something in it: `/tv-4k` is not below `/tv`."""
        return self.flavour is other.flavour and (self.key == other.key or self.key.startswith(other.key + "/"))

    def parts_below(self, other: CleanPath) -> tuple[str, ...]:
        """The components from `other` down to this, as spelt. Only asked of a path that `is_below(other)`."""
        tail = self._tail_below(other)
        return tuple(tail.split(_separator(self.flavour))) if tail else ()

    def moved(self, source: CleanPath, target: CleanPath) -> CleanPath:
        """The same path below `target` instead of below `source`. Only asked of a path that `is_below(source)`."""
        tail = self._tail_below(source)
        if not tail:
            return target
        separator = _separator(target.flavour)
        if target.flavour is not self.flavour:
            tail = tail.replace(_separator(self.flavour), separator)
        return _make(f"{target.text.rstrip(separator)}{separator}{tail}", target.flavour)

    def _tail_below(self, other: CleanPath) -> str:
        """What follows `other` in this path, as spelt; "" when they are the same."""
        if len(self.key) == len(other.key):
            return ""
        return self.text.split(_separator(self.flavour), other.key.count("/") + 1)[-1]

    def join(self, *parts: str) -> CleanPath:
        """The path of the components `parts` below this one.

        They are plain names here, even where the flavour would read more into them: `C:` is no drive below a folder.
        """
        separator = _separator(self.flavour)
        return _make(separator.join((self.text.rstrip(separator), *parts)), self.flavour) if parts else self


def flavour_of(text: str) -> Flavour | None:
    r"""Tell the flavour of an absolute path: `/x` is POSIX, `D:\x` and `\\server\share` are Windows; else None."""
    if text[:1] == "/":
        return Flavour.POSIX
    if text[:2] == "\\\\" or _DRIVE.match(text):
        return Flavour.WINDOWS
    return None


def clean(text: str) -> CleanPath:
    """Bring a path into its one form; cleaning what is clean changes nothing.

    Raises InvalidPathError when the text is empty, relative, too long, no Unicode, holds a NUL or climbs above its
    root with `..`.
    """
    text = text.rstrip("\r\n")  # what a shell leaves at the end; part of no real name
    flavour = flavour_of(text)
    if problem := _problem(text, flavour):
        raise InvalidPathError(text[:200], problem)
    assert flavour is not None  # noqa: S101 - told by _problem
    if flavour is Flavour.WINDOWS:
        text = text.replace("/", "\\")
        if text[:2] == "\\\\":
            text = _without_long_prefix(text)
            if not _is_rooted(text):
                raise InvalidPathError(text, PathProblem.RELATIVE)
        return _make(ntpath.normpath(text) if _UNTIDY.search(text, 2) else text, flavour)
    # normpath keeps exactly two leading slashes, as POSIX asks; no media server on POSIX means anything by them.
    path = _make(posixpath.normpath("/" + text.lstrip("/")), flavour)
    return replace(path, share=_as_share(text)) if text[:2] == "//" else path


def clean_or_none(text: str) -> CleanPath | None:
    """A path in its one form; None for what is no usable path, as a server may list it all the same."""
    try:
        return clean(text)
    except InvalidPathError:
        return None


def readings(path: CleanPath) -> tuple[CleanPath, ...]:
    """All that the text of a path may mean, the likeliest first."""
    return (path, path.share) if path.share else (path,)


def prefixes(path: CleanPath, longest: int) -> Iterator[str]:
    """The keys, of at most `longest` characters, of a path and of every folder above it, longest first.

    Only POSIX paths have the root "" above them.

    Keys of both flavours fit in one index: a Windows key starts with its drive or with two slashes, a POSIX one
    with one.
    """
    key = path.key
    end = len(key) if len(key) <= longest else key.rfind("/", 0, longest + 1)
    while end > 0:
        yield key[:end]
        end = key.rfind("/", 0, end)
    if path.flavour is Flavour.POSIX:
        yield ""


def nfd(text: str) -> str:
    """The decomposed spelling, as macOS's file systems and SMB write it."""
    return unicodedata.normalize("NFD", text)


def has_one_form(text: str) -> bool:
    """Whether a text is written in one way only, as everything without accents is, in whatever script."""
    return text.isascii() or nfc(text) == nfd(text)


def nfc(text: str) -> str:
    """The composed spelling, as everything else writes it."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def name_key(name: str, flavour: Flavour) -> str:
    """What to compare one component of a path with."""
    return nfc(name) if flavour is Flavour.POSIX else fold_case(nfc(name))


def fold_case(name: str) -> str:
    r"""Two names that differ in case alone, made one, letter by letter as Windows does it: `Weiß` is not `Weiss`."""
    return name.lower() if name.isascii() else name.translate(_FOLDED)


class _Folding(dict[int, str]):
    """What to write for a letter, by its number; each is found out once."""

    def __missing__(self, number: int) -> str:
        """Find out."""
        letter = chr(number)
        upper = letter.upper()
        # The capital of a German sharp s is two letters, that of a Turkish dotless i another's: Windows knows none.
        kept = letter if len(upper) > 1 or upper.isascii() else upper
        self[number] = letter.lower() if letter.isascii() else kept
        return self[number]


_FOLDED: Final = _Folding()


def _as_share(text: str) -> CleanPath | None:
    r"""Read `//server/share/x` and `//?/UNC/server/share/x` as Windows does; None where that makes no sense."""
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
    """Whether some `..` goes above the root, which normpath would drop in silence."""
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
    r"""Drop the prefix that Windows servers put before paths of more than 260 characters."""
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
        text = text.rstrip("\\")  # a share needs none at its end
    return CleanPath(text, fold_case(nfc(text).replace("\\", "/")).rstrip("/"), flavour)


def _separator(flavour: Flavour) -> str:
    return "/" if flavour is Flavour.POSIX else "\\"
