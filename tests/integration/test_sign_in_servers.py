"""After the sign-in: which of the account's servers, and at which address. The token goes to that server only."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
import socket
from ssl import create_default_context
from typing import Any
from unittest.mock import patch

from homeassistant.const import CONF_CLIENT_ID, CONF_TOKEN, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.plex_smart_scan.flows.addresses import Candidate, candidates
from custom_components.plex_smart_scan.flows.sign_in import WAYS_TO_A_TOKEN
from custom_components.plex_smart_scan.plex_tv import ListedConnection, ListedServer
from tests.fake_plex import FakePlex
from tests.fake_plex.certificates import self_signed_context
from tests.fake_plex.faults import Fault
from tests.fake_plex.tls_proxy import TlsProxy
from tests.fake_plex_tv import Account, Connection, FakePlexTv, Resource
from tests.fake_plex_tv.models import plex_direct

from .config_flow import core_entry, discover
from .conftest import make_entry
from .sign_in import Dialog

FAILED = (FlowResultType.FORM, "sign_in_failed")
ADDRESS = (FlowResultType.FORM, "address")
NO_SERVER = 9  # an unused port that refuses connections


@pytest.fixture(autouse=True)
async def _settled(hass: HomeAssistant, fake_plex: FakePlex) -> AsyncIterator[None]:
    """Wait until all tasks are finished before Plex stops."""
    yield
    await hass.async_block_till_done()


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    """Wait for a server no longer than a test may take."""
    with (
        patch("custom_components.plex_smart_scan.flows.addresses.PROBE_SECONDS", 0.3),
        patch("custom_components.plex_smart_scan.flows.check_connection.REQUEST_TIMEOUT", 0.3),
    ):
        yield


@pytest.fixture
async def other_plex(socket_enabled: None) -> AsyncIterator[FakePlex]:
    """Return another server."""
    plex = FakePlex(machine_identifier="0ther", friendly_name="Attic", token="other-token")
    await plex.start()
    yield plex
    await plex.stop()


def at(plex: FakePlex, **other: Any) -> Connection:
    """Return the address of a server as a connection in its local network."""
    return Connection.of("127.0.0.1", plex.port, **other)


# -- which server -----------------------------------------------------------------------------------------------------


async def test_own_servers_are_offered_and_shared_ones_explained(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, other_plex: FakePlex
) -> None:
    """The account's own servers are offered; shared ones are listed with the reason why they cannot be used."""
    plex_tv.add_server(fake_plex, owner)
    plex_tv.add_server(other_plex, owner)
    friend = plex_tv.add_account("friend")
    plex_tv.add_resource(Resource("theirs", "Theirs", friend, [], shared_with=[owner]))
    plex_tv.add_resource(Resource("tv", "Television", owner, [], provides="client,player"))
    dialog = await (await Dialog.open(hass, plex_tv)).sign_in(owner)
    assert dialog.step == (FlowResultType.FORM, "select_server")
    assert dialog.placeholders == {
        "account": "owner",
        "shared": "These shared servers cannot be selected, because only the owner can scan them: Theirs (friend).",
    }
    assert (await dialog.send()).step == (FlowResultType.FORM, "select_server")
    assert dialog.result["data_schema"] is not None
    (selector,) = dialog.result["data_schema"].schema.values()
    assert [option["label"] for option in selector.config["options"]] == ["Living room", "Attic"]

    await dialog.send({"server": other_plex.machine_identifier})

    assert (dialog.result["type"], dialog.result["title"]) == (FlowResultType.CREATE_ENTRY, "Attic")
    assert fake_plex.stats.tokens == set()


async def test_shared_servers_are_not_mentioned_if_there_are_none(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, other_plex: FakePlex
) -> None:
    """Without shared servers, the form does not mention them."""
    plex_tv.add_server(fake_plex, owner)
    plex_tv.add_server(other_plex, owner)
    dialog = await (await Dialog.open(hass, plex_tv)).sign_in(owner)
    assert dialog.placeholders == {"account": "owner", "shared": ""}


async def test_configured_server_is_not_offered(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, other_plex: FakePlex
) -> None:
    """A configured server is not offered again."""
    plex_tv.add_server(fake_plex, owner)
    resource = plex_tv.add_server(other_plex, owner)
    make_entry(fake_plex).add_to_hass(hass)
    dialog = await (await Dialog.open(hass, plex_tv)).sign_in(owner)
    assert dialog.result["title"] == "Attic"

    plex_tv.resources.remove(resource)
    dialog = await (await Dialog.open(hass, plex_tv)).sign_in(owner)
    assert dialog.step == (FlowResultType.ABORT, "already_configured")


