"""Removing a downloader or its server: what happens to the connection in the program."""

from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.fake_arr import FakeArr

from .conftest import Connect, state, subentry_of


async def test_removing_the_downloader_removes_the_connection(
    hass: HomeAssistant, entry: MockConfigEntry, sonarr: FakeArr, connect: Connect
) -> None:
    """Its device, entities and issue are removed too; other connections are kept."""
    await connect(sonarr)
    other = await sonarr.add_connection(name="Other", fields={"url": "http://other.invalid/"}, onGrab=True)
    assert state(hass, "binary_sensor.sonarr_connectivity") == STATE_ON
    hass.config_entries.async_remove_subentry(entry, subentry_of(entry).subentry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [each["id"] for each in sonarr.connections.all()] == [other]
    assert hass.states.get("binary_sensor.sonarr_connectivity") is None
    assert not [each for each in er.async_get(hass).entities.values() if "sonarr" in each.entity_id]


async def test_connection_to_another_webhook_is_kept(
    hass: HomeAssistant, entry: MockConfigEntry, sonarr: FakeArr, connect: Connect
) -> None:
    """A connection that a user redirects elsewhere is not changed."""
    await connect(sonarr)
    (connection,) = sonarr.connections.all()
    changed = connection | {"fields": [{"name": "url", "value": "http://other.invalid/"}]}
    await sonarr.connections.replace(connection["id"], changed, force=True)
    hass.config_entries.async_remove_subentry(entry, subentry_of(entry).subentry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(sonarr.connections.all()) == 1


async def test_removal_while_the_program_is_unreachable_is_logged(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sonarr: FakeArr,
    connect: Connect,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log says that the connection remains and where to delete it."""
    await connect(sonarr)
    await sonarr.stop()
    hass.config_entries.async_remove_subentry(entry, subentry_of(entry).subentry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert "Failed to delete the connection to Home Assistant in Sonarr" in caplog.text


async def test_removing_the_server_removes_the_connection(
    hass: HomeAssistant, entry: MockConfigEntry, sonarr: FakeArr, connect: Connect
) -> None:
    """No connection to a removed webhook is left."""
    await connect(sonarr)
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert sonarr.connections.all() == []
