"""The whole of it from outside: the demo's story, and what a script is told that gets a path wrong."""

import asyncio
from pathlib import Path
import sys

import aiohttp
import pytest

from tests.e2e.api import ApiError, User, onboard
from tests.e2e.home_assistant import CHECKOUT, create
from tests.e2e.plex import running_fake
from tests.e2e.processes import ending, free_port, start, tail
from tests.e2e.story import DOMAIN
from tests.e2e.television import lay_out

pytestmark = pytest.mark.timeout(300)


async def test_demo(tmp_path: Path) -> None:
    """`scripts/demo --once` finds everything as it should be."""
    demo = await start(
        "The demo",
        *(sys.executable, "-m", "tests.e2e.demo", "--once"),
        log=tmp_path / "demo.log",
        cwd=CHECKOUT,
        **dict.fromkeys(("PLEX_URL", "PLEX_TOKEN", "PORT"), ""),
    )
    async with ending(demo), asyncio.timeout(240):
        exit_code = await demo.process.wait()
    assert exit_code == 0, tail(demo.log, 100)


@pytest.mark.usefixtures("socket_enabled")
async def test_a_path_in_no_library_is_refused_with_its_reason(tmp_path: Path) -> None:
    """A script gets HTTP 400, and a message that names the path and the nearest location."""
    lay_out(tmp_path / "tv")
    library = f"TV Shows=show=/data/media/tv={tmp_path / 'tv'}"
    home = create(tmp_path / "home-assistant", port=free_port())
    async with (
        aiohttp.ClientSession() as session,
        running_fake(tmp_path / "plex.log", library, name="Living room", profile="fast") as server,
        home.running(session),
    ):
        api = await onboard(session, home.url, User("demo", "demo-password"))
        await api.set_up(DOMAIN, {"url": server.url, "token": server.token, "verify_ssl": True})
        with pytest.raises(ApiError) as refused:
            await api.call_action(
                "plex_smart_scan.scan_path", {"path": "/data/media/films/Ours (2020)/Ours (2020).mkv"}
            )
    assert refused.value.status == 400
    assert "/data/media/films/Ours (2020)/Ours (2020).mkv" in refused.value.message
    assert "/data/media/tv" in refused.value.message
