"""The worker thread that uses the journal's database."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
import logging
from pathlib import Path
import sqlite3
from typing import Final

from .database import Database, JournalError
from .migration import import_json

_LOGGER: Final = logging.getLogger(__name__)


class DatabaseWorker:
    """Opens the database when it is first needed, and calls its functions one at a time, off the event loop."""

    def __init__(
        self,
        database: Database,
        executor: Executor | None,
        json_file: Path | None,
        on_set_aside: Callable[[Path], None],
    ) -> None:
        """Store the arguments; by default `executor` is a worker thread of its own."""
        self.closed = False
        self._database = database
        self._executor = executor or ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._json_file = json_file
        self._on_set_aside = on_set_aside
        self._opened = False

    async def run[**P, T](self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function with the database open. Raises JournalError."""

        def run() -> T:
            if not self._opened:
                self._database.open()
                if self._json_file:
                    import_json(self._json_file, self._database)
                self._opened = True
            return function(*args, **kwargs)

        try:
            return await self._in_thread(run)
        finally:
            self._report_set_aside()

    async def delete_file(self) -> None:
        """Delete the file, and that of an earlier version. Raises JournalError."""

        def delete() -> None:
            self._opened = False
            self._database.delete_file()
            if self._json_file:
                self._json_file.unlink(missing_ok=True)

        await self._in_thread(delete)

    async def close(self) -> None:
        """Close the file and end the thread; later calls raise JournalError."""
        if not self.closed:
            self.closed = True
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._executor, self._database.close)
            await loop.run_in_executor(None, self._executor.shutdown)

    async def _in_thread[T](self, function: Callable[[], T]) -> T:
        if self.closed:
            message = "the journal is closed"
            raise JournalError(message)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, function)
        except (sqlite3.Error, OSError) as error:
            raise journal_error(error) from error

    def _report_set_aside(self) -> None:
        while self._database.set_aside:
            path = self._database.set_aside.pop()
            _LOGGER.error("%s was damaged or is not a journal. It was renamed to %s", self._database.path.name, path)
            self._on_set_aside(path)


def journal_error(error: Exception) -> JournalError:
    """Convert an SQLite or disk error to JournalError."""
    return error if isinstance(error, JournalError) else JournalError(str(error) or type(error).__name__)
