"""Sign in with Plex as a person does it: the dialog in one window, plex.tv's pages in others."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
from playwright.async_api import Browser, expect
import pytest

from tests.e2e.api import Api, User, onboard
from tests.e2e.home_assistant import create
from tests.e2e.plex import PlexServer, PlexTv, running_fake, running_plex_tv
from tests.e2e.processes import free_port
from tests.e2e.story import ACCOUNT, DOMAIN, PLEX_PATH, SERVER_NAME
from tests.e2e.television import lay_out

from .demo import Demo
from .screen import SECONDS, Screen, open_screen
from .texts import text

pytestmark = pytest.mark.timeout(300)
ADD = f"config/integrations/dashboard/add?domain={DOMAIN}"


@pytest.fixture
async def session(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a client's session, with sockets that work."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def server(session: aiohttp.ClientSession, tmp_path: Path) -> AsyncIterator[PlexServer]:
    """Return a running fake Plex."""
    lay_out(tmp_path / "tv")
    library = f"TV Shows=show={PLEX_PATH}={tmp_path / 'tv'}"
    async with running_fake(tmp_path / "fake-plex.log", library, name=SERVER_NAME, profile="fast") as server:
        yield server


@pytest.fixture
async def plex_tv(server: PlexServer, tmp_path: Path) -> AsyncIterator[PlexTv]:
    """Return a stand-in for plex.tv whose account owns the server."""
    async with running_plex_tv(tmp_path / "fake-plex-tv.log", server, name=SERVER_NAME, account=ACCOUNT) as plex_tv:
        yield plex_tv


@pytest.fixture
async def api(session: aiohttp.ClientSession, plex_tv: PlexTv, tmp_path: Path) -> AsyncIterator[Api]:
    """Return a Home Assistant without any server, which asks the stand-in."""
    home = create(tmp_path / "home-assistant", port=free_port(), plex_tv=plex_tv.url)
    async with home.running(session):
        yield await onboard(session, home.url, User("demo", "demo-password"))


@pytest.fixture
async def screen(browser: Browser, api: Api, server: PlexServer, tmp_path: Path) -> AsyncIterator[Screen]:
    """Return a screen on which its user is logged in."""
    home = Demo(api.url, "demo", "demo-password", api.token, server.url, f"{api.url}/", str(tmp_path))
    async with open_screen(browser, home) as opened:
        yield opened
    assert opened.errors == []


async def entries(api: Api) -> list[str]:
    """Return the titles of the servers that are set up."""
    return [entry["title"] for entry in await api.ask("config_entries/get", domain=DOMAIN)]


async def begin(screen: Screen, way: str) -> None:
    """Open the dialog and choose a way."""
    await screen.open(ADD)
    await screen.press("OK")
    option = await screen.sees(text(f"config.step.user.menu_options.{way}"), within=screen.dialog)
    await option.click()


async def test_sign_in_at_the_page(screen: Screen, api: Api) -> None:
    """plex.tv opens in a window of its own, which closes by itself after one click, and the server is there."""
    async with screen.page.context.expect_page(timeout=SECONDS * 1000) as opening:
        await begin(screen, "sign_in")
    window = await opening.value
    await expect(window.get_by_role("heading", name="Sign in to Plex Smart Scan")).to_be_visible(timeout=SECONDS * 1000)
    await screen.sees(text("config.step.signing_in.description"), within=screen.dialog)
    async with window.expect_event("close", timeout=SECONDS * 1000):
        await window.get_by_role("button", name=f"Continue as {ACCOUNT}").click()
    await screen.sees("/api/webhook/", within=screen.dialog)
    assert await entries(api) == [SERVER_NAME]


async def test_sign_in_with_a_code(screen: Screen, api: Api) -> None:
    """The code that is shown is typed in at plex.tv, in any browser, and the dialog goes on by itself."""
    await begin(screen, "sign_in_code")
    heading = screen.dialog.get_by_role("heading", level=2)
    code = await heading.filter(visible=True).last.inner_text(timeout=SECONDS * 1000)
    link = screen.dialog.get_by_role("link", name="/link")
    page = await screen.page.context.new_page()
    await page.goto(str(await link.get_attribute("href")))
    await page.get_by_label("Code").fill(code)
    await page.get_by_role("button", name=ACCOUNT).click()
    await expect(page.get_by_text("Your device is linked.")).to_be_visible()
    await screen.sees("/api/webhook/", within=screen.dialog)
    assert await entries(api) == [SERVER_NAME]
