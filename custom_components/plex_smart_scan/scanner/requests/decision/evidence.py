"""Everything that a decision about one request in one library is based on. Pure data: nothing is queried here."""

from dataclasses import dataclass
from enum import StrEnum

from ...libraries.mount_state import MountState
from ...models import Outcome
from .scan_scope import ScanScope


class Subject(StrEnum):
    """What kind of thing the path is."""

    FILE = "file"
    FOLDER = "folder"
    SIDECAR = "sidecar"


class ReportedState(StrEnum):
    """What senders have reported about the path since the last result."""

    PRESENT = "present"
    GONE = "gone"
    CONTRADICTORY = "contradictory"
    """Reported as present and as removed: only a look at the disks decides."""


class DiskState(StrEnum):
    """Whether Home Assistant sees the path on its own disk."""

    UNKNOWN = "unknown"
    THERE = "there"
    NOT_THERE = "not_there"
    VANISHED = "vanished"
    """Home Assistant saw it earlier during this request, and no longer does."""


class PlexVisibility(StrEnum):
    """Whether Plex sees the path on its own disk."""

    NOT_CHECKED = "not_checked"
    VISIBLE = "visible"
    NOT_VISIBLE = "not_visible"
    UNKNOWN = "unknown"
    """The server refuses queries about its disk."""


class Existence(StrEnum):
    """Whether the path exists: one disk that shows it is enough."""

    EXISTS = "exists"
    MISSING = "missing"
    UNKNOWN = "unknown"  # neither Home Assistant nor Plex can look


class Listing(StrEnum):
    """What Plex lists for the path, compared with what is known of the file or folder."""

    NOT_CHECKED = "not_checked"
    TOO_MANY = "too_many"
    """More items share the name than a look-up returns."""
    ABSENT = "absent"
    MATCHING = "matching"
    DIFFERENT = "different"
    UNVERIFIED = "unverified"
    """Listed, but there is nothing to compare it with."""


class FactsSource(StrEnum):
    """Where the size of the file is known from."""

    NONE = "none"
    SENDER = "sender"
    DISK = "disk"


class ScanState(StrEnum):
    """The state of the latest scan for this request.

    state        entered                                             left
    NONE         at first, and whenever the request starts over      the scan is requested: RUNNING or REFUSED
    RUNNING      Plex has accepted the request for a scan            the scan ends, is lost, or is interrupted
    ENDED        the scan has ended, or could not be observed        another scan is requested: RUNNING
    LOST         the scan was accepted but never started             the same scan is requested again: RUNNING
    INTERRUPTED  the server was unavailable: its queue is lost        by the step `Restart`: NONE
    REFUSED      the server refuses to scan a single folder          the library is scanned: RUNNING; or the end
    """

    NONE = "none"
    RUNNING = "running"
    ENDED = "ended"
    LOST = "lost"
    INTERRUPTED = "interrupted"
    REFUSED = "refused"


class Observed(StrEnum):
    """Whether a scan for this request was observed: its start and its end were reported."""

    YES = "yes"
    UNKNOWN = "unknown"


class SiblingsListed(StrEnum):
    """Whether Plex lists other files in the folder of the file."""

    NOT_CHECKED = "not_checked"
    YES = "yes"
    NO = "no"


