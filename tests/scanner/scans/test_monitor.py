"""Scans that others requested, lost scans, and activities that the websocket misses."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.paths.clean_path import clean
from custom_components.plex_smart_scan.scanner.scans.monitor import ScanMonitor
from custom_components.plex_smart_scan.scanner.scans.scan_job import Observation, ScanJob, Waiter
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import QUICK, WAIT_LIMIT, Bench, MakeBench, NoPausesClock
from tests.scanner.steady_clock import SteadyClock


async def start_foreign_scan(plex: FakePlex) -> None:
    """Have Plex scan a whole library by itself, and pause in the middle."""
    plex.hold_walking()
    plex.scanner.request(plex.libraries[0], None, force=False, now=plex.clock())
    await plex.wait_scan_started()


@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
async def test_no_scan_is_requested_while_the_library_is_busy(tv: Path, make_bench: MakeBench, websocket: bool) -> None:
    """No scan is requested while another one runs; the caller gets the reason."""
    bench = await make_bench(websocket=websocket)
    await start_foreign_scan(bench.plex)
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    result = await bench.scan_until(Reason.SERVER_BUSY, episode)

    assert (result.outcome, result.reason) == (Outcome.PENDING, Reason.SERVER_BUSY)
    assert bench.refreshed == []
    bench.plex.release_walking()
    await bench.until_done()
    assert [done.outcome for done in bench.results] == [Outcome.ADDED]


async def test_running_scan_of_another_program_is_reused(tv: Path, bench: Bench) -> None:
    """The path is looked up again before the scan: Plex lists it already."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    await start_foreign_scan(bench.plex)
    (pending,) = await bench.engine.submit([bench.request(episode)], durable=True)
    await bench.until(lambda: len(bench.engine.runner) == 1)
    bench.plex.release_walking()

    result = await bench.engine.wait(pending, 10)

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == []
    assert result.attempts == 0


async def test_busy_library_does_not_delay_another_library(
    tv: Path, fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """A scan of one library does not delay another library."""
    fake_plex.add_library("Movies", "movie", {str(tmp_path / "m"): tmp_path / "m"})
    (tmp_path / "m").mkdir()
    bench = await make_bench(timing=replace(QUICK, busy_check_interval=WAIT_LIMIT))
    await bench.plex.send_notification(activity("started", section="1"))
    await bench.until(lambda: bool(bench.engine.websocket.scanned_sections))
    (waiting,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=True)

    result = await bench.scan(samples.add_movie(tmp_path / "m", "Tenet (2020)"))

    assert result.outcome is Outcome.ADDED
    assert waiting.result is None
    await bench.plex.send_notification(activity("ended", section="1"))
    assert (await bench.engine.wait(waiting, 10)).outcome is Outcome.ADDED


async def test_missed_end_of_an_activity_is_found_by_polling(tv: Path, bench: Bench) -> None:
    """The server is polled at intervals while it seems to be busy."""
    await bench.plex.send_notification(activity("started", section="1"))
    await bench.until(lambda: bool(bench.engine.websocket.scanned_sections))

    assert (await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))).outcome is Outcome.ADDED


@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
async def test_result_of_an_upgrade_is_not_delayed_by_an_endless_scan(
    tv: Path, make_bench: MakeBench, websocket: bool
) -> None:
    """The analysis waits for the scan of the library, but the result only until the validation timeout."""
    bench = await make_bench(websocket=websocket, validation_timeout=0.4)
    bench.plex.hold_walking()
    episode = samples.put(tv / "Westworld/Season 01/Westworld - S01E01.mkv", samples.LARGE)
    (pending,) = await bench.engine.submit([bench.request(episode)], durable=False)
    await bench.plex.wait_scan_started()
    bench.plex.activities.start("library.update.section", "Scanning", context={"librarySectionID": "1"})
    bench.plex.release_walking()

    result = await bench.engine.wait(pending, 10)

    assert result.outcome is Outcome.UPDATED
    assert bench.plex.stats.count("/library/metadata/*/analyze", "PUT") == 0


