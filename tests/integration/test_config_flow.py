"""All ways to set up a server, with all errors and the recovery from them."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from ssl import SSLError
from typing import Any
from unittest.mock import patch

from homeassistant.components import webhook
from homeassistant.const import CONF_TOKEN, CONF_URL, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.network import NoURLAvailableError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.plex_smart_scan.const import DEFAULT_OPTIONS
from custom_components.plex_smart_scan.flows.check_connection import normalized_url
from tests.fake_plex import FakePlex
from tests.fake_plex.certificates import self_signed_context
from tests.fake_plex.faults import Fault

from .config_flow import answers, begin, by_hand, core_entry, send
from .conftest import make_entry

type Failure = Callable[[FakePlex, Path], Awaitable[dict[str, Any]]]


pytestmark = pytest.mark.usefixtures("settled", "address")


# -- manual -----------------------------------------------------------------------------------------------------------


async def test_manual_setup_ends_with_the_webhook(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """URL and token are entered; the last step shows the URL of the webhook."""
    result = await by_hand(hass)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "manual")

    result = await send(hass, result, answers(fake_plex))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Living room"
    assert result["result"].unique_id == fake_plex.machine_identifier
    webhook_id = result["data"][CONF_WEBHOOK_ID]
    assert result["data"] == {**answers(fake_plex), CONF_WEBHOOK_ID: webhook_id}
    assert result["options"] == DEFAULT_OPTIONS
    assert result["description_placeholders"] == {"webhook_url": f"http://192.168.1.2:8123/api/webhook/{webhook_id}"}


async def test_setup_without_a_home_assistant_url_shows_the_path(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """Setup works and shows the path of the webhook."""
    with patch("homeassistant.components.webhook.get_url", side_effect=NoURLAvailableError):
        result = await send(hass, await by_hand(hass), answers(fake_plex))

    path = webhook.async_generate_path(result["data"][CONF_WEBHOOK_ID])
    assert result["description_placeholders"] == {"webhook_url": path}


@pytest.mark.parametrize("token", ["to\nken-secret", "“token-secret”", "\u200btoken-secret"])
async def test_malformed_token_is_rejected_without_a_request(
    hass: HomeAssistant, fake_plex: FakePlex, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Quotes, line breaks and invisible spaces are errors of the token field; nothing is sent to Plex."""
    result = await send(hass, await by_hand(hass), answers(fake_plex, token=token))

    assert result["errors"] == {CONF_TOKEN: "invalid_auth"}
    assert fake_plex.stats.requests == []
    assert "secret" not in caplog.text
    result = await send(hass, result, answers(fake_plex))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def _unreachable(plex: FakePlex, _folder: Path) -> dict[str, Any]:
    await plex.stop()
    return {}


async def _bad_address(_plex: FakePlex, _folder: Path) -> dict[str, Any]:
    return {CONF_URL: "http://"}


async def _wrong_token(_plex: FakePlex, _folder: Path) -> dict[str, Any]:
    return {CONF_TOKEN: "guessed"}


async def _token_of_a_shared_user(plex: FakePlex, _folder: Path) -> dict[str, Any]:
    return {CONF_TOKEN: plex.shared_token}


async def _web_page(plex: FakePlex, _folder: Path) -> dict[str, Any]:
    plex.faults.add(Fault("html"))
    return {}


async def _other_web_server(plex: FakePlex, _folder: Path) -> dict[str, Any]:
    plex.faults.add(Fault("status", status=404))
    return {}


async def _busy(plex: FakePlex, _folder: Path) -> dict[str, Any]:
    plex.faults.add(Fault("slow"))
    return {}


async def _starting(plex: FakePlex, _folder: Path) -> dict[str, Any]:
    plex.faults.add(Fault("status", status=503))
    return {}


async def _leads_to_https(plex: FakePlex, _folder: Path) -> dict[str, Any]:
    plex.faults.add(Fault("redirect", to=plex.url.replace("http:", "https:")))
    return {}


async def _untrusted(plex: FakePlex, folder: Path) -> dict[str, Any]:
    # The fake logs an error because its certificate was rejected.
    loop = asyncio.get_running_loop()
    handle = loop.get_exception_handler()
    assert handle
    loop.set_exception_handler(
        lambda loop, context: None if isinstance(context.get("exception"), SSLError) else handle(loop, context)
    )
    await plex.stop()
    await plex.start(ssl_context=self_signed_context(folder))
    return {CONF_URL: plex.url}


FAILURES = [
    pytest.param(_unreachable, {"base": "cannot_connect"}, id="unreachable"),
    pytest.param(_bad_address, {"url": "cannot_connect"}, id="no address"),
    pytest.param(_wrong_token, {"base": "invalid_auth"}, id="wrong token"),
    pytest.param(_token_of_a_shared_user, {"base": "no_permission"}, id="shared user"),
    pytest.param(_web_page, {"base": "not_plex"}, id="web page"),
    pytest.param(_other_web_server, {"base": "not_plex"}, id="other web server"),
    pytest.param(_busy, {"base": "timeout"}, id="busy"),
    pytest.param(_starting, {"base": "cannot_connect"}, id="starting"),
    pytest.param(_leads_to_https, {"base": "not_plex"}, id="leads to https"),
    pytest.param(_untrusted, {"base": "ssl_error"}, id="untrusted"),
]


