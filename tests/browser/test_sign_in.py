"""Sign in with Plex as a person does it: the dialog in one window, plex.tv's pages in others."""

from playwright.async_api import expect
import pytest

from tests.e2e.api import Api
from tests.e2e.story import ACCOUNT, DOMAIN, SERVER_NAME

from .screen import SECONDS, Screen
from .texts import text

pytestmark = pytest.mark.timeout(300)


async def entries(api: Api) -> list[str]:
    """Return the titles of the servers that are set up."""
    return [entry["title"] for entry in await api.ask("config_entries/get", domain=DOMAIN)]


async def test_sign_in_at_the_page_adds_the_server(newcomer_screen: Screen, newcomer_api: Api) -> None:
    """plex.tv opens in a separate window, which closes itself after one click, and the server is added."""
    screen = newcomer_screen
    async with screen.page.context.expect_page(timeout=SECONDS * 1000) as opening:
        await screen.add_integration("sign_in", beside_discovered=True)
    window = await opening.value
    await expect(window.get_by_role("heading", name="Sign in to Plex Smart Scan")).to_be_visible(timeout=SECONDS * 1000)
    await screen.wait_for_text(text("config.step.signing_in.description"), within=screen.dialog)
    async with window.expect_event("close", timeout=SECONDS * 1000):
        await window.get_by_role("button", name=f"Continue as {ACCOUNT}").click()
    await screen.wait_for_text("/api/webhook/", within=screen.dialog)
    assert await entries(newcomer_api) == [SERVER_NAME]


async def test_sign_in_with_a_code_adds_the_server(newcomer_screen: Screen, newcomer_api: Api) -> None:
    """The displayed code is entered at plex.tv in any browser, and the dialog continues by itself."""
    screen = newcomer_screen
    await screen.add_integration("sign_in_code", beside_discovered=True)
    heading = screen.dialog.get_by_role("heading", level=2)
    code = await heading.filter(visible=True).last.inner_text(timeout=SECONDS * 1000)
    link = screen.dialog.get_by_role("link", name="/link")
    page = await screen.page.context.new_page()
    await page.goto(str(await link.get_attribute("href")))
    await page.get_by_label("Code").fill(code)
    await page.get_by_role("button", name=ACCOUNT).click()
    await expect(page.get_by_text("Your device is linked.")).to_be_visible()
    await screen.wait_for_text("/api/webhook/", within=screen.dialog)
    assert await entries(newcomer_api) == [SERVER_NAME]
