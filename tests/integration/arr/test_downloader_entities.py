"""The device and the entities of a downloader, its diagnostics, and a log without secrets."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.diagnostics import async_get_config_entry_diagnostics
from tests.fake_arr import FakeArr

from .conftest import Connect, refresh_now, state, subentry_of


async def test_downloader_has_a_device_and_three_entities(
    hass: HomeAssistant, entry: MockConfigEntry, sonarr: FakeArr, connect: Connect
) -> None:
    """A service device below the server, of the subentry, with three entities."""
    await connect(sonarr)
    registry = dr.async_get(hass)
    devices = dr.async_entries_for_config_entry(registry, entry.entry_id)
    (device,) = [each for each in devices if each.config_subentry_id == subentry_of(entry).subentry_id]
    server = dr.async_get_device_id_by_identifier(hass, (DOMAIN, entry.unique_id or ""), config_entry_id=entry.entry_id)
    assert (device.name, device.model, device.sw_version) == ("Sonarr", "Sonarr", "4.0.19.2979")
    assert (device.entry_type, device.via_device_id) == (dr.DeviceEntryType.SERVICE, server)
    found = {each.entity_id for each in er.async_entries_for_device(er.async_get(hass), device.id)}
    assert found == {
        "binary_sensor.sonarr_connectivity",
        "sensor.sonarr_missed_imports_recovered",
        "sensor.sonarr_last_notification",
    }
    assert state(hass, "sensor.sonarr_missed_imports_recovered") == "0"


async def test_diagnostics_contain_no_secrets(
    hass: HomeAssistant, entry: MockConfigEntry, sonarr: FakeArr, connect: Connect, home_url: str
) -> None:
    """No key, no address, no webhook id."""
    await connect(sonarr)
    data = await async_get_config_entry_diagnostics(hass, entry)
    (shown,) = data["downloaders"]
    assert (shown["program"], shown["connected"], shown["core_integration"]) == ("sonarr", True, False)
    for secret in (sonarr.api_key, sonarr.url, home_url, entry.data["webhook_id"]):
        assert secret not in str(data)


async def test_log_contains_no_secrets(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    sonarr: FakeArr,
    connect: Connect,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No key and no webhook id, with everything logged."""
    caplog.set_level("DEBUG", "custom_components.plex_smart_scan")
    await connect(sonarr)
    sonarr.api_key = "another"
    await refresh_now(hass, entry)
    ours = [each.getMessage() for each in caplog.records if each.name.startswith("custom_components")]
    assert not [each for each in ours if entry.data["webhook_id"] in each or "0123456789abcdef" in each]
