"""Servers that Home Assistant knows already: from its own Plex integration, and from the network."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from tests.e2e.api import Api, User, onboard
from tests.e2e.home_assistant import create
from tests.e2e.plex import PlexServer, PlexTv
from tests.e2e.processes import free_port
from tests.e2e.story import DOMAIN, SERVER_NAME

from .screen import Screen
from .texts import text

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def core(living_room: PlexServer) -> dict[str, Any]:
    """Return what makes a Home Assistant whose own Plex integration has a server."""
    data = {
        "server": SERVER_NAME,
        "server_id": living_room.machine_identifier,
        "server_config": {"url": living_room.url, "token": living_room.token, "verify_ssl": True},
    }
    entry = {"domain": "plex", "title": SERVER_NAME, "unique_id": living_room.machine_identifier, "data": data}
    return {"entries": [entry]}


@pytest.fixture
def announced(attic: PlexServer) -> dict[str, Any]:
    """Return what makes a Home Assistant that discovers a server."""
    return {"options": ("--announce", f"Attic={URL(attic.url).port}")}


@pytest.fixture
async def api(
    request: pytest.FixtureRequest,
    session: aiohttp.ClientSession,
    plex_tv: PlexTv,
    core: dict[str, Any],
    announced: dict[str, Any],
    tmp_path: Path,
) -> AsyncIterator[Api]:
    """Return a Home Assistant made as the fixture says that the test names."""
    known = {"core": core, "announced": announced}[request.param]
    home = create(tmp_path / "home-assistant", port=free_port(), plex_tv=plex_tv.url, **known)
    async with home.running(session):
        yield await onboard(session, home.url, User("demo", "demo-password"))


async def entries(api: Api) -> dict[str, str]:
    """Return the servers that are set up: their titles and states."""
    found = await api.ask("config_entries/get", domain=DOMAIN)
    return {entry["title"]: entry["state"] for entry in found}


@pytest.mark.parametrize("api", ["core"], indirect=True)
async def test_server_of_the_plex_integration(screen: Screen, api: Api) -> None:
    """One click: there is only one, and its token is taken over."""
    await screen.add_integration("core")
    await screen.sees("/api/webhook/", within=screen.dialog)
    await screen.finish()
    assert await entries(api) == {SERVER_NAME: "loaded"}


@pytest.mark.parametrize("api", ["announced"], indirect=True)
async def test_discovered_server(screen: Screen, api: Api, attic: PlexServer) -> None:
    """It is shown with its name; the token is asked for, a wrong one is refused, and then it is discovered no more."""
    await screen.open("config/integrations/dashboard", "Discovered", "Attic")
    await screen.press("Add", within=screen.page.locator("ha-config-flow-card"))
    await screen.sees(
        text("config.step.zeroconf_confirm.description", name="Attic", url=attic.url), within=screen.dialog
    )
    await screen.choose(text("config.step.zeroconf_confirm.menu_options.manual"))
    await screen.fill(text("config.step.token.data.token"), "wrong")
    await screen.submit()
    await screen.sees(text("config.error.invalid_auth"), within=screen.dialog)
    await screen.fill(text("config.step.token.data.token"), attic.token)
    await screen.submit()
    await screen.sees("/api/webhook/", within=screen.dialog)
    await screen.finish()
    await screen.does_not_see("Discovered")
    assert await entries(api) == {"Attic": "loaded"}
