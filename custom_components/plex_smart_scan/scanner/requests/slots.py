"""How many requests of one library are in progress at once."""

from collections import Counter, deque
from collections.abc import Callable
from typing import Final

from .pending import PendingRequest

_MAX_AT_ONCE: Final = 500  # requests of one library in progress; further ones wait in line


class RequestSlots:
    """Lets so many requests of each library run at once, in the order in which they came."""

    def __init__(self, begin: Callable[[PendingRequest], None]) -> None:
        """Keep how to begin the work on a request."""
        self._begin = begin
        self._waiting: dict[int | None, deque[PendingRequest]] = {}
        self._running: Counter[int | None] = Counter()

    def join(self, pending: PendingRequest) -> None:
        """Put a request at the end of its library's line."""
        self._waiting.setdefault(pending.line, deque()).append(pending)
        self._fill(pending.line)

    def leave(self, pending: PendingRequest) -> None:
        """Take a request out of its line, or release its slot: it waits, or is finished. It gets no other slot."""
        if pending.has_slot:
            pending.has_slot = False
            self._running[pending.line] -= 1
            self._fill(pending.line)
        elif pending.task is None and pending in self._waiting.get(pending.line, ()):
            self._waiting[pending.line].remove(pending)

    def _fill(self, library: int | None) -> None:
        """Give the free slots of a library to the first of its line."""
        line = self._waiting[library]
        while line and self._running[library] < _MAX_AT_ONCE:
            self._running[library] += 1
            pending = line.popleft()
            pending.has_slot = True
            self._begin(pending)
