"""What was accepted is finished, whatever happens in between."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, override

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from tests.fake_plex import Fault, samples
from tests.scanner.conftest import PATIENCE, Bench, MakeBench, MemoryStore


@dataclass
class SlowStore(MemoryStore):
    """A disk that is busy with something else until it is free."""

    writing: asyncio.Event = field(default_factory=asyncio.Event)
    free: asyncio.Event = field(default_factory=asyncio.Event)

    @override
    async def save(self, data: list[dict[str, Any]]) -> None:
        """Save, once the disk is free."""
        self.writing.set()
        await self.free.wait()
        await super().save(data)


async def test_accepted_is_on_disk_before_anything_is_asked(tv: Path, bench: Bench) -> None:
    """Whoever was told "accepted" may forget about it."""
    await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=True)

    assert [row["path"] for row in bench.store.data] == [str(tv / "Westworld/Season 01/Westworld - S01E02.mkv")]
    assert bench.plex.stats.paths() == []
    await bench.until_done()


async def test_what_a_crash_left_behind_is_taken_up(tv: Path, make_bench: MakeBench) -> None:
    """Nothing was written at the end: what stands on disk is enough."""
    bench = await make_bench()
    bench.plex.hold_scans()
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    await bench.engine.submit([bench.request(episode, size=episode.stat().st_size, force=True)], durable=True)
    await bench.plex.wait_queued()
    left = [dict(row) for row in bench.store.data]
    await bench.engine.stop()
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
    await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=False)
    await bench.plex.wait_scan_started()

    await bench.engine.stop()
    bench.plex.release_walking()

    assert len(bench.store.data) == 1
    assert bench.results == []


async def test_who_stops_waiting_takes_nothing_off_the_disk(tv: Path, make_bench: MakeBench) -> None:
    """The scan that was begun for him goes on, and survives a crash."""
    store = SlowStore()
    bench = await make_bench(store=store)
    bench.plex.hold_walking()
    held = bench.plex.faults.add(Fault("slow", path="/library/sections/*/all"))
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    (pending,) = await bench.engine.submit([bench.request(episode)], durable=False)
    await bench.plex.wait_for_request("/library/sections/*/all")
    waiting = asyncio.create_task(bench.engine.wait(pending, 0.01))
    await store.writing.wait()
    held.remove()
    await bench.plex.wait_scan_started()

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    store.free.set()
    await bench.engine.submit([bench.request(tv / "another.mkv")], durable=True)

    assert str(episode) in [row["path"] for row in store.data]
    bench.plex.release_walking()
    await bench.until_done()


async def test_finished_requests_leave_the_disk(tv: Path, bench: Bench) -> None:
    """The disk holds what is pending, and nothing else."""
    await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    await bench.engine.stop()

    assert bench.store.data == []


async def test_up_to_date_costs_no_write(tv: Path, bench: Bench) -> None:
    """What needs no scan never touches the disk."""
    await bench.scan(tv / "Westworld/Season 01/Westworld - S01E01.mkv")
    await bench.engine.stop()

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
        await bench.engine.submit([request], durable=True)

    assert bench.engine.pending == 0
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
    await bench.engine.submit([bench.request(episode)], durable=True)
    left = [{"unknown": 1}, *[dict(row) for row in bench.store.data]]
    await bench.engine.stop()
    bench.store.data = left

    again = await make_bench(store=bench.store)
    await again.until_done()

    assert [result.request.path for result in again.results] == [str(episode)]


async def test_full_disk_takes_back_nothing_that_is_on_it(tv: Path, bench: Bench) -> None:
    """Who waited long enough is told of a request that was kept long ago: `pending`, and no error."""
    bench.plex.hold_scans()
    (pending,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=True)
    known = tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    (over,) = await bench.engine.submit([bench.request(known)], durable=True)
    await bench.engine.wait(over, PATIENCE)
    bench.store.broken = OSError("disk full")

    assert (await bench.engine.wait(pending, 0.01)).outcome is Outcome.PENDING

    bench.store.broken = None
    bench.plex.release_scans()
    await bench.until_done()
