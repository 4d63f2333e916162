"""A sign-in with an expired PIN, errors of plex.tv or a rejected token: it continues, or the user can try again."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import aiohttp
from homeassistant.const import CONF_CLIENT_ID, CONF_TOKEN, CONF_URL, CONF_VERIFY_SSL
from homeassistant.data_entry_flow import FlowResultType
import pytest

from tests.fake_plex import FakePlex
from tests.fake_plex.faults import Fault
from tests.fake_plex_tv import Account

from .dialog import FAILED, PATIENT, TIMING, Dialog


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


@contextmanager
def impatient(fault: Fault) -> Iterator[None]:
    """Wait for plex.tv only briefly if a fault holds its responses back."""
    seconds = 0.2 if fault.kind == "slow" else 60.0
    with patch("custom_components.plex_smart_scan.plex_tv._TIMEOUT", aiohttp.ClientTimeout(total=seconds)):
        yield


@pytest.mark.parametrize("hiccup", HICCUPS)
async def test_errors_of_plex_tv_do_not_end_the_sign_in(dialog: Dialog, owner: Account, hiccup: Fault) -> None:
    """No error of plex.tv ends a sign-in: the polling continues at growing intervals."""
    await dialog.choose("sign_in")
    with impatient(hiccup):
        fault = dialog.plex_tv.faults.add(copy_of(hiccup, "/api/v2/pins/*"))
        dialog.plex_tv.stats.reset()
        await dialog.plex_tv.wait_for_request("/api/v2/pins/*", count=3)
        fault.remove()

    await dialog.claim(owner)

    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("hiccup", HICCUPS)
@pytest.mark.parametrize("way", ["sign_in", "sign_in_code"])
async def test_failed_pin_can_be_retried_or_replaced_by_a_token(
    dialog: Dialog, owner: Account, hiccup: Fault, way: str
) -> None:
    """If plex.tv is unreachable, the user can enter a token or try again."""
    body = hiccup.body if hiccup.body != "[]" else '{"id": "none"}'
    fault = Fault(hiccup.kind, "/api/v2/pins", "POST", status=hiccup.status, body=body, to=hiccup.to)
    dialog.plex_tv.faults.add(fault)
    with impatient(fault):
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
