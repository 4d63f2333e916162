"""Waiting for what others wait for too."""

import asyncio


async def shared[T](future: asyncio.Future[T]) -> T:
    """Wait for a future that goes on when its waiter is cancelled.

    Unlike `asyncio.shield`, a failure that comes when nobody waits any more is not reported to the event loop.
    """
    future.add_done_callback(_take_note)
    await asyncio.wait([future])
    return future.result()


def _take_note[T](future: asyncio.Future[T]) -> None:
    if not future.cancelled():
        future.exception()
