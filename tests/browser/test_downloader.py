"""*Add downloader* in a browser: the address, the key, the path mapping that files prove, and the device."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.api import Api
from tests.e2e.downloader import Downloader, running_downloader
from tests.e2e.story import DOMAIN, MOVIES_PATH, SERVER_NAME
from tests.e2e.television import some_files

from .homes import Demo
from .screen import Screen
from .texts import text

pytestmark = pytest.mark.timeout(300)
PAGE = f"config/integrations/integration/{DOMAIN}"
FLOW = "config_subentries.downloader"
RADARR_PATH = "/films"  # the movies' folder as Radarr sees it


@pytest.fixture
async def radarr(session: aiohttp.ClientSession, the_demo: Demo, tmp_path: Path) -> AsyncIterator[Downloader]:
    """Return a Radarr that has imported some of the demo's movies."""
    log = tmp_path / "fake-radarr.log"
    async with running_downloader(session, log, root_folder=RADARR_PATH, program="radarr") as radarr:
        for path, size in some_files(Path(the_demo.folder) / "media" / "movies"):
            await radarr.import_file(f"{RADARR_PATH}/{path}", size)
        yield radarr


@pytest.fixture
async def remove_radarr(api: Api) -> AsyncIterator[None]:
    """Remove Radarr from the demo afterwards."""
    yield
    for entry in await api.ask("config_entries/get", domain=DOMAIN):
        for subentry in await api.ask("config_entries/subentries/list", entry_id=entry["entry_id"]):
            if subentry["title"] == "Radarr":
                ids = {"entry_id": entry["entry_id"], "subentry_id": subentry["subentry_id"]}
                await api.ask("config_entries/subentries/delete", **ids)


@pytest.mark.usefixtures("remove_radarr")
async def test_downloader_is_added_with_a_proven_mapping(screen: Screen, radarr: Downloader) -> None:
    """A wrong key is rejected; then the connection is created, and a mapping is proposed with its files."""
    await screen.open(PAGE, SERVER_NAME)
    await screen.press(text(f"{FLOW}.initiate_flow.user"))
    await screen.fill(text(f"{FLOW}.step.manual.data.url"), radarr.url)
    await screen.fill(text(f"{FLOW}.step.manual.data.api_key"), "wrong")
    await screen.submit()
    await screen.wait_for_text(text(f"{FLOW}.error.invalid_auth"), within=screen.dialog)
    await screen.fill(text(f"{FLOW}.step.manual.data.api_key"), radarr.api_key)
    await screen.submit()
    await screen.wait_for_text(text(f"{FLOW}.step.mappings.title"), within=screen.dialog)
    await screen.wait_for_text(f"{RADARR_PATH} → {MOVIES_PATH}", within=screen.dialog)
    await screen.wait_for_text("A Winter in Porto (2019).mkv", within=screen.dialog)
    await screen.submit()
    await screen.finish()
    await screen.wait_for_text("Radarr")
    (connection,) = await radarr.connections()
    assert SERVER_NAME in connection["name"]
