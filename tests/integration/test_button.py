"""The buttons of a server and of a library."""

from pathlib import Path

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from tests.fake_plex import FakePlex, samples
from tests.fake_plex.faults import Fault

from .conftest import ScanUntil, SetUp
from .entity_states import CONNECTIVITY, EPISODES, press, shown
from .stored_requests import full_disk
from .waiting import wait_until


async def test_retry_button_finds_a_reachable_server(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan_until: ScanUntil
) -> None:
    """Pressing the button finds a reachable server immediately."""
    entry = await set_up()
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    await fake_plex.stop()
    assert (await scan_until(entry, episode, "server_offline"))["reason"] == "server_offline"
    assert shown(hass, CONNECTIVITY) == STATE_OFF
    assert shown(hass, "sensor.living_room_pending_paths") == "1"
    assert shown(hass, EPISODES) == STATE_UNAVAILABLE
    await fake_plex.start()

    await press(hass, "button.living_room_retry_pending")
    await fake_plex.wait_scans_done()
    while not entry.runtime_data.history:
        await hass.async_block_till_done()
    await hass.async_block_till_done(wait_background_tasks=True)

    assert shown(hass, CONNECTIVITY) == STATE_ON
    assert shown(hass, EPISODES) != STATE_UNAVAILABLE
    assert entry.runtime_data.history[-1].result.request.path == str(episode)


async def test_retry_button_raises_if_the_server_is_unreachable(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """Pressing the button raises an error before the outage is noticed and during it."""
    await set_up(websocket=False)
    fault = fake_plex.faults.add(Fault("disconnect"))

    for _ in range(2):
        with pytest.raises(HomeAssistantError, match="Living room is still unreachable"):
            await press(hass, "button.living_room_retry_pending")
        await hass.async_block_till_done()
        assert shown(hass, CONNECTIVITY) == STATE_OFF

    fault.remove()
    await press(hass, "button.living_room_retry_pending")
    await wait_until(hass, lambda: shown(hass, CONNECTIVITY) == STATE_ON)


async def test_retry_button_raises_if_the_token_is_rejected(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """The error names the token as the reason."""
    await set_up(websocket=False)
    fake_plex.token = "another"

    with pytest.raises(HomeAssistantError, match="Plex rejected the access token"):
        await press(hass, "button.living_room_retry_pending")


async def test_scan_button_scans_all_folders(hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp) -> None:
    """All folders of the library are scanned, with the context of the user."""
    other = tv.parent / "other"
    samples.add_episode(other, "Other", 1, 1)
    fake_plex.add_location(fake_plex.libraries[0], str(other), other)
    await set_up()
    context = Context()

    await press(hass, "button.living_room_tv_shows_scan_library", context)
    await fake_plex.wait_scans_done(2)

    assert {each.path for each in fake_plex.stats.scans} == {str(tv), str(other)}
    while not (state := hass.states.get("event.living_room_scan")) or state.state == STATE_UNKNOWN:
        await hass.async_block_till_done()
    assert state.attributes["event_type"] == "scanned"
    assert state.context.id == context.id


async def test_scan_button_raises_if_the_disk_is_full(hass: HomeAssistant, tv: Path, set_up: SetUp) -> None:
    """A request that cannot be stored is not accepted."""
    await set_up()

    with (
        full_disk(),
        pytest.raises(HomeAssistantError, match="could not be written"),
    ):
        await press(hass, "button.living_room_tv_shows_scan_library")
