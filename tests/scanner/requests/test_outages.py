"""Requests during an outage: they wait, their timeouts do not run, and interrupted scans are requested again."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason, ScanRequest
from custom_components.plex_smart_scan.scanner.plex.server_availability import ConnectionState
from custom_components.plex_smart_scan.scanner.requests.pending import PendingRequest
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import WAIT_LIMIT, Bench, MakeBench, NoPausesClock, NoRetryClock

from .conftest import AdjustableClock

REFRESH = "/library/sections/*/refresh"


async def test_requests_stay_pending_while_the_token_is_rejected(tv: Path, make_bench: MakeBench) -> None:
    """Requests stay pending with `not_authorized`; a new token resumes them from the journal."""
    bench = await make_bench()
    bench.plex.token = "another"
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    result = await bench.scan_until(Reason.NOT_AUTHORIZED, episode)

    assert (result.outcome, result.reason) == (Outcome.PENDING, Reason.NOT_AUTHORIZED)
    assert [state for state, _ in bench.links] == [ConnectionState.UNAUTHORIZED]
    await bench.engine.stop()
    again = await make_bench(token="another", disk=bench.disk)
    await again.until_done()
    assert [done.outcome for done in again.results] == [Outcome.ADDED]


async def test_requests_stay_pending_while_the_server_is_unavailable(
    tv: Path, make_bench: MakeBench, fake_plex: FakePlex
) -> None:
    """Requests stay pending with `server_offline`, and finish by themselves when the server is back."""
    bench = await make_bench()
    await fake_plex.stop()
    episodes = [samples.add_episode(tv, "Westworld", 1, number) for number in (2, 3)]

    results = [await bench.scan_until(Reason.SERVER_OFFLINE, episode) for episode in episodes]

    assert [(result.outcome, result.reason) for result in results] == [(Outcome.PENDING, Reason.SERVER_OFFLINE)] * 2
    await fake_plex.start()
    await bench.until_done()
    assert [result.outcome for result in bench.results] == [Outcome.ADDED] * 2
    assert [state for state, _ in bench.links] == [ConnectionState.OFFLINE, ConnectionState.ONLINE]


ANSWERING_BADLY = {
    "cut connections": Fault("disconnect"),
    "500": Fault("status", status=500),
    "404 of a proxy": Fault("status", status=404),
    "sign-in page of a proxy": Fault("redirect", to="https://sign-in.invalid"),
    "web page of a proxy": Fault("html"),
}


@pytest.mark.parametrize("fault", ANSWERING_BADLY.values(), ids=ANSWERING_BADLY)
async def test_requests_wait_while_a_proxy_responds_instead_of_plex(
    tv: Path, make_bench: MakeBench, fault: Fault
) -> None:
    """A proxy that responds while Plex is down is not Plex: requests wait."""
    bench = await make_bench(clock=NoRetryClock())
    bench.plex.faults.add(replace(fault))

    result = await bench.scan_until(Reason.SERVER_OFFLINE, samples.add_episode(tv, "Westworld", 1, 2))

    assert (result.outcome, result.reason) == (Outcome.PENDING, Reason.SERVER_OFFLINE)
    bench.plex.faults.clear()
    bench.engine.availability.retry_now()
    await bench.until_done()
    assert [done.outcome for done in bench.results] == [Outcome.ADDED]
    assert [state for state, _ in bench.links] == [ConnectionState.OFFLINE, ConnectionState.ONLINE]


async def test_scan_is_requested_again_after_a_crash(tv: Path, make_bench: MakeBench, fake_plex: FakePlex) -> None:
    """The server loses its queue; the engine requests the scan again."""
    bench = await make_bench()
    fake_plex.hold_scans()
    (pending,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=False)
    await fake_plex.wait_queued()
    fake_plex.crash()
    fake_plex.release_scans()
    await fake_plex.restart()

    assert (await bench.engine.wait(pending, 20)).outcome is Outcome.ADDED


async def take_plex_down_during(
    bench: Bench, request: ScanRequest, clock: AdjustableClock | None = None
) -> PendingRequest:
    """Take Plex down in the middle of a request's scan, for four hours, and bring it back without its queue."""
    bench.plex.hold_scans()
    (pending,) = await bench.engine.submit([request], durable=False)
    await bench.plex.wait_queued()
    await bench.plex.stop()
    asking = asyncio.ensure_future(bench.engine.availability.call(bench.engine.client.libraries))
    await bench.until(lambda: bench.engine.availability.state is ConnectionState.OFFLINE)
    if clock:
        clock.shift = 4 * 3600.0
    bench.plex.release_scans()
    await bench.plex.start()
    await asking
    return pending


