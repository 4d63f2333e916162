"""All ways to set up a server, with all errors and the recovery from them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from ssl import SSLError
from typing import Any
from unittest.mock import patch

from homeassistant.components import webhook
from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_USER, SOURCE_ZEROCONF, ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_TOKEN, CONF_URL, CONF_VERIFY_SSL, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.network import NoURLAvailableError
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from custom_components.plex_smart_scan.const import CONF_PATH_MAPPINGS, DEFAULT_OPTIONS, DOMAIN
from custom_components.plex_smart_scan.flows.check_connection import normalized_url
from custom_components.plex_smart_scan.flows.sign_in import WAYS_TO_A_TOKEN
from tests.fake_plex import FakePlex
from tests.fake_plex.certificates import self_signed_context
from tests.fake_plex.faults import Fault

from .conftest import SetUp, make_entry

type Trouble = Callable[[FakePlex, Path], Awaitable[dict[str, Any]]]


@pytest.fixture(autouse=True)
async def _address(hass: HomeAssistant) -> None:
    """Give Home Assistant an address, which the webhook's is made of."""
    await async_process_ha_core_config(hass, {"internal_url": "http://192.168.1.2:8123"})


pytestmark = pytest.mark.usefixtures("settled")


def core_entry(plex: FakePlex, **config: Any) -> MockConfigEntry:
    """Return an entry of Home Assistant's own Plex integration."""
    return MockConfigEntry(
        domain="plex",
        title=plex.url,
        unique_id=plex.machine_identifier,
        data={
            "server": plex.friendly_name,
            "server_id": plex.machine_identifier,
            "server_config": {"url": plex.url, "token": plex.token, **config},
        },
    )


def answers(plex: FakePlex, **other: Any) -> dict[str, Any]:
    """Return the input of a user."""
    return {CONF_URL: plex.url, CONF_TOKEN: plex.token, CONF_VERIFY_SSL: True, **other}


async def begin(hass: HomeAssistant) -> ConfigFlowResult:
    """Open the dialogue."""
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})


async def by_hand(hass: HomeAssistant, menu: ConfigFlowResult | None = None) -> ConfigFlowResult:
    """Choose manual input and return the form."""
    menu = menu or await begin(hass)
    assert menu["type"] is FlowResultType.MENU
    assert all(way in menu["menu_options"] for way in WAYS_TO_A_TOKEN)
    return await send(hass, menu, {"next_step_id": "manual"})


async def discover(hass: HomeAssistant, plex: FakePlex, *also_at: str, name: str = "Living room") -> ConfigFlowResult:
    """Simulate the discovery of a server, which may announce several addresses."""
    address = URL(plex.url)
    info = ZeroconfServiceInfo(
        ip_address=ip_address(address.host or ""),
        ip_addresses=[ip_address(each) for each in (address.host or "", *also_at)],
        port=address.port,
        hostname="plex.local.",
        type="_plexmediasvr._tcp.local.",
        name=f"{name}._plexmediasvr._tcp.local.",
        properties={},
    )
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_ZEROCONF}, data=info)


async def send(hass: HomeAssistant, result: ConfigFlowResult, data: dict[str, Any]) -> ConfigFlowResult:
    """Answer a step."""
    return await hass.config_entries.flow.async_configure(result["flow_id"], data)


# -- manual -----------------------------------------------------------------------------------------------------------


