"""What was accepted is finished, whatever happens in between."""

from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from tests.fake_plex import samples

from .conftest import Bench, MakeBench


async def test_accepted_is_on_disk_before_anything_is_asked(tv: Path, bench: Bench) -> None:
    """Whoever was told "accepted" may forget about it."""
    await bench.scanner.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=True)

    assert [row["path"] for row in bench.store.data] == [str(tv / "Westworld/Season 01/Westworld - S01E02.mkv")]
    assert bench.plex.stats.paths() == []
    await bench.until_done()


async def test_what_a_crash_left_behind_is_taken_up(tv: Path, make_bench: MakeBench) -> None:
    """Nothing was written at the end: what stands on disk is enough."""
    bench = await make_bench()
    bench.plex.hold_scans()
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    await bench.scanner.submit([bench.request(episode, size=episode.stat().st_size, force=True)], durable=True)
    await bench.plex.wait_queued()
    left = [dict(row) for row in bench.store.data]
    await bench.scanner.stop()
    bench.plex.crash()
    bench.plex.release_scans()
    await bench.plex.restart()
    bench.store.data = left

    again = await make_bench(store=bench.store)
    await again.until_done()

    assert [(result.outcome, result.request.path) for result in again.results] == [(Outcome.ADDED, str(episode))]
    assert again.results[0].request.force


async def test_stopping_in_the_middle_of_a_scan_keeps_the_request(tv: Path, bench: Bench) -> None:
    """The way of a normal shutdown."""
    bench.plex.hold_walking()
    await bench.scanner.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=False)
    await bench.plex.wait_scan_started()

    await bench.scanner.stop()
    bench.plex.release_walking()

    assert len(bench.store.data) == 1
    assert bench.results == []


async def test_finished_requests_leave_the_disk(tv: Path, bench: Bench) -> None:
    """The disk holds what is pending, and nothing else."""
    await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    await bench.scanner.stop()

    assert bench.store.data == []


async def test_up_to_date_costs_no_write(tv: Path, bench: Bench) -> None:
    """What needs no scan never touches the disk."""
    await bench.scan(tv / "Westworld/Season 01/Westworld - S01E01.mkv")
    await bench.scanner.stop()

    assert bench.store.writes == 0


async def test_waiting_past_the_timeout_is_pending_and_on_disk(tv: Path, bench: Bench) -> None:
    """The work goes on, and its result is reported."""
    bench.plex.hold_walking()
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    result = await bench.scan(episode, seconds=0.1)

    assert (result.outcome, result.reason) == (Outcome.PENDING, Reason.WAITING)
    assert len(bench.store.data) == 1
    bench.plex.release_walking()
    await bench.until_done()
    assert [done.outcome for done in bench.results] == [Outcome.ADDED]


async def test_full_disk_accepts_nothing(tv: Path, bench: Bench) -> None:
    """An error for the caller, who can try again; not a promise."""
    bench.store.broken = OSError("no space left on device")
    request = bench.request(samples.add_episode(tv, "Westworld", 1, 2))

    with pytest.raises(OSError, match="no space"):
        await bench.scanner.submit([request], durable=True)

    assert bench.scanner.pending == 0
    bench.store.broken = None
    assert (await bench.scan(request.path)).outcome is Outcome.ADDED


async def test_full_disk_calls_nothing_pending(tv: Path, bench: Bench) -> None:
    """A caller who waited in vain hears of the disk instead of a promise."""
    bench.plex.hold_walking()
    bench.store.broken = OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        await bench.scan(samples.add_episode(tv, "Westworld", 1, 2), seconds=0.1)
    bench.plex.release_walking()
    await bench.until_done()


async def test_row_that_cannot_be_read_loses_no_other(tv: Path, make_bench: MakeBench) -> None:
    """A row of a future version, or a damaged one, is named in the log and skipped."""
    bench = await make_bench()
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    await bench.scanner.submit([bench.request(episode)], durable=True)
    left = [{"unknown": 1}, *[dict(row) for row in bench.store.data]]
    await bench.scanner.stop()
    bench.store.data = left

    again = await make_bench(store=bench.store)
    await again.until_done()

    assert [result.request.path for result in again.results] == [str(episode)]
