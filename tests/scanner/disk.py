"""The journal's database as a test sees it."""

from collections.abc import Sequence
from contextlib import closing
import json
import os
from pathlib import Path
import sqlite3
import threading
from typing import Any, override

from custom_components.plex_smart_scan.scanner.journal.database import Changes, Database


class Disk(Database):
    """The journal's database, which counts its commits and can be made slow or full."""

    def __init__(self, path: Path) -> None:
        """Begin fast, with free space."""
        super().__init__(path)
        self.writes = 0
        self.full = False
        self.writing = threading.Event()
        self.gate = threading.Event()
        self.gate.set()

    @override
    def write(self, changes: Sequence[Changes]) -> list[Exception | None]:
        """Write once the gate is open, unless the disk is full."""
        self.writing.set()
        self.gate.wait(60)
        if self.full:
            return [sqlite3.OperationalError("database or disk is full")] * len(changes)
        self.writes += any(each.accepted or each.dropped or each.marks for each in changes)
        return super().write(changes)

    def copy(self, path: Path) -> Disk:
        """Copy the file as a crash would leave it."""
        with closing(sqlite3.connect(self.path)) as source, closing(sqlite3.connect(path)) as target:
            source.backup(target)
        return Disk(path)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows on disk, read by a separate connection."""
        return read_rows(self.path)

    @property
    def ids(self) -> list[str]:
        """The ids of the requests on disk."""
        return [row["id"] for row in self.rows]

    @property
    def paths(self) -> list[str]:
        """The paths of the requests on disk."""
        return [row["path"] for row in self.rows]


def damage_open_file(database: Database, page: int = 0, *, noticed: bool = True) -> bytes:
    """Overwrite a page of a database that is open; return the file's content. The next commit notices it by default.

    Page 0 is the first one, without which nothing can be read; -1 is the last one.
    """
    connection = database.open()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # otherwise the log would repair the file
    with database.path.open("r+b") as file:
        file.seek(page * 4096, os.SEEK_SET if page >= 0 else os.SEEK_END)
        file.write(b"\xff" * 4096)
    if noticed:  # the connection reads the file anew instead of its own pages
        connection.execute("PRAGMA cache_size = 0")
        connection.execute("PRAGMA shrink_memory")
    return database.path.read_bytes()


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read the requests in a journal's file; empty without a file."""
    if not path.exists():
        return []
    with closing(sqlite3.connect(path)) as connection:
        try:
            return [json.loads(body) for (body,) in connection.execute("SELECT body FROM requests ORDER BY sequence")]
        except sqlite3.OperationalError:
            return []  # no tables yet
