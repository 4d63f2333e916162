"""The dataclasses of a Plex library: section, location, item, media, part, stream."""

from dataclasses import dataclass, field
from pathlib import Path
import re

from tests.fake_plex.file_index import FileIndex
from tests.fake_plex.flavours import Flavour, flavour_of

# Plex's numbers for its metadata types, as used in `type=` and in timeline entries.
TYPE_NUMBERS = {
    "movie": 1,
    "show": 2,
    "season": 3,
    "episode": 4,
    "trailer": 5,
    "artist": 8,
    "album": 9,
    "track": 10,
    "clip": 12,
    "photo": 13,
    "photoalbum": 14,
    "playlist": 15,
    "collection": 18,
}
TYPE_NAMES = {number: name for name, number in TYPE_NUMBERS.items()}
LEAF_TYPES = frozenset({"movie", "episode", "track", "photo", "clip"})
PRIMARY_LEAF = {"movie": "movie", "show": "episode", "artist": "track", "photo": "photo"}


def title_sort(title: str) -> str:
    """Return what a title is sorted by."""
    return re.sub(r"^(the|a|an) ", "", title.casefold())


@dataclass(slots=True, eq=False)
class Stream:
    """One stream of a part; an external subtitle has a `file` and a `key`."""

    id: int
    stream_type: int
    index: int | None
    codec: str
    details: dict[str, str | int | float] = field(default_factory=dict)
    file: str | None = None

    @property
    def key(self) -> str | None:
        """The address an external stream is fetched from."""
        return f"/library/streams/{self.id}" if self.file is not None else None


@dataclass(slots=True, frozen=True)
class MediaFacts:
    """What the analysis of a file tells; nothing at all for a damaged one."""

    container: str | None = None
    duration: int | None = None
    bitrate: int | None = None
    width: int | None = None
    height: int | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    audio_channels: int | None = None
    frame_rate: str | None = None
    profile: str | None = None
    sampling_rate: int | None = None
    tags: tuple[tuple[str, str], ...] = ()

    def tag(self, name: str) -> str | None:
        """Return one embedded tag."""
        return dict(self.tags).get(name)


NO_FACTS = MediaFacts()


@dataclass(slots=True, eq=False)
class Part:
    """A file as Plex knows it: path, size and stamp, and what an analysis once found."""

    id: int
    file: str
    real: Path
    size: int
    stamp: int
    media: Media
    number: int = 1
    facts: MediaFacts = NO_FACTS
    streams: list[Stream] = field(default_factory=list)
    deleted_at: int | None = None
    folder: FolderRecord | None = field(default=None, repr=False)
    unlisted: bool = False  # found by a scan, and not in the lookups yet

    @property
    def container(self) -> str:
        """The container Plex shows: the extension."""
        return self.real.suffix.lstrip(".").lower()

    @property
    def item(self) -> Item:
        """The item this part belongs to."""
        return self.media.item


@dataclass(slots=True, eq=False)
class Media:
    """One version of an item; several parts when it comes in pieces (cd1, cd2)."""

    id: int
    item: Item
    stack: tuple[str, str]
    parts: list[Part] = field(default_factory=list, repr=False)
    proxy_type: int | None = None
    target: str | None = None  # of an optimized version: the name of its profile
    deleted_at: int | None = None

    @property
    def facts(self) -> MediaFacts:
        """The facts of the first part stand for the whole version."""
        return self.parts[0].facts if self.parts else NO_FACTS

    @property
    def title(self) -> str | None:
        """What tells the versions of an item apart, as soon as one of them was optimized."""
        if self.proxy_type is not None or all(media.proxy_type is None for media in self.item.media):
            return None
        return "Original"

    @property
    def duration(self) -> int | None:
        """The pieces' durations together; unknown as long as nothing was analysed."""
        known = [part.facts.duration for part in self.parts if part.facts.duration is not None]
        return sum(known) if known else None


