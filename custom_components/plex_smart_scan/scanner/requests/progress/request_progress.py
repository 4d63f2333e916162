"""The progress of one request in one library: everything that has been found out about it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ...libraries.index import Match
from ...libraries.mount_state import MountState
from ...media.naming_rules import PathKind
from ...media.up_to_date import not_trashed
from ...models import FileFacts, FileState, MediaFile, Outcome, Reason, ScanRequest
from ...paths.clean_path import CleanPath
from ...paths.mappings import Mapped
from ...scans.scan_job import Observation, ScanJob
from ..decision.evidence import Observed, PlexVisibility, SiblingsListed
from ..decision.scan_scope import ScanScope
from .listing_changes import changed_files, listing_change

MAX_RESULT_ITEMS: Final = 50  # in one result


type Listed = tuple[MediaFile, ...] | None  # None: more files than a look-up returns
# Size and time of a file, and the files of a folder.
type OnDisk = tuple[tuple[int | None, float | None], Mapping[str, FileFacts] | None]


@dataclass(eq=False, slots=True, kw_only=True)
class Progress:
    """One request in one library. Times are monotonic seconds, durations are seconds."""

    request: ScanRequest
    match: Match
    mapped: Mapped
    """The reported path and what the mappings make of it."""
    started_at: float = 0.0
    """When the request was accepted by this run."""

    # The path and its file: written by `collecting/`.
    kind: PathKind = PathKind.UNKNOWN
    """What the path names, as far as it is known by now."""
    facts: FileFacts = field(default_factory=FileFacts)
    """The size and the time of the file: from the disk, or else from the sender."""
    facts_changed_at: float | None = None
    """When Home Assistant last saw the size or the time of the file change; None if it never did."""
    was_on_disk: bool = False
    """Whether Home Assistant has seen the path on its disk."""
    vanished_at: float = 0.0
    """When Home Assistant was last seen to no longer see the path; 0 if it never vanished."""
    has_local_mapping: bool = False
    """Whether the mapping has a path in Home Assistant (`local`), where it sees the file."""
    expected_files: Mapping[str, FileFacts] | None = None
    """The media files that Home Assistant sees in a folder, by comparison key; None if it cannot see it."""
    files_visible_to_plex: frozenset[str] | None = None
    """The media files that Plex sees in a folder, by comparison key; None if this was not checked."""
    missed_files_visible_to_plex: frozenset[str] = frozenset()
    """The listed files of a folder that Plex was found to see and Home Assistant does not, by comparison key."""

    # Look-ups: written by `record_listing` and `collect_listing`.
    looked_up: bool = False
    """Whether the path was looked up."""
    first_listing: Listed = None
    """What the first look-up found."""
    listing: Listed = None
    """What the latest look-up found."""
    looked_up_at: float = 0.0
    """When the latest look-up was sent."""
    lookups_since_scan: int = 0
    """How many look-ups followed the latest scan or refresh."""
    listing_changed_at: float = 0.0
    """When the listing was last seen to differ from that of the look-up before; 0 if it never did."""
    change_listed_at: float | None = None
    """When the change was first listed; None if it is not."""

    # Plex's own disk: written by `collect_visibility` and `collect_mounts`.
    visibility: PlexVisibility = PlexVisibility.NOT_CHECKED
    """Whether Plex sees the path."""
    visibility_checked_at: float = 0.0
    """When that was checked."""
    mount: MountState = MountState.NOT_CHECKED
    """The state of the mounts that the next scan would read."""
    empty_confirmed: bool = False
    """Whether the user has confirmed that these locations are meant to be empty."""
    missing_location: CleanPath | None = None
    """The location whose mount is missing; with whole libraries it need not be the path's own."""
    missing_for_whole_scan: bool = False
    """Whether it only counts as missing for the scan of a whole location, for which more has to be visible."""
    siblings_listed: SiblingsListed = SiblingsListed.NOT_CHECKED
    """Whether Plex lists other files in the folder."""

    # Scans: written by `execution/scanning`, the folder by `collect_visibility`.
    reported_at: float = 0.0
    """When the latest report about the path arrived."""
    gone_at: float = 0.0
    """When the path was found to be gone after Plex had seen it; 0 if it was not."""
    back_at: float = 0.0
    """When the path or its mount was back that had been missing; 0 if neither was."""
    scan_folder: CleanPath | None = None
    """The narrowest folder to scan, as the server spells it; None before the visibility was checked."""
    folder_is_of_removal: bool = False
    """Whether that is the nearest existing folder above a path that is gone."""
    scope: ScanScope = ScanScope.FOLDER
    """The scope of the latest or the next scan."""
    job: ScanJob | None = None
    """The latest scan; None before the first one and after a restart."""
    released_job: ScanJob | None = None
    """The scan for whose end it no longer waits."""
    observed: Observed = Observed.UNKNOWN
    """Whether an earlier scan was observed; `observed_now` also counts the latest one."""
    joined_scan: bool = False
    """Whether the latest scan had begun before it was taken for this request."""
    on_disk_at_scan: OnDisk | None = None
    """What was on the disk when the latest scan was taken for this request."""
    seen_since: float = 0.0
    """Since when Plex had seen a new file when the latest scan was requested; 0 for any other path."""
    may_be_incomplete: bool = False
    """Whether an earlier scan may have read the file before it was complete; only if its size is unknown."""
    lost_scans: int = 0
    """How many scans in a row were lost."""
    repeated: bool = False
    """Whether an unobserved scan of this scope was repeated, which is done once."""
    scan_avoided: bool = False
    """Whether a scan was found not to be needed, so that the request is counted as one without a scan of its own."""
    interruptions: int = 0
    """How often an outage interrupted a scan."""
    folder_scan_refused: bool = False
    """Whether the server refused to scan a single folder."""
    unknown_requests: int = 0
    """How often Plex returned 404 for a scan although the library exists."""
    known_unchanged: bool = False
    """Whether an earlier scan of the folder, with these files, changed nothing."""

    # Analysis and refresh: written by `execution/refreshing` and `execution/looking_up`.
    analysis_in_progress: bool = False
    """Whether Plex was seen to be analyzing the listed items."""
    unlisted_in_progress: bool = False
    """Whether Plex was seen to be working on items of the library that are not listed for the path, perhaps not yet."""
    analysis_finished: bool = False
    """Whether an event reported the end of that."""
    analysis_requested: bool = False
    """Whether an analysis of the file was requested."""
    refresh_requested_at: float | None = None
    """When a refresh of the items of the sidecar file was requested; None if it was not."""
    refreshing_items: tuple[int, ...] = ()
    """The rating keys of the items whose refresh was requested."""
    refreshed: bool = False
    """Whether one of them was refreshed."""
    sidecar_items: tuple[int, ...] = ()
    """The rating keys of the items that the sidecar file belongs to."""

    # For the result: written by `execution/loop`, `scanning` and `waiting`.
    outcome: Outcome | None = None
    """The outcome in this library; None while it is in progress."""
    reason: Reason | None = None
    detail: str = ""
    items: tuple[MediaFile, ...] = ()
    scanned: list[str] = field(default_factory=list)
    """The folders that were scanned, as the server spells them."""
    attempts: int = 0
    """How many scans were requested for it."""
    last_scan_at: float = 0.0
    """When the latest one was requested."""
    queued: float = 0.0
    """How long it waited in the queue for scans."""
    first_scan_at: float | None = None
    """When the first scan was requested; None before it."""
    last_ended_at: float | None = None
    """When the latest scan ended; None before that."""
    finished_at: float = 0.0
    """When the outcome was reached."""
    time_spent: float = 0.0
    """How much of the validation timeout has been used."""
    waiting_reason: Reason = Reason.WAITING
    """What the request waits for, besides its scan."""

    found_in_other_library: Callable[[], bool] = lambda: False
    """Returns whether another library of the server has the file."""
    release_slot: Callable[[], None] = lambda: None
    """Lets another request of the library start while this one waits."""
    new_report: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a newer report about the path arrives."""

    @property
    def scan_began_early(self) -> bool:
        """Whether the latest scan began before Plex was seen to see the file, or before it was back: it may miss it."""
        return self.job is not None and self.job.started_at < max(self.seen_since, self.back_at)

    @property
    def removed_since_scan(self) -> bool:
        """Whether the path was found to be gone after the latest scan had begun, so that the scan may have read it."""
        return self.job is not None and self.job.started_at < self.gone_at

    @property
    def on_disk(self) -> OnDisk:
        """What is known of the file or folder on the disk, to notice when it changes."""
        return self.facts.size_and_time, self.expected_files

    @property
    def change(self) -> Outcome | None:
        """What the last look-up found changed since the first one; None for nothing, or if that is unknown."""
        if not self.looked_up or self.first_listing is None or self.listing is None:
            return None
        return listing_change(self.first_listing, self.listing)

    def record_listing(self, listed: Listed, at: float) -> None:
        """Record what a look-up found; `at` is when it was sent (monotonic seconds)."""
        if not self.looked_up:
            self.first_listing = listed
        elif listed != self.listing:
            self.listing_changed_at = at
        self.looked_up, self.listing, self.looked_up_at = True, listed, at
        self.items = (changed_files(self.first_listing, listed) or not_trashed(listed or ()))[:MAX_RESULT_ITEMS]

    def reset_scan(self) -> None:
        """Return to the state before the first scan, except for the first look-up.

        The path and its mount are checked again before the next scan.
        """
        self.job, self.observed, self.folder_scan_refused, self.lost_scans = None, Observed.UNKNOWN, False, 0
        self.visibility, self.mount = PlexVisibility.NOT_CHECKED, MountState.NOT_CHECKED
        self.scope, self.change_listed_at = ScanScope.FOLDER, None

    def reset_scan_keeping_visibility(self) -> None:
        """Return to the state before the first scan, but keep what Plex sees of the path.

        Only the mount is checked again before the next scan.
        """
        visibility, at = self.visibility, self.visibility_checked_at
        self.reset_scan()
        self.visibility, self.visibility_checked_at = visibility, at

    def stop_waiting_for_scan(self) -> None:
        """Stop waiting for the end of the scan. If it has ended, record when and whether it was observed."""
        job = self.job
        if job is None:
            return
        if job is not self.released_job:
            job.released += 1
            self.released_job = job
        if job.ended.is_set():
            self.last_ended_at = job.ended_at
            self.observed = self.observed_now

    @property
    def is_reported_since_lookup(self) -> bool:
        """Whether a report about the path has arrived since the latest look-up was sent."""
        return self.looked_up_at < self.reported_at

    @property
    def may_be_gone_since(self) -> float:
        """Since when (monotonic seconds) the path may be gone; 0 if nothing indicates that.

        Its removal was reported, Plex no longer lists the same, or it vanished from Home Assistant's disk.
        """
        reported_at = self.reported_at if self.request.gone or self.request.contradicted else 0.0
        return max(reported_at, self.listing_changed_at, self.vanished_at)

    @property
    def views_since(self) -> float:
        """From when on (monotonic seconds) views of Plex's disk count.

        Not those from before the latest report, the return of what was away, or the moment since when it may be gone.
        """
        return max(self.reported_at, self.back_at, self.may_be_gone_since)

    @property
    def observed_now(self) -> Observed:
        """Whether a scan for this request was observed, the latest included."""
        if self.job and self.job.ended.is_set() and self.job.observation is Observation.OBSERVED:
            return Observed.YES
        return self.observed

    def update(self, request: ScanRequest, now: float, same_report: float, *, validates: bool) -> None:
        """Continue with a newer report about the path.

        `now` is in monotonic seconds. Reports at most `same_report` seconds apart are about the same change.
        `validates` is whether look-ups after the scan compare the file with what is known of it.
        """
        self.request, self.reported_at = request, now
        if request.size is None and self.facts.state is FileState.UNKNOWN:
            self.facts = FileFacts()  # the size was that of an earlier file
        covered = validates and (self.facts.size is not None or not not_trashed(self.first_listing or ()))
        if self.job and self.job.started.is_set() and not covered and now - self.job.started_at > same_report:
            self.reset_scan()  # the newer change may have happened after that scan had read the folder
        if self.visibility is PlexVisibility.NOT_VISIBLE:
            self.visibility = PlexVisibility.NOT_CHECKED
        self.new_report.set()