@pytest.mark.parametrize(("fail", "errors"), FAILURES)
async def test_manual_setup_shows_the_cause_and_can_be_retried(
    hass: HomeAssistant, fake_plex: FakePlex, tmp_path: Path, fail: Failure, errors: dict[str, str]
) -> None:
    """Each cause has its own error, the input is kept, and the next attempt succeeds."""
    seconds = 0.3 if fail is _busy else 60.0
    with patch("custom_components.plex_smart_scan.flows.check_connection.REQUEST_TIMEOUT", seconds):
        result = await send(hass, await by_hand(hass), answers(fake_plex, **await fail(fake_plex, tmp_path)))

    assert (result["type"], result["step_id"], result["errors"]) == (FlowResultType.FORM, "manual", errors)

    await fake_plex.stop()
    await fake_plex.start()
    result = await send(hass, result, answers(fake_plex))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_unexpected_error_is_logged_and_can_be_retried(
    hass: HomeAssistant, fake_plex: FakePlex, caplog: pytest.LogCaptureFixture
) -> None:
    """An unexpected error is reported as such, with a traceback in the log and without the token."""
    with patch(
        "custom_components.plex_smart_scan.flows.check_connection.PlexClient.check_rights",
        side_effect=ZeroDivisionError,
    ):
        result = await send(hass, await by_hand(hass), answers(fake_plex))
    assert result["errors"] == {"base": "unknown"}
    assert "ZeroDivisionError" in caplog.text
    assert fake_plex.token not in caplog.text
    caplog.clear()

    result = await send(hass, result, answers(fake_plex))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_configured_server_cannot_be_added_again(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """A server is known by its identifier, not by its address."""
    make_entry(fake_plex, data={CONF_URL: "http://elsewhere:32400"}).add_to_hass(hass)

    result = await send(hass, await by_hand(hass), answers(fake_plex))

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("192.168.1.10:32400", "http://192.168.1.10:32400"),
        (" http://plex.local:32400/ ", "http://plex.local:32400"),
        ("http://plex.local:32400/web/index.html#!/?X-Plex-Token=secret", "http://plex.local:32400"),
        ("https://user:pass@home.example/plex/", "https://home.example/plex"),
        ("https://home.example/plex?X-Plex-Token=secret", "https://home.example/plex"),
    ],
)
def test_extra_parts_of_a_url_are_removed(typed: str, url: str) -> None:
    """Parts that a browser adds to the URL are removed, especially secrets."""
    assert normalized_url(typed) == url


@pytest.mark.parametrize("typed", ["", "http://", "ftp://plex.local", "http://[::1", "http://plex.local:99999"])
def test_invalid_url_is_rejected(typed: str) -> None:
    """Invalid URLs are rejected."""
    with pytest.raises(ValueError):  # noqa: PT011 - whichever ValueError it is
        normalized_url(typed)


# -- servers of the Plex integration ----------------------------------------------------------------------------------


async def test_server_of_the_plex_integration_is_added_with_one_click(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """The menu offers the only new server of the Plex integration, which is set up with one click."""
    core_entry(fake_plex, verify_ssl=False).add_to_hass(hass)
    result = await begin(hass)
    assert (result["type"], result["step_id"]) == (FlowResultType.MENU, "user")
    assert result["menu_options"] == ["core", "sign_in", "sign_in_code", "manual"]

    result = await send(hass, result, {"next_step_id": "core"})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert {**result["data"], CONF_WEBHOOK_ID: ""} == {**answers(fake_plex, verify_ssl=False), CONF_WEBHOOK_ID: ""}


async def test_one_of_several_core_servers_is_selected(
    hass: HomeAssistant, fake_plex: FakePlex, other_plex: FakePlex
) -> None:
    """One of several servers is selected; errors are shown and the user can try again."""
    core_entry(fake_plex).add_to_hass(hass)
    core_entry(other_plex).add_to_hass(hass)
    result = await send(hass, await begin(hass), {"next_step_id": "core"})
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "core")
    choice = {"server": other_plex.machine_identifier}
    fault = other_plex.faults.add(Fault("status", status=503))
    result = await send(hass, result, choice)
    assert result["errors"] == {"base": "cannot_connect"}

    fault.remove()
    result = await send(hass, result, choice)

    assert (result["type"], result["title"]) == (FlowResultType.CREATE_ENTRY, "Attic")


async def test_menu_hides_configured_servers(hass: HomeAssistant, fake_plex: FakePlex, other_plex: FakePlex) -> None:
    """With every server of the Plex integration set up, only another one can be added."""
    core_entry(fake_plex).add_to_hass(hass)
    make_entry(fake_plex).add_to_hass(hass)

    result = await begin(hass)
    assert result["menu_options"] == ["sign_in", "sign_in_code", "manual"]

    result = await send(hass, await by_hand(hass, result), answers(other_plex))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_menu_leads_to_the_form(hass: HomeAssistant, fake_plex: FakePlex, other_plex: FakePlex) -> None:
    """Users of the Plex integration can still enter another server."""
    core_entry(fake_plex).add_to_hass(hass)

    result = await send(hass, await by_hand(hass), answers(other_plex))

    assert (result["type"], result["title"]) == (FlowResultType.CREATE_ENTRY, "Attic")


async def test_core_server_configured_while_the_menu_is_open(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """The menu can be outdated if the server has been added since it was opened."""
    core_entry(fake_plex).add_to_hass(hass)
    result = await begin(hass)
    make_entry(fake_plex).add_to_hass(hass)

    result = await send(hass, result, {"next_step_id": "core"})

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_incomplete_core_entry_is_ignored(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """An incomplete entry is ignored."""
    MockConfigEntry(domain="plex", data={}).add_to_hass(hass)

    assert "core" not in (await begin(hass))["menu_options"]
