"""The demo, played through once, as a test of the whole from outside."""

import asyncio
from pathlib import Path
import sys

import aiohttp
import pytest

from tests.e2e.home_assistant import CHECKOUT
from tests.e2e.plex import PlexServer, take_cost
from tests.e2e.processes import ending, start, tail

pytestmark = pytest.mark.timeout(300)


async def play_once(log: Path, **environment: str) -> int:
    """Run the demo; return its exit code."""
    plain = {"PLEX_URL": "", "PLEX_TOKEN": "", "PORT": ""}
    command = (sys.executable, "-m", "tests.e2e.demo", "--once")
    demo = await start("The demo", *command, log=log, cwd=CHECKOUT, **plain | environment)
    async with ending(demo), asyncio.timeout(240):
        return await demo.process.wait()


async def test_demo_with_a_fake_plex_succeeds(tmp_path: Path) -> None:
    """With its own fake Plex, it finds everything as it should be."""
    log = tmp_path / "demo.log"
    assert await play_once(log) == 0, tail(log, 100)


async def test_demo_with_an_existing_plex_only_reads(
    session: aiohttp.ClientSession, fake: PlexServer, tmp_path: Path
) -> None:
    """A server of the user's own is only read, and its token is not shown."""
    log = tmp_path / "demo.log"
    await take_cost(session, fake)
    exit_code = await play_once(log, PLEX_URL=fake.url, PLEX_TOKEN=fake.token)
    shown = tail(log, 200)
    assert exit_code == 0, shown
    assert "/data/tv" in shown
    assert fake.token not in shown
    assert (await take_cost(session, fake)).scans == 0
