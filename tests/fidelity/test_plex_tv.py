"""The fake plex.tv is honest: Home Assistant's own plex integration and plexapi sign in at it, unmodified."""

from collections.abc import Iterator
import socket
from typing import Any
from unittest.mock import patch
from xml.etree import ElementTree as ET

import aiohttp
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import plexapi.exceptions
from plexapi.myplex import MyPlexAccount, MyPlexPinLogin, MyPlexResource, MyPlexUser
import plexauth  # type: ignore[import-untyped]
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.fake_plex import FakePlex
from tests.fake_plex.faults import Fault
from tests.fake_plex_tv import Account, Connection, FakePlexTv, Resource, browser

FLOWS = "/api/config/config_entries/flow"
CLIENT = {"X-Plex-Client-Identifier": "client", "X-Plex-Product": "Test", "Accept": "application/json"}


@pytest.fixture
def no_dns() -> Iterator[None]:
    """Resolve no name but those of this machine: plex.direct is not asked."""
    real = socket.getaddrinfo

    def resolve(host: Any, *arguments: Any, **options: Any) -> Any:
        if host in {"127.0.0.1", "localhost", None}:
            return real(host, *arguments, **options)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with patch("socket.getaddrinfo", resolve):
        yield


@pytest.fixture
def redirected(fake_plex_tv: FakePlexTv, no_dns: None) -> Iterator[None]:
    """Lead plexapi and plexauth to the fake."""
    url = fake_plex_tv.url
    with (
        patch.object(plexauth, "CODES_URL", f"{url}/api/v2/pins.json?strong=true"),
        patch.object(plexauth, "TOKEN_URL", url + "/api/v2/pins/{}"),
        patch.object(plexauth, "AUTH_URL", fake_plex_tv.auth_url + "#!?{}"),
        patch.object(MyPlexPinLogin, "PINS", f"{url}/api/v2/pins"),
        patch.object(MyPlexAccount, "key", f"{url}/api/v2/user"),
        patch.object(MyPlexAccount, "PING", f"{url}/api/v2/ping"),
        patch.object(MyPlexAccount, "SIGNOUT", f"{url}/api/v2/users/signout"),
        patch.object(MyPlexUser, "key", f"{url}/api/users/"),
        patch.object(MyPlexResource, "key", f"{url}/api/v2/resources?includeHttps=1&includeRelay=1&includeIPv6=1"),
    ):
        yield


# -- Home Assistant's plex integration --------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:ssl=None is deprecated:DeprecationWarning")
@pytest.mark.parametrize("expected_lingering_timers", [True])
async def test_core_plex_integration_can_sign_in(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    fake_plex: FakePlex,
    fake_plex_tv: FakePlexTv,
    owner: Account,
    redirected: None,
) -> None:
    """Its website step, the user's page, the way back through its view, and the server that it finds."""
    fake_plex_tv.add_server(fake_plex, owner)
    for component in ("homeassistant", "config"):
        assert await async_setup_component(hass, component, {})
    hass.http.app._router.freeze = lambda: None  # type: ignore[method-assign]  # as Home Assistant's own server does
    client = await hass_client()
    base = str(client.make_url("")).rstrip("/")
    headers = {"HA-Frontend-Base": base}
    with patch("plexauth.sleep"), patch("plexapi.gdm.GDM.scan"):
        flow = await (await client.post(FLOWS, json={"handler": "plex"}, headers=headers)).json()
        address = f"{FLOWS}/{flow['flow_id']}"
        step = await (await client.post(address, json={"next_step_id": "website_auth"}, headers=headers)).json()
        assert step["type"] == "external"

        visit = await browser.sign_in(fake_plex_tv, step["url"], "owner")

        assert (visit.product, visit.alert, visit.status) == ("Home Assistant", False, 200)
        assert visit.forwarded_to.startswith(f"{base}/auth/plex/callback")
        result = await (await client.get(address)).json()
        await hass.async_block_till_done()
    assert result["type"] == "create_entry"
    (entry,) = hass.config_entries.async_entries("plex")
    assert entry.state is ConfigEntryState.LOADED
    assert entry.unique_id == fake_plex.machine_identifier
    assert entry.data["server_config"]["token"] in owner.tokens
    assert entry.data["server_config"]["token"] in fake_plex.stats.tokens
    assert await hass.config_entries.async_unload(entry.entry_id)
    await fake_plex.wait_no_websocket()
    await hass.async_block_till_done()


