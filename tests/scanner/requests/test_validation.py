"""Did Plex take it? What a look at a library proves."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.plex_smart_scan.scanner.media.rules import PathKind
from custom_components.plex_smart_scan.scanner.models import FileFacts, MediaFile, Outcome
from custom_components.plex_smart_scan.scanner.plex.events import ActivityEvent, ScanCompleteEvent, TimelineEvent
from custom_components.plex_smart_scan.scanner.requests.validation import (
    Goal,
    Wakes,
    changed_files,
    difference,
    is_refreshed,
    is_settled,
    is_up_to_date,
    is_without_media,
    proof,
)
from tests.scanner.made import a_file, a_match

FILE = a_file()
OLD = a_file(size=500, stamp=1_600_000_000)
TRASHED = replace(FILE, trashed=True)
OTHER_ITEM = replace(FILE, rating_key=2)
SECOND = a_file("/tv/Show/Season 01/Show - S01E02.mkv", rating_key=2)
ON_DISK = FileFacts(exists=True, folder=False, size=1000, mtime=1_700_000_000)
KEY, SECOND_KEY = FILE.file, SECOND.file


def media(before: tuple[MediaFile, ...] | None, **fields: Any) -> Goal:
    """Make the goal of one file."""
    usual: dict[str, Any] = {"match": a_match(FILE.file), "kind": PathKind.MEDIA, "facts": ON_DISK, "before": before}
    return Goal(**usual | fields)


def folder(before: tuple[MediaFile, ...] | None, expected: dict[str, FileFacts] | None, **fields: Any) -> Goal:
    """Make the goal of a folder."""
    return Goal(
        match=a_match("/tv/Show/Season 01"),
        kind=PathKind.FOLDER,
        facts=FileFacts(exists=True, folder=True),
        before=before,
        expected=expected,
        **fields,
    )


@pytest.mark.parametrize(
    ("before", "now", "scan_over", "outcome"),
    [
        ((), (), True, None),
        ((), (FILE,), False, Outcome.ADDED),
        ((), (TRASHED,), True, None),
        ((TRASHED,), (FILE,), False, Outcome.ADDED),
        ((), (OLD,), True, None),
        ((OLD,), (OLD,), True, None),
        ((OLD,), (FILE,), False, Outcome.UPDATED),
        ((FILE,), (FILE,), False, None),
        ((FILE,), (FILE,), True, Outcome.UP_TO_DATE),
        ((FILE,), (OTHER_ITEM,), False, Outcome.UPDATED),
        ((FILE,), (FILE, OTHER_ITEM), False, Outcome.UPDATED),
        ((FILE, OTHER_ITEM), (FILE,), False, Outcome.REMOVED),
        ((OLD, OTHER_ITEM), (FILE, OLD), True, None),
    ],
    ids=[
        "not there",
        "there",
        "there, in the trash",
        "back from the trash",
        "there, with another size",
        "replaced, not noticed yet",
        "replaced",
        "unchanged, scan under way",
        "unchanged after a scan",
        "moved to a better match",
        "two episodes in one file now",
        "one episode of a file less",
        "one of two items not brought up to date",
    ],
)
def test_file(
    before: tuple[MediaFile, ...], now: tuple[MediaFile, ...], scan_over: bool, outcome: Outcome | None
) -> None:
    """One file: only what is listed with the file's size and stamp is proven."""
    assert proof(media(before), now, scan_over=scan_over) is outcome


def test_file_that_nobody_sees() -> None:
    """Without facts of the file, being listed newly or otherwise is the proof."""
    blind = media((), facts=FileFacts())

    assert proof(blind, (), scan_over=True) is None
    assert proof(blind, (FILE,), scan_over=False) is Outcome.ADDED
    assert proof(replace(blind, before=(OLD,)), (FILE,), scan_over=False) is Outcome.UPDATED
    assert proof(replace(blind, before=(FILE,)), (FILE,), scan_over=False) is None