async def test_manual(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """URL and token are entered; at the end stands the webhook's address."""
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


async def test_home_assistant_without_an_address(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """Setup works and shows the path of the webhook."""
    with patch("homeassistant.components.webhook.get_url", side_effect=NoURLAvailableError):
        result = await send(hass, await by_hand(hass), answers(fake_plex))

    path = webhook.async_generate_path(result["data"][CONF_WEBHOOK_ID])
    assert result["description_placeholders"] == {"webhook_url": path}


@pytest.mark.parametrize("token", ["to\nken-secret", "“token-secret”", "\u200btoken-secret"])
async def test_token_that_was_badly_copied(
    hass: HomeAssistant, fake_plex: FakePlex, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Quotes, line breaks and invisible spaces are errors of the token field; nothing is sent to Plex."""
    result = await send(hass, await by_hand(hass), answers(fake_plex, token=token))

    assert result["errors"] == {CONF_TOKEN: "invalid_auth"}
    assert fake_plex.stats.requests == []
    assert "secret" not in caplog.text
    result = await send(hass, result, answers(fake_plex))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def _nobody_there(plex: FakePlex, _folder: Path) -> dict[str, Any]:
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
    # That its certificate was refused is an error of the fake's, and no news.
    loop = asyncio.get_running_loop()
    handle = loop.get_exception_handler()
    assert handle
    loop.set_exception_handler(
        lambda loop, context: None if isinstance(context.get("exception"), SSLError) else handle(loop, context)
    )
    await plex.stop()
    await plex.start(ssl_context=self_signed_context(folder))
    return {CONF_URL: plex.url}


TROUBLES = [
    pytest.param(_nobody_there, {"base": "cannot_connect"}, id="nobody there"),
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


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    """Wait for a busy server no longer than a test may take."""
    with patch("custom_components.plex_smart_scan.flows.check_connection.REQUEST_TIMEOUT", 0.3):
        yield


@pytest.mark.parametrize(("trouble", "errors"), TROUBLES)
async def test_manual_error_and_recovery(
    hass: HomeAssistant, fake_plex: FakePlex, tmp_path: Path, trouble: Trouble, errors: dict[str, str]
) -> None:
    """Each cause has its own text, what was typed in stays, and the next try succeeds."""
    result = await send(hass, await by_hand(hass), answers(fake_plex, **await trouble(fake_plex, tmp_path)))

    assert (result["type"], result["step_id"], result["errors"]) == (FlowResultType.FORM, "manual", errors)

    await fake_plex.stop()
    await fake_plex.start()
    result = await send(hass, result, answers(fake_plex))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_unexpected_error_and_recovery(
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


async def test_same_server_twice(hass: HomeAssistant, fake_plex: FakePlex) -> None:
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
def test_url_input_formats(typed: str, url: str) -> None:
    """Parts that a browser adds to the URL are removed, especially secrets."""
    assert normalized_url(typed) == url


@pytest.mark.parametrize("typed", ["", "http://", "ftp://plex.local", "http://[::1", "http://plex.local:99999"])
def test_no_address(typed: str) -> None:
    """Invalid URLs are rejected."""
    with pytest.raises(ValueError):  # noqa: PT011 - whichever ValueError it is
        normalized_url(typed)


# -- servers of the Plex integration ----------------------------------------------------------------------------------


async def test_core_server_in_one_click(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """The menu offers the only new server of the Plex integration, which is set up with one click."""
    core_entry(fake_plex, verify_ssl=False).add_to_hass(hass)
    result = await begin(hass)
    assert (result["type"], result["step_id"]) == (FlowResultType.MENU, "user")
    assert result["menu_options"] == ["core", "sign_in", "sign_in_code", "manual"]

    result = await send(hass, result, {"next_step_id": "core"})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert {**result["data"], CONF_WEBHOOK_ID: ""} == {**answers(fake_plex, verify_ssl=False), CONF_WEBHOOK_ID: ""}


async def test_choice_of_core_servers(hass: HomeAssistant, fake_plex: FakePlex, other_plex: FakePlex) -> None:
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


async def test_core_server_set_up_meanwhile(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """A menu that was left open may be out of date."""
    core_entry(fake_plex).add_to_hass(hass)
    result = await begin(hass)
    make_entry(fake_plex).add_to_hass(hass)

    result = await send(hass, result, {"next_step_id": "core"})

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_core_entry_without_a_server(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """An entry that is not complete is passed over."""
    MockConfigEntry(domain="plex", data={}).add_to_hass(hass)

    assert "core" not in (await begin(hass))["menu_options"]


# -- discovery --------------------------------------------------------------------------------------------------------


async def test_discovered(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """A discovered server asks for nothing but its token."""
    menu = await discover(hass, fake_plex)
    assert menu["step_id"] == "zeroconf_confirm"
    assert menu["description_placeholders"] == {"name": "Living room", "url": fake_plex.url}
    result = await by_hand(hass, menu)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "token")
    assert result["description_placeholders"] == {"name": "Living room", "url": fake_plex.url}
    result = await send(hass, result, {CONF_TOKEN: "guessed"})
    assert result["errors"] == {"base": "invalid_auth"}

    result = await send(hass, result, {CONF_TOKEN: fake_plex.token})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id == fake_plex.machine_identifier
    assert result["data"][CONF_URL] == fake_plex.url


async def test_discovered_and_known_to_the_plex_integration(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """The Plex integration's token is used: only a confirmation is asked for."""
    core_entry(fake_plex).add_to_hass(hass)
    result = await discover(hass, fake_plex)
    assert result["data_schema"] is not None
    assert not result["data_schema"].schema
    fault = fake_plex.faults.add(Fault("status", status=503))
    result = await send(hass, result, {})
    assert (result["step_id"], result["errors"]) == ("zeroconf_confirm", {"base": "cannot_connect"})
    fault.remove()

    result = await send(hass, result, {})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_TOKEN] == fake_plex.token


@pytest.mark.parametrize("token", ["revoked", "shared"])
async def test_discovered_and_the_plex_integrations_token_is_refused(
    hass: HomeAssistant, fake_plex: FakePlex, token: str
) -> None:
    """Then a token is asked for, at the address that the Plex integration uses and the form shows."""
    url = f"{fake_plex.url}/"
    core_entry(fake_plex, url=url, token=fake_plex.shared_token if token == "shared" else token).add_to_hass(hass)
    result = await discover(hass, fake_plex)
    assert result["description_placeholders"] == {"name": "Living room", "url": url}

    menu = await send(hass, result, {})
    assert menu["step_id"] == "zeroconf_core_rejected"
    result = await by_hand(hass, menu)
    assert result["data_schema"] is not None
    assert list(result["data_schema"].schema) == [CONF_TOKEN]
    result = await send(hass, result, {CONF_TOKEN: f" {fake_plex.token}"})

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert (result["data"][CONF_URL], result["data"][CONF_TOKEN]) == (url, fake_plex.token)


async def test_discovered_and_ignored(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """An ignored server is not offered again."""
    entry = MockConfigEntry(domain=DOMAIN, unique_id=fake_plex.machine_identifier, source=SOURCE_IGNORE, data={})
    entry.add_to_hass(hass)

    result = await discover(hass, fake_plex)

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert entry.data == {}


async def test_discovered_with_several_addresses(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """An address that the server still announces is kept, whichever it names first."""
    kept = f"http://127.0.0.2:{fake_plex.port}"
    entry = make_entry(fake_plex, data={CONF_URL: kept})
    entry.add_to_hass(hass)

    await discover(hass, fake_plex, "127.0.0.2")

    assert entry.data[CONF_URL] == kept


NO_SERVER = "http://127.0.0.1:9"


async def test_discovered_again_elsewhere(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """The new URL is used only after confirmation, because any device could announce it."""
    entry = make_entry(fake_plex, data={CONF_URL: NO_SERVER})
    entry.add_to_hass(hass)

    result = await discover(hass, fake_plex)

    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "moved")
    placeholders = result["description_placeholders"]
    assert placeholders == {"name": "Living room", "old_url": NO_SERVER, "url": fake_plex.url}
    assert entry.data[CONF_URL] == NO_SERVER
    assert {request.path for request in fake_plex.stats.requests} == {"/identity"}
    result = await send(hass, result, {})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert entry.data[CONF_URL] == fake_plex.url


async def test_forged_announcement(hass: HomeAssistant, fake_plex: FakePlex, other_plex: FakePlex) -> None:
    """A device that copies the identifier of a reachable server receives nothing."""
    entry = make_entry(fake_plex)
    entry.add_to_hass(hass)
    other_plex.machine_identifier = fake_plex.machine_identifier

    result = await discover(hass, other_plex)

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert entry.data[CONF_URL] == fake_plex.url
    assert all("X-Plex-Token" not in request.headers for request in other_plex.stats.requests)


async def test_another_server_at_the_known_address(
    hass: HomeAssistant, fake_plex: FakePlex, other_plex: FakePlex
) -> None:
    """Another server at the known URL does not prevent a move."""
    entry = make_entry(fake_plex, data={CONF_URL: other_plex.url})
    entry.add_to_hass(hass)

    result = await discover(hass, fake_plex)

    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "moved")
    assert all("X-Plex-Token" not in request.headers for request in other_plex.stats.requests)


@pytest.mark.parametrize("url", ["https://plex.example", None])
async def test_discovered_again_in_its_place(hass: HomeAssistant, fake_plex: FakePlex, url: str | None) -> None:
    """An address that is right, or that a person chose by name, is left alone."""
    entry = make_entry(fake_plex, data={CONF_URL: url or fake_plex.url})
    entry.add_to_hass(hass)

    result = await discover(hass, fake_plex)

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert entry.data[CONF_URL] == (url or fake_plex.url)


@pytest.mark.parametrize("kind", ["html", "disconnect"])
async def test_discovered_but_no_plex(hass: HomeAssistant, fake_plex: FakePlex, kind: str) -> None:
    """What does not answer as Plex is passed over."""
    fake_plex.faults.add(Fault(kind))

    result = await discover(hass, fake_plex)

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "cannot_connect")


async def test_another_server_at_the_discovered_address(
    hass: HomeAssistant, fake_plex: FakePlex, other_plex: FakePlex
) -> None:
    """The Plex integration's address may lead to another server by now."""
    core_entry(fake_plex, url=other_plex.url, token=other_plex.token).add_to_hass(hass)

    result = await send(hass, await discover(hass, fake_plex), {})

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_account")
    assert all("X-Plex-Token" not in request.headers for request in other_plex.stats.requests)


# -- reauth and reconfigure -------------------------------------------------------------------------------------------


async def test_reauth(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """A new token is asked for until there is a good one."""
    entry = make_entry(fake_plex, data={CONF_TOKEN: "old"})
    entry.add_to_hass(hass)
    menu = await entry.start_reauth_flow(hass)
    assert menu["step_id"] == "reauth_confirm"
    result = await by_hand(hass, menu)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "token")
    result = await send(hass, result, {CONF_TOKEN: "wrong"})
    assert result["errors"] == {"base": "invalid_auth"}

    result = await send(hass, result, {CONF_TOKEN: fake_plex.token})
    await hass.async_block_till_done()

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    assert entry.data[CONF_TOKEN] == fake_plex.token


async def test_reauth_at_another_server(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """A token that another server takes at this address is not for ours."""
    entry = make_entry(fake_plex, unique_id="another", data={CONF_TOKEN: "old"})
    entry.add_to_hass(hass)

    result = await by_hand(hass, await entry.start_reauth_flow(hass))
    result = await send(hass, result, {CONF_TOKEN: fake_plex.token})

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_account")
    assert entry.data[CONF_TOKEN] == "old"


@pytest.mark.parametrize("token", [{}, {CONF_TOKEN: ""}, {CONF_TOKEN: "new-token"}])
async def test_reconfigure(hass: HomeAssistant, fake_plex: FakePlex, token: dict[str, str]) -> None:
    """The address changes, the token only when one is given; the webhook's address is shown again, and stays."""
    entry = make_entry(fake_plex, data={CONF_URL: "http://127.0.0.9:1234"})
    entry.add_to_hass(hass)
    fake_plex.token = token.get(CONF_TOKEN) or fake_plex.token
    menu = await entry.start_reconfigure_flow(hass)
    assert menu["step_id"] == "reconfigure"
    webhook_url = f"http://192.168.1.2:8123/api/webhook/{entry.data[CONF_WEBHOOK_ID]}"
    assert menu["description_placeholders"] == {
        "name": "Living room",
        "url": "http://127.0.0.9:1234",
        "webhook_url": webhook_url,
    }
    result = await by_hand(hass, menu)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "connection")
    assert result["description_placeholders"] == {"name": "Living room", "example_url": "http://192.168.1.10:32400"}
    webhook_id = entry.data[CONF_WEBHOOK_ID]
    result = await send(hass, result, {CONF_URL: "http://127.0.0.1:1", CONF_VERIFY_SSL: True})
    assert result["errors"] == {"base": "cannot_connect"}

    result = await send(hass, result, {CONF_URL: fake_plex.url, CONF_VERIFY_SSL: False, **token})
    await hass.async_block_till_done()

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert entry.data == {**answers(fake_plex, verify_ssl=False), CONF_WEBHOOK_ID: webhook_id}


async def test_reconfigure_to_another_server(hass: HomeAssistant, fake_plex: FakePlex, other_plex: FakePlex) -> None:
    """Another server is to be set up on its own."""
    entry = make_entry(fake_plex)
    entry.add_to_hass(hass)

    result = await by_hand(hass, await entry.start_reconfigure_flow(hass))
    result = await send(hass, result, answers(other_plex))

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_account")
    assert entry.data[CONF_URL] == fake_plex.url


# -- options ----------------------------------------------------------------------------------------------------------


def sections(rows: list[dict[str, str]] | None = None, **scanning: Any) -> dict[str, Any]:
    """Return the form of the options as it is sent."""
    return {
        "scanning": {
            "smart_scanning": True,
            "duplicate_detection": True,
            "validate_media": True,
            "validation_timeout": 120,
            "detailed_logging": True,
            **scanning,
        },
        "mappings": {CONF_PATH_MAPPINGS: rows or []},
        "notifications": {"webhook_local_only": True},
    }


async def save(hass: HomeAssistant, result: ConfigFlowResult, data: dict[str, Any]) -> ConfigFlowResult:
    """Send the form of the options."""
    return await hass.config_entries.options.async_configure(result["flow_id"], data)


@pytest.fixture
async def entry(tv: Path, set_up: SetUp) -> MockConfigEntry:
    """Return an entry that runs, with a TV library."""
    return await set_up()


async def test_options_take_effect_at_once(hass: HomeAssistant, entry: MockConfigEntry, tv: Path) -> None:
    """Saving reloads the entry and stores the options without sections."""
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "init")
    rows = [{"from": "/downloads ", "to": str(tv), "local": ""}, {"from": "D:\\TV", "to": str(tv), "local": "/tv"}]

    result = await save(hass, result, sections(rows, smart_scanning=False, validation_timeout=30))
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {
        **DEFAULT_OPTIONS,
        "smart_scanning": False,
        "validation_timeout": 30,
        CONF_PATH_MAPPINGS: [{"from": "/downloads", "to": str(tv)}, {"from": "D:\\TV", "to": str(tv), "local": "/tv"}],
    }
    assert entry.runtime_data.engine.settings.smart_scanning is False
    assert entry.runtime_data.engine.settings.validation_timeout == 30


@pytest.mark.parametrize(
    "row", [{"from": "downloads", "to": "/data"}, {"from": "/downloads", "to": ""}, {"from": "/a", "to": "/b/../.."}]
)
async def test_invalid_mapping(hass: HomeAssistant, entry: MockConfigEntry, row: dict[str, str]) -> None:
    """An invalid row is shown and never saved."""
    result = await hass.config_entries.options.async_init(entry.entry_id)

    for _ in range(2):
        result = await save(hass, result, sections([row]))
        assert result["errors"] == {"base": "invalid_mapping"}
        assert result["description_placeholders"] == {"rows": f"{row['from']} → {row['to']}"}

    result = await save(hass, result, sections())
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_two_mappings_of_one_folder(hass: HomeAssistant, entry: MockConfigEntry, tv: Path) -> None:
    """Only one of them could ever apply: the form names them, however the folder is spelt."""
    result = await hass.config_entries.options.async_init(entry.entry_id)
    rows = [{"from": "/d", "to": str(tv)}, {"from": "/e", "to": str(tv)}, {"from": "/d/", "to": str(tv / "Show")}]

    result = await save(hass, result, sections(rows))
    assert result["errors"] == {"base": "duplicate_mapping"}
    assert result["description_placeholders"] == {"rows": f"/d → {tv}, /d/ → {tv / 'Show'}"}

    result = await save(hass, result, sections(rows[:2]))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_mapping_that_fits_nothing(hass: HomeAssistant, entry: MockConfigEntry, tv: Path) -> None:
    """A row that leads to no library is reported once and saved when submitted again."""
    result = await hass.config_entries.options.async_init(entry.entry_id)
    rows = [{"from": "/a", "to": str(tv.parent)}, {"from": "/b", "to": str(tv / "Show")}, {"from": "/c", "to": "/no"}]

    result = await save(hass, result, sections(rows))
    assert result["errors"] == {"base": "mapping_fits_nothing"}
    assert result["description_placeholders"] == {"rows": "/c → /no"}

    result = await save(hass, result, sections(rows))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options[CONF_PATH_MAPPINGS] == rows


async def test_options_while_the_server_is_away(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """What cannot be tested is saved."""
    entry = make_entry(fake_plex)
    entry.add_to_hass(hass)
    await fake_plex.stop()
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    result = await hass.config_entries.options.async_init(entry.entry_id)

    result = await save(hass, result, sections([{"from": "/c", "to": "/no"}]))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options[CONF_PATH_MAPPINGS] == [{"from": "/c", "to": "/no"}]


async def test_new_webhook(hass: HomeAssistant, fake_plex: FakePlex, set_up: SetUp) -> None:
    """A leaked address is replaced: the old one stops answering, the new one is shown."""
    entry = await set_up()
    old = entry.data[CONF_WEBHOOK_ID]
    menu = await entry.start_reconfigure_flow(hass)
    result = await send(hass, menu, {"next_step_id": "new_webhook"})
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "new_webhook")
    assert entry.data[CONF_WEBHOOK_ID] == old

    result = await send(hass, result, {})
    await hass.async_block_till_done()

    new = entry.data[CONF_WEBHOOK_ID]
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "webhook_replaced")
    assert new in str(result["description_placeholders"])
    assert new != old
    assert len(new) >= 32
    assert entry.state is ConfigEntryState.LOADED
    handlers = hass.data["webhook"]
    assert new in handlers
    assert old not in handlers