# -- plexapi ----------------------------------------------------------------------------------------------------------


async def test_plexapi_can_sign_in_with_a_code(
    hass: HomeAssistant, fake_plex: FakePlex, fake_plex_tv: FakePlexTv, owner: Account, redirected: None
) -> None:
    """The code is entered at the page for it; the account, its servers, ping and sign-out work with the token."""
    fake_plex_tv.add_server(
        fake_plex, owner, [Connection.of("127.0.0.1", 9), Connection.of("127.0.0.1", fake_plex.port)]
    )
    login = await hass.async_add_executor_job(MyPlexPinLogin)
    code = await hass.async_add_executor_job(lambda: login.pin)
    assert len(code) == 4
    assert not await hass.async_add_executor_job(login.checkLogin)
    assert "Your device is linked" in await browser.link(fake_plex_tv, code.lower(), "owner")
    assert await hass.async_add_executor_job(login.checkLogin)
    assert login.token in owner.tokens

    account = await hass.async_add_executor_job(lambda: MyPlexAccount(token=login.token))
    assert (account.username, account.subscriptionActive, account.subscriptionFeatures) == (
        "owner",
        False,
        ["home", "adaptive_bitrate"],
    )
    assert await hass.async_add_executor_job(account.ping)
    (resource,) = await hass.async_add_executor_job(account.resources)
    assert (resource.owned, resource.provides, resource.httpsRequired) == (True, "server", False)
    server = await hass.async_add_executor_job(resource.connect)
    assert server.machineIdentifier == fake_plex.machine_identifier

    await hass.async_add_executor_job(account.signout)
    assert owner.tokens == set()
    with pytest.raises(plexapi.exceptions.Unauthorized):
        await hass.async_add_executor_job(account.ping)
    with pytest.raises(plexapi.exceptions.Unauthorized):
        await hass.async_add_executor_job(server.systemAccounts)


async def test_plexapi_can_sign_in_at_the_page(
    hass: HomeAssistant, fake_plex_tv: FakePlexTv, owner: Account, redirected: None
) -> None:
    """Plexapi sends no Origin, so the page does not return to our URL."""
    login = await hass.async_add_executor_job(lambda: MyPlexPinLogin(oauth=True))
    url = await hass.async_add_executor_job(login.oauthUrl)
    url = url.replace("https://app.plex.tv/auth/", fake_plex_tv.auth_url)
    refused = await browser.sign_in(fake_plex_tv, f"{url}&forwardUrl=http://127.0.0.1:1/", "owner")
    assert refused.message.startswith("We were unable to complete this request")
    assert not await hass.async_add_executor_job(login.checkLogin)

    visit = await browser.sign_in(fake_plex_tv, url, "owner")

    assert visit.forwarded_to == ""
    login = MyPlexPinLogin()  # a PIN that was never made is not found
    login._id = "1"
    assert not await hass.async_add_executor_job(login.checkLogin)
    assert login.expired


async def test_plexapi_sees_shared_servers_and_players(
    hass: HomeAssistant, fake_plex: FakePlex, fake_plex_tv: FakePlexTv, owner: Account, redirected: None
) -> None:
    """A shared server has a separate token, which can read but not scan."""
    friend = fake_plex_tv.add_account("friend")
    # plexapi does not try local addresses of shared servers.
    remote = Connection.of("127.0.0.1", fake_plex.port, local=False)
    shared = fake_plex_tv.add_server(fake_plex, friend, [remote])
    shared.shared_with.append(owner)
    relay = Connection.of("203.0.113.9", 8443, local=False, relay=True)
    fake_plex_tv.add_resource(Resource("player", "TV", owner, [relay], provides="client,player"))
    token = fake_plex_tv.issue_token(owner, "client", "Test", "Test")

    account = await hass.async_add_executor_job(lambda: MyPlexAccount(token=token))
    by_name = {each.name: each for each in await hass.async_add_executor_job(account.resources)}

    assert by_name["TV"].connections[0].relay
    resource = by_name["Living room"]
    assert (resource.owned, resource.sourceTitle, resource.accessToken) == (False, "friend", shared.share_token)
    assert fake_plex.role_of(token) is None
    assert fake_plex.role_of(shared.share_token) == "shared"
    server = await hass.async_add_executor_job(resource.connect)
    assert server.machineIdentifier == fake_plex.machine_identifier


