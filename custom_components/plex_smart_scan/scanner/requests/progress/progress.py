"""How far a request has come in one library, and the evidence that this amounts to."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ...libraries.index import Match
from ...libraries.mounts import Mount
from ...media.freshness import not_trashed
from ...media.rules import PathKind
from ...models import FileFacts, MediaFile, Outcome, Reason, ScanRequest
from ...paths.clean_path import CleanPath
from ...paths.mappings import Mapped
from ...scans.scan_job import Observation, ScanJob
from ..decision.evidence import Known, Observed, Sight
from ..decision.scan_scope import Rung
from .listing_changes import added_files, changed_files, removed_files

MOST_ITEMS: Final = 50  # in one result


type Listed = tuple[MediaFile, ...] | None  # None: more than can be told


@dataclass(eq=False, slots=True, kw_only=True)
class Progress:
    """One request in one library. Times are monotonic seconds, durations seconds."""

    request: ScanRequest
    match: Match
    mapped: Mapped
    started_at: float = 0.0

    # What the path names, and what is known of it.
    kind: PathKind = PathKind.UNKNOWN
    facts: FileFacts = field(default_factory=FileFacts)
    facts_changed_at: float | None = None
    """When Home Assistant last saw the size or the time of the file change while this request was under way."""
    was_on_disk: bool = False
    trusts_disk: bool = False
    """Whether a mapping's `local` column says where Home Assistant sees the file."""
    expected: Mapping[str, FileFacts] | None = None
    """The media files that Home Assistant sees in a folder, by comparison key; None if it cannot."""
    seen_names: frozenset[str] | None = None
    """The media files that Plex sees in a folder, if Home Assistant cannot."""

    # What Plex lists.
    looked: bool = False
    before: Listed = None
    now: Listed = None
    looked_at: float = 0.0
    looks: int = 0
    changed_at: float | None = None
    """When the listing was last seen to differ from the look before."""
    proven_at: float | None = None

    # What Plex sees.
    sight: Sight = Sight.UNASKED
    sight_at: float = 0.0
    mount: Mount = Mount.UNASKED
    mount_allowed: bool = False
    missing_location: CleanPath | None = None
    """The location whose disk is missing; with whole libraries it need not be the path's own."""
    others_known: Known = Known.UNASKED

    # Scans.
    word_at: float = 0.0
    """When the latest word about the path arrived."""
    folder: CleanPath | None = None
    """The folder that the narrowest scan reads, as the server spells it."""
    rung: Rung = Rung.FOLDER
    job: ScanJob | None = None
    observed: Observed = Observed.UNKNOWN
    size_at_scan: tuple[int | None, float | None] = (None, None)
    lost_scans: int = 0
    repeated: bool = False
    interruptions: int = 0
    refused: bool = False
    remembered: bool = False
    """Whether the folder was scanned before with these very files, and nothing came of it."""

    # After the proof.
    under_way: bool = False
    processed: bool = False
    analysis_requested: bool = False
    refresh_at: float | None = None
    refreshing: tuple[int, ...] = ()
    refreshed: bool = False
    beside: tuple[int, ...] = ()

    # What the result tells.
    outcome: Outcome | None = None
    reason: Reason | None = None
    detail: str = ""
    items: tuple[MediaFile, ...] = ()
    scanned: list[str] = field(default_factory=list)
    attempts: int = 0
    queued: float = 0.0
    first_scan_at: float | None = None
    last_ended_at: float | None = None
    finished_at: float = 0.0
    spent: float = 0.0
    """How much of the time that a file may take to show up is used."""
    waits_for: Reason = Reason.WAITING

    taken_elsewhere: Callable[[], bool] = lambda: False
    release_slot: Callable[[], None] = lambda: None
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a newer word about the path has arrived."""

    @property
    def waits_for_now(self) -> Reason:
        """Why the request is not finished yet."""
        held = self.job is not None and self.job.held_by_library and not self.job.started.is_set()
        return Reason.SERVER_BUSY if held else self.waits_for

    @property
    def listed_before(self) -> int | None:
        """How many files Plex listed for the path at first; None if nobody could tell."""
        return None if not self.looked or self.before is None else len(not_trashed(self.before))

    @property
    def listed_after(self) -> int | None:
        """How many files Plex listed for the path at last; None if nobody could tell."""
        return None if not self.looked or self.now is None else len(not_trashed(self.now))

    @property
    def listed_newly(self) -> int | None:
        """How many files Plex lists that it did not list at first; None if nobody could tell."""
        if not self.looked or self.before is None or self.now is None:
            return None
        return len(added_files(self.before, self.now))

    @property
    def removed(self) -> tuple[MediaFile, ...]:
        """The files that Plex listed at first and does not list any more; none if nobody could tell."""
        if not self.looked or self.before is None or self.now is None:
            return ()
        return removed_files(self.before, self.now)[:MOST_ITEMS]

    def take_look(self, listed: Listed, at: float) -> None:
        """Record what Plex listed at a time."""
        if not self.looked:
            self.before = listed
        elif listed != self.now:
            self.changed_at = at
        self.looked, self.now, self.looked_at = True, listed, at
        self.items = (changed_files(self.before, listed) or not_trashed(listed or ()))[:MOST_ITEMS]

    def forget_scan(self) -> None:
        """Begin again before the first scan; what was listed at first stays known."""
        self.job, self.observed, self.refused, self.lost_scans = None, Observed.UNKNOWN, False, 0
        self.sight, self.mount, self.rung, self.proven_at = Sight.UNASKED, Mount.UNASKED, Rung.FOLDER, None

    def leave_scan(self) -> None:
        """Keep what the scan has shown, and tell the runner that its end is no longer waited for."""
        job = self.job
        if job is None:
            return
        job.satisfied += 1
        if job.ended.is_set():
            self.last_ended_at = job.ended_at
            self.observed = self.observed_now

    @property
    def observed_now(self) -> Observed:
        """Whether a scan for this request was seen to run."""
        if self.job and self.job.ended.is_set() and self.job.observation is Observation.SEEN:
            return Observed.SEEN
        return self.observed

    def update(self, request: ScanRequest, now: float, same_word: float) -> None:
        """Go on with a newer word about the path."""
        self.request, self.word_at = request, now
        covered = self.facts.size is not None or not not_trashed(self.before or ())
        if self.job and self.job.started.is_set() and not covered and now - self.job.started_at > same_word:
            self.forget_scan()  # what the newer word is about may have happened after that scan read the folder
        if self.sight is Sight.NOT_SEEN:
            self.sight = Sight.UNASKED
        self.wake.set()