async def test_what_plex_lists_after_an_outage_counts(tv: Path, make_bench: MakeBench) -> None:
    """The scan was interrupted, but Plex has listed the file when it is back: it needs no other scan."""
    bench = await make_bench()
    bench.plex.hold_scans()
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    (pending,) = await bench.engine.submit([bench.request(episode)], durable=False)
    await bench.plex.wait_queued()
    await bench.plex.stop()
    await bench.until(lambda: bench.engine.availability.state is ConnectionState.OFFLINE)
    bench.plex.seed()
    bench.plex.release_scans()
    await bench.plex.start()

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.ADDED
    assert bench.refreshed == [str(episode.parent)]


@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
async def test_outage_during_a_scan_does_not_use_up_the_timeout(
    tv: Path, make_bench: MakeBench, websocket: bool
) -> None:
    """The scan is requested again after an outage, with the full validation timeout."""
    clock = AdjustableClock()
    bench = await make_bench(clock=clock, websocket=websocket)

    pending = await take_plex_down_during(bench, bench.request(samples.add_episode(tv, "Westworld", 1, 2)), clock)
    result = await bench.engine.wait(pending, WAIT_LIMIT)

    assert (result.outcome, result.reason) == (Outcome.ADDED, None)
    assert set(bench.refreshed) == {str(tv / "Westworld/Season 01")}


async def test_outage_before_a_scan_does_not_use_up_the_timeout(hidden_tv: Path, make_bench: MakeBench) -> None:
    """A file that Plex could not see before the outage is scanned and found after it."""
    clock = AdjustableClock()
    bench = await make_bench(clock=clock)
    path = "/data/tv/Westworld/Season 01/Westworld - S01E09.mkv"
    (pending,) = await bench.engine.submit([bench.request(path)], durable=False)
    await bench.until(lambda: any(progress.waiting_reason is Reason.NOT_VISIBLE_YET for progress in pending.progresses))
    await bench.plex.stop()
    await bench.until(lambda: bench.engine.availability.state is ConnectionState.OFFLINE)
    clock.shift = 4 * 3600.0
    samples.add_episode(hidden_tv, "Westworld", 1, 9)
    await bench.plex.start()

    result = await bench.engine.wait(pending, WAIT_LIMIT)

    assert (result.outcome, result.reason) == (Outcome.ADDED, None)


@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
async def test_scan_interrupted_by_an_outage_is_requested_again(
    hidden_tv: Path, make_bench: MakeBench, websocket: bool
) -> None:
    """Only a scan that ended proves that a file is unchanged."""
    bench = await make_bench(clock=NoPausesClock(), websocket=websocket)
    samples.put(hidden_tv / "Westworld/Season 01/Westworld - S01E01.mkv", samples.LARGE)

    pending = await take_plex_down_during(bench, bench.request("/data/tv/Westworld/Season 01/Westworld - S01E01.mkv"))

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.UPDATED


@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
async def test_interrupted_scan_is_requested_again_without_validation(
    tv: Path, make_bench: MakeBench, websocket: bool
) -> None:
    """Without validation the scan is requested again, too."""
    bench = await make_bench(clock=NoPausesClock(), websocket=websocket)
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    pending = await take_plex_down_during(bench, bench.request(episode, validate=False))

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.SCANNED
    await bench.plex.wait_idle()
    assert bench.plex.part(str(episode))


async def test_scan_that_crashes_plex_is_requested_a_few_times_only(tv: Path, make_bench: MakeBench) -> None:
    """A scan that crashes Plex each time is only requested a few times, and nothing is claimed."""
    bench = await make_bench(clock=NoPausesClock())
    request = bench.request(samples.add_episode(tv, "Westworld", 1, 2))
    bench.plex.hold_scans()
    (pending,) = await bench.engine.submit([request], durable=False)
    for number in range(1, 5):
        await bench.plex.wait_for_request(REFRESH, number)
        await bench.plex.wait_queued()
        await bench.plex.stop()
        asking = asyncio.ensure_future(bench.engine.availability.call(bench.engine.client.libraries))
        await bench.until(lambda: bench.engine.availability.state is ConnectionState.OFFLINE)
        await bench.plex.start()
        await asking
    await bench.plex.wait_for_request(REFRESH, 5)

    assert bench.refreshed == [str(tv / "Westworld/Season 01")] * 5
    bench.plex.release_scans()
    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.ADDED


async def test_404_to_every_request_is_treated_as_an_outage(tv: Path, make_bench: MakeBench) -> None:
    """If every request gets a 404, a 404 does not mean that a folder or an item is missing: the request waits."""
    bench = await make_bench(clock=NoPausesClock())
    episode = tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    episode.unlink()
    bench.plex.faults.add(Fault("status", status=404, path="/services/*", times=1))
    bench.plex.faults.add(Fault("status", status=404, path="/", times=1))

    assert (await bench.scan(episode)).outcome is Outcome.REMOVED
