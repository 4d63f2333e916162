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


def items_for(sidecar: CleanPath, listed: Sequence[MediaFile]) -> tuple[int, ...]:
    """Return the items of a sidecar file among those listed in and below its own folder."""
    assert sidecar.parent
    return items_of_sidecar(sidecar, sidecar.parent, listed)


@pytest.mark.parametrize(
    "name",
    ["Show - S01E02.srt", "Show - S01E02.en.forced.srt", "Show - S01E02-thumb.jpg", "Show - S01E02.nfo"],
)
def test_sidecar_named_after_a_file_belongs_to_its_item(name: str) -> None:
    """A sidecar file with a file's name belongs to that file's item."""
    assert items_for(clean(f"{SEASON}/{name}"), EPISODES) == (2,)


def test_longer_matching_file_name_takes_precedence() -> None:
    """Of two files that it could be named after, the one with the longer name counts."""
    folder = "/movies/Saga"
    files = [
        a_file(f"{folder}/Film.mkv", type="movie", rating_key=1),
        a_file(f"{folder}/Film.Part.2.mkv", type="movie", rating_key=2),
    ]

    assert items_for(clean(f"{folder}/Film.Part.2.en.srt"), files) == (2,)
    assert items_for(clean(f"{folder}/Film.en.srt"), files) == (1,)


def test_name_that_is_only_the_start_of_another_does_not_match() -> None:
    """`S01E1` is no name for the subtitles of `S01E10`."""
    files = [a_file(f"{SEASON}/Show - S01E{n}.mkv", rating_key=n) for n in (1, 10)]

    assert items_for(clean(f"{SEASON}/Show - S01E10.srt"), files) == (10,)


def test_sidecar_of_a_multi_episode_file_belongs_to_all_episodes() -> None:
    """The subtitles of S01E01-E02 belong to both episodes."""
    files = [a_file(f"{SEASON}/Show - S01E01-E02.mkv", rating_key=n) for n in (1, 2)]

    assert items_for(clean(f"{SEASON}/Show - S01E01-E02.en.srt"), files) == (1, 2)


def test_names_are_compared_like_paths() -> None:
    """Names are compared like paths: in any Unicode form, on Windows in any case."""
    decomposed = unicodedata.normalize("NFD", "/movies/Amélie/Amélie.mkv")
    windows = a_file("D:\\Movies\\Film\\Film.mkv", type="movie", rating_key=8)

    assert items_for(clean("/movies/Amélie/Amélie.srt"), [a_file(decomposed, rating_key=3)]) == (3,)
    assert items_for(clean("d:\\movies\\film\\FILM.en.srt"), [windows]) == (8,)


@pytest.mark.parametrize("name", ["poster.jpg", "fanart.png", "movie.nfo", "subs.srt"])
def test_other_sidecar_in_a_movie_folder_belongs_to_the_movie(name: str) -> None:
    """Anything else in a movie's folder belongs to the movie."""
    assert items_for(clean(f"/movies/Film (2020)/{name}"), [FILM]) == (7,)


def test_poster_in_a_season_folder_belongs_to_the_season() -> None:
    """A poster in a season's folder belongs to the season, once."""
    assert items_for(clean(f"{SEASON}/poster.jpg"), EPISODES) == (100,)


def test_poster_in_a_show_folder_belongs_to_the_show() -> None:
    """A poster or a theme in a show's folder belongs to the show."""
    assert items_for(clean("/tv/Show/poster.jpg"), EPISODES) == (10,)


def test_cover_belongs_to_the_album_or_artist_of_its_folder() -> None:
    """Cover art: in the album's folder the album's, in the artist's folder the artist's."""
    track = a_file("/music/Artist/Album/01.mp3", type="track", rating_key=1, parent_key=20, grandparent_key=2)

    assert items_for(clean("/music/Artist/Album/cover.jpg"), [track]) == (20,)
    assert items_for(clean("/music/Artist/artist.jpg"), [track]) == (2,)


def test_items_in_the_trash_have_no_sidecars() -> None:
    """Items in the trash have no sidecar files."""
    assert items_for(clean(f"{SEASON}/Show - S01E01.srt"), [a_file(trashed=True)]) == ()


def test_sidecar_without_listed_items_belongs_to_none() -> None:
    """Nothing is listed, or nothing with a valid path."""
    assert items_for(clean("/tv/Show/poster.jpg"), []) == ()
    assert items_for(clean("/poster.jpg"), [a_file("not/absolute.mkv", parent_key=None)]) == ()


def test_sidecar_in_a_folder_of_many_movies_belongs_to_none() -> None:
    """A file in a folder of many movies refreshes none of them."""
    films = [a_file(f"/movies/Film {n}.mkv", type="movie", rating_key=n) for n in range(50)]

    assert len(items_for(clean("/movies/poster.jpg"), films)) == MAX_REFRESHED_ITEMS


def test_sidecar_of_two_versions_belongs_to_both() -> None:
    """Two files with one name belong to one item or two; the subtitles belong to both."""
    files = [a_file(f"{SEASON}/Show - S01E01.{end}", rating_key=n) for n, end in ((1, "mkv"), (2, "mp4"))]

    assert items_for(clean(f"{SEASON}/Show - S01E01.srt"), files) == (1, 2)


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
def test_item_in_a_large_folder_is_looked_up_by_name(name: str, expected: tuple[str, ...]) -> None:
    """If a folder is too large to list, the item is looked up by these names, one after the other."""
    assert candidate_stems(clean(f"/movies/{name}")) == expected
