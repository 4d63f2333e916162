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
    SEEN = "seen"
    NOT_SEEN = "not_seen"
    UNKNOWN = "unknown"
    """The server refuses such requests."""


class Existence(StrEnum):
    """Whether the path exists, by what both disks show."""

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
    NONE         at first; after a restart or a missing mount        the scan is requested: RUNNING or REFUSED
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
    """Whether a scan for this request was seen to run."""

    SEEN = "seen"
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
    """There is no duration, and Plex was not seen to be analyzing."""
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
    """What changed since the first look-up: added, updated, removed, or nothing."""
    was_listed: bool = False
    """Whether the first look-up found the path listed."""
    may_be_listed_otherwise: bool = False
    """Whether Plex may list the path in another case, so that its absence proves nothing (Windows)."""
    same_size: bool = False
    """Whether the listed size is the file's, so that at most the time differs."""
    quiet: bool = True
    """Whether nothing has changed in the folder for a moment, and Plex is working on none of its items."""

    disk: DiskState = DiskState.UNKNOWN
    facts_source: FactsSource = FactsSource.NONE
    growing: bool = False
    """Whether size or time of the file were seen to change a moment ago."""
    changed_since_scan: bool = False
    """Whether size or time of the file changed after the latest scan was requested."""
    has_no_media: bool = False
    """Whether the folder is seen and contains nothing that Plex would list."""
    name_is_indexed: bool = True
    """Whether Plex indexes files of this name, as far as the naming rules tell."""

    visibility: PlexVisibility = PlexVisibility.NOT_CHECKED
    visibility_is_fresh: bool = True
    """Whether the visibility was checked recently."""
    removal_grace_over: bool = False
    """Whether a file that was reported removed has had the time to disappear from Plex's disk."""
    mount: MountState = MountState.NOT_CHECKED
    mount_allowed: bool = False
    """Whether the user has confirmed that this location is meant to be empty."""

    scan: ScanState = ScanState.NONE
    observed: Observed = Observed.UNKNOWN
    since_scan: float = 0.0
    """Since the end of the latest scan; 0 while there is none."""
    scope: ScanScope = ScanScope.FOLDER
    """The scope of the latest scan, or of the first one."""
    wider: ScanScope | None = ScanScope.FIRST_FOLDER
    """The next wider scope; None if there is none."""
    siblings_listed: SiblingsListed = SiblingsListed.NOT_CHECKED
    location_wait: float = 0.0
    """How long until the location may be scanned again."""
    lost_scans: int = 0
    """How many scans in a row were lost."""
    repeated: bool = False
    """Whether a scan that could not be observed was already repeated."""
    found_in_other_library: bool = False
    """Whether another library of the server has the file."""
    time_left: float = 120.0
    """How much of the validation timeout is left."""

    analysis: Analysis = Analysis.DONE
    analysis_requested: bool = False
    """Whether an analysis of the file was requested."""
    since_proof: float = 0.0
    """Since the change was first listed."""
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
        """Whether the path exists, by what the disks show."""
        if self.disk is DiskState.THERE or self.visibility is PlexVisibility.SEEN:
            return Existence.EXISTS
        if self.disk is not DiskState.UNKNOWN or self.visibility is PlexVisibility.NOT_SEEN:
            return Existence.MISSING
        return Existence.UNKNOWN

    @property
    def gone(self) -> bool:
        """Whether this is a removal: the path does not exist, and was reported removed or was listed."""
        if self.existence is not Existence.UNKNOWN:
            missing = self.existence is Existence.MISSING
            return missing and (self.reported is not ReportedState.PRESENT or self.was_listed)
        return self.reported is ReportedState.GONE

    @property
    def waits_for_location_scan(self) -> bool:
        """Whether only a scan of the location is left to try, and it is not allowed yet."""
        wants_location = self.wider is ScanScope.LOCATION and self.siblings_listed is SiblingsListed.NO
        return wants_location and self.location_wait > 0

    @property
    def reads_location(self) -> bool:
        """Whether the next scan would read a whole location."""
        return self.scope in {ScanScope.LOCATION, ScanScope.LIBRARY}

    @property
    def worth_scanning(self) -> bool:
        """Whether a scan of the next scope is justified: the path is seen, or it is gone.

        If it is unknown what Plex sees, no whole location is scanned. A location that is meant to be empty counts as
        seen.
        """
        if self.gone or self.visibility is PlexVisibility.SEEN or (self.names_location and self.mount_allowed):
            return True
        return self.visibility is PlexVisibility.UNKNOWN and not self.reads_location
