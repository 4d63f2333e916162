"""Waiting for an event with a time limit."""

import asyncio

import pytest

from custom_components.plex_smart_scan.scanner.clock import SystemClock, wait_for

from .builders import FrozenClock, work


async def test_wait_ends_with_the_event() -> None:
    """The wait ends with the event, and no task is left."""
    clock, event = FrozenClock(), asyncio.Event()
    waiting = asyncio.create_task(wait_for(clock, event, 60))
    await work()

    event.set()

    assert await waiting is True
    assert len(asyncio.all_tasks()) == 1


async def test_wait_ends_at_the_time_limit() -> None:
    """The wait ends at the time limit, not earlier."""
    clock, event = FrozenClock(), asyncio.Event()
    waiting = asyncio.create_task(wait_for(clock, event, 60))

    await clock.forward(59.9)
    assert not waiting.done()
    await clock.forward(0.1)

    assert await waiting is False
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize("seconds", [0, -1])
async def test_event_is_only_checked_without_time(seconds: float) -> None:
    """Without time the event is only checked."""
    event = asyncio.Event()

    assert await wait_for(FrozenClock(), event, seconds) is False
    event.set()
    assert await wait_for(FrozenClock(), event, seconds) is True


async def test_cancelled_wait_leaves_no_task() -> None:
    """A cancelled wait leaves no task."""
    waiting = asyncio.create_task(wait_for(FrozenClock(), asyncio.Event(), 60))
    await work()

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert waiting.cancelled()
    assert len(asyncio.all_tasks()) == 1


async def test_system_clock_advances() -> None:
    """The system clock advances."""
    clock = SystemClock()
    before = clock.monotonic(), clock.time()

    await clock.sleep(0)

    assert clock.monotonic() >= before[0]
    assert clock.time() > 1_700_000_000
