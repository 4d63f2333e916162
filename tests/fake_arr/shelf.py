"""The data of a program: root folders, titles, files and history."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
import re
from typing import Any

from tests.fake_arr.programs import Program

type Row = dict[str, Any]


@dataclass
class ArrFile:
    """One file. `size` is in bytes."""

    id: int
    path: str
    size: int


@dataclass
class Title:
    """A series, movie, artist or author with its folder."""

    id: int
    name: str
    path: str
    files: list[ArrFile] = field(default_factory=list)
    tags: frozenset[int] = frozenset()


class Shelf:
    """The root folders, titles and history of one program."""

    def __init__(self, program: Program, clock: Callable[[], datetime]) -> None:
        """Start without data."""
        self._program = program
        self._clock = clock
        self._ids = 0
        self.root_folders: list[str] = []
        self.titles: list[Title] = []
        self.history: list[Row] = []

    def next_id(self) -> int:
        """Return an unused ID."""
        self._ids += 1
        return self._ids

    def title_of(self, path: str) -> Title:
        """Return the title of a file: of the folder below the root folder, made on first use."""
        separator = "\\" if re.match(r"[A-Za-z]:\\|\\\\", path) else "/"
        roots = [root for root in self.root_folders if path.startswith(root.rstrip(separator) + separator)]
        root = max(roots, key=len).rstrip(separator) if roots else path.rsplit(separator, 2)[0]
        name = path[len(root) + 1 :].split(separator, maxsplit=1)[0]
        folder = f"{root}{separator}{name}"
        for title in self.titles:
            if title.path == folder:
                return title
        title = Title(self.next_id(), name, folder)
        self.titles.append(title)
        return title

    def put(self, path: str, size: int, *, rows: int = 1, data: Row | None = None) -> tuple[Title, ArrFile]:
        """Import a file; `rows` is of how many episodes or tracks it is, each of which has a row of the history."""
        title = self.title_of(path)
        title.files = [each for each in title.files if each.path != path]
        file = ArrFile(self.next_id(), path, size)
        title.files.append(file)
        for _ in range(rows):
            self._log(
                title,
                self._program.imported,
                "A.Release-GROUP",
                {
                    "fileId": str(file.id),
                    "droppedPath": "/downloads/a.release-group/x.mkv",
                    "importedPath": path,
                    "downloadClient": "SABnzbd",
                    "size": str(size),
                    **(data or {}),
                },
            )
        return title, file

    def rename(self, before: str, after: str) -> tuple[Title, ArrFile, ArrFile]:
        """Rename a file."""
        title = self.title_of(before)
        old = next(each for each in title.files if each.path == before)
        new = ArrFile(old.id, after, old.size)
        title.files[title.files.index(old)] = new
        self._log(title, self._program.renamed, before, {"sourcePath": before, "path": after, "size": str(old.size)})
        return title, old, new

    def delete(self, path: str, reason: str = "Manual") -> tuple[Title, ArrFile]:
        """Delete a file; the history has its path only as the title of the source."""
        title = self.title_of(path)
        file = next(each for each in title.files if each.path == path)
        title.files.remove(file)
        self._log(title, self._program.deleted, path, {"reason": reason, "size": str(file.size)})
        return title, file

    def delete_title(self, title: Title) -> None:
        """Delete a title with its history, as the programs do."""
        self.titles.remove(title)
        self.history = [row for row in self.history if row[self._program.title_id] != title.id]

    def grab(self, path: str) -> None:
        """Add a grab to the history, the most frequent kind of row."""
        self._log(
            self.title_of(path), "grabbed", "A.Release-GROUP", {"indexer": "x", "downloadUrl": "https://x/?apikey=1"}
        )

    def _log(self, title: Title, event: str, source: str, data: Row) -> None:
        self.history.append(
            {
                "id": self.next_id(),
                self._program.title_id: title.id,
                "sourceTitle": source,
                "quality": {"quality": {"id": 3, "name": "WEBDL-1080p"}, "revision": {"version": 1, "real": 0}},
                "date": self._clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),  # whole seconds
                "eventType": event,
                "data": {key: value for key, value in data.items() if value is not None},
            }
        )

    def since(self, date: datetime, number: int | None) -> list[Row]:
        """Return the rows from a time on, that second included, oldest first."""
        numbers = self._program.numbers
        wanted = date.replace(microsecond=0)
        return [
            row
            for row in self.history
            if datetime.fromisoformat(row["date"]) >= wanted and number in {None, numbers.get(row["eventType"])}
        ]

    def page(self, query: Row) -> Row:
        """Return a page of the history, the newest first."""
        number = int(query["eventType"]) if "eventType" in query else None
        size, page = int(query.get("pageSize", 10)), int(query.get("page", 1))
        rows = sorted(self.since(datetime.min.replace(tzinfo=UTC), number), key=lambda row: row["id"], reverse=True)
        first = (page - 1) * size
        return {"page": page, "pageSize": size, "totalRecords": len(rows), "records": rows[first : first + size]}
