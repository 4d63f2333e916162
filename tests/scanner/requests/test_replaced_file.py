"""A file that was replaced, is still growing, or has another time than Plex's: the scan reads the new file."""

from dataclasses import replace
import os
from pathlib import Path
import shutil

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, ScanRequest, ScanResult
from custom_components.plex_smart_scan.scanner.paths.mappings import PathMapping
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import QUICK, WAIT_LIMIT, Bench, MakeBench


async def test_replaced_file_is_updated(tv: Path, bench: Bench) -> None:
    """Another size at the same path is an update."""
    episode = samples.put(tv / "Westworld/Season 01/Westworld - S01E01.mkv", samples.LARGE)

    result = await bench.scan(episode)

    assert result.outcome is Outcome.UPDATED
    assert [item.size for item in result.items] == [samples.LARGE.stat().st_size]


async def test_touched_file_is_updated(tv: Path, bench: Bench) -> None:
    """The same size with another time is an update: it may be a replacement of equal size."""
    episode = tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    os.utime(episode, (1_700_000_000, 1_700_000_000))

    assert (await bench.scan(episode)).outcome is Outcome.UPDATED
    assert bench.plex.part(str(episode)).stamp == 1_700_000_000  # type: ignore[union-attr]


@pytest.mark.parametrize("report", ["file", "folder"])
async def test_file_replaced_while_plex_is_slow_to_answer_is_updated(
    tv: Path, make_bench: MakeBench, report: str
) -> None:
    """Plex lists what the disk showed when it was asked, and not what it shows when the response comes."""
    bench = await make_bench(timing=replace(QUICK, stable_time=0.0))
    episode = tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    fault = bench.plex.faults.add(Fault("slow", path="/library/sections/*/all", times=1))
    path = episode if report == "file" else episode.parent
    (pending,) = await bench.engine.submit([bench.request(path)], durable=False)
    await bench.until(lambda: bench.plex.stats.count("/library/sections/*/all") == 1)
    samples.put(episode, samples.LARGE)
    fault.release()

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.UPDATED


