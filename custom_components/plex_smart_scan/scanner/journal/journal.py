"""The accepted and unfinished requests on disk: they survive a crash and are resumed after it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
import logging
from pathlib import Path
from typing import Final

from ..clock import Clock, SystemClock
from ..concurrency import wait_shielded
from ..models import ScanRequest
from .database import Changes, Database, JournalError
from .database_worker import DatabaseWorker, journal_error
from .rows import load_requests

_LOGGER: Final = logging.getLogger(__name__)
_DROP_AFTER: Final = 1.0  # seconds; a finished request that is repeated after a crash is found up to date
_BATCH: Final = 100  # rows read at once, which blocks the event loop for a few milliseconds
_COMMIT: Final = 250  # requests in one transaction; those of one caller are never split


@dataclass(eq=False, slots=True)
class _Write:
    """The changes of one caller, and how many callers wait for them.

    It is queued, then started, then done. It is undone if all callers stop waiting before its success is reported.
    """

    changes: Changes
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    waiting: int = 0
    reported: bool = False  # whether a caller has been informed of its success
    started: bool = False


class Journal:
    """The accepted requests of one server, in one database file.

    All callers that arrive during one commit share the next one. Reading and writing happen in one worker thread. The
    file also contains marks: values by key that outlive the requests, such as the position in a downloader's history.
    They are written together with the requests that they belong to.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock | None = None,
        *,
        json_file: Path | None = None,
        executor: Executor | None = None,
        on_set_aside: Callable[[Path], None] = lambda _path: None,
    ) -> None:
        """Store the database; its file is opened when it is first needed.

        `json_file` is the journal of a version before the database; it is imported once. `executor` runs blocking calls
        one at a time (by default in a worker thread of its own). `on_set_aside` is called with the new name of a file
        that was damaged or is not a journal.
        """
        self._clock = clock or SystemClock()
        self._database = database
        self._worker = DatabaseWorker(database, executor, json_file, on_set_aside)
        self._stored: dict[str, ScanRequest] = {}  # the requests on disk, by id
        database.known = self._stored.copy  # a copy, since the event loop changes the original
        self._writes: dict[str, _Write] = {}  # the unfinished writes, by the ids of their requests
        self._queue: list[_Write] = []  # the writes for the next commits
        self._dropped: list[str] = []  # the ids of finished requests that are still on disk
        self._finished_early: set[str] = set()  # the ids of requests that finished while they were being written
        self._failing = False  # whether the latest commit failed
        self._writing: asyncio.Task[None] | None = None
        self._dropping: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """Return how many unfinished requests were read or accepted."""
        return len(self._stored)

    def __contains__(self, request_id: object) -> bool:
        """Return whether a request is on disk."""
        return request_id in self._stored

    # -- read ---------------------------------------------------------------------------------------------------------

    async def load(self) -> AsyncIterator[tuple[ScanRequest, ...]]:
        """Read the requests of an earlier run, oldest first, in batches; without those accepted during this call.

        Rows that cannot be read stay in the file and are counted in the log. Raises JournalError.
        """
        position, unreadable = 0, 0
        last = await self._worker.run(self._database.last)
        while True:
            rows = await self._worker.run(self._database.read, position, last, _BATCH)
            if not rows:
                break
            position = rows[-1][0]
            found = load_requests(body for _, body in rows)
            unreadable += len(rows) - len(found)
            # If the file was damaged since then, the number of a new request can be one of those that were lost.
            found = [request for request in found if request.id not in self._stored]
            self._stored.update((request.id, request) for request in found)
            yield tuple(found)
        if unreadable:
            file = self._database.path
            _LOGGER.warning("%d accepted requests could not be read. They remain in %s", unreadable, file)

    async def count(self) -> int:
        """Return how many requests the file contains. Raises JournalError."""
        return await self._worker.run(self._database.count)

    async def get_mark(self, key: str) -> str | None:
        """Return the value of a mark; None if it is not set. Raises JournalError."""
        return await self._worker.run(self._database.mark, key)

    # -- write --------------------------------------------------------------------------------------------------------

    async def accept(
        self,
        requests: Iterable[ScanRequest],
        *,
        replaces: Iterable[str] = (),
        marks: Mapping[str, str | None] | None = None,
    ) -> None:
        """Store requests. All of them are on disk when this returns, none of them if it raises JournalError.

        The same transaction drops the requests with the ids `replaces` and sets `marks`. If all callers stop waiting,
        the requests are dropped again, unless they replaced others or came with marks.
        """
        given = {request.id: request for request in requests if request.id not in self._stored}
        awaited = dict.fromkeys(write for request_id in given if (write := self._writes.get(request_id)))
        new = tuple(request for request_id, request in given.items() if request_id not in self._writes)
        changes = Changes(accepted=new, dropped=tuple(replaces), marks=dict(marks or {}))
        if new or changes.dropped or changes.marks:
            awaited[self._enqueue(changes)] = None
        await self._wait(awaited)

    async def set_mark(self, key: str, value: str | None) -> None:
        """Store the value of a mark; None deletes it. Raises JournalError."""
        await self.accept((), marks={key: value})

    def drop(self, request: ScanRequest) -> None:
        """Drop a finished request. It leaves the disk within about a second, or with the next write."""
        if request.id in self._writes:
            self._finished_early.add(request.id)
        elif request.id in self._stored:
            del self._stored[request.id]
            self._dropped.append(request.id)
            self._drop_soon()

    async def close(self) -> None:
        """Write what is not written yet and close the file; later calls raise JournalError."""
        while self._queue or self._writing:
            await asyncio.wait([self._start_writing()])
        if self._dropped:
            await asyncio.wait([self._start_writing()])
        if self._dropping:
            self._dropping.cancel()
            await asyncio.gather(self._dropping, return_exceptions=True)
        await self._worker.close()

    async def hold(self) -> None:
        """Keep the database file unchanged until `release`, for a backup. Raises JournalError.

        Writes go to the write-ahead log only, so that both files can be copied.
        """
        await self._worker.run(self._database.hold)

    async def release(self) -> None:
        """Write to the database file again after a backup. Raises JournalError."""
        await self._worker.run(self._database.release)

    async def delete_file(self) -> None:
        """Delete the file, and that of an earlier version. Raises JournalError."""
        await self._worker.delete_file()

    def _enqueue(self, changes: Changes) -> _Write:
        if self._worker.closed:
            message = "the journal is closed"
            raise JournalError(message)
        write = _Write(changes)
        self._queue.append(write)
        self._writes |= dict.fromkeys((request.id for request in changes.accepted), write)
        self._start_writing()
        return write

    async def _wait(self, writes: Collection[_Write]) -> None:
        """Wait for writes. Raises the error of the first that failed."""
        for write in writes:
            write.waiting += 1
        succeeded = False
        try:
            for write in writes:
                await wait_shielded(write.done)
            succeeded = True
        finally:
            for write in writes:
                write.waiting -= 1
                write.reported |= succeeded
                self._undo_if_unreported(write)

    def _undo_if_unreported(self, write: _Write) -> None:
        """Undo a write that no caller waits for any more, unless a caller was informed of its success."""
        if write.waiting or write.reported:
            return
        if not write.started:
            if write in self._queue:
                self._queue.remove(write)
                self._end(write, None)
        elif write.done.done() and not write.done.exception() and not (write.changes.dropped or write.changes.marks):
            for request in write.changes.accepted:
                self.drop(request)

    def _start_writing(self) -> asyncio.Task[None]:
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        return self._writing

    async def _write_all(self) -> None:
        """Commit all queued writes, including those that are queued during a commit."""
        try:
            while True:
                queue = self._next_writes()
                dropped, self._dropped = self._dropped, []
                if not queue and not dropped:
                    break
                if not await self._write(queue, dropped) and not self._queue:
                    break  # the disk failed: the next write includes them
        finally:
            self._writing = None

    def _next_writes(self) -> list[_Write]:
        """Remove the writes of the next commit from the queue; a burst is split to keep the event loop responsive."""
        count = size = 0
        for write in self._queue:
            count, size = count + 1, size + len(write.changes.accepted)
            if size >= _COMMIT:
                break
        writes, self._queue = self._queue[:count], self._queue[count:]
        return writes

    async def _write(self, queue: list[_Write], dropped: list[str]) -> bool:
        """Commit once and report to each caller. Return whether the finished requests are dropped."""
        for write in queue:
            write.started = True
        # Finished requests come last: if the transaction is repeated in parts, accepted requests matter more.
        changes = [*(write.changes for write in queue), Changes(dropped=tuple(dropped))]
        errors = await self._commit(changes)
        if errors[-1] is not None and queue and dropped:
            errors[-1:] = await self._commit(changes[-1:])  # a full disk may have room for that
        for write, failure in zip(queue, errors, strict=False):
            self._end(write, failure)
        self._report(errors[-1])
        if errors[-1] is not None:
            self._dropped = dropped + self._dropped
        return errors[-1] is None

    async def _commit(self, changes: list[Changes]) -> list[Exception | None]:
        """Return an error or None for each change."""
        try:
            return await self._worker.run(self._database.write, changes)
        except JournalError as error:
            return [error] * len(changes)

    def _report(self, error: Exception | None) -> None:
        """Log an outage of the disk once, and its end."""
        if error is not None and not self._failing:
            _LOGGER.warning("The journal of accepted requests cannot be written: %s", error)
        elif error is None and self._failing:
            _LOGGER.info("The journal of accepted requests can be written again")
        self._failing = error is not None

    def _end(self, write: _Write, error: Exception | None) -> None:
        """Report to the callers, and record the requests as stored."""
        changes = write.changes
        accepted = {request.id: request for request in changes.accepted}
        for request_id in accepted:
            self._writes.pop(request_id, None)
        early = self._finished_early.intersection(accepted)
        self._finished_early -= early
        if error is not None:
            write.done.set_exception(journal_error(error))
            write.done.exception()  # marked as retrieved: all callers may have stopped waiting
            return
        write.done.set_result(None)
        if not write.started:
            return  # it was withdrawn, and no caller waits
        for request_id in changes.dropped:
            self._stored.pop(request_id, None)
        self._stored.update(accepted)
        for request_id in early:
            self.drop(accepted[request_id])
        self._undo_if_unreported(write)

    def _drop_soon(self) -> None:
        if self._dropped and not self._worker.closed and (self._dropping is None or self._dropping.done()):
            self._dropping = asyncio.create_task(self._drop_later())

    async def _drop_later(self) -> None:
        await self._clock.sleep(_DROP_AFTER)
        if self._dropped:
            await wait_shielded(self._start_writing())
