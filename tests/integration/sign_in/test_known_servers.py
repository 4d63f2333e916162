"""Signing in for a server whose address is known: reauthentication, reconfiguration and discovery."""

from collections.abc import Callable
from typing import Any

from homeassistant.const import CONF_CLIENT_ID, CONF_TOKEN, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.plex_smart_scan.flows.sign_in import WAYS_TO_A_TOKEN
from tests.fake_plex import FakePlex
from tests.fake_plex.tls_proxy import TlsProxy
from tests.fake_plex_tv import Account, Connection, FakePlexTv

from ..config_flow import core_entry, discover
from ..conftest import make_entry
from .dialog import ADDRESS, FAILED, NO_SERVER, Dialog

type Begin = Callable[[MockConfigEntry], Any]


@pytest.fixture(params=["reauth", "reconfigure"])
def entry(request: pytest.FixtureRequest, hass: HomeAssistant, fake_plex: FakePlex) -> MockConfigEntry:
    """Return an entry with a token that has ended."""
    entry = make_entry(fake_plex, data={CONF_TOKEN: "ended"})
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
def begin(hass: HomeAssistant, plex_tv: FakePlexTv, request: pytest.FixtureRequest) -> Any:
    """Return a function that begins a reauthentication or a reconfiguration."""

    async def do(entry: MockConfigEntry) -> Dialog:
        reauth = request.node.callspec.params["entry"] == "reauth"
        result = await (entry.start_reauth_flow(hass) if reauth else entry.start_reconfigure_flow(hass))
        assert result["type"] is FlowResultType.MENU
        assert all(way in result["menu_options"] for way in WAYS_TO_A_TOKEN)
        return Dialog(hass, plex_tv, result)

    return do


async def test_reachable_known_address_is_kept(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, entry: MockConfigEntry, begin: Begin
) -> None:
    """The address is kept if the server responds there, whatever plex.tv lists."""
    plex_tv.add_server(fake_plex, owner, [Connection.of("127.0.0.1", NO_SERVER)])
    before = dict(entry.data)

    dialog = await (await begin(entry)).sign_in(owner)
    await hass.async_block_till_done()

    assert dialog.result["type"] is FlowResultType.ABORT, dialog.result
    assert dialog.result["reason"] in {"reauth_successful", "reconfigure_successful"}
    (device,) = owner.devices.values()
    assert entry.data == {**before, CONF_TOKEN: device.token, CONF_CLIENT_ID: device.client_identifier}


async def test_listed_address_is_offered_if_the_known_one_fails(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, entry: MockConfigEntry, begin: Begin
) -> None:
    """The best listed address is offered only if the known one fails."""
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_URL: f"http://127.0.0.1:{NO_SERVER}"})
    plex_tv.add_server(fake_plex, owner)
    dialog = await (await begin(entry)).sign_in(owner)
    assert dialog.step == (FlowResultType.FORM, "new_address")
    assert dialog.placeholders == {
        "name": "Living room",
        "old_url": f"http://127.0.0.1:{NO_SERVER}",
        "url": fake_plex.url,
    }
    assert (await dialog.send()).step == (FlowResultType.FORM, "new_address")
    assert entry.data[CONF_TOKEN] == "ended"

    await dialog.send({})
    await hass.async_block_till_done()

    assert dialog.result["type"] is FlowResultType.ABORT, dialog.result
    assert (entry.data[CONF_URL], entry.data[CONF_TOKEN]) == (fake_plex.url, *owner.tokens)


async def test_account_of_another_owner_is_rejected(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, entry: MockConfigEntry, begin: Begin
) -> None:
    """Signing in with an account that does not own the server is an error; nothing changes."""
    resource = plex_tv.add_server(fake_plex, owner)
    friend = plex_tv.add_account("friend")
    dialog = await (await begin(entry)).sign_in(friend)
    assert (dialog.step, dialog.errors) == (FAILED, {"base": "server_not_listed"})
    assert (dialog.placeholders["account"], dialog.placeholders["name"]) == ("friend", "Living room")

    resource.shared_with.append(friend)
    await dialog.retry("sign_in_code")
    await dialog.enter_code(friend)
    assert (dialog.step, dialog.errors) == (FAILED, {"base": "not_owner"})
    assert fake_plex.stats.requests == []
    assert entry.data[CONF_TOKEN] == "ended"

    await dialog.retry("manual")
    assert dialog.step[1] in {"token", "connection"}


