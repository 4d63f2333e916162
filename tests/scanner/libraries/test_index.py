"""Which libraries contain a path."""

import sys
import unicodedata

import pytest

from custom_components.plex_smart_scan.scanner.libraries.index import LibraryIndex
from custom_components.plex_smart_scan.scanner.models import Library, LibraryType
from custom_components.plex_smart_scan.scanner.paths.clean_path import clean
from tests.scanner.builders import a_library


def matches_of(path: str, *libraries: Library, only: tuple[str, ...] = ()) -> list[tuple[int, str, str]]:
    """Return library id, location and path of each match, in order."""
    found = LibraryIndex(libraries).match(clean(path), only)
    return [(match.library.id, match.location.text, match.path.text) for match in found]


def test_location_matches_by_whole_components() -> None:
    """A location above the path matches by whole components, not by a common beginning."""
    libraries = a_library("/tv", number=1), a_library("/tv-4k", number=2)

    assert matches_of("/tv-4k/Show/x.mkv", *libraries) == [(2, "/tv-4k", "/tv-4k/Show/x.mkv")]
    assert matches_of("/tv/Show/x.mkv", *libraries) == [(1, "/tv", "/tv/Show/x.mkv")]


@pytest.mark.parametrize("path", ["/tv", "/tv/", "/tv/Film.mkv"])
def test_location_and_its_direct_files_belong_to_the_library(path: str) -> None:
    """The location itself and a file directly in it belong to the library."""
    assert [number for number, _, _ in matches_of(path, a_library("/tv"))] == [1]


def test_every_library_above_a_path_matches_longest_first() -> None:
    """Every library with a location above the path, the longest location first."""
    libraries = a_library("/media", number=1), a_library("/media/tv/anime", number=2), a_library("/media/tv", number=3)

    assert [number for number, _, _ in matches_of("/media/tv/anime/x.mkv", *libraries)] == [2, 3, 1]


def test_library_with_nested_locations_matches_once() -> None:
    """A library with two locations above the path is matched once, by the longest."""
    assert matches_of("/media/tv/x.mkv", a_library("/media", "/media/tv")) == [(1, "/media/tv", "/media/tv/x.mkv")]


def test_folder_in_two_libraries_matches_both() -> None:
    """Both are matched, in the server's order."""
    libraries = a_library("/tv", number=7), a_library("/tv/", number=3)

    assert [number for number, _, _ in matches_of("/tv/x.mkv", *libraries)] == [7, 3]


@pytest.mark.parametrize(
    ("location", "path", "spelt"),
    [
        ("D:\\Media\\TV", "d:/media/tv/Show/x.mkv", "D:\\Media\\TV\\Show\\x.mkv"),
        ("S:\\", "s:\\Show\\x.mkv", "S:\\Show\\x.mkv"),
        ("\\\\SERVER\\MEDIA\\4K", "\\\\server\\media\\4k\\Show", "\\\\SERVER\\MEDIA\\4K\\Show"),
        ("/tv/", "/tv/Show/x.mkv", "/tv/Show/x.mkv"),
        ("/", "/Show/x.mkv", "/Show/x.mkv"),
        (
            unicodedata.normalize("NFD", "/Séries"),
            unicodedata.normalize("NFC", "/Séries/Show"),
            unicodedata.normalize("NFD", "/Séries") + "/Show",
        ),
    ],
    ids=["drive", "drive's root", "share", "trailing slash", "root", "decomposed"],
)
def test_path_is_spelled_like_its_location(location: str, path: str, spelt: str) -> None:
    """A path is spelled as the server spells its location, never with a doubled separator."""
    assert [path for _, _, path in matches_of(path, a_library(location))] == [spelt]


def test_location_can_have_the_long_path_prefix() -> None:
    r"""A location of a Windows server can have the prefix `\\?\`."""
    assert matches_of("P:\\TV\\x.mkv", a_library("\\\\?\\P:\\TV")) == [(1, "P:\\TV", "P:\\TV\\x.mkv")]


@pytest.mark.parametrize("path", ["/movies/x.mkv", "/t", "/TV/x.mkv", "D:\\tv\\x.mkv"])
def test_path_outside_all_libraries_does_not_match(path: str) -> None:
    """A path elsewhere, in another case or of another flavour matches nothing."""
    assert matches_of(path, a_library("/tv")) == []


@pytest.mark.parametrize(
    ("only", "numbers"),
    [
        ((), [1, 2]),
        (("TV Shows",), [1]),
        (("tv shows",), [1]),
        (("2",), [2]),
        (("2", "TV Shows"), [1, 2]),
        (("TV",), []),
        (("3",), []),
    ],
)
def test_request_restricted_to_a_library_matches_it_only(only: tuple[str, ...], numbers: list[int]) -> None:
    """A request can restrict libraries by title, in any case, or by id."""
    libraries = a_library("/tv", number=1), a_library("/tv", number=2, title="Anime")

    assert [number for number, _, _ in matches_of("/tv/x.mkv", *libraries, only=only)] == numbers


