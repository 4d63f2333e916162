"""Files and folders that vanish before their result, or are back after they were scanned as removed."""

import asyncio
from dataclasses import replace
import os
from pathlib import Path
import shutil

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome
from tests.fake_plex import samples
from tests.scanner.conftest import QUICK, WAIT_LIMIT, Bench, MakeBench


async def test_file_that_is_back_after_the_scan_of_its_removal(hidden_tv: Path, make_bench: MakeBench) -> None:
    """Plex saw the file before it was removed: the scan that moved it to the trash has not read what is there now."""
    bench = await make_bench(timing=replace(QUICK, ignored_after=60.0))
    bench.plex.prefs["autoEmptyTrash"] = False
    path = hidden_tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    samples.add_episode(hidden_tv, "Westworld", 2, 1)
    await bench.scan("/data/tv/Westworld/Season 01/Westworld - S01E01.mkv", force=True)
    path.unlink()
    await bench.scan("/data/tv/Westworld", force=True)
    bench.plex.stats.reset()
    samples.put(path)

    size = path.stat().st_size
    result = await bench.scan("/data/tv/Westworld/Season 01/Westworld - S01E01.mkv", size=size)

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == ["/data/tv/Westworld/Season 01"]


async def test_season_that_is_back_after_the_scan_of_its_removal_is_scanned(
    hidden_tv: Path, make_bench: MakeBench
) -> None:
    """The scan of its show was not requested for what is there now: it proves nothing about it."""
    samples.add_episode(hidden_tv, "Dark", 1, 1)
    samples.add_episode(hidden_tv, "Westworld", 2, 1)
    bench = await make_bench(validation_timeout=WAIT_LIMIT)
    bench.plex.seed()
    season = hidden_tv / "Westworld/Season 01"
    away = season.rename(hidden_tv.with_name("away"))
    bench.plex.hold_walking()
    (pending,) = await bench.engine.submit([bench.request("/data/tv/Westworld/Season 01")], durable=False)
    await bench.plex.wait_scan_started()
    away.rename(season)
    bench.plex.release_walking()

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.UP_TO_DATE
    assert bench.refreshed == ["/data/tv/Westworld", "/data/tv/Westworld/Season 01"]


@pytest.mark.parametrize("sample", [samples.SMALL, samples.LARGE], ids=["the same file", "another file"])
async def test_file_that_is_back_before_the_scan_reads_it(hidden_tv: Path, bench: Bench, sample: Path) -> None:
    """Plex did not see the file when it was asked; the scan has read what is there now."""
    path = hidden_tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    samples.add_episode(hidden_tv, "Westworld", 1, 2)
    modified_at = path.stat().st_mtime
    path.unlink()
    bench.plex.hold_scans()
    (pending,) = await bench.engine.submit(
        [bench.request("/data/tv/Westworld/Season 01/Westworld - S01E01.mkv")], durable=False
    )
    await bench.plex.wait_queued()
    samples.put(path, sample)
    os.utime(path, (modified_at, modified_at))
    bench.plex.release_scans()

    result = await bench.engine.wait(pending, 30)

    expected = Outcome.UPDATED if sample is samples.LARGE else Outcome.UP_TO_DATE
    assert (result.outcome, result.reason) == (expected, None)


@pytest.mark.parametrize("listed", [True, False], ids=["replaced file", "new file"])
@pytest.mark.parametrize("reported", [True, False], ids=["reported", "not reported"])
async def test_file_that_vanishes_before_its_result_is_scanned_again(
    tv: Path, make_bench: MakeBench, *, listed: bool, reported: bool
) -> None:
    """Plex saw and listed the file, but Home Assistant no longer sees it: nobody has to report that it was removed."""
    bench = await make_bench(timing=replace(QUICK, analysis_timeout=WAIT_LIMIT), validation_timeout=WAIT_LIMIT)
    samples.add_episode(tv, "Westworld", 1, 2)
    bench.plex.seed()
    file = samples.put(tv / f"Westworld/Season 01/Westworld - S01E0{1 if listed else 3}.mkv", samples.LARGE)
    bench.plex.hold_analysis()
    (pending,) = await bench.engine.submit([bench.request(file)], durable=False)
    await bench.until(lambda: any(progress.change_listed_at is not None for progress in pending.progresses))
    file.unlink()
    if reported:
        await bench.engine.submit([bench.request(file)], durable=False)
    await bench.until(lambda: any(not progress.facts.state.exists for progress in pending.progresses))
    bench.plex.release_analysis()

    async with asyncio.timeout(10):
        result = await bench.engine.wait(pending, WAIT_LIMIT)

    assert result.outcome is (Outcome.REMOVED if listed else Outcome.UP_TO_DATE)
    part = bench.plex.part(str(file))
    assert part is None or part.deleted_at
    assert bench.refreshed == [str(file.parent)] * 2


async def test_folder_that_vanishes_before_its_result_is_scanned_again(tv: Path, make_bench: MakeBench) -> None:
    """Plex saw and listed the new folder, but Home Assistant no longer sees it."""
    bench = await make_bench(timing=replace(QUICK, analysis_timeout=WAIT_LIMIT), validation_timeout=WAIT_LIMIT)
    season = samples.add_episode(tv, "Westworld", 4, 1).parent
    bench.plex.hold_analysis()
    (pending,) = await bench.engine.submit([bench.request(season)], durable=False)
    await bench.until(lambda: any(progress.change_listed_at is not None for progress in pending.progresses))
    shutil.rmtree(season)
    await bench.until(lambda: any(progress.vanished_at for progress in pending.progresses))
    bench.plex.release_analysis()

    async with asyncio.timeout(10):
        result = await bench.engine.wait(pending, WAIT_LIMIT)

    assert result.outcome is Outcome.UP_TO_DATE
    assert bench.plex.part(str(season / "Westworld - S04E01.mkv")) is None
    assert bench.refreshed == [str(season), str(season.parent)]


async def test_file_that_is_back_when_its_time_is_over_is_scanned(hidden_tv: Path, make_bench: MakeBench) -> None:
    """Plex did not see the file while it was scanned for its removal, and has not read it since it is back."""
    bench = await make_bench(validation_timeout=WAIT_LIMIT)
    bench.plex.quirks.browse_refused = 403
    samples.put(hidden_tv / "Westworld/Season 01/Westworld - S01E01.mkv", samples.LARGE)
    bench.plex.unmount("/data/tv")
    request = bench.request("/data/tv/Westworld/Season 01/Westworld - S01E01.mkv")
    (pending,) = await bench.engine.submit([request], durable=False)
    await bench.until(lambda: any(progress.job and progress.job.ended.is_set() for progress in pending.progresses))
    bench.plex.mount("/data/tv")
    for progress in pending.progresses:
        progress.visibility_checked_at = -WAIT_LIMIT
        progress.time_spent = 10 * WAIT_LIMIT

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.UPDATED
    assert bench.refreshed == ["/data/tv/Westworld", "/data/tv/Westworld/Season 01"]
