"""Hostile input of callers and other devices is rejected in time and harmless where it is shown."""

import asyncio
from collections.abc import AsyncIterator
import logging
from pathlib import Path
from typing import Any
from unittest.mock import patch

from aiohttp.test_utils import TestClient
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.plex_smart_scan.const import DOMAIN
from tests.fake_plex import FakePlex

from .conftest import SetUp
from .waiting import wait_until

HOSTILE = "/tv/x\n2026-11-26 00:00:00 ERROR forged\x1b[2J\u202egpj [click](https://evil.example) <img src=x> `code`.mkv"


@pytest.fixture
async def entry(hass: HomeAssistant, tv: Path, set_up: SetUp) -> AsyncIterator[MockConfigEntry]:
    """Return a server that is set up."""
    entry = await set_up(validation_timeout=0.5)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def client(entry: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator) -> TestClient[Any, Any]:
    """Return a client without a token."""
    anybody: TestClient[Any, Any] = await hass_client_no_auth()
    return anybody


def webhook(entry: MockConfigEntry) -> str:
    """Return the path of the webhook."""
    return f"/api/webhook/{entry.data[CONF_WEBHOOK_ID]}"


def nested(levels: int) -> bytes:
    """Return a form with a form in it, and so on."""
    head = b"".join(
        b"--b%d\r\nContent-Type: multipart/form-data; boundary=b%d\r\n\r\n" % (number, number + 1)
        for number in range(levels)
    )
    return head + b"--b%d--\r\n" % levels


def lines_with(caplog: pytest.LogCaptureFixture, secret: str) -> list[str]:
    """Return the log lines that contain a secret."""
    shown = (each for each in caplog.records if each.levelno >= logging.WARNING or "plex_smart_scan" in each.name)
    return [text for each in shown if secret in (text := caplog.handler.format(each))]


