"""The API of the fake plex.tv: PINs, codes, tokens and faults, as recorded from the real one."""

from typing import Any
from xml.etree import ElementTree as ET

import aiohttp
import pytest

from tests.fake_plex import FakePlex
from tests.fake_plex.faults import Fault
from tests.fake_plex_tv import Account, FakePlexTv, browser

CLIENT = {"X-Plex-Client-Identifier": "client", "X-Plex-Product": "Test", "Accept": "application/json"}


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
