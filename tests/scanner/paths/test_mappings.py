"""Mappings: from reported paths to Plex's, and to where Home Assistant sees the files."""

import pytest

from custom_components.plex_smart_scan.scanner.paths.clean_path import InvalidPathError, PathProblem, clean
from custom_components.plex_smart_scan.scanner.paths.mappings import Mapped, Mappings, PathMapping


def mapped_by(reported: str, *rows: tuple[str, str]) -> str:
    """Return the mapping of a path by the rows."""
    return Mappings(PathMapping.of(*row) for row in rows).apply(clean(reported)).path.text


@pytest.mark.parametrize(
    ("reported", "rows", "expected"),
    [
        ("/downloads/tv/x.mkv", [("/downloads", "/data")], "/data/tv/x.mkv"),
        ("/downloads", [("/downloads", "/data")], "/data"),
        ("/downloads/tv/x.mkv", [("/downloads/", "/data//")], "/data/tv/x.mkv"),
        ("/downloads-old/x.mkv", [("/downloads", "/data")], "/downloads-old/x.mkv"),
        ("/elsewhere/x.mkv", [("/downloads", "/data")], "/elsewhere/x.mkv"),
        ("/x.mkv", [], "/x.mkv"),
        ("/tv/x.mkv", [("/", "/data")], "/data/tv/x.mkv"),
        ("/data/x.mkv", [("/data", "/")], "/x.mkv"),
    ],
    ids=["prefix", "the folder itself", "untidy rows", "boundary", "no row fits", "no rows", "from root", "to root"],
)
def test_row_replaces_a_prefix_of_whole_components(reported: str, rows: list[tuple[str, str]], expected: str) -> None:
    """A row replaces a prefix of whole components."""
    assert mapped_by(reported, *rows) == expected


def test_longest_row_takes_precedence() -> None:
    """The row with the longest source applies, whatever their order."""
    rows = [("/media", "/general"), ("/media/tv/anime", "/anime"), ("/media/tv", "/series")]

    assert mapped_by("/media/tv/anime/x.mkv", *rows) == "/anime/x.mkv"
    assert mapped_by("/media/tv/x.mkv", *rows) == "/series/x.mkv"
    assert mapped_by("/media/x.mkv", *rows) == "/general/x.mkv"


def test_first_of_two_rows_with_one_source_is_used() -> None:
    """Of two rows with the same source, the first applies."""
    assert mapped_by("/tv/x.mkv", ("/tv", "/first"), ("/tv/", "/second")) == "/first/x.mkv"


@pytest.mark.parametrize(
    ("reported", "row", "expected"),
    [
        ("/tv/Show/x.mkv", ("/tv", "D:\\Media\\TV"), "D:\\Media\\TV\\Show\\x.mkv"),
        ("/tv/Show/x.mkv", ("/tv", "S:\\"), "S:\\Show\\x.mkv"),
        ("/tv/x.mkv", ("/tv", "\\\\NAS\\TV\\"), "\\\\NAS\\TV\\x.mkv"),
        ("d:\\downloads\\TV\\x.mkv", ("D:\\Downloads", "/data"), "/data/TV/x.mkv"),
        ("D:/Downloads/TV/x.mkv", ("D:\\Downloads", "/data"), "/data/TV/x.mkv"),
        ("\\\\nas\\tv\\x.mkv", ("\\\\NAS\\TV", "/data/tv"), "/data/tv/x.mkv"),
        ("\\\\?\\D:\\Downloads\\x.mkv", ("D:\\Downloads", "P:\\TV"), "P:\\TV\\x.mkv"),
    ],
)
def test_row_can_map_between_flavours(reported: str, row: tuple[str, str], expected: str) -> None:
    """Rows can map between flavours."""
    assert mapped_by(reported, row) == expected


@pytest.mark.parametrize("reported", ["/tv/..\\..\\secret\\x.mkv", "/tv/A\\..\\..\\Films\\x.mkv"])
def test_name_that_leaves_a_windows_target_is_rejected(reported: str) -> None:
    """A POSIX name that leaves the target on Windows is rejected."""
    with pytest.raises(InvalidPathError) as caught:
        mapped_by(reported, ("/tv", "D:\\TV"))

    assert caught.value.problem is PathProblem.ESCAPES


