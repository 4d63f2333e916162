"""Files of an item that no scan found: optimized versions and local extras."""

from collections.abc import Iterable

from tests.fake_plex.database import Database
from tests.fake_plex.extras import ExtraFile
from tests.fake_plex.models import FoundFile, Item, Media, Part


def add_optimized(database: Database, item: Item, target: str, file: str, found: FoundFile) -> Part:
    """Attach an optimized version, as Plex creates it."""
    media = Media(next(database.media_ids), item, ("optimized", file), proxy_type=42, target=target)
    part = Part(next(database.part_ids), file, found.real, found.size, found.stamp, media)
    media.parts.append(part)
    item.media.append(media)
    item.library.parts_of_type(item.type).add(part)
    return part


def set_extras(database: Database, item: Item, extras: Iterable[tuple[ExtraFile, str]]) -> list[Part]:
    """Set the extras of an item, each with its path; return the parts of those that are new."""
    known = {extra.parts[0].file: extra for extra in item.extras}
    item.extras = []
    made: list[Part] = []
    for extra_file, file in extras:
        extra = known.pop(file, None)
        if extra is None:
            extra = _make_extra(database, item, extra_file, file)
            made.extend(extra.parts)
        item.extras.append(extra)
    for gone in known.values():
        del database.items[gone.rating_key]
    return made


def _make_extra(database: Database, item: Item, found: ExtraFile, file: str) -> Item:
    now, rating_key, stat = database.now(), next(database.rating_keys), found.real.stat()
    extra = Item(
        rating_key=rating_key,
        type="clip",
        title=found.title,
        library=item.library,
        key=("extra", file),
        added_at=now,
        updated_at=now,
        guid=f"local://{rating_key}",
        extra_type=found.extra_type,
    )
    media = Media(next(database.media_ids), extra, ("extra", file))
    on_disk = FoundFile(found.real, stat.st_size, stat.st_mtime_ns)
    media.parts.append(Part(next(database.part_ids), file, found.real, on_disk.size, on_disk.stamp, media))
    extra.media.append(media)
    database.items[rating_key] = extra
    return extra
