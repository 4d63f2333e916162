"""Is the file in Plex, and is it the very file? Three parts: same path, same size, same stamp."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from ..models import FileFacts, MediaFile

# FAT and SMB keep times to two seconds.
_GRANULARITY: Final = 2
# FAT keeps local time: the same file looks an hour off after a change to or from summer time.
_DAYLIGHT_SHIFT: Final = 3600
_ZONE: Final = 900  # seconds: time zones differ by whole quarters of an hour …
_WIDEST_ZONES: Final = 26 * 3600  # … and by no more than this


class Freshness(StrEnum):
    """How a file on the disk compares with what Plex lists."""

    MISSING = "missing"
    SAME = "same"
    STALE = "stale"
    UNVERIFIED = "unverified"  # listed, but nobody knows the file's size


def not_trashed(files: Sequence[MediaFile]) -> tuple[MediaFile, ...]:
    """Return the files that are not in the trash: Plex goes on listing those that are."""
    return tuple(file for file in files if not file.trashed)


def freshness(files: Sequence[MediaFile], facts: FileFacts, *, any_zone: bool = False) -> Freshness:
    """Compare what Plex lists at a path with the facts of the file there.

    One file may stand behind several items (S01E01-E02), and a merged item may list one twice: all must match.
    With `any_zone` a file's time may be whole quarters of an hour off, as where Plex and Home Assistant mount a share
    with different ideas of its time zone. Never compared is an item's `updatedAt`: it moves with its metadata, and
    need not move with the file.
    """
    listed = not_trashed(files)
    if not listed:
        return Freshness.MISSING
    if facts.size is None:
        return Freshness.UNVERIFIED
    same = all(file.size == facts.size and same_stamp(file.stamp, facts.mtime, any_zone=any_zone) for file in listed)
    return Freshness.SAME if same else Freshness.STALE


def same_stamp(stamp: int | None, mtime: float | None, *, any_zone: bool = False) -> bool:
    """Whether Plex's stamp and a file's time (Unix seconds) are the same, as far as both are known."""
    if stamp is None or mtime is None:
        return True
    apart = abs(stamp - int(mtime))
    if apart <= _GRANULARITY or abs(apart - _DAYLIGHT_SHIFT) <= _GRANULARITY:
        return True
    return any_zone and apart <= _WIDEST_ZONES and abs(apart - round(apart / _ZONE) * _ZONE) <= _GRANULARITY
