"""The runner: errors of one folder do not affect others, and the state of each scan is correct."""

from dataclasses import replace
from pathlib import Path
from typing import override

from custom_components.plex_smart_scan.scanner.models import Outcome
from custom_components.plex_smart_scan.scanner.scans.scan_job import Waiter
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.builders import a_match
from tests.scanner.conftest import QUICK, RETRY_PAUSE, WAIT_LIMIT, MakeBench, NoPausesClock

from .conftest import episodes

REFRESH = "/library/sections/*/refresh"
LOOKUP = "/library/sections/*/all"


async def test_scan_covers_a_file_that_existed_when_it_started(tv: Path, make_bench: MakeBench) -> None:
    """The file existed when the scan started: the scan covers it, and the times are those of this request."""
    bench = await make_bench()
    bench.plex.hold_walking()
    paths = episodes(tv, "Westworld", 2)
    (first,) = await bench.engine.submit([bench.request(paths[0])], durable=False)
    await bench.plex.wait_scan_started()
    (second,) = await bench.engine.submit([bench.request(paths[1])], durable=False)
    await bench.until(lambda: any(progress.attempts for progress in second.progresses))
    bench.plex.release_walking()
    await bench.engine.wait(first, WAIT_LIMIT)

    result = await bench.engine.wait(second, WAIT_LIMIT)

    assert (result.outcome, result.attempts, result.queued) == (Outcome.ADDED, 1, 0.0)
    assert result.scanned + result.validated <= result.elapsed + 1e-9  # rounding
    assert bench.refreshed == [str(paths[0].parent)]
    assert bench.engine.runner.avoided == 1


