"""One scan for all requests that it covers: whether a running or finished scan already covers a new request."""

from collections import deque
from typing import Final

from ..clock import Clock
from ..models import Library
from ..paths.clean_path import CleanPath
from ..plex.server_availability import ServerAvailability
from ..timing import Timing
from .scan_job import Observation, ScanJob

_MAX_RECENT: Final = 50  # scans


class RecentScans:
    """The recently requested scans, including the one that is running."""

    def __init__(self, availability: ServerAvailability, clock: Clock, timing: Timing) -> None:
        """Begin with none."""
        self._availability = availability
        self._clock = clock
        self._timing = timing
        self._jobs: deque[ScanJob] = deque(maxlen=_MAX_RECENT)

    def add(self, job: ScanJob) -> None:
        """Add a scan that is being requested."""
        self._jobs.append(job)

    def remove(self, job: ScanJob) -> None:
        """Remove a scan whose request failed."""
        self._jobs.remove(job)

    def may_be_running(self, library: int, since: float) -> bool:
        """Return whether a scan of a library has not ended, or may still start although it was never observed.

        A scan that was requested before `since` (monotonic seconds) no longer starts.
        """
        return any(
            not job.ended.is_set() or (job.observation is Observation.UNKNOWN and job.started_at > since)
            for job in self._jobs
            if job.library.id == library
        )

    def is_read_before(
        self, library: Library, folder: CleanPath | None, *, started_before: float, ended_after: float
    ) -> bool:
        """Return whether a scan that started early reads a folder, or has read it not long ago.

        Times are in monotonic seconds.
        """
        return any(
            job.started_at < started_before and (not job.ended.is_set() or job.ended_at > ended_after)
            for job in self._jobs
            if job.library.id == library.id and job.covers(folder)
        )

    def find(self, library: Library, folder: CleanPath | None, *, since: float) -> ScanJob | None:
        """Return a scan that reads a folder (None: the whole library) and started at or after `since`.

        `since` is in monotonic seconds. A scan whose end was observed is preferred, since another one may still be
        lost; of several, the latest. A scan that ended long ago is too old: if Plex does not list the path by now, it
        needs another scan. A lost scan does not count, nor does a scan from before an outage of the server.
        """
        ended_since = self._clock.monotonic() - self._timing.ignored_after
        outages = self._availability.outages
        found: ScanJob | None = None
        for job in reversed(self._jobs):
            is_current = job.started_at >= since and job.outages == outages
            is_old = job.ended.is_set() and job.ended_at < ended_since
            is_lost = job.observation is Observation.NOT_OBSERVED
            if is_current and not is_old and not is_lost and job.library.id == library.id and job.covers(folder):
                if job.ended.is_set() and job.observation is Observation.OBSERVED:
                    return job
                found = found or job
        return found
