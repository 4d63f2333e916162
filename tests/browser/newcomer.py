"""A Home Assistant without any server of ours, as a process: `python -m tests.browser.newcomer --details FILE`.

Its own Plex integration has the server in the living room, which an account of a stand-in for plex.tv owns; the server
in the attic is announced in its network. It raises the issue about a missing disk at once.
"""

import argparse
import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
import json
from pathlib import Path
import signal
import sys
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
from yarl import URL

from tests.e2e.api import User, onboard
from tests.e2e.home_assistant import create
from tests.e2e.plex import PlexServer, running_fake, running_plex_tv
from tests.e2e.processes import free_port
from tests.e2e.story import ACCOUNT, PLEX_PATH, SERVER_NAME
from tests.e2e.television import lay_out
from tests.fake_plex.samples import add_episode

ATTIC = "Attic"


@dataclass(frozen=True)
class Newcomer:
    """A running one, as it describes itself."""

    url: str
    token: str = field(repr=False)
    living_room: PlexServer
    attic: PlexServer
    media: str  # the folder of the server in the living room

    @classmethod
    def read(cls, details: dict[str, Any]) -> Newcomer:
        """Read what it has written about itself."""
        living_room, attic = (PlexServer(**details[name]) for name in ("living_room", "attic"))
        return cls(details["url"], details["token"], living_room, attic, details["media"])


async def run(folder: Path, announce: Callable[[Newcomer], object]) -> None:
    """Run until a signal ends the process; `announce` is called once all is up."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    media = folder / "tv"
    lay_out(media)
    add_episode(folder / "attic", "Attic Tales", 1, 1)
    shows, series = f"TV Shows=show={PLEX_PATH}={media}", f"Series=show=/attic/series={folder / 'attic'}"
    async with (
        aiohttp.ClientSession() as session,
        running_fake(folder / "living-room.log", shows, name=SERVER_NAME, profile="fast") as living_room,
        running_fake(folder / "attic.log", series, name=ATTIC, profile="fast", identifier="att1c") as attic,
        running_plex_tv(folder / "plex-tv.log", living_room, name=SERVER_NAME, account=ACCOUNT) as plex_tv,
    ):
        home = create(
            folder / "home-assistant",
            port=free_port(),
            plex_tv=plex_tv.url,
            options=("--announce", f"{ATTIC}={URL(attic.url).port}", "--missing-after", "0"),
            entries=[core_entry(living_room)],
        )
        async with home.running(session):
            api = await onboard(session, home.url, User("demo", "demo-password"))
            announce(Newcomer(api.url, api.token, living_room, attic, str(media)))
            await ended.wait()


def core_entry(server: PlexServer) -> dict[str, Any]:
    """Return the entry that Home Assistant's own Plex integration has for a server."""
    config = {"url": server.url, "token": server.token, "verify_ssl": True}
    data = {"server": SERVER_NAME, "server_id": server.machine_identifier, "server_config": config}
    return {"domain": "plex", "title": SERVER_NAME, "unique_id": server.machine_identifier, "data": data}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.browser.newcomer", description=__doc__)
    parser.add_argument("--details", type=Path, required=True, help="a file to write into, once all is up")
    file: Path = parser.parse_args().details
    with TemporaryDirectory(prefix="plex-smart-scan-newcomer-", ignore_cleanup_errors=True) as name:
        asyncio.run(run(Path(name), lambda newcomer: file.write_text(json.dumps(asdict(newcomer)), encoding="utf-8")))
    sys.exit(0)
