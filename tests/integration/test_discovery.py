"""The config flow of a server that was discovered in the network."""

from homeassistant.config_entries import SOURCE_IGNORE
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.plex_smart_scan.const import DOMAIN
from tests.fake_plex import FakePlex
from tests.fake_plex.faults import Fault

from .config_flow import by_hand, core_entry, discover, send
from .conftest import make_entry

NO_SERVER = "http://127.0.0.1:9"

pytestmark = pytest.mark.usefixtures("settled", "address")


async def test_discovered_server_requires_only_a_token(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """The flow of a discovered server asks only for the token."""
    menu = await discover(hass, fake_plex)
    assert menu["step_id"] == "zeroconf_confirm"
    assert menu["description_placeholders"] == {"name": "Living room", "url": fake_plex.url}
    result = await by_hand(hass, menu)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "token")
    assert result["description_placeholders"] == {"name": "Living room", "url": fake_plex.url}
    result = await send(hass, result, {CONF_TOKEN: "guessed"})
    assert result["errors"] == {"base": "invalid_auth"}

    result = await send(hass, result, {CONF_TOKEN: fake_plex.token})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id == fake_plex.machine_identifier
    assert result["data"][CONF_URL] == fake_plex.url


async def test_discovered_core_server_requires_only_a_confirmation(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """The token of the Plex integration is used, so the flow only asks for a confirmation."""
    core_entry(fake_plex).add_to_hass(hass)
    result = await discover(hass, fake_plex)
    assert result["data_schema"] is not None
    assert not result["data_schema"].schema
    fault = fake_plex.faults.add(Fault("status", status=503))
    result = await send(hass, result, {})
    assert (result["step_id"], result["errors"]) == ("zeroconf_confirm", {"base": "cannot_connect"})
    fault.remove()

    result = await send(hass, result, {})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_TOKEN] == fake_plex.token


@pytest.mark.parametrize("token", ["revoked", "shared"])
async def test_discovered_core_server_with_a_rejected_token_requires_one(
    hass: HomeAssistant, fake_plex: FakePlex, token: str
) -> None:
    """The form asks for a token and shows the address that the Plex integration uses."""
    url = f"{fake_plex.url}/"
    core_entry(fake_plex, url=url, token=fake_plex.shared_token if token == "shared" else token).add_to_hass(hass)
    result = await discover(hass, fake_plex)
    assert result["description_placeholders"] == {"name": "Living room", "url": url}

    menu = await send(hass, result, {})
    assert menu["step_id"] == "zeroconf_core_rejected"
    result = await by_hand(hass, menu)
    assert result["data_schema"] is not None
    assert list(result["data_schema"].schema) == [CONF_TOKEN]
    result = await send(hass, result, {CONF_TOKEN: f" {fake_plex.token}"})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert (result["data"][CONF_URL], result["data"][CONF_TOKEN]) == (url, fake_plex.token)


async def test_ignored_server_is_not_offered_again(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """An ignored server is not offered again."""
    entry = MockConfigEntry(domain=DOMAIN, unique_id=fake_plex.machine_identifier, source=SOURCE_IGNORE, data={})
    entry.add_to_hass(hass)

    result = await discover(hass, fake_plex)

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert entry.data == {}


async def test_announced_known_address_is_kept(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """The known address is kept if the server still announces it, whatever their order."""
    kept = f"http://127.0.0.2:{fake_plex.port}"
    entry = make_entry(fake_plex, data={CONF_URL: kept})
    entry.add_to_hass(hass)

    await discover(hass, fake_plex, "127.0.0.2")

    assert entry.data[CONF_URL] == kept


async def test_new_address_of_a_server_requires_confirmation(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """The new URL is used only after confirmation, because any device could announce it."""
    entry = make_entry(fake_plex, data={CONF_URL: NO_SERVER})
    entry.add_to_hass(hass)

    result = await discover(hass, fake_plex)

    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "moved")
    placeholders = result["description_placeholders"]
    assert placeholders == {"name": "Living room", "old_url": NO_SERVER, "url": fake_plex.url}
    assert entry.data[CONF_URL] == NO_SERVER
    assert {request.path for request in fake_plex.stats.requests} == {"/identity"}
    result = await send(hass, result, {})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert entry.data[CONF_URL] == fake_plex.url


@pytest.mark.parametrize("change", ["server is back", "user has chosen a host name"])
async def test_announced_address_is_not_used_if_the_reason_has_gone_before_the_confirmation(
    hass: HomeAssistant, fake_plex: FakePlex, other_plex: FakePlex, change: str
) -> None:
    """A form can stay open for days. Whether the server has moved is checked again when the user confirms it."""
    entry = make_entry(fake_plex)
    entry.add_to_hass(hass)
    await fake_plex.stop()
    other_plex.machine_identifier = fake_plex.machine_identifier
    form = await discover(hass, other_plex)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "moved")
    url = fake_plex.url
    if change == "server is back":
        await fake_plex.start()
    else:
        url = "http://plex.invalid:32400"
        hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_URL: url})

    result = await send(hass, form, {})
    await hass.async_block_till_done()

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert entry.data[CONF_URL] == url
    assert {request.path for request in other_plex.stats.requests} == {"/identity"}
    assert all("X-Plex-Token" not in request.headers for request in other_plex.stats.requests)


