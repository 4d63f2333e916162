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
from ..decision.evidence import Observed, PlexVisibility, SiblingsListed
from ..decision.scan_scope import ScanScope
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
    has_local_mapping: bool = False
    """Whether a mapping's `local` column says where Home Assistant sees the file."""
    expected_files: Mapping[str, FileFacts] | None = None
    """The media files that Home Assistant sees in a folder, by comparison key; None if it cannot."""
    files_seen_by_plex: frozenset[str] | None = None
    """The media files that Plex sees in a folder, if Home Assistant cannot."""

    # What Plex lists.
    looked_up: bool = False
    first_listing: Listed = None
    listing: Listed = None
    looked_up_at: float = 0.0
    lookups_since_scan: int = 0
    listing_changed_at: float | None = None
    """When the listing was last seen to differ from the look before."""
    proven_at: float | None = None

    # What Plex sees.
    visibility: PlexVisibility = PlexVisibility.NOT_CHECKED
    visibility_checked_at: float = 0.0
    mount: Mount = Mount.NOT_CHECKED
    mount_allowed: bool = False
    missing_location: CleanPath | None = None
    """The location whose disk is missing; with whole libraries it need not be the path's own."""
    siblings_listed: SiblingsListed = SiblingsListed.NOT_CHECKED

    # Scans.
    reported_at: float = 0.0
    """When the latest word about the path arrived."""
    scan_folder: CleanPath | None = None
    """The folder that the narrowest scan reads, as the server spells it."""
    scope: ScanScope = ScanScope.FOLDER
    job: ScanJob | None = None
    observed: Observed = Observed.UNKNOWN
    size_at_scan: tuple[int | None, float | None] = (None, None)
    lost_scans: int = 0
    repeated: bool = False
    interruptions: int = 0
    folder_scan_refused: bool = False
    known_unchanged: bool = False
    """Whether the folder was scanned before with these very files, and nothing came of it."""

    # After the proof.
    analysis_in_progress: bool = False
    analysis_finished: bool = False
    analysis_requested: bool = False
    refresh_requested_at: float | None = None
    refreshing_items: tuple[int, ...] = ()
    refreshed: bool = False
    sidecar_items: tuple[int, ...] = ()

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
    time_spent: float = 0.0
    """How much of the time that a file may take to show up is used."""
    waiting_reason: Reason = Reason.WAITING

    found_in_other_library: Callable[[], bool] = lambda: False
    release_slot: Callable[[], None] = lambda: None
    new_report: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a newer word about the path has arrived."""

    @property
    def current_waiting_reason(self) -> Reason:
        """Why the request is not finished yet."""
        held = self.job is not None and self.job.waits_for_library and not self.job.started.is_set()
        return Reason.SERVER_BUSY if held else self.waiting_reason

    @property
    def listed_before(self) -> int | None:
        """How many files Plex listed for the path at first; None if nobody could tell."""
        return None if not self.looked_up or self.first_listing is None else len(not_trashed(self.first_listing))

    @property
    def listed_after(self) -> int | None:
        """How many files Plex listed for the path at last; None if nobody could tell."""
        return None if not self.looked_up or self.listing is None else len(not_trashed(self.listing))

    @property
    def listed_newly(self) -> int | None:
        """How many files Plex lists that it did not list at first; None if nobody could tell."""
        if not self.looked_up or self.first_listing is None or self.listing is None:
            return None
        return len(added_files(self.first_listing, self.listing))

    @property
    def removed(self) -> tuple[MediaFile, ...]:
        """The files that Plex listed at first and does not list any more; none if nobody could tell."""
        if not self.looked_up or self.first_listing is None or self.listing is None:
            return ()
        return removed_files(self.first_listing, self.listing)[:MOST_ITEMS]

    def record_listing(self, listed: Listed, at: float) -> None:
        """Record what Plex listed at a time."""
        if not self.looked_up:
            self.first_listing = listed
        elif listed != self.listing:
            self.listing_changed_at = at
        self.looked_up, self.listing, self.looked_up_at = True, listed, at
        self.items = (changed_files(self.first_listing, listed) or not_trashed(listed or ()))[:MOST_ITEMS]

    def reset_scan(self) -> None:
        """Begin again before the first scan; what was listed at first stays known."""
        self.job, self.observed, self.folder_scan_refused, self.lost_scans = None, Observed.UNKNOWN, False, 0
        self.visibility, self.mount, self.scope, self.proven_at = (
            PlexVisibility.NOT_CHECKED,
            Mount.NOT_CHECKED,
            ScanScope.FOLDER,
            None,
        )

    def release_scan(self) -> None:
        """Keep what the scan has shown, and tell the runner that its end is no longer waited for."""
        job = self.job
        if job is None:
            return
        job.released += 1
        if job.ended.is_set():
            self.last_ended_at = job.ended_at
            self.observed = self.observed_now

    @property
    def observed_now(self) -> Observed:
        """Whether a scan for this request was seen to run."""
        if self.job and self.job.ended.is_set() and self.job.observation is Observation.SEEN:
            return Observed.SEEN
        return self.observed

    def update(self, request: ScanRequest, now: float, same_report: float) -> None:
        """Go on with a newer word about the path."""
        self.request, self.reported_at = request, now
        covered = self.facts.size is not None or not not_trashed(self.first_listing or ())
        if self.job and self.job.started.is_set() and not covered and now - self.job.started_at > same_report:
            self.reset_scan()  # what the newer word is about may have happened after that scan read the folder
        if self.visibility is PlexVisibility.NOT_SEEN:
            self.visibility = PlexVisibility.NOT_CHECKED
        self.new_report.set()