# -- the plain API ----------------------------------------------------------------------------------------------------


@pytest.fixture
async def session(fake_plex_tv: FakePlexTv) -> Any:
    """Return a plain client."""
    async with aiohttp.ClientSession(fake_plex_tv.url, headers=CLIENT) as session:
        yield session


async def test_new_pin_has_the_recorded_fields(fake_plex_tv: FakePlexTv, session: aiohttp.ClientSession) -> None:
    """The fields of a recorded PIN, in JSON and in XML; the long kind lasts half an hour."""
    async with session.post("/api/v2/pins", params={"strong": "true"}) as answer:
        assert answer.status == 201
        pin = await answer.json()
    assert list(pin) == [
        *("id", "code", "product", "trusted", "qr", "clientIdentifier", "location", "expiresIn", "createdAt"),
        *("expiresAt", "authToken", "newRegistration"),
    ]
    assert (len(pin["code"]), pin["expiresIn"], pin["authToken"]) == (24, 1800, None)
    async with session.get(f"/api/v2/pins/{pin['id']}", headers={"Accept": "text/xml"}) as answer:
        root = ET.fromstring(await answer.text())  # noqa: S314 - our own fake's
    assert (root.tag, root.get("code"), root.get("authToken")) == ("pin", pin["code"], "")


@pytest.mark.parametrize("missing", ["X-Plex-Client-Identifier", "X-Plex-Product"])
async def test_pin_requires_the_client_headers(fake_plex_tv: FakePlexTv, missing: str) -> None:
    """A program has to name itself; a key of the new kind of token is never wanted."""
    headers = {name: value for name, value in CLIENT.items() if name != missing}
    async with aiohttp.ClientSession(fake_plex_tv.url) as session:
        async with session.post("/api/v2/pins", headers=headers) as answer:
            assert answer.status == 400
        async with session.post("/api/v2/pins", headers=CLIENT, json={"jwk": {"kty": "OKP"}}) as answer:
            assert answer.status == 400


async def test_unknown_or_expired_pin_is_not_found(
    fake_plex_tv: FakePlexTv, session: aiohttp.ClientSession, owner: Account
) -> None:
    """Expired, unknown, or another client's: 404 with code 1020. The page and a claim refuse it too."""
    fake_plex_tv.switches.expires_in = 0
    async with session.post("/api/v2/pins") as answer:
        pin = await answer.json()
    for path in (f"/api/v2/pins/{pin['id']}", "/api/v2/pins/1", f"/api/v2/pins/info?code={pin['code']}"):
        async with session.get(path) as answer:
            assert answer.status == 404
            assert (await answer.json())["errors"][0]["code"] == 1020
    assert "not valid" in await browser.link(fake_plex_tv, pin["code"], "owner")

    fake_plex_tv.switches.expires_in = None
    async with session.post("/api/v2/pins") as answer:
        pin = await answer.json()
    async with session.get(f"/api/v2/pins/{pin['id']}", headers={"X-Plex-Client-Identifier": "other"}) as answer:
        assert answer.status == 404
    async with session.get("/api/v2/pins/undefined") as answer:
        assert answer.status == 400


async def test_long_code_is_rejected_at_the_link_page(
    fake_plex_tv: FakePlexTv, session: aiohttp.ClientSession, owner: Account
) -> None:
    """The two kinds of codes do not mix."""
    async with session.post("/api/v2/pins", params={"strong": "true"}) as answer:
        pin = await answer.json()
    assert "not valid" in await browser.link(fake_plex_tv, pin["code"], "owner")