@pytest.mark.parametrize("shared", [True, False])
async def test_account_without_own_servers_can_be_changed(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, shared: bool
) -> None:
    """A shared server cannot be used; the user can sign in with another account."""
    friend = plex_tv.add_account("friend")
    resource = plex_tv.add_server(fake_plex, friend)
    if shared:
        resource.shared_with.append(owner)
    dialog = await (await Dialog.open(hass, plex_tv)).sign_in(owner)
    assert (dialog.step, dialog.errors) == (FAILED, {"base": "only_shared" if shared else "no_servers"})
    assert dialog.placeholders["account"] == "owner"
    assert dialog.placeholders["servers"] == ("Living room (friend)" if shared else "")
    assert fake_plex.stats.requests == []

    await dialog.retry("sign_in")
    await dialog.claim(friend)

    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY


# -- at which address -------------------------------------------------------------------------------------------------


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


# -- https ------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def tls(hass: HomeAssistant, fake_plex: FakePlex, tmp_path: Path) -> AsyncIterator[TlsProxy]:
    """Return where the server answers over https, with a certificate for its plex.direct name."""
    proxy = TlsProxy(fake_plex.port, self_signed_context(tmp_path, plex_direct("127.0.0.1")))
    yield proxy
    for entry in hass.config_entries.async_entries("plex_smart_scan"):
        await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    await hass.async_add_executor_job(proxy.stop)


async def test_plex_direct_name_is_used_for_https(
    hass: HomeAssistant,
    plex_tv: FakePlexTv,
    owner: Account,
    fake_plex: FakePlex,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tls: TlsProxy,
) -> None:
    """A server that requires https is reached by its plex.direct name, which its certificate is made for."""
    name = plex_direct("127.0.0.1")
    plex_tv.add_server(fake_plex, owner, [Connection.of("127.0.0.1", tls.port)], https_required=True)
    authority = str(tmp_path / "certificate.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority)
    real = socket.getaddrinfo

    def look_up(host: Any, *arguments: Any, **options: Any) -> Any:
        return real("127.0.0.1" if host == name else host, *arguments, **options)

    async def resolve(_self: Any, host: str, port: int = 0, family: int = 0) -> list[dict[str, Any]]:
        assert host == name
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}]

    with (
        patch("socket.getaddrinfo", look_up),
        patch("aiohttp.resolver.AsyncResolver.resolve", resolve),
        patch("homeassistant.util.ssl.client_context", return_value=create_default_context(cafile=authority)),
        patch(
            "homeassistant.helpers.aiohttp_client.ssl_util.client_context",
            return_value=create_default_context(cafile=authority),
        ),
    ):
        dialog = await (await Dialog.open(hass, plex_tv)).sign_in(owner)
        assert dialog.result["type"] is FlowResultType.CREATE_ENTRY, dialog.placeholders
        await hass.async_block_till_done()
    assert dialog.result["data"][CONF_URL] == f"https://{name}:{tls.port}"
    assert dialog.result["data"][CONF_VERIFY_SSL] is True


async def test_user_confirms_an_unverified_certificate(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, tls: TlsProxy
) -> None:
    """If plex.direct names cannot be resolved, the user decides whether to accept an unverified certificate."""
    plex_tv.add_server(fake_plex, owner, [Connection.of("127.0.0.1", tls.port)], https_required=True)

    dialog = await (await Dialog.open(hass, plex_tv)).sign_in(owner)

    assert dialog.step == ADDRESS
    assert dialog.suggested == {CONF_URL: tls.url, CONF_VERIFY_SSL: False}
    assert "its certificate was not issued for this URL" in dialog.placeholders["tried"]
    assert fake_plex.stats.tokens == set()
    await dialog.send({CONF_URL: tls.url, CONF_VERIFY_SSL: True})
    assert (dialog.step, dialog.errors) == (ADDRESS, {"base": "ssl_error"})

    await dialog.send({CONF_URL: tls.url, CONF_VERIFY_SSL: False})

    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY
    assert (dialog.result["data"][CONF_URL], dialog.result["data"][CONF_VERIFY_SSL]) == (tls.url, False)


# -- the order of addresses -------------------------------------------------------------------------------------------


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


# -- known servers ----------------------------------------------------------------------------------------------------


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
