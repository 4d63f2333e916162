"""Reauthenticating and reconfiguring a server."""

from homeassistant.const import CONF_TOKEN, CONF_URL, CONF_VERIFY_SSL, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from tests.fake_plex import FakePlex

from .config_flow import answers, by_hand, send
from .conftest import make_entry

pytestmark = pytest.mark.usefixtures("settled", "address")


async def test_reauth_asks_until_the_token_is_valid(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """The form is shown again until the token is valid."""
    entry = make_entry(fake_plex, data={CONF_TOKEN: "old"})
    entry.add_to_hass(hass)
    menu = await entry.start_reauth_flow(hass)
    assert menu["step_id"] == "reauth_confirm"
    result = await by_hand(hass, menu)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "token")
    result = await send(hass, result, {CONF_TOKEN: "wrong"})
    assert result["errors"] == {"base": "invalid_auth"}

    result = await send(hass, result, {CONF_TOKEN: fake_plex.token})
    await hass.async_block_till_done()

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    assert entry.data[CONF_TOKEN] == fake_plex.token


async def test_reauth_rejects_another_server(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """A token that another server at this address accepts is rejected."""
    entry = make_entry(fake_plex, unique_id="another", data={CONF_TOKEN: "old"})
    entry.add_to_hass(hass)

    result = await by_hand(hass, await entry.start_reauth_flow(hass))
    result = await send(hass, result, {CONF_TOKEN: fake_plex.token})

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_account")
    assert entry.data[CONF_TOKEN] == "old"


@pytest.mark.parametrize("token", [{}, {CONF_TOKEN: ""}, {CONF_TOKEN: "new-token"}])
async def test_reconfigure_changes_the_url(hass: HomeAssistant, fake_plex: FakePlex, token: dict[str, str]) -> None:
    """The URL changes, the token only if one is entered; the URL of the webhook is shown and unchanged."""
    entry = make_entry(fake_plex, data={CONF_URL: "http://127.0.0.9:1234"})
    entry.add_to_hass(hass)
    fake_plex.token = token.get(CONF_TOKEN) or fake_plex.token
    menu = await entry.start_reconfigure_flow(hass)
    assert menu["step_id"] == "reconfigure"
    webhook_url = f"http://192.168.1.2:8123/api/webhook/{entry.data[CONF_WEBHOOK_ID]}"
    assert menu["description_placeholders"] == {
        "name": "Living room",
        "url": "http://127.0.0.9:1234",
        "webhook_url": webhook_url,
    }
    result = await by_hand(hass, menu)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "connection")
    assert result["description_placeholders"] == {"name": "Living room", "example_url": "http://192.168.1.10:32400"}
    webhook_id = entry.data[CONF_WEBHOOK_ID]
    result = await send(hass, result, {CONF_URL: "http://127.0.0.1:1", CONF_VERIFY_SSL: True})
    assert result["errors"] == {"base": "cannot_connect"}

    result = await send(hass, result, {CONF_URL: fake_plex.url, CONF_VERIFY_SSL: False, **token})
    await hass.async_block_till_done()

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert entry.data == {**answers(fake_plex, verify_ssl=False), CONF_WEBHOOK_ID: webhook_id}


async def test_reconfigure_rejects_another_server(
    hass: HomeAssistant, fake_plex: FakePlex, other_plex: FakePlex
) -> None:
    """Another server must be added separately."""
    entry = make_entry(fake_plex)
    entry.add_to_hass(hass)

    result = await by_hand(hass, await entry.start_reconfigure_flow(hass))
    result = await send(hass, result, answers(other_plex))

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_account")
    assert entry.data[CONF_URL] == fake_plex.url
