"""Waiting for work that others wait for too, or that can be abandoned."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def wait_shielded[T](future: asyncio.Future[T]) -> T:
    """Wait for a future that continues when this waiter is cancelled.

    Unlike `asyncio.shield`, it does not report an error to the event loop that is raised after the last waiter has
    left.
    """
    try:
        await wait_until_done(future)
    except asyncio.CancelledError:
        future.add_done_callback(_retrieve_exception)
        raise
    return future.result()


async def wait_until_done(future: asyncio.Future[Any]) -> None:
    """Wait for a future, whatever becomes of it: it is not cancelled with its waiter, and its error is not raised.

    This is `asyncio.wait` for a single future, without what that does for several.
    """
    if future.done():
        return
    waiter = future.get_loop().create_future()

    def wake(_: asyncio.Future[Any]) -> None:
        if not waiter.done():
            waiter.set_result(None)

    future.add_done_callback(wake)
    try:
        await waiter
    finally:
        future.remove_done_callback(wake)


async def run_abandonable[T](work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine whose waiter can leave at once.

    A request to Plex cannot be interrupted: its thread ends with the request.
    """
    task = asyncio.create_task(work)
    try:
        return await wait_shielded(task)
    finally:
        task.cancel()


def _retrieve_exception[T](future: asyncio.Future[T]) -> None:
    if not future.cancelled():
        future.exception()
