"""Servers that Home Assistant knows already: from its own Plex integration, and from the network."""

import pytest

from tests.e2e.api import Api
from tests.e2e.story import DOMAIN, SERVER_NAME

from .newcomer import Newcomer
from .screen import Screen
from .texts import text

pytestmark = pytest.mark.timeout(300)


async def entries(api: Api) -> dict[str, str]:
    """Return the servers that are set up: their titles and states."""
    found = await api.ask("config_entries/get", domain=DOMAIN)
    return {entry["title"]: entry["state"] for entry in found}


async def test_server_of_the_plex_integration_is_added_with_one_click(
    newcomer_screen: Screen, newcomer_api: Api
) -> None:
    """The only server of the Plex integration is added with one click and its token."""
    screen = newcomer_screen
    await screen.add_integration("core", beside_discovered=True)
    await screen.wait_for_text("/api/webhook/", within=screen.dialog)
    await screen.finish()
    assert await entries(newcomer_api) == {SERVER_NAME: "loaded"}


async def test_discovered_server_asks_for_its_token(
    newcomer_screen: Screen, newcomer_api: Api, newcomer: Newcomer
) -> None:
    """A discovered server has its name; a wrong token is rejected, and after setup it is no longer discovered."""
    screen = newcomer_screen
    await screen.open("config/integrations/dashboard", "Discovered", "Attic")
    await screen.press("Add", within=screen.page.locator("ha-config-flow-card"))
    await screen.wait_for_text(
        text("config.step.zeroconf_confirm.description", name="Attic", url=newcomer.attic.url),
        within=screen.dialog,
    )
    await screen.choose(text("config.step.zeroconf_confirm.menu_options.manual"))
    await screen.fill(text("config.step.token.data.token"), "wrong")
    await screen.submit()
    await screen.wait_for_text(text("config.error.invalid_auth"), within=screen.dialog)
    await screen.fill(text("config.step.token.data.token"), newcomer.attic.token)
    await screen.submit()
    await screen.wait_for_text("/api/webhook/", within=screen.dialog)
    await screen.finish()
    await screen.wait_until_hidden("Discovered")
    assert await entries(newcomer_api) == {"Attic": "loaded"}
