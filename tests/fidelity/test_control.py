"""Control over HTTP, and the fake as a process of its own."""

import asyncio
import json
from pathlib import Path
import signal
import sys
import time
from typing import Any

import aiohttp
import pytest

from tests.fake_plex import FakeLibrary, samples
from tests.fake_plex.__main__ import build, parse_arguments
from tests.fidelity.client import Client

ROOT = Path(__file__).parent.parent.parent


async def control(client: Client, name: str, method: str = "GET", body: Any = None) -> Any:
    """Ask the fake's own side; no token is needed."""
    async with client.session.request(method, f"{client.plex.url}/__fake__/{name}", json=body) as response:
        return {"status": response.status, **(await response.json())}


async def test_stats_can_be_read_and_reset(client: Client, movies: FakeLibrary) -> None:
    """Counters can be read and reset; control requests are not counted, tokens not shown."""
    await client.ask("/library/sections", token=None, query={"X-Plex-Token": "server-token"})
    await client.scan(movies, "/data/movies/Alpha (2001)")

    stats = await control(client, "stats")
    assert [request["path"] for request in stats["requests"]] == ["/library/sections", "/library/sections/1/refresh"]
    assert "server-token" not in json.dumps(stats)
    (scan,) = stats["scans"]
    assert 0 < scan.pop("began") <= scan.pop("ended") <= time.monotonic()
    assert scan == {
        "section": 1,
        "path": "/data/movies/Alpha (2001)",
        "folders_listed": 1,
        "files_examined": 1,
        "outcome": "complete",
        "folders": ["/data/movies/Alpha (2001)"],
    }
    assert stats["bytes_sent"] == sum(request["bytes_sent"] for request in stats["requests"]) > 0
    assert (stats["folders_listed"], stats["files_examined"], stats["websockets"]) == (1, 1, 0)
    assert (await control(client, "stats", "DELETE"))["requests"] == []


async def test_faults_can_be_added(client: Client, movies: FakeLibrary) -> None:
    """Faults are added by their fields."""
    body = {"kind": "status", "status": 500, "path": "/library/sections", "times": 1}
    assert (await control(client, "faults", "POST", body))["faults"] == ["status"]
    assert (await client.ask("/library/sections")).status == 500
    assert (await client.ask("/library/sections")).status == 200
    assert (await control(client, "faults", "DELETE"))["faults"] == []
    assert (await control(client, "faults", "POST", {"kind": "nonsense"}))["status"] == 400
    assert (await control(client, "faults", "POST", {"nonsense": 1}))["status"] == 400


async def test_gates_can_be_held_and_released(client: Client, movies: FakeLibrary) -> None:
    """Gates can be held and released, and `idle` answers when all is done."""
    assert (await control(client, "hold", "POST"))["held"] == ["scans"]
    assert (await control(client, "hold", "POST", {"gate": "settling"}))["held"] == ["scans", "settling"]
    await client.scan(movies, wait=False)
    idle = asyncio.create_task(control(client, "idle"))
    assert (await control(client, "hold", "DELETE", {"gate": "settling"}))["held"] == ["scans"]
    assert not idle.done()
    assert (await control(client, "hold", "DELETE"))["held"] == []
    assert (await idle)["idle"] is True
    assert len(client.plex.stats.scans) == 1


async def test_quirks_preferences_and_libraries_can_be_changed(client: Client, tmp_path: Path) -> None:
    """Switches, preferences, libraries and frames from outside."""
    samples.add_movie(tmp_path, "Alpha (2001)")
    assert (await control(client, "quirks", "PUT", {"nfd_paths": True}))["nfd_paths"] is True
    assert (await control(client, "quirks", "PUT", {"nonsense": True}))["status"] == 400
    await control(client, "prefs", "PUT", {"autoEmptyTrash": False})
    assert client.plex.prefs["autoEmptyTrash"] is False
    library = {"title": "Movies", "type": "movie", "locations": {"/m": str(tmp_path)}}
    assert (await control(client, "library", "POST", library))["id"] == 1
    assert (await control(client, "seed", "POST"))["libraries"] == {"Movies": 1}
    assert (await control(client, "notify", "POST", {"type": "status"}))["websockets"] == 0
    assert (await control(client, "nonsense"))["status"] == 404


def test_command_line_describes_libraries_and_quirks(tmp_path: Path) -> None:
    """The command line describes libraries, several locations each, and quirks."""
    options = parse_arguments(
        [
            *("--library", f"TV Shows=show=/data/tv={tmp_path}"),
            *("--library", f"TV Shows=show=/data/tv2={tmp_path}"),
            *("--library", f"Movies=movie=D:\\Movies={tmp_path}"),
            *("--quirk", "nfd_paths=true", "--quirk", 'notification_numbers="int"'),
            *("--name", "Attic", "--profile", "fast"),
        ]
    )
    plex = build(options)

    assert [(library.title, [location.path for location in library.locations]) for library in plex.libraries] == [
        ("TV Shows", ["/data/tv", "/data/tv2"]),
        ("Movies", ["D:\\Movies"]),
    ]
    assert (plex.quirks.nfd_paths, plex.quirks.notification_numbers) == (True, "int")
    assert (plex.friendly_name, plex.timings.context_delay) == ("Attic", 0)
    assert build(parse_arguments([])).timings.context_delay == 1.0


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
async def test_process_starts_and_ends_cleanly(socket_enabled: None, tmp_path: Path, ending: signal.Signals) -> None:
    """As a process, it prints its address, responds, and ends cleanly when terminated."""
    samples.add_episode(tmp_path, "Gamma", 1, 1)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.fake_plex", "--token", "secret", "--profile", "fast", "--seed"),
        *("--library", f"TV Shows=show=/data/tv={tmp_path}"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    ready = json.loads(await process.stdout.readline())
    assert ready["token"] == "secret"
    async with aiohttp.ClientSession(headers={"X-Plex-Token": "secret"}) as session:
        async with session.get(f"{ready['url']}/identity") as response:
            assert ready["machine_identifier"] in await response.text()
        async with session.get(f"{ready['url']}/library/sections/1/all?type=4") as response:
            assert "/data/tv/Gamma/Season 01/Gamma - S01E01.mkv" in await response.text()
        socket = await session.ws_connect(f"{ready['url']}/:/websockets/notifications")
        process.send_signal(ending)
        _, errors = await process.communicate()
        await socket.close()
    assert (process.returncode, errors) == (0, b"")
