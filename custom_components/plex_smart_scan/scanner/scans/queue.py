"""Which folder is scanned next. A plain state machine: it never waits and never asks."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from ..models import Library, Reason
from ..paths.clean_path import CleanPath
from ..plex.errors import PlexError

type _Key = tuple[int, str | None]


class Observation(StrEnum):
    """Whether the activity of a scan was seen."""

    SEEN = "seen"
    NOT_SEEN = "not_seen"  # although nothing was missed: Plex has lost the request
    UNKNOWN = "unknown"  # it may have begun and ended between two looks


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Waiter:
    """One request that waits for a scan.

    `still_needed` is asked before a scan that had to wait; `release_slot` is called when the scan has to be tried again
    after a while. `first` tells that it is the request's first scan.
    """

    still_needed: Callable[[], Awaitable[bool]]
    release_slot: Callable[[], None] = lambda: None
    first: bool = True


@dataclass(eq=False, slots=True, kw_only=True)
class ScanJob:
    """One folder of one library that is to be scanned, for all requests that want it. Times are monotonic seconds."""

    library: Library
    location: CleanPath
    folder: CleanPath | None
    """None: the whole library."""
    looked_at: float
    """When the first of the requests last looked at what Plex lists."""
    waiting: list[Waiter] = field(default_factory=list)
    folded: list[ScanJob] = field(default_factory=list)
    """The jobs of the same folder that are scanned with this one, with other `tries` behind them."""
    satisfied: int = 0
    """How many of the requests have their proof."""
    tries: int = 0
    started: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the scan was requested, was found not to be needed, or failed."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    skipped: bool = False
    held_by_library: bool = False
    observation: Observation = Observation.UNKNOWN
    missing_mount: CleanPath | None = None
    """The location whose disk is missing, if that is why there was no scan."""
    error: PlexError | None = None
    """Why there was no scan."""
    given_up: Reason | None = None
    """Why another try is not worth it."""
    scanned: str | None = None
    """The folder that was scanned in the end, as the server spells it."""
    queued_at: float = 0.0
    started_at: float = 0.0
    ended_at: float = 0.0
    outages: int = 0
    """How often the server had been away when the scan was requested."""

    @property
    def path(self) -> str | None:
        """The folder as the server spells it."""
        return self.folder.text if self.folder else None

    @property
    def key(self) -> _Key:
        """What tells it from the other jobs that wait."""
        return self.library.id, self.folder.key if self.folder else None

    def waiting_requests(self) -> list[Waiter]:
        """All who wait for the scan."""
        return [waiter for job in self.all_jobs() for waiter in job.waiting]

    def covers(self, folder: CleanPath | None) -> bool:
        """Whether the scan reads this folder (None: the whole library)."""
        if self.folder is None or folder is None:
            return self.folder is None
        return folder.is_below(self.folder)

    def is_wanted(self) -> bool:
        """Whether somebody still waits for the scan's end."""
        return any(job.satisfied < len(job.waiting) for job in self.all_jobs())

    def all_jobs(self) -> Iterable[ScanJob]:
        """This job and those that were folded into it."""
        yield self
        yield from self.folded


class FolderQueue:
    """The folders that wait, in the order in which they were first asked for."""

    def __init__(self) -> None:
        """Begin empty."""
        self._waiting: dict[_Key, ScanJob] = {}
        self._held: set[_Key] = set()

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
