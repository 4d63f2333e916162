"""The dataclasses and enums that all packages share."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class LibraryType(StrEnum):
    """The types of library whose folders Plex scans."""

    MOVIE = "movie"
    SHOW = "show"
    ARTIST = "artist"
    PHOTO = "photo"


# Plex's types of the items that files belong to: movie, episode, track, photo (plexapi `utils.SEARCHTYPES`).
LEAF_TYPES: Final = {
    LibraryType.MOVIE: 1,
    LibraryType.SHOW: 4,
    LibraryType.ARTIST: 10,
    LibraryType.PHOTO: 13,
}


class Outcome(StrEnum):
    """The outcome of a request. ADDED, UPDATED, REMOVED and UP_TO_DATE are proven by a look-up."""

    ADDED = "added"
    UPDATED = "updated"
    UP_TO_DATE = "up_to_date"
    REMOVED = "removed"
    SCANNED = "scanned"
    PENDING = "pending"
    NOT_FOUND = "not_found"
    FAILED = "failed"

    @property
    def is_proven(self) -> bool:
        """Whether a look-up proved that Plex has the path as it is now."""
        return self in {Outcome.ADDED, Outcome.UPDATED, Outcome.REMOVED, Outcome.UP_TO_DATE}


class Reason(StrEnum):
    """Why an outcome is what it is."""

    # pending
    WAITING = "waiting"
    NOT_VISIBLE_YET = "not_visible_yet"
    MOUNT_MISSING = "mount_missing"
    SERVER_OFFLINE = "server_offline"
    SERVER_BUSY = "server_busy"
    NOT_AUTHORIZED = "not_authorized"
    # not_found
    NOT_VISIBLE_TO_PLEX = "not_visible_to_plex"
    IGNORED_BY_PLEX = "ignored_by_plex"
    TIMEOUT = "timeout"
    # failed
    PERMISSION = "permission"
    BAD_REQUEST = "bad_request"
    SERVER_ERROR = "server_error"
    LIBRARY_GONE = "library_gone"
    NO_LIBRARY = "no_library"
    INVALID_PATH = "invalid_path"
    DISCARDED = "discarded"
    STILL_THERE = "still_there"
    # added, updated: Plex lists it, but found nothing to play in it
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The server that responded at the URL."""

    machine_identifier: str
    name: str
    version: str
    platform: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """One library, as `/library/sections` describes it."""

    id: int
    title: str
    type: LibraryType
    locations: tuple[str, ...]
    agent: str = ""
    refreshing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """One file that Plex lists for an item: a Part, with values of its Media and its item.

    `duration` is in milliseconds, `bitrate` in kbit/s, `size` in bytes. `stamp` is the number in `Part.key`: the
    modification time of the file in Unix seconds when Plex read it (None on very old servers). `streams` is whether
    Plex found video or audio in it. `full_title` includes the show or the artist.
    """

    rating_key: int
    type: str
    title: str
    full_title: str
    file: str
    size: int | None = None
    stamp: int | None = None
    duration: int | None = None
    bitrate: int | None = None
    resolution: str | None = None
    streams: bool = True
    trashed: bool = False
    updated_at: int | None = None
    parent_key: int | None = None
    grandparent_key: int | None = None

    @property
    def playable(self) -> bool:
        """Whether Plex found something to play. A photo has no duration."""
        return self.type == "photo" or (bool(self.duration) and self.streams)


class FileState(StrEnum):
    """What Home Assistant sees at a path on its own disk."""

    UNKNOWN = "unknown"  # Home Assistant cannot see where the path is
    MISSING = "missing"
    FILE = "file"
    FOLDER = "folder"

    @property
    def exists(self) -> bool:
        """Whether the path is known to exist."""
        return self in {FileState.FILE, FileState.FOLDER}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What is known of a file without a request to Plex.

    `size` is in bytes, `mtime` in Unix seconds. Without a disk that can be asked, the size may be what a sender
    reported.
    """

    state: FileState = FileState.UNKNOWN
    size: int | None = None
    mtime: float | None = None

    @property
    def size_and_time(self) -> tuple[int | None, float | None]:
        """What changes when the file changes."""
        return self.size, self.mtime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequest:
    """One path that was reported as changed, as accepted and as stored in the journal until it is finished.

    `gone` means that the sender reported the file as removed, `contradicted` that another report said otherwise.
    `libraries` restricts the request to titles or ids. `size` is in bytes, `accepted_at` in Unix seconds.
    """

    path: str
    id: str = ""
    libraries: tuple[str, ...] = ()
    force: bool = False
    validate: bool | None = None
    size: int | None = None
    gone: bool = False
    contradicted: bool = False
    accepted_at: float = 0.0
    context: dict[str, str | None] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedLibrary:
    """A library that a request concerned, and the folders that were scanned there."""

    library: Library
    scanned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """The result of one request on one server. All times are in seconds.

    `queued` is how long it waited before a scan, `scanned` how long the scans took, `validated` how long after the scan
    its outcome was proven; together they do not exceed `elapsed`. `listed_before` and `listed_after` count the files
    that Plex listed for the path, `listed_newly` those that it had not listed before (None: unknown, or too many to
    count). `removed` are files that Plex listed at first and no longer lists.
    """

    request: ScanRequest
    outcome: Outcome
    reason: Reason | None = None
    detail: str = ""
    server_path: str | None = None
    libraries: tuple[ScannedLibrary, ...] = ()
    items: tuple[MediaFile, ...] = ()
    removed: tuple[MediaFile, ...] = ()
    listed_before: int | None = None
    listed_after: int | None = None
    listed_newly: int | None = None
    attempts: int = 0
    elapsed: float = 0.0
    queued: float = 0.0
    scanned: float = 0.0
    validated: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of the engine. `validation_timeout` is in seconds."""

    smart_scanning: bool = True
    duplicate_detection: bool = True
    validate_media: bool = True
    detailed_logging: bool = True
    validation_timeout: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryStatistics:
    """The size of a library. `duration` is in milliseconds, `storage` in bytes.

    `counts` is by Plex's item type, without the types that the server does not count.
    """

    library: Library
    counts: dict[str, int]
    duration: int | None = None
    storage: int | None = None
    last_added_title: str | None = None
    last_added_at: int | None = None
