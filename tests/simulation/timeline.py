"""Values that change at known times, and queries about periods."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any


class Timeline[T]:
    """One value over time. Times are the loop's seconds."""

    def __init__(self, value: T, at: float = 0.0) -> None:
        """Begin with a value."""
        self._times = [at]
        self._values = [value]

    @property
    def now(self) -> T:
        """The latest value."""
        return self._values[-1]

    @property
    def changed_at(self) -> float:
        """When the latest value began."""
        return self._times[-1]

    def set(self, value: T, at: float) -> None:
        """Change the value."""
        if value == self._values[-1]:
            return
        self._times.append(at)
        self._values.append(value)

    def at(self, time: float) -> T:
        """Return the value at a time."""
        return self._values[max(bisect_right(self._times, time) - 1, 0)]

    def during(self, begin: float, end: float) -> list[T]:
        """Return the values of a period in order, the one that it began with included."""
        first = max(bisect_right(self._times, begin) - 1, 0)
        return self._values[first : max(bisect_right(self._times, end), first + 1)]

    def changes(self, begin: float, end: float) -> list[float]:
        """Return when the value changed within a period."""
        return self._times[bisect_right(self._times, begin) : bisect_right(self._times, end)]

    def transitions(self, begin: float, end: float) -> Iterator[tuple[T, T]]:
        """Return the changes of a period: each value with the one that followed."""
        return pairwise(self.during(begin, end))


def ever(begin: float, end: float, holds: Callable[[float], bool], *timelines: Timeline[Any]) -> bool:
    """Return whether a condition on timelines was true at any time in a period."""
    moments = {begin, end}.union(*(timeline.changes(begin, end) for timeline in timelines))
    return any(holds(moment) for moment in moments)
