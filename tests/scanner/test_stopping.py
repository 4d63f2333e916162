"""An engine that is stopped while it works."""

import asyncio
from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.clock import SystemClock
from custom_components.plex_smart_scan.scanner.engine import StoppedError
from custom_components.plex_smart_scan.scanner.models import Outcome, ScanRequest
from custom_components.plex_smart_scan.scanner.plex.server_availability import ConnectionState
from custom_components.plex_smart_scan.scanner.plex.transport.identity import ServerIdentity
from custom_components.plex_smart_scan.scanner.plex.url_and_token import Access
from custom_components.plex_smart_scan.scanner.plex.websocket import PlexWebsocket
from custom_components.plex_smart_scan.scanner.plex.xml import Activity
from tests.fake_plex import FakePlex, Fault, samples

from .conftest import WAIT_LIMIT, Bench, MakeBench


@pytest.fixture
def movies(fake_plex: FakePlex, tmp_path: Path) -> Path:
    """Return the folder of an empty movie library."""
    root = tmp_path / "movies"
    root.mkdir()
    fake_plex.add_library("Movies", "movie", {str(root): root})
    return root


async def test_waiting_caller_gets_pending_when_the_engine_stops(movies: Path, make_bench: MakeBench) -> None:
    """A caller gets its result when the engine stops, and its request is in the journal."""
    bench = await make_bench()
    bench.plex.hold_scans()
    movie = samples.add_movie(movies, "Metropolis (1927)")
    (pending,) = await bench.engine.submit([ScanRequest(path=str(movie))], durable=False)
    waiting = asyncio.create_task(bench.engine.wait(pending, 30))
    await bench.plex.wait_queued()

    await bench.engine.stop()

    assert (await waiting).outcome is Outcome.PENDING
    assert bench.disk.paths == [str(movie)]


@pytest.mark.parametrize("path", ["/library/sections/*/all", "/library/sections/*/refresh"])
async def test_stop_does_not_wait_for_plex(movies: Path, make_bench: MakeBench, path: str) -> None:
    """Home Assistant stops while Plex hangs: accepted requests are in the journal."""
    bench = await make_bench(timeout=WAIT_LIMIT)
    hanging = bench.plex.faults.add(Fault("slow", path=path))
    movie = samples.add_movie(movies, "Metropolis (1927)")
    await bench.engine.submit([ScanRequest(path=str(movie))], durable=True)
    await bench.plex.wait_for_request(path)

    await bench.engine.stop()

    assert bench.disk.paths == [str(movie)]
    hanging.remove()


async def test_stopped_engine_accepts_no_requests(bench: Bench) -> None:
    """A stopped engine accepts no requests."""
    await bench.engine.stop()

    with pytest.raises(StoppedError):
        await bench.engine.submit([ScanRequest(path="/movies/x.mkv")], durable=True)

    assert bench.disk.rows == []


async def test_user_can_probe_an_unavailable_server_immediately(movies: Path, make_bench: MakeBench) -> None:
    """A user who knows that the server is back need not wait for the next probe."""
    bench = await make_bench(websocket=False)
    movie = samples.add_movie(movies, "Metropolis (1927)")
    went = asyncio.Event()
    bench.engine.availability._on_change = lambda state, _error: (
        went.set() if state is ConnectionState.OFFLINE else None
    )
    await bench.plex.stop()
    (pending,) = await bench.engine.submit([ScanRequest(path=str(movie))], durable=True)
    await went.wait()
    await bench.plex.start()

    bench.engine.availability.probe_now()

    assert (await bench.engine.wait(pending, 10)).outcome is Outcome.ADDED


async def test_stop_during_a_websocket_disconnection(fake_plex: FakePlex) -> None:
    """A stop is effective while the request for running scans is being cancelled."""
    asked, called_off, answered = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def activities() -> tuple[Activity, ...]:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            called_off.set()
            await answered.wait()
        return ()

    access = Access(url=fake_plex.url, token=fake_plex.token)
    running = asyncio.create_task(PlexWebsocket(access, ServerIdentity(), SystemClock(), activities).run())
    await asked.wait()
    fake_plex.hub.drop_all()
    await called_off.wait()

    running.cancel()
    await asyncio.sleep(0)
    answered.set()

    with pytest.raises(asyncio.CancelledError):
        await running


async def test_request_stored_during_a_stop_is_kept_for_the_next_start(tv: Path, make_bench: MakeBench) -> None:
    """A request that is stored during the stop is processed after the next start."""
    bench = await make_bench()
    bench.disk.gate.clear()
    submitting = asyncio.ensure_future(
        bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=True)
    )
    await bench.until(bench.disk.writing.is_set)
    stopping = asyncio.ensure_future(bench.engine.stop())
    await asyncio.sleep(0)
    bench.disk.gate.set()
    await stopping

    (pending,) = await submitting

    assert (await bench.engine.wait(pending, 1)).outcome is Outcome.PENDING
    assert bench.disk.paths == [pending.request.path]
    assert bench.plex.stats.requests == []


async def test_newer_report_during_the_stop_is_not_lost(movies: Path, make_bench: MakeBench) -> None:
    """A report that replaces a stored one is left to the next run, and so is another one of the same call."""
    bench = await make_bench(validation_timeout=WAIT_LIMIT)
    first, second = str(movies / "Metropolis (1927).mkv"), str(movies / "Nosferatu (1922).mkv")
    await bench.engine.submit([ScanRequest(path=first)], durable=True)
    bench.disk.gate.clear()
    bench.disk.writing.clear()

    async def report() -> list[Outcome]:
        both = [ScanRequest(path=first), ScanRequest(path=second)]
        return [(await bench.engine.wait(each, 30)).outcome for each in await bench.engine.submit(both, durable=False)]

    reporting = asyncio.create_task(report())
    await asyncio.to_thread(bench.disk.writing.wait, 60)
    stopping = asyncio.create_task(bench.engine.stop())
    await bench.until(lambda: bench.engine._stopped)
    bench.disk.gate.set()
    await stopping

    assert await reporting == [Outcome.PENDING] * 2
    assert set(bench.disk.paths) == {first, second}
