"""Files that Plex does not list at once: lost scans, wider scans, and the final outcome."""

from dataclasses import replace
from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import QUICK, WAIT_LIMIT, Bench, MakeBench


async def test_new_season_is_scanned_by_its_own_folder_first(tv: Path, bench: Bench) -> None:
    """The narrowest folder is scanned first, whether Plex knows it or not."""
    result = await bench.scan(samples.add_episode(tv, "Westworld", 3, 1))

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == [str(tv / "Westworld/Season 03")]


async def test_show_is_scanned_if_the_scan_of_its_season_finds_nothing(tv: Path, bench: Bench) -> None:
    """After an observed scan of the season without a result, the show is scanned, and first the next time."""
    bench.plex.quirks.miss_new_nested_folders = True

    result = await bench.scan(samples.add_episode(tv, "Westworld", 3, 1))

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == [str(tv / "Westworld/Season 03"), str(tv / "Westworld")]
    assert result.libraries[0].scanned == (str(tv / "Westworld/Season 03"), str(tv / "Westworld"))
    assert result.attempts == 2
    bench.plex.stats.reset()
    assert (await bench.scan(samples.add_episode(tv, "Westworld", 4, 1))).outcome is Outcome.ADDED
    assert bench.refreshed == [str(tv / "Westworld")]


async def test_location_is_scanned_last_and_once_per_interval(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """A movie that the scan of its folder misses causes one scan of the location; the next movie waits for it."""
    root = tmp_path / "movies"
    samples.add_movie(root, "Heat (1995)")
    fake_plex.add_library("Movies", "movie", {str(root): root})
    fake_plex.seed()
    bench = await make_bench(validation_timeout=1.5)
    bench.plex.quirks.miss_new_folders = True

    first = await bench.scan(samples.add_movie(root, "Ronin (1998)"))
    bench.plex.stats.reset()
    second = await bench.scan(samples.add_movie(root, "Tenet (2020)"))

    assert first.outcome is Outcome.ADDED
    assert first.libraries[0].scanned == (str(root / "Ronin (1998)"), str(root))
    assert (second.outcome, second.reason) == (Outcome.NOT_FOUND, Reason.TIMEOUT)
    assert bench.refreshed == [str(root / "Tenet (2020)")]


async def test_lost_scan_is_requested_again_for_the_same_folder(tv: Path, bench: Bench) -> None:
    """After a 200 without a scan, the same folder is requested again, not a wider one."""
    bench.plex.faults.add(Fault("lost_scan", times=2))

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == [str(tv / "Westworld" / "Season 01")] * 3


async def test_newer_report_ends_the_pause_after_a_lost_scan(tv: Path, make_bench: MakeBench) -> None:
    """The rest of the pause does not count as time spent."""
    timing = replace(QUICK, lost_scan_pauses=(WAIT_LIMIT,))
    bench = await make_bench(timing=timing, validation_timeout=2 * WAIT_LIMIT)
    bench.plex.faults.add(Fault("lost_scan", times=1))
    bench.plex.hold_listing()
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    (pending,) = await bench.engine.submit([bench.request(episode)], durable=False)
    await bench.until(lambda: any(each.job and each.job.ended.is_set() for each in pending.progresses))
    await bench.engine.submit([bench.request(episode)], durable=False)
    await bench.plex.wait_scans_done()
    bench.plex.release_listing()

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.ADDED
    assert bench.refreshed == [str(episode.parent)] * 2


async def test_lost_scan_is_requested_again_without_a_websocket(tv: Path, make_bench: MakeBench) -> None:
    """The same happens with polling."""
    bench = await make_bench(websocket=False)
    bench.plex.faults.add(Fault("lost_scan", times=1))

    assert (await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))).outcome is Outcome.ADDED


async def test_ignored_file_causes_no_wider_scan(tv: Path, bench: Bench) -> None:
    """Plex lists other files in the folder: there is no wider scan, and the file is reported as ignored."""
    ignored = samples.put(tv / "Westworld" / "Season 01" / "Westworld.mkv")
    (tv / "Westworld" / "Season 01" / ".plexignore").write_text("Westworld.mkv")

    result = await bench.scan(ignored)

    assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.IGNORED_BY_PLEX)
    assert bench.refreshed == [str(ignored.parent)]


@pytest.mark.parametrize("delay", [0.05, 0.15])
@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
async def test_late_listing_causes_no_further_scan(
    tv: Path, make_bench: MakeBench, delay: float, websocket: bool
) -> None:
    """A late listing is waited for without another scan."""
    bench = await make_bench(websocket=websocket)
    bench.plex.quirks.listing_delay = delay
    paths = [samples.add_episode(tv, "Westworld", 3, number) for number in range(1, 25)]

    results = await bench.scan_all(paths)

    assert {result.outcome for result in results} == {Outcome.ADDED}
    assert bench.refreshed == [str(tv / "Westworld/Season 03")]


async def test_file_that_plex_does_not_see_causes_no_scan(hidden_tv: Path, bench: Bench) -> None:
    """A file that Plex does not see on its disk causes no scan, however long the request waits."""
    result = await bench.scan("/data/tv/Westworld/Season 01/Westworld - S01E09.mkv")

    assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.NOT_VISIBLE_TO_PLEX)
    assert bench.refreshed == []


async def test_file_that_appears_later_is_added_by_one_scan(hidden_tv: Path, bench: Bench) -> None:
    """A file that a network mount shows later is pending, then added by one scan."""
    path = "/data/tv/Westworld/Season 01/Westworld - S01E09.mkv"
    (pending,) = await bench.engine.submit([bench.request(path)], durable=False)
    await bench.until(lambda: any(progress.waiting_reason is Reason.NOT_VISIBLE_YET for progress in pending.progresses))
    waiting = await bench.engine.wait(pending, 0)
    samples.add_episode(hidden_tv, "Westworld", 1, 9)

    result = await bench.scan(path)

    assert (waiting.outcome, waiting.reason) == (Outcome.PENDING, Reason.NOT_VISIBLE_YET)
    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == ["/data/tv/Westworld/Season 01"]
    assert [each.outcome for each in bench.results] == [Outcome.ADDED]


async def test_endless_scan_is_waited_for_until_the_timeout(tv: Path, make_bench: MakeBench) -> None:
    """A scan that does not end is waited for until the validation timeout."""
    bench = await make_bench(validation_timeout=0.3)
    bench.plex.hold_walking()

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.TIMEOUT)


async def test_result_waits_for_the_duration(tv: Path, bench: Bench) -> None:
    """Plex lists a file before it has analyzed it: the result waits for the duration."""
    bench.plex.hold_settling()
    (pending,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=False)
    await bench.plex.wait_scans_done()
    await bench.plex.wait_for_request("/library/sections/1/all", count=3)
    assert pending.result is None
    bench.plex.release_settling()

    result = await bench.engine.wait(pending, 10)

    assert (result.outcome, result.reason) == (Outcome.ADDED, None)
    assert all(item.duration for item in result.items)
