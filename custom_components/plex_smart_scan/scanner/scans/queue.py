"""Which folder is scanned next. A plain state machine: it never waits and never asks."""

from collections.abc import Callable

from ..models import Library
from ..paths.clean_path import CleanPath
from .scan_job import JobKey, ScanJob


class FolderQueue:
    """The folders that wait, in the order in which they were first asked for."""

    def __init__(self) -> None:
        """Begin empty."""
        self._waiting: dict[JobKey, ScanJob] = {}
        self._held: set[JobKey] = set()

    def __len__(self) -> int:
        """How many folders wait."""
        return len(self._waiting)

    @property
    def ready(self) -> bool:
        """Whether some folder waits that is not held."""
        return len(self._waiting) > len(self._held)

    def join(
        self, library: Library, location: CleanPath, folder: CleanPath | None, looked_at: float, now: float = 0.0
    ) -> ScanJob:
        """Ask for a scan: the job that already waits for this folder, or a new one at the end.

        Whoever joins a folder that was tried before shares its next try, and has as many to come as all_jobs.
        """
        asked = ScanJob(library=library, location=location, folder=folder, looked_at=looked_at, queued_at=now)
        waiting = self._waiting.setdefault(asked.key, asked)
        waiting.looked_at = min(waiting.looked_at, looked_at)
        untried = next((job for job in waiting.all_jobs() if not job.tries), None)
        if untried is None:
            waiting.folded.append(asked)
        return untried or asked

    def next(self, is_busy: Callable[[int], bool]) -> ScanJob | None:
        """The first job whose library is not being scanned; it goes on waiting, and may still be joined."""
        found = None
        for key, job in self._waiting.items():
            busy = is_busy(job.library.id)
            for each in job.all_jobs():
                each.held_by_library = busy
            if found is None and not busy and key not in self._held:
                found = job
        return found

    def drop(self, job: ScanJob) -> None:
        """Take a job out without scanning it."""
        self._waiting.pop(job.key, None)
        self._held.discard(job.key)

    def hold(self, job: ScanJob) -> None:
        """Put a job back that has to be tried again; nobody's scan of its folder begins before it is let go."""
        job.folded.clear()
        newer = self._waiting.setdefault(job.key, job)
        if newer is not job:
            self._fold(job, newer)
        self._held.add(job.key)
        for waiter in newer.waiting_requests():
            waiter.release_slot()

    def is_held(self, job: ScanJob) -> bool:
        """Whether a job waits before its folder is tried again."""
        return job.key in self._held

    def let_go(self, job: ScanJob) -> None:
        """Have a folder tried again in its turn."""
        self._held.discard(job.key)

    def _fold(self, job: ScanJob, into: ScanJob) -> None:
        """Have a job, and what was folded into it, scanned with another."""
        into.folded += job.all_jobs()
        into.looked_at = min(into.looked_at, job.looked_at)
        job.folded = []
