"""The repair issue about a disk that Plex lost, read and answered in a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.api import Api
from tests.e2e.plex import take_cost
from tests.e2e.story import DOMAIN, PLEX_PATH, SERVER_NAME, only_result

from .newcomer import Newcomer
from .screen import Screen
from .texts import text

pytestmark = pytest.mark.timeout(300)
EPISODE = f"{PLEX_PATH}/Harbour Lights/Season 01/Harbour Lights - S01E01.mkv"
QUESTION = "issues.mount_missing.fix_flow.step.confirm"


@pytest.fixture
def empty_mount_point(newcomer: Newcomer) -> Iterator[None]:
    """Move the files of the library away, as if its drive were not mounted."""
    mount_point = Path(newcomer.media)
    unmounted = mount_point.rename(mount_point.with_name("unmounted"))
    mount_point.mkdir()
    yield
    mount_point.rmdir()
    unmounted.rename(mount_point)


@pytest.mark.usefixtures("empty_mount_point")
async def test_fix_of_an_empty_folder_scans_it_once(
    newcomer_screen: Screen, newcomer_api: Api, newcomer: Newcomer
) -> None:
    """The issue names the library, the folder and the consequence; when it is submitted, Plex scans the folder once."""
    screen, api, server = newcomer_screen, newcomer_api, newcomer.living_room
    await api.set_up(DOMAIN, {"url": server.url, "token": server.token, "verify_ssl": True})
    await take_cost(api.session, server)
    waiting = only_result(await api.call_action(f"{DOMAIN}.scan_path", {"path": EPISODE, "timeout": 1}))
    assert (waiting["outcome"], waiting["reason"]) == ("pending", "mount_missing")

    title = text("issues.mount_missing.title", server=SERVER_NAME)
    await screen.open("config/repairs")
    await (await screen.wait_for_text(title)).click()
    await screen.wait_for_text(text(f"{QUESTION}.title"), within=screen.dialog)
    names = {"server": SERVER_NAME, "library": "TV Shows", "location": PLEX_PATH}
    for paragraph in text(f"{QUESTION}.description", **names).split("\n\n"):
        await screen.wait_for_text(paragraph, within=screen.dialog)
    await screen.submit()
    await screen.finish()
    await screen.wait_until_hidden(title)
    assert (await take_cost(api.session, server)).scans == 1
