"""Waiting for a condition instead of sleeping: predicates that are checked whenever something changed."""

import asyncio
from collections.abc import Callable


class Watch:
    """Wakes waiters for a condition."""

    def __init__(self) -> None:
        """Begin without waiters."""
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    async def until(self, predicate: Callable[[], bool]) -> None:
        """Return as soon as the predicate is true."""
        if predicate():
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (predicate, future)
        self._waiting.append(entry)
        try:
            await future
        finally:
            self._waiting.remove(entry)

    def check_waiters(self) -> None:
        """Check every condition again."""
        for predicate, future in self._waiting:
            if not future.done() and predicate():
                future.set_result(None)


class Gate:
    """A barrier that can be held."""

    def __init__(self, watch: Watch) -> None:
        """Start open."""
        self._watch = watch
        self.held = False

    def hold(self) -> None:
        """Close the gate."""
        self.held = True

    def release(self) -> None:
        """Open the gate."""
        self.held = False
        self._watch.check_waiters()

    async def passed(self) -> None:
        """Wait for the open gate."""
        await self._watch.until(lambda: not self.held)
