"""Errors of requests to Plex: how each kind is handled."""

from dataclasses import replace
from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError
from custom_components.plex_smart_scan.scanner.plex.retry import MAX_ATTEMPTS
from custom_components.plex_smart_scan.scanner.plex.server_availability import ConnectionState
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import WAIT_LIMIT, MakeBench, NoPausesClock, NoRetryClock

REFRESH = "/library/sections/*/refresh"
LOOKUP = "/library/sections/*/all"

PASSING = {
    "500": Fault("status", status=500),
    "502 of a proxy": Fault("status", status=502),
    "503": Fault("status", status=503),
    "408": Fault("status", status=408),
    "429": Fault("status", status=429),
    "429 with a time": Fault("status", status=429, headers={"Retry-After": "7"}),
    "520 of a proxy": Fault("status", status=520),
    "starting up": Fault("starting_up"),
    "cut off": Fault("disconnect"),
    "truncated XML": Fault("truncated"),
    "HTML with 200": Fault("html"),
    "empty with 200": Fault("empty"),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
@pytest.mark.parametrize("path", [LOOKUP, REFRESH], ids=["look-up", "refresh"])
async def test_temporary_errors_are_retried(tv: Path, make_bench: MakeBench, fault: Fault, path: str) -> None:
    """Temporary errors are retried, and the result is correct."""
    bench = await make_bench(clock=NoPausesClock())
    bench.plex.faults.add(Fault(fault.kind, status=fault.status, headers=fault.headers, path=path, times=2))

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert (result.outcome, result.reason) == (Outcome.ADDED, None)


async def test_no_request_is_sent_before_retry_after(tv: Path, make_bench: MakeBench) -> None:
    """No request is sent before the time in Retry-After."""
    clock = NoPausesClock()
    bench = await make_bench(clock=clock)
    bench.plex.faults.add(Fault("status", status=429, headers={"Retry-After": "77"}, path=LOOKUP, times=1))

    await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert 77 in clock.slept


@pytest.mark.parametrize("path", [LOOKUP, REFRESH], ids=["look-up", "refresh"])
async def test_retries_requested_by_the_user_do_not_count_as_attempts(
    tv: Path, make_bench: MakeBench, path: str
) -> None:
    """Attempts that the user requests do not count towards giving up."""
    clock = NoRetryClock()
    bench = await make_bench(clock=clock)
    bench.plex.faults.add(Fault("status", status=500, path=path))
    (pending,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=True)
    for _ in range(2 * MAX_ATTEMPTS):
        await clock.pauses.acquire()
        bench.engine.availability.retry_now()
    await clock.pauses.acquire()
    bench.plex.faults.clear()
    bench.engine.availability.retry_now()

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.ADDED


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault("status", status=403, path=REFRESH), Reason.PERMISSION),
        (Fault("status", status=401, path=REFRESH), Reason.PERMISSION),
        (Fault("status", status=400, path=REFRESH), Reason.BAD_REQUEST),
        (Fault("status", status=500, path=REFRESH), Reason.SERVER_ERROR),
        (Fault("disconnect", path=REFRESH), Reason.SERVER_ERROR),
        (Fault("truncated", path=LOOKUP), Reason.SERVER_ERROR),
        (Fault("ignore_file_filter"), None),
    ],
    ids=["403", "401 on a good token", "400", "500 for ever", "cut off for ever", "broken for ever", "filter ignored"],
)
async def test_permanent_errors_end_with_a_correct_result(
    tv: Path, make_bench: MakeBench, fault: Fault, reason: Reason | None
) -> None:
    """Permanent errors end with a reason, and a server that ignores the filter still lists the file."""
    bench = await make_bench(clock=NoPausesClock())
    bench.plex.faults.add(fault)

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert (result.outcome, result.reason) == (Outcome.FAILED if reason else Outcome.ADDED, reason)
    assert bench.engine.pending == 0


async def test_retried_folder_does_not_delay_other_folders(tv: Path, make_bench: MakeBench) -> None:
    """While one folder is retried, others are scanned."""
    bench = await make_bench()
    bench.plex.faults.add(Fault("status", status=500, path=REFRESH, query={"path": "*Season 02"}))
    (bad,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 2, 2))], durable=False)
    await bench.plex.wait_for_request(REFRESH)

    good = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert good.outcome is Outcome.ADDED
    assert bad.result is None


NEVER = {
    "504": Fault("status", status=504, path="/library/sections/1/all"),
    "stalls": Fault("stall", path="/library/sections/1/all"),
    "redirected": Fault("redirect", to="https://elsewhere.invalid", path="/library/sections/1/all"),
}


