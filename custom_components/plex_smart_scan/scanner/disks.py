"""Asking a disk that may hang: a few times at once at most, and not again while it hangs.

A dead network mount holds a thread for as long as it is dead, and no thread can be interrupted. The threads are Home
Assistant's, and everybody's: however many ask, a dead mount gets a few of them.
"""

import asyncio
from collections.abc import Callable, Coroutine
import logging
from typing import Any, Final
from weakref import WeakValueDictionary

from .sharing import shared

_LOGGER: Final = logging.getLogger(__name__)
_AT_ONCE: Final = 2  # so that a walk through a large folder does not hold up the look at one file
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
        self._hanging: set[asyncio.Task[Any]] = set()

    async def look[T](self, how: Callable[[], Coroutine[Any, Any, T]], timeout: float) -> T | None:
        """Look in one's turn; None where a look takes longer than `timeout` seconds, ours or the one before it."""
        await self._places.acquire()
        if self._hanging:
            self._places.release()
            return None
        # A task of its own: a place is taken for as long as a thread is, also if nobody waits for it any more.
        return await shared(asyncio.create_task(self._in_time(how, timeout)))

    async def _in_time[T](self, how: Callable[[], Coroutine[Any, Any, T]], timeout: float) -> T | None:
        job = asyncio.create_task(how())
        try:
            async with asyncio.timeout(timeout):
                return await shared(job)
        except TimeoutError:
            _LOGGER.debug("No answer from the disk within %s seconds: %s", timeout, self._location)
            self._hanging.add(job)
            job.add_done_callback(self._is_back)
            return None
        finally:
            # After a time-out too: those in line are to learn at once that the disk hangs.
            self._places.release()

    def _is_back(self, job: asyncio.Task[Any]) -> None:
        self._hanging.discard(job)
