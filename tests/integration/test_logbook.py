"""What the page *Activity* of Home Assistant shows, as it asks for it: with a recorder, over the WebSocket API."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.components.recorder.core import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

import custom_components.plex_smart_scan as integration
from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.logbook import _ICONS
from tests.fake_plex import FakePlex, samples

from .checker import read_json
from .conftest import Scan, SetUp

type Activity = Callable[..., Coroutine[Any, Any, list[dict[str, Any]]]]


@pytest.fixture(autouse=True)
def _custom_integrations(recorder_mock: Recorder, enable_custom_integrations: None) -> None:
    """Let Home Assistant load the integration; its recorder has to be there first."""


@pytest.fixture
async def activity(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> Activity:
    """Return a function that asks for what the page *Activity* shows, by default to an administrator."""
    for component in ("logbook", "http"):
        assert await async_setup_component(hass, component, {})

    async def do(token: str | None = None) -> list[dict[str, Any]]:
        await hass.async_block_till_done()
        await async_wait_recording_done(hass)
        client = await (hass_ws_client(hass, token) if token else hass_ws_client(hass))
        start = dt_util.utcnow() - timedelta(hours=1)
        await client.send_json_auto_id({"type": "logbook/get_events", "start_time": start.isoformat()})
        answer = await client.receive_json()
        return [each for each in answer["result"] if each.get("domain") == DOMAIN or "state" in each]

    return do


async def test_activity_shows_each_result_once(
    activity: Activity,
    hass: HomeAssistant,
    fake_plex: FakePlex,
    tv: Path,
    set_up: SetUp,
    scan: Scan,
) -> None:
    """A sentence, and beside it only the outcome that Home Assistant itself shows of every event entity."""
    await set_up()
    episode = str(samples.add_episode(tv, "Westworld", 1, 2))
    await scan(episode)
    await hass.async_block_till_done()
    await scan(episode)
    await fake_plex.wait_idle()

    entries = await activity()

    ours = [f"{each['name']} {each['message']}" for each in entries if each.get("domain") == DOMAIN]
    assert [each.partition(" (")[0] for each in ours] == [
        "Westworld – S01E02 Episode 2 was added to TV Shows",
        "Westworld – S01E02 Episode 2 was already up to date in TV Shows",
    ]
    states = {each["entity_id"] for each in entries if "state" in each}
    assert states <= {"event.living_room_scan", "binary_sensor.living_room_scanning"}
    assert all(
        each["attributes"]["event_type"]
        for each in entries
        if each.get("entity_id") == "event.living_room_scan" and "state" in each
    )


async def test_activity_is_shown_without_admin_rights(
    activity: Activity, user_token: str, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """A user without administrator rights sees the titles that others have reported."""
    await set_up()
    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)))

    names = {each["name"] for each in await activity(user_token) if each.get("domain") == DOMAIN}

    assert names == {"Westworld – S01E02 Episode 2"}


def test_icons_in_activity_are_those_of_the_sensor() -> None:
    """An outcome looks the same in Activity and on the sensor."""
    icons = read_json(Path(integration.__file__).parent / "icons.json")["entity"]["sensor"]["last_result"]

    shown = {outcome.value: icon for outcome, icon in _ICONS.items()}

    assert shown == {"up_to_date": icons["default"], **icons["state"]}
