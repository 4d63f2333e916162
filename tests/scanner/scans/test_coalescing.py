"""Many requests share few scans, and none is lost."""

import asyncio
from dataclasses import replace
from pathlib import Path
import shutil

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome
from custom_components.plex_smart_scan.scanner.scans.scan_job import JobState
from tests.fake_plex import samples
from tests.scanner.conftest import QUICK, Bench, MakeBench


def season(tv: Path, episodes: int = 24) -> list[Path]:
    """Add a season of episodes."""
    return [samples.add_episode(tv, "Westworld", 1, number) for number in range(2, episodes + 2)]


@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
async def test_season_in_one_call_causes_one_scan(tv: Path, make_bench: MakeBench, websocket: bool) -> None:
    """All files share one look-up before the scan, the scan, and a few look-ups after it."""
    bench = await make_bench(websocket=websocket, timing=replace(QUICK, lookup_interval=0.15))

    results = await bench.scan_all(season(tv))

    assert {result.outcome for result in results} == {Outcome.ADDED}
    assert len(results) == 24
    assert len(bench.refreshed) == 1
    assert bench.plex.stats.count("/library/sections/1/all") < 15  # of 48, if each file were looked for


@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
async def test_season_in_simultaneous_calls_causes_one_scan(tv: Path, make_bench: MakeBench, websocket: bool) -> None:
    """Twenty-four simultaneous callers cause one scan."""
    bench = await make_bench(websocket=websocket)

    results = await asyncio.gather(*(bench.scan(episode) for episode in season(tv)))

    assert {result.outcome for result in results} == {Outcome.ADDED}
    assert len(bench.refreshed) == 1


async def test_file_added_during_a_scan_causes_a_second_scan(tv: Path, bench: Bench) -> None:
    """The running scan has passed the file already: the folder is scanned once more."""
    bench.plex.hold_settling()
    (first,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=False)
    await bench.plex.wait_scans_done()
    (late,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 3))], durable=False)
    bench.plex.release_settling()

    assert (await bench.engine.wait(first, 10)).outcome is Outcome.ADDED
    assert (await bench.engine.wait(late, 10)).outcome is Outcome.ADDED
    assert bench.refreshed == [str(tv / "Westworld" / "Season 01")] * 2


async def test_scan_that_begins_while_a_request_is_stored_serves_it(tv: Path, bench: Bench) -> None:
    """What is reported was there before it is stored, however long that takes."""
    replaced = samples.put(tv / "Westworld/Season 01/Westworld - S01E01.mkv", samples.LARGE)
    bench.plex.hold_walking()
    bench.disk.gate.clear()
    storing = asyncio.ensure_future(bench.engine.submit([bench.request(replaced)], durable=True))
    await bench.until(bench.disk.writing.is_set)
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    (first,) = await bench.engine.submit([bench.request(episode)], durable=False)
    await bench.until(lambda: bench.engine.runner.requested == 1)
    bench.disk.gate.set()
    (second,) = await storing
    await bench.until(lambda: any(progress.job for progress in second.progresses))
    bench.plex.release_walking()

    assert (await bench.engine.wait(first, 10)).outcome is Outcome.ADDED
    assert (await bench.engine.wait(second, 10)).outcome is Outcome.UPDATED
    assert bench.refreshed == [str(episode.parent)]


async def test_requests_for_a_queued_folder_share_its_job(tv: Path, bench: Bench) -> None:
    """While one folder is scanned, all requests for another one share one job."""
    bench.plex.hold_walking()
    (first,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 2, 2))], durable=False)
    await bench.plex.wait_scan_started()
    accepted = await bench.engine.submit([bench.request(episode) for episode in season(tv, 5)], durable=False)
    bench.plex.release_walking()

    results = [await bench.engine.wait(pending, 10) for pending in [first, *accepted]]

    assert {result.outcome for result in results} == {Outcome.ADDED}
    assert bench.refreshed == [str(tv / "Westworld" / "Season 02"), str(tv / "Westworld" / "Season 01")]


