"""The zip of a release, installed as HACS and the Marketplace install it: a real Home Assistant with nothing else."""

import asyncio
from pathlib import Path
import sys
from zipfile import ZipFile

import aiohttp
import pytest

from tests.e2e.api import User, onboard
from tests.e2e.home_assistant import CHECKOUT, create
from tests.e2e.plex import PlexServer
from tests.e2e.processes import free_port
from tests.e2e.story import DOMAIN, PLEX_PATH, only_result

pytestmark = pytest.mark.timeout(300)
EPISODE = f"{PLEX_PATH}/Harbour Lights/Season 01/Harbour Lights - S01E01.mkv"


@pytest.fixture
async def components(tmp_path: Path) -> Path:
    """Return a `custom_components` folder that holds the unpacked zip and nothing else."""
    script = CHECKOUT / "scripts" / "build-release"
    building = await asyncio.create_subprocess_exec(sys.executable, script, "--output", tmp_path)
    assert await building.wait() == 0
    folder = tmp_path / "custom_components"
    with ZipFile(tmp_path / "plex_smart_scan.zip") as archive:
        archive.extractall(folder / DOMAIN)
    return folder


async def test_released_zip_works_without_other_files(
    session: aiohttp.ClientSession, components: Path, fake: PlexServer, tmp_path: Path
) -> None:
    """The integration can be set up, has its icon and texts, and resolves a path."""
    home = create(tmp_path / "home-assistant", port=free_port(), components=components)
    async with home.running(session):
        api = await onboard(session, home.url, User("tester", "tester-password"))
        entry = await api.set_up(DOMAIN, {"url": fake.url, "token": fake.token, "verify_ssl": True})
        answer = await api.call_action(f"{DOMAIN}.scan_path", {"path": EPISODE})
        texts = await api.ask("frontend/get_translations", language="de", category="config", integration=[DOMAIN])
        headers = {"Authorization": f"Bearer {api.token}"}
        async with session.get(f"{home.url}/api/brands/integration/{DOMAIN}/icon.png", headers=headers) as response:
            icon = await response.read()

    assert entry["state"] == "loaded"
    assert only_result(answer)["outcome"] == "up_to_date"
    assert texts["resources"][f"component.{DOMAIN}.config.step.manual.data.token"]
    assert icon == (CHECKOUT / "custom_components" / DOMAIN / "brand" / "icon.png").read_bytes()