class Analysis(StrEnum):
    """Whether Plex has analyzed the listed files, so that their durations are known."""

    DONE = "done"
    IN_PROGRESS = "in_progress"
    NOT_OBSERVED = "not_observed"
    """There is no duration of the current file, and no sign that Plex is analyzing it."""
    FOUND_NOTHING = "found_nothing"
    """Plex has finished, and found nothing to play."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveOptions:
    """The options of the server, overridden by those of the request."""

    force: bool = False
    """Whether to scan even if the file is up to date."""
    validate: bool = True
    """Whether to wait until a look-up proves the outcome."""
    skip_up_to_date: bool = True
    """Whether to skip the scan of files that are up to date."""
    smart_scanning: bool = True
    """Whether to scan folders instead of the whole library."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known at one moment. All times are in seconds."""

    options: EffectiveOptions = EffectiveOptions()
    subject: Subject = Subject.FILE
    reported: ReportedState = ReportedState.PRESENT
    names_location: bool = False
    """Whether the path is a library's location itself."""

    listing: Listing = Listing.NOT_CHECKED
    change: Outcome | None = None
    """What changed in Plex's listing since the first look-up: ADDED, UPDATED or REMOVED; None for nothing.

    REMOVED means that an entry is missing. The path can still be listed: a file by another item, a folder by other
    files. A new file in a folder that is missing by now does not count.
    """
    was_listed: bool = False
    """Whether the first look-up found the path listed."""
    was_other_in_trash: bool = False
    """Whether Plex lists a file that was in its trash with another size or time."""
    may_be_listed_otherwise: bool = False
    """Whether Plex may list the path in another case, so that its absence proves nothing (Windows)."""
    same_size: bool = False
    """Whether the listed size is the file's, so that at most the time differs."""
    quiet: bool = True
    """Whether Plex's listing of the folder has not changed for a moment, and Plex is not analyzing its items.

    Always true if the files of the folder are known, and for a single file.
    """

    disk: DiskState = DiskState.UNKNOWN
    facts_source: FactsSource = FactsSource.NONE
    growing: bool = False
    """Whether the size or the time of the file changed a moment ago."""
    changed_since_scan: bool = False
    """Whether the file, or what is in the folder, changed after the latest scan was requested."""
    changing: bool = False
    """Whether what is in the folder is different since then, and changed a moment ago."""
    removed_since_scan: bool = False
    """Whether the path was found to be gone after the latest scan had begun, so that the scan may have read it."""
    may_be_incomplete: bool = False
    """Whether the size is unknown, and an earlier scan may have read the file before it was complete."""
    has_no_media: bool = False
    """Whether it is known what the folder contains, and Plex would list none of it."""
    lists_missing_files: bool = False
    """Whether Plex lists a file in the folder that neither Home Assistant nor Plex was found to see."""
    name_is_indexed: bool = True
    """Whether Plex indexes files of this name, according to the naming rules; False for folders."""

    visibility: PlexVisibility = PlexVisibility.NOT_CHECKED
    visibility_is_fresh: bool = True
    """Whether the visibility was checked recently."""
    visibility_is_outdated: bool = False
    """Whether Plex's listing of the path has changed since the visibility was checked, or the path may be gone since.

    It may be gone if a removal was reported, or if it vanished from Home Assistant's disk.
    """
    removal_grace_over: bool = False
    """Whether a file that was reported removed has had the time to disappear from Plex's disk."""
    mount: MountState = MountState.NOT_CHECKED
    empty_confirmed: bool = False
    """Whether the user has confirmed that this location is meant to be empty."""

    scan: ScanState = ScanState.NONE
    observed: Observed = Observed.UNKNOWN
    scan_began_early: bool = False
    """Whether the latest scan began before Plex was seen to see the file, or before it was back: it may miss it."""
    joined_scan: bool = False
    """Whether the latest scan had begun before it was taken for this request: it may have read an earlier state."""
    looked_up_since_scan: bool = True
    """Whether the path was looked up after the latest scan ended; true while there is none."""
    since_scan: float = 0.0
    """Since the end of the latest scan; 0 while there is none."""
    reported_since_scan: bool = False
    """Whether a report about the path has arrived since then."""
    scope: ScanScope = ScanScope.FOLDER
    """The scope of the latest scan; before the first scan, its scope."""
    wider: ScanScope | None = ScanScope.FIRST_LEVEL_FOLDER
    """The next wider scope; None if there is none."""
    siblings_listed: SiblingsListed = SiblingsListed.NOT_CHECKED
    location_wait: float = 0.0
    """How long until a location of this library may be scanned again."""
    scan_wait: float = 0.0
    """How long until the path may be scanned again, if it has needed many scans."""
    lost_scans: int = 0
    """How many scans in a row were lost."""
    repeated: bool = False
    """Whether an unobserved scan of this scope was already repeated."""
    found_in_other_library: bool = False
    """Whether another library of the server has the file."""
    time_left: float = 120.0
    """How much of the validation timeout is left."""

    analysis: Analysis = Analysis.DONE
    analysis_requested: bool = False
    """Whether an analysis of the file was requested."""
    since_change_listed: float = 0.0
    """Since the change was first listed; 0 while it is not."""
    has_sidecar_items: bool = True
    """Whether Plex lists an item that the sidecar file belongs to."""
    refresh_requested: bool = False
    """Whether a refresh of the items of the sidecar file was requested."""
    refreshed: bool = False
    """Whether one of these items was refreshed since then."""
    since_refresh: float = 0.0
    """Since the refresh was requested."""

    @property
    def existence(self) -> Existence:
        """Whether the path exists. Plex and Home Assistant can each see it; one of them is enough."""
        if self.disk is DiskState.THERE or self.visibility is PlexVisibility.VISIBLE:
            return Existence.EXISTS
        if self.disk is not DiskState.UNKNOWN or self.visibility is PlexVisibility.NOT_VISIBLE:
            return Existence.MISSING
        return Existence.UNKNOWN

    @property
    def is_listed(self) -> bool:
        """Whether the latest look-up found the path, in whatever state; of a sidecar file it finds only the items."""
        is_found = self.listing in {Listing.MATCHING, Listing.DIFFERENT, Listing.UNVERIFIED}
        return is_found and self.subject is not Subject.SIDECAR

    @property
    def gone(self) -> bool:
        """Whether this is a removal: the path does not exist, and was reported removed, or was or is listed.

        If it is unknown whether it exists, the report decides. A path that is only listed now must have vanished, or
        Plex must have been asked since: there are files that Plex lists before anyone sees them. A location that is not
        seen is empty, or its mount is missing.
        """
        if self.existence is Existence.UNKNOWN:
            return self.reported is ReportedState.GONE
        is_missed_by_plex = self.visibility is PlexVisibility.NOT_VISIBLE and not self.visibility_is_outdated
        has_vanished = self.is_listed and (self.disk is DiskState.VANISHED or is_missed_by_plex)
        is_missed = (self.was_listed or has_vanished) and not self.names_location
        is_removal = self.reported is not ReportedState.PRESENT or is_missed
        return is_removal and self.existence is Existence.MISSING

    @property
    def may_not_scan_location_yet(self) -> bool:
        """Whether `scope` is the location, whose next scan is not allowed yet."""
        return self.scope is ScanScope.LOCATION and self.location_wait > 0

    @property
    def reads_location(self) -> bool:
        """Whether a scan of `scope` reads a whole location."""
        return self.scope in {ScanScope.LOCATION, ScanScope.LIBRARY}

    @property
    def worth_scanning(self) -> bool:
        """Whether a scan of `scope`, the first or a further one, is justified: the path is visible to Plex, or is gone.

        If it is unknown what Plex sees, a folder is scanned, but no whole location, and not for a file that Home
        Assistant sees to be missing. A location that is meant to be empty counts as visible.
        """
        if self.gone or self.visibility is PlexVisibility.VISIBLE or (self.names_location and self.empty_confirmed):
            return True
        is_missing = self.existence is Existence.MISSING and self.subject is not Subject.FOLDER
        return self.visibility is PlexVisibility.UNKNOWN and not self.reads_location and not is_missing
