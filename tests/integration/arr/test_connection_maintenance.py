"""The connection of a downloader is checked, repaired, unblocked, reported and removed."""

import asyncio
from copy import deepcopy
from datetime import timedelta
import logging
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp
from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import CONF_API_KEY, CONF_URL, STATE_OFF, STATE_ON
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    async_fire_time_changed,
    mock_integration,
)

from custom_components.plex_smart_scan.arr import coordinator as arr_coordinator
from custom_components.plex_smart_scan.arr.catch_up import CatchUp
from custom_components.plex_smart_scan.arr.credentials import CONF_BASE_URL, CONF_CORE_ENTRY_ID, CONF_NOTIFICATION_ID
from custom_components.plex_smart_scan.const import DOMAIN
from tests.fake_arr import FakeArr
from tests.fake_arr.connections import fields_of
from tests.fake_plex import samples

from .conftest import Connect, Flow, coordinator_of, delete_connection, refresh_now, state, subentry_of


def issue_of(hass: HomeAssistant, entry: MockConfigEntry) -> ir.IssueEntry | None:
    """Return the issue of the only downloader."""
    key = f"{entry.entry_id}_downloader_{subentry_of(entry).subentry_id}"
    return ir.async_get(hass).async_get_issue(DOMAIN, key)


async def _other_url(arr: FakeArr, connection: dict[str, Any]) -> None:
    connection = deepcopy(connection)
    for field in connection["fields"]:
        if field["name"] == "url":
            field["value"] = field["value"].replace("127.0.0.1", "192.0.2.9")
    await arr.connections.replace(connection["id"], connection, force=True)


async def _events_off(arr: FakeArr, connection: dict[str, Any]) -> None:
    off = dict.fromkeys(arr.release.events, False)
    await arr.connections.replace(connection["id"], connection | off | {"onGrab": True}, force=True)


@pytest.mark.parametrize("spoil", [delete_connection, _other_url, _events_off])
async def test_changed_connection_is_repaired_daily(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sonarr: FakeArr,
    connect: Connect,
    spoil: Any,
    freezer: FrozenDateTimeFactory,
) -> None:
    """It is repaired daily after any change."""
    await connect(sonarr)
    (before,) = sonarr.connections.all()
    await spoil(sonarr, before)
    freezer.tick(timedelta(days=1, minutes=1))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    (after,) = sonarr.connections.all()
    assert (after["onDownload"], after["onSeriesDelete"]) == (True, True)
    assert fields_of(after)["url"] == fields_of(before)["url"]
    assert subentry_of(entry).data[CONF_NOTIFICATION_ID] == after["id"]
    assert coordinator_of(hass, entry).connected
    assert issue_of(hass, entry) is None


async def test_connection_follows_a_new_webhook(
    hass: HomeAssistant, entry: MockConfigEntry, sonarr: FakeArr, connect: Connect, home_url: str, tv: Path
) -> None:
    """The connection is changed to the new URL automatically; the old URL no longer works."""
    await connect(sonarr)
    (before,) = sonarr.connections.all()
    old = fields_of(before)["url"]
    menu = await entry.start_reconfigure_flow(hass)
    form = await hass.config_entries.flow.async_configure(menu["flow_id"], {"next_step_id": "new_webhook"})

    await hass.config_entries.flow.async_configure(form["flow_id"], {})
    await hass.async_block_till_done(wait_background_tasks=True)

    (after,) = sonarr.connections.all()
    new = fields_of(after)["url"]
    assert (after["id"], after["name"]) == (before["id"], before["name"])
    assert entry.data["webhook_id"] in new
    assert entry.data["webhook_id"] not in old
    assert coordinator_of(hass, entry).connected
    assert issue_of(hass, entry) is None
    path = str(samples.add_episode(tv, "Westworld", 3, 1))
    async with aiohttp.ClientSession() as session:
        async with session.post(old, json={"path": path}) as answer:
            assert await answer.text() == ""
        assert entry.runtime_data.engine.pending == 0
        async with session.post(new, json={"path": path}) as answer:
            assert (await answer.json())["accepted"] == [path]


async def test_correct_connection_is_not_changed(
    hass: HomeAssistant, entry: MockConfigEntry, sonarr: FakeArr, connect: Connect
) -> None:
    """Nothing is written, and nothing is tested."""
    await connect(sonarr)
    (connection,) = sonarr.connections.all()
    await sonarr.connections.replace(
        connection["id"], connection | {"name": "Mine", "onGrab": True, "tags": [3]}, force=True
    )
    sonarr.requests.clear()
    await refresh_now(hass, entry)
    assert {each.method for each in sonarr.requests} == {"GET"}
    (connection,) = sonarr.connections.all()
    assert (connection["name"], connection["onGrab"], connection["tags"]) == ("Mine", True, [3])
    assert coordinator_of(hass, entry).only_tagged


async def test_block_of_the_connection_is_ended_by_a_test(
    hass: HomeAssistant, entry: MockConfigEntry, sonarr: FakeArr, connect: Connect
) -> None:
    """A test with the ID ends the pause; paused connections of others are ignored."""
    await connect(sonarr)
    (connection,) = sonarr.connections.all()
    other = await sonarr.add_connection(name="Other", fields={"url": "http://other.invalid/"}, onGrab=True)
    sonarr.connections.blocked = {other}
    sonarr.requests.clear()
    await refresh_now(hass, entry)
    assert {each.method for each in sonarr.requests} == {"GET"}
    sonarr.connections.blocked = {other, connection["id"]}
    await refresh_now(hass, entry)
    assert sonarr.connections.blocked == {other}
    assert coordinator_of(hass, entry).connected


