"""Time, handed in, so that tests can stop it."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What the pipeline needs of time. Durations are in seconds."""

    def time(self) -> float:
        """Unix seconds, for stamps that outlive the process."""
        ...

    def monotonic(self) -> float:
        """Seconds that only go forward, for durations."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The real time."""

    def time(self) -> float:
        """Unix seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that only go forward."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


async def wait_for(clock: Clock, event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, at most so many seconds by that clock. True when it is set."""
    if event.is_set() or seconds <= 0:
        return event.is_set()
    waiting = asyncio.ensure_future(event.wait())
    sleeping = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait({waiting, sleeping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (waiting, sleeping):
            task.cancel()
        await asyncio.gather(waiting, sleeping, return_exceptions=True)
    return event.is_set()
