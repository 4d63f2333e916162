"""At which address the chosen server is used: the order of the listed ones; only that server gets the token."""

import asyncio
from unittest.mock import patch

import aiohttp
from homeassistant.const import CONF_CLIENT_ID, CONF_TOKEN, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.plex_smart_scan.flows.addresses import Candidate, candidates
from custom_components.plex_smart_scan.plex_tv import ListedConnection, ListedServer
from custom_components.plex_smart_scan.scanner import identify
from tests.fake_plex import FakePlex
from tests.fake_plex.faults import Fault
from tests.fake_plex_tv import Account, Connection, FakePlexTv
from tests.fake_plex_tv.models import plex_direct

from .dialog import ADDRESS, FAILED, NO_SERVER, Dialog, at


async def test_other_server_at_a_listed_address_gets_no_token(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, other_plex: FakePlex
) -> None:
    """Lists contain old addresses, at which another server may respond now."""
    plex_tv.add_server(fake_plex, owner, [Connection.of("127.0.0.1", NO_SERVER), at(other_plex), at(fake_plex)])

    dialog = await (await Dialog.open(hass, plex_tv)).sign_in(owner)

    assert dialog.result["data"][CONF_URL] == fake_plex.url
    assert other_plex.stats.count("/identity") == 1
    assert {request.path for request in other_plex.stats.requests} == {"/identity"}
    assert other_plex.stats.tokens == set()
    assert fake_plex.stats.tokens == owner.tokens


async def test_unreachable_addresses_are_shown_with_reasons(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, other_plex: FakePlex
) -> None:
    """The tried URLs are shown with reasons; the form is prefilled, and input is checked first."""
    slow, page = FakePlex(machine_identifier="slow"), FakePlex(machine_identifier="page")
    for each, kind in ((slow, "slow"), (page, "html")):
        await each.start()
        each.faults.add(Fault(kind))
    listed = [Connection.of("127.0.0.1", NO_SERVER), at(other_plex), at(slow), at(page)]
    relay = Connection.of("127.0.0.1", fake_plex.port, relay=True)
    plex_tv.add_server(fake_plex, owner, [*listed, relay])

    async def identify_impatiently(session: aiohttp.ClientSession, url: str) -> str:
        async with asyncio.timeout(0.3 if url == slow.url else None):
            return await identify(session, url)

    with patch("custom_components.plex_smart_scan.flows.addresses.identify", identify_impatiently):
        dialog = await (await Dialog.open(hass, plex_tv)).sign_in(owner)

    assert dialog.step == ADDRESS
    assert dialog.placeholders["name"] == "Living room"
    name = plex_direct("127.0.0.1")
    unknown = "the host name cannot be resolved. Your router may be blocking it (DNS rebinding protection)"
    assert dialog.placeholders["tried"].splitlines() == [
        f"- `http://127.0.0.1:{NO_SERVER}`: no server responded",
        f"- `{other_plex.url}`: another Plex server responded",
        f"- `{slow.url}`: no response in time",
        f"- `{page.url}`: the server that responded is not a Plex server",
        *[f"- `https://{name}:{each.port}`: {unknown}" for each in listed],
    ]
    assert dialog.suggested == {CONF_URL: f"http://127.0.0.1:{NO_SERVER}", CONF_VERIFY_SSL: True}
    assert fake_plex.stats.requests == []

    for url, errors in (
        ("http://", {CONF_URL: "cannot_connect"}),
        (other_plex.url, {"base": "other_server"}),
        (page.url, {"base": "not_plex"}),
        (f"https://{name}:{fake_plex.port}", {"base": "unknown_host"}),
        (f"https://127.0.0.1:{fake_plex.port}", {"base": "cannot_connect"}),
    ):
        await dialog.send({CONF_URL: url, CONF_VERIFY_SSL: True})
        assert (dialog.step, dialog.errors) == (ADDRESS, errors)
        assert dialog.suggested == {CONF_URL: url, CONF_VERIFY_SSL: True}
    assert (await dialog.send()).step == ADDRESS
    fault = fake_plex.faults.add(Fault("status", "/library/sections", status=500))
    await dialog.send({CONF_URL: fake_plex.url, CONF_VERIFY_SSL: True})
    assert (dialog.step, dialog.errors) == (ADDRESS, {"base": "cannot_connect"})
    fault.remove()
    await dialog.send({CONF_URL: f"{fake_plex.url}/web", CONF_VERIFY_SSL: True})

    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY
    data = dialog.result["data"]
    assert (data[CONF_URL], data[CONF_TOKEN]) == (fake_plex.url, *owner.tokens)
    assert CONF_CLIENT_ID in data
    for each in (other_plex, slow, page):
        assert each.stats.tokens == set()
    for each in (slow, page):
        await each.stop()


async def test_server_without_an_address_can_be_entered(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex
) -> None:
    """A server without an announced address can be set up by entering its URL."""
    plex_tv.add_server(fake_plex, owner, [])
    dialog = await (await Dialog.open(hass, plex_tv)).sign_in(owner)
    assert (dialog.step, dialog.placeholders["tried"]) == (ADDRESS, "")
    assert dialog.suggested == {CONF_URL: None, CONF_VERIFY_SSL: None}