async def test_request_that_joins_during_the_check_keeps_its_scan(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """A scan is skipped only if no request needs it; requests that join during the check count too."""
    root = tmp_path / "m"
    fake_plex.add_library("Movies", "movie", {str(root): root})
    samples.put(root / "Begin (2000).mkv")
    fake_plex.seed()
    bench = await make_bench()
    bench.plex.hold_walking()
    accepted = await bench.engine.submit([bench.request(samples.put(root / "First (2001).mkv"))], durable=False)
    await bench.plex.wait_scan_started()
    accepted += await bench.engine.submit([bench.request(samples.put(root / "Second (2002).mkv"))], durable=False)
    await bench.until(lambda: len(bench.engine.runner) == 1)
    question = bench.plex.faults.add(Fault("slow", path=LOOKUP, query={"file": "*Second*"}))
    bench.plex.release_walking()
    await bench.until(lambda: question.hits > 0)
    waiting = next(iter(bench.engine.runner._queue._waiting.values())).waiting
    third = bench.request(samples.put(root / "Third (2003).mkv"), force=True, validate=False)
    accepted += await bench.engine.submit([third], durable=False)
    await bench.until(lambda: len(waiting) == 2)
    question.remove()

    outcomes = [(await bench.engine.wait(pending, WAIT_LIMIT)).outcome for pending in accepted]

    assert outcomes == [Outcome.ADDED, Outcome.ADDED, Outcome.SCANNED]
    assert bench.refreshed == [str(root)] * 2


class SkippedPausesClock(NoPausesClock):
    """A clock on which pauses between two attempts end at once but still count."""

    skipped = 0.0

    @override
    def monotonic(self) -> float:
        """Return seconds that only increase."""
        return super().monotonic() + self.skipped

    @override
    async def sleep(self, seconds: float) -> None:
        """Skip the pause."""
        await super().sleep(seconds)
        if RETRY_PAUSE <= seconds < WAIT_LIMIT:
            self.skipped += seconds


async def test_time_of_refused_scan_attempts_counts_as_queued(tv: Path, make_bench: MakeBench) -> None:
    """The time during which a starting server refuses the scan counts as queued."""
    bench = await make_bench(clock=SkippedPausesClock())
    bench.plex.faults.add(Fault("starting_up", path=REFRESH, times=3))

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert result.outcome is Outcome.ADDED
    assert result.scanned < RETRY_PAUSE < result.queued


async def test_few_of_many_folders_are_scanned_one_by_one(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """New files in five of a hundred movie folders cause five narrow scans, not one scan of all folders."""
    folder = tmp_path / "m" / "4K"
    for number in range(100):
        samples.put(folder / f"Movie {number:03} (2001)" / f"Movie {number:03} (2001).mkv")
    fake_plex.add_library("Movies", "movie", {str(tmp_path / "m"): tmp_path / "m"})
    fake_plex.seed()
    bench = await make_bench()
    bench.plex.hold_walking()
    paths = [folder / f"Movie {number:03} (2001)" / f"Movie {number:03} (2001) - 4K.mkv" for number in range(6)]
    accepted = await bench.engine.submit([bench.request(samples.put(paths[0]))], durable=False)
    await bench.plex.wait_scan_started()
    accepted += await bench.engine.submit([bench.request(samples.put(path)) for path in paths[1:]], durable=False)
    await bench.until(lambda: len(bench.engine.runner) == 5)
    bench.plex.release_walking()

    assert {(await bench.engine.wait(pending, WAIT_LIMIT)).outcome for pending in accepted} == {Outcome.ADDED}
    assert sorted(map(str, bench.refreshed)) == [str(path.parent) for path in paths]


async def test_busy_library_is_polled_when_the_websocket_disconnects(tv: Path, make_bench: MakeBench) -> None:
    """Without events the server is polled at once, not at the next check."""
    bench = await make_bench(timing=replace(QUICK, busy_check_interval=WAIT_LIMIT))
    bench.plex.hold_walking()
    bench.plex.scanner.request(bench.plex.libraries[0], None, force=False, now=bench.plex.clock())
    await bench.plex.wait_scan_started()
    await bench.until(lambda: bool(bench.engine.websocket.scanned_sections))
    (pending,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=False)
    await bench.until(lambda: len(bench.engine.runner) == 1)
    bench.plex.faults.add(Fault("websocket_handshake", status=503))
    bench.plex.faults.add(Fault("websocket_drop", times=1))
    await bench.until(lambda: not bench.engine.websocket.connected)
    bench.plex.release_walking()

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.ADDED


async def test_request_that_joins_a_scan_before_plex_accepts_it_counts_once(tv: Path, make_bench: MakeBench) -> None:
    """Two episodes of one folder: whenever the second one is reported, one scan is avoided."""
    bench = await make_bench()
    held = bench.plex.faults.add(Fault("slow", path=REFRESH))
    paths = episodes(tv, "Westworld", 2)
    (first,) = await bench.engine.submit([bench.request(paths[0])], durable=False)
    await bench.until(lambda: held.hits > 0)
    (second,) = await bench.engine.submit([bench.request(paths[1])], durable=False)
    await bench.until(lambda: any(part.job for part in second.progresses))
    held.remove()

    outcomes = [(await bench.engine.wait(pending, WAIT_LIMIT)).outcome for pending in (first, second)]

    assert outcomes == [Outcome.ADDED] * 2
    assert (bench.engine.runner.requested, bench.engine.runner.avoided) == (1, 1)


async def test_only_first_scans_of_requests_count_as_avoided(tv: Path, make_bench: MakeBench) -> None:
    """All but one of the requests that share a scan avoid one, except those that had a scan before."""
    bench = await make_bench(timing=QUICK)
    match = a_match(str(tv / "Westworld"), str(tv))

    runner = bench.engine.runner

    async def still_needed() -> bool:
        return True

    async def scan(*first: bool) -> None:
        waiters = [Waiter(still_needed=still_needed, is_first_scan=each) for each in first]
        now = bench.engine._clock.monotonic()
        jobs = [runner.request(match, match.path, waiter, looked_up_at=now, since=now) for waiter in waiters]
        await jobs[0].ended.wait()

    await scan(True, True, True)
    assert (runner.requested, runner.avoided) == (1, 2)
    await scan(False, False)
    assert (runner.requested, runner.avoided) == (2, 2)
    await scan(False, True)
    assert (runner.requested, runner.avoided) == (3, 3)
