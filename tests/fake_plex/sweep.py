"""The work of one scan on the disk and in the database, folder by folder, without waiting."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
import unicodedata

from tests.fake_plex.catalogue import place
from tests.fake_plex.database import Database
from tests.fake_plex.flavours import add_long_prefix, doubled_separator, resolve
from tests.fake_plex.listing import Listings, News
from tests.fake_plex.media_facts import read_facts
from tests.fake_plex.models import FakeLibrary, FolderRecord, FoundFile, Item, Location, Part
from tests.fake_plex.quirks import Quirks
from tests.fake_plex.stats import ScanRecord
from tests.fake_plex.walker import Listing, walk


@dataclass(slots=True)
class Target:
    """The folder a scan is for; `spelled` is set when the request doubled a separator."""

    location: Location
    names: tuple[str, ...]
    path: str
    spelled: str | None = None


@dataclass(slots=True)
class Changes:
    """What a scan found."""

    added: list[Item] = field(default_factory=list)
    new_parts: list[Part] = field(default_factory=list)
    updated: list[Part] = field(default_factory=list)
    restored: list[Item] = field(default_factory=list)
    removed: list[Item] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.new_parts or self.updated or self.restored or self.removed)

    @property
    def unsettled(self) -> list[Item]:
        """The rows that still need matching and analysis: new ones, and old ones with a new version."""
        return list(dict.fromkeys([*self.added, *(part.item for part in self.new_parts)]))


def find_target(library: FakeLibrary, path: str, quirks: Quirks) -> Target | str:
    """Return the folder a request means, or why nothing will be scanned."""
    location = _location_of(library, path, quirks)
    if isinstance(location, str):
        return location
    flavour = location.flavour
    names = flavour.components(path)[len(flavour.components(location.path)) :]
    tolerant = flavour.folds_case or quirks.nfd_paths
    real = resolve(location.real, names, tolerant=tolerant)
    if real is None:
        return "nonexistent"
    if not real.is_dir():
        return "file"
    true_names = real.relative_to(location.real).parts
    target = Target(location, true_names, flavour.join(location.path, *true_names) if true_names else location.path)
    if quirks.doubled_separators_rename and doubled_separator(path, flavour):
        target.spelled = path.rstrip(flavour.separator)
    return target


def _location_of(library: FakeLibrary, path: str, quirks: Quirks) -> Location | str:
    if quirks.substring_locations:
        # The first location that occurs anywhere in the text wins, which may be the wrong root:
        # "Error scanning directory, we'll skip and continue".
        wrong = next((location for location in library.locations if location.path in path), None)
        if wrong is not None and not path.startswith(wrong.path):
            return "error"
    best: Location | None = None
    for location in library.locations:
        flavour = location.flavour
        root = [flavour.fold(name) for name in flavour.components(location.path)]
        asked = [flavour.fold(name) for name in flavour.components(path)]
        longer = best is None or len(location.path) > len(best.path)
        if asked[: len(root)] == root and ".." not in asked and longer:
            best = location
    return best or "outside"


class Sweep:
    """Compares folders with the database."""

    def __init__(
        self,
        database: Database,
        library: FakeLibrary,
        record: ScanRecord,
        quirks: Quirks,
        *,
        force: bool = False,
        auto_empty_trash: bool = True,
        listings: Listings | None = None,
    ) -> None:
        """Prepare; `run` does the work. Without `listings` everything is listed at once and unrecorded."""
        self._database = database
        self._library = library
        self._record = record
        self._quirks = quirks
        self._force = force
        self._auto_empty_trash = auto_empty_trash
        self._listings = listings
        self._news: list[News] = []
        self._missing: list[Part] = []
        self._complete = True
        self.changes = Changes()

    def run(self, target: Target | None) -> Iterator[Listing]:
        """Scan one folder, or all locations; yields after each folder."""
        if target is not None:
            yield from self._walk(target)
        else:
            for location in list(self._library.locations):
                if location.real.is_dir():
                    yield from self._walk(Target(location, (), location.path))
                else:
                    self._complete = False

    def finish(self) -> str:
        """Remove missing files; an incomplete scan deletes nothing. Return the outcome."""
        if not self._complete:
            return "incomplete"
        if self._auto_empty_trash:
            self._missing.extend(self._library.trash.values())
            missing = list(dict.fromkeys(self._missing))
            self.changes.removed = self._database.remove_parts(missing)
        else:
            self.changes.removed = self._database.trash_parts(self._missing)
        return "complete"

    def _walk(self, target: Target) -> Iterator[Listing]:
        if self._misses(target):
            self._record.folders_listed += 1
            self._record.folders.append(target.path)
            return
        for listing in walk(self._library, target.location, target.names, is_unchanged=self._unchanged):
            self._record.folders_listed += 1
            self._record.folders.append(listing.path)
            self._record.files_examined += listing.examined
            if listing.failed:
                self._complete = False
            else:
                self._apply(listing, target)
            yield listing

    def _misses(self, target: Target) -> bool:
        """Return whether the scanner misses this folder because it is new."""
        depth = len(target.names)
        asleep = (self._quirks.miss_new_nested_folders and depth > 1) or (self._quirks.miss_new_folders and depth == 1)
        return asleep and not self._database.knows(self._library, target.path)

    def _unchanged(self, path: str, mtime_ns: int) -> bool:
        if not self._quirks.skip_unchanged_folders or self._force:
            return False
        record = self._library.folders.get(path)
        return record is not None and record.mtime_ns == mtime_ns

    def _apply(self, listing: Listing, target: Target) -> None:
        record = self._database.folder(self._library, target.location, listing.names)
        record.mtime_ns = listing.mtime_ns
        join = target.location.flavour.join
        gone = record.folders - {join(listing.path, name) for name in listing.folders}
        for path in gone:
            self._vanished(path)
        if listing.unchanged:
            return
        found = {file.real.name for file in listing.files}
        for name, parts in record.files.items():
            if name not in found:
                self._missing.extend(parts)
        for file in listing.files:
            spelled = self._spell(join(listing.path, file.real.name), target)
            if known := record.files.get(file.real.name):
                self._compare(known, file, spelled)
            else:
                self._add(record, listing.names, file, spelled)
        self._show()

    def _show(self) -> None:
        """List what was found in one folder."""
        news, self._news = self._news, []
        if self._listings is not None:
            self._listings.add(news)
            return
        for each in news:
            each.apply()

    def _vanished(self, path: str) -> None:
        for folder in self._database.tree(self._library, path):
            for parts in folder.files.values():
                self._missing.extend(parts)
            folder.mtime_ns = None

    def _spell(self, path: str, target: Target) -> str:
        if target.spelled is not None:
            path = target.spelled + path[len(target.path) :]
        if self._quirks.nfd_paths:
            path = unicodedata.normalize("NFD", path)
        if target.location.flavour.windows and self._quirks.long_path_prefix:
            path = add_long_prefix(path)
        return path

    def _add(self, record: FolderRecord, names: tuple[str, ...], file: FoundFile, spelled: str) -> None:
        library = self._library
        names = _names_by_tags(names, file) if library.type == "artist" else names
        placements = place(library.type, (*names, file.real.name), has_agent=library.has_agent)
        if placements:
            made = self._database.add_file(record, library, placements, spelled, file)
            parts = record.files[file.real.name]
            for item in made:
                item.unsettled = self._quirks.items_appear_late
                item.unlisted = True
            for part in parts:
                part.unlisted = True
                self._news.append(News(part, partial(_reveal, part)))
            self.changes.added.extend(made)
            self.changes.new_parts.extend(parts)

    def _compare(self, parts: list[Part], file: FoundFile, spelled: str) -> None:
        for part in parts:
            trashed, changed = part.deleted_at is not None, (part.size, part.stamp) != (file.size, file.stamp)
            if trashed:
                self._library.trash.pop(part.id, None)  # kept when the trash is emptied before it is listed again
                self.changes.restored.append(part.item)
            if changed:
                self.changes.updated.append(part)
            if trashed or changed or part.file != spelled:
                self._news.append(News(part, partial(self._renew, part, file, spelled, restore=trashed)))

    def _renew(self, part: Part, file: FoundFile, spelled: str, *, restore: bool) -> bool:
        """List the new facts of a known file; return False if it was removed or has them already.

        A file that a later scan has moved to the trash stays there.
        """
        if part not in part.media.parts:
            return False
        restored = restore and self._database.restore(part)
        changed = (part.size, part.stamp) != (file.size, file.stamp)
        if part.file != spelled:
            part.file = spelled
            self._library.parts_of_type(part.item.type).respelled()
        if changed:
            part.size, part.stamp = file.size, file.stamp
            if self._quirks.item_updated_on_replace:
                part.item.updated_at = self._database.now()
        return restored or changed


def _reveal(part: Part) -> bool:
    """List a new file with the rows above it; return False if it was removed."""
    if part not in part.media.parts:
        return False
    part.unlisted = False
    row: Item | None = part.item
    while row is not None:
        row.unlisted = False
        row = row.parent
    return True


def _names_by_tags(names: tuple[str, ...], file: FoundFile) -> tuple[str, ...]:
    """Take artist and album from the file's tags where its folders do not tell them."""
    if len(names) > 1:
        return names
    facts = read_facts(file.real)
    artist, album = facts.tag("artist"), facts.tag("album")
    return (artist, album) if artist and album else names
