"""Signing in at plex.tv: the page, the code, all possible ends, and the requests of Home Assistant."""

from collections.abc import AsyncIterator
import logging
from typing import Any
from unittest.mock import patch

import aiohttp
from homeassistant.const import CONF_CLIENT_ID, CONF_TOKEN, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, UnknownFlow
from homeassistant.setup import async_setup_component
import plexapi
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.plex_smart_scan.config_flow import PlexSmartScanConfigFlow
from custom_components.plex_smart_scan.flows.pin_polling import Timing, longer
from tests.fake_plex import FakePlex
from tests.fake_plex.faults import Fault
from tests.fake_plex_tv import Account, FakePlexTv, browser

from .sign_in import Dialog

FLOWS = "/api/config/config_entries/flow"
TIMING = "custom_components.plex_smart_scan.flows.pin_polling.TIMING"
# Wait for the browser without polling.
PATIENT = Timing(poll=1000, longest=1000, gap=0, attempts=1)
FAILED = (FlowResultType.FORM, "sign_in_failed")


@pytest.fixture(autouse=True)
async def _settled(hass: HomeAssistant, fake_plex: FakePlex) -> AsyncIterator[None]:
    """Wait until all tasks are finished before Plex stops."""
    yield
    await hass.async_block_till_done()


@pytest.fixture
def listed(fake_plex: FakePlex, plex_tv: FakePlexTv, owner: Account) -> FakePlex:
    """Return a server that the owner's account lists."""
    plex_tv.add_server(fake_plex, owner)
    return fake_plex


@pytest.fixture
async def dialog(hass: HomeAssistant, plex_tv: FakePlexTv, listed: FakePlex) -> Dialog:
    """Return an open dialog."""
    return await Dialog.open(hass, plex_tv)


# -- the page ---------------------------------------------------------------------------------------------------------


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


# -- the code ---------------------------------------------------------------------------------------------------------


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


# -- when it goes wrong -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["sign_in", "sign_in_code"])
async def test_expired_pin_can_be_replaced(dialog: Dialog, owner: Account, way: str) -> None:
    """An unclaimed PIN expires; one click creates another."""
    dialog.plex_tv.switches.expires_in = 0
    await (await dialog.choose(way)).moved_on()
    assert (dialog.step, dialog.errors) == (FAILED, {"base": "sign_in_expired"})
    assert (await dialog.send()).errors == {"base": "sign_in_expired"}

    dialog.plex_tv.switches.expires_in = None
    await dialog.retry(way)
    await (dialog.claim(owner) if way == "sign_in" else dialog.enter_code(owner))

    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY


async def test_pin_claimed_before_it_expires_is_accepted(dialog: Dialog, owner: Account) -> None:
    """plex.tv is polled once more when the PIN expires, even during a long pause."""
    dialog.plex_tv.switches.expires_in = 1
    with patch(TIMING, PATIENT):
        await dialog.choose("sign_in")
        pin = dialog.plex_tv.last_pin
        pin.expires_in = 60  # plex.tv's clock is not ours
        await dialog.claim(owner)
    assert len(pin.polls) == 1
    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY


HICCUPS = [
    pytest.param(Fault("status", status=429, body='{"errors": [{"code": 1003}]}'), id="too many requests"),
    pytest.param(Fault("status", status=500), id="server error"),
    pytest.param(Fault("status", status=403, body="<html>"), id="refused by a proxy"),
    pytest.param(Fault("html"), id="a page"),
    pytest.param(Fault("redirect", to="http://127.0.0.1:1"), id="a redirect"),
    pytest.param(Fault("disconnect"), id="connection lost"),
    pytest.param(Fault("slow"), id="no answer"),
    pytest.param(Fault("status", status=200, body="[]"), id="another answer"),
    pytest.param(Fault("status", status=200, body="[" * 100_000), id="nested too deeply"),
    pytest.param(Fault("status", status=200, body=f'"{"x" * 5 * 2**20}"'), id="too large"),
    pytest.param(Fault("status", status=200, body=f"[{'1,' * 4_000_000}1]"), id="too many values"),
]


def copy_of(fault: Fault, path: str, method: str = "GET") -> Fault:
    """Return a fault for one kind of request."""
    return Fault(fault.kind, path, method, status=fault.status, body=fault.body, to=fault.to)


