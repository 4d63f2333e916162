"""Unloading, reloading, stopping and removing a server: what remains, also if Plex does not respond."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
import re
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CoreState, HomeAssistant
import pytest

from custom_components.plex_smart_scan.journal_location import journal_path
from custom_components.plex_smart_scan.requests_before_setup import async_remove_inbox
from custom_components.plex_smart_scan.scanner import ScanEngine
from tests.fake_plex import FakePlex, samples
from tests.fake_plex.faults import Fault

from .conftest import Scan, SetUp
from .stored_requests import stored_paths, stored_rows
from .waiting import state_of, wait_until


def our_listeners(hass: HomeAssistant) -> list[str]:
    """Return our listeners on the bus: Home Assistant and its helpers add and remove some of their own at any time."""
    found = [
        f"{event} {job.target}"
        for event, listeners in hass.bus._listeners.items()
        for job, _filter in listeners
        if "plex_smart_scan" in repr(job.target)
    ]
    return sorted(re.sub(" at 0x[0-9a-f]+", "", each) for each in found)


async def test_unload_leaves_no_task_socket_or_listener(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """No task, socket, listener or webhook remains, and the entry can be loaded again."""
    before = asyncio.all_tasks()
    entry = await set_up()
    listeners = our_listeners(hass)
    assert listeners

    assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()

    await fake_plex.wait_no_websocket()
    assert state_of(entry) is ConfigEntryState.NOT_LOADED
    ours = [task for task in asyncio.all_tasks() - before if "plex_smart_scan" in repr(task)]
    assert ours == []
    assert entry.data["webhook_id"] not in hass.data["webhook"]

    for _ in range(3):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await fake_plex.wait_websocket()
        assert await hass.config_entries.async_unload(entry.entry_id)
        await fake_plex.wait_no_websocket()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert our_listeners(hass) == listeners


async def test_request_continues_after_a_reload_during_its_scan(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """Waiting callers receive `pending`, and the request continues."""
    entry = await set_up()
    fake_plex.hold_walking()
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    waiting = hass.async_create_task(scan(str(episode)))
    await fake_plex.wait_scan_started()

    assert await hass.config_entries.async_reload(entry.entry_id)

    assert (await waiting)["results"][0]["outcome"] == "pending"
    fake_plex.release_walking()
    await wait_until(hass, lambda: entry.runtime_data.history)
    (finished,) = entry.runtime_data.history
    assert finished.result.request.path == str(episode)
    assert finished.result.outcome in {"added", "up_to_date"}  # the first scan may have been over by then
    assert fake_plex.part(str(episode))


async def test_shutdown_during_a_scan_keeps_the_request(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """Home Assistant stops without delay, and pending requests are on disk."""
    entry = await set_up()
    fake_plex.hold_walking()
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    waiting = hass.async_create_task(scan(str(episode)))
    await fake_plex.wait_scan_started()

    hass.set_state(CoreState.stopping)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    async with asyncio.timeout(20):
        assert (await waiting)["results"][0]["outcome"] == "pending"
        await hass.async_block_till_done()
        await fake_plex.wait_no_websocket()

    assert [row["path"] for row in await stored_rows(hass, entry)] == [str(episode)]


async def test_request_accepted_during_a_stop_is_stored(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """A request that is accepted during the stop is on disk too."""
    entry = await set_up()
    fake_plex.hold_scans()
    hass.set_state(CoreState.stopping)

    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)), wait=False)

    assert len(await stored_rows(hass, entry)) == 1
    hass.set_state(CoreState.running)
    fake_plex.release_scans()


async def test_removal_deletes_the_journal(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """Stored data is deleted with the entry."""
    entry = await set_up()
    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)), wait=False)
    journal = journal_path(hass, entry)
    assert await hass.async_add_executor_job(journal.exists)

    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()

    assert not await hass.async_add_executor_job(journal.exists)


async def test_slowly_stopping_engine_restores_no_deleted_data(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """An engine that stops slowly does not restore deleted data."""
    entry = await set_up()
    coordinator = entry.runtime_data
    fake_plex.hold_scans()
    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)), wait=False)
    run_until_waiting, stop = asyncio.Event(), ScanEngine.stop

    async def slowly(scanner: ScanEngine) -> None:
        await run_until_waiting.wait()
        await stop(scanner)

    with (
        patch.object(ScanEngine, "stop", slowly),
        patch("custom_components.plex_smart_scan.requests_before_setup._STOP_TIMEOUT", 0.01),
    ):
        await async_remove_inbox(hass, entry)
        run_until_waiting.set()
        await coordinator.async_shutdown()

    assert not await hass.async_add_executor_job(journal_path(hass, entry).exists)
    fake_plex.release_scans()


@pytest.fixture
def hang(hass: HomeAssistant, fake_plex: FakePlex, tv: Path, scan: Scan) -> Callable[[], Awaitable[Callable[[], None]]]:
    """Return a function that blocks both channels to Plex, each with a request that is waited for.

    It returns what lets Plex answer again.
    """

    async def do() -> Callable[[], None]:
        first, second = (samples.add_episode(tv, "Westworld", 1, number) for number in (2, 3))
        refresh = fake_plex.faults.add(Fault("slow", "/library/sections/1/refresh"))
        hass.async_create_background_task(scan(str(first)), "first")
        await fake_plex.wait_for_request("/library/sections/1/refresh")
        lookup = fake_plex.faults.add(Fault("slow", "/library/sections/1/all", query={"file": "?*"}))
        hass.async_create_background_task(scan(str(second)), "second")
        await wait_until(hass, lambda: lookup.hits)

        def release() -> None:
            refresh.remove()
            lookup.remove()

        return release

    return do


async def test_reload_does_not_wait_for_plex(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, hang: Any
) -> None:
    """Pending requests are resumed after the reload, and the old engine overwrites nothing."""
    entry = await set_up()
    old = entry.runtime_data
    release = await hang()
    try:
        async with asyncio.timeout(20):
            assert await hass.config_entries.async_reload(entry.entry_id)
        fake_plex.hold_scans()
        await scan(str(samples.add_episode(tv, "Westworld", 1, 4)), wait=False)
    finally:
        release()
    await old.async_shutdown()
    await hass.async_block_till_done()

    waiting = await stored_paths(hass, entry)
    assert {Path(path).stem for path in waiting} == {f"Westworld - S01E0{number}" for number in (2, 3, 4)}
    fake_plex.release_scans()
    await wait_until(hass, lambda: not entry.runtime_data.engine.pending)
    assert all(fake_plex.part(path) for path in waiting)


async def test_removal_does_not_wait_for_plex(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, hang: Any
) -> None:
    """The entry stays removed, even if Plex responds later."""
    entry = await set_up()
    old = entry.runtime_data
    release = await hang()
    try:
        async with asyncio.timeout(20):
            await hass.config_entries.async_remove(entry.entry_id)
    finally:
        release()
    await old.async_shutdown()
    await hass.async_block_till_done()

    assert not await hass.async_add_executor_job(journal_path(hass, entry).exists)


async def test_shutdown_does_not_wait_for_plex(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, hang: Any
) -> None:
    """Home Assistant stops without waiting for Plex, and pending requests are on disk."""
    entry = await set_up()
    release = await hang()
    hass.set_state(CoreState.stopping)
    try:
        async with asyncio.timeout(20):
            hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
            await hass.async_block_till_done()
            await entry.runtime_data.async_shutdown()
    finally:
        release()

    stems = sorted(Path(path).stem for path in await stored_paths(hass, entry))
    assert stems == [
        "Westworld - S01E02",
        "Westworld - S01E03",
    ]
