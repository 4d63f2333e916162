"""Plex's XML, turned into our own types. Nothing outside the client sees an element.

Elements are read directly: plexapi's item objects cost several times as much and may ask the server again for any
attribute that is missing (plexapi `base.py`, autoreload).
"""

from collections.abc import Iterator
from dataclasses import dataclass
import re
from typing import Final
from xml.etree.ElementTree import Element

from ..models import Library, LibraryType, MediaFile

_DASH: Final = " \N{EN DASH} "  # between the parts of a title
_STAMP: Final = re.compile(r"^/library/parts/\d+/(\d+)/")
_OF_STREAMS: Final = ("videoCodec", "audioCodec", "width", "audioChannels")  # on a Media in which Plex found any
_OPTIMIZED: Final = "42"  # Media.proxyType of versions that Plex itself converted


@dataclass(frozen=True, slots=True)
class Page:
    """One page of files, and how many items the server has for the question."""

    files: tuple[MediaFile, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Activity:
    """Something the server is doing. `section` is None while the server has not said for which library."""

    uuid: str
    type: str
    section: int | None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a folder, as the server sees it."""

    name: str
    folder: bool


def libraries(root: Element) -> tuple[Library, ...]:
    """Read the answer of `/library/sections`; kinds of library that hold no files are left out."""
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
    """Whether Plex found something to play in a file. A Media of several (cd1, cd2) tells it of all of them only."""
    alone = len(media.findall("Part")) == 1
    return any(media.get(name) for name in _OF_STREAMS) and (alone or bool(number(part.get("duration"))))


def _full_title(item: Element) -> str:
    """Name an item so that a person knows it: its show and number, or artist and album, before its title."""
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
    """Read the answer of `/activities`."""
    return tuple(
        Activity(
            uuid=element.get("uuid", ""),
            type=element.get("type", ""),
            section=next((number(c.get("librarySectionID")) for c in element.iter("Context")), None),
            title=element.get("title", ""),
        )
        for element in root.iter("Activity")
    )


def entries(root: Element) -> tuple[Entry, ...]:
    """Read the answer of `/services/browse`: `Path` is a folder, `File` a file."""
    return tuple(
        Entry(_last(child.get("path") or child.get("title") or ""), folder=child.tag == "Path")
        for child in root
        if child.tag in {"Path", "File"}
    )


def _last(path: str) -> str:
    r"""Return the last name of a path; in a POSIX name a backslash is a character like any other."""
    if path.startswith("/"):
        return path.rstrip("/").rpartition("/")[2]
    return re.split(r"[\\/]", path.rstrip("\\/"))[-1]


def total(root: Element) -> int:
    """How many items there are, of a page of size 0."""
    return number(root.get("totalSize")) or 0


def newest(root: Element) -> tuple[str, int | None] | None:
    """Title and time (Unix seconds) of the first item of a page sorted by `addedAt`; None in an empty library."""
    return next(((_full_title(item), number(item.get("addedAt"))) for item in root if item.get("ratingKey")), None)


def storage(root: Element) -> dict[int, tuple[int | None, int | None]]:
    """Read duration (milliseconds) and bytes by library id from `/media/providers?includeStorage=1`."""
    found: dict[int, tuple[int | None, int | None]] = {}
    for directory in root.iter("Directory"):
        key = number(directory.get("id"))
        if key is not None and ("durationTotal" in directory.attrib or "storageTotal" in directory.attrib):
            found[key] = number(directory.get("durationTotal")), number(directory.get("storageTotal"))
    return found


def number(text: str | None) -> int | None:
    """Read a whole number; None for what is none."""
    try:
        return int(text) if text else None
    except ValueError:
        return None
