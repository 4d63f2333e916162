"""Time as a dependency, so that tests can control it."""

import asyncio
from collections.abc import Collection
import time
from typing import Protocol

from .concurrency import wait_until_done


class Clock(Protocol):
    """The functions of time that the engine uses. Durations are in seconds."""

    def time(self) -> float:
        """Return Unix seconds, for timestamps that outlive the process."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only increase, for durations."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        ...


class SystemClock:
    """The system's time."""

    def time(self) -> float:
        """Return Unix seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that only increase."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        await asyncio.sleep(seconds)


async def wait_for(clock: Clock, event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, for at most `seconds` by the clock. Return whether it is set."""
    return await wait_for_any(clock, (event,), seconds)


async def wait_for_any(clock: Clock, events: Collection[asyncio.Event], seconds: float) -> bool:
    """Wait for one of several events, for at most `seconds` by the clock. Return whether one of them is set."""
    if seconds > 0 and not any(event.is_set() for event in events):
        sleep = asyncio.create_task(clock.sleep(seconds))
        waits = [asyncio.create_task(_wake(event, sleep)) for event in events]
        try:
            await wait_until_done(sleep)
        finally:
            for task in (sleep, *waits):
                task.cancel()
            for task in (sleep, *waits):
                await wait_until_done(task)
    return any(event.is_set() for event in events)


async def _wake(event: asyncio.Event, sleep: asyncio.Task[None]) -> None:
    """End a sleep when an event is set."""
    await event.wait()
    sleep.cancel()
