"""The contents of a notification: files that exist, files that were removed, or nothing to do."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from ..paths.clean_path import CleanPath, Flavour, InvalidPathError, PathProblem, clean, flavour_of

MAX_PATHS: Final = 2500  # in one body: a rename of 1,200 episodes names 2,400 paths
_MAX_SHOWN: Final = 200  # characters of untrusted text in a response


class BodyProblem(StrEnum):
    """Why a body is not a notification."""

    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    BROKEN = "broken"  # its encoding does not match its headers
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    NOT_ESCAPED = "not_escaped"  # a form whose path may contain an ampersand
    NOT_AN_OBJECT = "not_an_object"
    NOTHING_KNOWN = "nothing_known"
    TOO_MANY_PATHS = "too_many_paths"
    PATH_TOO_LONG = "path_too_long"
    BAD_SIZE = "bad_size"


class NotANotificationError(ValueError):
    """A body that is not a notification of a downloader; `problem` says why."""

    def __init__(self, problem: BodyProblem) -> None:
        """Store the problem."""
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedFile:
    """One valid path of a body, as given or joined. `size` is in bytes; `gone` means that it was removed.

    `index` is its position among all paths of the body, valid or not.
    """

    path: str
    size: int | None = None
    gone: bool = False
    index: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedPath:
    """One invalid path of a body; `path` is shortened and always valid Unicode. `index` as in `ReportedFile`."""

    path: str
    problem: PathProblem
    index: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """The contents of a body. `ignored` says why there is nothing to do."""

    program: str
    event: str = ""
    files: tuple[ReportedFile, ...] = ()
    ignored: str | None = None
    rejected: tuple[RejectedPath, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PathEntry:
    """One path in a body: absolute, or relative to a folder. `problem` says why it is invalid from the start."""

    path: str = ""
    folder: str = ""
    relative: str = ""
    size: int | None = None
    gone: bool = False
    problem: PathProblem | None = None

    @property
    def has_path(self) -> bool:
        """Whether there is a path, or a folder and a relative path."""
        return bool(self.path or (self.folder and self.relative))


def make_notification(program: str, event: str, path_entries: Iterable[PathEntry]) -> Notification:
    """Validate the paths of a body one by one; an invalid one does not affect the others.

    Raises NotANotificationError for more than `MAX_PATHS` paths, or if all paths are too long.
    """
    path_entries = tuple(path_entries)
    if len(path_entries) > MAX_PATHS:
        raise NotANotificationError(BodyProblem.TOO_MANY_PATHS)
    files: dict[tuple[str, str], ReportedFile] = {}
    rejected: dict[tuple[str, PathProblem], RejectedPath] = {}
    for index, entry in enumerate(path_entries):
        try:
            text, path = _usable(entry)
        except InvalidPathError as error:
            refused = RejectedPath(path=shortened(entry.path or entry.relative), problem=error.problem, index=index)
            rejected.setdefault((refused.path, refused.problem), refused)
            continue
        key = (path.flavour, path.key)
        file = ReportedFile(path=text, size=entry.size, gone=entry.gone, index=index)
        files[key] = _merge(files[key], file) if key in files else file
    if not files and rejected and all(each.problem is PathProblem.TOO_LONG for each in rejected.values()):
        raise NotANotificationError(BodyProblem.PATH_TOO_LONG)
    return Notification(program=program, event=event, files=tuple(files.values()), rejected=tuple(rejected.values()))


def _merge(known: ReportedFile, new: ReportedFile) -> ReportedFile:
    """Merge two entries for one path: "exists" takes precedence over "removed", and either can know the size."""
    if known.gone and not new.gone:
        return replace(new, index=known.index)
    if known.size is None and not new.gone:
        return replace(known, size=new.size)
    return known


def shortened(text: str) -> str:
    """Shorten an untrusted text for a response, and replace halves of surrogate pairs."""
    return text[:_MAX_SHOWN].encode("utf-8", "replace").decode("utf-8")


def _usable(entry: PathEntry) -> tuple[str, CleanPath]:
    """Return the path of an entry, as given if it is absolute. Raises InvalidPathError."""
    if entry.problem:
        raise InvalidPathError(entry.path, entry.problem)
    if entry.path:
        return entry.path, clean(entry.path)
    path = _below(clean(entry.folder), entry.relative)
    return path.text, path


def _below(folder: CleanPath, relative: str) -> CleanPath:
    r"""Join with the folder's own separators. Raises InvalidPathError for a path outside the folder.

    Joined as text: `ntpath.join` would follow `D:x` and `\x` to another place.
    """
    windows = folder.flavour is Flavour.WINDOWS
    rooted = windows and relative[:1] in {"\\", "/"}
    separator = "\\" if windows else "/"
    whole = flavour_of(relative) is not None
    path = clean(relative if whole else f"{folder.text}{separator}{relative}")
    if (rooted and not whole) or path.key == folder.key or not path.is_below(folder):
        raise InvalidPathError(relative, PathProblem.ESCAPES)
    return path
