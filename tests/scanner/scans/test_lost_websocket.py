"""Scans while the websocket disconnects, is refused or receives malformed frames: they are polled instead."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome
from custom_components.plex_smart_scan.scanner.plex.server_availability import ConnectionState
from tests.fake_plex import Fault, samples
from tests.scanner.conftest import QUICK, WAIT_LIMIT, Bench, MakeBench, NoPausesClock, NoRetryClock


async def test_websocket_reconnects_after_a_disconnection(tv: Path, bench: Bench) -> None:
    """It reconnects forever, with polling until then."""
    bench.plex.faults.add(Fault("websocket_drop", times=1))
    await bench.until(lambda: not bench.engine.websocket.connected)

    assert (await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))).outcome is Outcome.ADDED
    await bench.plex.wait_websocket()


async def test_websocket_reconnects_when_the_server_is_back(tv: Path, make_bench: MakeBench) -> None:
    """After an outage it does not wait for its next attempt, which may be minutes away."""
    bench = await make_bench(clock=NoRetryClock())
    await bench.plex.stop()
    (pending,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=True)
    await bench.until(lambda: bench.engine.availability.state is ConnectionState.OFFLINE)
    await bench.until(lambda: not bench.engine.websocket.connected)

    await bench.plex.start()
    bench.engine.availability.probe_now()

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.ADDED
    await bench.until(lambda: bench.engine.websocket.connected)


@pytest.mark.parametrize("status", [401, 503])
async def test_scans_are_polled_if_the_websocket_is_refused(tv: Path, make_bench: MakeBench, status: int) -> None:
    """Without a websocket the scan is found by polling."""
    bench = await make_bench(websocket=False)
    bench.plex.faults.add(Fault("websocket_handshake", status=status))

    assert (await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))).outcome is Outcome.ADDED


async def test_malformed_frames_are_ignored(tv: Path, bench: Bench) -> None:
    """A frame that is not JSON, or has another shape, is ignored."""
    bench.plex.faults.add(Fault("malformed_frame"))
    for frame in ({}, {"type": "activity"}, {"type": "timeline", "TimelineEntry": [{"state": "x"}]}):
        await bench.plex.send_notification(frame)

    assert (await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))).outcome is Outcome.ADDED
    assert bench.plex.websockets == 1


async def test_scan_is_polled_after_the_websocket_disconnects(tv: Path, bench: Bench) -> None:
    """The end of the scan is found by polling."""
    bench.plex.hold_walking()
    (pending,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=False)
    await bench.plex.wait_scan_started()
    bench.plex.faults.add(Fault("websocket_drop", times=1))
    bench.plex.faults.add(Fault("websocket_handshake", status=503))
    await bench.until(lambda: not bench.engine.websocket.connected)
    bench.plex.release_walking()

    assert (await bench.engine.wait(pending, 10)).outcome is Outcome.ADDED


async def test_runner_continues_after_a_response_in_an_unknown_encoding(tv: Path, make_bench: MakeBench) -> None:
    """The scan is requested again, and so are later ones."""
    bench = await make_bench(clock=NoPausesClock())
    body = '<?xml version="1.0" encoding="Shift_JIS"?><MediaContainer/>'
    bench.plex.faults.add(Fault("html", path="/library/sections/*/refresh", times=2, body=body))

    for number in (2, 3):
        assert (await bench.scan(samples.add_episode(tv, "Westworld", 1, number))).outcome is Outcome.ADDED


async def test_end_of_a_scan_is_known_when_the_websocket_reconnects(tv: Path, make_bench: MakeBench) -> None:
    """The server then reports its activities: a scan that is not among them is not mistaken for the next one."""
    bench = await make_bench(timing=replace(QUICK, first_poll=WAIT_LIMIT))
    refused = bench.plex.faults.add(Fault("websocket_handshake", status=503))
    bench.plex.close_websockets()
    await bench.until(lambda: not bench.engine.websocket.connected)
    episodes = [samples.add_episode(tv, "Westworld", season, 2) for season in (1, 2)]
    (pending,) = await bench.engine.submit([bench.request(episodes[0], validate=False)], durable=False)
    await bench.until(lambda: bench.engine.runner.requested == 1)
    refused.remove()
    bench.engine.websocket.reconnect_now()

    async with asyncio.timeout(10):
        assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.SCANNED
        assert (await bench.scan(episodes[1], validate=False)).outcome is Outcome.SCANNED
    assert bench.refreshed == [str(episode.parent) for episode in episodes]
