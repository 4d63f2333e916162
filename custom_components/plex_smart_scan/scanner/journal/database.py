"""The SQLite database of the journal. Synchronous: the journal uses it in one worker thread.

Each server has its own file, readable by its owner only. A request is one row, so accepting a path costs the same
whether 0 or 50,000 requests are pending. Write-ahead logging with `synchronous=FULL` makes a commit durable with one
sync of the log (https://sqlite.org/pragma.html#pragma_synchronous).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
import os
from pathlib import Path
import sqlite3
from typing import Final

from ..models import ScanRequest
from .damaged_file import Salvaged, rename_damaged, salvage
from .rows import dump_request
from .schema import UnusableError, prepare, transaction

_BUSY_TIMEOUT: Final = 30.0  # seconds; another connection commits within milliseconds
_LOG_PAGES: Final = 1000  # of 4 kB, SQLite's default: a longer log is written into the file
_DAMAGED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_REOPEN: Final = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}


class JournalError(OSError):
    """The journal could not be read or written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The changes of one caller: all of them are written, or none. `dropped` are ids; a mark of None is deleted."""

    accepted: tuple[ScanRequest, ...] = ()
    dropped: tuple[str, ...] = ()
    marks: Mapping[str, str | None] = field(default_factory=dict)


class Database:
    """An open journal file, with the row numbers of its requests."""

    def __init__(self, path: Path) -> None:
        """Store the path; the file is opened by the first call that needs it."""
        self.path = path
        self.set_aside: list[Path] = []  # files that were renamed since the last report
        # Returns the requests that the file has to contain, by id. It is called in the worker thread.
        self.known: Callable[[], Mapping[str, ScanRequest]] = dict
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None  # the device and number of the open file
        self._sequences: dict[str, int] = {}
        self._salvaged = Salvaged()  # of a damaged file, and not written to the new one yet

    # -- open ---------------------------------------------------------------------------------------------------------

    def open(self) -> sqlite3.Connection:
        """Return the connection; open the file if necessary.

        A damaged file, or one of another program, is renamed and added to `set_aside`; what can be read of a damaged
        file is copied to the new one, and so are the known requests. Raises sqlite3.Error and OSError.
        """
        if self._connection is None:
            try:
                connection = self._connect()
            except (sqlite3.DatabaseError, UnusableError) as error:
                if not _is_unusable(error):
                    raise
                self._salvaged |= salvage(self.path)
                self.set_aside.append(rename_damaged(self.path))
                connection = self._connect()
            try:
                self._insert_missing(connection)
            except BaseException:
                connection.close()  # the next call tries again
                raise
            self._connection = connection
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(exist_ok=True)
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite creates its other files with the same mode
        self._file = self._file_at_path()
        connection = sqlite3.connect(self.path, timeout=_BUSY_TIMEOUT, autocommit=True, check_same_thread=False)
        try:
            prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _file_at_path(self) -> tuple[int, int] | None:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino

    def _insert_missing(self, connection: sqlite3.Connection) -> None:
        """Insert what was read of a damaged file, and the known requests that this file does not contain.

        All of them keep their numbers, so that their order remains, and `read` continues where it was.
        """
        if not self._sequences and not self._salvaged:
            return  # opened for the first time
        known, numbers = self.known(), connection.execute("SELECT id, sequence FROM requests").fetchall()
        found, taken = dict(numbers), {None, *(number for _, number in numbers)}
        rows: list[tuple[int | None, str, str]] = [row for row in self._salvaged.rows if row[1] not in known]
        rows += [
            (self._sequences.get(request_id), request_id, dump_request(request))
            for request_id, request in known.items()
            if request_id not in found
        ]
        with transaction(connection):
            for sequence, request_id, body in rows:
                found[request_id] = _insert(connection, request_id, body, None if sequence in taken else sequence)
                taken.add(found[request_id])
            _set_marks(connection, self._salvaged.marks)
        self._sequences, self._salvaged = found, Salvaged()

    def hold(self) -> None:
        """Keep the database file unchanged until `release`.

        Writes go to the write-ahead log only, so that both files can be copied.
        """
        connection = self.open()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA wal_autocheckpoint = 0")

    def release(self) -> None:
        """Write the log into the file again, now and whenever it has grown."""
        connection = self.open()
        connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def delete_file(self) -> None:
        """Close and delete the file."""
        self.close()
        self._sequences.clear()
        for suffix in ("-wal", "-shm", ""):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    # -- read ---------------------------------------------------------------------------------------------------------

    def last(self) -> int:
        """Return the number of the newest row; 0 if there is none."""
        (number,) = self.open().execute("SELECT coalesce(max(sequence), 0) FROM requests").fetchone()
        return int(number)

    def read(self, after: int, last: int, limit: int) -> list[tuple[int, str]]:
        """Return numbers and bodies of at most `limit` rows from `after` (exclusive) to `last`, oldest first."""
        statement = "SELECT sequence, id, body FROM requests WHERE sequence > ? AND sequence <= ? ORDER BY 1 LIMIT ?"
        rows = self.open().execute(statement, (after, last, limit)).fetchall()
        self._sequences |= {request_id: sequence for sequence, request_id, _ in rows}
        return [(sequence, body) for sequence, _, body in rows]

    def count(self) -> int:
        """Return the number of rows."""
        (number,) = self.open().execute("SELECT count(*) FROM requests").fetchone()
        return int(number)

    def mark(self, key: str) -> str | None:
        """Return the value of a mark; None if it was never set."""
        row = self.open().execute("SELECT value FROM marks WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    # -- write --------------------------------------------------------------------------------------------------------

    def write(self, changes: Sequence[Changes]) -> list[Exception | None]:
        """Write all changes in one transaction, which is on disk when this returns.

        Return an error or None for each. If the transaction fails for a reason other than the disk, each is tried
        alone, so that a single faulty change fails alone.
        """
        try:
            self._commit(changes)
        except (sqlite3.OperationalError, OSError) as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _REOPEN:
                self.close()
            return [error] * len(changes)
        except Exception as error:  # noqa: BLE001 - of a single row
            if len(changes) == 1:
                return [error]
            return [self.write([each])[0] for each in changes]
        return [None] * len(changes)

    def _commit(self, changes: Sequence[Changes]) -> None:
        if self._connection and self._file_at_path() != self._file:
            self.close()  # set aside by another journal, or deleted: `open` uses the file that is there now
        try:
            self._commit_once(changes)
        except sqlite3.DatabaseError as error:
            if not _is_unusable(error):
                raise
            self.close()  # damaged while it was open: `open` sets it aside
            self._commit_once(changes)

    def _commit_once(self, changes: Sequence[Changes]) -> None:
        with transaction(self.open()) as connection:
            added: dict[str, int] = {}
            for each in changes:
                for request in each.accepted:
                    added[request.id] = _insert(connection, request.id, dump_request(request))
            dropped = [request_id for each in changes for request_id in each.dropped]
            self._delete(connection, dropped, added)
            for each in changes:
                _set_marks(connection, each.marks)
        self._sequences |= added
        for request_id in dropped:
            self._sequences.pop(request_id, None)

    def _delete(self, connection: sqlite3.Connection, ids: Sequence[str], added: Mapping[str, int]) -> None:
        known = {request_id: added.get(request_id) or self._sequences.get(request_id) for request_id in ids}
        # SQLite reuses the number of a deleted newest row, so the id is compared too.
        rows = ((number, request_id) for request_id, number in known.items() if number is not None)
        connection.executemany("DELETE FROM requests WHERE sequence = ? AND id = ?", rows)
        # Rows of another connection are found by their ids. That is rare, so there is no index.
        unknown = ((request_id,) for request_id, number in known.items() if number is None)
        connection.executemany("DELETE FROM requests WHERE id = ?", unknown)

    def import_rows(self, rows: Sequence[tuple[str, str]], mark: str, value: str) -> None:
        """Insert ids and bodies of another file, once: `mark` is set to `value` then."""
        if self.mark(mark) == value:
            return
        with transaction(self.open()) as connection:
            for request_id, body in rows:
                _insert(connection, request_id, body)
            _set_marks(connection, {mark: value})


def _insert(connection: sqlite3.Connection, request_id: str, body: str, sequence: int | None = None) -> int:
    statement = "INSERT INTO requests (sequence, id, body) VALUES (?, ?, ?)"
    cursor = connection.execute(statement, (sequence, request_id, body))
    return cursor.lastrowid or 0


def _set_marks(connection: sqlite3.Connection, marks: Mapping[str, str | None]) -> None:
    for key, value in marks.items():
        if value is None:
            connection.execute("DELETE FROM marks WHERE key = ?", (key,))
        else:
            connection.execute("INSERT OR REPLACE INTO marks (key, value) VALUES (?, ?)", (key, value))


def _is_unusable(error: Exception) -> bool:
    """Return whether the file itself is not a usable database, rather than the disk failing."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return isinstance(error, UnusableError) or code in _DAMAGED
