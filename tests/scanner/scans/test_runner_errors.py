"""Errors of scans: those of one folder do not affect requests for others."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.plex.retry import MAX_ATTEMPTS
from custom_components.plex_smart_scan.scanner.requests.dependencies import Dependencies
from custom_components.plex_smart_scan.scanner.requests.execution import loop
from custom_components.plex_smart_scan.scanner.requests.progress.request_progress import Progress
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import WAIT_LIMIT, MakeBench, NoPausesClock, NoRetryClock

from .conftest import episodes

REFRESH = "/library/sections/*/refresh"
LOOKUP = "/library/sections/*/all"


def refuse_scans(folder: str, **fields: Any) -> Fault:
    """Make Plex refuse the scans of a folder."""
    return Fault("status", status=500, path=REFRESH, query={"path": f"*{folder}*"}, **fields)


async def test_requests_for_a_refused_folder_release_their_slots(
    tv: Path, make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests that wait for a refused scan release their slots for other folders."""
    monkeypatch.setattr("custom_components.plex_smart_scan.scanner.requests.concurrency_limit._MAX_IN_PROGRESS", 3)
    bench = await make_bench(clock=NoRetryClock())
    bench.plex.faults.add(refuse_scans("Bad"))
    bad = await bench.engine.submit([bench.request(path) for path in episodes(tv, "Bad", 20)], durable=False)

    good = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert good.outcome is Outcome.ADDED
    assert {pending.result for pending in bad} == {None}
    bench.plex.faults.clear()
    for pending in bad:
        bench.engine.availability.retry_now()
        assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome in {Outcome.ADDED, Outcome.UP_TO_DATE}


async def test_request_whose_look_up_fails_releases_its_slot(
    tv: Path, make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a request waits to repeat a failed look-up, another request uses its slot."""
    monkeypatch.setattr("custom_components.plex_smart_scan.scanner.requests.concurrency_limit._MAX_IN_PROGRESS", 1)
    bench = await make_bench(clock=NoRetryClock())
    bench.plex.faults.add(Fault("status", status=500, path=LOOKUP, query={"file": "*S01E02*"}))
    await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=False)

    assert (await bench.scan(samples.add_episode(tv, "Westworld", 2, 7))).outcome is Outcome.ADDED


async def test_requests_for_one_folder_share_its_failed_attempts(tv: Path, make_bench: MakeBench) -> None:
    """All requests for a folder share each attempt, and fail together."""
    bench = await make_bench(clock=NoPausesClock())
    bench.plex.faults.add(refuse_scans("Bad"))

    results = await asyncio.gather(*(bench.scan(path) for path in episodes(tv, "Bad", 50)))

    assert {(result.outcome, result.reason) for result in results} == {(Outcome.FAILED, Reason.SERVER_ERROR)}
    assert MAX_ATTEMPTS <= len(bench.refreshed) < 2 * MAX_ATTEMPTS


async def test_request_that_joins_a_retried_scan_gets_all_its_attempts(tv: Path, make_bench: MakeBench) -> None:
    """A late request shares the next attempt, but has all of its own attempts."""
    clock = NoRetryClock()
    bench = await make_bench(clock=clock)
    fault = bench.plex.faults.add(refuse_scans("Season 01"))
    paths = episodes(tv, "Westworld", 2)
    (early,) = await bench.engine.submit([bench.request(paths[0])], durable=False)
    await clock.pauses.acquire()
    job = next(iter(bench.engine.runner._queue._waiting.values()))
    job.attempts = MAX_ATTEMPTS - 1
    (late,) = await bench.engine.submit([bench.request(paths[1])], durable=False)
    await bench.until(lambda: len(job.merged_jobs) == 1)

    bench.engine.runner._queue.resume(job)
    bench.engine.runner._changed.set()

    assert (await bench.engine.wait(early, WAIT_LIMIT)).outcome is Outcome.FAILED
    await clock.pauses.acquire()
    assert late.result is None
    fault.remove()
    bench.engine.availability.retry_now()
    assert (await bench.engine.wait(late, WAIT_LIMIT)).outcome is Outcome.ADDED


async def test_unexpected_error_fails_only_the_requests_for_its_folder(
    tv: Path, make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The error is logged with a traceback; the next scan is not affected."""
    bench = await make_bench()
    refresh = bench.engine.client.refresh

    async def fail_once(*args: Any) -> None:
        monkeypatch.setattr(bench.engine.client, "refresh", refresh)
        raise ZeroDivisionError

    monkeypatch.setattr(bench.engine.client, "refresh", fail_once)

    first = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))
    second = await bench.scan(samples.add_episode(tv, "Westworld", 2, 2))

    assert (first.outcome, first.reason) == (Outcome.FAILED, Reason.SERVER_ERROR)
    assert second.outcome is Outcome.ADDED
    assert "ZeroDivisionError" in caplog.text


async def test_runner_continues_after_an_unexpected_error_between_scans(
    tv: Path, make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error only delays the next scan."""
    bench = await make_bench()
    now = bench.engine.runner.server_scans.now

    async def fail_once(**_waited: bool) -> Any:
        monkeypatch.setattr(bench.engine.runner.server_scans, "now", now)
        raise ZeroDivisionError

    monkeypatch.setattr(bench.engine.runner.server_scans, "now", fail_once)

    assert (await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))).outcome is Outcome.ADDED


async def test_error_in_one_library_cancels_the_request_in_the_others(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed request does not continue in another library."""
    for title in ("Movies", "Films"):
        fake_plex.add_library(title, "movie", {str(tmp_path / "m"): tmp_path / "m"})
    bench = await make_bench()
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def run(_deps: Dependencies, progress: Progress) -> None:
        if progress.match.library.title == "Movies":
            await started.wait()
            raise ZeroDivisionError
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    monkeypatch.setattr(loop, "run", run)

    result = await bench.scan(samples.add_movie(tmp_path / "m", "Tenet (2020)"))

    assert (result.outcome, result.reason) == (Outcome.FAILED, Reason.SERVER_ERROR)
    assert cancelled.is_set()
