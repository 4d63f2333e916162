"""Tokens, the shared user, the unclaimed server, TLS."""

from pathlib import Path

import aiohttp
import pytest

from tests.fake_plex import FakeLibrary, FakePlex
from tests.fake_plex.certificates import self_signed_context
from tests.fidelity.client import Client

ADMIN_ONLY = [
    ("GET", "/library"),
    ("GET", "/accounts"),
    ("GET", "/:/prefs"),
    ("PUT", "/:/prefs"),
    ("GET", "/library/sections/1/refresh"),
    ("POST", "/library/sections/1/refresh"),
    ("DELETE", "/library/sections/1/refresh"),
    ("GET", "/library/sections/all/refresh"),
    ("PUT", "/library/sections/1/emptyTrash"),
    ("PUT", "/library/metadata/1/analyze"),
    ("PUT", "/library/metadata/1/refresh"),
    ("GET", "/services/browse"),
    ("GET", "/butler"),
]


async def test_token_is_accepted_in_header_and_query(client: Client) -> None:
    """Both ways are accepted; none and a wrong one are not."""
    assert (await client.ask("/")).status == 200
    assert (await client.ask("/", token=None, query={"X-Plex-Token": "server-token"})).status == 200
    assert (await client.ask("/", token=None)).status == 401
    assert (await client.ask("/", token="wrong")).status == 401
    assert (await client.ask("/nonsense", token=None)).status == 401


@pytest.mark.parametrize(("method", "path"), ADMIN_ONLY)
async def test_shared_user_cannot_scan_or_administer(
    client: Client, movies: FakeLibrary, method: str, path: str
) -> None:
    """A shared user's token reads, and neither scans nor administers."""
    assert (await client.ask(path, method, token="shared-token")).status == 403
    assert (await client.ask(path, method)).status == 200
    await client.plex.wait_idle()


async def test_shared_user_can_read(client: Client, movies: FakeLibrary) -> None:
    """Sections, listings, items: all readable."""
    for path in ("/", "/library/sections", "/library/sections/1/all", "/library/metadata/1", "/activities"):
        assert (await client.ask(path, token="shared-token")).status == 200, path
    assert (await client.ask("/activities", token="shared-token")).xml.get("size") == "0"


async def test_shared_user_receives_own_activities_only(client: Client, movies: FakeLibrary) -> None:
    """A user without admin rights only sees their own activities."""
    url = f"{client.plex.url}/:/websockets/notifications"
    async with client.session.ws_connect(url, headers={"X-Plex-Token": "shared-token"}) as socket:
        await client.plex.wait_websocket()
        await client.scan(movies)
        kinds = [(await socket.receive_json())["NotificationContainer"]["type"] for _ in range(2)]
    assert "activity" not in kinds


@pytest.mark.parametrize("path", ["/:/websockets/notifications", "/:/eventsource/notifications"])
async def test_notifications_require_a_token(client: Client, path: str) -> None:
    """Requests without a token are rejected."""
    assert (await client.ask(path, token=None)).status == 401


async def test_websocket_requires_an_upgrade(client: Client) -> None:
    """A plain GET of the websocket's path is a bad request."""
    assert (await client.ask("/:/websockets/notifications")).status == 400


async def test_unclaimed_server_requires_no_local_token(socket_enabled: None) -> None:
    """It needs no token from a local address, and refuses unknown host names whatever the token."""
    plex = FakePlex(claimed=False)
    await plex.start()
    async with aiohttp.ClientSession() as session:
        client = Client(plex, session)
        assert (await client.ask("/library/sections", token=None)).status == 200
        assert (await client.ask("/accounts", token=None)).status == 200
        assert (await client.ask("/", token="wrong")).status == 401
        for host, status in (
            ("localhost:32400", 200),
            ("192.168.1.5:32400", 200),
            ("[fe80::1]:32400", 200),
            ("plex:32400", 401),
            ("plex.example.com", 401),
        ):
            assert (await client.ask("/", token=None, headers={"Host": host})).status == status, host
            assert (await client.ask("/identity", token=None, headers={"Host": host})).status == 200
        assert (await client.ask("/identity", token=None)).xml.get("claimed") == "0"
        assert (await client.ask("/", token=None)).xml.get("myPlex") == "0"
    await plex.stop()


async def test_untrusted_certificate_fails_verification(socket_enabled: None, tmp_path: Path) -> None:
    """With an untrusted certificate, verification fails; without verification, everything works."""
    plex = FakePlex()
    await plex.start(ssl_context=self_signed_context(tmp_path))
    assert plex.url.startswith("https://127.0.0.1:")
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(f"{plex.url}/identity")
        async with session.get(f"{plex.url}/identity", ssl=False) as response:
            assert response.status == 200
    await plex.stop()
