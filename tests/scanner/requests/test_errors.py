"""Errors of requests to Plex: how each kind is handled."""

import asyncio
from dataclasses import replace
from pathlib import Path
import shutil
from typing import override

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason, ScanRequest
from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError
from custom_components.plex_smart_scan.scanner.plex.retry import MAX_ATTEMPTS, MAX_REFUSALS
from custom_components.plex_smart_scan.scanner.plex.server_availability import ConnectionState
from custom_components.plex_smart_scan.scanner.requests.pending import PendingRequest
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import WAIT_LIMIT, Bench, MakeBench, NoPausesClock, NoRetryClock

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


class AdjustableClock(NoPausesClock):
    """A clock that can be put forward."""

    shift = 0.0  # seconds

    @override
    def monotonic(self) -> float:
        return super().monotonic() + self.shift


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


@pytest.mark.parametrize("path", [REFRESH, LOOKUP], ids=["scan", "look-up"])
@pytest.mark.parametrize("status", [400, 401, 403])
async def test_few_refusals_do_not_fail_the_request(tv: Path, make_bench: MakeBench, path: str, status: int) -> None:
    """A proxy may refuse a valid request a few times: it is retried, and no wider folder is scanned."""
    bench = await make_bench(clock=NoPausesClock())
    bench.plex.faults.add(Fault("status", status=status, path=path, times=MAX_REFUSALS - 1))
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    assert (await bench.scan(episode)).outcome is Outcome.ADDED
    assert set(bench.refreshed) == {str(episode.parent)}


async def test_file_that_appears_while_the_libraries_cannot_be_read(hidden_tv: Path, make_bench: MakeBench) -> None:
    """Before a file is reported as not found, the libraries are read. If that takes long, the request starts over."""
    bench = await make_bench(validation_timeout=0.3)
    fault = bench.plex.faults.add(Fault("status", status=500, path="/library/sections", times=1))
    path = "/data/tv/Westworld/Season 01/Westworld - S01E02.mkv"
    (pending,) = await bench.engine.submit([bench.request(path)], durable=False)
    await bench.until(lambda: fault.hits > 0)
    samples.add_episode(hidden_tv, "Westworld", 1, 2)

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.ADDED


async def test_folder_counts_as_missing_only_if_plex_says_so_again(hidden_tv: Path, bench: Bench) -> None:
    """Plex returns 400 for a folder that cannot exist, a proxy for any other: a file in it is not removed."""
    bench.plex.faults.add(Fault("status", status=400, path="/services/browse/*", times=1))
    samples.put(hidden_tv / "Westworld/Season 01/Westworld - S01E01.mkv", samples.LARGE)

    result = await bench.scan("/data/tv/Westworld/Season 01/Westworld - S01E01.mkv")

    assert result.outcome is Outcome.UPDATED
    assert bench.refreshed == ["/data/tv/Westworld/Season 01"]


@pytest.mark.parametrize("path", [REFRESH, LOOKUP], ids=["scan", "look-up"])
async def test_refusals_are_counted_separately_from_other_errors(tv: Path, make_bench: MakeBench, path: str) -> None:
    """A refusal after other errors of the same request does not end its attempts."""
    bench = await make_bench(clock=NoPausesClock())
    bench.plex.faults.add(Fault("status", status=500, path=path, times=MAX_REFUSALS))
    bench.plex.faults.add(Fault("status", status=400, path=path, times=MAX_REFUSALS - 1))
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    assert (await bench.scan(episode)).outcome is Outcome.ADDED
    assert set(bench.refreshed) == {str(episode.parent)}


async def test_token_without_permission_to_scan_fails_with_permission(tv: Path, make_bench: MakeBench) -> None:
    """The reason names the permission."""
    bench = await make_bench(token="shared-token", clock=NoPausesClock())

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert (result.outcome, result.reason) == (Outcome.FAILED, Reason.PERMISSION)


