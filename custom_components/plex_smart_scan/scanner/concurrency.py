"""Waiting for what others wait for too."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def wait_shielded[T](future: asyncio.Future[T]) -> T:
    """Wait for a future that goes on when its waiter is cancelled.

    Unlike `asyncio.shield`, a failure that comes when nobody waits any more is not reported to the event loop.
    """
    future.add_done_callback(_retrieve_exception)
    await asyncio.wait([future])
    return future.result()


async def run_abandonable[T](work: Coroutine[Any, Any, T]) -> T:
    """Do something that whoever waits for it can leave at once.

    A request to Plex that is under way cannot be cut short: what is left behind ends with it.
    """
    task = asyncio.create_task(work)
    try:
        return await wait_shielded(task)
    finally:
        task.cancel()


def _retrieve_exception[T](future: asyncio.Future[T]) -> None:
    if not future.cancelled():
        future.exception()
