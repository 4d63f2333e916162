"""The nouns of the pipeline: small, frozen, and without behaviour of their own."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class LibraryType(StrEnum):
    """The kinds of library that Plex scans folders for."""

    MOVIE = "movie"
    SHOW = "show"
    ARTIST = "artist"
    PHOTO = "photo"


# Plex's numbers for what stands behind a file: movie, episode, track, photo (plexapi `utils.SEARCHTYPES`).
LEAF_TYPES: Final = {
    LibraryType.MOVIE: 1,
    LibraryType.SHOW: 4,
    LibraryType.ARTIST: 10,
    LibraryType.PHOTO: 13,
}


class Outcome(StrEnum):
    """What became of a request. Each is only ever what a lookup proved."""

    ADDED = "added"
    UPDATED = "updated"
    UP_TO_DATE = "up_to_date"
    REMOVED = "removed"
    SCANNED = "scanned"
    PENDING = "pending"
    NOT_FOUND = "not_found"
    FAILED = "failed"


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
    SSL_ERROR = "ssl_error"
    NO_LIBRARY = "no_library"
    INVALID_PATH = "invalid_path"
    DISCARDED = "discarded"
    STILL_THERE = "still_there"
    # added, updated: Plex lists it, but found nothing to play in it
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Who answered at the URL."""

    machine_identifier: str
    name: str
    version: str
    platform: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """One library of the server, as `/library/sections` tells it."""

    id: int
    title: str
    type: LibraryType
    locations: tuple[str, ...]
    agent: str = ""
    refreshing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """One file that Plex lists for an item (a Part, with what its Media and its item say of it).

    `duration` is in milliseconds, `bitrate` in kbit/s, `size` in bytes. `stamp` is the number in `Part.key`: the
    file's modification time in Unix seconds when Plex read it (None on very old servers). `streams` is whether it found
    picture or sound. `full_title` names the show or the artist too.
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
        """Whether Plex found something in the file. A photo has no duration, but a size in pixels or none at all."""
        return self.type == "photo" or (bool(self.duration) and self.streams)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What is known of a file without asking Plex.

    `exists` is None when nobody could look. `size` is in bytes, `mtime` in Unix seconds.
    """

    exists: bool | None = None
    folder: bool | None = None
    size: int | None = None
    mtime: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequest:
    """One path that somebody says has changed, as accepted (and as kept on disk until it is over).

    `gone` means the sender says the file was removed, `contradicted` that another one, or the same one a moment before,
    said otherwise. `libraries` restricts to titles or ids. `size` is in bytes.
    `accepted_at` is in Unix seconds.
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
    """A library that a request concerned, and the folders that Plex was asked to scan there."""

    library: Library
    scanned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """What became of one request on one server. All times are in seconds.

    `queued` is how long it waited before a scan, `scanned` how long the scans took, `validated` how long after the
    scan the proof came; together they are no more than `elapsed`. `listed_before` and `listed_after` count the files
    that Plex listed for the path, and `listed_newly` those of them that it had not listed before (None: nobody looked,
    or they were too many to count). `removed` are files that Plex listed at first and does not list any more.
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
    """The options that the core obeys. `validation_timeout` is in seconds."""

    smart_scanning: bool = True
    duplicate_detection: bool = True
    validate_media: bool = True
    detailed_logging: bool = True
    validation_timeout: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryStatistics:
    """The size of a library. `counts` is by Plex's item type, `duration` in milliseconds, `storage` in bytes."""

    library: Library
    counts: dict[str, int]
    duration: int | None = None
    storage: int | None = None
    last_added_title: str | None = None
    last_added_at: int | None = None
