"""Adding a server, changing its options, and its repair issue: the dialogs as a person fills them in."""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.api import Api, ApiError
from tests.e2e.processes import poll
from tests.e2e.story import DOMAIN, PLEX_PATH

from .newcomer import Newcomer
from .screen import Screen
from .texts import text

pytestmark = pytest.mark.timeout(300)
EPISODE = "Harbour Lights/Season 01/Harbour Lights - S01E01.mkv"
PAGE = f"config/integrations/integration/{DOMAIN}"


@pytest.fixture
async def clean(api: Api) -> AsyncIterator[None]:
    """Remove the second server from the demo afterwards."""
    yield
    for entry in await api.get("/api/config/config_entries/entry"):
        if entry["title"] == "Attic":
            await api.delete(f"/api/config/config_entries/entry/{entry['entry_id']}")


@pytest.mark.usefixtures("clean")
async def test_add_a_server_by_hand(screen: Screen, newcomer: Newcomer) -> None:
    """A wrong token is refused in plain words, the right one is taken, and the webhook's URL is shown."""
    await screen.add_integration("manual")
    await screen.fill(text("config.step.manual.data.url"), newcomer.attic.url)
    await screen.fill(text("config.step.manual.data.token"), "wrong")
    await screen.submit()
    await screen.sees(text("config.error.invalid_auth"), within=screen.dialog)
    await screen.fill(text("config.step.manual.data.token"), newcomer.attic.token)
    await screen.submit()
    await screen.sees("/api/webhook/", within=screen.dialog)
    await screen.finish()
    await screen.open(PAGE, "Attic")


async def test_add_a_mapping_in_the_options(screen: Screen, api: Api) -> None:
    """The row is typed into a dialog of its own, shown in the list, and saved; a path then leads where it says."""
    fields = "selector.path_mappings.fields"
    await screen.open(PAGE, "Living room")
    await screen.press("Configure")
    await screen.sees(text("options.step.init.sections.scanning.data.smart_scanning"), within=screen.dialog)
    await screen.press("Add", within=screen.dialog)
    await screen.fill(text(f"{fields}.from.name"), "/shared/tv", within=screen.top_dialog)
    await screen.fill(text(f"{fields}.to.name"), PLEX_PATH, within=screen.top_dialog)
    await screen.press("Add", within=screen.top_dialog)
    await screen.sees("/shared/tv", within=screen.dialog)
    await screen.submit()
    await screen.finish()

    async def mapped() -> str | None:
        answer = await api.call_action(f"{DOMAIN}.resolve_path", {"path": f"/shared/tv/{EPISODE}"})
        found: str | None = answer["results"][0]["server_path"]
        return found

    assert await poll("the mapping", mapped, seconds=20) == f"{PLEX_PATH}/{EPISODE}"


async def test_repair_a_missing_mapping(screen: Screen, api: Api) -> None:
    """A path in no library becomes a repair issue; its fix adds the mapping that was found, and it goes away."""
    title = text("issues.no_library_suggestion.title", server="Living room")
    with pytest.raises(ApiError, match="is not in any library"):
        await api.call_action(f"{DOMAIN}.scan_path", {"path": f"/downloads/complete/{EPISODE}"})
    await screen.open("config/repairs")
    issue = await screen.sees(title)
    await issue.click()
    await screen.sees("/downloads/complete", within=screen.dialog)
    await screen.sees(PLEX_PATH, within=screen.dialog)
    await screen.submit()
    await screen.finish()
    await screen.does_not_see(title)
    answer = await api.call_action(f"{DOMAIN}.scan_path", {"path": f"/downloads/complete/{EPISODE}"})
    assert answer["summary"] == {"up_to_date": 1}
