"""Which items a subtitle, a poster or an nfo file belongs to."""

from collections.abc import Sequence
import unicodedata

import pytest

from custom_components.plex_smart_scan.scanner.media.sidecars import (
    MAX_REFRESHED_ITEMS,
    candidate_stems,
    items_of_sidecar,
)
from custom_components.plex_smart_scan.scanner.models import MediaFile
from custom_components.plex_smart_scan.scanner.paths.clean_path import CleanPath, clean
from tests.scanner.builders import a_file

SEASON = "/tv/Show/Season 01"
EPISODES = [
    a_file(f"{SEASON}/Show - S01E{n:02}.mkv", rating_key=n, parent_key=100, grandparent_key=10) for n in range(1, 13)
]
FILM = a_file("/movies/Film (2020)/Film (2020).mkv", type="movie", rating_key=7)


def beside(sidecar: CleanPath, listed: Sequence[MediaFile]) -> tuple[int, ...]:
    """Return the items of a sidecar file among those listed in and below its own folder."""
    assert sidecar.parent
    return items_of_sidecar(sidecar, sidecar.parent, listed)


@pytest.mark.parametrize(
    "name",
    ["Show - S01E02.srt", "Show - S01E02.en.forced.srt", "Show - S01E02-thumb.jpg", "Show - S01E02.nfo"],
)
def test_named_after_a_file(name: str) -> None:
    """A sidecar file with a file's name belongs to that file's item."""
    assert beside(clean(f"{SEASON}/{name}"), EPISODES) == (2,)


def test_longer_name() -> None:
    """Of two files that it could be named after, the one with the longer name counts."""
    folder = "/movies/Saga"
    files = [
        a_file(f"{folder}/Film.mkv", type="movie", rating_key=1),
        a_file(f"{folder}/Film.Part.2.mkv", type="movie", rating_key=2),
    ]

    assert beside(clean(f"{folder}/Film.Part.2.en.srt"), files) == (2,)
    assert beside(clean(f"{folder}/Film.en.srt"), files) == (1,)


def test_number_that_begins_another() -> None:
    """`S01E1` is no name for the subtitles of `S01E10`."""
    files = [a_file(f"{SEASON}/Show - S01E{n}.mkv", rating_key=n) for n in (1, 10)]

    assert beside(clean(f"{SEASON}/Show - S01E10.srt"), files) == (10,)


def test_multi_episode_file() -> None:
    """The subtitles of S01E01-E02 belong to both episodes."""
    files = [a_file(f"{SEASON}/Show - S01E01-E02.mkv", rating_key=n) for n in (1, 2)]

    assert beside(clean(f"{SEASON}/Show - S01E01-E02.en.srt"), files) == (1, 2)


def test_spelling() -> None:
    """Names are compared like paths: in any Unicode form, on Windows in any case."""
    decomposed = unicodedata.normalize("NFD", "/movies/Amélie/Amélie.mkv")
    windows = a_file("D:\\Movies\\Film\\Film.mkv", type="movie", rating_key=8)

    assert beside(clean("/movies/Amélie/Amélie.srt"), [a_file(decomposed, rating_key=3)]) == (3,)
    assert beside(clean("d:\\movies\\film\\FILM.en.srt"), [windows]) == (8,)


@pytest.mark.parametrize("name", ["poster.jpg", "fanart.png", "movie.nfo", "subs.srt"])
def test_film_folder(name: str) -> None:
    """Anything else in a movie's folder belongs to the movie."""
    assert beside(clean(f"/movies/Film (2020)/{name}"), [FILM]) == (7,)


def test_season_folder() -> None:
    """A poster in a season's folder belongs to the season, once."""
    assert beside(clean(f"{SEASON}/poster.jpg"), EPISODES) == (100,)


def test_show_folder() -> None:
    """A poster or a theme in a show's folder belongs to the show."""
    assert beside(clean("/tv/Show/poster.jpg"), EPISODES) == (10,)


def test_artist_folder() -> None:
    """Cover art: in the album's folder the album's, in the artist's folder the artist's."""
    track = a_file("/music/Artist/Album/01.mp3", type="track", rating_key=1, parent_key=20, grandparent_key=2)

    assert beside(clean("/music/Artist/Album/cover.jpg"), [track]) == (20,)
    assert beside(clean("/music/Artist/artist.jpg"), [track]) == (2,)


def test_trash() -> None:
    """Items in the trash have no sidecar files."""
    assert beside(clean(f"{SEASON}/Show - S01E01.srt"), [a_file(trashed=True)]) == ()


def test_nothing_there() -> None:
    """Nothing is listed, or nothing with a valid path."""
    assert beside(clean("/tv/Show/poster.jpg"), []) == ()
    assert beside(clean("/poster.jpg"), [a_file("not/absolute.mkv", parent_key=None)]) == ()


def test_bounded() -> None:
    """A file in a folder of many movies refreshes none of them."""
    films = [a_file(f"/movies/Film {n}.mkv", type="movie", rating_key=n) for n in range(50)]

    assert len(beside(clean("/movies/poster.jpg"), films)) == MAX_REFRESHED_ITEMS


def test_two_versions() -> None:
    """Two files with one name belong to one item or two; the subtitles belong to both."""
    files = [a_file(f"{SEASON}/Show - S01E01.{end}", rating_key=n) for n, end in ((1, "mkv"), (2, "mp4"))]

    assert beside(clean(f"{SEASON}/Show - S01E01.srt"), files) == (1, 2)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Film (2020).srt", ("Film (2020)",)),
        ("Film.en.forced.srt", ("Film.en.forced", "Film.en", "Film")),
        ("Show - S01E02-thumb.jpg", ("Show - S01E02-thumb", "Show - S01E02", "Show ")),
        ("A.Film.of.2020.1080p.srt", ("A.Film.of.2020.1080p", "A.Film.of.2020", "A.Film.of", "A.Film")),
        (".plexmatch", ()),
    ],
)
def test_names_to_ask_for(name: str, expected: tuple[str, ...]) -> None:
    """If a folder is too large to list, the item is looked up by these names, one after the other."""
    assert candidate_stems(clean(f"/movies/{name}")) == expected
