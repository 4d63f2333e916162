"""Subtitles, artwork and other sidecar files: they have no Part, and are read when their item is refreshed."""

from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import Bench, MakeBench


async def test_subtitle_refreshes_its_episode(tv: Path, bench: Bench) -> None:
    """A scan alone does not read it: the metadata of its episode is refreshed."""
    samples.add_episode(tv, "Westworld", 1, 2)
    await bench.scan(tv / "Westworld")
    subtitle = tv / "Westworld/Season 01/Westworld - S01E01.en.srt"
    subtitle.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    bench.plex.stats.reset()

    result = await bench.scan(subtitle)

    assert result.outcome is Outcome.UPDATED
    assert [item.title for item in result.items] == ["Episode 1"]
    assert bench.plex.stats.count("/library/metadata/*/refresh", "PUT") == 1
    assert bench.refreshed == [str(subtitle.parent)]


async def test_poster_refreshes_its_movie(fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench) -> None:
    """A poster belongs to the owner of its folder."""
    movie = samples.add_movie(tmp_path / "m", "Tenet (2020)")
    fake_plex.add_library("Movies", "movie", {str(tmp_path / "m"): tmp_path / "m"})
    fake_plex.seed()
    bench = await make_bench()
    poster = samples.put(movie.parent / "poster.jpg")

    result = await bench.scan(poster)

    assert result.outcome is Outcome.UPDATED
    assert [item.title for item in result.items] == ["Tenet"]


async def test_poster_of_a_show_refreshes_only_the_show(tv: Path, bench: Bench) -> None:
    """Not each of its episodes."""
    poster = samples.put(tv / "Westworld" / "poster.jpg")

    await bench.scan(poster)

    (show,) = bench.plex.items(bench.plex.libraries[0], "show")
    assert [request.path for request in bench.plex.stats.requests if request.method == "PUT"] == [
        f"/library/metadata/{show.rating_key}/refresh"
    ]


@pytest.mark.parametrize("name", ["Dark/Season 01/Dark - S01E01.en.srt", "Dark/tvshow.nfo"])
async def test_sidecar_without_an_item_is_scanned_only(tv: Path, bench: Bench, name: str) -> None:
    """There is nothing to refresh, and nothing to compare."""
    sidecar = tv / name
    sidecar.parent.mkdir(parents=True)
    sidecar.write_text("text")

    result = await bench.scan(sidecar)

    assert result.outcome is Outcome.SCANNED
    assert bench.plex.stats.count("/library/metadata/*/refresh") == 0


@pytest.mark.parametrize("name", ["Trailers/First.mkv", "Subs/2_English.srt", "Tenet (2020)-trailer.mkv"])
async def test_extras_and_subtitle_folders_refresh_their_movie(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench, name: str
) -> None:
    """No look-up of items finds them: that causes no failure and no wider scan."""
    movie = samples.add_movie(tmp_path / "m", "Tenet (2020)")
    fake_plex.add_library("Movies", "movie", {str(tmp_path / "m"): tmp_path / "m"})
    fake_plex.seed()
    bench = await make_bench()

    beside = movie.parent / name
    beside.parent.mkdir(exist_ok=True)
    beside.write_bytes(samples.LARGE.read_bytes())

    result = await bench.scan(beside)

    (item,) = bench.plex.items(bench.plex.libraries[0], "movie")
    assert result.outcome is Outcome.UPDATED
    assert bench.refreshed == [str(movie.parent)]
    assert [request.path for request in bench.plex.stats.requests if request.method == "PUT"] == [
        f"/library/metadata/{item.rating_key}/refresh"
    ]


async def test_subtitle_in_a_folder_of_a_season_refreshes_its_episode(tv: Path, bench: Bench) -> None:
    """The subtitles of one episode refresh that episode."""
    samples.add_episode(tv, "Westworld", 1, 2)
    await bench.scan(tv / "Westworld")
    subtitle = tv / "Westworld/Season 01/Subs/Westworld - S01E01.en.srt"
    subtitle.parent.mkdir()
    subtitle.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    bench.plex.stats.reset()

    result = await bench.scan(subtitle)

    assert [item.title for item in result.items] == ["Episode 1"]
    assert bench.refreshed == [str(tv / "Westworld/Season 01")]
    assert bench.plex.stats.count("/library/metadata/*/refresh", "PUT") == 1


@pytest.mark.parametrize("folder", ["", "Films"], ids=["location", "flat folder"])
async def test_subtitle_among_hundreds_of_movies_refreshes_its_movie(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench, folder: str
) -> None:
    """In a folder with too many files, the movie is found by the name of the subtitle."""
    root = tmp_path / "m"
    for movie in samples.build_movie_tree(root, movies=310):
        (root / folder).mkdir(exist_ok=True)
        movie.rename(root / folder / movie.name)
        movie.parent.rmdir()
    fake_plex.add_library("Movies", "movie", {str(root): root})
    fake_plex.seed()
    bench = await make_bench()
    movie = root / folder / "Movie 00042 (1992).mkv"
    subtitle = movie.with_suffix(".en.forced.srt")
    subtitle.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")

    result = await bench.scan(subtitle)

    assert result.outcome is Outcome.UPDATED
    assert [item.file for item in result.items] == [str(movie)]
    assert bench.plex.stats.count("/library/metadata/*/refresh", "PUT") == 1


async def test_subtitle_is_not_updated_by_another_new_episode(tv: Path, bench: Bench) -> None:
    """It is updated when its own item was refreshed, not when another episode is new."""
    bench.plex.faults.add(Fault("status", path="/library/metadata/*/refresh", method="PUT", status=200, body=""))
    subtitle = tv / "Westworld/Season 01/Westworld - S01E01.en.srt"
    subtitle.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    samples.add_episode(tv, "Westworld", 1, 2)

    result = await bench.scan(subtitle)

    assert result.outcome is Outcome.SCANNED
    assert bench.plex.part(str(tv / "Westworld/Season 01/Westworld - S01E02.mkv")) is not None


async def test_video_beside_a_track_refreshes_the_track(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """A music video that is called like a track is read with the track."""
    track = samples.add_track(tmp_path / "m", "Artist", "Album", 1)
    fake_plex.add_library("Music", "artist", {str(tmp_path / "m"): tmp_path / "m"})
    fake_plex.seed()
    bench = await make_bench()
    video = samples.put(track.with_suffix(".mp4"))

    result = await bench.scan(video)

    (item,) = bench.plex.items(bench.plex.libraries[0], "track")
    assert result.outcome is Outcome.UPDATED
    assert bench.refreshed == [str(video.parent)]
    assert [request.path for request in bench.plex.stats.requests if request.method == "PUT"] == [
        f"/library/metadata/{item.rating_key}/refresh"
    ]


async def test_subtitle_that_plex_does_not_see_yet_is_waited_for(hidden_tv: Path, make_bench: MakeBench) -> None:
    """It is waited for as any file: the item beside it is no reason to scan for it."""
    bench = await make_bench(validation_timeout=0.1)

    result = await bench.scan("/data/tv/Westworld/Season 01/Westworld - S01E01.en.srt")

    assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.NOT_VISIBLE_TO_PLEX)
    assert bench.refreshed == []
