"""Tokens from a sign-in: their owner, their lifetime, and that no other token is signed out."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import CONF_CLIENT_ID, CONF_TOKEN, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.plex_smart_scan.plex_tv_token import async_plex_tv
from tests.fake_plex import FakePlex
from tests.fake_plex.faults import Fault
from tests.fake_plex_tv import Account, FakePlexTv

from ..config_flow import core_entry
from ..conftest import SetUp, make_entry
from .dialog import Dialog

SIGN_OUT = "/api/v2/users/signout"
CLIENT = "client-of-this-home-assistant"


@pytest.fixture
def token(fake_plex: FakePlex, plex_tv: FakePlexTv, owner: Account) -> str:
    """Return a token of the owner, which the server accepts."""
    plex_tv.add_server(fake_plex, owner)
    return plex_tv.issue_token(owner, CLIENT, "Plex Smart Scan", "Home Assistant")


async def add(hass: HomeAssistant, plex: FakePlex, token: str, **data: Any) -> MockConfigEntry:
    """Add an entry with a token of plex.tv, obtained by a sign-in unless said otherwise; it is not set up."""
    entry = make_entry(plex, data={CONF_TOKEN: token, CONF_CLIENT_ID: CLIENT, **data})
    entry.add_to_hass(hass)
    return entry


async def remove(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Remove an entry."""
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()


# -- the client identifier --------------------------------------------------------------------------------------------


async def test_client_identifier_survives_a_restart(
    hass: HomeAssistant, plex_tv: FakePlexTv, hass_storage: dict[str, Any]
) -> None:
    """The identifier is created once and kept after a restart."""
    made = (await async_plex_tv(hass)).client_id
    assert (await async_plex_tv(hass)).client_id == made
    assert hass_storage["plex_smart_scan.client"]["data"] == {CONF_CLIENT_ID: made}

    hass.data.pop("plex_smart_scan_client_id")
    assert (await async_plex_tv(hass)).client_id == made


async def test_several_sign_ins_use_one_authorized_device(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, other_plex: FakePlex
) -> None:
    """However often a user signs in, Plex lists one authorized device."""
    for plex in (fake_plex, other_plex):
        plex_tv.add_server(plex, owner)
        dialog = await (await Dialog.open(hass, plex_tv)).sign_in(owner)
        assert dialog.result["title"] == plex.friendly_name
        await hass.async_block_till_done()
    assert len(owner.devices) == 1


# -- removal ----------------------------------------------------------------------------------------------------------


async def test_removal_signs_the_device_out(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, token: str
) -> None:
    """The device is removed from the account, and the server rejects the token."""
    entry = await add(hass, fake_plex, token)
    assert fake_plex.role_of(token) == "owner"

    await remove(hass, entry)

    assert plex_tv.stats.count(SIGN_OUT, "DELETE") == 1
    assert owner.devices == {}
    assert fake_plex.role_of(token) is None


@pytest.mark.parametrize("fault", ["status", "disconnect"])
async def test_entry_is_removed_while_plex_tv_is_unreachable(
    hass: HomeAssistant, plex_tv: FakePlexTv, fake_plex: FakePlex, token: str, fault: str
) -> None:
    """The entry is removed anyway."""
    entry = await add(hass, fake_plex, token)
    plex_tv.faults.add(Fault(fault))

    await remove(hass, entry)

    assert not hass.config_entries.async_entries("plex_smart_scan")


async def test_shared_token_is_signed_out_with_its_last_entry(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, other_plex: FakePlex, token: str
) -> None:
    """Servers of one account share a token, which is revoked with the last entry that has it."""
    plex_tv.add_server(other_plex, owner)
    first, second = await add(hass, fake_plex, token), await add(hass, other_plex, token)

    await remove(hass, first)
    assert owner.tokens == {token}
    await remove(hass, second)

    assert owner.tokens == set()


async def test_removal_keeps_the_token_of_the_plex_integration(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, token: str
) -> None:
    """The Plex integration can have the same token."""
    core_entry(fake_plex, token=token).add_to_hass(hass)
    await remove(hass, await add(hass, fake_plex, token))
    assert owner.tokens == {token}


@pytest.mark.parametrize("client_id", [None, ""])
async def test_removal_keeps_a_pasted_token(
    hass: HomeAssistant, plex_tv: FakePlexTv, fake_plex: FakePlex, token: str, client_id: str | None
) -> None:
    """A pasted token belongs to a browser or another program."""
    await remove(hass, await add(hass, fake_plex, token, **{CONF_CLIENT_ID: client_id}))
    assert plex_tv.stats.requests == []


async def test_removal_of_an_ignored_server_signs_nothing_out(
    hass: HomeAssistant, plex_tv: FakePlexTv, fake_plex: FakePlex
) -> None:
    """An entry that only says to ignore a server has no token."""
    entry = MockConfigEntry(domain="plex_smart_scan", unique_id="ignored", source="ignore", data={})
    entry.add_to_hass(hass)
    await remove(hass, entry)
    assert plex_tv.stats.requests == []


# -- another token takes its place ------------------------------------------------------------------------------------


