"""Signing in at plex.tv with the page or with a code: which requests are sent, and that no secret is in the log."""

import logging
from typing import Any
from unittest.mock import patch

import aiohttp
from homeassistant.const import CONF_CLIENT_ID, CONF_TOKEN, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
import plexapi
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.plex_smart_scan.flows.pin_polling import Timing, longer
from tests.fake_plex import FakePlex
from tests.fake_plex.faults import Fault
from tests.fake_plex_tv import Account, FakePlexTv, browser

from .dialog import PATIENT, TIMING, Dialog

FLOWS = "/api/config/config_entries/flow"


async def test_sign_in_sets_up_the_server(dialog: Dialog, listed: FakePlex, owner: Account) -> None:
    """One click, the page, and the server is set up with its best address and the token of the account."""
    assert dialog.result["menu_options"] == ["sign_in", "sign_in_code", "manual"]

    await dialog.sign_in(owner)

    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY
    assert dialog.result["title"] == "Living room"
    assert dialog.result["result"].unique_id == listed.machine_identifier
    (device,) = owner.devices.values()
    assert device.product == "Plex Smart Scan"
    data = dialog.result["data"]
    assert (data[CONF_URL], data[CONF_TOKEN], data[CONF_VERIFY_SSL]) == (listed.url, device.token, True)
    assert data[CONF_CLIENT_ID] == device.client_identifier


async def test_page_can_be_closed_without_a_frontend_url(dialog: Dialog, owner: Account) -> None:
    """Without the frontend's URL, the page does not return to Home Assistant, but says that it can be closed."""
    await dialog.choose("sign_in")
    parameters = browser.fragment_of(dialog.result["url"])
    assert "forwardUrl" not in parameters
    assert parameters["context[device][product]"] == "Plex Smart Scan"
    assert dialog.plex_tv.last_pin.origin is None

    await dialog.claim(owner)

    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("way", ["sign_in", "sign_in_code"])
async def test_requests_to_plex_tv_have_the_token_in_headers_only(dialog: Dialog, owner: Account, way: str) -> None:
    """The token is only sent in headers, no key is sent, and all requests have one client identifier."""
    if way == "sign_in":
        await dialog.sign_in(owner)
    else:
        await (await dialog.choose(way)).enter_code(owner)

    requests = [each for each in dialog.plex_tv.stats.requests if each.path.startswith("/api/")]
    ours = [each for each in requests if not each.path.endswith("/info")]
    assert {each.headers["X-Plex-Client-Identifier"] for each in ours} == set(owner.devices)
    assert {each.headers["X-Plex-Product"] for each in ours} == {"Plex Smart Scan"}
    assert {each.headers["Accept"] for each in ours} == {"application/json"}
    assert not any("token" in name.lower() for each in ours for name in each.query)
    assert [each.path for each in ours[-2:]] == ["/api/v2/resources", "/api/v2/user"]
    assert dialog.plex_tv.last_pin.strong is (way == "sign_in")


class Browser:
    """A dialog over HTTP, as Home Assistant's frontend has it."""

    def __init__(self, client: Any) -> None:
        """Keep the client; its address is where the frontend sees Home Assistant."""
        self.client = client
        self.base = str(client.make_url("")).rstrip("/")
        self.flow_id = ""

    async def post(self, data: dict[str, Any], base: str | None = None) -> dict[str, Any]:
        """Send a step."""
        address = f"{FLOWS}/{self.flow_id}" if self.flow_id else FLOWS
        headers = {"HA-Frontend-Base": base or self.base}
        async with self.client.post(address, json=data, headers=headers) as answer:
            step: dict[str, Any] = await answer.json()
        self.flow_id = step["flow_id"]
        return step

    async def get(self) -> dict[str, Any]:
        """Load the present step."""
        async with self.client.get(f"{FLOWS}/{self.flow_id}") as answer:
            step: dict[str, Any] = await answer.json()
        return step


@pytest.fixture
async def frontend(hass: HomeAssistant, hass_client: ClientSessionGenerator, listed: FakePlex) -> Browser:
    """Return a browser with the dialog open."""
    assert await async_setup_component(hass, "config", {})
    hass.http.app._router.freeze = lambda: None  # type: ignore[method-assign]  # as Home Assistant's own server does
    frontend = Browser(await hass_client())
    await frontend.post({"handler": "plex_smart_scan"})
    return frontend


async def test_return_from_the_page_continues_the_flow(
    hass: HomeAssistant, frontend: Browser, plex_tv: FakePlexTv, owner: Account
) -> None:
    """The page returns to the frontend's URL, which closes the window, and plex.tv is polled immediately."""
    with patch(TIMING, PATIENT):
        step = await frontend.post({"next_step_id": "sign_in"})
        assert (step["type"], step["step_id"]) == ("external", "signing_in")
        assert plex_tv.last_pin.origin == frontend.base

        visit = await browser.sign_in(plex_tv, step["url"], "owner")

        assert visit.forwarded_to == f"{frontend.base}/auth/plex_smart_scan/callback?flow_id={frontend.flow_id}"
        assert (visit.status, visit.alert) == (200, False)
        assert "window.close()" in visit.page
        await plex_tv.wait_for_request("/api/v2/user")
        await hass.async_block_till_done(wait_background_tasks=True)
    step = await frontend.get()
    assert step["type"] == "create_entry"


