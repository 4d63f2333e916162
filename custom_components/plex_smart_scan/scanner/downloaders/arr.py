"""The notifications of Sonarr, Radarr, Lidarr and Readarr: what each kind of event says about paths.

Their bodies come from Sonarr's `WebhookBase.cs` and its descendants: camelCase, without nulls, and with an `eventType`
whose case varies. A program is a table of names; this module is the only one that interprets it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from .body_fields import Body, object_of, objects_of, size_of, text_of
from .notification import Notification, PathEntry, make_notification, shortened


class EventKind(StrEnum):
    """What an event means."""

    IMPORTED = "imported"
    RENAMED = "renamed"
    FILES_REMOVED = "files_removed"
    FOLDER_REMOVED = "folder_removed"
    PART_REMOVED = "part_removed"
    """An album or a book: its own folder is not named, and the folder of its owner remains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The names that one program uses in its notifications. `ArrProgram` in `arr/programs.py` has those of its API.

    `owner` is the object whose folder (its key `folder`) contains the files. `files` are the keys of a single file or
    of several; `part` is an album or a book, which has no folder of its own in a body. `joins` is whether the path of a
    file may be joined from the owner's folder and a relative path: not for music, whose folders can be spelled
    otherwise.
    """

    name: str
    owner: str
    files: tuple[str, ...]
    renamed: str
    events: Mapping[str, EventKind]
    folder: str = "path"
    part: str = ""
    destination: str = ""
    joins: bool = True

    def is_sender_of(self, body: Body) -> bool:
        """Return whether a body contains this program's objects."""
        return any(key in body for key in (self.owner, *self.files, self.renamed, self.part) if key)


def read(program: Program, event: str, body: Body) -> Notification:
    """Read one body of a program. Raises NotANotificationError if it names too many paths."""
    kind = program.events.get(event.casefold())
    if kind is None:
        return Notification(program=program.name, event=event, ignored=shortened(event))
    if kind in {EventKind.FOLDER_REMOVED, EventKind.PART_REMOVED} and body.get("deletedFiles") is False:
        return Notification(program=program.name, event=event, ignored=f"{shortened(event)}: the files were kept")
    path_entries = [entry for entry in _READERS[kind](program, body) if entry.has_path]
    if not path_entries:
        return Notification(program=program.name, event=event, ignored=f"{shortened(event)}: it contains no path")
    return make_notification(program.name, event, path_entries)


def _imported(program: Program, body: Body) -> Iterator[PathEntry]:
    """Yield the new files and those that an upgrade replaced; without any, the destination folder."""
    new = [_file(program, body, file) for file in _files(program, body)]
    if not _any_has_path(new):
        destination = text_of(body, program.destination) if program.destination else ""
        new = [PathEntry(path=destination or _folder(program, body))]
    yield from new
    yield from _removed(program, body)


def _renamed(program: Program, body: Body) -> Iterator[PathEntry]:
    """Yield the old names and the new ones; old versions, and Sportarr, name only the folder."""
    renamed = objects_of(body, program.renamed)
    new = [_file(program, body, file) for file in renamed]
    for file, entry in zip(renamed, new, strict=True):
        yield _file(program, body, file, "previousPath", "previousRelativePath", gone=True)
        yield entry
    if not _any_has_path(new):
        yield PathEntry(path=_folder(program, body))


def _files_removed(program: Program, body: Body) -> Iterator[PathEntry]:
    for file in _files(program, body):
        yield _file(program, body, file, gone=True)
    yield from _removed(program, body)


def _folder_removed(program: Program, body: Body) -> Iterator[PathEntry]:
    yield PathEntry(path=_folder(program, body), gone=True)


def _part_removed(program: Program, body: Body) -> Iterator[PathEntry]:
    yield PathEntry(path=_folder(program, body))


_READERS: Mapping[EventKind, Callable[[Program, Body], Iterator[PathEntry]]] = {
    EventKind.IMPORTED: _imported,
    EventKind.RENAMED: _renamed,
    EventKind.FILES_REMOVED: _files_removed,
    EventKind.FOLDER_REMOVED: _folder_removed,
    EventKind.PART_REMOVED: _part_removed,
}


def _files(program: Program, body: Body) -> Iterator[Body]:
    return chain.from_iterable(objects_of(body, key) for key in program.files)


def _removed(program: Program, body: Body) -> Iterator[PathEntry]:
    """Yield the replaced files. `deletedFiles` is a list here, but a bool in the events that remove a folder."""
    for file in objects_of(body, "deletedFiles"):
        yield _file(program, body, file, gone=True)


def _file(
    program: Program, body: Body, file: Body, whole: str = "path", relative: str = "relativePath", *, gone: bool = False
) -> PathEntry:
    """Return a file by its absolute path, or else by the one relative to its owner's folder."""
    size = None if gone else size_of(file)
    if path := text_of(file, whole):
        return PathEntry(path=path, size=size, gone=gone)
    folder = _folder(program, body) if program.joins else ""
    return PathEntry(folder=folder, relative=text_of(file, relative), size=size, gone=gone)


def _any_has_path(path_entries: Iterable[PathEntry]) -> bool:
    return any(entry.has_path for entry in path_entries)


def _folder(program: Program, body: Body) -> str:
    return text_of(object_of(body, program.owner), program.folder)
