"""What a Home Assistant user without administrator rights can learn and cause, row by row of docs/reliability.md.

What is refused to this user in general is in `test_permissions`.
"""

from collections.abc import AsyncIterator, Callable, Coroutine
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.coordinator import REFRESH_DELAY
from tests.fake_plex import FakePlex, samples

from .conftest import Issues, Scan, SetUp
from .entity_states import pass_time, shown
from .waiting import wait_until

PENDING = "sensor.living_room_pending_paths"

type Call = Callable[..., Coroutine[Any, Any, dict[str, Any]]]
type Command = Callable[..., Coroutine[Any, Any, Any]]


@pytest.fixture
async def entry(hass: HomeAssistant, tv: Path, set_up: SetUp) -> AsyncIterator[MockConfigEntry]:
    """Return a server with a TV library."""
    for component in ("homeassistant", "config", "repairs", "api", "websocket_api"):
        assert await async_setup_component(hass, component, {})
    entry = await set_up()
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def call(user: TestClient[Any, Any]) -> Call:
    """Return a function that calls an action as the user and returns its response."""

    async def do(action: str, **data: Any) -> dict[str, Any]:
        async with user.post(f"/api/services/{DOMAIN}/{action}?return_response", json=data) as answer:
            assert answer.status == HTTPStatus.OK, await answer.text()
            response: dict[str, Any] = (await answer.json())["service_response"]
            return response

    return do


@pytest.fixture
async def command(
    hass: HomeAssistant, user: TestClient[Any, Any], hass_ws_client: WebSocketGenerator, user_token: str
) -> Command:
    """Return a function that sends a websocket command as the user and returns its result, or None if it fails."""
    socket = await hass_ws_client(hass, user_token)

    async def do(kind: str, **fields: Any) -> Any:
        await socket.send_json_auto_id({"type": kind, **fields})
        return (await socket.receive_json()).get("result")

    return do


@pytest.fixture
async def reported(entry: MockConfigEntry, fake_plex: FakePlex, tv: Path, scan: Scan) -> str:
    """Return a path that another sender has reported and that waits for an unreachable server."""
    episode = str(samples.add_episode(tv, "Lost", 1, 1))
    await fake_plex.stop()
    assert (await scan(episode, timeout=0.3))["summary"] == {"pending": 1}
    return episode


async def test_user_cannot_discard_requests(
    entry: MockConfigEntry, user: TestClient[Any, Any], command: Command, reported: str
) -> None:
    """An accepted request of another sender stays pending, with and without a path in the call."""
    for data in ({}, {"path": reported}, {"config_entry_id": entry.entry_id}):
        for query in ("", "?return_response"):
            async with user.post(f"/api/services/{DOMAIN}/discard_pending{query}", json=data) as answer:
                assert answer.status == HTTPStatus.UNAUTHORIZED, await answer.text()
        action = {"domain": DOMAIN, "service": "discard_pending", "service_data": data}
        assert await command("call_service", **action) is None

    assert entry.runtime_data.engine.pending == 1
    assert not entry.runtime_data.history


async def test_script_that_the_user_runs_cannot_discard_requests(
    hass: HomeAssistant, entry: MockConfigEntry, user: TestClient[Any, Any], reported: str
) -> None:
    """A script runs with the rights of the user who starts it."""
    sequence = [{"action": f"{DOMAIN}.discard_pending"}]
    assert await async_setup_component(hass, "script", {"script": {"tidy": {"sequence": sequence}}})

    async with user.post("/api/services/script/tidy", json={}) as answer:
        assert answer.status == HTTPStatus.UNAUTHORIZED, await answer.text()

    assert entry.runtime_data.engine.pending == 1


async def test_administrators_and_automations_can_discard_requests(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    fake_plex: FakePlex,
    tv: Path,
    scan: Scan,
) -> None:
    """The context of an automation has no user; that of an administrator has one."""
    client = await hass_client()
    await fake_plex.stop()
    for number in (2, 3):
        episode = str(samples.add_episode(tv, "Westworld", 1, number))
        await scan(episode, wait=False)
        if number == 2:
            await hass.services.async_call(DOMAIN, "discard_pending", {}, blocking=True, context=Context(parent_id="x"))
        else:
            async with client.post(f"/api/services/{DOMAIN}/discard_pending?return_response", json={}) as answer:
                assert (await answer.json())["service_response"] == {"discarded": [episode]}
        assert entry.runtime_data.engine.pending == 0


