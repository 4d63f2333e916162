"""Shared fixtures: a simulated Plex with a TV library, and a folder for Home Assistant."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.home_assistant import HomeAssistant, create
from tests.e2e.plex import PlexServer, running_fake
from tests.e2e.processes import free_port
from tests.e2e.story import PLEX_PATH, SERVER_NAME
from tests.e2e.television import lay_out


@pytest.fixture
async def session(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a client's session, with sockets that work."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def fake(tmp_path: Path) -> AsyncIterator[PlexServer]:
    """Return a running fake Plex that has scanned its library."""
    folder = tmp_path / "tv"
    lay_out(folder)
    library = f"TV Shows=show={PLEX_PATH}={folder}"
    async with running_fake(tmp_path / "fake-plex.log", library, name=SERVER_NAME, profile="fast") as server:
        yield server


@pytest.fixture
def home(tmp_path: Path) -> HomeAssistant:
    """Return a Home Assistant that was never started."""
    return create(tmp_path / "home-assistant", port=free_port())
