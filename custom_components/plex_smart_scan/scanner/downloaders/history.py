"""The history of Sonarr, Radarr, Lidarr and Readarr: what was imported, renamed, deleted or retagged.

Sources: `HistoryService.cs` and `EntityHistoryService.cs` of the programs. The numbers of the event types differ
between the programs, their names hardly do, so the names decide. The path of an import is in `data.importedPath`, those
of a rename are in `data.sourcePath` and `data.path`, that of a deletion is only in `sourceTitle`. There is one row per
episode or track, so paths repeat; retagging has the path in `sourceTitle`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Final

from ..paths.clean_path import clean_or_none
from .body_fields import Body, object_of, text_of
from .notification import Notification, PathEntry, make_notification

BATCH: Final = 500  # paths in one notification; only a larger folder is divided
EVENT: Final = "History"


@dataclass(frozen=True, slots=True, order=True)
class HistoryPosition:
    """A position in the history. Dates are in whole seconds, so rows of one second are told apart by their ids."""

    date: datetime
    id: int


def position_of(row: Body) -> HistoryPosition | None:
    """Return the position of a row; None if it cannot be read."""
    number = row.get("id")
    try:
        date = datetime.fromisoformat(text_of(row, "date"))
    except ValueError:
        return None
    if not isinstance(number, int) or date.tzinfo is None:
        return None
    return HistoryPosition(date, number)


def rows_after(rows: Iterable[Body], position: HistoryPosition | None) -> list[tuple[HistoryPosition, Body]]:
    """Return the rows after a position, oldest first.

    Rows of the same second as the position are compared by their ids.
    """
    found = [(at, row) for row in rows if (at := position_of(row))]
    return sorted((each for each in found if position is None or each[0] > position), key=lambda each: each[0])


def notifications_of(program: str, rows: Iterable[Body]) -> Iterator[Notification]:
    """Yield notifications for rows, in the order of the rows. The latest row about a path counts.

    All paths of a folder are in the same notification, so that the folder is scanned once.
    """
    latest: dict[str, PathEntry] = {}
    for row in rows:
        for entry in _path_entries(row):
            key = _key(entry)
            latest.pop(key, None)
            latest[key] = entry
    folders: dict[str, list[PathEntry]] = {}
    for entry in latest.values():
        folders.setdefault(_folder(entry), []).append(entry)
    for batch in _batches(folders.values()):
        yield make_notification(program, EVENT, batch)


def _batches(folders: Iterable[list[PathEntry]]) -> Iterator[list[PathEntry]]:
    batch: list[PathEntry] = []
    for folder in folders:
        if batch and len(batch) + len(folder) > BATCH:
            yield batch
            batch = []
        if len(folder) > BATCH:
            yield from map(list, batched(folder, BATCH, strict=False))
        else:
            batch += folder
    if batch:
        yield batch


def _path_entries(row: Body) -> Iterator[PathEntry]:
    event, data = text_of(row, "eventType").casefold(), object_of(row, "data")
    if event.endswith("imported"):
        if path := text_of(data, "importedPath"):
            yield PathEntry(path=path, size=_size(data))
    elif event.endswith("filerenamed"):
        if before := text_of(data, "sourcePath"):
            yield PathEntry(path=before, gone=True)
        if after := text_of(data, "path"):
            yield PathEntry(path=after, size=_size(data))
    elif event.endswith(("filedeleted", "fileretagged")):
        path = text_of(row, "sourceTitle")
        if clean_or_none(path):
            yield PathEntry(path=path, gone=event.endswith("filedeleted"))


def _size(data: Body) -> int | None:
    """Return a size in bytes. All values of a row's data are texts, and 0 means that it is unknown."""
    text = text_of(data, "size")
    return int(text) or None if text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004


def _key(entry: PathEntry) -> str:
    path = clean_or_none(entry.path)
    return f"{path.flavour}:{path.key}" if path else entry.path


def _folder(entry: PathEntry) -> str:
    path = clean_or_none(entry.path)
    return path.parent.key if path and path.parent else ""
