"""The rows of all libraries: adding, finding, trashing and removing them."""

from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from tests.fake_plex.catalogue import Placement, Row
from tests.fake_plex.models import FakeLibrary, FolderRecord, FoundFile, Item, Location, Media, Part

_AGENTS = {
    "movie": ("tv.plex.agents.movie", "Plex Movie"),
    "show": ("tv.plex.agents.series", "Plex TV Series"),
    "artist": ("tv.plex.agents.music", "Plex Music"),
    "photo": ("com.plexapp.agents.none", "Plex Photo Scanner"),
}


class Database:
    """Everything the server knows."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start empty."""
        self._clock = clock
        self.libraries: dict[int, FakeLibrary] = {}
        self.items: dict[int, Item] = {}
        self._library_ids = count(1)
        self._location_ids = count(1)
        self.rating_keys = count(1)
        self.media_ids = count(1)
        self.part_ids = count(1)
        self._folder_ids = count(101)
        self.stream_ids = count(1)

    def now(self) -> int:
        """Return the server's time in seconds."""
        return int(self._clock())

    # Libraries

    def add_library(self, title: str, library_type: str, agent: str | None, language: str | None) -> FakeLibrary:
        """Add a library without locations."""
        default_agent, scanner = _AGENTS[library_type]
        agent = agent or default_agent
        if library_type == "movie" and agent.endswith(".none"):
            scanner = "Plex Video Files"
        number, now = next(self._library_ids), self.now()
        library = FakeLibrary(
            id=number,
            title=title,
            type=library_type,
            agent=agent,
            scanner=scanner,
            language=language or ("xn" if agent.endswith(".none") else "en-US"),
            uuid=str(uuid5(NAMESPACE_URL, f"library-{number}-{title}")),
            created_at=now,
            updated_at=now,
            scanned_at=now,
        )
        self.libraries[number] = library
        return library

    def add_location(self, library: FakeLibrary, path: str, real: Path) -> Location:
        """Add a folder to a library."""
        location = Location(next(self._location_ids), path, real)
        library.locations.append(location)
        return location

    def remove_location(self, library: FakeLibrary, path: str) -> list[Item]:
        """Remove a folder from a library, with everything found only there."""
        library.locations = [location for location in library.locations if location.path != path]
        gone = [part for folder in self.tree(library, path) for parts in folder.files.values() for part in parts]
        removed = self.remove_parts(gone)
        for folder in self.tree(library, path):
            del library.folders[folder.path]
        return removed

    def remove_library(self, library: FakeLibrary) -> None:
        """Remove a library and its items."""
        del self.libraries[library.id]
        for items in library.by_type.values():
            for row in items.values():
                for gone in (row, *row.extras):
                    del self.items[gone.rating_key]

    # Folders

    def folder(self, library: FakeLibrary, location: Location, names: tuple[str, ...]) -> FolderRecord:
        """Return the record of a folder below a location; create it if there is none."""
        path = location.flavour.join(location.path, *names) if names else location.path
        record = library.folders.get(path)
        if record is None:
            record = library.folders[path] = FolderRecord(path, next(self._folder_ids))
            if names:
                self.folder(library, location, names[:-1]).folders.add(path)
        return record

    def tree(self, library: FakeLibrary, path: str) -> list[FolderRecord]:
        """Return the records of this folder and those below it."""
        found: list[FolderRecord] = []
        waiting = [path]
        while waiting:
            record = library.folders.get(waiting.pop())
            if record is not None:
                found.append(record)
                waiting.extend(sorted(record.folders))
        return found

    def knows(self, library: FakeLibrary, path: str) -> bool:
        """Return whether any file at or below a folder is in the library."""
        return any(folder.files for folder in self.tree(library, path))

    # Items and parts

    def add_file(
        self,
        folder: FolderRecord,
        library: FakeLibrary,
        placements: Iterable[Placement],
        file: str,
        found: FoundFile,
    ) -> list[Item]:
        """Add a file where it belongs; return the new rows."""
        parts: list[Part] = []
        made: list[Item] = []
        for placement in placements:
            item = self._rows(library, placement.rows, made)
            part = Part(
                id=next(self.part_ids),
                file=file,
                real=found.real,
                size=found.size,
                stamp=found.stamp,
                media=self._media(item, placement.stack),
                number=placement.number,
                folder=folder,
            )
            part.media.parts.append(part)
            part.media.parts.sort(key=lambda piece: (piece.number, piece.id))
            library.parts_of_type(item.type).add(part)
            self._revive(part)
            parts.append(part)
        folder.files[found.real.name] = parts
        return made

    def _rows(self, library: FakeLibrary, rows: Iterable[Row], made: list[Item]) -> Item:
        item: Item | None = None
        for row in rows:
            item = library.by_key.get(row.key) or self._make(library, row, item, made)
        if item is None:
            msg = "A placement needs at least one row"
            raise ValueError(msg)
        return item

    def _make(self, library: FakeLibrary, row: Row, parent: Item | None, made: list[Item]) -> Item:
        now = self.now()
        rating_key = next(self.rating_keys)
        digest = uuid5(NAMESPACE_URL, f"{library.uuid}{row.key}").hex[:24]
        item = Item(
            rating_key=rating_key,
            type=row.type,
            title=row.title,
            library=library,
            key=row.key,
            added_at=now,
            updated_at=now,
            parent=parent,
            index=row.index,
            year=row.year,
            originally_available_at=row.originally_available_at,
            disc=row.disc,
            guid=f"plex://{row.type}/{digest}" if library.has_agent else f"local://{rating_key}",
            thumb=now if library.has_agent else None,
        )
        self.items[rating_key] = item
        library.by_key[row.key] = item
        library.of_type(row.type)[rating_key] = item
        library.sorted_rows.pop(row.type, None)
        if parent is not None:
            parent.children[rating_key] = item
        made.append(item)
        return item

    def _media(self, item: Item, stack: tuple[str, str]) -> Media:
        for media in item.media:
            if media.stack == stack and media.proxy_type is None:
                return media
        media = Media(next(self.media_ids), item, stack)
        item.media.append(media)
        return media

    def restore(self, part: Part) -> bool:
        """Restore a part from the trash."""
        if part.deleted_at is None:
            return False
        self._revive(part)
        return True

    def _revive(self, part: Part) -> None:
        part.item.library.trash.pop(part.id, None)
        part.deleted_at = part.media.deleted_at = None
        row: Item | None = part.item
        while row is not None:
            row.deleted_at = None
            row = row.parent

    def trash_parts(self, parts: Iterable[Part]) -> list[Item]:
        """Trash parts, and the rows without other parts; return those rows."""
        now = self.now()
        trashed: list[Item] = []
        for part in parts:
            if part.deleted_at is not None:
                continue
            part.deleted_at = now
            part.item.library.trash[part.id] = part
            if all(piece.deleted_at is not None for piece in part.media.parts):
                part.media.deleted_at = now
            row: Item | None = part.item
            while row is not None and _nothing_left(row):
                row.deleted_at = now
                trashed.append(row)
                row = row.parent
        return trashed

    def remove_parts(self, parts: Iterable[Part]) -> list[Item]:
        """Remove parts, and the rows without other parts; return those rows."""
        removed: list[Item] = []
        for part in parts:
            media, item = part.media, part.item
            media.parts.remove(part)
            item.library.trash.pop(part.id, None)
            item.library.parts_of_type(item.type).remove(part)
            self._forget_name(part)
            if not media.parts:
                item.media.remove(media)
            if all(version.proxy_type is not None for version in item.media):
                self._drop_optimized(item)  # they go with the last version they were made of
            row: Item | None = item
            while row is not None and not row.children and not row.parts:
                removed.append(row)
                row = self._drop(row)
        return removed

    def _drop_optimized(self, item: Item) -> None:
        for part in item.parts:
            item.library.parts_of_type(item.type).remove(part)
        item.media.clear()

    def _forget_name(self, part: Part) -> None:
        if part.folder is None:  # an optimized version, which no scan has found
            return
        kept = [other for other in part.folder.files.get(part.real.name, []) if other is not part]
        if kept:
            part.folder.files[part.real.name] = kept
        else:
            part.folder.files.pop(part.real.name, None)

    def _drop(self, row: Item) -> Item | None:
        library = row.library
        for gone in (row, *row.extras):
            del self.items[gone.rating_key]
        del library.by_key[row.key]
        del library.of_type(row.type)[row.rating_key]
        library.sorted_rows.pop(row.type, None)
        if row.parent is not None:
            del row.parent.children[row.rating_key]
        return row.parent


def _nothing_left(row: Item) -> bool:
    return all(media.deleted_at is not None for media in row.media) and all(
        child.deleted_at is not None for child in row.children.values()
    )
