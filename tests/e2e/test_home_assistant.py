"""A real Home Assistant process: responses to a script, and the state after `kill -9`."""

import aiohttp
import pytest

from tests.e2e.api import Api, ApiError, User, onboard
from tests.e2e.home_assistant import HomeAssistant
from tests.e2e.plex import PlexServer
from tests.e2e.processes import ending
from tests.e2e.story import DOMAIN, PLEX_PATH, only_result, step_lines

pytestmark = pytest.mark.timeout(300)
USER = User("tester", "tester-password")
EPISODE = f"{PLEX_PATH}/Harbour Lights/Season 01/Harbour Lights - S01E01.mkv"
MOVIE = "/data/films/Ours (2020)/Ours (2020).mkv"


async def set_up(api: Api, fake: PlexServer) -> str:
    """Set up the integration; return the entry's id."""
    entry = await api.set_up(DOMAIN, {"url": fake.url, "token": fake.token, "verify_ssl": True})
    entry_id: str = entry["entry_id"]
    return entry_id


async def test_path_in_no_library_is_rejected_with_a_reason(
    session: aiohttp.ClientSession, home: HomeAssistant, fake: PlexServer
) -> None:
    """A script gets HTTP 400, and a message that names the path and the nearest location."""
    async with home.running(session):
        api = await onboard(session, home.url, USER)
        await set_up(api, fake)
        with pytest.raises(ApiError) as refused:
            await api.call_action(f"{DOMAIN}.scan_path", {"path": MOVIE})
    assert refused.value.status == 400
    assert MOVIE in refused.value.message
    assert PLEX_PATH in refused.value.message


async def test_steps_are_logged_by_default(
    session: aiohttp.ClientSession, home: HomeAssistant, fake: PlexServer
) -> None:
    """The detailed log needs no `logger:` in the configuration."""
    assert "logger:" not in (home.folder / "configuration.yaml").read_text(encoding="utf-8")
    async with home.running(session) as process:
        api = await onboard(session, home.url, USER)
        await set_up(api, fake)
        await api.call_action(f"{DOMAIN}.scan_path", {"path": EPISODE, "force": True})
    assert any(line.endswith(f"Up to date: {EPISODE}") for line in step_lines(process.log))


async def test_setup_survives_a_kill(session: aiohttp.ClientSession, home: HomeAssistant, fake: PlexServer) -> None:
    """After a kill, Home Assistant has the same setup as before."""
    async with home.running(session) as process:
        api = await onboard(session, home.url, USER)
        await home.wait_until_stored(await set_up(api, fake))
        await process.kill()
    async with ending(await home.start(session)):
        await api.wait_until_running()
        answer = await api.call_action(f"{DOMAIN}.scan_path", {"path": EPISODE})
    assert only_result(answer)["outcome"] == "up_to_date"
