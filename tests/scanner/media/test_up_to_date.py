"""Whether Plex has exactly this file: same path, same size, same stamp; never the item's own date."""

from typing import Any

import pytest

from custom_components.plex_smart_scan.scanner.media.up_to_date import (
    Comparison,
    compare_with_listed,
    not_trashed,
    same_stamp,
)
from custom_components.plex_smart_scan.scanner.models import FileFacts, FileState
from tests.scanner.builders import a_file

STAMP = 1_700_000_000
THE_FILE = FileFacts(state=FileState.FILE, size=1000, mtime=STAMP)


def test_unlisted_path_is_missing() -> None:
    """A path that Plex does not list is missing, whatever is known about the file."""
    assert compare_with_listed([], THE_FILE) is Comparison.MISSING
    assert compare_with_listed([], FileFacts()) is Comparison.MISSING


def test_file_in_the_trash_is_missing() -> None:
    """Plex still lists what is in its trash; that proves nothing."""
    trashed = a_file(trashed=True)

    assert compare_with_listed([trashed], THE_FILE) is Comparison.MISSING
    assert not_trashed([trashed, a_file(rating_key=2)]) == (a_file(rating_key=2),)


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ({}, Comparison.SAME),
        ({"size": 999}, Comparison.STALE),
        ({"size": 999, "stamp": None}, Comparison.STALE),
        ({"stamp": STAMP + 60}, Comparison.STALE),
        ({"stamp": None}, Comparison.SAME),
        ({"updated_at": STAMP - 1_000_000}, Comparison.SAME),
        ({"updated_at": STAMP + 1_000_000, "stamp": STAMP - 60}, Comparison.STALE),
    ],
    ids=["same", "other size", "other size, no stamp", "touched", "no stamp", "item older", "item newer, part older"],
)
def test_path_size_and_time_are_compared(listed: dict[str, Any], expected: Comparison) -> None:
    """An upgrade with the same name is noticed; an item's `updatedAt` does not count."""
    assert compare_with_listed([a_file(**listed)], THE_FILE) is expected


def test_listed_file_of_unknown_size_is_unverified() -> None:
    """Listed, but the size of the file is unknown."""
    assert compare_with_listed([a_file()], FileFacts()) is Comparison.UNVERIFIED
    assert compare_with_listed([a_file()], FileFacts(state=FileState.FILE)) is Comparison.UNVERIFIED


def test_reported_size_is_enough_if_the_time_is_unknown() -> None:
    """The size that a caller gave is enough if the time is unknown."""
    assert compare_with_listed([a_file()], FileFacts(size=1000)) is Comparison.SAME
    assert compare_with_listed([a_file()], FileFacts(size=1001)) is Comparison.STALE


def test_size_of_an_empty_file_is_zero() -> None:
    """A file of no bytes has a size: 0."""
    assert compare_with_listed([a_file(size=0)], FileFacts(size=0)) is Comparison.SAME
    assert compare_with_listed([a_file()], FileFacts(size=0)) is Comparison.STALE


def test_all_items_of_a_file_must_match() -> None:
    """S01E01-E02 belongs to two items: both must match, except those in the trash."""
    first, second = a_file(), a_file(rating_key=2)

    assert compare_with_listed([first, second], THE_FILE) is Comparison.SAME
    assert compare_with_listed([first, a_file(rating_key=2, size=5)], THE_FILE) is Comparison.STALE
    assert compare_with_listed([first, a_file(rating_key=2, size=5, trashed=True)], THE_FILE) is Comparison.SAME


@pytest.mark.parametrize(
    ("apart", "same"),
    [
        (0, True),
        (1, True),
        (2, True),
        (3, False),
        (-2, True),
        (-3, False),
        (3600, True),
        (-3600, True),
        (3602, True),
        (3597, False),
        (-3603, False),
        (7200, False),
    ],
)
def test_times_are_compared_with_the_precision_of_fat(apart: int, same: bool) -> None:
    """FAT and SMB store times in steps of two seconds, and FAT stores local time."""
    assert same_stamp(STAMP + apart, STAMP + 0.9) is same


def test_unknown_times_are_not_compared() -> None:
    """Stamps are compared as far as they are known."""
    assert same_stamp(None, STAMP)
    assert same_stamp(STAMP, None)
