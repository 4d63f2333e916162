"""A server, and automations of the blueprints in a folder where Home Assistant looks for them."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
import shutil
from typing import Any

from homeassistant.components import persistent_notification
from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.plex_smart_scan.const import DOMAIN

from ..conftest import SetUp

CHECKOUT = Path(__file__).parents[3]
FOLDER = CHECKOUT / "blueprints" / "automation" / DOMAIN

type Automate = Callable[..., Any]


@pytest.fixture
async def entry(hass: HomeAssistant, tv: Path, set_up: SetUp) -> AsyncIterator[MockConfigEntry]:
    """Return a server that is set up, with a TV library."""
    entry = await set_up()
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def automate(hass: HomeAssistant) -> Automate:
    """Return a function that makes an automation of a blueprint, in a folder where Home Assistant looks for them."""

    async def do(name: str, **inputs: Any) -> None:
        place = Path(hass.config.path("blueprints", "automation", DOMAIN))
        await hass.async_add_executor_job(shutil.copytree, FOLDER, place)
        use = {"path": f"{DOMAIN}/{name}.yaml", "input": inputs}
        config = {"automation": {"alias": name, "use_blueprint": use}}
        assert await async_setup_component(hass, "persistent_notification", {})
        assert await async_setup_component(hass, "automation", config)
        await hass.async_block_till_done()
        state = hass.states.get(f"automation.{name}")
        assert state
        assert state.state == STATE_ON

    return do


@pytest.fixture
def notifications(hass: HomeAssistant) -> Callable[[], list[tuple[str | None, str]]]:
    """Return a function that returns the notifications in Home Assistant as title and message."""

    def found() -> list[tuple[str | None, str]]:
        all_of_them = persistent_notification._async_get_or_create_notifications(hass).values()
        return [(each["title"], each["message"]) for each in all_of_them]

    return found
