"""Setting up a server: retries while it is unreachable, a rejected token, and errors of the disk."""

import asyncio
from datetime import timedelta
from http import HTTPStatus
import logging
from pathlib import Path
import sqlite3
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP, STATE_ON
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.scanner import Database
from tests.fake_plex import FakePlex, samples
from tests.fake_plex.faults import Fault

from .conftest import SetUp, make_entry
from .stored_requests import store, stored_paths
from .waiting import state_of, wait_until
from .webhook.posting import post, sonarr


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
    hass: HomeAssistant,
    fake_plex: FakePlex,
    tv: Path,
    set_up: SetUp,
    hass_client_no_auth: ClientSessionGenerator,
    status: int,
) -> None:
    """The user is asked for a new token; if Plex accepts the old one again, the request disappears.

    In the meantime, notifications are stored, and callers learn why their paths wait.
    """
    fault = fake_plex.faults.add(Fault("status", status=status, path="/"))
    entry = await set_up(make_entry(fake_plex), websocket=False)

    assert state_of(entry) is ConfigEntryState.SETUP_RETRY
    assert [flow["step_id"] for flow in entry.async_get_active_flows(hass, {SOURCE_REAUTH})] == ["reauth_confirm"]
    first, second = (samples.add_episode(tv, "Westworld", 1, number) for number in (2, 3))
    answered, body = await post(await hass_client_no_auth(), entry, json=sonarr(first))
    assert (answered, body) == (HTTPStatus.OK, {"accepted": [str(first)], "rejected": [], "ignored": None})
    response = await hass.services.async_call(
        DOMAIN, "process_notification", {"path": str(second)}, blocking=True, return_response=True
    )
    assert response
    results: Any = response["results"]
    (result,) = results
    assert (result["outcome"], result["reason"]) == ("pending", "not_authorized")
    assert await stored_paths(hass, entry) == [str(first), str(second)]
    assert fake_plex.stats.count("/library/sections/*/refresh") == 0

    fault.remove()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=2))
    await wait_until(hass, lambda: state_of(entry) is ConfigEntryState.LOADED)
    await wait_until(hass, lambda: len(entry.runtime_data.history) == 2)

    assert not any(entry.async_get_active_flows(hass, {SOURCE_REAUTH}))
    outcomes = {each.result.request.path: each.result.outcome for each in entry.runtime_data.history}
    assert outcomes == {str(first): "added", str(second): "added"}


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
