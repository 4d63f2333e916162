"""Is the file in Plex, and is it the very file? Three parts: same path, same size, same stamp."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from .models import FileFacts, MediaFile

# FAT and SMB keep times to two seconds.
_GRANULARITY: Final = 2
# FAT keeps local time: the same file looks an hour off after a change to or from summer time.
_DAYLIGHT_SHIFT: Final = 3600


class Freshness(StrEnum):
    """How a file on the disk compares with what Plex lists."""

    MISSING = "missing"
    SAME = "same"
    STALE = "stale"
    UNVERIFIED = "unverified"  # listed, but nobody knows the file's size


def alive(files: Sequence[MediaFile]) -> tuple[MediaFile, ...]:
    """Return the files that are not in the trash: Plex goes on listing those that are."""
    return tuple(file for file in files if not file.trashed)


def freshness(files: Sequence[MediaFile], facts: FileFacts) -> Freshness:
    """Compare what Plex lists at a path with the facts of the file there.

    One file may stand behind several items (S01E01-E02), and a merged item may list one twice: all must match.
    Never compared is an item's `updatedAt`: it moves with its metadata, and need not move with the file.
    """
    listed = alive(files)
    if not listed:
        return Freshness.MISSING
    if facts.size is None:
        return Freshness.UNVERIFIED
    same = all(file.size == facts.size and same_stamp(file.stamp, facts.mtime) for file in listed)
    return Freshness.SAME if same else Freshness.STALE


def same_stamp(stamp: int | None, mtime: float | None) -> bool:
    """Whether Plex's stamp and a file's time (Unix seconds) are the same, as far as both are known."""
    if stamp is None or mtime is None:
        return True
    apart = abs(stamp - int(mtime))
    return apart <= _GRANULARITY or abs(apart - _DAYLIGHT_SHIFT) <= _GRANULARITY