async def test_unclaimed_server_is_explained(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, entry: MockConfigEntry, begin: Begin
) -> None:
    """The sign-in works, but the server itself is signed out: it has to be claimed again first, which the text says."""
    resource = plex_tv.add_server(fake_plex, owner)
    plex_tv.sign_out_all(owner)
    dialog = await (await begin(entry)).sign_in(owner)
    assert (dialog.step, dialog.errors) == (FAILED, {"base": "server_not_listed"})

    plex_tv.claim_server(resource)
    await dialog.retry("sign_in")
    await dialog.claim(owner)
    await hass.async_block_till_done()

    assert dialog.result["type"] is FlowResultType.ABORT, dialog.result
    assert entry.data[CONF_TOKEN] in owner.tokens


async def test_known_address_is_suggested_if_none_is_listed(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, entry: MockConfigEntry, begin: Begin
) -> None:
    """The form contains the known address, which can be changed."""
    known = f"http://127.0.0.1:{NO_SERVER}"
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_URL: known})
    plex_tv.add_server(fake_plex, owner, [])
    dialog = await (await begin(entry)).sign_in(owner)
    assert (dialog.step, dialog.suggested[CONF_URL]) == (ADDRESS, known)
    assert dialog.placeholders["tried"] == f"- `{known}`: no server responded"

    await dialog.send({CONF_URL: fake_plex.url, CONF_VERIFY_SSL: True})
    await hass.async_block_till_done()

    assert dialog.result["type"] is FlowResultType.ABORT, dialog.result
    assert entry.data[CONF_URL] == fake_plex.url


async def test_confirmed_unverified_certificate_is_kept(
    hass: HomeAssistant,
    plex_tv: FakePlexTv,
    owner: Account,
    fake_plex: FakePlex,
    tls: TlsProxy,
    entry: MockConfigEntry,
    begin: Begin,
) -> None:
    """The earlier decision about the certificate is kept."""
    data = {**entry.data, CONF_URL: tls.url, CONF_VERIFY_SSL: False}
    hass.config_entries.async_update_entry(entry, data=data)
    plex_tv.add_server(fake_plex, owner, [])

    dialog = await (await begin(entry)).sign_in(owner)
    await hass.async_block_till_done()

    assert dialog.result["type"] is FlowResultType.ABORT, dialog.result
    assert (entry.data[CONF_URL], entry.data[CONF_VERIFY_SSL]) == (tls.url, False)


async def test_discovered_address_that_is_not_listed_gets_no_token(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, other_plex: FakePlex
) -> None:
    """The account's token goes to listed addresses only: anyone can announce a server on the local network."""
    plex_tv.add_server(other_plex, owner)
    dialog = Dialog(hass, plex_tv, await discover(hass, fake_plex))
    await dialog.sign_in(owner)
    assert (dialog.step, dialog.errors) == (FAILED, {"base": "server_not_listed"})
    assert dialog.placeholders["name"] == "Living room"

    plex_tv.add_server(fake_plex, owner, [Connection.of("127.0.0.1", NO_SERVER)])
    await dialog.retry("sign_in")
    await dialog.claim(owner)
    assert dialog.step == (FlowResultType.FORM, "address")
    assert all("X-Plex-Token" not in request.headers for request in fake_plex.stats.requests)

    await dialog.send({CONF_URL: fake_plex.url, CONF_VERIFY_SSL: True})

    assert (dialog.result["type"], dialog.result["title"]) == (FlowResultType.CREATE_ENTRY, "Living room")
    assert dialog.result["data"][CONF_URL] == fake_plex.url
    assert other_plex.stats.requests == []


async def test_sign_in_is_offered_if_the_core_token_is_rejected(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex
) -> None:
    """If the token of the Plex integration is rejected, the flow also offers a sign-in."""
    core_entry(fake_plex, token="revoked").add_to_hass(hass)
    plex_tv.add_server(fake_plex, owner)
    dialog = Dialog(hass, plex_tv, await discover(hass, fake_plex))
    await dialog.send({})
    assert dialog.step == (FlowResultType.MENU, "zeroconf_core_rejected")
    assert (await dialog.send()).step == (FlowResultType.MENU, "zeroconf_core_rejected")

    await dialog.sign_in(owner)

    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY


async def test_listed_address_is_used_if_the_discovered_one_fails(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex
) -> None:
    """A new entry uses the best address without a confirmation, since it replaces nothing."""
    dialog = Dialog(hass, plex_tv, await discover(hass, fake_plex))
    old_port = fake_plex.port
    await fake_plex.stop()
    fake_plex._port = 0
    await fake_plex.start()
    assert fake_plex.port != old_port
    plex_tv.add_server(fake_plex, owner)

    await dialog.sign_in(owner)

    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY
    assert dialog.result["data"][CONF_URL] == fake_plex.url
