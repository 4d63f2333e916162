"""Waiting for a condition, and the state of an entity."""

import asyncio
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry


def state_of(entry: MockConfigEntry) -> ConfigEntryState:
    """Return an entry's state: mypy does not know that it changes."""
    state = entry.state
    assert isinstance(state, ConfigEntryState)
    return state


async def wait_until(hass: HomeAssistant, condition: Any) -> None:
    """Let Home Assistant work until something is so."""
    async with asyncio.timeout(60):
        while not condition():
            await hass.async_block_till_done()
            await asyncio.sleep(0)
