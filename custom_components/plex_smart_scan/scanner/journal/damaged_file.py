"""A damaged journal: it is renamed, and what can be read of it is copied to the new file."""

from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
import sqlite3
from time import strftime
from typing import Final, Self

from .schema import APPLICATION_ID

_TIMEOUT: Final = 30.0  # seconds; another connection commits within milliseconds


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What can be read of a damaged journal: numbers, ids and bodies of its requests, and its marks."""

    rows: list[tuple[int, str, str]] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Return whether there is anything."""
        return bool(self.rows or self.marks)

    def __or__(self, later: Self) -> Self:
        """Return this and what was read later."""
        return type(self)([*self.rows, *later.rows], self.marks | later.marks)


def rename_damaged(path: Path) -> Path:
    """Rename a file and its log to a name that says that it was damaged, and return the name."""
    aside = name_aside(path)
    for suffix in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).replace(aside.with_name(aside.name + suffix))
    return aside


def name_aside(path: Path) -> Path:
    """Return a free name for a damaged file, with the time in it."""
    name = f"{path.name}.damaged-{strftime('%Y%m%d-%H%M%S')}"
    names = (name, *(f"{name}-{number}" for number in range(2, 100)))
    return next(aside for each in names if not (aside := path.with_name(each)).exists())


def salvage(path: Path) -> Salvaged:
    """Return what can be read of a damaged journal; nothing of another program's file."""
    found = Salvaged()
    with closing(sqlite3.connect(path, timeout=_TIMEOUT, autocommit=True)) as connection:
        with suppress(sqlite3.Error):
            if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
                return found
        with suppress(sqlite3.Error):
            for sequence, *texts in connection.execute("SELECT sequence, id, body FROM requests ORDER BY sequence"):
                if isinstance(sequence, int) and all(isinstance(text, str) for text in texts):
                    found.rows.append((sequence, *texts))
        with suppress(sqlite3.Error):
            for key, value in connection.execute("SELECT key, value FROM marks"):
                if isinstance(key, str) and isinstance(value, str):
                    found.marks[key] = value
    return found
