"""The address at which a downloader reaches the webhook: which ones are tried, and the errors that are shown."""

from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.plex_smart_scan.arr.credentials import CONF_BASE_URL
from tests.fake_arr import FakeArr

from .conftest import Flow, answers_for, subentry_of
from .redirecting import Redirecting


async def test_successful_test_without_delivery_is_an_error(
    sonarr: FakeArr, flow: Flow, home_url: str, entry: MockConfigEntry, socket_enabled: None
) -> None:
    """The program treats a redirect as success, but only the arrival of the code counts."""
    async with Redirecting("https://elsewhere.invalid") as proxy:
        sonarr.network.routes[home_url] = proxy.url
        sonarr.network.network_errors["127.0.0.2"] = "route"
        form = await flow(await flow(), answers_for(sonarr))
    assert (form["step_id"], form["errors"]) == ("address", {"base": "not_delivered"})
    assert home_url in form["description_placeholders"]["details"]
    assert sonarr.connections.all() == []
    sonarr.network.routes.clear()
    result = await flow(form, {CONF_BASE_URL: home_url})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert subentry_of(entry).data[CONF_BASE_URL] == home_url


async def test_response_200_without_delivery_is_an_error(sonarr: FakeArr, flow: Flow, entry: MockConfigEntry) -> None:
    """Home Assistant returns 200 for it, as for callers that are not local."""
    with patch("homeassistant.components.webhook.network_util.is_local", return_value=False):
        form = await flow(await flow(), answers_for(sonarr))
    assert form["errors"] == {"base": "not_delivered"}
    assert sonarr.connections.all() == []


@pytest.mark.parametrize(
    ("network_error", "error", "words"),
    [
        ("name", "name_not_resolved", "Name does not resolve"),
        ("refused", "connection_refused", "Connection refused"),
        ("route", "no_route", "No route to host"),
        ("tls", "certificate", "SSL connection could not be established"),
    ],
)
async def test_error_of_an_unreachable_url_is_shown(
    hass: HomeAssistant, sonarr: FakeArr, flow: Flow, home_url: str, network_error: Any, error: str, words: str
) -> None:
    """The error of the program is shown with the next step; an entered URL is tried first."""
    await hass.config.async_update(internal_url="http://homeassistant.local:8123")
    sonarr.network.network_errors = {"homeassistant.local": network_error, "127.0.0.1": network_error}
    form = await flow(await flow(), answers_for(sonarr))
    assert (form["step_id"], form["errors"]) == ("address", {"base": error})
    assert words in form["description_placeholders"]["details"]
    assert sonarr.connections.all() == []

    sonarr.network.network_errors = {"homeassistant.local": network_error}
    sonarr.sender.posted.clear()
    result = await flow(form, {CONF_BASE_URL: home_url})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert all(each.url.startswith(home_url) for each in sonarr.posted)


async def test_ip_address_is_tried_if_the_name_is_not_resolved(
    hass: HomeAssistant, sonarr: FakeArr, flow: Flow, home_url: str, entry: MockConfigEntry
) -> None:
    """If a container cannot resolve the host name, our IP address is tried next."""
    await hass.config.async_update(internal_url="http://homeassistant.local:8123")
    sonarr.network.network_errors["homeassistant.local"] = "name"
    assert hass.config.api
    port = hass.config.api.port
    sonarr.network.routes[f"http://127.0.0.1:{port}"] = home_url
    with patch("custom_components.plex_smart_scan.arr.addresses.network.async_get_source_ip", return_value="127.0.0.1"):
        result = await flow(await flow(), answers_for(sonarr))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert subentry_of(entry).data[CONF_BASE_URL] == f"http://127.0.0.1:{port}"


async def test_next_address_is_tried_after_a_timeout(
    hass: HomeAssistant, sonarr: FakeArr, flow: Flow, home_url: str, entry: MockConfigEntry
) -> None:
    """After a timeout, the next address is tried."""
    await hass.config.async_update(internal_url="http://192.0.2.1:8123")
    sonarr.network.network_errors["192.0.2.1"] = "hangs"
    assert hass.config.api
    sonarr.network.routes[f"http://127.0.0.1:{hass.config.api.port}"] = home_url
    with (
        # Long enough for the address that works, on a busy machine too.
        patch("custom_components.plex_smart_scan.arr.client.TEST_TIMEOUT", 5),
        patch("custom_components.plex_smart_scan.arr.addresses.network.async_get_source_ip", return_value="127.0.0.1"),
    ):
        result = await flow(await flow(), answers_for(sonarr))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert sonarr.sender.hanging.is_set()


async def test_webhook_id_is_removed_from_errors(
    sonarr: FakeArr, flow: Flow, entry: MockConfigEntry, home_url: str
) -> None:
    """The webhook ID is removed from errors in which the program repeats the URL."""
    with patch("custom_components.plex_smart_scan.webhook._async_read", side_effect=LookupError):
        # Home Assistant answers 200 for an exception; another program in its place does not.
        sonarr.network.routes[home_url] = sonarr.origin
        form = await flow(await flow(), answers_for(sonarr))
    assert form["errors"] == {"base": "login_required"}
    details = form["description_placeholders"]["details"]
    assert "[401" in details
    assert entry.data["webhook_id"] not in str(form["description_placeholders"])


@pytest.mark.parametrize("given", ["ftp://x", "http://"])
async def test_invalid_downloader_url_is_shown_at_the_field(
    sonarr: FakeArr, flow: Flow, given: str, home_url: str
) -> None:
    """The error is shown at the field."""
    sonarr.network.network_errors["127.0.0.1"] = "refused"
    form = await flow(await flow(), answers_for(sonarr))
    assert (await flow(form, {CONF_BASE_URL: given}))["errors"] == {CONF_BASE_URL: "invalid_url"}


async def test_flow_continues_after_the_program_was_unreachable(sonarr: FakeArr, flow: Flow) -> None:
    """The error is shown on the form, and the user can try again."""
    sonarr.network.network_errors["127.0.0.1"] = "refused"
    form = await flow(await flow(), answers_for(sonarr))
    await sonarr.stop()
    form = await flow(form, {})
    assert (form["step_id"], form["errors"]) == ("address", {"base": "cannot_connect"})
    sonarr.network.network_errors.clear()
    await sonarr.start()
    assert (await flow(form, {}))["type"] is FlowResultType.CREATE_ENTRY
