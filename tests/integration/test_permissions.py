"""The table "Who can do what" of docs/reliability.md, from the side of those who may do little."""

from collections.abc import AsyncIterator
from http import HTTPStatus
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

from aiohttp.test_utils import TestClient
from homeassistant.const import CONF_TOKEN, CONF_URL, CONF_WEBHOOK_ID, KEY_DATA_LOGGING
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.plex_smart_scan.const import DOMAIN
from tests.fake_plex import FakePlex, samples

from .conftest import SetUp
from .waiting import wait_until

SECRET_TOKEN = "very-secret-plex-token"
SECRET_WEBHOOK = "very-secret-webhook-id"


@pytest.fixture
async def entry(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, entity_registry_enabled_by_default: None
) -> AsyncIterator[MockConfigEntry]:
    """Return a server with secrets that are easily found, and a path reported that is in no library."""
    hass.data[KEY_DATA_LOGGING] = "home-assistant.log"  # the page of the log exists only with a log file
    pages = ("config", "diagnostics", "repairs", "system_health", "system_log", "logger")
    for component in ("homeassistant", *pages, "api", "websocket_api"):
        assert await async_setup_component(hass, component, {})
    fake_plex.token = SECRET_TOKEN
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Living room",
        unique_id=fake_plex.machine_identifier,
        data={CONF_URL: fake_plex.url, CONF_TOKEN: SECRET_TOKEN, "verify_ssl": True, CONF_WEBHOOK_ID: SECRET_WEBHOOK},
    )
    await set_up(entry)
    await hass.services.async_call(
        DOMAIN, "process_notification", {"path": "/elsewhere/x.mkv"}, blocking=True, return_response=True
    )
    await wait_until(hass, lambda: not entry.runtime_data.engine.pending)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


def secrets(text: str) -> list[str]:
    """Return the secrets in a text."""
    return [secret for secret in (SECRET_TOKEN, SECRET_WEBHOOK) if secret in text]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/diagnostics/config_entry/{entry}"),
        ("POST", "/api/config/config_entries/entry/{entry}/reload"),
        ("DELETE", "/api/config/config_entries/entry/{entry}"),
        ("POST", "/api/config/config_entries/flow"),
        ("POST", "/api/config/config_entries/options/flow"),
        ("POST", "/api/config/config_entries/subentries/flow"),
        ("POST", "/api/repairs/issues/fix"),
        ("GET", "/api/plex_smart_scan/script/{entry}/sabnzbd"),
        ("POST", "/api/services/plex_smart_scan/discard_pending?return_response"),
        ("POST", "/api/services/homeassistant/reload_config_entry"),
        ("POST", "/api/events/plex_smart_scan_result"),
        ("POST", "/api/states/sensor.living_room_pending_paths"),
        ("GET", "/api/error_log"),
    ],
)
async def test_user_without_admin_rights_is_refused(
    entry: MockConfigEntry, user: TestClient[Any, Any], method: str, path: str
) -> None:
    """Only administrators can see secrets, change settings, or discard requests."""
    bodies = {
        "/api/config/config_entries/flow": {"handler": DOMAIN},
        "/api/config/config_entries/options/flow": {"handler": entry.entry_id},
        "/api/config/config_entries/subentries/flow": {"handler": [entry.entry_id, "downloader"]},
        "/api/repairs/issues/fix": {"handler": DOMAIN, "issue_id": "x"},
        "/api/services/homeassistant/reload_config_entry": {"entry_id": entry.entry_id},
    }
    async with user.request(method, path.format(entry=entry.entry_id), json=bodies.get(path)) as answer:
        assert answer.status == HTTPStatus.UNAUTHORIZED, await answer.text()
        assert secrets(await answer.text()) == []


READABLE = [
    "get_states",
    "get_config",
    "get_services",
    "config/entity_registry/list",
    "config/device_registry/list",
    "repairs/list_issues",
    "config_entries/get",
    "logger/log_info",
    "system_health/info",
]
REFUSED: list[dict[str, Any]] = [
    {"type": "webhook/list"},
    {"type": "system_log/list"},
    {"type": "diagnostics/list"},
    {"type": "diagnostics/get", "domain": DOMAIN},
    {"type": "subscribe_events", "event_type": "plex_smart_scan_result"},
    {"type": "subscribe_trigger", "trigger": {"platform": "event", "event_type": "plex_smart_scan_result"}},
    {"type": "config_entries/flow/progress"},
    {"type": "config_entries/get_single", "entry_id": ""},
    {"type": "config_entries/update", "entry_id": "", "title": "x"},
    {"type": "config_entries/disable", "entry_id": "", "disabled_by": "user"},
    {"type": "config_entries/subentries/list", "entry_id": ""},
    {"type": "config_entries/subentries/delete", "entry_id": "", "subentry_id": "x"},
    {"type": "config/entity_registry/update", "entity_id": "event.living_room_scan", "disabled_by": "user"},
    {"type": "config/device_registry/update", "device_id": "x", "name_by_user": "x"},
    {"type": "config/entity_registry/remove", "entity_id": "event.living_room_scan"},
    {"type": "logger/integration_log_level", "integration": DOMAIN, "level": "DEBUG", "persistence": "none"},
]


