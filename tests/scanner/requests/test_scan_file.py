"""One media file: added, updated, up to date, not validated."""

from pathlib import Path
from typing import Any

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from tests.fake_plex import FakePlex, Fault, analysis, samples
from tests.fake_plex.models import MediaFacts
from tests.scanner.conftest import Bench, MakeBench


@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
async def test_new_episode_is_added(tv: Path, make_bench: MakeBench, websocket: bool) -> None:
    """The result names the item, and only the season's folder was scanned."""
    bench = await make_bench(websocket=websocket)
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    result = await bench.scan(episode)

    assert (result.outcome, result.reason) == (Outcome.ADDED, None)
    assert result.server_path == str(episode)
    assert [(entry.library.title, entry.scanned) for entry in result.libraries] == [
        ("TV Shows", (str(episode.parent),))
    ]
    (item,) = result.items
    assert (item.type, item.title, item.full_title) == ("episode", "Episode 2", "Westworld – S01E02 Episode 2")
    assert item.size == episode.stat().st_size
    assert item.duration
    assert item.bitrate
    assert item.resolution
    assert result.attempts == 1
    assert 0 < result.elapsed < 10
    assert bench.refreshed == [str(episode.parent)]
    assert bench.plex.stats.folders_listed == 1
    assert bench.results == [result]


async def test_second_request_is_up_to_date_after_one_look_up(tv: Path, bench: Bench) -> None:
    """Plex has this exact file: one look-up, no scan."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    await bench.scan(episode)
    bench.plex.stats.reset()

    result = await bench.scan(episode)

    assert result.outcome is Outcome.UP_TO_DATE
    assert [item.title for item in result.items] == ["Episode 2"]
    assert result.libraries[0].scanned == ()
    assert bench.plex.stats.paths() == ["/library/sections/1/all"]


@pytest.mark.parametrize(
    ("library", "add", "item_type"),
    [
        ("movie", lambda root: samples.add_movie(root, "Tenet (2020)"), "movie"),
        ("movie", lambda root: samples.put(root / "Tenet (2020).mkv"), "movie"),
        ("show", lambda root: samples.add_episode(root, "Dark", 1, 1), "episode"),
        ("artist", lambda root: samples.add_track(root, "blink‐182", "California (2016)", 1), "track"),
        ("photo", lambda root: samples.add_photo(root, "2020 Summer", "Beach"), "photo"),
    ],
    ids=["movie", "movie in the root", "show", "artist", "photo"],
)
async def test_file_is_added_in_every_type_of_library(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench, library: str, add: Any, item_type: str
) -> None:
    """Movies, episodes, tracks and photos are all proven by their leaf type."""
    fake_plex.add_library("Media", library, {str(tmp_path / "media"): tmp_path / "media"})
    (tmp_path / "media").mkdir()
    bench = await make_bench()

    result = await bench.scan(add(tmp_path / "media"))

    assert result.outcome is Outcome.ADDED
    assert [item.type for item in result.items] == [item_type]


async def test_damaged_file_is_added_and_reported_as_damaged(tv: Path, bench: Bench) -> None:
    """Plex lists a file without anything to play: added, but probably damaged."""
    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2, sample=samples.DAMAGED))

    assert (result.outcome, result.reason) == (Outcome.ADDED, Reason.DAMAGED)
    assert [item.duration for item in result.items] == [None]


async def test_damaged_second_part_is_reported(fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench) -> None:
    """What Plex found in the first part of a movie says nothing about the second."""
    (tmp_path / "m").mkdir()
    fake_plex.add_library("Movies", "movie", {str(tmp_path / "m"): tmp_path / "m"})
    bench = await make_bench()

    first = await bench.scan(samples.add_movie(tmp_path / "m", "Heat (1995)", suffix=" - cd1"))
    second = await bench.scan(samples.add_movie(tmp_path / "m", "Heat (1995)", suffix=" - cd2", sample=samples.DAMAGED))

    assert (first.outcome, first.reason) == (Outcome.ADDED, None)
    assert (second.outcome, second.reason) == (Outcome.ADDED, Reason.DAMAGED)


async def test_file_without_streams_is_reported_as_damaged(
    tv: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file with a duration but without video or audio."""
    monkeypatch.setattr(analysis, "read_facts", lambda _path: MediaFacts(container="mkv", duration=1000))

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert (result.outcome, result.reason) == (Outcome.ADDED, Reason.DAMAGED)
    assert result.items[0].duration == 1000


async def test_restored_file_in_the_trash_is_added(tv: Path, make_bench: MakeBench) -> None:
    """Plex still lists what is in its trash, so being listed proves nothing."""
    bench = await make_bench()
    bench.plex.prefs["autoEmptyTrash"] = False
    episode = tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    kept = episode.rename(tv / "kept.part")
    samples.add_episode(tv, "Westworld", 1, 2)
    assert (await bench.scan(episode)).outcome is Outcome.REMOVED
    kept.rename(episode)

    assert (await bench.scan(episode)).outcome is Outcome.ADDED


async def test_unobserved_scan_of_a_replaced_file_is_repeated(tv: Path, make_bench: MakeBench) -> None:
    """Plex still lists the old size, and the scan that would have changed it may have been lost."""
    bench = await make_bench(websocket=False)
    bench.plex.faults.add(Fault("lost_scan", times=1))
    episode = samples.put(tv / "Westworld/Season 01/Westworld - S01E01.mkv", samples.LARGE)

    assert (await bench.scan(episode)).outcome is Outcome.UPDATED
    assert bench.refreshed == [str(episode.parent)] * 2