async def test_incomplete_file_is_scanned_again_until_it_is_complete(tv: Path, bench: Bench) -> None:
    """A file that was incomplete when Plex read it is scanned again, without a wider scan."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    whole = samples.LARGE.read_bytes()
    episode.write_bytes(whole[: len(whole) // 2])
    bench.plex.hold_settling()
    accepted = await bench.engine.submit([ScanRequest(path=str(episode))], durable=False)
    await bench.plex.wait_scans_done()
    episode.write_bytes(whole)
    bench.plex.release_settling()

    result = await bench.engine.wait(accepted[0], 10)

    assert result.outcome is Outcome.ADDED
    assert [item.size for item in result.items] == [len(whole)]
    assert set(bench.refreshed) == {str(episode.parent)}


@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
async def test_replaced_file_has_its_new_duration(tv: Path, make_bench: MakeBench, websocket: bool) -> None:
    """Plex keeps the old duration of a replaced file until it analyzes it: the result has the new one."""
    bench = await make_bench(websocket=websocket)
    bench.plex.quirks.analyze_while_scanning_crashes = True
    episode = tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    before = (await bench.scan(episode)).items[0].duration
    samples.put(episode, samples.LARGE)

    result = await bench.scan(episode)

    assert (result.outcome, result.reason) == (Outcome.UPDATED, None)
    assert result.items[0].duration not in {None, before}
    assert bench.plex.stats.count("/library/metadata/*/analyze", "PUT") == 1


async def test_file_that_returns_changed_from_the_trash_has_its_new_duration(tv: Path, make_bench: MakeBench) -> None:
    """Plex restores the item of a file that comes back to its place, with the duration of the file that was there."""
    bench = await make_bench()
    bench.plex.prefs["autoEmptyTrash"] = False
    episode = tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    before = (await bench.scan(episode)).items[0].duration
    episode.unlink()
    samples.add_episode(tv, "Westworld", 1, 2)
    assert (await bench.scan(episode)).outcome is Outcome.REMOVED
    samples.put(episode, samples.LARGE)

    result = await bench.scan(episode)

    assert (result.outcome, result.reason) == (Outcome.ADDED, None)
    assert result.items[0].duration not in {None, before}
    assert bench.plex.stats.count("/library/metadata/*/analyze", "PUT") == 1


async def test_refresh_of_another_item_does_not_delay_the_result(tv: Path, make_bench: MakeBench) -> None:
    """Without a websocket, the activities only name the item that is refreshed: here another one."""
    bench = await make_bench(websocket=False, timing=replace(QUICK, analysis_timeout=3600.0))
    bench.plex.activities.start("library.refresh.items", "Refreshing", "Dark", {"key": "/library/metadata/123456"})
    episode = samples.put(tv / "Westworld/Season 01/Westworld - S01E01.mkv", samples.LARGE)
    (pending,) = await bench.engine.submit([bench.request(episode)], durable=False)

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.UPDATED


async def test_result_waits_for_the_refresh_of_its_show(tv: Path, make_bench: MakeBench) -> None:
    """The refresh of a show also refreshes its episodes: the result is given when it has ended."""
    bench = await make_bench(websocket=False, timing=replace(QUICK, analysis_timeout=3600.0))
    (show,) = bench.plex.items(bench.plex.libraries[0], "show")
    key = {"key": f"/library/metadata/{show.rating_key}"}
    refresh = bench.plex.activities.start("library.refresh.items", "Refreshing", "Westworld", key)
    episode = samples.put(tv / "Westworld/Season 01/Westworld - S01E01.mkv", samples.LARGE)
    (pending,) = await bench.engine.submit([bench.request(episode)], durable=False)
    await bench.until(lambda: bool(pending.progresses) and pending.progresses[0].analysis_in_progress)
    bench.plex.activities.end(refresh)

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.UPDATED


async def test_replaced_video_without_agent_has_its_new_duration(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """Without an agent no item is ever "processed": the result has the new duration without waiting for it."""
    video = samples.put(tmp_path / "v" / "Holiday.mkv")
    fake_plex.add_library("Videos", "movie", {str(tmp_path / "v"): tmp_path / "v"}, agent="tv.plex.agents.none")
    fake_plex.seed()
    bench = await make_bench(timing=replace(QUICK, quiet_period=30.0, analysis_timeout=60.0))
    before = (await bench.scan(video)).items[0].duration
    samples.put(video, samples.LARGE)

    result = await bench.scan(video)

    assert (result.outcome, result.reason) == (Outcome.UPDATED, None)
    assert result.items[0].duration not in {None, before}


async def scan_with_shifted_time(bench: Bench, path: Path, hours: float) -> ScanResult:
    """Scan a file whose time Plex reads shifted by so many hours, as on a share mounted with another time zone."""
    mtime = os.path.getmtime(path)  # noqa: ASYNC240, PTH204 - a stat on a local disk, in a test
    bench.plex.hold_walking()
    accepted = await bench.engine.submit([bench.request(path)], durable=False)
    await bench.plex.wait_scan_started()
    os.utime(path, (mtime, mtime + hours * 3600))
    bench.plex.release_walking()
    await bench.plex.wait_scans_done()
    os.utime(path, (mtime, mtime))
    return await bench.engine.wait(accepted[0], 10)


@pytest.mark.parametrize("known", [True, False], ids=["listed", "new"])
async def test_file_of_the_same_size_with_a_shifted_time_is_the_same(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench, known: bool
) -> None:
    """Plex reads another time of the file: with the same size it is the same file."""
    root, ours = tmp_path / "plex", tmp_path / "ours"
    first = samples.add_episode(root, "Dark", 1, 1)
    fake_plex.add_library("TV Shows", "show", {"/data/tv": root})
    fake_plex.seed()
    bench = await make_bench(mappings=(PathMapping.of("/tv", "/data/tv", str(ours)),))
    name = (first if known else samples.add_episode(root, "Dark", 1, 2)).relative_to(root)
    shutil.copytree(root, ours)
    stamp = (root / name).stat().st_mtime
    os.utime(ours / name, (stamp - 437, stamp - 437))

    result = await bench.scan(f"/tv/{name}")

    assert (result.outcome, result.reason) == (Outcome.UP_TO_DATE if known else Outcome.ADDED, None)
    assert bench.refreshed == ["/data/tv/Dark/Season 01"]


async def test_file_reported_while_it_is_scanned_is_scanned_again(hidden_tv: Path, make_bench: MakeBench) -> None:
    """That scan may have read an incomplete file: the request gets its own scan."""
    bench = await make_bench(timing=replace(QUICK, same_report=0.0))
    bench.plex.quirks.items_appear_late = True
    bench.plex.hold_settling()
    season = hidden_tv / "Westworld/Season 01"
    half = samples.put(season / "Westworld - S01E02.mkv")
    await bench.engine.submit([bench.request("/data/tv/Westworld/Season 01/Westworld - S01E03.mkv")], durable=False)
    samples.put(season / "Westworld - S01E03.mkv")
    await bench.plex.wait_scan_started()
    samples.put(half, samples.LARGE)
    (pending,) = await bench.engine.submit(
        [bench.request("/data/tv/Westworld/Season 01/Westworld - S01E02.mkv")], durable=False
    )
    await bench.until(lambda: len(bench.refreshed) > 1)
    bench.plex.release_settling()

    result = await bench.engine.wait(pending, 10)

    assert result.attempts
    assert [item.size for item in result.items] == [samples.LARGE.stat().st_size]


@pytest.mark.parametrize(("validate", "look_up"), [(True, True), (False, True), (False, False)])
@pytest.mark.parametrize("size", [None, 1], ids=["unknown size", "size of an earlier file"])
@pytest.mark.usefixtures("hidden_tv")
async def test_listed_file_reported_again_while_it_is_scanned_is_scanned_again(
    make_bench: MakeBench, size: int | None, validate: bool, look_up: bool
) -> None:
    """The newer report says nothing about the size: an earlier one no longer counts, and the scan may be too early."""
    timing = replace(QUICK, same_report=0.0)
    bench = await make_bench(timing=timing, validation_timeout=2.0, duplicate_detection=look_up)
    bench.plex.hold_walking()
    path, season = "/data/tv/Westworld/Season 01/Westworld - S01E01.mkv", "/data/tv/Westworld/Season 01"
    (pending,) = await bench.engine.submit([bench.request(path, size=size, validate=validate)], durable=False)
    await bench.plex.wait_scan_started()
    await bench.until(lambda: pending.progresses[0].job is not None and pending.progresses[0].job.started.is_set())
    await bench.engine.submit([bench.request(path, validate=validate)], durable=False)
    bench.plex.release_walking()

    result = await bench.engine.wait(pending, WAIT_LIMIT)

    assert (result.outcome, result.reason) == (Outcome.UP_TO_DATE if validate else Outcome.SCANNED, None)
    assert bench.refreshed == [season, season]


@pytest.mark.parametrize("hours", [2, -7.75])
async def test_file_with_a_shifted_time_is_scanned_once(tv: Path, bench: Bench, hours: float) -> None:
    """Plex reads a time that is off by whole quarters of an hour: one scan of the folder settles it."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    result = await scan_with_shifted_time(bench, episode, hours)

    assert result.outcome is Outcome.ADDED
    assert set(bench.refreshed) == {str(episode.parent)}