async def test_user_without_admin_rights_sees_no_secret(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    user: TestClient[Any, Any],
    user_token: str,
    tv: Path,
    fake_plex: FakePlex,
) -> None:
    """Neither the states nor the responses and errors of actions contain secrets."""
    socket = await hass_ws_client(hass, user_token)
    known = tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    calls = [
        ("scan_path", {"path": str(samples.add_episode(tv, "Westworld", 1, 2))}),
        ("scan_path", {"path": "/elsewhere/x.mkv"}),
        ("scan_path", {"path": str(known), "config_entry_id": "guessed"}),
        ("resolve_path", {"path": str(known)}),
        ("process_notification", {"path": str(known)}),
        ("discard_pending", {}),
    ]
    fake_plex.faults.clear()
    seen: dict[str, str] = {}
    for action, data in calls:
        async with user.post(f"/api/services/{DOMAIN}/{action}?return_response", json=data) as answer:
            seen[f"{action} {data}"] = await answer.text()
    await wait_until(hass, lambda: not entry.runtime_data.engine.pending)
    for kind in READABLE:
        await socket.send_json_auto_id({"type": kind})
        answer = await socket.receive_json()
        assert answer["success"], kind
        seen[kind] = json.dumps(answer)

    assert any(issue[0] == DOMAIN for issue in ir.async_get(hass).issues)
    assert "Westworld" in seen["get_states"]
    assert {what: found for what, text in seen.items() if (found := secrets(text))} == {}


@pytest.mark.parametrize("command", REFUSED, ids=lambda command: command["type"])
async def test_command_is_refused_without_admin_rights(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    user_token: str,
    command: dict[str, Any],
) -> None:
    """The websocket commands that show or change settings are for administrators too."""
    socket = await hass_ws_client(hass, user_token)

    own = {"entry_id": entry.entry_id} if "entry_id" in command else {}
    await socket.send_json_auto_id({**command, **own})

    assert (await socket.receive_json())["error"]["code"] == "unauthorized"


async def test_caller_of_the_webhook_learns_nothing(
    entry: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator, fake_plex: FakePlex, tv: Path, tmp_path: Path
) -> None:
    """Whether a path is in a library, and which location is nearest: not what is in it, nor what others sent."""
    client = await hass_client_no_auth()
    known = str(tv / "Westworld/Season 01/Westworld - S01E01.mkv")
    unload_server = str(tv / "Westworld/Season 01/Westworld - S01E99.mkv")
    outside = str(tmp_path / "secret/x.mkv")
    answers: dict[str, str] = {}
    for path in (known, unload_server, outside):
        async with client.post(f"/api/webhook/{SECRET_WEBHOOK}", json={"path": path}) as answer:
            answers[path] = await answer.text()
    for method in ("GET", "HEAD", "DELETE"):
        async with client.request(method, f"/api/webhook/{SECRET_WEBHOOK}") as answer:
            answers[method] = await answer.text()

    # The response is the same for listed and unlisted paths.
    assert answers[known].replace("S01E01", "S01E99") == answers[unload_server]
    assert str(tv) in answers[outside]
    for text in answers.values():
        assert secrets(text) == []
        assert fake_plex.url not in text
        assert "/elsewhere" not in text
    assert fake_plex.stats.count("/library/sections/*/refresh") <= 1
    assert all(
        str(scan.query.get("path", "")).startswith(str(tv))
        for scan in fake_plex.stats.requests
        if scan.matches("/library/sections/*/refresh")
    )
    assert fake_plex.stats.count("*", "DELETE") == fake_plex.stats.count("*/emptyTrash") == 0


async def test_remote_caller_of_the_webhook_is_rejected_by_default(
    hass: HomeAssistant, entry: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator, tv: Path
) -> None:
    """By default, requests from outside the local network are rejected."""
    client = await hass_client_no_auth()
    path = str(samples.add_episode(tv, "Westworld", 1, 2))
    with patch("homeassistant.util.network.is_local", return_value=False):
        async with client.post(f"/api/webhook/{SECRET_WEBHOOK}", json={"path": path}) as answer:
            assert await answer.text() == ""

    assert entry.runtime_data.engine.pending == 0
