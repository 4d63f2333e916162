"""The binary sensor for running scans."""

from pathlib import Path

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from tests.fake_plex import FakePlex, samples

from .conftest import Scan, SetUp
from .entity_states import CONNECTIVITY, EPISODES, fault_for, shown
from .waiting import wait_until


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_scanning_sensor_shows_any_running_scan(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, movies: Path, set_up: SetUp
) -> None:
    """The sensors show a running scan, no matter who started it."""
    fake_plex.quirks.context_in_started = True
    await set_up()
    names = [f"binary_sensor.living_room_{name}scanning" for name in ("", "tv_shows_", "movies_")]
    assert [shown(hass, name) for name in names] == [STATE_OFF] * 3
    fake_plex.hold_walking()
    changes = async_capture_events(hass, "state_changed")
    fake_plex.scanner.request(fake_plex.libraries[0], None, force=False, now=fake_plex.clock())
    await fake_plex.wait_scan_started()
    while shown(hass, names[0]) == STATE_OFF:
        await hass.async_block_till_done()
    assert [shown(hass, name) for name in names] == [STATE_ON, STATE_ON, STATE_OFF]

    fake_plex.release_walking()
    await fake_plex.wait_scans_done()
    while shown(hass, names[0]) == STATE_ON:
        await hass.async_block_till_done()
    assert [shown(hass, name) for name in names] == [STATE_OFF] * 3
    assert len([each for each in changes if each.data["entity_id"] == names[0]]) == 2


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_scanning_sensor_shows_own_scans_without_a_websocket(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """Without a websocket, only the scans of the engine are known."""
    fake_plex.faults.add(fault_for("/:/websockets/*"))
    entry = await set_up(websocket=False)
    assert entry.runtime_data.scanning == frozenset()
    fake_plex.hold_walking()

    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)), wait=False)

    await wait_until(hass, lambda: entry.runtime_data.scanning == frozenset({1}))
    await hass.async_block_till_done()
    for name in ("", "tv_shows_"):
        assert shown(hass, f"binary_sensor.living_room_{name}scanning") == STATE_ON
    fake_plex.release_walking()
    while entry.runtime_data.scanning:
        await hass.async_block_till_done(wait_background_tasks=True)
    for name in ("", "tv_shows_"):
        assert shown(hass, f"binary_sensor.living_room_{name}scanning") == STATE_OFF


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_scanning_is_unknown_while_the_server_is_unreachable(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """The scanning state of an unreachable server is unknown, but its connectivity is known."""
    entry = await set_up(websocket=False)
    await fake_plex.stop()
    await entry.runtime_data.async_refresh()
    await hass.async_block_till_done()
    names = ("", "tv_shows_")
    assert [shown(hass, f"binary_sensor.living_room_{name}scanning") for name in names] == [STATE_UNAVAILABLE] * 2
    assert shown(hass, CONNECTIVITY) == STATE_OFF

    await fake_plex.start()
    entry.runtime_data.engine.availability.probe_now()
    await wait_until(hass, lambda: shown(hass, EPISODES) == "1")

    assert [shown(hass, f"binary_sensor.living_room_{name}scanning") for name in names] == [STATE_OFF] * 2
