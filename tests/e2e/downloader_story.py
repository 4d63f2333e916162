"""The part of the demo about a connected downloader: added through the flow, an import, and a catch-up."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import aiohttp

from tests.e2e import television
from tests.e2e.api import Api
from tests.e2e.console import Console
from tests.e2e.downloader import Downloader, recent_result, running_downloader
from tests.e2e.plex import PlexServer, take_cost
from tests.e2e.processes import EndToEndError

SONARR_PATH = "/tv"  # the same folder as Sonarr sees it
_IN_TIME = 30.0  # seconds after the start, for files that were imported in the meantime


@asynccontextmanager
async def sonarr_with_files(session: aiohttp.ClientSession, log: Path, library: Path) -> AsyncIterator[Downloader]:
    """Run a fake Sonarr that has imported a few of the library's files."""
    async with running_downloader(session, log, root_folder=SONARR_PATH) as sonarr:
        for path, size in television.some_files(library):
            await sonarr.import_file(f"{SONARR_PATH}/{path}", size)
        yield sonarr


async def connect(show: Console, api: Api, entry_id: str, sonarr: Downloader) -> None:
    """Add the downloader through the flow, and print what it proposes."""
    show.step("Add downloader")
    show.line(f"A simulated Sonarr at {sonarr.url}, which sees the library folder as {SONARR_PATH}.")

    def on_step(step: dict[str, Any]) -> None:
        if step["step_id"] == "mappings":
            show.line("A path mapping is suggested and confirmed by files that exist in both programs:")
            show.quiet(step["description_placeholders"]["proven"])

    await api.connect_downloader(entry_id, sonarr.answers, on_step)
    (connection,) = await sonarr.connections()
    events = [name for name, on in connection.items() if name.startswith("on") and on is True]
    show.table(
        [
            ("connection", connection["name"]),
            ("events", ", ".join(events)),
            ("verified by", "a test notification from Sonarr"),
        ]
    )


async def import_episode(show: Console, api: Api, server: PlexServer, sonarr: Downloader, library: Path) -> None:
    """Import an episode in Sonarr, which posts it."""
    show.step("Sonarr imports an episode")
    path, size = television.next_episode(library)
    show.line(f"{SONARR_PATH}/{path}")
    await take_cost(api.session, server)
    posted = await sonarr.import_file(f"{SONARR_PATH}/{path}", size)
    _expect(posted["status"] == 200, f"the webhook answered {posted['status']}")
    await _show_added(show, api, server, path)


async def catch_up(
    show: Console,
    api: Api,
    server: PlexServer,
    sonarr: Downloader,
    library: Path,
    *,
    stop: Callable[[], Awaitable[object]],
    start: Callable[[], Awaitable[object]],
) -> None:
    """Import an episode while Home Assistant is stopped, start it, and see the episode in Plex."""
    show.step("Home Assistant is stopped, and Sonarr imports another episode")
    await stop()
    path, size = television.next_episode(library)
    show.line(f"{SONARR_PATH}/{path}")
    await sonarr.import_file(f"{SONARR_PATH}/{path}", size)
    await take_cost(api.session, server)
    show.step("Home Assistant starts again")
    await start()
    began = monotonic()
    await _show_added(show, api, server, path)
    seconds = monotonic() - began
    show.line(f"The import was recovered from Sonarr's history {seconds:.1f} s after Home Assistant had started")
    _expect(seconds < _IN_TIME, f"the catch-up took {seconds:.1f} s")


async def _show_added(show: Console, api: Api, server: PlexServer, path: str) -> None:
    result = await recent_result(api, f"{SONARR_PATH}/{path}")
    cost = await take_cost(api.session, server)
    show.table([("outcome", result["outcome"]), ("message", result["message"]), ("in Plex", result["title"])])
    _expect(result["outcome"] == "added", f"the outcome should be added, not {result['outcome']}")
    _expect(cost.scans == 1, f"Plex should have scanned once, not {cost.scans} times")


def _expect(as_it_should_be: bool, otherwise: str) -> None:
    if not as_it_should_be:
        raise EndToEndError(otherwise)