@pytest.mark.parametrize(
    ("before", "now", "outcome"),
    [
        ((FILE,), (FILE,), None),
        ((FILE,), (), Outcome.REMOVED),
        ((FILE,), (TRASHED,), Outcome.REMOVED),
        ((FILE, OTHER_ITEM), (TRASHED, OTHER_ITEM), None),
        ((), (), Outcome.UP_TO_DATE),
        ((TRASHED,), (TRASHED,), Outcome.UP_TO_DATE),
    ],
    ids=["still listed", "gone", "in the trash", "one item of two", "never listed", "in the trash before"],
)
def test_removal(before: tuple[MediaFile, ...], now: tuple[MediaFile, ...], outcome: Outcome | None) -> None:
    """Removed is what Plex lists no longer, or as trashed."""
    assert proof(media(before, gone=True, facts=FileFacts(exists=False)), now, scan_over=True) is outcome


@pytest.mark.parametrize("now", [(), None])
def test_more_than_can_be_told(now: tuple[MediaFile, ...] | None) -> None:
    """Where too much is listed to be compared, a scan is all that can be said."""
    goal = folder(None, None)

    assert proof(goal, now, scan_over=False) is None
    assert proof(goal, now, scan_over=True) is Outcome.SCANNED


@pytest.mark.parametrize(
    ("before", "now", "outcome"),
    [
        ((), (FILE,), None),
        ((), (FILE, SECOND), Outcome.ADDED),
        ((FILE,), (FILE, SECOND), Outcome.ADDED),
        ((OLD, SECOND), (FILE, SECOND), Outcome.UPDATED),
        ((FILE, SECOND), (FILE, SECOND), Outcome.UP_TO_DATE),
        ((OLD, SECOND), (OLD, SECOND), None),
    ],
    ids=["one of two", "both", "the second", "one replaced", "unchanged", "one replaced, not noticed yet"],
)
def test_folder(before: tuple[MediaFile, ...], now: tuple[MediaFile, ...], outcome: Outcome | None) -> None:
    """A folder is proven when every file that Home Assistant sees in it is listed as it is."""
    goal = folder(before, {KEY: ON_DISK, SECOND_KEY: ON_DISK})

    assert proof(goal, now, scan_over=True) is outcome


def test_folder_that_nobody_sees() -> None:
    """Without knowing what is in it, a folder is proven by the end of its scan, not by its first file."""
    goal = folder((), None)

    assert proof(goal, (FILE,), scan_over=False) is None
    assert proof(goal, (FILE, SECOND), scan_over=True) is Outcome.ADDED


def test_folder_with_a_file_less() -> None:
    """A file that is not there any more must no longer be listed."""
    goal = folder((FILE, SECOND), {KEY: ON_DISK})

    assert proof(goal, (FILE, SECOND), scan_over=True) is None
    assert proof(goal, (FILE,), scan_over=False) is Outcome.REMOVED


@pytest.mark.parametrize("now", [(FILE,), (FILE, SECOND)])
def test_folder_with_a_doubtful_file(now: tuple[MediaFile, ...]) -> None:
    """A sample or an extra, of which no size is told, may be listed and need not be."""
    goal = folder((), {KEY: ON_DISK, SECOND_KEY: FileFacts(exists=True)})

    assert proof(goal, now, scan_over=True) is Outcome.ADDED


def test_folder_without_media() -> None:
    """A scan of a folder with nothing in it proves nothing."""
    assert proof(folder((), {}), (), scan_over=True) is None
    assert proof(folder((), None), (), scan_over=True) is None


