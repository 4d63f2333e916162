"""Plex's XML converted to dataclasses. No other module handles XML elements.

Elements are read directly: plexapi's item objects cost several times as much, and may send another request for any
missing attribute (plexapi `base.py`, autoreload).
"""

from collections.abc import Iterator
from dataclasses import dataclass
import re
from typing import Final
from xml.etree.ElementTree import Element

from ..models import Library, LibraryType, MediaFile

_DASH: Final = " \N{EN DASH} "  # between the parts of a title
_STAMP: Final = re.compile(r"^/library/parts/\d+/(\d+)/")
_ITEM: Final = re.compile(r"^/library/metadata/(\d+)$")
_OF_STREAMS: Final = ("videoCodec", "audioCodec", "width", "audioChannels")  # attributes of a Media with streams
_MAX_NUMBER: Final = 2**63 - 1
_MAX_TIME: Final = 253_402_300_799  # the end of the year 9999
_OPTIMIZED: Final = "42"  # Media.proxyType of versions that Plex itself converted


@dataclass(frozen=True, slots=True)
class Page:
    """One page of files, and the total number of items."""

    files: tuple[MediaFile, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity of the server.

    `section` is None until the server names the library. `item` is the rating key of the item that it names, if any:
    the refresh of an item names no library.
    """

    uuid: str
    type: str
    section: int | None
    title: str = ""
    item: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a folder on the server's disk."""

    name: str
    folder: bool


def libraries(root: Element) -> tuple[Library, ...]:
    """Read the response of `/library/sections`, without types of library that have no files."""
    kinds = {kind.value for kind in LibraryType}
    return tuple(
        Library(
            id=key,
            title=directory.get("title", ""),
            type=LibraryType(directory.get("type", "")),
            locations=tuple(location.get("path", "") for location in directory.iter("Location")),
            agent=directory.get("agent", ""),
            refreshing=directory.get("refreshing") == "1",
        )
        for directory in root.iter("Directory")
        if directory.get("type") in kinds and (key := number(directory.get("key"))) is not None
    )


def page(root: Element) -> Page:
    """Read one page of `/library/sections/{id}/all`."""
    files = tuple(file for item in root for file in _files_of(item))
    return Page(files, number(root.get("totalSize")) or number(root.get("size")) or 0)


def _files_of(item: Element) -> Iterator[MediaFile]:
    if number(item.get("ratingKey")) is None:
        return
    for media in item.iter("Media"):
        if media.get("proxyType") == _OPTIMIZED:
            continue
        for part in media.iter("Part"):
            if path := part.get("file"):
                yield _file(item, media, part, path)


def _file(item: Element, media: Element, part: Element, path: str) -> MediaFile:
    stamp = _STAMP.match(part.get("key", ""))
    return MediaFile(
        rating_key=number(item.get("ratingKey")) or 0,
        type=item.get("type", ""),
        title=item.get("title", ""),
        full_title=_full_title(item),
        file=path,
        size=number(part.get("size")),
        stamp=number(stamp[1]) if stamp else None,
        duration=number(part.get("duration")) or number(media.get("duration")),
        bitrate=number(media.get("bitrate")),
        resolution=media.get("videoResolution"),
        streams=_has_streams(media, part),
        trashed=any(element.get("deletedAt") for element in (item, media, part)),
        updated_at=number(item.get("updatedAt")),
        parent_key=number(item.get("parentRatingKey")),
        grandparent_key=number(item.get("grandparentRatingKey")),
    )


def _has_streams(media: Element, part: Element) -> bool:
    """Return whether Plex found streams in a file. A Media of several files (cd1, cd2) describes them together."""
    alone = len(media.findall("Part")) == 1
    return any(media.get(name) for name in _OF_STREAMS) and (alone or bool(number(part.get("duration"))))


def _full_title(item: Element) -> str:
    """Return a title that identifies the item: with its show and number, or artist and album."""
    title = item.get("title", "")
    above = item.get("grandparentTitle", "")
    if item.get("type") == "episode" and above:
        season, episode = number(item.get("parentIndex")), number(item.get("index"))
        numbers = f"S{season:02}E{episode:02} " if season is not None and episode is not None else ""
        return f"{above}{_DASH}{numbers}{title}"
    if item.get("type") == "track" and above:
        return _DASH.join((above, item.get("parentTitle", ""), title))
    return title


def activities(root: Element) -> tuple[Activity, ...]:
    """Read the response of `/activities`."""
    return tuple(
        Activity(
            uuid=element.get("uuid", ""),
            type=element.get("type", ""),
            section=next((number(c.get("librarySectionID")) for c in element.iter("Context")), None),
            title=element.get("title", ""),
            item=next((_item(c.get("key", "")) for c in element.iter("Context")), None),
        )
        for element in root.iter("Activity")
    )


def entries(root: Element) -> tuple[Entry, ...]:
    """Read the response of `/services/browse`: `Path` is a folder, `File` a file."""
    return tuple(
        Entry(_last(child.get("path") or child.get("title") or ""), folder=child.tag == "Path")
        for child in root
        if child.tag in {"Path", "File"}
    )


def _last(path: str) -> str:
    """Return the last component of a path; in a POSIX name a backslash is an ordinary character."""
    if path.startswith("/"):
        return path.rstrip("/").rpartition("/")[2]
    return re.split(r"[\\/]", path.rstrip("\\/"))[-1]


def total(root: Element) -> int | None:
    """Return the number of items of which a page is a part; None if the server does not say, as some old ones."""
    return number(root.get("totalSize"))


def newest(root: Element) -> tuple[str, int | None] | None:
    """Return title and time (Unix seconds) of the first item of a page sorted by `addedAt`; None if there is none."""
    return next(((_full_title(item), _time(item.get("addedAt"))) for item in root if item.get("ratingKey")), None)


def storage(root: Element) -> dict[int, tuple[int | None, int | None]]:
    """Read duration (milliseconds) and bytes by library id from `/media/providers?includeStorage=1`."""
    found: dict[int, tuple[int | None, int | None]] = {}
    for directory in root.iter("Directory"):
        key = number(directory.get("id"))
        if key is not None and ("durationTotal" in directory.attrib or "storageTotal" in directory.attrib):
            found[key] = number(directory.get("durationTotal")), number(directory.get("storageTotal"))
    return found


def _item(key: str) -> int | None:
    """Return the rating key in the key of an item; None for any other key."""
    found = _ITEM.match(key)
    return number(found[1]) if found else None


def number(text: str | None) -> int | None:
    """Return an integer of at most 64 bits; None for any other text."""
    try:
        found = int(text) if text else None
    except ValueError:
        return None
    return None if found is None or abs(found) > _MAX_NUMBER else found


def _time(text: str | None) -> int | None:
    """Return a Unix time in seconds; None for any other text."""
    found = number(text)
    return None if found is None or not 0 <= found <= _MAX_TIME else found