@dataclass(slots=True, eq=False)
class Item:
    """A row of the library: movie, show, season, episode, artist, album, track, photo and so on."""

    rating_key: int
    type: str
    title: str
    library: FakeLibrary = field(repr=False)
    key: tuple[str | int | None, ...]
    added_at: int
    updated_at: int
    parent: Item | None = field(default=None, repr=False)
    index: int | None = None
    year: int | None = None
    originally_available_at: str | None = None
    disc: int | None = None
    guid: str = ""
    media: list[Media] = field(default_factory=list, repr=False)
    children: dict[int, Item] = field(default_factory=dict, repr=False)
    deleted_at: int | None = None
    thumb: int | None = None
    summary: str = ""
    extras: list[Item] = field(default_factory=list, repr=False)
    extra_type: int | None = None  # of an extra
    unsettled: bool = False  # only with the quirk items_appear_late
    unlisted: bool = False  # found by a scan, and not in the lookups yet

    @property
    def hidden(self) -> bool:
        """Whether no lookup shows the row yet."""
        return self.unsettled or self.unlisted

    @property
    def sort_key(self) -> tuple[str | int, ...]:
        """The usual order: by title, below a show or artist by number."""
        title = title_sort(self.title)
        if self.parent is None:
            return (title, self.year or 0, self.rating_key)
        return (*self.parent.sort_key, self.disc or 0, self.index or 0, title, self.rating_key)

    @property
    def top(self) -> Item:
        """The movie, show or artist this item hangs below."""
        return self if self.parent is None else self.parent.top

    @property
    def parts(self) -> list[Part]:
        """All parts of all versions."""
        return [part for media in self.media for part in media.parts]

    @property
    def duration(self) -> int | None:
        """The first version's duration."""
        return self.media[0].duration if self.media else None

    @property
    def leaves(self) -> list[Item]:
        """The playable items below this one, in order."""
        found: list[Item] = []
        for child in self.children.values():
            found.extend(child.leaves if child.children else [child])
        return found


@dataclass(slots=True, frozen=True)
class FoundFile:
    """A file as the scanner found it on the disk."""

    real: Path
    size: int
    mtime_ns: int

    @property
    def stamp(self) -> int:
        """The time Plex keeps for it, in whole seconds."""
        return self.mtime_ns // 1_000_000_000


@dataclass(slots=True, eq=False)
class FolderRecord:
    """What Plex remembers of a folder: its time stamp, its files, the folders in it."""

    path: str
    id: int
    mtime_ns: int | None = None
    files: dict[str, list[Part]] = field(default_factory=dict, repr=False)
    folders: set[str] = field(default_factory=set)


@dataclass(slots=True, frozen=True)
class Location:
    """A folder of a library: the path as Plex presents it and the real folder behind it."""

    id: int
    path: str
    real: Path

    @property
    def flavour(self) -> Flavour:
        """How paths below this location are spelled."""
        return flavour_of(self.path)


@dataclass(slots=True, eq=False)
class FakeLibrary:
    """A library section with everything it holds."""

    id: int
    title: str
    type: str
    agent: str
    scanner: str
    language: str
    uuid: str
    created_at: int
    updated_at: int
    scanned_at: int
    locations: list[Location] = field(default_factory=list)
    refreshing: bool = False
    content_changed_at: int = 1
    by_key: dict[tuple[str | int | None, ...], Item] = field(default_factory=dict, repr=False)
    by_type: dict[str, dict[int, Item]] = field(default_factory=dict, repr=False)
    folders: dict[str, FolderRecord] = field(default_factory=dict, repr=False)
    parts: dict[str, FileIndex] = field(default_factory=dict, repr=False)
    trash: dict[int, Part] = field(default_factory=dict, repr=False)
    sorted_rows: dict[str, list[Item]] = field(default_factory=dict, repr=False)

    @property
    def key(self) -> str:
        """The section key, a string as Plex sends it."""
        return str(self.id)

    @property
    def has_agent(self) -> bool:
        """Whether metadata is looked up; without, items stop at timeline state 1."""
        return not self.agent.endswith(".none")

    def of_type(self, item_type: str) -> dict[int, Item]:
        """Return the items of one type by rating key."""
        return self.by_type.setdefault(item_type, {})

    def parts_of_type(self, item_type: str) -> FileIndex:
        """Return the parts of one leaf type."""
        return self.parts.setdefault(item_type, FileIndex())

    @property
    def all_parts(self) -> list[Part]:
        """All parts of the library."""
        return [part for index in self.parts.values() for part in index]

    def in_order(self, item_type: str) -> list[Item]:
        """Return the rows of one type in their usual order, kept until rows come or go."""
        if item_type not in self.sorted_rows:
            self.sorted_rows[item_type] = sorted(self.of_type(item_type).values(), key=lambda item: item.sort_key)
        return self.sorted_rows[item_type]