async def test_frequent_polling_is_rejected(session: aiohttp.ClientSession, fake_plex_tv: FakePlexTv) -> None:
    """More than one question a second about a PIN is too much."""
    now = 1000.0
    fake_plex_tv.clock = lambda: now
    fake_plex_tv.switches.limits_polls = True
    async with session.post("/api/v2/pins") as answer:
        path = f"/api/v2/pins/{(await answer.json())['id']}"
    statuses = []
    for seconds in (0, 0.5, 1.5):
        now = 1000.0 + seconds
        async with session.get(path) as answer:
            statuses.append(answer.status)
    assert statuses == [200, 429, 200]


async def test_other_ip_address_gets_a_warning(
    fake_plex_tv: FakePlexTv, session: aiohttp.ClientSession, owner: Account
) -> None:
    """A browser at another address than the creator of the PIN shows a warning and can continue."""
    fake_plex_tv.switches.browser_address = "2001:db8::7"
    async with session.post("/api/v2/pins", params={"strong": "true"}) as answer:
        pin = await answer.json()
    visit = await browser.sign_in(fake_plex_tv, f"{fake_plex_tv.auth_url}#?code={pin['code']}", "owner")
    assert visit.alert
    assert fake_plex_tv.last_pin.token in owner.tokens


@pytest.mark.parametrize(("replaces", "same"), [(False, True), (True, False)])
async def test_same_client_identifier_gets_the_same_device(
    fake_plex_tv: FakePlexTv, owner: Account, replaces: bool, same: bool
) -> None:
    """The same device gets its token again, or with the switch another one that ends the former."""
    fake_plex_tv.switches.replaces_tokens = replaces
    first = fake_plex_tv.issue_token(owner, "client", "Test", "Test")
    second = fake_plex_tv.issue_token(owner, "client", "Test", "Test")
    assert (first == second) is same
    assert owner.tokens == {second}


async def test_sign_out_of_all_devices_ends_all_tokens(
    fake_plex_tv: FakePlexTv, fake_plex: FakePlex, owner: Account
) -> None:
    """All tokens end, and the owner's servers are signed out until they are claimed again."""
    resource = fake_plex_tv.add_server(fake_plex, owner)
    token = fake_plex_tv.issue_token(owner, "client", "Test", "Test")
    assert fake_plex.role_of(token) == "owner"
    fake_plex_tv.sign_out_all(owner)
    assert (fake_plex.claimed, fake_plex.role_of(token), fake_plex_tv.listed_for(owner)) == (False, None, [])
    fake_plex_tv.claim_server(resource)
    token = fake_plex_tv.issue_token(owner, "client", "Test", "Test")
    assert (fake_plex.claimed, fake_plex.role_of(token), fake_plex_tv.listed_for(owner)) == (True, "owner", [resource])


async def test_faults_of_plex_tv(fake_plex_tv: FakePlexTv, session: aiohttp.ClientSession) -> None:
    """What plex.tv may answer instead: errors, a page, another origin, nothing, or late."""
    for fault, status in (
        (Fault("status", status=500, times=1), 500),
        (Fault("status", status=429, times=1, body='{"errors": [{"code": 1003}]}'), 429),
        (Fault("status", status=498, times=1), 498),
        (Fault("html", times=1), 200),
        (Fault("redirect", times=1, to="http://127.0.0.1:1"), 302),
    ):
        fake_plex_tv.faults.add(fault)
        async with session.get("/api/v2/user", allow_redirects=False) as answer:
            assert answer.status == status
    cut = fake_plex_tv.faults.add(Fault("disconnect"))
    with pytest.raises(aiohttp.ClientError):
        await session.get("/api/v2/user")
    cut.remove()
    slow = fake_plex_tv.faults.add(Fault("slow", times=1))
    with pytest.raises(TimeoutError):
        await session.get("/api/v2/user", timeout=aiohttp.ClientTimeout(total=0.05))
    slow.remove()
    async with session.get("/api/v2/user") as answer:
        assert answer.status == 401
        assert (await answer.json())["errors"][0]["code"] == 1001
