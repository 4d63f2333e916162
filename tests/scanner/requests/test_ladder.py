"""Where Plex does not take the file at once: the ladder, and what is said at its end."""

from pathlib import Path

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from tests.fake_plex import Fault, samples
from tests.scanner.conftest import Bench, MakeBench


async def test_new_season_is_scanned_from_the_shows_folder(tv: Path, bench: Bench) -> None:
    """Plex knows nothing in the folder yet: a scan of just that folder could miss it."""
    bench.plex.quirks.miss_new_nested_folders = True
    episode = samples.add_episode(tv, "Westworld", 3, 1)

    result = await bench.scan(episode)

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == [str(tv / "Westworld")]


async def test_new_show_is_scanned_by_its_folder(tv: Path, bench: Bench) -> None:
    """The first folder below the location, not the location."""
    result = await bench.scan(samples.add_episode(tv, "Dark", 1, 1))

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == [str(tv / "Dark")]


async def test_climbs_until_plex_takes_it(tv: Path, bench: Bench) -> None:
    """A scan of a new folder that misses it is followed by one of the location."""
    bench.plex.quirks.miss_new_folders = True
    episode = samples.add_episode(tv, "Dark", 1, 1)

    result = await bench.scan(episode)

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == [str(tv / "Dark"), str(tv)]
    assert result.libraries[0].scanned == (str(tv / "Dark"), str(tv))
    assert result.attempts == 2


async def test_lost_scan_is_made_up_for(tv: Path, bench: Bench) -> None:
    """Plex answered 200 and did nothing: the next rung does it."""
    bench.plex.faults.add(Fault("lost_scan", times=1))

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == [str(tv / "Westworld" / "Season 01"), str(tv / "Westworld")]


async def test_lost_scan_without_websocket(tv: Path, make_bench: MakeBench) -> None:
    """The same by polling alone."""
    bench = await make_bench(websocket=False)
    bench.plex.faults.add(Fault("lost_scan", times=1))

    assert (await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))).outcome is Outcome.ADDED


async def test_every_rung_is_climbed_and_named(tv: Path, bench: Bench) -> None:
    """A file that Plex ignores: folder, show, location, library, and then the truth."""
    ignored = samples.put(tv / "Westworld" / "Season 01" / "sample.mkv")

    result = await bench.scan(ignored)

    assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.IGNORED_BY_PLEX)
    assert bench.refreshed == [str(ignored.parent), str(tv / "Westworld"), str(tv), None]
    assert result.libraries[0].scanned == (str(ignored.parent), str(tv / "Westworld"), str(tv))
    assert result.attempts == 4


async def test_file_that_plex_cannot_see(hidden_tv: Path, bench: Bench) -> None:
    """Plex's own look at its folder tells that the file is not there."""
    result = await bench.scan("/data/tv/Westworld/Season 01/Westworld - S01E09.mkv")

    assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.NOT_VISIBLE_TO_PLEX)


async def test_time_is_up(tv: Path, make_bench: MakeBench) -> None:
    """A scan that does not end is waited for as long as the option says."""
    bench = await make_bench(validation_timeout=0.3)
    bench.plex.hold_walking()

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.TIMEOUT)


async def test_analysis_is_waited_for(tv: Path, bench: Bench) -> None:
    """Plex lists a file before it has read it: the answer comes when there is something to say."""
    bench.plex.hold_settling()
    (pending,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=False)
    await bench.plex.wait_scans_done()
    await bench.plex.wait_for_request("/library/sections/1/all", count=3)
    assert pending.result is None
    bench.plex.release_settling()

    result = await bench.engine.wait(pending, 10)

    assert (result.outcome, result.reason) == (Outcome.ADDED, None)
    assert all(item.duration for item in result.items)
