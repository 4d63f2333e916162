"""Time, handed in, so that tests can stop it."""

import asyncio
from collections.abc import Collection
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
    """Wait for an event, for at most `seconds` by the clock. Return whether it is set."""
    return await wait_for_any(clock, (event,), seconds)


async def wait_for_any(clock: Clock, events: Collection[asyncio.Event], seconds: float) -> bool:
    """Wait for one of several events, for at most `seconds` by the clock. Return whether one of them is set."""
    if seconds > 0 and not any(event.is_set() for event in events):
        tasks: list[asyncio.Future[object]] = [asyncio.ensure_future(event.wait()) for event in events]
        tasks.append(asyncio.ensure_future(clock.sleep(seconds)))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    return any(event.is_set() for event in events)
