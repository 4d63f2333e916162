"""An error that a proxy or a misconfigured server returns to everything is an outage; no request fails."""

from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.plex.retry import MAX_ATTEMPTS
from custom_components.plex_smart_scan.scanner.plex.server_availability import ConnectionState
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import WAIT_LIMIT, Bench, MakeBench, NoPausesClock

from .conftest import AdjustableClock

NOTHING = '<MediaContainer size="0"></MediaContainer>'
EMPTY = '<MediaContainer size="0" allowSync="0" title1="Plex Library"/>'


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", status=400),
        Fault("status", status=403),
        Fault("status", status=404),
        Fault("status", status=400, path="/library/*"),
        Fault("status", status=403, path="/library/*"),
        Fault("html", path="/library/sections", body=EMPTY),
    ],
    ids=["400", "403", "404", "400 for the library", "403 for the library", "no libraries"],
)
async def test_error_of_every_request_is_an_outage(tv: Path, bench: Bench, fault: Fault) -> None:
    """The request waits, and is finished once the server works."""
    fault.hits = 0
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    bench.plex.faults.add(fault)
    if fault.kind == "html":  # which causes the libraries to be read again
        bench.plex.faults.add(Fault("status", status=404, path="/library/sections/*"))
    (pending,) = await bench.engine.submit([bench.request(episode)], durable=True)
    await bench.until(lambda: bench.engine.availability.state is ConnectionState.OFFLINE)

    result = await bench.engine.wait(pending, 0.05)
    assert (result.outcome, result.reason) == (Outcome.PENDING, Reason.SERVER_OFFLINE)
    assert bench.results == []

    bench.plex.faults.clear()
    bench.engine.availability.probe_now()
    assert (await bench.engine.wait(pending, 30)).outcome is Outcome.ADDED


@pytest.mark.parametrize(("status", "reason"), [(400, Reason.BAD_REQUEST), (403, Reason.PERMISSION)])
async def test_error_of_scans_only_fails_the_request(
    tv: Path, make_bench: MakeBench, status: int, reason: Reason
) -> None:
    """If the server answers other requests, a refused scan is not an outage."""
    bench = await make_bench(clock=NoPausesClock())
    bench.plex.faults.add(Fault("status", status=status, path="*/refresh"))

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert (result.outcome, result.reason) == (Outcome.FAILED, reason)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", status=502, path="/library/*"),
        Fault("status", status=500, path="/library/*"),
        Fault("status", status=404, path="/library/*"),
        Fault("redirect", path="/library/*", to="http://127.0.0.1:9"),
        Fault("disconnect", path="/library/*"),
        Fault("cut_body", path="/library/*"),
        Fault("empty", path="/library/*"),
        Fault("html", path="/library/*"),
        Fault("html", path="/library/*", body=NOTHING),
    ],
    ids=["502", "500", "404", "redirected", "disconnected", "cut off", "no bodies", "a web page", "empty answers"],
)
async def test_retries_are_unlimited_while_every_request_fails(tv: Path, make_bench: MakeBench, fault: Fault) -> None:
    """A request that fails again and again is not given up while everything fails."""
    bench = await make_bench(clock=NoPausesClock())
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    bench.plex.faults.add(fault)
    (pending,) = await bench.engine.submit([bench.request(episode)], durable=True)
    await bench.until(lambda: bench.engine.availability.outages > 0)
    asked = len(bench.plex.stats.requests)
    await bench.until(lambda: len(bench.plex.stats.requests) > asked + 60)
    assert [state for state, _error in bench.links] == [ConnectionState.OFFLINE]

    bench.plex.faults.clear()

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.ADDED


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", status=429, path="/activities"),
        Fault("status", status=429, path="/activities", headers={"Retry-After": "7"}),
        Fault("starting_up", path="/activities"),
        Fault("status", status=503, path="/activities"),
        Fault("disconnect", path="/activities"),
        Fault("status", status=401, path="/activities"),
    ],
    ids=["429", "429 with Retry-After", "starting up", "503", "disconnected", "401"],
)
async def test_server_that_never_reports_its_scans_is_available(tv: Path, make_bench: MakeBench, fault: Fault) -> None:
    """Without a websocket, which scans are running is unknown; no outcome depends on that."""
    fault.hits = 0
    bench = await make_bench(clock=NoPausesClock(), websocket=False)
    bench.plex.faults.add(fault)
    bench.plex.hold_walking()
    (pending,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=True)
    await bench.until(lambda: fault.hits > 5)
    bench.plex.release_walking()

    result = await bench.engine.wait(pending, WAIT_LIMIT)

    assert result.outcome is Outcome.ADDED
    assert bench.links == []


@pytest.mark.parametrize("status", [408, 500, 502])
async def test_request_for_an_unknown_library_waits_for_the_libraries(
    tv: Path, tmp_path: Path, make_bench: MakeBench, status: int
) -> None:
    """The list of libraries is what every server answers: if it fails again and again, no request fails."""
    bench = await make_bench(clock=NoPausesClock())
    bench.plex.faults.add(Fault("status", status=status, path="/library/sections"))
    movies = tmp_path / "movies"
    (pending,) = await bench.engine.submit([bench.request(samples.add_movie(movies, "New (2026)"))], durable=True)
    await bench.until(lambda: bench.engine.availability.outages > 0)
    assert bench.results == []

    bench.plex.add_library("Movies", "movie", {str(movies): movies})
    bench.plex.faults.clear()

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.ADDED


@pytest.mark.parametrize("status", [401, 498])
async def test_rejected_token_is_no_missing_permission(tv: Path, make_bench: MakeBench, status: int) -> None:
    """A token that is only accepted for the identification of the server is rejected; no request fails."""
    bench = await make_bench(clock=NoPausesClock())
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    bench.plex.faults.add(Fault("status", status=status, path="/library/*"))
    (pending,) = await bench.engine.submit([bench.request(episode)], durable=True)
    await bench.until(lambda: bench.engine.availability.state is ConnectionState.UNAUTHORIZED)

    result = await bench.engine.wait(pending, 0.05)
    assert (result.outcome, result.reason) == (Outcome.PENDING, Reason.NOT_AUTHORIZED)

    bench.plex.faults.clear()
    bench.engine.availability.confirm_authorized()
    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.ADDED


@pytest.mark.parametrize("status", [404, 500, 502])
async def test_request_is_repeated_after_the_comparison(tv: Path, make_bench: MakeBench, status: int) -> None:
    """The server may have been repaired after the request failed, and before it answered a comparable one."""
    bench = await make_bench(clock=NoPausesClock())
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    bench.plex.faults.add(Fault("status", status=status, path="/library/sections/*/all", times=MAX_ATTEMPTS))

    assert (await bench.scan(episode)).outcome is Outcome.ADDED


