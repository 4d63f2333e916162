"""Accepted requests are finished, whatever happens in between."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.journal.database import Changes
from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from tests.fake_plex import Fault, samples
from tests.scanner.conftest import WAIT_LIMIT, Bench, MakeBench


async def test_request_is_on_disk_before_plex_is_queried(tv: Path, bench: Bench) -> None:
    """An accepted request is in the journal before any request to Plex."""
    await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=True)

    assert bench.disk.paths == [str(tv / "Westworld/Season 01/Westworld - S01E02.mkv")]
    assert bench.plex.stats.paths() == []
    await bench.until_done()


async def test_requests_are_resumed_after_a_crash(tv: Path, make_bench: MakeBench, tmp_path: Path) -> None:
    """Requests are resumed from the journal, without a regular stop."""
    bench = await make_bench()
    bench.plex.hold_scans()
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    await bench.engine.submit([bench.request(episode, size=episode.stat().st_size, force=True)], durable=True)
    await bench.plex.wait_queued()
    left = bench.disk.copy(tmp_path / "left.db")
    await bench.engine.stop()
    bench.plex.crash()
    bench.plex.release_scans()
    await bench.plex.restart()

    again = await make_bench(disk=left)
    await again.until_done()

    assert [(result.outcome, result.request.path) for result in again.results] == [(Outcome.ADDED, str(episode))]
    assert again.results[0].request.force


async def test_request_is_kept_if_the_engine_stops_during_its_scan(tv: Path, bench: Bench) -> None:
    """A normal shutdown keeps the request."""
    bench.plex.hold_walking()
    await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=False)
    await bench.plex.wait_scan_started()

    await bench.engine.stop()
    bench.plex.release_walking()

    assert len(bench.disk.rows) == 1
    assert bench.results == []


async def test_request_of_a_cancelled_caller_survives_a_crash(tv: Path, make_bench: MakeBench) -> None:
    """The scan of a caller that stopped waiting continues, and survives a crash."""
    bench = await make_bench()
    bench.disk.gate.clear()
    bench.plex.hold_walking()
    held = bench.plex.faults.add(Fault("slow", path="/library/sections/*/all"))
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    (pending,) = await bench.engine.submit([bench.request(episode)], durable=False)
    await bench.plex.wait_for_request("/library/sections/*/all")
    waiting = asyncio.create_task(bench.engine.wait(pending, 0.01))
    await bench.until(bench.disk.writing.is_set)
    held.remove()
    await bench.plex.wait_scan_started()

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    bench.disk.gate.set()
    await bench.engine.submit([bench.request(tv / "another.mkv")], durable=True)

    assert str(episode) in bench.disk.paths
    bench.plex.release_walking()
    await bench.until_done()


async def test_finished_requests_are_removed_from_the_journal(tv: Path, bench: Bench) -> None:
    """The journal contains pending requests only."""
    await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    await bench.engine.stop()

    assert bench.disk.rows == []


async def test_request_without_a_scan_is_not_written(tv: Path, bench: Bench) -> None:
    """A request without a scan is not written."""
    await bench.scan(tv / "Westworld/Season 01/Westworld - S01E01.mkv")
    await bench.engine.stop()

    assert bench.disk.writes == 0


async def test_request_is_pending_and_on_disk_after_the_timeout(tv: Path, bench: Bench) -> None:
    """Processing continues, and the result is reported."""
    bench.plex.hold_walking()
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    result = await bench.scan(episode, seconds=0.1)

    assert (result.outcome, result.reason) == (Outcome.PENDING, Reason.WAITING)
    assert len(bench.disk.rows) == 1
    bench.plex.release_walking()
    await bench.until_done()
    assert [done.outcome for done in bench.results] == [Outcome.ADDED]


async def test_request_is_not_accepted_if_the_disk_is_full(tv: Path, bench: Bench) -> None:
    """The caller gets an error and can try again."""
    bench.disk.full = True
    request = bench.request(samples.add_episode(tv, "Westworld", 1, 2))

    with pytest.raises(OSError, match="disk is full"):
        await bench.engine.submit([request], durable=True)

    assert bench.engine.pending == 0
    bench.disk.full = False
    assert (await bench.scan(request.path)).outcome is Outcome.ADDED


async def test_merged_request_leaves_no_rows_if_the_disk_was_full(
    tv: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both reports are on the disk, and their merged form is not: with its result, both are removed."""
    write = bench.disk.write

    def write_once(changes: Sequence[Changes]) -> list[Exception | None]:
        written = write(changes)
        bench.disk.full = True
        return written

    monkeypatch.setattr(bench.disk, "write", write_once)
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    reports = [bench.request(episode), bench.request(episode, force=True)]
    await asyncio.gather(*(bench.engine.submit([report], durable=True) for report in reports))
    assert len(bench.disk.rows) == 2
    await bench.until_done()
    monkeypatch.undo()
    bench.disk.full = False

    await bench.engine.stop()

    assert bench.disk.rows == []


async def test_timeout_with_a_full_disk_raises_instead_of_pending(tv: Path, bench: Bench) -> None:
    """A caller whose timeout has passed gets the error instead of `pending`."""
    bench.plex.hold_walking()
    bench.disk.full = True

    with pytest.raises(OSError, match="disk is full"):
        await bench.scan(samples.add_episode(tv, "Westworld", 1, 2), seconds=0.1)
    bench.plex.release_walking()
    await bench.until_done()


async def test_unreadable_row_does_not_affect_other_rows(tv: Path, make_bench: MakeBench) -> None:
    """A damaged row, or one of a future version, is counted in the log and kept."""
    bench = await make_bench()
    bench.plex.hold_scans()
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    await bench.engine.submit([bench.request(episode)], durable=True)
    await bench.engine.stop()
    bench.plex.release_scans()
    bench.disk.import_rows([("later", '{"unknown": 1}')], "made", "up")
    bench.disk.close()

    again = await make_bench(disk=bench.disk)
    await again.until_done()
    await again.engine.stop()

    assert [result.request.path for result in again.results] == [str(episode)]
    assert again.disk.rows == [{"unknown": 1}]


async def test_stored_request_stays_pending_if_the_disk_is_full(tv: Path, bench: Bench) -> None:
    """A request that is in the journal already stays `pending`, without an error."""
    bench.plex.hold_scans()
    (pending,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=True)
    known = tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    (over,) = await bench.engine.submit([bench.request(known)], durable=True)
    await bench.engine.wait(over, WAIT_LIMIT)
    bench.disk.full = True

    assert (await bench.engine.wait(pending, 0.01)).outcome is Outcome.PENDING

    bench.disk.full = False
    bench.plex.release_scans()
    await bench.until_done()
