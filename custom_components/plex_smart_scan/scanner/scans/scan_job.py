"""One folder that is to be scanned, and the requests that wait for it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from ..models import Library, Reason
from ..paths.clean_path import CleanPath
from ..plex.errors import ErrorKind, PlexError
from ..plex.retry import counts_alone

type JobKey = tuple[int, str | None]


class Observation(StrEnum):
    """Whether the scan was observed while it ran."""

    OBSERVED = "observed"
    NOT_OBSERVED = "not_observed"
    """No event was missed, so Plex has lost the request."""
    UNKNOWN = "unknown"
    """It may have started and ended between two polls."""


class JobState(StrEnum):
    """The state of a requested scan.

    state          entered when                                        left when
    QUEUED         a request needs the folder, or again after an error  it is the folder's turn, or it fails
    RUNNING        Plex has accepted the request for a scan            the end of the scan is known, or that it was lost
    ENDED          the scan has ended, or is lost (see `Observation`)  never
    SKIPPED        no request needs the scan any more                  never
    MOUNT_MISSING  a mount that the scan would read is missing         never
    FAILED         requesting the scan failed for good                 never
    """

    QUEUED = "queued"
    RUNNING = "running"
    ENDED = "ended"
    SKIPPED = "skipped"
    MOUNT_MISSING = "mount_missing"
    FAILED = "failed"


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Waiter:
    """One request that waits for a scan.

    `still_needed` is called before a scan that had to wait; `release_slot` when the scan is delayed after an error.
    `is_first_scan` is whether no earlier scan has counted the request, `is_repetition` whether the last one of the same
    scope was not observed.
    """

    still_needed: Callable[[], Awaitable[bool]]
    release_slot: Callable[[], None] = lambda: None
    is_first_scan: bool = True
    is_repetition: bool = False


@dataclass(eq=False, slots=True, kw_only=True)
class ScanJob:
    """One folder to scan, for all requests that need it. Times are monotonic seconds."""

    library: Library
    location: CleanPath
    folder: CleanPath | None
    """The folder; None for the whole library."""
    looked_up_at: float
    """When the first of the requests last looked up its path."""
    since: float = 0.0
    """The earliest start of another scan that has read what all of the requests are about."""
    waiting: list[Waiter] = field(default_factory=list)
    """The requests that wait for the scan."""
    merged_jobs: list[ScanJob] = field(default_factory=list)
    """Jobs for the same folder that are scanned with this one, with another number of attempts."""
    released: int = 0
    """How many of the requests no longer wait for its end."""
    attempts: int = 0
    """How often requesting the scan has failed."""
    refusals: int = 0
    """How often Plex has refused it in a row."""
    postponed: int = 0
    """How often it was postponed because another scan had just been requested; retries after errors do not count."""
    state: JobState = JobState.QUEUED
    started: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the scan has been requested, is not needed, or has failed."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the scan has ended, or will not take place."""
    waits_for_library: bool = False
    """Whether it waits because the library is being scanned."""
    observation: Observation = Observation.UNKNOWN
    follows_unobserved: bool = False
    """Whether an earlier scan of the library may not have ended, so that a poll may show that one instead."""
    missing_mount: CleanPath | None = None
    """The location whose mount is missing, in the state MOUNT_MISSING."""
    error: PlexError | None = None
    """The error, in the state FAILED."""
    failure_reason: Reason | None = None
    """Why another attempt would fail too, in the state FAILED; None if the request may try again."""
    scanned: str | None = None
    """The folder that was scanned, as the server spells it."""
    queued_at: float = 0.0
    started_at: float = 0.0
    ended_at: float = 0.0
    outages: int = 0
    """How often the server had been unavailable when the scan was requested."""

    @property
    def path(self) -> str | None:
        """`folder` as text, as the server spells it and as its request names it; None for the whole library."""
        return self.folder.text if self.folder else None

    @property
    def reads_location(self) -> bool:
        """Whether the scan reads a whole location, or all of them."""
        return self.folder is None or self.folder.key == self.location.key

    @property
    def label(self) -> str:
        """The folder for the log."""
        return self.path or "the whole library"

    @property
    def key(self) -> JobKey:
        """What distinguishes it from other queued jobs."""
        return self.library.id, self.folder.key if self.folder else None

    def set_state(self, state: JobState) -> None:
        """Set the state of this job and of those that were merged into it."""
        for job in self.all_jobs():
            job.state = state

    def set_observation(self, observation: Observation) -> None:
        """Set the observation of this job and of those that were merged into it."""
        for job in self.all_jobs():
            job.observation = observation

    def count_attempt(self, error: PlexError) -> int:
        """Count a failed attempt. Return its number, among those that count for this error."""
        self.attempts += 1
        if error.kind is ErrorKind.NOT_FOUND:
            return 1  # each request checks itself whether its library still exists
        self.refusals = self.refusals + 1 if counts_alone(error) else 0
        return self.refusals or self.attempts

    def waiting_requests(self) -> list[Waiter]:
        """Return all requests that wait for the scan."""
        return [waiter for job in self.all_jobs() for waiter in job.waiting]

    @property
    def first_scans(self) -> int:
        """How many requests would have needed a scan of their own."""
        return sum(1 for waiter in self.waiting_requests() if waiter.is_first_scan)

    @property
    def is_repetition(self) -> bool:
        """Whether all requests need it because their last scan was not observed."""
        return all(waiter.is_repetition for waiter in self.waiting_requests())

    def covers(self, folder: CleanPath | None) -> bool:
        """Return whether the scan reads this folder (None: the whole library)."""
        if self.folder is None or folder is None:
            return self.folder is None
        return folder.is_below(self.folder)

    def is_wanted(self) -> bool:
        """Return whether a request still waits for the end of the scan."""
        return any(job.released < len(job.waiting) for job in self.all_jobs())

    def all_jobs(self) -> Iterable[ScanJob]:
        """Return this job and those that were merged into it.

        They are scanned together, but each counts its own attempts: a request that joins a retry gets all of them.
        """
        yield self
        yield from self.merged_jobs
