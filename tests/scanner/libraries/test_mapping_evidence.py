"""Mappings that are proven by files with the same name and size."""

import pytest

from custom_components.plex_smart_scan.scanner.libraries.mapping_evidence import (
    Pairs,
    SizedFile,
    infer_mapping,
    prove_mapping,
    sized_file,
)
from custom_components.plex_smart_scan.scanner.paths.clean_path import clean
from custom_components.plex_smart_scan.scanner.paths.mappings import PathMapping


def listed_pairs(*found: tuple[str, str | list[str]]) -> Pairs:
    """Return files, and where Plex lists them."""
    return [
        (SizedFile(clean(path), 5), tuple(map(clean, places if isinstance(places, list) else [places])))
        for path, places in found
    ]


def proven_mapping(root: str, *found: tuple[str, str | list[str]]) -> tuple[str, str] | None:
    """Return the mapping that files prove."""
    mapping = infer_mapping(clean(root), listed_pairs(*found))
    return (mapping.row.source.text, mapping.row.target.text) if mapping else None


@pytest.mark.parametrize(
    ("root", "path", "place", "expected"),
    [
        ("/tv", "/tv/A/S1/1.mkv", "/data/tv/A/S1/1.mkv", ("/tv", "/data/tv")),
        ("/downloads/tv", "/downloads/tv/A/1.mkv", "/data/shows/A/1.mkv", ("/downloads/tv", "/data/shows")),
        # Above the root folder nothing is proven.
        ("/downloads/tv", "/downloads/tv/A/1.mkv", "/data/tv/A/1.mkv", ("/downloads/tv", "/data/tv")),
        # A root folder above the libraries.
        ("/media", "/media/tv/A/1.mkv", "/data/shows/A/1.mkv", ("/media/tv", "/data/shows")),
        ("D:\\TV", "D:\\TV\\A\\1.mkv", "/data/tv/A/1.mkv", ("D:\\TV", "/data/tv")),
        ("/tv", "/tv/A/1.mkv", "\\\\nas\\tv\\A\\1.mkv", ("/tv", "\\\\nas\\tv")),
    ],
)
def test_one_file_proves_a_mapping(root: str, path: str, place: str, expected: tuple[str, str]) -> None:
    """The common end of both paths is stripped."""
    assert proven_mapping(root, (path, place)) == expected


def test_contradicting_files_prove_no_mapping() -> None:
    """Two different mappings for one root folder prove none."""
    assert proven_mapping("/tv", ("/tv/A/1.mkv", "/data/tv/A/1.mkv"), ("/tv/B/1.mkv", "/other/B/1.mkv")) is None


def test_mapping_on_which_all_files_agree_is_used() -> None:
    """Of several places, the one on which all files agree counts."""
    both = ["/data/tv/A/1.mkv", "/backup/A/1.mkv"]
    assert proven_mapping("/tv", ("/tv/A/1.mkv", both)) is None
    assert proven_mapping("/tv", ("/tv/A/1.mkv", both), ("/tv/B/2.mkv", "/data/tv/B/2.mkv")) == ("/tv", "/data/tv")


def test_no_files_prove_no_mapping() -> None:
    """Without files there is no mapping."""
    assert proven_mapping("/tv") is None


def test_mapping_is_checked_with_the_files_it_leads_to() -> None:
    """Other files prove nothing, and a contradicting file disproves it."""
    row = PathMapping.of("/downloads", "/data")
    good = ("/downloads/tv/A/1.mkv", "/data/tv/A/1.mkv")
    proven = prove_mapping(row, listed_pairs(good, ("/other/B/1.mkv", "/x/B/1.mkv")))
    assert proven is not None
    assert [file.text for file in proven.files] == ["/downloads/tv/A/1.mkv"]
    assert prove_mapping(row, listed_pairs(good, ("/downloads/tv/B/1.mkv", "/x/B/1.mkv"))) is None
    assert prove_mapping(row, listed_pairs(("/other/B/1.mkv", "/x/B/1.mkv"))) is None


@pytest.mark.parametrize(
    ("path", "size"), [("", 5), ("relative", 5), (None, 5), ("/a", 0), ("/a", None), ("/a", "5"), ("/a\0", 5)]
)
def test_path_that_is_not_a_file_proves_nothing(path: object, size: object) -> None:
    """It proves nothing."""
    assert sized_file(path, size) is None
