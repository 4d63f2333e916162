"""Requests that wait for a missing mount: they share the checks, and resume when it is mounted."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
import shutil
from unittest.mock import patch

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.plex.server_availability import ConnectionState
from tests.fake_plex import Fault, samples
from tests.scanner.builders import work
from tests.scanner.conftest import QUICK, WAIT_LIMIT, MakeBench
from tests.scanner.libraries.conftest import Queries

from .conftest import LOCATION, NEW, missing


@pytest.mark.usefixtures("shows")
class TestWaiting:
    """Requests wait until the mount is back."""

    async def test_waiting_requests_share_the_checks_and_resume_together(self, queries: Queries) -> None:
        """All waiting requests share the checks, at intervals of 5, 10, 20, 30, 30 … seconds, and resume together."""
        library = await queries.library()
        queries.plex.unmount("/data/tv")
        waiting = [
            asyncio.create_task(queries.mounts.wait_until_back(library, LOCATION, requested_path=NEW)) for _ in range(5)
        ]
        await work()
        (found,) = queries.mounts.missing
        assert (found.location, found.since) == (LOCATION, queries.clock.time())
        for seconds in (5.0, 10.0, 20.0, 30.0):
            asked = queries.browsed
            await queries.clock.forward(seconds - 0.5)
            assert queries.browsed == asked
            await queries.clock.forward(0.6)
            await queries.plex.wait_for_request("/services/browse/*", asked + 1)
            await until(partial(slept, queries, min(seconds * 2, 30.0)))
        assert not any(task.done() for task in waiting)

        queries.plex.mount("/data/tv")
        await queries.clock.forward(30.0)
        await asyncio.gather(*waiting)

        assert queries.mounts.missing == ()
        assert [len(change) for change in queries.changes] == [1, 0]

    async def test_scan_of_the_whole_location_needs_more_than_that_of_a_folder(self, queries: Queries) -> None:
        """A folder that was left on the mount point is enough for the scan of another folder only."""
        library = await queries.library()
        queries.plex.unmount("/data/tv", leftovers=["Alpha/Season 01/"])
        folder, whole = (
            asyncio.create_task(queries.mounts.wait_until_back(library, LOCATION, requested_path=path))
            for path in (NEW, None)
        )
        await work()
        await queries.clock.forward(5.1)
        await folder
        await until(partial(slept, queries, 10.0))
        assert not whole.done()
        assert [each.location for each in queries.mounts.missing] == [LOCATION]

        queries.plex.mount("/data/tv")
        await queries.clock.forward(10.0)
        await whole
        assert queries.mounts.missing == ()

    async def test_scan_that_finds_the_mount_ends_the_waiting(self, queries: Queries) -> None:
        """A scan that finds the mount ends the waiting at once."""
        library = await queries.library()
        queries.plex.unmount("/data/tv")
        waiting = asyncio.create_task(queries.mounts.wait_until_back(library, LOCATION, requested_path=NEW))
        await work()
        queries.plex.mount("/data/tv")

        assert await missing(queries, library, LOCATION.join("Alpha")) is None
        await waiting

    async def test_confirmation_of_the_user_ends_the_waiting(self, queries: Queries) -> None:
        """The user's confirmation ends the waiting."""
        library = await queries.library()
        queries.plex.unmount("/data/tv")
        waiting = asyncio.create_task(queries.mounts.wait_until_back(library, LOCATION, requested_path=NEW))
        await work()

        queries.mounts.confirm_empty_once(library, LOCATION)

        await waiting

    async def test_waiting_ends_at_the_time_limit(self, queries: Queries) -> None:
        """A request can stop waiting; the location stays missing."""
        library = await queries.library()
        queries.plex.unmount("/data/tv")
        waiting = asyncio.create_task(
            queries.mounts.wait_until_back(library, LOCATION, requested_path=NEW, seconds=2.0)
        )
        await work()
        await queries.clock.forward(2.0)

        await waiting
        assert len(queries.mounts.missing) == 1

    async def test_error_of_a_check_does_not_end_the_waiting(self, queries: Queries) -> None:
        """An error of one check does not end the waiting."""
        library = await queries.library()
        queries.plex.unmount("/data/tv")
        fault = queries.plex.faults.add(Fault("status", status=400, path="/library/sections/*/all"))
        waiting = asyncio.create_task(queries.mounts.wait_until_back(library, LOCATION, requested_path=NEW))
        await work()
        await queries.clock.forward(5.0)
        await until(partial(slept, queries, 10.0))
        fault.remove()
        queries.plex.mount("/data/tv")
        await queries.clock.forward(10.0)

        await waiting


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition is true; the test's own timeout is the limit."""
    while not condition():  # noqa: ASYNC110 - there is no event for an inner state
        await asyncio.sleep(0.001)


def slept(queries: Queries, seconds: float) -> bool:
    """Return whether the latest pause was that long."""
    return queries.clock.slept[-1] == seconds


async def test_mount_is_checked_again_after_an_outage(hidden_tv: Path, make_bench: MakeBench) -> None:
    """A scan that is about to be requested when the server becomes unavailable is checked again after the outage."""
    samples.add_episode(hidden_tv, "Dark", 1, 1)
    bench = await make_bench()
    bench.plex.seed()
    samples.add_episode(hidden_tv, "Westworld", 1, 2)
    bench.plex.faults.add(Fault("starting_up", path="*/refresh", times=1))
    (pending,) = await bench.engine.submit(
        [bench.request("/data/tv/Westworld/Season 01/Westworld - S01E02.mkv")], durable=True
    )
    await bench.until(lambda: bench.engine.availability.state is ConnectionState.OFFLINE)

    bench.plex.unmount("/data/tv")
    await bench.clock.sleep(QUICK.mount_max_age)
    bench.engine.availability.probe_now()
    await bench.until(lambda: any(progress.waiting_reason is Reason.MOUNT_MISSING for progress in pending.progresses))

    assert len(bench.refreshed) == 1, "the one that was refused"


async def test_request_for_a_whole_location_waits_once(hidden_tv: Path, make_bench: MakeBench) -> None:
    """The checks while it waits are those before the scan: it does not wait in turns."""
    for show in ("Dark", "Fargo", "Lost"):
        samples.add_episode(hidden_tv, show, 1, 1)
    bench = await make_bench()
    bench.plex.seed()
    bench.plex.unmount("/data/tv", leftovers=["Fargo/Season 01/"])
    mounts = bench.engine.mounts
    with patch.object(mounts, "wait_until_back", wraps=mounts.wait_until_back) as wait:
        (pending,) = await bench.engine.submit([bench.request("/data/tv/Dark", gone=True)], durable=False)
        await bench.until(lambda: wait.call_count > 0)
        folder = "/services/browse/*"
        await bench.plex.wait_for_request(folder, bench.plex.stats.count(folder) + 40)
        bench.plex.mount("/data/tv")
        shutil.rmtree(hidden_tv / "Dark")
        result = await bench.engine.wait(pending, WAIT_LIMIT)

    assert result.outcome is Outcome.REMOVED
    assert wait.call_count == 1
    assert bench.refreshed == ["/data/tv"]