async def test_scan_of_a_library_waits_until_the_libraries_are_read(tv: Path, make_bench: MakeBench) -> None:
    """A scan of a whole library waits for the answer whether the library still exists."""
    bench = await make_bench(smart_scanning=False)
    bench.plex.faults.add(Fault("empty", path="/library/sections", times=2))

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert (result.outcome, result.reason) == (Outcome.ADDED, None)


async def test_requests_wait_while_a_restarted_plex_lists_no_library(
    tv: Path, make_bench: MakeBench, fake_plex: FakePlex
) -> None:
    """Plex has just started and lists no library yet: stored requests wait, and so do new ones."""
    bench = await make_bench()
    bench.plex.hold_scans()
    kept = samples.add_episode(tv, "Westworld", 1, 2)
    await bench.engine.submit([bench.request(kept)], durable=True)
    await bench.engine.stop()
    fake_plex.release_scans()
    fake_plex.faults.add(Fault("html", path="/library/sections", body=EMPTY))

    again = await make_bench(disk=bench.disk, clock=NoPausesClock())
    await again.until(lambda: again.engine.availability.state is ConnectionState.OFFLINE)
    new = samples.add_episode(tv, "Westworld", 1, 3)
    (pending,) = await again.engine.submit([again.request(new)], durable=True)
    assert (await again.engine.wait(pending, 0.05)).reason is Reason.SERVER_OFFLINE
    assert again.results == []
    assert [state for state, _error in again.links] == [ConnectionState.OFFLINE]
    fake_plex.faults.clear()
    await again.until_done()

    assert {result.request.path: result.outcome for result in again.results} == {
        str(kept): Outcome.ADDED,
        str(new): Outcome.ADDED,
    }


async def test_empty_list_of_libraries_is_accepted_after_15_minutes(make_bench: MakeBench) -> None:
    """An empty list is accepted after a quarter of an hour."""
    clock = AdjustableClock()
    bench = await make_bench(clock=clock)
    (pending,) = await bench.engine.submit([bench.request("/tv/x.mkv")], durable=True)
    await bench.until(lambda: bench.engine.availability.state is ConnectionState.OFFLINE)

    clock.shift = 901.0
    result = await bench.engine.wait(pending, WAIT_LIMIT)

    assert (result.outcome, result.reason) == (Outcome.FAILED, Reason.NO_LIBRARY)


@pytest.mark.parametrize("status", [400, 403, 404, 500, 502])
@pytest.mark.usefixtures("hidden_tv")
async def test_proxy_that_refuses_everything_does_not_make_plex_blind(make_bench: MakeBench, status: int) -> None:
    """Without look-ups, what Plex sees is the first question: its refusal is an outage, and nothing is scanned."""
    bench = await make_bench(duplicate_detection=False, validate_media=False, validation_timeout=0.2)
    for path in ("/library/*", "/services/*", "/activities"):
        bench.plex.faults.add(Fault("status", status=status, path=path))
    missing = "/data/tv/Westworld/Season 09/Westworld - S09E01.mkv"
    (pending,) = await bench.engine.submit([bench.request(missing)], durable=True)
    await bench.until(lambda: bench.engine.availability.state is ConnectionState.OFFLINE)
    assert bench.refreshed == []

    bench.plex.faults.clear()
    bench.engine.availability.probe_now()

    result = await bench.engine.wait(pending, WAIT_LIMIT)
    assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.NOT_VISIBLE_TO_PLEX)
    assert bench.refreshed == []


@pytest.mark.usefixtures("hidden_tv")
async def test_refusal_that_a_proxy_sends_at_the_last_moment_does_not_make_plex_blind(make_bench: MakeBench) -> None:
    """Plex answers again when it is compared: what it sees is asked again."""
    bench = await make_bench(duplicate_detection=False, validate_media=False, validation_timeout=0.2)
    bench.plex.faults.add(Fault("status", status=403, path="/services/*", times=1))

    result = await bench.scan("/data/tv/Westworld/Season 09/Westworld - S09E01.mkv")

    assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.NOT_VISIBLE_TO_PLEX)
    assert bench.refreshed == []
