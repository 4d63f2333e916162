"""The queue of folders to scan. A synchronous data structure: it never waits and sends no requests."""

from collections.abc import Callable

from ..models import Library
from ..paths.clean_path import CleanPath
from .scan_job import JobKey, ScanJob


class FolderQueue:
    """The folders to scan, in the order in which they were first requested."""

    def __init__(self) -> None:
        """Begin empty."""
        self._waiting: dict[JobKey, ScanJob] = {}
        self._postponed: set[JobKey] = set()

    def __len__(self) -> int:
        """Return how many folders are queued."""
        return len(self._waiting)

    @property
    def ready(self) -> bool:
        """Whether a folder is queued that is not postponed."""
        return len(self._waiting) > len(self._postponed)

    def join(
        self,
        library: Library,
        location: CleanPath,
        folder: CleanPath | None,
        looked_up_at: float,
        *,
        now: float = 0.0,
        since: float = 0.0,
    ) -> ScanJob:
        """Return the queued job for a folder, or a new one at the end of the queue.

        If a queued job for the folder has failed before, both are requested together, but each counts its own attempts.
        """
        new = ScanJob(
            library=library, location=location, folder=folder, looked_up_at=looked_up_at, queued_at=now, since=since
        )
        waiting = self._waiting.setdefault(new.key, new)
        waiting.looked_up_at, waiting.since = min(waiting.looked_up_at, looked_up_at), max(waiting.since, since)
        untried = next((job for job in waiting.all_jobs() if not job.attempts), None)
        if untried is None:
            waiting.merged_jobs.append(new)
        return untried or new

    def next(self, is_busy: Callable[[int], bool]) -> ScanJob | None:
        """Return the first job whose library is not being scanned; it stays queued, and can still be joined."""
        found = None
        for key, job in self._waiting.items():
            busy = is_busy(job.library.id)
            for each in job.all_jobs():
                each.waits_for_library = busy
            if found is None and not busy and key not in self._postponed:
                found = job
        return found

    def remove(self, job: ScanJob) -> None:
        """Remove a job."""
        if self._waiting.get(job.key) is job:  # and not a newer one of the same folder
            del self._waiting[job.key]
            self._postponed.discard(job.key)

    def requeue(self, job: ScanJob) -> None:
        """Queue a failed job again and postpone its folder until `resume`."""
        job.merged_jobs.clear()
        newer = self._waiting.setdefault(job.key, job)
        if newer is not job:
            self._merge(job, newer)
        self.postpone(newer)

    def postpone(self, job: ScanJob) -> None:
        """Keep a queued folder from being scanned before `resume`."""
        self._postponed.add(job.key)
        for waiter in job.waiting_requests():
            waiter.release_slot()

    def is_postponed(self, job: ScanJob) -> bool:
        """Return whether a folder is postponed."""
        return job.key in self._postponed

    def resume(self, job: ScanJob) -> None:
        """Let a postponed folder be scanned again."""
        self._postponed.discard(job.key)

    def _merge(self, job: ScanJob, into: ScanJob) -> None:
        """Merge a job, and the jobs merged into it, into another."""
        into.merged_jobs += job.all_jobs()
        into.looked_up_at, into.since = min(into.looked_up_at, job.looked_up_at), max(into.since, job.since)
        job.merged_jobs = []
