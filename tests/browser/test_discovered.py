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


async def test_server_of_the_plex_integration(newcomer_screen: Screen, newcomer_api: Api) -> None:
    """One click: there is only one, and its token is taken over."""
    screen = newcomer_screen
    await screen.add_integration("core", beside_discovered=True)
    await screen.sees("/api/webhook/", within=screen.dialog)
    await screen.finish()
    assert await entries(newcomer_api) == {SERVER_NAME: "loaded"}


async def test_discovered_server(newcomer_screen: Screen, newcomer_api: Api, newcomer: Newcomer) -> None:
    """It is shown with its name; the token is asked for, a wrong one is refused, and then it is discovered no more."""
    screen = newcomer_screen
    await screen.open("config/integrations/dashboard", "Discovered", "Attic")
    await screen.press("Add", within=screen.page.locator("ha-config-flow-card"))
    await screen.sees(
        text("config.step.zeroconf_confirm.description", name="Attic", url=newcomer.attic.url),
        within=screen.dialog,
    )
    await screen.choose(text("config.step.zeroconf_confirm.menu_options.manual"))
    await screen.fill(text("config.step.token.data.token"), "wrong")
    await screen.submit()
    await screen.sees(text("config.error.invalid_auth"), within=screen.dialog)
    await screen.fill(text("config.step.token.data.token"), newcomer.attic.token)
    await screen.submit()
    await screen.sees("/api/webhook/", within=screen.dialog)
    await screen.finish()
    await screen.does_not_see("Discovered")
    assert await entries(newcomer_api) == {"Attic": "loaded"}
