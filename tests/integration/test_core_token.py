"""The token of the Plex integration: when it is adopted, and when the server's own token is kept."""

from datetime import timedelta
from pathlib import Path

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from tests.fake_plex import FakePlex, samples

from .conftest import Scan, SetUp, make_entry
from .waiting import state_of, wait_until


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
