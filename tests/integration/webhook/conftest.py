"""A server with a webhook, and a client that posts to it without a token."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.plex_smart_scan.scanner import ScanResult

from ..conftest import SetUp


@pytest.fixture
def results(hass: HomeAssistant) -> Callable[[MockConfigEntry, int], Any]:
    """Return a function that waits for so many results of a server."""

    async def wait(entry: MockConfigEntry, count: int) -> list[ScanResult]:
        history = entry.runtime_data.history
        come = asyncio.Event()
        unlisten = entry.runtime_data.results.async_add(lambda _result: come.set())
        async with asyncio.timeout(60):
            while len(history) < count:
                come.clear()
                await come.wait()
        unlisten()
        return [finished.result for finished in history]

    return wait


@pytest.fixture
async def entry(hass: HomeAssistant, tv: Path, set_up: SetUp) -> AsyncIterator[MockConfigEntry]:
    """Return a server that is set up, with a TV library."""
    entry = await set_up()
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def client(entry: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator) -> TestClient[Any, Any]:
    """Return a client without a token."""
    anybody: TestClient[Any, Any] = await hass_client_no_auth()
    return anybody
