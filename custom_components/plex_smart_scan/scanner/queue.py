"""Which folder is scanned next. A plain state machine: it never waits and never asks."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from .models import Library
from .paths import CleanPath
from .retry import PlexError

# So many folders waiting below one parent are scanned as one: fewer would be less work than the parent.
FOLD_AT: Final = 4


@dataclass(eq=False, slots=True, kw_only=True)
class ScanJob:
    """One folder of one library that is to be scanned, for everybody who wants that. `folder` None: all of it.

    `looked_at` is when the first of them last looked at what Plex lists; `satisfied` counts those who have their proof.
    Each of `waiting` is asked before the scan whether it is still needed. `scanned` is what was scanned in the end: the
    folder, or the parent that it was folded into. Times are monotonic seconds.
    """

    library: Library
    location: CleanPath
    folder: CleanPath | None
    looked_at: float
    waiting: list[Callable[[], Awaitable[bool]]] = field(default_factory=list)
    folded: list[ScanJob] = field(default_factory=list)
    satisfied: int = 0
    started: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    skipped: bool = False
    held_by_library: bool = False
    witnessed: bool | None = None
    error: PlexError | None = None
    scanned: str | None = None
    started_at: float = 0.0
    over_at: float = 0.0

    @property
    def path(self) -> str | None:
        """The folder as the server spells it."""
        return self.folder.text if self.folder else None

    def is_wanted(self) -> bool:
        """Whether somebody still waits for the scan's end."""
        return any(job.satisfied < len(job.waiting) for job in self.everybody())

    def everybody(self) -> Iterable[ScanJob]:
        """This job and those that were folded into it."""
        yield self
        yield from self.folded


class FolderQueue:
    """The folders that wait, in the order in which they were first asked for."""

    def __init__(self) -> None:
        """Begin empty."""
        self._waiting: dict[tuple[int, str | None], ScanJob] = {}

    def __len__(self) -> int:
        """How many folders wait."""
        return len(self._waiting)

    def join(self, library: Library, location: CleanPath, folder: CleanPath | None, looked_at: float) -> ScanJob:
        """Ask for a scan: the job that already waits for this folder, or a new one at the end."""
        key = (library.id, folder.key if folder else None)
        if key not in self._waiting:
            self._waiting[key] = ScanJob(library=library, location=location, folder=folder, looked_at=looked_at)
        job = self._waiting[key]
        job.looked_at = min(job.looked_at, looked_at)
        return job

    def next(self, is_busy: Callable[[int], bool]) -> ScanJob | None:
        """The first job whose library is not being scanned; it goes on waiting, and may still be joined."""
        found = None
        for job in self._waiting.values():
            job.held_by_library = is_busy(job.library.id)
            if found is None and not job.held_by_library:
                found = job
        return found

    def take(self, job: ScanJob) -> ScanJob:
        """Take a job out to scan it now: alone, or, where that is less work, with its siblings as one parent."""
        group = self._siblings(job)
        for sibling in group:
            self.drop(sibling)
        if len(group) == 1:
            return job
        folder = job.folder.parent if job.folder else None
        parent = ScanJob(library=job.library, location=job.location, folder=folder, looked_at=job.looked_at)
        parent.folded = group
        return parent

    def drop(self, job: ScanJob) -> None:
        """Take a job out without scanning it."""
        self._waiting.pop((job.library.id, job.folder.key if job.folder else None), None)

    def _siblings(self, job: ScanJob) -> list[ScanJob]:
        """The jobs to fold with this one: many in one folder below the location (its own folders may be thousands)."""
        parent = job.folder.parent if job.folder else None
        if parent is None or not parent.is_below(job.location) or parent.key == job.location.key:
            return [job]
        group = [
            other
            for other in self._waiting.values()
            if other.library.id == job.library.id
            and other.folder
            and (above := other.folder.parent)
            and above.key == parent.key
        ]
        return group if len(group) >= FOLD_AT else [job]
