"""A server's entry from set-up to removal: outages, tokens, restarts, and what is left behind."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
import logging
from pathlib import Path
import re
import sqlite3
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import ATTR_ENTITY_ID, CONF_TOKEN, EVENT_HOMEASSISTANT_STOP, STATE_ON
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.plex_smart_scan.journal_location import journal_path
from custom_components.plex_smart_scan.requests_before_setup import async_remove_inbox
from custom_components.plex_smart_scan.scanner import Database, ScanEngine
from tests.fake_plex import FakePlex, samples
from tests.fake_plex.faults import Fault

from .conftest import Scan, SetUp, make_entry
from .stored_requests import store, stored_paths, stored_rows
from .waiting import state_of, wait_until

# -- set-up -----------------------------------------------------------------------------------------------------------


async def test_setup_is_retried_while_the_server_is_unreachable(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    """Home Assistant retries the setup; accepted requests are kept and processed then."""
    entry = make_entry(fake_plex)
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    await store(hass, entry, episode)
    await fake_plex.stop()
    await set_up(entry, websocket=False)
    assert state_of(entry) is ConfigEntryState.SETUP_RETRY
    assert await stored_paths(hass, entry) == [str(episode)]
    assert fake_plex.token not in caplog.text

    await fake_plex.start()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=1))
    await wait_until(hass, lambda: state_of(entry) is ConfigEntryState.LOADED)
    await wait_until(hass, lambda: entry.runtime_data.history)

    assert entry.runtime_data.history[0].result.outcome == "added"
    assert fake_plex.part(str(episode))


@pytest.mark.parametrize("status", [401, 498])
async def test_rejected_token_during_setup_starts_reauth(
    hass: HomeAssistant, fake_plex: FakePlex, set_up: SetUp, status: int
) -> None:
    """The user is asked for a new token; if Plex accepts the old one again, the request disappears."""
    fault = fake_plex.faults.add(Fault("status", status=status, path="/"))
    entry = await set_up(make_entry(fake_plex), websocket=False)

    assert state_of(entry) is ConfigEntryState.SETUP_RETRY
    assert [flow["step_id"] for flow in entry.async_get_active_flows(hass, {SOURCE_REAUTH})] == ["reauth_confirm"]

    fault.remove()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=2))
    await wait_until(hass, lambda: state_of(entry) is ConfigEntryState.LOADED)

    assert not any(entry.async_get_active_flows(hass, {SOURCE_REAUTH}))


@pytest.mark.parametrize("asked", ["/library/sections", "/library/sections/1/all"])
async def test_stop_during_setup_leaves_no_task(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, caplog: pytest.LogCaptureFixture, asked: str
) -> None:
    """No task is left behind, whatever was requested from Plex, and pending requests are kept."""
    entry = make_entry(fake_plex)
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    await store(hass, entry, episode)
    slow = fake_plex.faults.add(Fault("slow", asked))
    entry.add_to_hass(hass)
    setting_up = hass.async_create_task(hass.config_entries.async_setup(entry.entry_id))
    await fake_plex.wait_for_request(asked)

    hass.set_state(CoreState.stopping)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    slow.remove()
    assert not await setting_up

    assert state_of(entry) is ConfigEntryState.SETUP_RETRY
    assert "stopped or reloaded" in str(entry.reason)
    assert [task for task in asyncio.all_tasks() if "plex_smart_scan" in repr(task.get_coro())] == []
    assert await stored_paths(hass, entry) == [str(episode)]
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    hass.set_state(CoreState.running)


async def test_setup_is_retried_after_a_disk_error(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    """Home Assistant retries the setup, and nothing of the first attempt interferes."""
    entry = make_entry(fake_plex)
    with patch.object(Database, "open", side_effect=sqlite3.OperationalError("read-only")):
        await set_up(entry, websocket=False)
    assert state_of(entry) is ConfigEntryState.SETUP_RETRY
    assert entry.reason == "The pending requests could not be read from disk. See the log for details"
    assert "Failed to read the pending requests: read-only" in caplog.text

    assert await hass.config_entries.async_reload(entry.entry_id)

    assert state_of(entry) is ConfigEntryState.LOADED
    state = hass.states.get("binary_sensor.living_room_connectivity")
    assert state
    assert state.state == STATE_ON


# -- while it runs ----------------------------------------------------------------------------------------------------


async def test_each_outage_is_logged_once(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, caplog: pytest.LogCaptureFixture
) -> None:
    """An outage is one line in the log and its end another, however many requests fail."""
    entry = await set_up()
    await fake_plex.wait_websocket()
    caplog.clear()
    await fake_plex.stop()
    await wait_until(hass, lambda: not entry.runtime_data.last_update_success)
    for number in range(2, 5):
        await scan(str(samples.add_episode(tv, "Westworld", 1, number)), timeout=0.05)
    for _ in range(3):
        await entry.runtime_data.async_refresh()
    assert len(visible_lines(caplog)) == 1
    assert "Living room" in visible_lines(caplog)[0]

    await fake_plex.start()
    entry.runtime_data.engine.availability.probe_now()
    await wait_until(hass, lambda: entry.runtime_data.last_update_success)
    await wait_until(hass, lambda: not entry.runtime_data.engine.pending)

    assert len(visible_lines(caplog)) == 1
    assert caplog.text.count("data recovered") == 1
    assert [each.result.outcome for each in entry.runtime_data.history] == ["added"] * 3


def visible_lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines that a person is meant to see."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING and record.name.startswith("custom_components")
    ]


async def test_rejected_token_while_running_starts_reauth_once(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, caplog: pytest.LogCaptureFixture
) -> None:
    """The user is asked for a new token once, and pending requests continue with it."""
    entry = await set_up()
    fake_plex.token = "new-token"
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    (result,) = (await scan(str(episode), timeout=0.5))["results"]

    assert (result["outcome"], result["reason"]) == ("pending", "not_authorized")
    (flow,) = entry.async_get_active_flows(hass, {SOURCE_REAUTH})
    for answer in ({"next_step_id": "manual"}, {CONF_TOKEN: "new-token"}):
        await hass.config_entries.flow.async_configure(flow["flow_id"], answer)
    await wait_until(hass, lambda: state_of(entry) is ConfigEntryState.LOADED and entry.runtime_data.history)
    assert entry.runtime_data.history[0].result.outcome == "added"
    assert "new-token" not in caplog.text


async def test_accepted_token_ends_reauth(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """If the server accepts the token again, the requests continue and reauthentication ends."""
    entry = await set_up(websocket=False)
    token, fake_plex.token = fake_plex.token, "another"
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    assert (await scan(str(episode), timeout=0.5))["results"][0]["reason"] == "not_authorized"
    fake_plex.token = token

    assert any(entry.async_get_active_flows(hass, {SOURCE_REAUTH}))
    retry = {ATTR_ENTITY_ID: "button.living_room_retry_pending"}
    await hass.services.async_call("button", "press", retry, blocking=True)

    await wait_until(hass, lambda: entry.runtime_data.history)
    assert entry.runtime_data.history[0].result.outcome == "added"
    assert not any(entry.async_get_active_flows(hass, {SOURCE_REAUTH}))


async def test_outage_found_by_a_refresh_is_probed(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    """If a regular refresh finds the server unreachable, the server is probed until it is available again."""
    entry = await set_up(websocket=False)
    fault = fake_plex.faults.add(Fault("status", status=503, headers={"Retry-After": "1"}))

    await entry.runtime_data.async_refresh()

    assert not entry.runtime_data.connected
    fault.remove()
    entry.runtime_data.engine.availability.probe_now()
    await wait_until(hass, lambda: entry.runtime_data.connected)
    assert len(visible_lines(caplog)) == 1


# -- the Plex integration's token -------------------------------------------------------------------------------------


def core_entry(plex: FakePlex, token: str) -> MockConfigEntry:
    """Return an entry of Home Assistant's own Plex integration."""
    config = {"url": plex.url, "token": token}
    return MockConfigEntry(domain="plex", data={"server_id": plex.machine_identifier, "server_config": config})