async def test_nested_form_is_rejected_without_logging_the_webhook_id(
    entry: MockConfigEntry, client: TestClient[Any, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """A body that is nested too deeply is rejected, and the log does not contain the webhook's ID."""
    headers = {"Content-Type": "multipart/form-data; boundary=b0"}

    async with client.post(webhook(entry), data=nested(3000), headers=headers) as answer:
        assert answer.status == 400
        assert "reason" in await answer.json()

    assert lines_with(caplog, entry.data[CONF_WEBHOOK_ID]) == []


@pytest.mark.no_fail_on_log_exception
async def test_unexpected_error_in_the_webhook_is_no_200(
    entry: MockConfigEntry, client: TestClient[Any, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The status is not 200, because nothing was accepted, and the webhook's ID is not logged."""
    with patch("custom_components.plex_smart_scan.webhook.read_encoded", side_effect=ZeroDivisionError):
        async with client.post(webhook(entry), json={"path": "/tv/x.mkv"}) as answer:
            assert answer.status == 500

    assert "ZeroDivisionError" in caplog.text
    assert lines_with(caplog, entry.data[CONF_WEBHOOK_ID]) == []


@pytest.mark.no_fail_on_log_exception
async def test_hostile_text_of_an_unexpected_error_is_escaped_in_the_log(
    entry: MockConfigEntry, client: TestClient[Any, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The traceback is logged, and the text of the error forges no line in it."""
    with patch("custom_components.plex_smart_scan.webhook.read_encoded", side_effect=ValueError(HOSTILE)):
        async with client.post(webhook(entry), json={"path": "/tv/x.mkv"}) as answer:
            assert answer.status == 500

    (text,) = lines_with(caplog, "forged")
    assert "Traceback" in text
    assert [line for line in text.splitlines() if not line.isprintable() or line.startswith("2026-11-26")] == []


async def test_endless_body_times_out(entry: MockConfigEntry, client: TestClient[Any, Any]) -> None:
    """A body that is only sent in part times out."""
    assert client.port
    with patch("custom_components.plex_smart_scan.webhook.BODY_TIMEOUT", 0.05):
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        head = f"POST {webhook(entry)} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + '{"path": "'
        writer.write(head.encode())
        status = await asyncio.wait_for(reader.readline(), 10)
        writer.close()

    assert b" 408 " in status


@pytest.mark.parametrize("size", [1e30, 2**64, -1, 1.5, True, "9" * 5000, "x", float("inf")])
async def test_invalid_size_is_rejected_with_its_field(
    hass: HomeAssistant, entry: MockConfigEntry, tv: Path, size: Any
) -> None:
    """The field is named, with status 400 over REST."""
    with pytest.raises(ServiceValidationError, match="size"):
        await hass.services.async_call(DOMAIN, "scan_path", {"path": str(tv), "size": size}, blocking=True)


@pytest.mark.parametrize("size", ["1e30", str(2**64), "-1", "1.5", "NaN", "Infinity", "true", '"x"', "[1]"])
async def test_invalid_size_in_a_notification_is_rejected(
    entry: MockConfigEntry, client: TestClient[Any, Any], tv: Path, size: str
) -> None:
    """The answer is 400 and names the field; nothing is accepted."""
    async with client.post(webhook(entry), data=f'{{"path": "{tv}/x.mkv", "size": {size}}}') as answer:
        body = await answer.json()

    assert (answer.status, body["accepted"]) == (400, [])
    assert '"size"' in body["reason"]
    assert entry.runtime_data.engine.pending == 0


async def test_invalid_size_in_a_form_is_rejected(
    entry: MockConfigEntry, client: TestClient[Any, Any], tv: Path
) -> None:
    """The same for a form and a query."""
    fields = {"path": f"{tv}/x.mkv", "size": "-1"}
    form, query = client.post(webhook(entry), data=fields), client.post(webhook(entry), params=fields)
    for question in (form, query):
        async with question as answer:
            assert answer.status == 400
            assert '"size"' in (await answer.json())["reason"]


async def error_of(hass: HomeAssistant, action: str, data: dict[str, Any]) -> list[str]:
    """Call an action; returns the text of its error, if there is one."""
    try:
        await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=True)
    except HomeAssistantError as error:
        return [str(error)]
    return []


async def test_hostile_path_is_harmless_on_every_surface(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    client: TestClient[Any, Any],
    fake_plex: FakePlex,
    tv: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A path with line breaks, terminal escapes, Markdown and HTML has no effect anywhere, however it is submitted."""
    caplog.set_level(logging.DEBUG, logger="custom_components.plex_smart_scan")
    inside = f"{tv}{HOSTILE.removeprefix('/tv')}"
    errors: list[str] = []
    for path in (HOSTILE, inside):
        async with client.post(webhook(entry), json={"path": path}) as answer:
            assert answer.status == 200
        async with client.post(webhook(entry), json={"eventType": path}) as answer:
            assert answer.status < 500
        for action, data in (
            ("scan_path", {"path": path, "wait": False}),
            ("scan_path", {"path": [path, str(tv)], "library": path, "wait": False}),
            ("resolve_path", {"path": path}),
            ("process_notification", {"path": path}),
            ("process_notification", {path: 1}),
            ("scan_path", {"path": path, "config_entry_id": path}),
            ("scan_path", {"path": path, path: 1}),
            ("scan_path", {"path": f"relative{path}"}),
            ("resolve_path", {"path": path, "config_entry_id": path}),
            ("discard_pending", {"path": f"relative{path}"}),
            ("discard_pending", {"config_entry_id": path}),
        ):
            errors += await error_of(hass, action, data)
    await wait_until(hass, lambda: not entry.runtime_data.engine.pending)
    await wait_until(hass, lambda: any(issue[0] == DOMAIN for issue in ir.async_get(hass).issues))

    assert errors
    for error in errors:
        assert error.isprintable(), error
    ours = [record for record in caplog.records if "plex_smart_scan" in record.name]
    assert any("forged" in record.getMessage() for record in ours)
    for record in ours:
        assert record.getMessage().isprintable(), record
    for issue in ir.async_get(hass).issues.values():
        for text in (issue.translation_placeholders or {}).values():
            assert text.isprintable(), text
            assert "`" not in text, text


async def test_hostile_path_is_harmless_in_the_error_of_a_failed_scan(
    hass: HomeAssistant, entry: MockConfigEntry, fake_plex: FakePlex, tv: Path
) -> None:
    """Home Assistant logs the error of an action that an automation calls."""
    path = f"{tv}{HOSTILE.removeprefix('/tv')}"
    engine = entry.runtime_data.engine
    scanning = asyncio.create_task(hass.services.async_call(DOMAIN, "scan_path", {"path": path}, blocking=True))
    await wait_until(hass, lambda: engine.pending > 0)

    await hass.services.async_call(DOMAIN, "discard_pending", {}, blocking=True)
    with pytest.raises(HomeAssistantError, match="forged") as error:
        await scanning

    assert str(error.value).isprintable()