@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
async def test_analysis_is_requested_when_the_end_of_a_scan_was_missed(
    tv: Path, make_bench: MakeBench, websocket: bool
) -> None:
    """The analysis is requested even if the websocket missed the end of the scan."""
    bench = await make_bench(websocket=websocket)
    bench.plex.quirks.analyze_while_scanning_crashes = True
    bench.plex.hold_walking()
    episode = samples.put(tv / "Westworld/Season 01/Westworld - S01E01.mkv", samples.LARGE)
    (pending,) = await bench.engine.submit([bench.request(episode)], durable=False)
    await bench.plex.wait_scan_started()
    foreign = bench.plex.activities.start("library.update.section", "Scanning", context={"librarySectionID": "1"})
    bench.plex.release_walking()
    await bench.plex.wait_scans_done()
    await bench.plex.wait_for_request("/library/sections/*/all")
    del bench.plex.activities.running[foreign.uuid]

    result = await bench.engine.wait(pending, 10)

    assert result.outcome is Outcome.UPDATED
    assert bench.plex.stats.count("/library/metadata/*/analyze", "PUT") == 1


async def test_scan_counts_as_running_until_activities_are_read_again(tv: Path, make_bench: MakeBench) -> None:
    """The scan counts as running until the server has reported its activities."""
    bench = await make_bench(clock=NoPausesClock())
    bench.plex.hold_walking()
    accepted = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=False)
    await bench.plex.wait_scan_started()
    accepted += await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 2, 2))], durable=False)
    await bench.until(lambda: len(bench.engine.runner) == 1)
    slow = bench.plex.faults.add(Fault("slow", path="/activities"))
    bench.plex.close_websockets()
    await bench.plex.wait_no_websocket()
    await bench.plex.wait_websocket()
    await bench.plex.wait_for_request("/activities")
    assert not bench.engine.websocket.connected
    slow.remove()
    await bench.until(lambda: bench.engine.websocket.connected)

    assert bool(bench.engine.websocket.scanned_sections)
    assert len(bench.refreshed) == 1
    bench.plex.release_walking()

    outcomes = [(await bench.engine.wait(pending, WAIT_LIMIT)).outcome for pending in accepted]
    assert outcomes == [Outcome.ADDED] * 2


async def test_runner_continues_if_the_websocket_is_lost_during_a_query(tv: Path, make_bench: MakeBench) -> None:
    """The request for running scans ends with its connection; the runner continues."""
    bench = await make_bench(clock=NoPausesClock())
    await bench.plex.send_notification(activity("started", section="1"))
    await bench.until(lambda: bool(bench.engine.websocket.scanned_sections))
    slow = bench.plex.faults.add(Fault("slow", path="/activities"))
    (pending,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=False)
    await bench.plex.wait_for_request("/activities")
    bench.plex.faults.add(Fault("websocket_drop", times=1))
    await bench.until(lambda: not bench.engine.websocket.connected)
    slow.remove()

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.ADDED
    assert (await bench.scan(samples.add_episode(tv, "Westworld", 1, 3))).outcome is Outcome.ADDED


async def test_item_in_a_library_without_agent_is_reported_as_added(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """Items of Other Videos stop at state 1, which is sufficient."""
    root = tmp_path / "other"
    fake_plex.add_library("Other Videos", "movie", {str(root): root}, agent="tv.plex.agents.none")
    root.mkdir()
    bench = await make_bench()

    result = await bench.scan(samples.put(root / "Holiday" / "Beach.mkv"))

    assert (result.outcome, result.reason) == (Outcome.ADDED, None)


@pytest.mark.parametrize("numbers", ["str", "int", "mixed"])
async def test_ids_in_frames_can_be_text_or_numbers(tv: Path, make_bench: MakeBench, numbers: Any) -> None:
    """Servers send ids in frames as text or as numbers."""
    bench = await make_bench()
    bench.plex.quirks.notification_numbers = numbers

    assert (await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))).outcome is Outcome.ADDED