@pytest.mark.parametrize(
    ("reported", "expected"), [("/tv/C:/x.mkv", "D:\\TV\\C:\\x.mkv"), ("/tv/\\x.mkv", "D:\\TV\\x.mkv")]
)
def test_name_like_a_windows_root_stays_below_the_target(reported: str, expected: str) -> None:
    """A POSIX name that would be a root on Windows stays below the target."""
    assert mapped_by(reported, ("/tv", "D:\\TV")) == expected


def test_path_as_plex_spells_it_is_not_mapped_again() -> None:
    """A path as Plex spells it is not mapped again."""
    assert mapped_by("/data/media/tv/x.mkv", ("/data", "/data/media")) == "/data/media/tv/x.mkv"


def test_row_whose_source_is_below_its_target_applies() -> None:
    """A source below a target still applies."""
    rows = [("/data", "/data/media"), ("/data/media/incoming", "/data/media/tv")]

    assert mapped_by("/data/media/incoming/x.mkv", *rows) == "/data/media/tv/x.mkv"


def test_result_contains_the_matching_row() -> None:
    """The result contains the row that matched."""
    row = PathMapping.of("/tv", "/data/tv")

    found = Mappings([row]).apply(clean("/tv/x.mkv"))

    assert found.row == row
    assert found.reported == clean("/tv/x.mkv")


@pytest.mark.parametrize("row", [("tv", "/data"), ("/tv", ""), ("/tv", "/data", "relative"), ("/../x", "/data")])
def test_row_with_a_relative_path_is_rejected(row: tuple[str, ...]) -> None:
    """A row needs absolute paths."""
    with pytest.raises(InvalidPathError):
        PathMapping.of(*row)


def local_paths(reported: str, *rows: PathMapping) -> list[str]:
    """Return where Home Assistant may see a reported path."""
    mappings = Mappings(rows)
    return [path.text for path in mappings.local_paths(mappings.apply(clean(reported)))]


def test_without_a_local_column_plex_and_sender_paths_are_used() -> None:
    """Without a local column, Home Assistant uses the paths of Plex and of the sender."""
    assert local_paths("/tv/x.mkv", PathMapping.of("/tv", "/data/tv")) == ["/data/tv/x.mkv", "/tv/x.mkv"]
    assert local_paths("/tv/x.mkv") == ["/tv/x.mkv"]


def test_local_column_is_the_only_local_path() -> None:
    """If there is a local column, no other path is used."""
    assert local_paths("/tv/x.mkv", PathMapping.of("/tv", "D:\\TV", "/mnt/tv")) == ["/mnt/tv/x.mkv"]


def test_local_column_applies_to_paths_as_plex_spells_them() -> None:
    """A local column applies to paths reported as Plex spells them, too."""
    assert local_paths("D:\\TV\\Show\\x.mkv", PathMapping.of("/tv", "D:\\TV", "/mnt/tv")) == ["/mnt/tv/Show/x.mkv"]


def test_local_column_of_a_parent_folder_applies() -> None:
    """The local column of a folder further up applies, too."""
    rows = [PathMapping.of("/tv", "/data/tv"), PathMapping.of("/all", "/data", "/mnt/data")]

    assert local_paths("/tv/x.mkv", *rows) == ["/mnt/data/tv/x.mkv"]


def test_two_senders_of_a_folder_share_its_local_column() -> None:
    """Two senders of one folder share its local column."""
    rows = [PathMapping.of("/sonarr", "/data/tv"), PathMapping.of("/other", "/data/tv", "/mnt/tv")]

    assert local_paths("/sonarr/x.mkv", *rows) == ["/mnt/tv/x.mkv"]


def test_local_column_of_the_matching_row_takes_precedence() -> None:
    """The local column of the matching row takes precedence."""
    rows = [PathMapping.of("/a", "/data", "/mnt/a"), PathMapping.of("/b", "/data", "/mnt/b")]

    assert local_paths("/b/x.mkv", *rows) == ["/mnt/b/x.mkv"]


def test_path_without_a_row_is_its_own_mapping() -> None:
    """A path without a row is its own mapping."""
    path = clean("/tv/x.mkv")

    assert Mappings().apply(path) == Mapped(path, path)