async def change_token(hass: HomeAssistant, core: MockConfigEntry, token: str) -> None:
    """Simulate a new sign-in at the Plex integration."""
    config = {**core.data["server_config"], "token": token}
    hass.config_entries.async_update_entry(core, data={**core.data, "server_config": config})
    await hass.async_block_till_done()


async def test_changed_core_token_is_adopted(hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp) -> None:
    """A token that was copied from the Plex integration changes together with the original."""
    core = core_entry(fake_plex, fake_plex.token)
    core.add_to_hass(hass)
    entry = await set_up()
    fake_plex.token = "new-token"

    await change_token(hass, core, "new-token")

    assert entry.data[CONF_TOKEN] == "new-token"
    assert state_of(entry) is ConfigEntryState.LOADED


async def test_working_own_token_is_kept(hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp) -> None:
    """A working token that the user entered is kept."""
    core = core_entry(fake_plex, "another")
    core.add_to_hass(hass)
    entry = await set_up()

    await change_token(hass, core, "new-token")
    await change_token(hass, core, "")
    hass.config_entries.async_update_entry(core, data={})
    other = MockConfigEntry(domain="plex", data={"server_id": "other", "server_config": {"url": "x", "token": "y"}})
    other.add_to_hass(hass)
    await change_token(hass, other, "z")
    MockConfigEntry(domain="unrelated").add_to_hass(hass)
    await hass.async_block_till_done()

    assert entry.data[CONF_TOKEN] == fake_plex.token


