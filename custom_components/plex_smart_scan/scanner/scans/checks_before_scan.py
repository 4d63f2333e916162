"""The checks before a scan is requested: whether it is still needed, and whether the mounts that it reads are there."""

import asyncio
from typing import Final

from ..clock import Clock
from ..libraries.missing_mounts import MountChecker
from ..paths.clean_path import CleanPath
from ..timing import Timing
from .recent_scans import RecentScans
from .scan_job import ScanJob, Waiter

_MAX_ROUNDS: Final = 2  # of the checks, so that a slow server does not hold back a scan for ever


class NotScannedError(Exception):
    """A scan is not requested: it is not needed, or the mount of a location is missing."""

    def __init__(self, missing_mount: CleanPath | None = None) -> None:
        """Store the location whose mount is missing; None if the scan is not needed."""
        super().__init__()
        self.missing_mount = missing_mount


class ChecksBeforeScan:
    """Checks queued scans before they are requested."""

    def __init__(self, mounts: MountChecker, recent: RecentScans, clock: Clock, timing: Timing) -> None:
        """Store the dependencies."""
        self._mounts = mounts
        self._recent = recent
        self._clock = clock
        self._timing = timing
        self._last_end: dict[int | None, float] = {}

    def note_end(self, library: int | None) -> None:
        """Record that a scan of a library (None: an unknown one) has ended; it may have listed what is looked for."""
        self._last_end[library] = self._clock.monotonic()

    async def check(self, job: ScanJob) -> None:
        """Check that a scan is needed and that its mounts are there. Raises NotScannedError and PlexError.

        The user's confirmations that locations are meant to be empty are used up.
        """
        if self._recent.find(job.library, job.folder, since=job.since) not in {None, job}:
            raise NotScannedError  # a wider scan was requested in the meantime
        for _ in range(_MAX_ROUNDS):
            begin = self._clock.monotonic()
            if not await self._is_needed(job):
                raise NotScannedError
            missing = await self._mounts.find_missing(job.library, job.folder, job.location)
            if missing is not None:
                self._mounts.mark_missing(job.library, missing.location)
                raise NotScannedError(missing.location)
            if self._clock.monotonic() - begin < self._timing.mount_max_age:
                break  # if not, what was found first may have changed: an outage can delay the rest
        self._mounts.use_up_confirmations(job.library, job.folder, job.location)

    async def _is_needed(self, job: ScanJob) -> bool:
        """Return whether a waiting request needs the scan.

        The requests are only asked if another scan has ended since their look-ups, or if they have waited for long.
        """
        ended = max(self._last_end.get(job.library.id, 0.0), self._last_end.get(None, 0.0))
        waited = self._clock.monotonic() - job.queued_at
        if ended <= job.looked_up_at and waited < self._timing.view_max_age:
            return True
        asked: set[Waiter] = set()
        while waiting := [each for each in job.waiting_requests() if each not in asked]:  # more can join at any time
            if any(await asyncio.gather(*(each.still_needed() for each in waiting))):
                return True
            asked.update(waiting)
        return False
