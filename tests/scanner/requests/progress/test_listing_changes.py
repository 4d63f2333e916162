"""What has changed between two listings of the same path."""

from collections.abc import Sequence

import pytest

from custom_components.plex_smart_scan.scanner.models import MediaFile, Outcome
from custom_components.plex_smart_scan.scanner.requests.progress.listing_changes import changed_files, listing_change
from tests.scanner.builders import a_file

FILE = a_file()
SAME_FILE = a_file(rating_key=2)
LARGER = a_file(rating_key=2, size=2000)
TOUCHED = a_file(rating_key=2, stamp=1_700_000_001)
TRASHED = a_file(trashed=True)
OTHER = a_file("/tv/Show/Season 01/Show - S01E02.mkv", rating_key=3)


@pytest.mark.parametrize(
    ("before", "now", "change", "changed"),
    [
        ([FILE], [FILE], None, []),
        ([FILE], [SAME_FILE], None, []),
        ([FILE], [FILE, SAME_FILE], None, []),
        ([FILE, SAME_FILE], [FILE], None, []),
        ([FILE], [LARGER], Outcome.UPDATED, [LARGER]),
        ([FILE], [TOUCHED], Outcome.UPDATED, [TOUCHED]),
        ([FILE], [FILE, LARGER], Outcome.UPDATED, [LARGER]),
        ([FILE, LARGER], [LARGER], Outcome.UPDATED, []),
        ([], [FILE], Outcome.ADDED, [FILE]),
        ([TRASHED], [SAME_FILE], Outcome.ADDED, [SAME_FILE]),
        ([FILE], [OTHER], Outcome.ADDED, [OTHER]),
        ([FILE], [LARGER, OTHER], Outcome.ADDED, [LARGER, OTHER]),
        ([FILE], [], Outcome.REMOVED, []),
        ([FILE], [TRASHED], Outcome.REMOVED, []),
        ([FILE, OTHER], [SAME_FILE], Outcome.REMOVED, []),
    ],
)
def test_change_is_one_of_the_files_and_not_of_their_items(
    before: Sequence[MediaFile], now: Sequence[MediaFile], change: Outcome | None, changed: Sequence[MediaFile]
) -> None:
    """A file that Plex lists again with the same size and stamp is unchanged, whatever item it belongs to now."""
    assert listing_change(before, now) is change
    assert list(changed_files(before, now)) == changed
