"""How many requests of one library are processed at the same time."""

from collections import Counter, deque
from collections.abc import Callable
from typing import Final

from .pending import PendingRequest

_MAX_IN_PROGRESS: Final = 500  # requests of one library; further ones wait in a queue


class ConcurrencyLimit:
    """Limits how many requests of each library are processed at once, in the order of their arrival."""

    def __init__(self, begin: Callable[[PendingRequest], None]) -> None:
        """Begin empty. `begin` starts the processing of a request."""
        self._begin = begin
        self._waiting: dict[int | None, deque[PendingRequest]] = {}
        self._running: Counter[int | None] = Counter()

    def join(self, pending: PendingRequest) -> None:
        """Queue a request of its library, and start it if a slot is free."""
        self._waiting.setdefault(pending.library_id, deque()).append(pending)
        self._fill(pending.library_id)

    def leave(self, pending: PendingRequest) -> None:
        """Remove a request from its queue, or release its slot while it waits or when it is finished.

        A request gets no second slot.
        """
        if pending.has_slot:
            pending.has_slot = False
            self._running[pending.library_id] -= 1
            self._fill(pending.library_id)
        elif pending.task is None and pending in self._waiting.get(pending.library_id, ()):
            self._waiting[pending.library_id].remove(pending)

    def _fill(self, library: int | None) -> None:
        """Start the first requests of a library in its free slots."""
        queue = self._waiting[library]
        while queue and self._running[library] < _MAX_IN_PROGRESS:
            self._running[library] += 1
            pending = queue.popleft()
            pending.has_slot = True
            self._begin(pending)
