"""A running demo for all tests, and for each of them a browser of its own that is logged in to it."""

from collections.abc import AsyncIterator, Iterator
import os
from pathlib import Path
from shutil import which
from typing import Any

import aiohttp
from playwright.async_api import Browser, async_playwright
import pytest

from tests.e2e.api import Api
from tests.e2e.processes import poll
from tests.e2e.story import DOMAIN

from .homes import Demo, running
from .newcomer import Newcomer
from .screen import Screen, open_screen

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def browser_path() -> str | None:
    """Return the browser that scripts/test-browser has found; other runs skip these tests."""
    return os.environ.get("BROWSER_PATH") or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip these tests unless scripts/test-browser runs them. The pages come first: the other tests change the demo."""
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
    """Return the running demo; DEMO_DETAILS names the file of one that is running already."""
    folder, known = tmp_path_factory.getbasetemp() / "demo", os.environ.get("DEMO_DETAILS", "")
    with running(folder, "tests.e2e.demo", "--temporary", known=known) as details:
        yield Demo(**details)


@pytest.fixture(scope="session")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    """Return a Home Assistant without a configured server."""
    with running(tmp_path_factory.getbasetemp() / "newcomer", "tests.browser.newcomer") as details:
        yield Newcomer.read(details)


@pytest.fixture
async def session(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a client's session, with sockets that work."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def api(session: aiohttp.ClientSession, the_demo: Demo) -> Api:
    """Return the API of the demo's Home Assistant."""
    return Api(session, the_demo.url, the_demo.token)


@pytest.fixture
async def newcomer_api(session: aiohttp.ClientSession, newcomer: Newcomer) -> AsyncIterator[Api]:
    """Return the API of the one without any server; afterwards it has none again, and discovers the attic's."""
    api = Api(session, newcomer.url, newcomer.token)

    async def discovered() -> list[dict[str, Any]] | None:
        flows = await api.ask("config_entries/flow/progress")
        return [flow for flow in flows if flow["context"]["source"] == "zeroconf"] or None

    await poll("the discovery of the attic's server", discovered, seconds=60)
    yield api
    for entry in await api.ask("config_entries/get", domain=DOMAIN):
        await api.delete(f"/api/config/config_entries/entry/{entry['entry_id']}")


@pytest.fixture
async def browser(socket_enabled: None, tmp_path: Path) -> AsyncIterator[Browser]:
    """Return a browser with an empty profile."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=browser_path(), args=SWITCHES)
        yield started
        await started.close()


@pytest.fixture
async def screen(browser: Browser, api: Api) -> AsyncIterator[Screen]:
    """Return a desktop's screen on which the demo's user is logged in. It fails for errors on its console."""
    async with open_screen(browser, api) as opened:
        yield opened


@pytest.fixture
async def newcomer_screen(browser: Browser, newcomer_api: Api) -> AsyncIterator[Screen]:
    """Return a screen of the one without any server."""
    async with open_screen(browser, newcomer_api) as opened:
        yield opened