async def test_server_is_compared_again_in_the_response_with_the_token(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, other_plex: FakePlex
) -> None:
    """The identifier in the response to the request with the token is compared, too."""
    plex_tv.add_server(fake_plex, owner)
    module = "custom_components.plex_smart_scan.flows.addresses.identify"
    other_plex.token_authority = lambda _identifier, _token: "owner"
    plex_tv.resources[0].connections = [at(other_plex)]
    with patch(module, return_value=fake_plex.machine_identifier):
        dialog = await (await Dialog.open(hass, plex_tv)).sign_in(owner)
        assert dialog.step == ADDRESS
        assert "another Plex server responded" in dialog.placeholders["tried"]
        await dialog.send({CONF_URL: other_plex.url, CONF_VERIFY_SSL: True})
    assert (dialog.step, dialog.errors) == (ADDRESS, {"base": "other_server"})


@pytest.mark.parametrize("status", [401, 498])
async def test_token_rejected_by_the_server_is_an_error(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, status: int
) -> None:
    """The right server responds and rejects the token from plex.tv."""
    plex_tv.add_server(fake_plex, owner)
    fault = fake_plex.faults.add(Fault("status", "/", status=status))
    dialog = await (await Dialog.open(hass, plex_tv)).sign_in(owner)
    assert (dialog.step, dialog.errors) == (FAILED, {"base": "sign_in_rejected"})

    fault.remove()
    await dialog.retry("sign_in_code")
    await dialog.enter_code(owner)
    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY


async def test_token_without_permission_ends_the_search(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex
) -> None:
    """If the server denies the permission, the flow ends, although plex.tv lists the server as owned."""
    plex_tv.add_server(fake_plex, owner, [at(fake_plex), Connection.of("127.0.0.1", NO_SERVER)])
    fake_plex.token_authority = lambda _identifier, _token: "shared"
    dialog = await (await Dialog.open(hass, plex_tv)).sign_in(owner)
    assert (dialog.step, dialog.errors) == (FAILED, {"base": "no_permission"})


def listing(*connections: ListedConnection, https_required: bool = False) -> ListedServer:
    """Return a server as plex.tv lists it."""
    return ListedServer(
        identifier="id",
        name="Name",
        owned=True,
        owner="",
        https_required=https_required,
        connections=connections,
        token="secret",
    )


LAN = ListedConnection("https://192-168-1-10.0abc.plex.direct:32400", "192.168.1.10", 32400, local=True, relay=False)
LAN6 = ListedConnection("https://fd00--10.0abc.plex.direct:32400", "fd00::10", 32400, local=True, relay=False)
CUSTOM = ListedConnection("http://plex.lan:32400", "plex.lan", 32400, local=True, relay=False)
CUSTOM_TLS = ListedConnection("https://plex.lan:8443/plex/", "plex.lan", 8443, local=True, relay=False)
REMOTE = ListedConnection("https://example.org:443", "example.org", 443, local=False, relay=False)
REMOTE_HTTP = ListedConnection("http://example.org:80", "example.org", 80, local=False, relay=False)
RELAY = ListedConnection("https://203-0-113-7.0abc.plex.direct:8443", "203.0.113.7", 8443, local=True, relay=True)
BROKEN = ListedConnection("https://[::1", "192.168.1.11", 99999, local=True, relay=False)
UNUSABLE = ListedConnection("https://[x", "a/b@evil.example?#", 32400, local=True, relay=False)
NAMELESS = ListedConnection("nonsense", "192.168.1.12", 32400, local=True, relay=False)


def test_local_http_addresses_are_first() -> None:
    """Plain http on the local network first; never a relay, never remote http."""
    server = listing(RELAY, REMOTE, REMOTE_HTTP, CUSTOM_TLS, CUSTOM, LAN6, LAN, BROKEN, UNUSABLE)
    assert [(each.url, each.verify_ssl) for each in candidates(server)] == [
        ("http://[fd00::10]:32400", True),
        ("http://192.168.1.10:32400", True),
        ("https://fd00--10.0abc.plex.direct:32400", True),
        ("https://192-168-1-10.0abc.plex.direct:32400", True),
        ("https://plex.lan:8443/plex", True),
        ("http://plex.lan:8443", True),
        ("http://plex.lan:32400", True),
        ("https://example.org", True),
    ]


def test_https_addresses_are_first_if_required() -> None:
    """If https is required, http is only tried at the known address, and unverified certificates are last."""
    current = Candidate("http://192.168.1.10:32400")
    server = listing(REMOTE, CUSTOM, LAN, NAMELESS, https_required=True)
    assert candidates(server, current) == [
        current,
        Candidate("https://192-168-1-10.0abc.plex.direct:32400"),
        Candidate("https://example.org"),
        Candidate("https://192.168.1.10:32400", verify_ssl=False),
        Candidate("https://192.168.1.12:32400", verify_ssl=False),
    ]


def test_addresses_are_unique() -> None:
    """An address that Plex lists several times is tried once."""
    current = Candidate("https://example.org")
    assert candidates(listing(REMOTE, REMOTE), current) == [current]


def test_token_is_not_in_the_repr_of_a_server() -> None:
    """The representation of a server for the log does not contain its token."""
    assert "secret" not in repr(listing(LAN))
