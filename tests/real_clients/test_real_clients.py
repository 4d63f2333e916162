"""Each client downloads hostile names and runs the script; Home Assistant restarts in between, and rejects one path."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
import os
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.processes import poll
from tests.e2e.sender import Sender
from tests.e2e.stand_in import Behaviour, StandIn, stand_in

from .clients import Client, Deluge, Nzbget, QBittorrent, Sabnzbd, Transmission, UsenetClient
from .torrents import torrent, web_seed
from .usenet import news_server

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif("REAL_CLIENTS" not in os.environ, reason="run scripts/test-real-clients"),
]

HOSTILE = (
    "Rhett & Link's $(touch injected) `touch injected` ; touch injected | x {y} [z] — é 100%",
    "-rf \\ 'q' #1 !! ~ $HOME %F %N",
)
CONTENT = os.urandom(40_000)

type Add = Callable[[str], Awaitable[None]]


@asynccontextmanager
async def running(kind: type[Client], folder: Path, home: StandIn, sender: Sender) -> AsyncIterator[tuple[Client, Add]]:
    """Run a client, and hand out how to let it download something of a name."""
    conf = sender.script.with_name("plex-smart-scan.conf")
    settings = {"WEBHOOK": home.webhook, "RETRY_FOR": "60", "RETRY_PAUSE": "0.2"}
    conf.write_text("".join(f"PLEX_SMART_SCAN_{name}={value}\n" for name, value in settings.items()), encoding="utf-8")
    async with AsyncExitStack() as stack:
        client = kind(folder / "client", await stack.enter_async_context(aiohttp.ClientSession()))
        add: Add
        if isinstance(client, UsenetClient):
            client.news = news = await stack.enter_async_context(news_server())

            async def add(name: str) -> None:
                await client.add(name, news.post("video.mkv", CONTENT).encode())
        else:
            content = folder / "content"
            content.write_bytes(CONTENT)
            url = await stack.enter_async_context(web_seed(content))

            async def add(name: str) -> None:
                files = () if name.endswith(".mkv") else ("1.mkv", f"{name} 2.mkv")
                await client.add(name, torrent(url, name, CONTENT, files))

        stack.push_async_callback(client.stop)
        await client.start(sender.script)
        yield client, add


@pytest.mark.parametrize("kind", [QBittorrent, Transmission, Deluge, Nzbget, Sabnzbd], ids=lambda kind: kind.name)
async def test_download_of_each_client_is_reported_once(kind: type[Client], tmp_path: Path) -> None:
    """Every download is reported once, as the file or folder that is there; nothing is injected and nothing is lost."""
    if missing := kind.missing():
        pytest.skip(f"{missing} is not installed")
    sender = Sender.copied(tmp_path / "scripts", kind.script)
    async with stand_in() as home, running(kind, tmp_path, home, sender) as (client, add):
        names = [*HOSTILE, *(f"{name}.mkv" for name in HOSTILE)]
        for done, name in enumerate(names, 1):
            await add(name)
            await home.wait_for(done)

        await home.stop()
        for number in range(3):
            await add(f"{HOSTILE[0]} {number}")

        async def kept() -> bool | None:
            return True if len(sender.kept()) == 3 else None

        await poll("three notifications in the spool file", kept, seconds=60)
        assert sender.spool.stat().st_mode & 0o777 == 0o600
        await home.start(Behaviour.STARTING)
        await home.wait_for_requests(home.requests + 2)
        home.behaviour = Behaviour.WORKING
        await home.wait_for(len(names) + 3)

        home.behaviour = Behaviour.REJECTING
        before = home.requests
        await add("Rejected")
        await home.wait_for_requests(before + 1)
        await _is_no_failed_download(client)

    assert set(home.accepted.values()) == {1}, home.accepted
    _are_real(list(home.accepted), client.complete)
    assert not _below(tmp_path, "injected")


def _are_real(paths: list[str], folder: Path) -> None:
    for path in paths:
        assert Path(path).exists(), path
        assert Path(path).is_relative_to(folder)


def _below(folder: Path, name: str) -> list[Path]:
    return list(folder.rglob(name))


async def _is_no_failed_download(client: Client) -> None:
    """What Home Assistant rejected is a good download nevertheless."""
    if isinstance(client, Nzbget):

        async def over() -> str | None:
            history = {entry["Name"]: entry["Status"] for entry in await client.call("history")}
            return history.get("Rejected")

        assert (await poll("NZBGet's history", over, seconds=60)).startswith("SUCCESS")
    if isinstance(client, Sabnzbd):

        async def completed() -> str | None:
            slots = (await client.call("history"))["history"]["slots"]
            found = [slot for slot in slots if slot["name"] == "Rejected" and slot["status"] in {"Completed", "Failed"}]
            return f"{found[0]['status']}: {found[0]['script_line']}" if found else None

        status = await poll("SABnzbd's history", completed, seconds=60)
        assert status.startswith("Completed: ")
        assert "is not in any library" in status