async def test_user_can_scan_and_query(call: Call, tv: Path) -> None:
    """The actions show how a path is mapped, what Plex lists for it, and which library is most similar."""
    for number, action in ((2, "scan_path"), (3, "process_notification")):
        episode = str(samples.add_episode(tv, "Westworld", 1, number))
        assert (await call(action, path=episode))["summary"] == {"added": 1}
    (known,) = (await call("resolve_path", path=str(tv / "Westworld/Season 01/Westworld - S01E01.mkv")))["results"]
    (outside,) = (await call("resolve_path", path="/elsewhere/x.mkv"))["results"]

    assert (known["server"], known["in_plex"], known["libraries"][0]["title"]) == ("Living room", True, "TV Shows")
    assert known["items"][0]["title"] == "Episode 1"
    assert (outside["reason"], outside["nearest"]) == ("no_library", str(tv))


async def test_user_sees_the_requests_of_others(
    hass: HomeAssistant, call: Call, command: Command, scan: Scan, entry: MockConfigEntry, fake_plex: FakePlex, tv: Path
) -> None:
    """The paths, titles and results of all senders are attributes of the entities."""
    finished = str(samples.add_episode(tv, "Westworld", 1, 2))
    await scan(finished)
    waiting = str(samples.add_episode(tv, "Westworld", 1, 3))
    await fake_plex.stop()
    await scan(waiting, timeout=0.3)
    await hass.async_block_till_done()

    states = {each["entity_id"]: each["attributes"] for each in await command("get_states")}

    assert [row["path"] for row in states["sensor.living_room_last_result"]["recent"]] == [finished]
    assert [row["path"] for row in states[PENDING]["waiting"]] == [waiting]
    event = states["event.living_room_scan"]
    assert (event["path"], event["title"]) == (finished, "Westworld – S01E02 Episode 2")


async def test_user_sees_the_url_of_plex_and_can_hide_a_repair_issue(
    command: Command, call: Call, fake_plex: FakePlex, issues: Issues
) -> None:
    """A path that is in no library becomes a repair issue, which Home Assistant lets every user ignore, but not fix."""
    await call("process_notification", path="/elsewhere/x.mkv")
    await issues.wait("no_library")
    (issue,) = (each for each in (await command("repairs/list_issues"))["issues"] if each["domain"] == DOMAIN)
    assert issue["translation_placeholders"]["path"] == "/elsewhere/x.mkv"

    await command("repairs/ignore_issue", domain=DOMAIN, issue_id=issue["issue_id"], ignore=True)

    (issue,) = (each for each in (await command("repairs/list_issues"))["issues"] if each["domain"] == DOMAIN)
    assert issue["ignored"]
    urls = {each.get("configuration_url") for each in await command("config/device_registry/list")}
    assert f"{fake_plex.url}/web" in urls
    (listed,) = await command("config_entries/get", domain=DOMAIN)
    assert (listed["title"], listed["state"]) == ("Living room", "loaded")


async def test_user_can_press_the_buttons(
    hass: HomeAssistant, entry: MockConfigEntry, user: TestClient[Any, Any], reported: str, fake_plex: FakePlex
) -> None:
    """The pending requests are retried, and all folders of a library are scanned. Nothing is deleted in Plex."""
    await fake_plex.start()
    for button in ("button.living_room_retry_pending", "button.living_room_tv_shows_scan_library"):
        await wait_until(hass, lambda button=button: shown(hass, button) != STATE_UNAVAILABLE)
        async with user.post("/api/services/button/press", json={"entity_id": button}) as answer:
            assert answer.status == HTTPStatus.OK
    await wait_until(hass, lambda: not entry.runtime_data.engine.pending)

    outcomes = {each.result.request.path: each.result.outcome for each in entry.runtime_data.history}
    assert outcomes[reported] == "added"
    assert len(outcomes) == 2
    assert fake_plex.stats.count("*", "DELETE") == fake_plex.stats.count("*/emptyTrash") == 0


async def test_user_can_refresh_the_statistics(
    hass: HomeAssistant, user: TestClient[Any, Any], fake_plex: FakePlex
) -> None:
    """Home Assistant lets every user update an entity: the libraries are read again."""
    data = {"entity_id": "sensor.living_room_tv_shows_episodes"}
    async with user.post("/api/services/homeassistant/update_entity", json=data) as answer:
        assert answer.status == HTTPStatus.OK
    await pass_time(hass, REFRESH_DELAY)

    assert fake_plex.stats.count("/library/sections") == 1
