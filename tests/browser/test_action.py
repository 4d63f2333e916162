"""The actions in *Tools*, as a person tries them out there."""

import pytest

from tests.e2e.downloader_story import SONARR_PATH
from tests.e2e.story import DOMAIN, PLEX_PATH

from .screen import Screen
from .texts import text

pytestmark = pytest.mark.timeout(300)


async def choose(screen: Screen, action: str) -> None:
    """Choose an action by its name."""
    await screen.open("config/tools/action", "The actions tool allows you")
    await screen.page.locator("ha-service-picker").click()
    await screen.page.get_by_placeholder("Search", exact=True).fill(f"{DOMAIN}.{action}")
    await (await screen.wait_for_text(text(f"services.{action}.name"))).click()
    await screen.wait_for_text(text(f"services.{action}.description"))


async def test_scan_path_shows_its_response(screen: Screen) -> None:
    """Paths are typed into plain fields, one each; the response is shown."""
    path = f"{PLEX_PATH}/Slow Trains/Season 02/Slow Trains - S02E03.mkv"
    await choose(screen, "scan_path")
    await screen.wait_for_text(text("services.scan_path.fields.path.description"))
    await screen.press("Add")
    await screen.page.locator("ha-selector-text input").first.fill(path)
    await screen.press("Perform action")
    await screen.wait_for_text("outcome: up_to_date")
    await screen.wait_for_text("Already up to date in TV Shows")


async def test_resolve_path_shows_mapping_and_item(screen: Screen) -> None:
    """The response says how Sonarr's path is mapped, and what Plex has there."""
    await choose(screen, "resolve_path")
    await screen.press("Add")
    path = "Harbour Lights/Season 01/Harbour Lights - S01E01.mkv"
    await screen.page.locator("ha-selector-text input").first.fill(f"{SONARR_PATH}/{path}")
    await screen.press("Perform action")
    await screen.wait_for_text(f"server_path: {PLEX_PATH}/{path}")
    for answer in ("title: TV Shows", "visible: true", "in_plex: true"):
        await screen.wait_for_text(answer)


async def test_error_is_shown_next_to_the_button(screen: Screen) -> None:
    """The reason is shown where the button is."""
    await choose(screen, "scan_path")
    await screen.press("Add")
    await screen.page.locator("ha-selector-text input").first.fill("tv/x.mkv")
    await screen.press("Perform action")
    await screen.wait_for_text("The path tv/x.mkv is relative")
