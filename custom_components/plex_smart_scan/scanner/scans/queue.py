"""Which folder is scanned next. A plain state machine: it never waits and never asks."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from ..models import Library, Reason
from ..paths.clean_path import CleanPath
from ..plex.errors import PlexError

# So many folders waiting below one parent may be scanned as one: fewer would be less work than the parent.
FOLD_AT: Final = 4
# Nor is it less work where the parent has so many folders for each that waits: beginning and ending a scan takes Plex
# as long as listing some ten folders.
_FOLDERS_A_SCAN: Final = 10

type _Key = tuple[int, str | None]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Waiter:
    """One request that waits for a scan, which may be its `first`.

    `release_slot` is called when the scan has to be tried again after a while.
    """

    still_needed: Callable[[], Awaitable[bool]]
    release_slot: Callable[[], None] = lambda: None
    first: bool = True


@dataclass(eq=False, slots=True, kw_only=True)
class ScanJob:
    """One folder of one library that is to be scanned, for all_jobs who wants that. `folder` None: all of it.

    `looked_at` is when the first of them last looked at what Plex lists; `satisfied` counts those who have their proof.
    Each of `waiting` is asked before the scan whether it is still needed. `folded` are the jobs that are scanned with
    this one: of its folders, or of the same folder with other `tries` behind them. `scanned` is what was scanned in the
    end: the folder, or the parent that it was folded into. `error` says why there was no scan, and `given_up` that it
    is not worth another try. `outages` is how often the server had been away when it was asked. Times are monotonic
    seconds.
    """

    library: Library
    location: CleanPath
    folder: CleanPath | None
    looked_at: float
    waiting: list[Waiter] = field(default_factory=list)
    folded: list[ScanJob] = field(default_factory=list)
    satisfied: int = 0
    tries: int = 0
    started: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    skipped: bool = False
    held_by_library: bool = False
    witnessed: bool | None = None
    error: PlexError | None = None
    given_up: Reason | None = None
    scanned: str | None = None
    started_at: float = 0.0
    over_at: float = 0.0
    outages: int = 0

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

    def join(self, library: Library, location: CleanPath, folder: CleanPath | None, looked_at: float) -> ScanJob:
        """Ask for a scan: the job that already waits for this folder, or a new one at the end.

        Whoever joins a folder that was tried before shares its next try, and has as many to come as all_jobs.
        """
        asked = ScanJob(library=library, location=location, folder=folder, looked_at=looked_at)
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

    def take(self, job: ScanJob, folders: float = 0) -> ScanJob:
        """Take a job out to scan it now: alone, or, where that is less work, with its siblings as one parent.

        `folders` is how many the parent has; infinity where nobody can tell.
        """
        group = self._siblings(job)
        if len(group) < FOLD_AT or folders > len(group) * _FOLDERS_A_SCAN:
            self.drop(job)
            return job
        folder = job.folder.parent if job.folder else None
        parent = ScanJob(library=job.library, location=job.location, folder=folder, looked_at=job.looked_at)
        for sibling in group:
            self.drop(sibling)
            self._fold(sibling, parent)
        return parent

    def parent_to_scan(self, job: ScanJob) -> CleanPath | None:
        """The folder that may be scanned in place of a job and its siblings, if it is no more work than they are."""
        return job.folder.parent if job.folder and len(self._siblings(job)) >= FOLD_AT else None

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

    def _siblings(self, job: ScanJob) -> list[ScanJob]:
        """The jobs to fold with this one: many in one folder below the location (its own folders may be thousands)."""
        parent = job.folder.parent if job.folder else None
        if parent is None or not parent.is_below(job.location) or parent.key == job.location.key:
            return [job]
        return [
            other
            for key, other in self._waiting.items()
            if key not in self._held
            and other.library.id == job.library.id
            and other.folder
            and (above := other.folder.parent)
            and above.key == parent.key
        ]
