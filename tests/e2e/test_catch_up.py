"""What a connected downloader imports while Home Assistant is stopped or killed: nothing is missed or scanned twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

import aiohttp
import pytest

from tests.e2e.api import Api, User, onboard
from tests.e2e.downloader import Downloader, recent_result
from tests.e2e.downloader_story import SONARR_PATH, sonarr_with_files
from tests.e2e.entities import nothing_pending
from tests.e2e.home_assistant import HomeAssistant
from tests.e2e.plex import PlexServer, is_listed, take_cost
from tests.e2e.processes import Child, ending, poll
from tests.e2e.story import DOMAIN, PLEX_PATH
from tests.fake_plex.samples import add_episode

pytestmark = pytest.mark.timeout(900)
USER = User("tester", "tester-password")
KILLS = 10


@pytest.fixture
async def sonarr(session: aiohttp.ClientSession, fake: PlexServer, tmp_path: Path) -> AsyncIterator[Downloader]:
    """Return a fake Sonarr that has some files of the library."""
    async with sonarr_with_files(session, tmp_path / "fake-sonarr.log", tmp_path / "tv") as sonarr:
        yield sonarr


async def connected(home: HomeAssistant, api: Api, fake: PlexServer, sonarr: Downloader) -> None:
    """Set up the server and its downloader, and wait until both are on the disk."""
    entry = await api.set_up(DOMAIN, {"url": fake.url, "token": fake.token, "verify_ssl": True})
    await api.connect_downloader(entry["entry_id"], sonarr.answers)
    await home.wait_until_stored(entry["entry_id"])
    await home.wait_until_stored("notification_id")


async def scans(session: aiohttp.ClientSession, fake: PlexServer) -> Counter[str]:
    """Return how often a folder of each show was scanned since the cost was last taken."""
    async with session.get(f"{fake.url}/__fake__/stats", raise_for_status=True) as response:
        stats: dict[str, Any] = await response.json()
    return Counter(str(scan["path"]).removeprefix(f"{PLEX_PATH}/").split("/")[0] for scan in stats["scans"])


async def test_import_during_a_stop_is_listed_after_the_start(
    session: aiohttp.ClientSession, home: HomeAssistant, fake: PlexServer, sonarr: Downloader, tmp_path: Path
) -> None:
    """Plex lists the episode within 30 s after the start."""
    async with home.running(session) as process:
        api = await onboard(session, home.url, USER)
        await connected(home, api, fake, sonarr)
        await process.stop()
    episode = add_episode(tmp_path / "tv", "Paper Moons", 1, 9)
    path = episode.relative_to(tmp_path / "tv").as_posix()
    await sonarr.import_file(f"{SONARR_PATH}/{path}", episode.stat().st_size)
    async with ending(await home.start(session)):
        began = monotonic()
        assert (await recent_result(api, f"{SONARR_PATH}/{path}"))["outcome"] == "added"
        assert monotonic() - began < 30


async def test_ten_kills_during_catch_up_lose_no_episode(
    session: aiohttp.ClientSession, home: HomeAssistant, fake: PlexServer, sonarr: Downloader, tmp_path: Path
) -> None:
    """Home Assistant is killed at random moments: every episode is listed, and no folder is scanned twice.

    A scan that was running during a kill may be repeated once, since its end was not observed.
    """
    random, library = Random(12), tmp_path / "tv"
    async with home.running(session) as process:
        api = await onboard(session, home.url, USER)
        await connected(home, api, fake, sonarr)
        await process.kill()
    await take_cost(session, fake)
    imported: list[str] = []

    async def import_episodes(number: int) -> None:
        for show in (f"Killed {number}", f"Killed {number} too"):
            for count in (1, 2):
                episode = add_episode(library, show, 1, count)
                path = episode.relative_to(library).as_posix()
                await sonarr.import_file(f"{SONARR_PATH}/{path}", episode.stat().st_size)
                imported.append(path)

    async def run_for(seconds: float) -> None:
        process: Child = await home.start(session)
        async with ending(process):
            await asyncio.sleep(seconds)  # the time of the kill is random
            await process.kill()

    for number in range(KILLS):
        await import_episodes(number)
        await run_for(random.uniform(0.0, 4.0))
    async with ending(await home.start(session)):
        for path in imported:
            await poll(f"{path} in Plex", partial(is_listed, session, fake, f"{PLEX_PATH}/{path}"), seconds=60)
        await poll("the end of all requests", partial(nothing_pending, api), seconds=60)
    found = await scans(session, fake)
    shows = {path.split("/")[0] for path in imported}
    assert set(found) == shows, found
    assert max(found.values()) <= 2, found
    assert sum(found.values()) <= len(shows) + KILLS, found
