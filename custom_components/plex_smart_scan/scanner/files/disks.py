"""Asking a disk that may hang: a few times at once at most, and not again while it hangs.

A dead network mount holds a thread for as long as it is dead, and no thread can be interrupted. The threads are Home
Assistant's, and all_jobs's: however many ask, a dead mount gets a few of them.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
import logging
from typing import Any, Final
from weakref import WeakValueDictionary

from ..safe_text import log_safe

_LOGGER: Final = logging.getLogger(__name__)
_AT_ONCE: Final = 8  # a walk through a large folder holds up no look at a file, nor a slow disk a season of them
_disks: Final[WeakValueDictionary[str, Disk]] = WeakValueDictionary()


def disk_of(location: str) -> Disk:
    """Return the disk of a location; it is forgotten once nobody looks at it any more."""
    disk = _disks.get(location)
    if disk is None:
        disk = _disks[location] = Disk(location)
    return disk


class Disk:
    """One disk: whoever finds it taken waits for his turn, and whoever finds it hanging does not wait."""

    def __init__(self, location: str) -> None:
        """Begin healthy."""
        self._location = location
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._reported = False  # one line in the log for each outage
        self._hanging: set[asyncio.Task[Any]] = set()

    async def look[T](self, how: Callable[[], Coroutine[Any, Any, T]], timeout: float) -> T | None:
        """Look in one's turn; None where a look takes longer than `timeout` seconds, ours or one before it."""
        await self._places.acquire()
        if self._hanging:
            self._places.release()
            return None
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T | None] = loop.create_future()
        # A task of its own: a place is taken for as long as a thread is, also if nobody waits for it any more.
        job = asyncio.create_task(how())
        timer = loop.call_later(timeout, self._give_up, job, answer, timeout)
        job.add_done_callback(partial(self._end, answer, timer))
        return await answer

    def _give_up(self, job: asyncio.Task[Any], answer: asyncio.Future[Any], timeout: float) -> None:
        if not self._reported:
            self._reported = True
            _LOGGER.warning("No answer from the disk within %s seconds: %s", timeout, log_safe(self._location))
        self._hanging.add(job)
        self._places.release()  # so that those in line learn at once that the disk hangs
        if not answer.done():
            answer.set_result(None)

    def _end(self, answer: asyncio.Future[Any], timer: asyncio.TimerHandle, job: asyncio.Task[Any]) -> None:
        timer.cancel()
        if job in self._hanging:
            self._hanging.discard(job)
            if not self._hanging:
                self._reported = False
                _LOGGER.info("The disk answers again: %s", log_safe(self._location))
        else:
            self._places.release()
        if answer.done():
            _ = job.cancelled() or job.exception()  # nobody waits for it any more
        elif job.cancelled():
            answer.cancel()
        elif error := job.exception():
            answer.set_exception(error)
        else:
            answer.set_result(job.result())
