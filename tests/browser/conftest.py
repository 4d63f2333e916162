"""A running demo for all tests, and for each of them a browser of its own that is logged in to it."""

from collections.abc import AsyncIterator, Iterator
import json
import os
from pathlib import Path
from shutil import which

import aiohttp
from playwright.async_api import Browser, async_playwright
import pytest

from tests.e2e.api import Api

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
    """Skip these tests where nobody has asked for a browser."""
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
async def api(socket_enabled: None, the_demo: Demo) -> AsyncIterator[Api]:
    """Return the API of the demo's Home Assistant."""
    async with aiohttp.ClientSession() as session:
        yield Api(session, the_demo.url, the_demo.token)


@pytest.fixture
async def browser(socket_enabled: None, tmp_path: Path) -> AsyncIterator[Browser]:
    """Return a browser with an empty profile."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=browser_path(), args=SWITCHES)
        yield started
        await started.close()


@pytest.fixture
async def screen(browser: Browser, the_demo: Demo) -> AsyncIterator[Screen]:
    """Return a desktop's screen on which the demo's user is logged in. It fails for errors on the console."""
    async with open_screen(browser, the_demo) as opened:
        yield opened
    assert opened.errors == [], json.dumps(opened.errors, indent=2)