@pytest.fixture
def _impatient() -> Any:
    """Wait for plex.tv no longer than a test may take."""
    with patch("custom_components.plex_smart_scan.plex_tv._TIMEOUT", aiohttp.ClientTimeout(total=0.2)):
        yield


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("hiccup", HICCUPS)
async def test_errors_of_plex_tv_do_not_end_the_sign_in(dialog: Dialog, owner: Account, hiccup: Fault) -> None:
    """No error of plex.tv ends a sign-in: the polling continues at growing intervals."""
    await dialog.choose("sign_in")
    fault = dialog.plex_tv.faults.add(copy_of(hiccup, "/api/v2/pins/*"))
    dialog.plex_tv.stats.reset()
    await dialog.plex_tv.wait_for_request("/api/v2/pins/*", count=3)
    fault.remove()

    await dialog.claim(owner)

    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("hiccup", HICCUPS)
@pytest.mark.parametrize("way", ["sign_in", "sign_in_code"])
async def test_failed_pin_can_be_retried_or_replaced_by_a_token(
    dialog: Dialog, owner: Account, hiccup: Fault, way: str
) -> None:
    """If plex.tv is unreachable, the user can enter a token or try again."""
    body = hiccup.body if hiccup.body != "[]" else '{"id": "none"}'
    fault = Fault(hiccup.kind, "/api/v2/pins", "POST", status=hiccup.status, body=body, to=hiccup.to)
    dialog.plex_tv.faults.add(fault)
    await dialog.choose(way)
    assert (dialog.step, dialog.errors) == (FAILED, {"base": "plex_tv_unreachable"})

    fault.remove()
    await dialog.retry("sign_in")
    await dialog.claim(owner)

    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    "body",
    [
        '{"id": 1, "code": "x", "expiresIn": Infinity}',
        '{"id": 1, "code": "x", "expiresIn": NaN}',
        '{"id": 1e999, "code": "x", "expiresIn": 900}',
        f'{{"id": {"9" * 400}, "code": "x", "expiresIn": 900}}',
    ],
    ids=["no end", "no number", "infinite", "many digits"],
)
async def test_pin_with_a_number_that_cannot_be_is_an_error(dialog: Dialog, body: str) -> None:
    """No sign-in waits for a PIN without an end, and none ends in an unexpected error."""
    dialog.plex_tv.faults.add(Fault("status", "/api/v2/pins", "POST", status=200, body=body))
    await dialog.choose("sign_in")
    assert (dialog.step, dialog.errors) == (FAILED, {"base": "plex_tv_unreachable"})


async def test_token_can_be_entered_instead_of_a_sign_in(dialog: Dialog, listed: FakePlex) -> None:
    """Without internet access, a token can be entered, which is not signed out later."""
    dialog.plex_tv.faults.add(Fault("disconnect"))
    await dialog.choose("sign_in")
    await dialog.retry("manual")
    assert dialog.step == (FlowResultType.FORM, "manual")

    await dialog.send({CONF_URL: listed.url, CONF_TOKEN: listed.token, CONF_VERIFY_SSL: True})

    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY
    assert CONF_CLIENT_ID not in dialog.result["data"]


async def test_unreachable_plex_tv_is_shown_when_the_pin_expires(dialog: Dialog) -> None:
    """The error names the unreachable plex.tv, not only the expired PIN."""
    dialog.plex_tv.switches.expires_in = 0
    dialog.plex_tv.faults.add(Fault("status", "/api/v2/pins/1*", "GET"))
    await (await dialog.choose("sign_in")).moved_on()
    assert (dialog.step, dialog.errors) == (FAILED, {"base": "plex_tv_unreachable"})


async def test_rejected_request_to_plex_tv_is_not_repeated(dialog: Dialog) -> None:
    """A request that plex.tv rejects as invalid is not repeated."""
    dialog.plex_tv.faults.add(Fault("status", "/api/v2/pins/1*", "GET", status=400))
    await (await dialog.choose("sign_in")).moved_on()
    assert (dialog.step, dialog.errors) == (FAILED, {"base": "unknown"})


async def test_unexpected_error_ends_the_dialog(
    dialog: Dialog, owner: Account, caplog: pytest.LogCaptureFixture
) -> None:
    """The dialog does not wait forever, and the log contains the traceback."""
    with patch("custom_components.plex_smart_scan.plex_tv.PlexTv.token_of", side_effect=ZeroDivisionError):
        await (await dialog.choose("sign_in")).moved_on()
    assert (dialog.step, dialog.errors) == (FAILED, {"base": "unknown"})
    assert "ZeroDivisionError" in caplog.text
    caplog.clear()


@pytest.mark.parametrize("body", ["{}", '[{"provides": "server"}]', '[{"provides": "server", "owned": 1}]', "[1]"])
async def test_invalid_list_of_servers_is_an_error(dialog: Dialog, owner: Account, body: str) -> None:
    """A malformed list of servers is not treated as an account without servers."""
    dialog.plex_tv.faults.add(Fault("status", "/api/v2/resources", status=200, body=body))
    await dialog.sign_in(owner)
    assert (dialog.step, dialog.errors) == (FAILED, {"base": "plex_tv_unreachable"})
    assert dialog.plex_tv.stats.count("/api/v2/resources") == 3


