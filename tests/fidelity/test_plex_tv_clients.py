"""Home Assistant's own Plex integration and plexapi, both unmodified, sign in at the fake plex.tv."""

from collections.abc import Iterator
import socket
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import plexapi.exceptions
from plexapi.myplex import MyPlexAccount, MyPlexPinLogin, MyPlexResource, MyPlexUser
import plexauth  # type: ignore[import-untyped]
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.fake_plex import FakePlex
from tests.fake_plex_tv import Account, Connection, FakePlexTv, Resource, browser

FLOWS = "/api/config/config_entries/flow"


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
