"""A scan that began after a file was reported, but before Plex was seen to see it, usually has read the file."""

from dataclasses import replace
from pathlib import Path
import shutil

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome
from custom_components.plex_smart_scan.scanner.requests.pending import PendingRequest
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import QUICK, WAIT_LIMIT, Bench, MakeBench, NoRetryClock

SHOW, SEASON = "/data/tv/Westworld", "/data/tv/Westworld/Season 03"


@pytest.fixture
def tv(hidden_tv: Path, fake_plex: FakePlex) -> Path:
    """Return the folder of a library with two seasons of a show, whose files Home Assistant cannot see."""
    samples.add_episode(hidden_tv, "Westworld", 2, 1)
    fake_plex.seed()
    return hidden_tv


@pytest.fixture
def clock() -> NoRetryClock:
    """Return a clock on which pauses after errors only end on request."""
    return NoRetryClock()


@pytest.fixture
async def bench(make_bench: MakeBench, tv: Path, clock: NoRetryClock) -> Bench:
    """Return an engine with this clock and library."""
    return await make_bench(clock=clock)


async def report_episode(bench: Bench, clock: NoRetryClock) -> PendingRequest:
    """Report a new episode whose first look-up fails: the next one follows on request."""
    failing = bench.plex.faults.add(Fault("status", status=500, path="/library/sections/1/all", times=1))
    (episode,) = await bench.engine.submit([bench.request(f"{SEASON}/Westworld - S03E01.mkv")], durable=False)
    await clock.pauses.acquire()
    assert failing.hits == 1
    return episode


async def remove_other_season(bench: Bench, tv: Path) -> PendingRequest:
    """Remove the other season: the nearest folder that still exists is that of the show."""
    shutil.rmtree(tv / "Westworld" / "Season 02")
    (removal,) = await bench.engine.submit([bench.request(f"{SHOW}/Season 02", gone=True)], durable=False)
    return removal


async def test_scan_serves_a_file_that_was_reported_before_and_first_seen_later(
    tv: Path, bench: Bench, clock: NoRetryClock
) -> None:
    """After an outage, many requests look for their files at the same time, and a wide scan begins meanwhile."""
    samples.add_episode(tv, "Westworld", 3, 1)
    episode = await report_episode(bench, clock)
    bench.plex.hold_walking()
    removal = await remove_other_season(bench, tv)
    await bench.plex.wait_scan_started()

    bench.engine.availability.retry_now()
    await bench.until(lambda: len(bench.engine.runner) + bench.engine.runner.avoided > 0)

    assert (len(bench.engine.runner), bench.engine.runner.avoided) == (0, 1)
    bench.plex.release_walking()
    assert (await bench.engine.wait(episode, WAIT_LIMIT)).outcome is Outcome.ADDED
    assert (await bench.engine.wait(removal, WAIT_LIMIT)).outcome is Outcome.REMOVED
    assert bench.refreshed == [SHOW]


async def test_file_that_such_a_scan_has_missed_gets_a_scan_of_its_own(
    tv: Path, bench: Bench, clock: NoRetryClock
) -> None:
    """The file was not there yet when it was reported, and not when the scan read its folder."""
    episode = await report_episode(bench, clock)
    removal = await remove_other_season(bench, tv)
    assert (await bench.engine.wait(removal, WAIT_LIMIT)).outcome is Outcome.REMOVED
    samples.add_episode(tv, "Westworld", 3, 1)

    bench.engine.availability.retry_now()

    assert (await bench.engine.wait(episode, WAIT_LIMIT)).outcome is Outcome.ADDED
    assert bench.refreshed == [SHOW, SEASON]


async def test_file_that_an_earlier_scan_has_read_is_awaited_as_it_is(tv: Path, make_bench: MakeBench) -> None:
    """A scan for another episode reads a part of the file, and lists it while the file's own scan is running."""
    bench = await make_bench(timing=replace(QUICK, same_report=0.0))
    other = samples.add_episode(tv, "Westworld", 2, 2)
    episode = samples.add_episode(tv, "Westworld", 2, 3, sample=samples.SMALL)
    bench.plex.hold_listing()
    await bench.engine.submit([bench.request(f"/data/tv/{other.relative_to(tv)}")], durable=False)
    await bench.plex.wait_scans_done()
    samples.put(episode, samples.LARGE)
    bench.plex.hold_walking()
    (pending,) = await bench.engine.submit([bench.request(f"/data/tv/{episode.relative_to(tv)}")], durable=False)
    await bench.plex.wait_scan_started(2)
    bench.plex.release_listing()
    await bench.until(lambda: any(each.listing for each in pending.progresses) or pending.done.is_set())
    bench.plex.release_walking()

    result = await bench.engine.wait(pending, WAIT_LIMIT)

    assert result.outcome is Outcome.ADDED
    assert [item.size for item in result.items] == [samples.LARGE.stat().st_size]