async def test_failed_list_of_servers_can_be_retried(dialog: Dialog, owner: Account) -> None:
    """After an error that follows the claim, the user need not sign in again."""
    dialog.plex_tv.faults.add(Fault("status", "/api/v2/resources", status=500, times=2))
    await dialog.sign_in(owner)
    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("status", [401, 422, 498])
async def test_rejected_token_is_not_retried(dialog: Dialog, owner: Account, status: int) -> None:
    """Like 401, 498 and 422 mean that the token is invalid, so the request is not repeated."""
    dialog.plex_tv.faults.add(Fault("status", "/api/v2/resources", status=status))
    await dialog.sign_in(owner)
    assert (dialog.step, dialog.errors) == (FAILED, {"base": "sign_in_rejected"})
    assert dialog.plex_tv.stats.count("/api/v2/resources") == 1


@pytest.mark.parametrize(
    "fault", [Fault("status", "/api/v2/user"), Fault("status", "/api/v2/user", status=200, body="1")]
)
async def test_sign_in_works_without_an_account_name(dialog: Dialog, owner: Account, fault: Fault) -> None:
    """The sign-in works without the name of the account."""
    dialog.plex_tv.faults.add(copy_of(fault, "/api/v2/user"))
    await dialog.sign_in(owner)
    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY


def test_polling_interval_grows() -> None:
    """The intervals are 2, 4, 8, 16 and 16 seconds; Plex allows one request a second."""
    with patch(TIMING, Timing()):
        delays = [2.0]
        for _ in range(4):
            delays.append(longer(delays[-1]))
    assert delays == [2, 4, 8, 16, 16]


# -- the dialog is closed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["sign_in", "sign_in_code"])
async def test_closed_dialog_ends_the_polling(hass: HomeAssistant, dialog: Dialog, owner: Account, way: str) -> None:
    """The polling ends, and a later claim has no effect."""
    await dialog.choose(way)
    await dialog.plex_tv.wait_for_request("/api/v2/pins/*", method="GET")

    hass.config_entries.flow.async_abort(dialog.result["flow_id"])
    await hass.async_block_till_done(wait_background_tasks=True)

    dialog.plex_tv.stats.reset()
    dialog.plex_tv.claim(dialog.plex_tv.last_pin.code, owner)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert dialog.plex_tv.stats.requests == []
    assert not hass.config_entries.async_entries("plex_smart_scan")


async def test_dialog_closed_during_the_claim_is_no_error(hass: HomeAssistant, dialog: Dialog, owner: Account) -> None:
    """The flow can be removed at the moment when it would continue."""
    await dialog.choose("sign_in")
    manager = hass.config_entries.flow

    async def close_before_progress(flow_id: str) -> None:
        manager.async_abort(flow_id)
        raise UnknownFlow

    with patch.object(manager, "async_configure", side_effect=close_before_progress):
        await browser.sign_in(dialog.plex_tv, dialog.result["url"], "owner")
        await dialog.plex_tv.wait_for_request("/api/v2/user")
        await hass.async_block_till_done(wait_background_tasks=True)
    assert not hass.config_entries.flow.async_progress()


async def test_step_loaded_by_the_frontend_is_not_repeated(hass: HomeAssistant, dialog: Dialog, owner: Account) -> None:
    """If the frontend has already loaded the next step, it is not loaded again."""
    dialog.plex_tv.resources[0].owner = dialog.plex_tv.add_account("friend")
    await dialog.sign_in(owner)
    flow = hass.config_entries.flow._progress[dialog.result["flow_id"]]
    assert isinstance(flow, PlexSmartScanConfigFlow)
    assert flow._sign_in
    with patch.object(hass.config_entries.flow, "async_configure") as configure:
        flow._sign_in._leave_page(flow._sign_in._waiting)
        await hass.async_block_till_done()
    configure.assert_not_called()
    assert dialog.errors == {"base": "no_servers"}


async def test_new_attempt_ends_the_previous_polling(dialog: Dialog, owner: Account) -> None:
    """Only the newest PIN is polled."""
    dialog.plex_tv.switches.expires_in = 0
    await (await dialog.choose("sign_in")).moved_on()
    first = dialog.plex_tv.last_pin
    dialog.plex_tv.switches.expires_in = None
    await dialog.retry("sign_in_code")
    polls = len(first.polls)
    await dialog.enter_code(owner)
    assert len(first.polls) == polls
    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY


# -- secrets ----------------------------------------------------------------------------------------------------------


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
