"""The history of a downloader, read as notifications."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.plex_smart_scan.scanner.downloaders.history import (
    BATCH,
    HistoryPosition,
    notifications_of,
    position_of,
    rows_after,
)


def row(
    number: int, event: str, *, date: str = "2026-11-26T03:00:00Z", source: str = "", **data: Any
) -> dict[str, Any]:
    """Return a row as the programs write it."""
    return {"id": number, "eventType": event, "date": date, "sourceTitle": source, "data": data}


def files(*rows: dict[str, Any]) -> list[tuple[str, bool, int | None]]:
    """Return the files of all notifications."""
    return [(file.path, file.gone, file.size) for each in notifications_of("sonarr", rows) for file in each.files]


@pytest.mark.parametrize("event", ["downloadFolderImported", "trackFileImported", "bookFileImported"])
def test_import_has_path_and_size(event: str) -> None:
    """The path and the size are in the data; there is a row for each episode or track."""
    each = row(1, event, importedPath="/tv/A/1.mkv", size="12213299")
    assert files(each, {**each, "id": 2}) == [("/tv/A/1.mkv", False, 12213299)]


@pytest.mark.parametrize(
    ("size", "expected"), [("0", None), ("", None), ("x", None), ("-1", None), ("9" * 30, None), ("7", 7)]
)
def test_size_is_read_from_text(size: str, expected: int | None) -> None:
    """0 means unknown, and so does a text that is not a number."""
    assert files(row(1, "downloadFolderImported", importedPath="/tv/A/1.mkv", size=size)) == [
        ("/tv/A/1.mkv", False, expected)
    ]


@pytest.mark.parametrize("event", ["episodeFileRenamed", "movieFileRenamed", "trackFileRenamed", "bookFileRenamed"])
def test_rename_has_both_names(event: str) -> None:
    """Both names are in the data."""
    found = files(row(1, event, source="/tv/A/1.mkv", sourcePath="/tv/A/1.mkv", path="/tv/A/2.mkv", size="5"))
    assert found == [("/tv/A/1.mkv", True, None), ("/tv/A/2.mkv", False, 5)]


@pytest.mark.parametrize("event", ["episodeFileDeleted", "movieFileDeleted", "trackFileDeleted", "bookFileDeleted"])
def test_deletion_has_the_path_of_its_source_title(event: str) -> None:
    """The path is only in the title of the source; old rows have a release's name there."""
    assert files(row(1, event, source="/tv/A/1.mkv", reason="Manual")) == [("/tv/A/1.mkv", True, None)]
    assert files(row(1, event, source="A.Release-GROUP")) == []


def test_retagged_file_has_the_path_of_its_source_title() -> None:
    """The path is in the title of the source, as with deletions."""
    assert files(row(1, "trackFileRetagged", source="/music/A/1.flac")) == [("/music/A/1.flac", False, None)]


@pytest.mark.parametrize(
    "event",
    ["grabbed", "downloadFailed", "downloadIgnored", "albumImportIncomplete", "downloadImported", "unknown", ""],
)
def test_other_rows_are_ignored(event: str) -> None:
    """Most rows are grabs."""
    assert files(row(1, event, source="A.Release-GROUP", indexer="x")) == []


def test_newest_row_of_a_path_counts() -> None:
    """An import after a deletion, and a deletion after an import."""
    imported = row(1, "downloadFolderImported", importedPath="/tv/A/1.mkv")
    deleted = row(2, "episodeFileDeleted", source="/tv/A/1.mkv")
    assert files(imported, deleted) == [("/tv/A/1.mkv", True, None)]
    assert files(deleted, imported) == [("/tv/A/1.mkv", False, None)]


def test_files_of_a_folder_stay_in_one_notification() -> None:
    """Notifications are limited, oldest first, and all files of a folder are in one."""
    rows = [
        row(number, "downloadFolderImported", importedPath=f"/tv/Show {number % 40}/{number}.mkv")
        for number in range(1200)
    ]
    found = list(notifications_of("sonarr", rows))
    assert [len(each.files) for each in found] == [480, 480, 240]
    folders = [{file.path.rpartition("/")[0] for file in each.files} for each in found]
    assert not folders[0] & folders[1]
    assert found[0].files[0].path == "/tv/Show 0/0.mkv"


def test_folder_larger_than_a_notification_is_split() -> None:
    """The files beyond the limit are in another notification."""
    rows = [row(number, "downloadFolderImported", importedPath=f"/tv/A/{number}.mkv") for number in range(BATCH + 1)]
    assert [len(each.files) for each in notifications_of("sonarr", rows)] == [BATCH, 1]


def test_rows_after_a_position_are_sorted_by_date_and_id() -> None:
    """By date, and within a second by id; rows that cannot be read are left out."""
    rows = [
        row(3, "x", date="2026-11-26T03:00:01Z"),
        row(2, "x"),
        row(1, "x"),
        row(4, "x", date="yesterday"),
        row(5, "x", date="2026-11-26T03:00:05"),
        {"id": "6", "date": "2026-11-26T03:00:05Z"},
    ]
    position = HistoryPosition(datetime(2026, 11, 26, 3, 0, tzinfo=UTC), 1)
    assert [at.id for at, _ in rows_after(rows, position)] == [2, 3]
    assert [at.id for at, _ in rows_after(rows, None)] == [1, 2, 3]


def test_date_with_seven_decimal_places_is_read() -> None:
    """Old versions write seven decimal places."""
    assert position_of(row(1, "x", date="2020-01-02T03:04:05.1234567Z")) is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=10), each, max_size=3),
    max_leaves=10,
)


@given(
    st.fixed_dictionaries(
        {
            "id": JSON,
            "date": JSON,
            "eventType": st.sampled_from(["downloadFolderImported", "episodeFileRenamed", "movieFileDeleted"]) | JSON,
            "sourceTitle": JSON,
            "data": st.fixed_dictionaries(
                {}, optional=dict.fromkeys(("importedPath", "sourcePath", "path", "size"), JSON)
            )
            | JSON,
        }
    )
)
def test_any_row_is_read_without_an_error(each: dict[str, Any]) -> None:
    """A row of any shape is read or ignored."""
    list(notifications_of("sonarr", [each]))
    rows_after([each], None)
