"""What several tests of entities do: read states, press buttons, let time pass."""

from datetime import timedelta

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Context, HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
)

from tests.fake_plex.faults import Fault


async def pass_time(hass: HomeAssistant, seconds: float) -> None:
    """Let time pass, and what it brings happen."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds), fire_all=True)
    await hass.async_block_till_done(wait_background_tasks=True)


def shown(hass: HomeAssistant, entity_id: str) -> str:
    """Return what an entity shows."""
    state = hass.states.get(entity_id)
    assert state, entity_id
    return state.state


def fault_for(path: str) -> Fault:
    """Return a fault with which Plex cannot answer."""
    return Fault("status", path, status=500)


async def press(hass: HomeAssistant, button: str, context: Context | None = None) -> None:
    """Press a button."""
    await hass.services.async_call("button", "press", {ATTR_ENTITY_ID: button}, blocking=True, context=context)


CONNECTIVITY = "binary_sensor.living_room_connectivity"


EPISODES = "sensor.living_room_tv_shows_episodes"
