"""A clock for tests: an engine on it does not notice when the machine stops for a while."""

import asyncio
import time
from typing import override

from custom_components.plex_smart_scan.scanner.clock import SystemClock

STEP = 0.01  # seconds: how far the clock moves at most while no task runs


class SteadyClock(SystemClock):
    """The system's time without the pauses of the machine.

    The engine's timings in tests are a hundredth of the real ones. On a busy machine, the whole process can stop for
    longer than that, and on the system's clock all of its waiting times would have passed before the fake server had
    run. On this clock, such a pause takes one step, so that the server's responses come first.
    """

    def __init__(self) -> None:
        """Begin at the system's time."""
        self._read_at = self._now = time.monotonic()

    @override
    def monotonic(self) -> float:
        """Return seconds that only increase."""
        read_at = time.monotonic()
        self._now += min(read_at - self._read_at, STEP)
        self._read_at = read_at
        return self._now

    @override
    async def sleep(self, seconds: float) -> None:
        """Wait in steps, between which other tasks run."""
        end = SteadyClock.monotonic(self) + seconds
        await asyncio.sleep(min(seconds, STEP))
        while (left := end - SteadyClock.monotonic(self)) > 0:  # noqa: ASYNC110 - time is no event
            await asyncio.sleep(min(left, STEP))
