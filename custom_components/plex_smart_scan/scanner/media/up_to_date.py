"""Whether Plex lists exactly this file: same path, same size, same stamp."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from ..models import FileFacts, MediaFile

# FAT and SMB store times with a resolution of two seconds.
_GRANULARITY: Final = 2
# FAT stores local time: a file's time is an hour off after a change to or from daylight saving time.
_DAYLIGHT_SHIFT: Final = 3600
_ZONE: Final = 900  # seconds: time zones differ by whole quarters of an hour …
_WIDEST_ZONES: Final = 26 * 3600  # … and by no more than this


class Comparison(StrEnum):
    """How a file on the disk compares with what Plex lists."""

    MISSING = "missing"
    SAME = "same"
    STALE = "stale"
    UNVERIFIED = "unverified"
    """Listed, but the size of the file is unknown."""


def not_trashed(files: Sequence[MediaFile]) -> tuple[MediaFile, ...]:
    """Return the files that are not in the trash: Plex still lists those that are."""
    return tuple(file for file in files if not file.trashed)


def compare_with_listed(files: Sequence[MediaFile], facts: FileFacts, *, any_zone: bool = False) -> Comparison:
    """Compare what Plex lists at a path with the facts of the file there.

    A file can belong to several items (S01E01-E02), and a merged item can list it twice: all have to match. With
    `any_zone` the time may be off by whole quarters of an hour, which happens if Plex and Home Assistant mount a share
    with different time zones. An item's `updatedAt` is not compared: it changes with its metadata, not with the file.
    """
    listed = not_trashed(files)
    if not listed:
        return Comparison.MISSING
    if facts.size is None:
        return Comparison.UNVERIFIED
    same = all(file.size == facts.size and same_stamp(file.stamp, facts.mtime, any_zone=any_zone) for file in listed)
    return Comparison.SAME if same else Comparison.STALE


def same_stamp(stamp: int | None, mtime: float | None, *, any_zone: bool = False) -> bool:
    """Return whether Plex's stamp and a file's time (Unix seconds) are the same, as far as both are known."""
    if stamp is None or mtime is None:
        return True
    apart = abs(stamp - int(mtime))
    if apart <= _GRANULARITY or abs(apart - _DAYLIGHT_SHIFT) <= _GRANULARITY:
        return True
    return any_zone and apart <= _WIDEST_ZONES and abs(apart - round(apart / _ZONE) * _ZONE) <= _GRANULARITY