@pytest.mark.parametrize("fault", NEVER.values(), ids=NEVER)
async def test_library_that_never_responds_does_not_delay_others(
    tv: Path, fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench, fault: Fault
) -> None:
    """Its request fails after a while; the server counts as available."""
    (tmp_path / "m").mkdir()
    fake_plex.add_library("Movies", "movie", {str(tmp_path / "m"): tmp_path / "m"})
    bench = await make_bench(clock=NoPausesClock(), timeout=0.5)
    bench.plex.faults.add(replace(fault))

    bad, good = await bench.scan_all(
        [samples.add_episode(tv, "Westworld", 1, 2), samples.add_movie(tmp_path / "m", "Tenet (2020)")]
    )

    assert (bad.outcome, bad.reason) == (Outcome.FAILED, Reason.SERVER_ERROR)
    assert good.outcome is Outcome.ADDED
    assert bench.links == []


async def test_timed_out_request_is_retried_with_a_longer_timeout(tv: Path, make_bench: MakeBench) -> None:
    """A request that times out is repeated with a longer timeout."""
    bench = await make_bench(clock=NoPausesClock(), timeout=0.2)
    bench.plex.faults.add(Fault("slow", path=LOOKUP, times=1))

    assert (await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))).outcome is Outcome.ADDED


async def test_status_498_is_an_authentication_error(tv: Path, make_bench: MakeBench) -> None:
    """498, which plexapi does not know, is an authentication error."""
    bench = await make_bench()
    bench.plex.faults.add(Fault("status", status=498))

    result = await bench.scan_until(Reason.NOT_AUTHORIZED, samples.add_episode(tv, "Westworld", 1, 2))

    assert (result.outcome, result.reason) == (Outcome.PENDING, Reason.NOT_AUTHORIZED)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("status", status=401), ErrorKind.AUTH),
        (Fault("status", status=403, path="/"), ErrorKind.PERMISSION),
        (Fault("status", status=403), ErrorKind.NOT_PLEX),
        (Fault("status", status=503), ErrorKind.UNAVAILABLE),
        (Fault("html"), ErrorKind.NOT_PLEX),
        (Fault("empty"), ErrorKind.NOT_PLEX),
    ],
    ids=["401", "403", "403 to everything", "503", "a web page", "nothing"],
)
async def test_first_connection_fails_with_the_cause(
    fake_plex: FakePlex, make_bench: MakeBench, fault: Fault, kind: ErrorKind
) -> None:
    """The cause is what the set-up shows to the user."""
    fake_plex.faults.add(fault)

    with pytest.raises(PlexError) as error:
        await make_bench()

    assert error.value.kind is kind
    assert fake_plex.token not in str(error.value)


async def test_token_is_in_no_url_and_no_log(
    tv: Path, fake_plex: FakePlex, make_bench: MakeBench, caplog: pytest.LogCaptureFixture
) -> None:
    """The token is in no URL and in no log line, including those of errors."""
    caplog.set_level("DEBUG")
    fake_plex.token = "very-secret-token"
    bench = await make_bench(token="very-secret-token", clock=NoPausesClock())
    bench.plex.faults.add(Fault("status", status=500, path=REFRESH, times=3))
    bench.plex.faults.add(Fault("websocket_drop", times=1))

    await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))
    bench.plex.token = "changed"
    await bench.scan_until(Reason.NOT_AUTHORIZED, samples.add_episode(tv, "Westworld", 1, 3))

    assert all("X-Plex-Token" not in request.query for request in bench.plex.stats.requests)
    assert "very-secret-token" not in caplog.text
    assert "very-secret-token" not in repr(bench.engine.client.access)


async def test_not_found_has_no_reason_if_the_last_check_failed(tv: Path, make_bench: MakeBench) -> None:
    """The last check failed: the file is not found, without a specific reason."""
    bench = await make_bench(clock=NoPausesClock(), validation_timeout=1.0)
    bench.plex.faults.add(Fault("status", status=500, path="/services/browse/*"))
    bench.plex.faults.add(Fault("lost_scan"))

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.TIMEOUT)


async def test_error_while_the_libraries_are_reloaded_is_retried(tv: Path, make_bench: MakeBench) -> None:
    """A 404 causes the libraries to be read again; an error of that is retried, too."""
    bench = await make_bench(clock=NoPausesClock())
    bench.plex.faults.add(Fault("status", status=404, path=REFRESH, times=1))
    bench.plex.faults.add(Fault("status", status=500, path="/library/sections", times=2))

    assert (await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))).outcome is Outcome.ADDED


async def test_error_in_a_listener_does_not_affect_requests(tv: Path, make_bench: MakeBench) -> None:
    """An error in a listener of Home Assistant does not affect requests."""
    bench = await make_bench(clock=NoPausesClock(), listener=fail)
    await bench.plex.stop()
    accepted = await bench.engine.submit(
        [bench.request(samples.add_episode(tv, "Westworld", number, 9)) for number in (1, 2)], durable=False
    )
    await bench.until(lambda: bench.engine.availability.state is ConnectionState.OFFLINE)
    await bench.plex.start()

    results = [await bench.engine.wait(pending, WAIT_LIMIT) for pending in accepted]

    assert [result.outcome for result in results] == [Outcome.ADDED] * 2


def fail(*_: object) -> None:
    """Raise an error, as a listener might."""
    msg = "a listener fails"
    raise ValueError(msg)