async def test_each_step_is_logged(tv: Path, make_bench: MakeBench, caplog: pytest.LogCaptureFixture) -> None:
    """Steps are logged at INFO if the option is on, else at DEBUG."""
    loud, quiet = await make_bench(), await make_bench(detailed_logging=False)
    caplog.set_level("DEBUG", "custom_components.plex_smart_scan.scanner")

    await loud.scan(samples.add_episode(tv, "Westworld", 1, 2))
    steps = [record.getMessage() for record in caplog.records if record.levelname == "INFO"]
    caplog.clear()
    await quiet.scan(samples.add_episode(tv, "Westworld", 1, 3))

    assert [step[0] for step in steps] == ["🔄", "📡", "🆕", "📈", "📊"]
    assert "1 scan of 1 folder; Plex listed 0 files before and 1 after, 1 of them new" in steps[-2]
    assert not [record for record in caplog.records if record.levelname == "INFO"]


@pytest.mark.parametrize("validate", [True, False], ids=["location", "without validation"])
async def test_log_has_no_counts_without_a_complete_listing(
    tv: Path, make_bench: MakeBench, caplog: pytest.LogCaptureFixture, validate: bool
) -> None:
    """Without a complete listing, the log contains no numbers of files."""
    bench = await make_bench(validate_media=validate, duplicate_detection=validate)
    caplog.set_level("INFO", "custom_components.plex_smart_scan.scanner")

    result = await bench.scan(tv if validate else samples.add_episode(tv, "Westworld", 1, 2))

    assert (result.outcome, result.listed_before, result.listed_after) == (Outcome.SCANNED, None, None)
    assert "Plex listed" not in caplog.text
    assert "1 scan of 1 folder" in caplog.text


async def test_result_counts_files_before_and_after(tv: Path, bench: Bench) -> None:
    """The result has the numbers of files before, after and added."""
    season = samples.add_episode(tv, "Westworld", 1, 2).parent
    (season / "Westworld - S01E01.mkv").unlink()

    result = await bench.scan(season)

    assert (result.listed_before, result.listed_after, result.listed_newly) == (1, 1, 1)


async def test_size_alone_is_compared_if_plex_has_no_file_time(tv: Path, bench: Bench) -> None:
    """Only the size can be compared."""
    bench.plex.quirks.part_stamps = False

    assert (await bench.scan(tv / "Westworld/Season 01/Westworld - S01E01.mkv")).outcome is Outcome.UP_TO_DATE


async def test_unexpected_error_fails_one_request_and_is_logged(
    tv: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It fails with a traceback in the log; the next request is unaffected."""
    with monkeypatch.context() as patch:
        patch.setattr("custom_components.plex_smart_scan.scanner.requests.execution.loop.decide", None)
        result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert (result.outcome, result.reason) == (Outcome.FAILED, Reason.SERVER_ERROR)
    assert "Unexpected error" in caplog.text
    caplog.clear()
    assert (await bench.scan(tv / "Westworld/Season 01/Westworld - S01E02.mkv")).outcome is Outcome.ADDED


async def test_video_in_a_photo_library_is_added(fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench) -> None:
    """A clip has its own type (12)."""
    root = tmp_path / "photos"
    root.mkdir()
    fake_plex.add_library("Photos", "photo", {str(root): root})
    bench = await make_bench()

    result = await bench.scan(samples.put(root / "2020 Summer" / "Beach party.mp4"))

    assert (result.outcome, [item.type for item in result.items]) == (Outcome.ADDED, ["clip"])


class TestOddities:
    """Unusual set-ups that affect comparisons."""

    @pytest.mark.parametrize("name", ["Other", "Shorts", "Trailers"])
    async def test_location_named_like_extras_is_scanned(
        self, fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench, name: str
    ) -> None:
        """The name of a location says nothing about its contents."""
        root = tmp_path / name
        root.mkdir()
        fake_plex.add_library("Other Videos", "movie", {str(root): root}, agent="tv.plex.agents.none")
        bench = await make_bench()

        assert (await bench.scan(samples.put(root / "Paperman.mkv"))).outcome is Outcome.ADDED

    async def test_listed_file_overrides_a_wrong_reported_size(self, hidden_tv: Path, bench: Bench) -> None:
        """The file was tagged after the import: what Plex lists overrules the reported size."""
        samples.add_episode(hidden_tv, "Westworld", 1, 2)

        result = await bench.scan("/data/tv/Westworld/Season 01/Westworld - S01E02.mkv", size=1)

        assert result.outcome is Outcome.ADDED
        assert len(bench.refreshed) == 1

    async def test_file_missing_on_another_disk_is_not_removed(
        self, fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
    ) -> None:
        """Home Assistant's folder of that name is another one: a file that is missing there is not removed."""
        ours, theirs = tmp_path / "ours", tmp_path / "theirs"
        samples.add_movie(ours, "Something else (2001)")
        samples.add_movie(theirs, "Tenet (2020)")
        fake_plex.add_library("Movies", "movie", {str(ours): theirs})
        fake_plex.seed()
        bench = await make_bench()

        result = await bench.scan(ours / "Tenet (2020)" / "Tenet (2020).mkv")

        assert result.outcome is Outcome.UP_TO_DATE


@pytest.mark.parametrize("name", ["Westworld.sfv", "Thumbs.db", "Westworld - S01E02.mkv.filepart"])
async def test_ignored_file_name_causes_no_wider_scan(tv: Path, bench: Bench, name: str) -> None:
    """Its folder is scanned and it is reported as not found; nothing wider is scanned."""
    junk = tv / "Westworld/Season 01" / name
    junk.write_text("x")

    result = await bench.scan(junk)

    assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.IGNORED_BY_PLEX)
    assert bench.refreshed == [str(junk.parent)]
