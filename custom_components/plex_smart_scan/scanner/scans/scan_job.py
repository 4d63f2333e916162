"""One folder that is to be scanned, and the requests that wait for it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from ..models import Library, Reason
from ..paths.clean_path import CleanPath
from ..plex.errors import PlexError

type JobKey = tuple[int, str | None]


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
    def key(self) -> JobKey:
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
