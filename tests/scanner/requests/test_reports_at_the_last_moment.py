"""A newer report that arrives when a request is about to end is neither ignored nor lost."""

import asyncio
from base64 import urlsafe_b64encode
from dataclasses import replace
from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import QUICK, WAIT_LIMIT, Bench, MakeBench

LOOKUPS = "/library/sections/{}/all"
SMALL, LARGE = samples.SMALL.stat().st_size, samples.LARGE.stat().st_size


async def hold_last_lookup(bench: Bench, section: int) -> Fault:
    """Hold the response to the next look-up in a library, which Plex has answered already."""
    fault = bench.plex.faults.add(Fault("slow", path=LOOKUPS.format(section), times=1, after=True))
    await bench.until(lambda: fault.hits > 0)
    return fault


def listed_sizes(plex: FakePlex, path: Path) -> set[int | None]:
    """Return the sizes that the libraries list for a path."""
    return {part.size for library in plex.libraries for part in library.all_parts if part.file == str(path)}


@pytest.mark.parametrize("websocket", [True, False])
async def test_replaced_during_the_look_up_that_proves_the_result(
    tv: Path, make_bench: MakeBench, *, websocket: bool
) -> None:
    """The look-up shows the file as it was before it was replaced: the request does not end with it."""
    bench = await make_bench(websocket=websocket)
    bench.plex.hold_walking()
    path = samples.add_episode(tv, "Fargo", 1, 1, sample=samples.SMALL)
    (first,) = await bench.engine.submit([bench.request(path)], durable=False)
    await bench.plex.wait_scan_started()
    await bench.until(lambda: any(part.attempts for part in first.progresses))
    bench.plex.release_walking()
    await bench.plex.wait_idle()
    held = await hold_last_lookup(bench, 1)
    samples.put(path, samples.LARGE)

    (second,) = await bench.engine.submit([bench.request(path)], durable=False)
    held.release()
    results = [await bench.engine.wait(pending, WAIT_LIMIT) for pending in (first, second)]

    assert second.leader is first
    assert {result.outcome for result in results} <= {Outcome.ADDED, Outcome.UPDATED}
    assert listed_sizes(bench.plex, path) == {LARGE}


@pytest.mark.parametrize("websocket", [True, False])
async def test_file_that_is_back_during_the_check_of_its_mount(
    tv: Path, make_bench: MakeBench, *, websocket: bool
) -> None:
    """The last look-up was before the report: whatever was asked since, the request does not end as removed."""
    timing = replace(QUICK, mount_max_age=0.0, view_max_age=0.0, same_report=WAIT_LIMIT)
    bench = await make_bench(websocket=websocket, timing=timing)
    path = samples.put(tv / "Westworld/Season 01/Westworld - S01E01.mkv", samples.LARGE)
    bench.plex.hold_walking()
    (first,) = await bench.engine.submit([bench.request(path)], durable=False)
    await bench.plex.wait_scan_started()
    await bench.until(lambda: any(part.attempts for part in first.progresses))
    folder = urlsafe_b64encode(str(tv / "Westworld/Season 02").encode()).decode()
    held = bench.plex.faults.add(Fault("slow", path=f"/services/browse/{folder}"))
    path.unlink()
    bench.plex.release_walking()
    await bench.until(lambda: held.hits > 0)
    samples.put(path, samples.LARGE)

    (second,) = await bench.engine.submit([bench.request(path)], durable=False)
    held.remove()
    results = [await bench.engine.wait(pending, WAIT_LIMIT) for pending in (first, second)]

    assert second.leader is first
    assert {result.outcome for result in results} <= {Outcome.ADDED, Outcome.UPDATED}
    assert listed_sizes(bench.plex, path) == {LARGE}


async def test_replaced_after_the_result_in_one_of_two_libraries(
    tv: Path, fake_plex: FakePlex, make_bench: MakeBench
) -> None:
    """The request has ended in one library and still continues in the other one: both end with the replaced file."""
    fake_plex.add_library("More TV", "show", {str(tv): tv})
    bench = await make_bench()
    path = samples.add_episode(tv, "Fargo", 1, 1, sample=samples.SMALL)
    held = bench.plex.faults.add(Fault("slow", path=LOOKUPS.format(2)))
    (first,) = await bench.engine.submit([bench.request(path)], durable=False)
    await bench.until(lambda: any(part.outcome is Outcome.ADDED for part in first.progresses))
    samples.put(path, samples.LARGE)

    (second,) = await bench.engine.submit([bench.request(path)], durable=False)
    held.remove()
    results = [await bench.engine.wait(pending, WAIT_LIMIT) for pending in (first, second)]

    assert second.leader is first
    assert {result.outcome for result in results} <= {Outcome.ADDED, Outcome.UPDATED}
    assert listed_sizes(bench.plex, path) == {LARGE}
    assert len(bench.results) == 1


async def test_joined_while_a_request_is_written(tv: Path, make_bench: MakeBench) -> None:
    """A caller that receives `pending` can rely on the journal, also if its request was merged during the write."""
    bench = await make_bench(timing=replace(QUICK, lookup_interval=WAIT_LIMIT), validation_timeout=WAIT_LIMIT)
    held = bench.plex.faults.add(Fault("slow", path=LOOKUPS.format(1)))
    path = samples.add_episode(tv, "Fargo", 1, 1)
    (first,) = await bench.engine.submit([bench.request(path)], durable=False)
    await bench.until(lambda: held.hits > 0)
    bench.disk.gate.clear()
    waiting = asyncio.create_task(bench.engine.wait(first, 0))
    await asyncio.to_thread(bench.disk.writing.wait, 60)

    await bench.engine.submit([bench.request(path, force=True)], durable=False)
    bench.disk.gate.set()
    result = await waiting

    assert result.outcome is Outcome.PENDING
    assert [(row["path"], row["force"]) for row in bench.disk.rows] == [(str(path), True)]
    held.remove()
