"""The pages that a user looks at every day: Activity and the dashboard, on a desktop and on a phone."""

import os
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, ViewportSize, expect
import pytest

from tests.e2e.television import count

from .homes import Demo
from .screen import DESKTOP, PHONE, Screen, open_screen

pytestmark = pytest.mark.timeout(300)
PICTURES = Path(__file__).parents[2] / "docs" / "images"
TALL: ViewportSize = {"width": 1280, "height": 2400}
NEW_EPISODE = "Harbour Lights – S03E09 Episode 9"


async def save_screenshot(screen: Screen, name: str) -> None:
    """Take a picture of a whole page for the docs, if scripts/test-browser is to make new ones."""
    if os.environ.get("UPDATE_PICTURES"):
        size = screen.page.viewport_size or DESKTOP
        height: int = await screen.page.evaluate("document.documentElement.scrollHeight")
        await screen.page.set_viewport_size(
            {"width": size["width"], "height": height}
        )  # the side bar as long as the page
        await screen.page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


async def test_activity_shows_a_sentence_for_each_result(screen: Screen) -> None:
    """Each result is a sentence about the title and the library."""
    await screen.page.set_viewport_size(TALL)  # only the entries that fit are on the page
    await screen.open("logbook", "The Cartographer", "was added to Movies (1 folder")
    await screen.wait_for_text("Salt Road")
    await screen.wait_for_text("was updated in Movies (1 folder")
    await screen.wait_for_text("The Clockmaker – S01E01 Episode 1")
    await screen.wait_for_text("was removed from TV Shows (1 folder")
    await screen.page.set_viewport_size(DESKTOP)
    await save_screenshot(screen, "activity")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("device", "viewport"), [("desktop", DESKTOP), ("phone", PHONE)])
async def test_dashboard_shows_all_cards_without_errors(
    browser: Browser, the_demo: Demo, theme: Literal["light", "dark"], device: str, viewport: ViewportSize
) -> None:
    """Everything of the page docs/dashboard.md shows something, and nothing an error."""
    async with open_screen(browser, the_demo, viewport, theme) as screen:
        await screen.open("plex-smart-scan/overview", "Last results", NEW_EPISODE, "Added to TV Shows")
        for text in ("Now", "Connected", "Not running", "Waiting", "Nothing is waiting.", "TV Shows", "Movies"):
            await screen.wait_for_text(text)
        for library in ("tv", "movies"):
            await screen.wait_for_text(str(count(Path(the_demo.folder) / "media" / library)[1]))
        await expect(screen.page.locator("hui-statistics-graph-card canvas").first).to_be_visible()
        for mistake in ("Entity not found", "Unknown type", "Error", "unavailable"):
            await screen.wait_until_hidden(mistake)
        await save_screenshot(screen, f"dashboard-{device}-{theme}")