@pytest.mark.parametrize(
    ("goal", "up_to_date"),
    [
        (media(()), False),
        (media((FILE,)), True),
        (media((OLD,)), False),
        (media((TRASHED,)), False),
        (media((FILE,), facts=FileFacts()), False),
        (media(None), False),
        (media((FILE,), kind=PathKind.SIDECAR), False),
        (media((FILE,), gone=True), False),
        (media((TRASHED,), gone=True), True),
        (media((), gone=True), True),
        (folder((FILE,), {KEY: ON_DISK}), True),
        (folder((FILE, SECOND), {KEY: ON_DISK}), False),
        (folder((FILE,), {KEY: ON_DISK, SECOND_KEY: ON_DISK}), False),
        (folder((FILE,), {KEY: ON_DISK, SECOND_KEY: FileFacts(exists=True)}), True),
        (folder((FILE,), None), False),
        (folder((), {}), False),
    ],
    ids=[
        "missing",
        "same",
        "stale",
        "trash",
        "nobody sees it",
        "more than can be told",
        "sidecar",
        "removed, listed",
        "removed, in the trash",
        "removed, not listed",
        "folder taken",
        "folder with a file less",
        "folder with a file more",
        "folder with a sample",
        "folder that nobody sees",
        "folder without media",
    ],
)
def test_up_to_date(goal: Goal, up_to_date: bool) -> None:
    """Nothing needs to be scanned only where everything is known to be as it is listed."""
    assert is_up_to_date(goal) is up_to_date


def test_windows_names() -> None:
    """What a Windows server lists is compared in any case."""
    listed = a_file("D:\\TV\\Show\\X.MKV")
    goal = Goal(
        match=a_match("D:\\TV\\Show", "D:\\TV"),
        kind=PathKind.FOLDER,
        facts=FileFacts(exists=True, folder=True),
        before=(listed,),
        expected={"d:/tv/show/x.mkv": ON_DISK},
    )

    assert is_up_to_date(goal)


def test_sidecar() -> None:
    """A sidecar counts once the item beside it was refreshed."""
    before = a_file(updated_at=100)
    goal = media((before,), kind=PathKind.SIDECAR)

    assert proof(goal, (before,), scan_over=True) is None
    assert proof(goal, (replace(before, updated_at=200),), scan_over=True) is Outcome.UPDATED


def test_sidecar_and_its_neighbours() -> None:
    """Only what was to be refreshed counts, or what is below it; a new neighbour was not refreshed."""
    before = (a_file(updated_at=100), a_file(SECOND_KEY, rating_key=2, parent_key=20, updated_at=100))
    touched = (before[0], replace(before[1], updated_at=200))
    new = (*before, a_file("/tv/Show/Season 01/Show - S01E03.mkv", rating_key=3, updated_at=300))

    assert [is_refreshed(before, touched, keys) for keys in ([1], [2], [20])] == [False, True, True]
    assert not is_refreshed(before, new)
    assert proof(media(before, kind=PathKind.SIDECAR), new, scan_over=True) is None


def test_removal_of_more_than_can_be_told() -> None:
    """It is over when nothing is left, and cannot be told while too much is listed."""
    goal = folder(None, None, gone=True)

    assert proof(goal, (FILE,), scan_over=True) is None
    assert proof(goal, (TRASHED,), scan_over=True) is Outcome.REMOVED
    assert proof(goal, (), scan_over=True) is Outcome.REMOVED
    assert proof(goal, None, scan_over=True) is Outcome.SCANNED


@pytest.mark.parametrize(
    ("expected", "without"),
    [({}, True), ({KEY: FileFacts(exists=True)}, True), ({KEY: ON_DISK}, False), (None, False)],
    ids=["empty", "a sample", "an episode", "nobody sees it"],
)
def test_without_media(expected: dict[str, FileFacts] | None, without: bool) -> None:
    """Only of a folder that somebody sees can be said that there is nothing in it."""
    assert is_without_media(folder((), expected)) is without
    assert not is_without_media(folder((), expected, gone=True))


@pytest.mark.parametrize(
    ("before", "now", "outcome"),
    [
        ((), (), None),
        ((FILE,), (FILE,), None),
        ((FILE,), (replace(FILE, title="A better title", updated_at=5, duration=None),), None),
        ((FILE,), (), Outcome.REMOVED),
        ((FILE,), (SECOND,), Outcome.ADDED),
        ((FILE,), (replace(FILE, stamp=5),), Outcome.UPDATED),
        ((FILE, SECOND), (replace(FILE, size=5),), Outcome.UPDATED),
    ],
)
def test_difference(before: tuple[MediaFile, ...], now: tuple[MediaFile, ...], outcome: Outcome | None) -> None:
    """What was added counts before what changed, and that before what was removed; titles count for nothing."""
    assert difference(before, now) is outcome