async def test_moved_server_is_new_if_its_entry_was_removed_before_the_confirmation(
    hass: HomeAssistant, fake_plex: FakePlex
) -> None:
    """The confirmation then leads to the form for a new server."""
    entry = make_entry(fake_plex, data={CONF_URL: NO_SERVER})
    entry.add_to_hass(hass)
    form = await discover(hass, fake_plex)
    assert form["step_id"] == "moved"
    await hass.config_entries.async_remove(entry.entry_id)

    result = await send(hass, form, {})

    assert (result["type"], result["step_id"]) == (FlowResultType.MENU, "zeroconf_confirm")


async def test_forged_announcement_gets_no_token(
    hass: HomeAssistant, fake_plex: FakePlex, other_plex: FakePlex
) -> None:
    """A device that copies the identifier of a reachable server receives nothing."""
    entry = make_entry(fake_plex)
    entry.add_to_hass(hass)
    other_plex.machine_identifier = fake_plex.machine_identifier

    result = await discover(hass, other_plex)

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert entry.data[CONF_URL] == fake_plex.url
    assert all("X-Plex-Token" not in request.headers for request in other_plex.stats.requests)


async def test_other_server_at_the_known_address_allows_a_move(
    hass: HomeAssistant, fake_plex: FakePlex, other_plex: FakePlex
) -> None:
    """Another server at the known URL does not prevent a move."""
    entry = make_entry(fake_plex, data={CONF_URL: other_plex.url})
    entry.add_to_hass(hass)

    result = await discover(hass, fake_plex)

    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "moved")
    assert all("X-Plex-Token" not in request.headers for request in other_plex.stats.requests)


@pytest.mark.parametrize("url", ["https://plex.example", None])
async def test_working_or_chosen_address_is_kept(hass: HomeAssistant, fake_plex: FakePlex, url: str | None) -> None:
    """A working address or a host name chosen by the user is not changed."""
    entry = make_entry(fake_plex, data={CONF_URL: url or fake_plex.url})
    entry.add_to_hass(hass)

    result = await discover(hass, fake_plex)

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert entry.data[CONF_URL] == (url or fake_plex.url)


@pytest.mark.parametrize("kind", ["html", "disconnect"])
async def test_discovered_device_that_is_not_plex_is_ignored(
    hass: HomeAssistant, fake_plex: FakePlex, kind: str
) -> None:
    """A device that does not respond as Plex is ignored."""
    fake_plex.faults.add(Fault(kind))

    result = await discover(hass, fake_plex)

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "cannot_connect")


async def test_other_server_at_the_core_address_is_not_used(
    hass: HomeAssistant, fake_plex: FakePlex, other_plex: FakePlex
) -> None:
    """The address of the Plex integration can belong to another server now."""
    core_entry(fake_plex, url=other_plex.url, token=other_plex.token).add_to_hass(hass)

    result = await send(hass, await discover(hass, fake_plex), {})

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_account")
    assert all("X-Plex-Token" not in request.headers for request in other_plex.stats.requests)
