"""Files that Plex does not list at once: lost scans, wider scans, and what is said in the end."""

from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import Bench, MakeBench


async def test_new_season_is_scanned_by_its_folder(tv: Path, bench: Bench) -> None:
    """The narrowest folder first, known to Plex or not."""
    result = await bench.scan(samples.add_episode(tv, "Westworld", 3, 1))

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == [str(tv / "Westworld/Season 03")]


async def test_server_that_misses_new_nested_folders(tv: Path, bench: Bench) -> None:
    """The scan of the season was seen to run and found nothing: the show follows, and the next time comes first."""
    bench.plex.quirks.miss_new_nested_folders = True

    result = await bench.scan(samples.add_episode(tv, "Westworld", 3, 1))

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == [str(tv / "Westworld/Season 03"), str(tv / "Westworld")]
    assert result.libraries[0].scanned == (str(tv / "Westworld/Season 03"), str(tv / "Westworld"))
    assert result.attempts == 2
    bench.plex.stats.reset()
    assert (await bench.scan(samples.add_episode(tv, "Westworld", 4, 1))).outcome is Outcome.ADDED
    assert bench.refreshed == [str(tv / "Westworld")]


async def test_location_is_scanned_last_and_rarely(fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench) -> None:
    """A film that the scan of its folder misses is worth one scan of the location; the next one waits, and says so."""
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


async def test_lost_scan_is_repeated(tv: Path, bench: Bench) -> None:
    """Plex answered 200 and did nothing: the same folder again, not a wider one."""
    bench.plex.faults.add(Fault("lost_scan", times=2))

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == [str(tv / "Westworld" / "Season 01")] * 3


async def test_lost_scan_without_websocket(tv: Path, make_bench: MakeBench) -> None:
    """The same by polling alone."""
    bench = await make_bench(websocket=False)
    bench.plex.faults.add(Fault("lost_scan", times=1))

    assert (await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))).outcome is Outcome.ADDED


async def test_file_that_plex_ignores(tv: Path, bench: Bench) -> None:
    """Plex knows other files in that very folder: no wider scan, and the truth in the end."""
    ignored = samples.put(tv / "Westworld" / "Season 01" / "Westworld.mkv")
    (tv / "Westworld" / "Season 01" / ".plexignore").write_text("Westworld.mkv")

    result = await bench.scan(ignored)

    assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.IGNORED_BY_PLEX)
    assert bench.refreshed == [str(ignored.parent)]


@pytest.mark.parametrize("delay", [0.05, 0.15])
@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
async def test_listed_late(tv: Path, make_bench: MakeBench, delay: float, websocket: bool) -> None:
    """What a scan has read is waited for, not scanned for again."""
    bench = await make_bench(websocket=websocket)
    bench.plex.quirks.listing_delay = delay
    paths = [samples.add_episode(tv, "Westworld", 3, number) for number in range(1, 25)]

    results = await bench.scan_all(paths)

    assert {result.outcome for result in results} == {Outcome.ADDED}
    assert bench.refreshed == [str(tv / "Westworld/Season 03")]


async def test_file_that_plex_cannot_see(hidden_tv: Path, bench: Bench) -> None:
    """Plex's own look at its folder tells that the file is not there: no scan, however long it is waited for."""
    result = await bench.scan("/data/tv/Westworld/Season 01/Westworld - S01E09.mkv")

    assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.NOT_VISIBLE_TO_PLEX)
    assert bench.refreshed == []


async def test_file_that_appears_later(hidden_tv: Path, bench: Bench) -> None:
    """Network mounts show a file a while after its downloader reports it: pending, then added by one scan."""
    path = "/data/tv/Westworld/Season 01/Westworld - S01E09.mkv"
    (pending,) = await bench.engine.submit([bench.request(path)], durable=False)
    await bench.until(lambda: any(part.waits_for is Reason.NOT_VISIBLE_YET for part in pending.parts))
    waiting = await bench.engine.wait(pending, 0)
    samples.add_episode(hidden_tv, "Westworld", 1, 9)

    result = await bench.scan(path)

    assert (waiting.outcome, waiting.reason) == (Outcome.PENDING, Reason.NOT_VISIBLE_YET)
    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == ["/data/tv/Westworld/Season 01"]
    assert [each.outcome for each in bench.results] == [Outcome.ADDED]


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
