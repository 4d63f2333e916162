"""Access to a disk that may hang: a limited number of calls at once, and none while one of them hangs.

A dead network mount blocks a thread as long as it is dead, and a thread cannot be interrupted. The threads are shared
with all of Home Assistant, so a dead mount may only block a few of them.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
import logging
from typing import Any, Final
from weakref import WeakValueDictionary

from ..safe_text import log_safe

_LOGGER: Final = logging.getLogger(__name__)
_AT_ONCE: Final = 8  # calls, so that walking a large folder does not delay other files
_disks: Final[WeakValueDictionary[str, Disk]] = WeakValueDictionary()


def disk_of(location: str) -> Disk:
    """Return the disk of a location; it is dropped once it is no longer used."""
    disk = _disks.get(location)
    if disk is None:
        disk = _disks[location] = Disk(location)
    return disk


class Disk:
    """One disk. Callers wait while it is busy, and return at once while it hangs."""

    def __init__(self, location: str) -> None:
        """Begin without running calls."""
        self._location = location
        self._permits = asyncio.Semaphore(_AT_ONCE)
        self._reported = False  # one line in the log for each outage
        self._hanging: set[asyncio.Task[Any]] = set()

    async def look[T](self, function: Callable[[], Coroutine[Any, Any, T]], timeout: float) -> T | None:
        """Call a function in turn; None if it, or one before it, takes longer than `timeout` seconds."""
        await self._permits.acquire()
        if self._hanging:
            self._permits.release()
            return None
        loop = asyncio.get_running_loop()
        result: asyncio.Future[T | None] = loop.create_future()
        # A task of its own: the permit is in use as long as the thread is, even without a waiter.
        job = asyncio.create_task(function())
        timer = loop.call_later(timeout, self._on_timeout, job, result, timeout)
        job.add_done_callback(partial(self._on_done, result, timer))
        return await result

    def _on_timeout(self, job: asyncio.Task[Any], result: asyncio.Future[Any], timeout: float) -> None:
        if not self._reported:
            self._reported = True
            _LOGGER.warning("The disk did not respond within %s seconds: %s", timeout, log_safe(self._location))
        self._hanging.add(job)
        self._permits.release()  # waiting callers return at once
        if not result.done():
            result.set_result(None)

    def _on_done(self, result: asyncio.Future[Any], timer: asyncio.TimerHandle, job: asyncio.Task[Any]) -> None:
        timer.cancel()
        if job in self._hanging:
            self._hanging.discard(job)
            if not self._hanging:
                self._reported = False
                _LOGGER.info("The disk responds again: %s", log_safe(self._location))
        else:
            self._permits.release()
        if result.done():
            _ = job.cancelled() or job.exception()  # marked as retrieved: there is no waiter left
        elif job.cancelled():
            result.cancel()
        elif error := job.exception():
            result.set_exception(error)
        else:
            result.set_result(job.result())
