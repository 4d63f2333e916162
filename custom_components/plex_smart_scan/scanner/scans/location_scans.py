"""The scans of whole locations, which are limited: when the next one is allowed, and when one takes place."""

import asyncio

from ..clock import Clock
from ..libraries.index import Match
from ..timing import Timing
from .recent_scans import RecentScans
from .scan_job import ScanJob


class LocationScans:
    """The latest scan of a location, by library: all locations of a library share the limit."""

    def __init__(self, recent: RecentScans, clock: Clock, timing: Timing) -> None:
        """Begin with none."""
        self._recent = recent
        self._clock = clock
        self._timing = timing
        self._requested_at: dict[int, float] = {}  # monotonic seconds
        self._next: dict[int, asyncio.Event] = {}

    def add(self, job: ScanJob) -> None:
        """Record a scan that Plex has accepted, if it reads a whole location."""
        if job.reads_location:
            self._requested_at[job.library.id] = job.started_at
            if waiting := self._next.pop(job.library.id, None):
                waiting.set()

    def next(self, library: int) -> asyncio.Event:
        """Return an event that is set when a location of a library is scanned."""
        return self._next.setdefault(library, asyncio.Event())

    def wait_time(self, match: Match, *, removal: bool, since: float) -> float:
        """Return in how many seconds a location may be scanned again: for a `removal`, or to find a file.

        There is nothing to wait for if a scan of the location started at or after `since` (monotonic seconds), so that
        the request can use it.
        """
        last = self._requested_at.get(match.library.id)
        if last is None or self._recent.find(match.library, match.location, since=since) is not None:
            return 0.0
        apart = self._timing.location_removal_interval if removal else self._timing.location_scan_interval
        return max(last + apart - self._clock.monotonic(), 0.0)