async def test_unrepairable_connection_raises_an_issue(
    hass: HomeAssistant, entry: MockConfigEntry, sonarr: FakeArr, connect: Connect
) -> None:
    """An issue names the program and the tested URLs; it disappears when the connection works."""
    await connect(sonarr)
    (connection,) = sonarr.connections.all()
    await delete_connection(sonarr, connection)
    with patch("homeassistant.components.webhook.network_util.is_local", return_value=False):
        await refresh_now(hass, entry)
    issue = issue_of(hass, entry)
    assert issue is not None
    assert (issue.translation_key, issue.severity) == ("downloader_not_connected", ir.IssueSeverity.ERROR)
    placeholders = issue.translation_placeholders or {}
    assert (placeholders["downloader"], placeholders["server"]) == ("Sonarr", "Living room")
    assert subentry_of(entry).data[CONF_BASE_URL] in placeholders["details"]
    assert entry.data["webhook_id"] not in str(placeholders)
    assert state(hass, "binary_sensor.sonarr_connectivity") == STATE_OFF
    await refresh_now(hass, entry)
    assert issue_of(hass, entry) is None
    assert state(hass, "binary_sensor.sonarr_connectivity") == STATE_ON


async def test_rejected_key_raises_an_issue(
    hass: HomeAssistant, entry: MockConfigEntry, sonarr: FakeArr, connect: Connect
) -> None:
    """An issue asks for another one."""
    await connect(sonarr)
    key, sonarr.api_key = sonarr.api_key, "another"
    await refresh_now(hass, entry)
    issue = issue_of(hass, entry)
    assert issue
    assert issue.translation_key == "downloader_invalid_auth"
    sonarr.api_key = key
    await refresh_now(hass, entry)
    assert issue_of(hass, entry) is None


async def test_long_outage_of_a_downloader_raises_an_issue(
    hass: HomeAssistant, entry: MockConfigEntry, sonarr: FakeArr, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged once and retried every five minutes; a repair issue appears only if it lasts."""
    downloader = await connect(sonarr)
    await sonarr.stop()
    caplog.clear()
    await refresh_now(hass, entry)
    await refresh_now(hass, entry)
    ours = [each.name for each in caplog.records if each.levelno > logging.DEBUG and "plex_smart_scan" in each.name]
    assert ours == [arr_coordinator.__name__]
    assert downloader.update_interval == arr_coordinator.RETRY_INTERVAL
    assert issue_of(hass, entry) is None
    with patch.object(arr_coordinator, "UNREACHABLE_FOR", timedelta(0)):
        await refresh_now(hass, entry)
    issue = issue_of(hass, entry)
    assert issue
    assert issue.translation_key == "downloader_unreachable"
    await sonarr.start()
    await refresh_now(hass, entry)
    assert issue_of(hass, entry) is None
    assert downloader.update_interval == arr_coordinator.CHECK_INTERVAL


async def test_removed_core_integration_raises_an_issue(
    hass: HomeAssistant, entry: MockConfigEntry, sonarr: FakeArr, flow: Flow
) -> None:
    """An issue asks for URL and key."""
    core = MockConfigEntry(domain="sonarr", data={CONF_URL: sonarr.url, CONF_API_KEY: sonarr.api_key})
    core.add_to_hass(hass)
    await flow(await flow(await flow(), {"next_step_id": "core"}), {CONF_CORE_ENTRY_ID: core.entry_id})
    await hass.async_block_till_done(wait_background_tasks=True)
    mock_integration(hass, MockModule("sonarr"))
    await hass.config_entries.async_remove(core.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    issue = issue_of(hass, entry)
    assert issue
    assert issue.translation_key == "downloader_core_removed"


async def test_connection_is_not_tested_during_startup(
    hass: HomeAssistant, entry: MockConfigEntry, sonarr: FakeArr, connect: Connect
) -> None:
    """While Home Assistant starts, a test would be meaningless, but the history is read."""
    await connect(sonarr)
    (connection,) = sonarr.connections.all()
    await delete_connection(sonarr, connection)
    hass.set_state(CoreState.starting)
    sonarr.requests.clear()
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    asked = {each.path.removeprefix("/api/v3/") for each in sonarr.requests}
    assert asked == {"system/status", "history/since"}
    hass.set_state(CoreState.running)
    hass.bus.async_fire("homeassistant_started")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(sonarr.connections.all()) == 1
    assert coordinator_of(hass, entry).connected


async def test_simultaneous_refreshes_create_one_connection(
    hass: HomeAssistant, entry: MockConfigEntry, sonarr: FakeArr, connect: Connect
) -> None:
    """A missing connection is created once."""
    downloader = await connect(sonarr)
    (connection,) = sonarr.connections.all()
    await delete_connection(sonarr, connection)
    await asyncio.gather(downloader.async_refresh(), downloader.async_refresh())
    assert len(sonarr.connections.all()) == 1
    assert downloader.connected


async def test_unexpected_error_is_retried_after_five_minutes(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sonarr: FakeArr,
    connect: Connect,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is logged, and tried again in five minutes rather than in a day."""
    downloader = await connect(sonarr)
    with patch.object(CatchUp, "run", side_effect=LookupError("odd")):
        await refresh_now(hass, entry)
    assert "Unexpected error fetching Sonarr" in caplog.text
    assert downloader.update_interval == arr_coordinator.RETRY_INTERVAL
    assert state(hass, "binary_sensor.sonarr_connectivity") == STATE_OFF
    await refresh_now(hass, entry)
    assert downloader.connected