async def test_retried_folder_does_not_delay_other_folders(tv: Path, make_bench: MakeBench) -> None:
    """While one folder is retried, others are scanned."""
    bench = await make_bench()
    bench.plex.faults.add(Fault("status", status=500, path=REFRESH, query={"path": "*Season 02"}))
    (bad,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 2, 2))], durable=False)
    await bench.plex.wait_for_request(REFRESH)

    good = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert good.outcome is Outcome.ADDED
    assert bad.result is None


async def test_requests_stay_pending_while_the_token_is_rejected(tv: Path, make_bench: MakeBench) -> None:
    """Requests stay pending with `not_authorized`; a new token resumes them from the journal."""
    bench = await make_bench()
    bench.plex.token = "another"
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    result = await bench.scan(episode, seconds=0.3)

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

    results = await bench.scan_all(episodes, seconds=0.3)

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

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2), seconds=0.5)

    assert (result.outcome, result.reason) == (Outcome.PENDING, Reason.SERVER_OFFLINE)
    bench.plex.faults.clear()
    bench.engine.availability.retry_now()
    await bench.until_done()
    assert [done.outcome for done in bench.results] == [Outcome.ADDED]
    assert [state for state, _ in bench.links] == [ConnectionState.OFFLINE, ConnectionState.ONLINE]


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


async def test_timed_out_request_is_retried_with_a_longer_timeout(tv: Path, make_bench: MakeBench) -> None:
    """A request that times out is repeated with a longer timeout."""
    bench = await make_bench(clock=NoPausesClock(), timeout=0.2)
    bench.plex.faults.add(Fault("slow", path=LOOKUP, times=1))

    assert (await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))).outcome is Outcome.ADDED


async def test_status_498_is_an_authentication_error(tv: Path, make_bench: MakeBench) -> None:
    """498, which plexapi does not know, is an authentication error."""
    bench = await make_bench()
    bench.plex.faults.add(Fault("status", status=498))

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2), seconds=0.3)

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
    await bench.scan(samples.add_episode(tv, "Westworld", 1, 3), seconds=0.2)

    assert all("X-Plex-Token" not in request.query for request in bench.plex.stats.requests)
    assert "very-secret-token" not in caplog.text
    assert "very-secret-token" not in repr(bench.engine.client.access)


@pytest.mark.parametrize("status", [400, 403, 404, 500])
async def test_refused_analysis_does_not_change_the_outcome(tv: Path, bench: Bench, status: int) -> None:
    """An optional request does not change the outcome."""
    bench.plex.faults.add(Fault("status", status=status, path="/library/metadata/*/analyze"))
    episode = samples.put(tv / "Westworld/Season 01/Westworld - S01E01.mkv", samples.LARGE)

    result = await bench.scan(episode)

    assert (result.outcome, result.reason) == (Outcome.UPDATED, None)


async def test_404_for_an_item_does_not_mean_that_its_library_is_gone(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """The subtitle of a movie that was removed together with it."""
    samples.add_movie(tmp_path, "Alien (1979)")
    movie = samples.add_movie(tmp_path, "Tenet (2020)")
    subtitle = movie.with_suffix(".en.srt")
    subtitle.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    fake_plex.add_library("Movies", "movie", {str(tmp_path): tmp_path})
    fake_plex.seed()
    bench = await make_bench()
    shutil.rmtree(movie.parent)

    result = await bench.scan(subtitle, gone=True)

    assert (result.outcome, result.reason) == (Outcome.SCANNED, None)


async def test_item_removed_between_two_requests_means_file_is_missing(hidden_tv: Path, bench: Bench) -> None:
    """Plex removes the item between two requests: its file is proven to be missing."""
    bench.plex.faults.add(Fault("status", status=404, path="/library/metadata/*", query={"checkFiles": "1"}))
    (hidden_tv / "Westworld/Season 01/Westworld - S01E01.mkv").unlink()
    samples.add_episode(hidden_tv, "Westworld", 1, 2)

    result = await bench.scan("/data/tv/Westworld/Season 01/Westworld - S01E01.mkv")

    assert result.outcome is Outcome.REMOVED


async def test_not_found_has_no_reason_if_the_last_check_failed(tv: Path, make_bench: MakeBench) -> None:
    """The last check failed: the file is not found, without a specific reason."""
    bench = await make_bench(clock=NoPausesClock())
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
