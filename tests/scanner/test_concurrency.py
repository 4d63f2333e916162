"""Work with several waiters."""

import asyncio

import pytest

from custom_components.plex_smart_scan.scanner.concurrency import run_abandonable, wait_shielded


async def test_error_after_the_last_waiter_was_cancelled_is_ignored() -> None:
    """A cancelled waiter does not cancel the work, and its error is not reported."""
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context))
    work: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(wait_shielded(work))
    await asyncio.sleep(0)

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not work.cancelled()
    work.set_exception(OSError("too late"))
    await asyncio.sleep(0)
    del work

    assert reported == []


async def test_all_waiters_get_the_result() -> None:
    """All waiters get the result, late ones included."""
    work: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    waiting = [asyncio.create_task(wait_shielded(work)) for _ in range(3)]
    work.set_result(7)

    assert await asyncio.gather(*waiting, wait_shielded(work)) == [7, 7, 7, 7]


async def test_cancelled_waiter_does_not_wait_for_a_thread() -> None:
    """Work that cannot be interrupted, such as a request in a thread, does not delay a cancelled waiter."""
    over, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await over.wait()
            ended.set()

    waiting = asyncio.create_task(run_abandonable(work()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert not ended.is_set()
    over.set()
    await ended.wait()


async def test_background_work_returns_its_result() -> None:
    """The result or the error is returned."""

    async def work() -> int:
        return 7

    async def fail() -> None:
        raise KeyError(7)

    assert await run_abandonable(work()) == 7
    with pytest.raises(KeyError):
        await run_abandonable(fail())
