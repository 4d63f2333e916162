"""A clock for tests: an engine on it does not notice when the machine stops for a while."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
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
        self._stopped = 0.0  # seconds in which `stopped` was in effect
        self._stopped_at: float | None = None

    @override
    def monotonic(self) -> float:
        """Return seconds that only increase."""
        return self._steady() - self._stopped if self._stopped_at is None else self._stopped_at

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the time that has passed, so that no limit is reached; pauses still end."""
        self._stopped_at = SteadyClock.monotonic(self)
        try:
            yield
        finally:
            self._stopped = self._steady() - self._stopped_at
            self._stopped_at = None

    def _steady(self) -> float:
        read_at = time.monotonic()
        self._now += min(read_at - self._read_at, STEP)
        self._read_at = read_at
        return self._now

    @override
    async def sleep(self, seconds: float) -> None:
        """Wait in steps, between which other tasks run."""
        end = self._steady() + seconds
        await asyncio.sleep(min(seconds, STEP))
        while (left := end - self._steady()) > 0:  # noqa: ASYNC110 - time is no event
            await asyncio.sleep(min(left, STEP))