async def test_return_before_the_claim_does_not_continue_the_flow(
    hass: HomeAssistant, frontend: Browser, plex_tv: FakePlexTv, owner: Account
) -> None:
    """Opening the callback reveals nothing; the flow continues only when the PIN is claimed."""
    step = await frontend.post({"next_step_id": "sign_in"})
    callback = browser.fragment_of(step["url"])["forwardUrl"]
    async with aiohttp.ClientSession() as session:
        for url in (callback, callback.partition("?")[0], f"{callback}x"):
            async with session.get(url) as answer:
                assert answer.status == 200
                assert frontend.flow_id not in await answer.text()
    assert (await frontend.get())["type"] == "external"
    await plex_tv.wait_for_request("/api/v2/pins/*", count=3, method="GET")

    plex_tv.claim(plex_tv.last_pin.code, owner)
    await plex_tv.wait_for_request("/api/v2/user")
    await hass.async_block_till_done(wait_background_tasks=True)

    assert (await frontend.get())["type"] == "create_entry"
    async with aiohttp.ClientSession() as session, session.get(callback) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("base", ["homeassistant://navigate", "nonsense", "http://[::1"])
async def test_invalid_frontend_url_is_ignored(frontend: Browser, plex_tv: FakePlexTv, base: str) -> None:
    """A URL that is neither http nor https is not sent, since the page would reject the sign-in."""
    step = await frontend.post({"next_step_id": "sign_in"}, base)

    assert step["type"] == "external"
    assert "forwardUrl" not in browser.fragment_of(step["url"])
    await frontend.client.delete(f"{FLOWS}/{frontend.flow_id}")


async def test_changed_plexapi_identity_is_not_used(dialog: Dialog, owner: Account) -> None:
    """The Plex integration changes plexapi's identity for the whole process; the sign-in does not use it."""
    await dialog.choose("sign_in")
    before = dialog.plex_tv.last_pin.client_identifier
    with patch("plexapi.X_PLEX_IDENTIFIER", "another"), patch("plexapi.myplex.BASE_HEADERS"):
        plexapi.myplex.BASE_HEADERS = plexapi.reset_base_headers()  # type: ignore[attr-defined, no-untyped-call]
        await dialog.claim(owner)
    assert dialog.result["data"][CONF_CLIENT_ID] == before


async def test_sign_in_with_a_code(dialog: Dialog, owner: Account) -> None:
    """If no window can be opened, the user enters four characters on any device."""
    await dialog.choose("sign_in_code")
    assert dialog.step == (FlowResultType.SHOW_PROGRESS, "entering_code")
    assert dialog.result["progress_action"] == "enter_code"
    code = dialog.placeholders["code"]
    assert (len(code), dialog.placeholders["url"]) == (4, dialog.plex_tv.link_url)
    assert (await dialog.send()).step == (FlowResultType.SHOW_PROGRESS, "entering_code")

    await dialog.enter_code(owner)

    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY
    assert dialog.result["data"][CONF_TOKEN] in owner.tokens


def test_polling_interval_grows() -> None:
    """The intervals are 2, 4, 8, 16 and 16 seconds; Plex allows one request a second."""
    with patch(TIMING, Timing()):
        delays = [2.0]
        for _ in range(4):
            delays.append(longer(delays[-1]))
    assert delays == [2, 4, 8, 16, 16]


@pytest.mark.parametrize("way", ["sign_in", "sign_in_code"])
async def test_no_secret_in_the_log(
    hass: HomeAssistant, dialog: Dialog, owner: Account, caplog: pytest.LogCaptureFixture, way: str
) -> None:
    """Even with debug logging and errors, no line contains a token, a PIN or a code."""
    caplog.set_level(logging.DEBUG)
    plex_tv = dialog.plex_tv
    plex_tv.faults.add(Fault("status", "/api/v2/pins/1*", "GET", status=500, times=1))
    plex_tv.faults.add(Fault("html", "/api/v2/pins/1*", "GET", times=1))
    plex_tv.faults.add(Fault("status", "/api/v2/resources", status=500, times=1))
    plex_tv.faults.add(Fault("status", "/api/v2/user"))
    plex_tv.faults.add(Fault("status", "/api/v2/users/signout"))
    plex_tv.switches.expires_in = 0
    await (await dialog.choose(way)).moved_on()
    plex_tv.switches.expires_in = None
    await dialog.retry(way)
    await (dialog.claim(owner) if way == "sign_in" else dialog.enter_code(owner))
    await hass.async_block_till_done()
    await hass.config_entries.async_remove(dialog.result["result"].entry_id)
    await hass.async_block_till_done()

    ours = [record for record in caplog.records if record.name.startswith("custom_components.plex_smart_scan")]
    assert ours
    secrets = {pin.code for pin in plex_tv.pins.values()} | {str(pin.id) for pin in plex_tv.pins.values()}
    secrets |= {pin.token for pin in plex_tv.pins.values() if pin.token} | owner.tokens
    lines = [record.getMessage() + (record.exc_text or "") for record in caplog.records]
    # The fakes' own web servers are no part of what a user runs.
    assert not [line for line in lines for secret in secrets if secret in line]
