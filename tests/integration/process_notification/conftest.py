"""A server with a TV library, and notifications sent to it with the action."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.plex_smart_scan.const import DOMAIN

from ..conftest import SetUp


@pytest.fixture
async def entry(hass: HomeAssistant, tv: Path, set_up: SetUp) -> AsyncIterator[MockConfigEntry]:
    """Return a server that is set up, with a TV library."""
    entry = await set_up()
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


async def process(hass: HomeAssistant, body: dict[str, Any]) -> dict[str, Any]:
    """Call the action and return its response."""
    response = await hass.services.async_call(DOMAIN, "process_notification", body, blocking=True, return_response=True)
    assert response is not None
    return dict(response)


def sonarr(*paths: Path, **more: Any) -> dict[str, Any]:
    """Return what Sonarr posts after an import."""
    return {
        "eventType": "Download",
        "series": {"id": 1, "title": "Westworld", "path": str(paths[0].parent.parent)},
        "episodeFiles": [{"path": str(path), "size": path.stat().st_size} for path in paths],
        **more,
    }