def test_restriction_takes_precedence_over_a_longer_location() -> None:
    """The restriction takes precedence over the length of the location."""
    libraries = a_library("/media", number=1), a_library("/media/tv", number=2)

    assert matches_of("/media/tv/x.mkv", *libraries, only=("1",)) == [(1, "/media", "/media/tv/x.mkv")]


@pytest.mark.parametrize("location", ["", "relative", "/tv/../../x", "bad\0"])
def test_invalid_location_is_ignored(location: str) -> None:
    """A location that is not an absolute path is ignored; others of the library are not."""
    assert [number for number, _, _ in matches_of("/tv/x.mkv", a_library(location, "/tv"))] == [1]


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("/data/tvshows/Show/x.mkv", "/data/tv"),
        ("/data/movie/Film/x.mkv", "/data/movies"),
        ("/downloads/movies/x.mkv", "/data/movies"),
        ("E:\\tv\\x.mkv", "D:\\tv"),
    ],
)
def test_nearest_location_is_the_most_similar_one(path: str, nearest: str) -> None:
    """For a path in no library, the most similar location is returned."""
    index = LibraryIndex([a_library("/data/tv", "/data/movies", "D:\\tv")])

    assert index.nearest_location(clean(path)) == nearest


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("/downloads/tv/Show/Season 01/Show - S01E01.mkv", "/data/media/tv"),
        ("/movies/Tenet (2020)/Tenet (2020).mkv", "/data/media/movies"),
        ("/share/Kids Movies/x.mkv", "/data/media/kids movies"),
        ("F:\\TV\\x.mkv", "D:\\Media\\TV"),
        ("\\\\nas\\x.mkv", "\\\\NAS\\Music"),
    ],
)
def test_nearest_location_shares_folder_names_with_the_path(path: str, nearest: str) -> None:
    """Without common folders from the top, the location whose names occur in the path is the most similar."""
    index = LibraryIndex(
        [
            a_library("/data/media/tv", "/data/media/tv-4k", "/data/media/movies", "/data/media/kids movies"),
            a_library("/mnt/nas/photos", "D:\\Media\\TV", "\\\\NAS\\Music", number=2),
        ]
    )

    assert index.nearest_location(clean(path)) == nearest


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        # Both are equally similar.
        ("/downloads/complete/Tenet.mkv", "/data/tv, /data/movies"),
        ("/downloads/complete/Tenet (2020)", "/data/tv, /data/movies, /data/music, /data/photos"),
        # Only one has the matching type.
        ("/downloads/complete/Show.S01E02.1080p.mkv", "/data/tv"),
        ("/downloads/Show/Season 1/x.mkv", "/data/tv"),
        ("/downloads/Album/01 Song.flac", "/data/music"),
        ("/downloads/movies/01 Song.flac", "/data/music"),
        ("/data/movies.new/IMG_0001.heic", "/data/photos"),
        # Only one has a similar name.
        ("/downloads/movies/Tenet.mkv", "/data/movies"),
    ],
)
def test_nearest_location_prefers_a_matching_library_type(path: str, nearest: str) -> None:
    """A library type that accepts the file is preferred; equally near locations are all returned."""
    index = LibraryIndex(
        [
            a_library("/data/tv", number=1, kind=LibraryType.SHOW),
            a_library("/data/movies", number=2, kind=LibraryType.MOVIE),
            a_library("/data/music", number=3, kind=LibraryType.ARTIST),
            a_library("/data/photos", number=4, kind=LibraryType.PHOTO),
        ]
    )

    assert index.nearest_location(clean(path)) == nearest


@pytest.mark.parametrize("path", ["/data/x.mkv", "/" + "data media television " * 180, "/x" * 2000, "/" + "a" * 4000])
def test_nearest_location_is_found_quickly(path: str) -> None:
    """It does not block the event loop with a thousand locations or the longest path."""
    index = LibraryIndex([a_library(*(f"/data/media/library {n}/television shows" for n in range(1000)))])
    counted = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        index.nearest_location(clean(path))
    finally:
        sys.setprofile(None)

    assert counted < 30_000


def test_server_without_libraries_has_no_nearest_location() -> None:
    """Without libraries there is no location."""
    assert LibraryIndex([]).nearest_location(clean("/tv/x.mkv")) is None
    assert LibraryIndex([]).match(clean("/tv/x.mkv")) == ()


def test_locations_contain_each_location_once() -> None:
    """All locations, each once."""
    index = LibraryIndex([a_library("/tv", "/more"), a_library("/tv/", number=2)])

    assert [location.text for location in index.locations()] == ["/tv", "/more"]
