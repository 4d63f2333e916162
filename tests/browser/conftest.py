"""A running demo for all tests, and for each of them a browser of its own that is logged in to it."""

from collections.abc import AsyncIterator, Iterator
import os
from pathlib import Path
from shutil import which

import aiohttp
from playwright.async_api import Browser, async_playwright
import pytest

from tests.e2e.api import Api
from tests.e2e.plex import PlexServer, PlexTv, running_fake, running_plex_tv
from tests.e2e.story import ACCOUNT, PLEX_PATH, SERVER_NAME
from tests.e2e.television import lay_out
from tests.fake_plex.samples import add_episode

from . import demo
from .demo import Demo
from .screen import Screen, open_screen

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def browser_path() -> str | None:
    """Return the browser that scripts/test-browser has found; other runs leave these tests out."""
    return os.environ.get("BROWSER_PATH") or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip these tests where nobody has asked for a browser, and begin with the pages: the others change the demo."""
    items.sort(key=lambda item: item.path.parent == Path(__file__).parent and item.path.stem != "test_pages")
    if browser_path():
        return
    why = "browser tests run by scripts/test-browser"
    if not any(map(which, BROWSERS)):
        why += ", which needs Chromium: there is none here"
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture(scope="session")
def the_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Return the running demo."""
    folder = tmp_path_factory.mktemp("demo")
    with demo.running(folder / "demo.log", folder / "details.json") as details:
        yield details


@pytest.fixture
async def session(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a client's session, with sockets that work."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def api(session: aiohttp.ClientSession, the_demo: Demo) -> Api:
    """Return the API of the demo's Home Assistant; the tests of another one have a fixture of this name."""
    return Api(session, the_demo.url, the_demo.token)


@pytest.fixture
async def browser(socket_enabled: None, tmp_path: Path) -> AsyncIterator[Browser]:
    """Return a browser with an empty profile."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=browser_path(), args=SWITCHES)
        yield started
        await started.close()


@pytest.fixture
async def screen(browser: Browser, api: Api) -> AsyncIterator[Screen]:
    """Return a desktop's screen on which the user is logged in. It fails for errors on its console."""
    async with open_screen(browser, api) as opened:
        yield opened


@pytest.fixture
async def living_room(socket_enabled: None, tmp_path: Path) -> AsyncIterator[PlexServer]:
    """Return a server with a few TV shows, for a Home Assistant that is not the demo's."""
    lay_out(tmp_path / "tv")
    library = f"TV Shows=show={PLEX_PATH}={tmp_path / 'tv'}"
    async with running_fake(tmp_path / "fake-plex.log", library, name=SERVER_NAME, profile="fast") as server:
        yield server


@pytest.fixture
async def attic(socket_enabled: None, tmp_path: Path) -> AsyncIterator[PlexServer]:
    """Return another server."""
    folder = tmp_path / "attic"
    add_episode(folder, "Attic Tales", 1, 1)
    library = f"Series=show=/attic/series={folder}"
    log = tmp_path / "attic.log"
    async with running_fake(log, library, name="Attic", profile="fast", identifier="att1c") as server:
        yield server


@pytest.fixture
async def plex_tv(living_room: PlexServer, tmp_path: Path) -> AsyncIterator[PlexTv]:
    """Return a stand-in for plex.tv whose account owns the server in the living room."""
    log = tmp_path / "fake-plex-tv.log"
    async with running_plex_tv(log, living_room, name=SERVER_NAME, account=ACCOUNT) as plex_tv:
        yield plex_tv
