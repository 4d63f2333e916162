"""The tables of the journal: they are created in a new file and checked in an existing one."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
import sqlite3
from typing import Final

APPLICATION_ID: Final = 0x50535331  # "PSS1", in the header of a journal
_VERSION: Final = 1  # of the tables
_SPARE_PAGES: Final = 1000  # free pages (4 MB) above which the file is compacted when it is opened
_SCHEMA: Final = f"""
    CREATE TABLE IF NOT EXISTS requests (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL, body TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS marks (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    PRAGMA application_id = {APPLICATION_ID};
    PRAGMA user_version = {_VERSION};
"""


class UnusableError(Exception):
    """The file is not a journal that this version can use."""


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Commit when the block ends; roll back if it raises. Raises sqlite3.Error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        raise


def prepare(connection: sqlite3.Connection) -> None:
    """Check the file, and create the tables in a new one. Raises sqlite3.Error and UnusableError."""
    connection.execute("PRAGMA synchronous = FULL")
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application_id == APPLICATION_ID:
        if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise UnusableError
        _require_columns(connection)  # a newer version may have added tables and columns
    elif tables:
        raise UnusableError
    # On a file system without shared memory, SQLite keeps its rollback journal, which is as durable.
    connection.execute("PRAGMA journal_mode = WAL")
    if application_id != APPLICATION_ID:
        with transaction(connection):
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
    (spare,) = connection.execute("PRAGMA freelist_count").fetchone()
    if spare > _SPARE_PAGES:
        connection.execute("VACUUM")


def _require_columns(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("SELECT sequence, id, body FROM requests LIMIT 0")
        connection.execute("SELECT key, value FROM marks LIMIT 0")
    except sqlite3.OperationalError as error:
        raise UnusableError from error
