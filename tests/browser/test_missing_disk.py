"""The repair issue about a disk that Plex lost, read and answered in a browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.api import Api, User, onboard
from tests.e2e.home_assistant import create
from tests.e2e.plex import PlexServer, take_cost
from tests.e2e.processes import free_port
from tests.e2e.story import DOMAIN, PLEX_PATH, SERVER_NAME, only_result

from .screen import Screen
from .texts import text

pytestmark = pytest.mark.timeout(300)
EPISODE = f"{PLEX_PATH}/Harbour Lights/Season 01/Harbour Lights - S01E01.mkv"


@pytest.fixture
async def api(session: aiohttp.ClientSession, living_room: PlexServer, tmp_path: Path) -> AsyncIterator[Api]:
    """Return a Home Assistant with the server, which raises the issue at once instead of after ten minutes."""
    home = create(tmp_path / "home-assistant", port=free_port(), options=("--missing-after", "0"))
    async with home.running(session):
        api = await onboard(session, home.url, User("demo", "demo-password"))
        await api.set_up(DOMAIN, {"url": living_room.url, "token": living_room.token, "verify_ssl": True})
        yield api


async def test_folder_that_is_meant_to_be_empty(
    screen: Screen, api: Api, session: aiohttp.ClientSession, living_room: PlexServer, tmp_path: Path
) -> None:
    """The issue names the library and the folder, and says what is lost; submitted, Plex scans the folder once."""
    (tmp_path / "tv").rename(tmp_path / "unmounted")
    (tmp_path / "tv").mkdir()
    await take_cost(session, living_room)
    waiting = only_result(await api.call_action(f"{DOMAIN}.scan_path", {"path": EPISODE, "timeout": 1}))
    assert (waiting["outcome"], waiting["reason"]) == ("pending", "mount_missing")

    title = text("issues.mount_missing.title", server=SERVER_NAME)
    await screen.open("config/repairs")
    await (await screen.sees(title)).click()
    question = "issues.mount_missing.fix_flow.step.confirm"
    await screen.sees(text(f"{question}.title"), within=screen.dialog)
    names = {"server": SERVER_NAME, "library": "TV Shows", "location": PLEX_PATH}
    for paragraph in text(f"{question}.description", **names).split("\n\n"):
        await screen.sees(paragraph, within=screen.dialog)
    await screen.submit()
    await screen.finish()
    await screen.does_not_see(title)
    assert (await take_cost(session, living_room)).scans == 1
