"""Everything that a decision about one request in one library rests on. Nothing here asks or waits."""

from dataclasses import dataclass
from enum import StrEnum

from ...libraries.mounts import Mount
from ...models import Outcome
from .scan_scope import Rung


class Subject(StrEnum):
    """What the path names."""

    FILE = "file"
    FOLDER = "folder"
    SIDECAR = "sidecar"


class Word(StrEnum):
    """What senders said of the path since the last result."""

    PRESENT = "present"
    GONE = "gone"
    BOTH = "both"  # one said so, another otherwise: only sight can tell


class Disk(StrEnum):
    """What Home Assistant's own disk says."""

    UNKNOWN = "unknown"
    THERE = "there"
    NOT_THERE = "not_there"
    VANISHED = "vanished"  # it was there when this request first looked


class Sight(StrEnum):
    """Whether Plex sees the path on its own disk."""

    UNASKED = "unasked"
    SEEN = "seen"
    NOT_SEEN = "not_seen"
    UNKNOWN = "unknown"  # the server refuses the question


class Listing(StrEnum):
    """What Plex lists for the path, compared with what is known of the file or folder."""

    UNASKED = "unasked"
    UNTELLABLE = "untellable"  # too many items share the name
    ABSENT = "absent"
    MATCHING = "matching"
    DIFFERENT = "different"
    UNVERIFIED = "unverified"  # listed, and nothing is known to compare it with


class Facts(StrEnum):
    """Where the size of the file is known from."""

    NONE = "none"
    SENDER = "sender"
    DISK = "disk"


class ScanState(StrEnum):
    """How far the last scan for this request is."""

    NONE = "none"
    RUNNING = "running"
    ENDED = "ended"
    LOST = "lost"  # answered with 200 and never seen to run
    INTERRUPTED = "interrupted"  # the server was away meanwhile and has lost its queue
    REFUSED = "refused"  # the server accepts no scan of a single folder


class Observed(StrEnum):
    """Whether some scan for this request was seen to run."""

    SEEN = "seen"
    UNKNOWN = "unknown"


class Known(StrEnum):
    """Whether Plex lists other files in the very folder of the file."""

    UNASKED = "unasked"
    YES = "yes"
    NO = "no"


class Analysis(StrEnum):
    """Whether Plex has read the listed files, so that their durations are known."""

    DONE = "done"
    UNDER_WAY = "under_way"
    UNSEEN = "unseen"  # no duration, and nobody saw Plex work on it
    FOUND_NOTHING = "found_nothing"  # Plex has finished and found nothing to play


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the caller and the options ask for."""

    force: bool = False
    validates: bool = True
    skips_up_to_date: bool = True
    smart: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known at one moment. All times are in seconds."""

    wishes: Wishes = Wishes()
    subject: Subject = Subject.FILE
    word: Word = Word.PRESENT
    names_location: bool = False
    """Whether the path is the location itself."""

    listing: Listing = Listing.UNASKED
    changed: Outcome | None = None
    """What changed since the first look: added, updated, removed, or nothing."""
    was_listed: bool = False
    """Whether the first look found the path listed."""
    may_be_listed_otherwise: bool = False
    """Whether Plex may list the path in another case, so that its absence proves nothing (Windows)."""
    same_size: bool = False
    """Whether what differs is the time alone."""
    quiet: bool = True
    """Whether nothing has changed in the folder for a moment, and no item is in progress."""

    disk: Disk = Disk.UNKNOWN
    facts: Facts = Facts.NONE
    growing: bool = False
    changed_since_scan: bool = False
    """Whether size or time of the file changed after the last scan began."""
    nothing_to_list: bool = False
    """Whether Home Assistant sees a folder, and nothing in it that Plex would list."""
    name_taken: bool = True
    """Whether Plex takes files of this name, as far as the rules tell."""

    sight: Sight = Sight.UNASKED
    sight_is_fresh: bool = True
    vanish_time_over: bool = False
    """Whether a file that was reported removed has had the time to disappear from Plex's view."""
    mount: Mount = Mount.UNASKED
    mount_allowed: bool = False
    """Whether a person said that this location is meant to be empty."""

    scan: ScanState = ScanState.NONE
    observed: Observed = Observed.UNKNOWN
    since_scan: float = 0.0
    """Since the end of the last scan."""
    rung: Rung = Rung.FOLDER
    """What was scanned last, or what is scanned first."""
    wider: Rung | None = Rung.FIRST_FOLDER
    others_known: Known = Known.UNASKED
    location_wait: float = 0.0
    """Until the next scan of the whole location is allowed."""
    lost_scans: int = 0
    repeated: bool = False
    """Whether a scan that could not be observed was already repeated."""
    taken_elsewhere: bool = False
    """Whether another library of the server has the file."""
    time_left: float = 120.0
    """Of the time that a file may take to show up."""

    analysis: Analysis = Analysis.DONE
    analysis_requested: bool = False
    since_proof: float = 0.0
    """Since the change was first listed."""
    items_beside: bool = True
    """Whether Plex lists an item that a sidecar file belongs to."""
    refresh_requested: bool = False
    refreshed: bool = False
    since_refresh: float = 0.0

    @property
    def there(self) -> bool | None:
        """Whether the path exists, by what is seen; None if nobody can look. Sight beats words."""
        if self.disk is Disk.THERE or self.sight is Sight.SEEN:
            return True
        if self.disk is not Disk.UNKNOWN or self.sight is Sight.NOT_SEEN:
            return False
        return None

    @property
    def gone(self) -> bool:
        """Whether this is about a removal: something that is not there was reported removed, or was listed."""
        if self.there is not None:
            return not self.there and (self.word is not Word.PRESENT or self.was_listed)
        return self.word is Word.GONE

    @property
    def reads_location(self) -> bool:
        """Whether the next scan would read a whole location."""
        return self.rung in {Rung.LOCATION, Rung.LIBRARY}

    @property
    def worth_scanning(self) -> bool:
        """Whether what is seen justifies a scan as wide as the next: of what is there, or is gone.

        Where the server refuses the question, no whole location is scanned. A person may say that one is meant to be
        empty: then there is nothing to see in it.
        """
        if self.gone or self.sight is Sight.SEEN or (self.names_location and self.mount_allowed):
            return True
        return self.sight is Sight.UNKNOWN and not self.reads_location