async def test_end_of_a_scan_in_another_library_is_ignored(tv: Path, bench: Bench) -> None:
    """The end of an activity of another library is ignored."""
    bench.plex.hold_walking()
    (pending,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=False)
    await bench.plex.wait_scan_started()
    for event in ("started", "ended"):
        await bench.plex.send_notification(activity(event, section="77"))
    await asyncio.sleep(0)

    assert bench.engine.runner.current is not None
    bench.plex.release_walking()
    assert (await bench.engine.wait(pending, 10)).outcome is Outcome.ADDED


def activity(event: str, *, section: str, uuid: str | None = None) -> dict[str, Any]:
    """Make a frame about a scan."""
    uuid = uuid or f"foreign-{section}"
    return {
        "type": "activity",
        "size": 1,
        "ActivityNotification": [
            {
                "event": event,
                "uuid": uuid,
                "Activity": {
                    "uuid": uuid,
                    "type": "library.update.section",
                    "Context": {"librarySectionID": section},
                },
            }
        ],
    }


async def test_lost_scan_is_not_mistaken_for_the_next_one(tv: Path, bench: Bench) -> None:
    """Activities name no folder: the scan that started was the second one. The first one is repeated, not widened."""
    bench.plex.faults.add(Fault("lost_scan", path="/library/sections/*/refresh", times=1))
    episodes = [samples.add_episode(tv, show, 1, 1) for show in ("Dark", "Fargo")]

    results = await bench.scan_all(episodes)

    assert [result.outcome for result in results] == [Outcome.ADDED] * 2
    assert set(bench.refreshed) == {str(episode.parent) for episode in episodes}
    assert bench.refreshed[2:] == bench.refreshed[:1]


async def test_lost_scan_is_not_mistaken_for_an_earlier_one_that_could_not_be_polled(
    tv: Path, make_bench: MakeBench
) -> None:
    """A poll shows the earlier scan, whose end is unknown. The lost one is repeated, not widened."""
    clock = SteadyClock()
    bench = await make_bench(clock=clock, websocket=False)
    first, second = (samples.add_episode(tv, show, 1, 1) for show in ("Dark", "Fargo"))
    failing = bench.plex.faults.add(Fault("status", path="/activities", status=500))
    bench.plex.hold_walking()
    (one,) = await bench.engine.submit([bench.request(first)], durable=False)
    await bench.plex.wait_scan_started()
    await bench.until(lambda: bench.engine.runner.current is None)
    with clock.stopped():  # the first scan is repeated after a while
        bench.plex.faults.add(Fault("lost_scan", path="/library/sections/*/refresh", times=1))
        (other,) = await bench.engine.submit([bench.request(second)], durable=False)
        await bench.plex.wait_for_request("/library/sections/*/refresh", 2)
        failing.remove()
        await bench.plex.wait_for_request("/activities", bench.plex.stats.count("/activities") + 2)
        bench.plex.release_walking()
        assert (await bench.engine.wait(one, WAIT_LIMIT)).outcome is Outcome.ADDED

    results = [await bench.engine.wait(pending, WAIT_LIMIT) for pending in (one, other)]

    assert [result.outcome for result in results] == [Outcome.ADDED] * 2
    assert bench.refreshed == [str(first.parent), str(second.parent), str(second.parent)]


@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
async def test_scan_from_before_an_outage_is_no_longer_observed(
    tv: Path, make_bench: MakeBench, websocket: bool
) -> None:
    """Plex has lost its queue: a scan that runs now is another one."""
    bench = await make_bench(websocket=websocket)
    library = bench.engine.registry.libraries[0]
    location = clean(str(tv))
    job = ScanJob(library=library, location=location, folder=location, looked_up_at=0.0, queued_at=0.0)
    job.waiting.append(Waiter(still_needed=AsyncMock(return_value=True)))
    job.outages = bench.engine.availability.outages - 1
    monitor = ScanMonitor(library.id)
    monitor.reset()
    await start_foreign_scan(bench.plex)

    async with asyncio.timeout(WAIT_LIMIT):
        assert await bench.engine.runner.server_scans.observe(monitor, job) is Observation.UNKNOWN