async def test_core_token_replaces_a_rejected_token(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """A new sign-in at the Plex integration also ends the reauthentication of this integration."""
    core = core_entry(fake_plex, "")
    core.add_to_hass(hass)
    entry = await set_up(make_entry(fake_plex, data={CONF_TOKEN: "old"}), websocket=False)
    assert state_of(entry) is ConfigEntryState.SETUP_RETRY

    await change_token(hass, core, fake_plex.token)

    assert state_of(entry) is ConfigEntryState.LOADED
    assert not list(entry.async_get_active_flows(hass, {SOURCE_REAUTH}))


async def test_core_token_changed_during_a_stop_is_adopted(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """A token that changed while Home Assistant was off is adopted at the next start."""
    core_entry(fake_plex, fake_plex.token).add_to_hass(hass)
    entry = await set_up(make_entry(fake_plex, data={CONF_TOKEN: "old"}), websocket=False)
    assert state_of(entry) is ConfigEntryState.SETUP_RETRY

    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=1))
    await wait_until(hass, lambda: state_of(entry) is ConfigEntryState.LOADED)

    assert entry.data[CONF_TOKEN] == fake_plex.token


async def test_rejected_token_is_replaced_by_a_core_token(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """A token rejected during operation is replaced by a working one without asking the user."""
    entry = await set_up(websocket=False)
    core_entry(fake_plex, "new-token").add_to_hass(hass)
    fake_plex.token = "new-token"

    await entry.runtime_data.async_refresh()
    await wait_until(hass, lambda: entry.data[CONF_TOKEN] == "new-token")
    await wait_until(hass, lambda: state_of(entry) is ConfigEntryState.LOADED)

    assert not list(entry.async_get_active_flows(hass, {SOURCE_REAUTH}))
    (result,) = (await scan(str(samples.add_episode(tv, "Westworld", 1, 2))))["results"]
    assert result["outcome"] == "added"


async def test_rejected_core_token_is_not_adopted(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """The own token is kept and the user is asked for a new one."""
    entry = await set_up(websocket=False)
    core_entry(fake_plex, "refused too").add_to_hass(hass)
    token, fake_plex.token = fake_plex.token, "another"

    await entry.runtime_data.async_refresh()

    await wait_until(hass, lambda: list(entry.async_get_active_flows(hass, {SOURCE_REAUTH})))
    assert entry.data[CONF_TOKEN] == token


# -- the end ----------------------------------------------------------------------------------------------------------


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


# -- Plex that never answers ------------------------------------------------------------------------------------------


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