def test_changed_files() -> None:
    """The files of a result are those that are new or other than before, the trash aside."""
    now = (FILE, SECOND, replace(SECOND, rating_key=3, trashed=True))

    assert changed_files((OLD,), now) == (FILE, SECOND)
    assert changed_files((FILE,), now) == (SECOND,)
    assert changed_files(None, None) == ()


def test_settled() -> None:
    """Before Plex has read a file its item has a size, but no duration."""
    unread = replace(SECOND, duration=None)

    assert is_settled((FILE,))
    assert not is_settled((FILE, unread))
    assert is_settled((FILE, replace(unread, trashed=True)))


def test_wakes_when_all_is_processed() -> None:
    """A look is due once nothing of the library is under way any more."""
    wakes = Wakes(a_match("/tv/x.mkv"))
    for state in (0, 2, 3, 4):
        wakes.take(TimelineEvent(1, 10, state))
    assert not wakes.event.is_set()
    assert wakes.under_way == {10}

    wakes.take(TimelineEvent(1, 10, 5))

    assert wakes.event.is_set()
    assert (wakes.under_way, wakes.processed) == (set(), {10})


def test_wakes_for_what_is_wanted() -> None:
    """While others are under way, only the wanted item is worth a look."""
    wakes = Wakes(a_match("/tv/x.mkv"))
    wakes.wanted = {10}
    for item in (10, 11, 12):
        wakes.take(TimelineEvent(1, item, 0))

    wakes.take(TimelineEvent(1, 11, 5))
    assert not wakes.event.is_set()
    wakes.take(TimelineEvent(1, 10, 5))

    assert wakes.event.is_set()
    assert not wakes.idle.is_set()


def test_deleted_item_wakes() -> None:
    """An item that was deleted is over too."""
    wakes = Wakes(a_match("/tv/x.mkv"))

    wakes.take(TimelineEvent(1, 10, 9))

    assert wakes.event.is_set()


@pytest.mark.parametrize(
    ("agent", "over"),
    [("tv.plex.agents.none", True), ("com.plexapp.agents.none", True), ("tv.plex.agents.series", False), ("", False)],
)
def test_library_without_an_agent(agent: str, over: bool) -> None:
    """Without a metadata agent items stop at state 1 and are never "processed"."""
    wakes = Wakes(a_match("/tv/x.mkv", agent=agent))

    wakes.take(TimelineEvent(1, 10, 1))

    assert wakes.event.is_set() is over


@pytest.mark.parametrize(
    "hint",
    [TimelineEvent(2, 10, 5), ActivityEvent("ended", "x", "library.update.section", 1), ScanCompleteEvent()],
    ids=["another library", "activity", "status"],
)
def test_hints_for_others(hint: Any) -> None:
    """What does not concern an item of this library wakes nobody."""
    wakes = Wakes(a_match("/tv/x.mkv"))

    wakes.take(hint)

    assert not wakes.event.is_set()


@pytest.mark.parametrize(("apart", "settled"), [(7200, True), (-27_900, True), (7260, False), (40 * 3600, False)])
def test_other_time_zone(apart: int, settled: bool) -> None:
    """Before a scan another time is another file; after it whole quarters of an hour are another time zone."""
    listed = (a_file(size=1000, stamp=1_700_000_000),)
    goal = media(listed, facts=FileFacts(exists=True, size=1000, mtime=1_700_000_000 + apart))

    assert not is_up_to_date(goal)
    assert proof(goal, listed, scan_over=False) is None
    assert proof(goal, listed, scan_over=True) is (Outcome.UP_TO_DATE if settled else None)
