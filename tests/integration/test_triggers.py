"""The purpose-specific trigger and condition, as an automation uses them."""

import logging
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.condition import async_get_all_descriptions as condition_descriptions
from homeassistant.helpers.trigger import async_get_all_descriptions as trigger_descriptions
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.coordinator_data import FINAL_OUTCOMES
from tests.fake_plex import FakePlex, samples

from .conftest import Scan, SetUp
from .waiting import wait_until

EVENT = "event.living_room_scan"


@pytest.fixture
def calls(hass: HomeAssistant) -> list[ServiceCall]:
    """Return the calls that an automation has made."""
    made: list[ServiceCall] = async_mock_service(hass, "test", "automation")
    return made


async def automate(hass: HomeAssistant, **parts: Any) -> None:
    """Make an automation."""
    actions = [{"action": "test.automation", "data": {"to": "{{ trigger.to_state.attributes.event_type }}"}}]
    config = {"automation": {"alias": "Test", "actions": actions, **parts}}
    assert await async_setup_component(hass, "automation", config)
    await hass.async_block_till_done()
    state = hass.states.get("automation.test")
    assert state
    assert state.state == "on"


@pytest.mark.parametrize(
    ("options", "reported"),
    [
        ({}, ["added", "up_to_date"]),
        ({"outcome": "added"}, ["added"]),
        ({"outcome": ["up_to_date", "removed"]}, ["up_to_date"]),
        ({"library": "TV Shows"}, ["added", "up_to_date"]),
        ({"library": ["Movies"]}, []),
        ({"outcome": "added", "library": ["Movies", "TV Shows"]}, ["added"]),
    ],
)
async def test_trigger_fires_for_the_selected_outcomes_and_libraries(
    hass: HomeAssistant,
    tv: Path,
    set_up: SetUp,
    scan: Scan,
    calls: list[ServiceCall],
    options: dict[str, Any],
    reported: list[str],
) -> None:
    """The trigger fires for the selected outcomes and libraries, or for all if none are selected."""
    await set_up()
    trigger = {"trigger": "plex_smart_scan.scan_finished", "target": {"entity_id": EVENT}, "options": options}
    await automate(hass, triggers=[trigger])
    episode = str(samples.add_episode(tv, "Westworld", 1, 2))

    for _ in range(2):
        await scan(episode)
        await hass.async_block_till_done()

    assert [call.data["to"] for call in calls] == reported


async def test_trigger_fires_for_the_selected_server(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    tv: Path,
    set_up: SetUp,
    scan: Scan,
    calls: list[ServiceCall],
) -> None:
    """A server is selected by its device; a reload of its entry does not fire the trigger."""
    entry = await set_up()
    (server,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    target = {"device_id": server.id}
    await automate(hass, triggers=[{"trigger": "plex_smart_scan.scan_finished", "target": target}])

    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)))
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()

    assert [call.data["to"] for call in calls] == ["added"]


async def test_condition_passes_during_a_scan(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, calls: list[ServiceCall]
) -> None:
    """The condition passes during a scan, no matter who started it."""
    await set_up()
    scanning = "binary_sensor.living_room_scanning"
    condition = {"condition": "plex_smart_scan.is_scanning", "target": {"entity_id": scanning}}
    actions = [{"action": "test.automation"}]
    await automate(hass, triggers=[{"trigger": "event", "event_type": "look"}], conditions=[condition], actions=actions)
    hass.bus.async_fire("look")
    await hass.async_block_till_done()
    assert not calls

    fake_plex.hold_walking()
    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)), wait=False)
    await fake_plex.wait_scan_started()
    await wait_until(hass, lambda: hass.states.is_state(scanning, "on"))
    hass.bus.async_fire("look")
    await hass.async_block_till_done()
    fake_plex.release_walking()

    assert len(calls) == 1


async def test_descriptions_are_accepted_by_home_assistant(
    hass: HomeAssistant, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    """Home Assistant accepts the descriptions and logs no warning about a custom integration with triggers."""
    assert await async_setup_component(hass, "automation", {})
    await set_up()

    trigger = (await trigger_descriptions(hass))[f"{DOMAIN}.scan_finished"]
    condition = (await condition_descriptions(hass))[f"{DOMAIN}.is_scanning"]

    assert trigger
    assert trigger["fields"]["outcome"]["selector"]["select"]["options"] == [each.value for each in FINAL_OUTCOMES]
    assert condition
    # asyncio warns of slow steps on a busy machine.
    records = [record for record in caplog.records if record.name != "asyncio"]
    visible_lines = [record.getMessage() for record in records if record.levelno >= logging.WARNING]
    assert [each for each in visible_lines if "trigger" in each or "condition" in each] == []
