"""Reconfiguring a connected downloader."""

from homeassistant.const import CONF_API_KEY, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockModule, mock_integration

from custom_components.plex_smart_scan.arr.credentials import CONF_BASE_URL, CONF_CORE_ENTRY_ID, CONF_NOTIFICATION_ID
from tests.fake_arr import PROGRAMS, FakeArr

from .conftest import Connect, Flow, answers_for, coordinator_of, subentry_of


async def test_reconfigure_changes_the_url_of_the_connection(
    hass: HomeAssistant, sonarr: FakeArr, flow: Flow, connect: Connect, entry: MockConfigEntry, home_url: str
) -> None:
    """The same connection gets the new address."""
    await connect(sonarr)
    number = subentry_of(entry).data[CONF_NOTIFICATION_ID]
    sonarr.network.routes["http://new.example:8123"] = home_url
    context = {"source": "reconfigure", "subentry_id": subentry_of(entry).subentry_id}
    form = await flow(**context)
    assert form["step_id"] == "reconfigure"
    given = {CONF_URL: sonarr.url, CONF_VERIFY_SSL: True, CONF_BASE_URL: "http://new.example:8123"}
    result = await flow(form, given)
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert subentry_of(entry).data[CONF_BASE_URL] == "http://new.example:8123"
    assert subentry_of(entry).data[CONF_NOTIFICATION_ID] == number
    assert subentry_of(entry).data[CONF_API_KEY] == sonarr.api_key
    assert coordinator_of(hass, entry).connected


async def test_reconfigure_with_another_program_is_an_error(
    hass: HomeAssistant, sonarr: FakeArr, flow: Flow, connect: Connect, entry: MockConfigEntry
) -> None:
    """A Radarr at the URL of the Sonarr is an error."""
    await connect(sonarr)
    radarr = FakeArr(PROGRAMS["radarr"])  # type: ignore[index]
    await radarr.start()
    form = await flow(source="reconfigure", subentry_id=subentry_of(entry).subentry_id)
    form = await flow(form, answers_for(radarr))
    assert form["errors"] == {"base": "wrong_program"}
    assert form["description_placeholders"]["error"] == "Radarr"
    await radarr.stop()


async def test_reconfigure_of_a_core_integration_asks_for_the_url_only(
    hass: HomeAssistant, sonarr: FakeArr, flow: Flow, entry: MockConfigEntry
) -> None:
    """The form has only the Home Assistant URL, and also URL and API key if the core integration was removed."""
    core = MockConfigEntry(domain="sonarr", data={CONF_URL: sonarr.url, CONF_API_KEY: sonarr.api_key})
    core.add_to_hass(hass)
    await flow(await flow(await flow(), {"next_step_id": "core"}), {CONF_CORE_ENTRY_ID: core.entry_id})
    await hass.async_block_till_done(wait_background_tasks=True)
    context = {"source": "reconfigure", "subentry_id": subentry_of(entry).subentry_id}
    form = await flow(**context)
    assert list(form["data_schema"].schema) == [CONF_BASE_URL]
    assert (await flow(form, {}))["reason"] == "reconfigure_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert subentry_of(entry).data[CONF_CORE_ENTRY_ID] == core.entry_id

    mock_integration(hass, MockModule("sonarr"))
    await hass.config_entries.async_remove(core.entry_id)
    form = await flow(**context)
    assert CONF_URL in form["data_schema"].schema
    assert (await flow(form, answers_for(sonarr)))["reason"] == "reconfigure_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert CONF_CORE_ENTRY_ID not in subentry_of(entry).data
    assert coordinator_of(hass, entry).connected