async def test_pasted_token_removes_the_client_identifier(
    hass: HomeAssistant, plex_tv: FakePlexTv, fake_plex: FakePlex, token: str
) -> None:
    """A pasted token must not be signed out."""
    entry = await add(hass, fake_plex, token)
    dialog = Dialog(hass, plex_tv, await entry.start_reauth_flow(hass))
    await dialog.choose("manual")
    await dialog.send({CONF_TOKEN: fake_plex.token})
    await hass.async_block_till_done()
    assert entry.data[CONF_TOKEN] == fake_plex.token
    assert CONF_CLIENT_ID not in entry.data


@pytest.mark.parametrize("typed", [{}, {CONF_TOKEN: ""}])
async def test_new_url_keeps_the_client_identifier(
    hass: HomeAssistant, plex_tv: FakePlexTv, fake_plex: FakePlex, token: str, typed: dict[str, str]
) -> None:
    """A change of the address is no change of the token."""
    entry = await add(hass, fake_plex, token, **{CONF_URL: "http://127.0.0.1:9"})
    dialog = Dialog(hass, plex_tv, await entry.start_reconfigure_flow(hass))
    await dialog.choose("manual")
    await dialog.send({CONF_URL: fake_plex.url, CONF_VERIFY_SSL: True, **typed})
    await hass.async_block_till_done()
    assert (entry.data[CONF_URL], entry.data[CONF_CLIENT_ID]) == (fake_plex.url, CLIENT)


async def test_core_token_removes_the_client_identifier(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, token: str, set_up: SetUp
) -> None:
    """A token adopted from the Plex integration must not be signed out with the entry."""
    plex_tv.revoke(token)
    core_entry(fake_plex).add_to_hass(hass)
    entry = await add(hass, fake_plex, token)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.data[CONF_TOKEN] == fake_plex.token
    assert CONF_CLIENT_ID not in entry.data


@pytest.mark.parametrize("replaces", [True, False])
async def test_second_sign_in_updates_the_token_of_both_entries(
    hass: HomeAssistant,
    plex_tv: FakePlexTv,
    owner: Account,
    fake_plex: FakePlex,
    other_plex: FakePlex,
    replaces: bool,
) -> None:
    """plex.tv knows both entries as one device, and may end the former token of a device."""
    plex_tv.switches.replaces_tokens = replaces
    plex_tv.add_server(fake_plex, owner)
    first = (await (await Dialog.open(hass, plex_tv)).sign_in(owner)).result["result"]
    await hass.async_block_till_done()
    pasted = make_entry(fake_plex, unique_id="pasted", data={CONF_TOKEN: "pasted"})
    pasted.add_to_hass(hass)
    before = first.data[CONF_TOKEN]
    plex_tv.add_server(other_plex, owner)
    for name in ("pasted", "unknown"):
        plex_tv.add_resource(type(plex_tv.resources[0])(name, name, owner, []))

    dialog = await Dialog.open(hass, plex_tv)
    await dialog.sign_in(owner)
    await dialog.send({"server": other_plex.machine_identifier})
    await hass.async_block_till_done()

    second = dialog.result["result"]
    assert {first.data[CONF_TOKEN], second.data[CONF_TOKEN]} == owner.tokens
    assert (first.data[CONF_TOKEN] != before) is replaces
    assert first.state.name == second.state.name == "LOADED"
    assert pasted.data[CONF_TOKEN] == "pasted"


# -- the ping ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("obtained", [True, False])
async def test_unused_token_is_refreshed_by_a_ping(
    hass: HomeAssistant,
    plex_tv: FakePlexTv,
    fake_plex: FakePlex,
    token: str,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    obtained: bool,
) -> None:
    """A token that is not used at plex.tv can expire; an error of plex.tv does not affect scans."""
    data = {CONF_TOKEN: token, CONF_CLIENT_ID: CLIENT} if obtained else {CONF_TOKEN: token}
    entry = await set_up(make_entry(fake_plex, data=data))
    assert plex_tv.stats.requests == []
    for count, fault in ((1, None), (2, plex_tv.faults.add(Fault("status", times=0)))):
        if fault:
            fault.times = 1
        freezer.tick(timedelta(hours=12, seconds=1))
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert plex_tv.stats.count("/api/v2/ping", "GET") == (count if obtained else 0)
    assert entry.state.name == "LOADED"

    await hass.config_entries.async_unload(entry.entry_id)
    plex_tv.stats.reset()
    freezer.tick(timedelta(hours=12, seconds=1))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert plex_tv.stats.requests == []


async def test_diagnostics_contain_no_token(
    hass: HomeAssistant, plex_tv: FakePlexTv, fake_plex: FakePlex, token: str, set_up: SetUp
) -> None:
    """Neither the token nor the client identifier is included."""
    from custom_components.plex_smart_scan.diagnostics import async_get_config_entry_diagnostics  # noqa: PLC0415

    entry = await set_up(make_entry(fake_plex, data={CONF_TOKEN: token, CONF_CLIENT_ID: CLIENT}))
    shown = repr(await async_get_config_entry_diagnostics(hass, entry))
    assert token not in shown
    assert CLIENT not in shown


@pytest.mark.usefixtures("socket_enabled")
async def test_no_client_identifier_without_a_sign_in(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """Without a sign-in, no client identifier is created."""
    with patch("custom_components.plex_smart_scan.plex_tv_token.uuid4", side_effect=AssertionError):
        await hass.config_entries.flow.async_init("plex_smart_scan", context={"source": "user"})
    assert "plex_smart_scan.client" not in hass_storage