async def test_each_queued_folder_gets_a_narrow_scan(tv: Path, bench: Bench) -> None:
    """Six shows that wait together are six narrow scans."""
    bench.plex.hold_walking()
    episodes = [samples.add_episode(tv, f"Show {number}", 1, 1) for number in range(6)]
    accepted = await bench.engine.submit([bench.request(episode) for episode in episodes], durable=False)
    await bench.plex.wait_scan_started()
    bench.plex.release_walking()

    assert {(await bench.engine.wait(pending, 10)).outcome for pending in accepted} == {Outcome.ADDED}
    assert sorted(map(str, bench.refreshed)) == [str(tv / f"Show {number}" / "Season 01") for number in range(6)]


async def test_scans_are_requested_one_at_a_time(tv: Path, bench: Bench) -> None:
    """Plex loses one of two simultaneous scans, so there is only one at a time."""
    bench.plex.quirks.drop_close_scans = 0.001
    episodes = [samples.add_episode(tv, f"Show {number}", 1, 1) for number in range(4)]

    results = await bench.scan_all(episodes)

    assert {result.outcome for result in results} == {Outcome.ADDED}


async def test_simultaneous_requests_share_commits(tv: Path, bench: Bench) -> None:
    """Two hundred requests that are accepted at once share their writes."""
    bench.plex.hold_walking()
    requests = [bench.request(tv / f"Show {number}" / "x.mkv") for number in range(200)]
    await asyncio.gather(*(bench.engine.submit([request], durable=True) for request in requests))

    assert bench.engine.pending == 200
    assert len(bench.disk.rows) == 200
    assert bench.disk.writes <= 3


async def test_requests_beyond_the_limit_are_processed_later(
    tv: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests beyond the limit are processed later; the queue of one library delays no other."""
    monkeypatch.setattr("custom_components.plex_smart_scan.scanner.requests.concurrency_limit._MAX_IN_PROGRESS", 3)
    bench.plex.hold_walking()
    accepted = await bench.engine.submit([bench.request(episode) for episode in season(tv, 10)], durable=False)
    await bench.plex.wait_scan_started()

    elsewhere = await bench.scan("/elsewhere/x.mkv")

    assert elsewhere.outcome is Outcome.FAILED
    bench.plex.release_walking()
    outcomes = [(await bench.engine.wait(pending, 10)).outcome for pending in accepted]
    assert outcomes[:3] == [Outcome.ADDED] * 3
    assert set(outcomes) <= {Outcome.ADDED, Outcome.UP_TO_DATE}
    assert len(bench.refreshed) == 1


@pytest.mark.parametrize(
    ("validate", "late"), [(True, False), (True, True), (False, True)], ids=["listed", "listed late", "not validated"]
)
async def test_wider_scan_serves_the_folders_that_are_queued_behind_it(
    tv: Path, bench: Bench, validate: bool, late: bool
) -> None:
    """A season was removed, so its show is scanned: this also reads a folder that was queued before that scan."""
    shutil.rmtree(tv / "Westworld" / "Season 02")
    bench.plex.hold_walking()
    (first,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Fargo", 1, 1))], durable=False)
    await bench.plex.wait_scan_started()
    (removal,) = await bench.engine.submit([bench.request(tv / "Westworld" / "Season 02", gone=True)], durable=False)
    await bench.until(lambda: len(bench.engine.runner) == 1)
    if late:
        bench.plex.hold_listing()
    new = bench.request(samples.add_episode(tv, "Westworld", 1, 2), validate=validate)
    (added,) = await bench.engine.submit([new], durable=False)
    await bench.until(lambda: len(bench.engine.runner) == 2)
    bench.plex.release_walking()
    await bench.until(
        lambda: (
            added.result is not None
            or all(each.job is not None and each.job.state is JobState.ENDED for each in added.progresses)
        )
    )
    bench.plex.release_listing()

    outcomes = [(await bench.engine.wait(pending, 10)).outcome for pending in (first, removal, added)]

    assert outcomes == [Outcome.ADDED, Outcome.REMOVED, Outcome.ADDED if validate else Outcome.SCANNED]
    assert bench.refreshed == [str(tv / "Fargo" / "Season 01"), str(tv / "Westworld")]
    assert (bench.engine.runner.requested, bench.engine.runner.avoided) == (2, 1)
