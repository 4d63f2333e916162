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
async def remove_second_server(api: Api) -> AsyncIterator[None]:
    """Remove the second server from the demo afterwards."""
    yield
    for entry in await api.get("/api/config/config_entries/entry"):
        if entry["title"] == "Attic":
            await api.delete(f"/api/config/config_entries/entry/{entry['entry_id']}")


@pytest.mark.usefixtures("remove_second_server")
async def test_server_is_added_manually(screen: Screen, newcomer: Newcomer) -> None:
    """A wrong token is rejected, the correct one is accepted, and the URL of the webhook is shown."""
    await screen.add_integration("manual")
    await screen.fill(text("config.step.manual.data.url"), newcomer.attic.url)
    await screen.fill(text("config.step.manual.data.token"), "wrong")
    await screen.submit()
    await screen.wait_for_text(text("config.error.invalid_auth"), within=screen.dialog)
    await screen.fill(text("config.step.manual.data.token"), newcomer.attic.token)
    await screen.submit()
    await screen.wait_for_text("/api/webhook/", within=screen.dialog)
    await screen.finish()
    await screen.open(PAGE, "Attic")


async def test_mapping_is_added_in_the_options(screen: Screen, api: Api) -> None:
    """The mapping is entered in a separate dialog, shown in the list and saved; then it applies to a path."""
    fields = "selector.path_mappings.fields"
    await screen.open(PAGE, "Living room")
    await screen.press("Configure")
    await screen.wait_for_text(text("options.step.init.sections.scanning.data.smart_scanning"), within=screen.dialog)
    await screen.press("Add", within=screen.dialog)
    await screen.fill(text(f"{fields}.from.name"), "/shared/tv", within=screen.top_dialog)
    await screen.fill(text(f"{fields}.to.name"), PLEX_PATH, within=screen.top_dialog)
    await screen.press("Add", within=screen.top_dialog)
    await screen.wait_for_text("/shared/tv", within=screen.dialog)
    await screen.submit()
    await screen.finish()

    async def mapped() -> str | None:
        answer = await api.call_action(f"{DOMAIN}.resolve_path", {"path": f"/shared/tv/{EPISODE}"})
        found: str | None = answer["results"][0]["server_path"]
        return found

    assert await poll("the mapping", mapped, seconds=20) == f"{PLEX_PATH}/{EPISODE}"


async def test_missing_mapping_is_repaired(screen: Screen, api: Api) -> None:
    """A path in no library raises a repair issue; its fix adds the proposed mapping, and the issue disappears."""
    title = text("issues.no_library_suggestion.title", server="Living room")
    with pytest.raises(ApiError, match="is not in any library"):
        await api.call_action(f"{DOMAIN}.scan_path", {"path": f"/downloads/complete/{EPISODE}"})
    await screen.open("config/repairs")
    issue = await screen.wait_for_text(title)
    await issue.click()
    await screen.wait_for_text("/downloads/complete", within=screen.dialog)
    await screen.wait_for_text(PLEX_PATH, within=screen.dialog)
    await screen.submit()
    await screen.finish()
    await screen.wait_until_hidden(title)
    answer = await api.call_action(f"{DOMAIN}.scan_path", {"path": f"/downloads/complete/{EPISODE}"})
    assert answer["summary"] == {"up_to_date": 1}
