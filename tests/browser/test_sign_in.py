"""Sign in with Plex as a person does it: the dialog in one window, plex.tv's pages in others."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
from playwright.async_api import expect
import pytest

from tests.e2e.api import Api, User, onboard
from tests.e2e.home_assistant import create
from tests.e2e.plex import PlexTv
from tests.e2e.processes import free_port
from tests.e2e.story import ACCOUNT, DOMAIN, SERVER_NAME

from .screen import SECONDS, Screen
from .texts import text

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def api(session: aiohttp.ClientSession, plex_tv: PlexTv, tmp_path: Path) -> AsyncIterator[Api]:
    """Return a Home Assistant without any server, which asks the stand-in for plex.tv."""
    home = create(tmp_path / "home-assistant", port=free_port(), plex_tv=plex_tv.url)
    async with home.running(session):
        yield await onboard(session, home.url, User("demo", "demo-password"))


async def entries(api: Api) -> list[str]:
    """Return the titles of the servers that are set up."""
    return [entry["title"] for entry in await api.ask("config_entries/get", domain=DOMAIN)]


async def test_sign_in_at_the_page(screen: Screen, api: Api) -> None:
    """plex.tv opens in a window of its own, which closes by itself after one click, and the server is there."""
    async with screen.page.context.expect_page(timeout=SECONDS * 1000) as opening:
        await screen.add_integration("sign_in")
    window = await opening.value
    await expect(window.get_by_role("heading", name="Sign in to Plex Smart Scan")).to_be_visible(timeout=SECONDS * 1000)
    await screen.sees(text("config.step.signing_in.description"), within=screen.dialog)
    async with window.expect_event("close", timeout=SECONDS * 1000):
        await window.get_by_role("button", name=f"Continue as {ACCOUNT}").click()
    await screen.sees("/api/webhook/", within=screen.dialog)
    assert await entries(api) == [SERVER_NAME]


async def test_sign_in_with_a_code(screen: Screen, api: Api) -> None:
    """The code that is shown is typed in at plex.tv, in any browser, and the dialog goes on by itself."""
    await screen.add_integration("sign_in_code")
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
