"""Faults of responses and scans, and restarts of the fake Plex server."""

import asyncio
from contextlib import suppress
import logging
import socket
from typing import Any

import aiohttp
import pytest

from tests.fake_plex import FakeLibrary, FakePlex, Fault, samples
from tests.fidelity.client import Client, Frames

from .client import OWNER

ALL = "/library/sections/1/all"
REFRESH = "/library/sections/*/refresh"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 498, 500, 502, 503])
async def test_status_fault_is_limited_in_number(client: Client, movies: FakeLibrary, status: int) -> None:
    """Any status is returned a number of times, with headers, as an error page."""
    client.plex.faults.add(Fault("status", status=status, path=REFRESH, times=2, headers={"Retry-After": "3"}))

    for _ in range(2):
        reply = await client.scan(movies)
        assert (reply.status, reply.headers["Content-Type"]) == (status, "text/html")
        assert reply.headers["Retry-After"] == "3"
        assert f"<h1>{status} " in reply.text
    assert (await client.listing(movies, type=1)).status == 200
    assert (await client.scan(movies)).status == 200
    assert len(client.plex.stats.scans) == 1


async def test_429_can_lack_retry_after(client: Client, movies: FakeLibrary) -> None:
    """A server may be busy without saying for how long."""
    client.plex.faults.add(Fault("status", status=429, path=REFRESH))
    reply = await client.scan(movies)
    assert (reply.status, reply.headers.get("Retry-After")) == (429, None)


async def test_fault_can_match_method_and_query(client: Client, movies: FakeLibrary) -> None:
    """A fault can be for one method or one scanned folder alone."""
    client.plex.faults.add(Fault("status", method="POST", path=REFRESH))
    client.plex.faults.add(Fault("status", status=500, path=REFRESH, query={"path": "*Beta*"}))

    assert (await client.ask("/library/sections/1/refresh", "POST")).status == 503
    assert (await client.scan(movies, "/data/movies/Alpha (2001)")).status == 200
    assert (await client.scan(movies, "/data/movies/Beta (2002)")).status == 500


async def test_fault_can_be_removed(client: Client, movies: FakeLibrary) -> None:
    """A handle removes its fault; `clear` removes all."""
    one = client.plex.faults.add(Fault("status", path=REFRESH))
    client.plex.faults.add(Fault("status", path=ALL))
    assert (await client.scan(movies)).status == 503
    one.remove()
    one.remove()
    assert (await client.scan(movies)).status == 200
    assert (await client.listing(movies)).status == 503
    client.plex.faults.clear()
    assert (await client.listing(movies)).status == 200
    assert one.hits == 1


def test_unknown_fault_is_an_error(fake_plex: FakePlex) -> None:
    """A misspelled fault is an error, not silence."""
    with pytest.raises(ValueError, match="Unknown kind of fault: nonsense"):
        fake_plex.faults.add(Fault("nonsense"))


async def test_starting_server_rejects_writes_only(client: Client, movies: FakeLibrary) -> None:
    """While the server starts, writes get a 400 with that sentence, and reads work."""
    client.plex.faults.add(Fault("starting_up", path=REFRESH, times=1))

    reply = await client.scan(movies)
    assert reply.status == 400
    assert "the server is still starting up. Please retry later" in reply.text
    assert (await client.listing(movies)).status == 200
    assert (await client.scan(movies)).status == 200


@pytest.mark.parametrize("after", [False, True])
async def test_disconnect_sends_no_response(client: Client, movies: FakeLibrary, after: bool) -> None:
    """The connection ends without a response; the request may have been processed."""
    client.plex.faults.add(Fault("disconnect", path=REFRESH, times=1, after=after))

    with pytest.raises(aiohttp.ClientConnectionError):
        await client.ask("/library/sections/1/refresh", "POST")  # a GET is sent twice by aiohttp itself
    await client.plex.wait_idle()

    assert len(client.plex.stats.scans) == (1 if after else 0)
    assert (await client.scan(movies)).status == 200


async def test_status_can_follow_a_processed_request(client: Client, movies: FakeLibrary) -> None:
    """A gateway may answer 504 for a request that was carried out."""
    client.plex.faults.add(Fault("status", status=504, path=REFRESH, times=1, after=True))
    assert (await client.scan(movies)).status == 504
    assert len(client.plex.stats.scans) == 1


@pytest.mark.parametrize("after", [False, True])
async def test_slow_response_is_held_until_released(client: Client, movies: FakeLibrary, after: bool) -> None:
    """A response is held until it is released; a disconnected client does not stop the request."""
    fault = client.plex.faults.add(Fault("slow", path=REFRESH, times=1, after=after))

    asking = asyncio.create_task(client.ask("/library/sections/1/refresh"))
    await client.plex.wait_for_request(REFRESH)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await client.plex.wait_idle()
    assert len(client.plex.stats.scans) == (1 if after else 0)
    fault.release()
    await client.plex.wait_scans_done()

    assert len(client.plex.stats.scans) == 1
    assert fault.hits == 1


async def test_slow_response_can_have_a_duration(client: Client) -> None:
    """An answer may be held for so many seconds."""
    client.plex.faults.add(Fault("slow", path="/identity", seconds=0.01))
    assert (await client.ask("/identity")).status == 200


async def test_broken_bodies_have_status_200(client: Client, movies: FakeLibrary) -> None:
    """Cut XML, a foreign page, nothing at all: each with 200."""
    whole = (await client.listing(movies, type=1)).text
    for kind, expected in (("truncated", whole[: len(whole) // 2]), ("empty", "")):
        client.plex.faults.add(Fault(kind, path=ALL, times=1))
        reply = await client.listing(movies, type=1)
        assert (reply.status, reply.text) == (200, expected)
    client.plex.faults.add(Fault("html", path=ALL, times=1))
    reply = await client.listing(movies, type=1)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html")
    assert reply.text.startswith("<html>")
    client.plex.faults.add(Fault("html", path="/", times=1, body="<MediaContainer/>"))
    assert (await client.ask("/")).text == "<MediaContainer/>"
    client.plex.faults.add(Fault("status", status=400, path=ALL, times=1, body="refused"))
    assert (await client.listing(movies, type=1)).text == "refused"
    client.plex.faults.add(Fault("cut_body", path=ALL, times=1))
    with pytest.raises(aiohttp.ClientPayloadError):
        await client.listing(movies, type=1)
    assert (await client.listing(movies, type=1)).text == whole


async def test_stalled_body_is_held_until_released(client: Client, movies: FakeLibrary) -> None:
    """Half of a body is sent immediately, the rest after the release; a disconnected client has no effect."""
    whole = (await client.listing(movies, type=1)).text
    fault = client.plex.faults.add(Fault("stall", path=ALL, times=2))
    cancelled = asyncio.create_task(client.listing(movies, type=1))
    await client.plex.wait_for_request(ALL)
    async with client.session.get(f"{client.plex.url}{ALL}?type=1", headers=OWNER) as response:
        half = await response.content.readexactly(len(whole.encode()) // 2)
        cancelled.cancel()
        await asyncio.gather(cancelled, return_exceptions=True)
        fault.release()
        rest = await response.content.read()

    assert (half + rest).decode() == whole
    assert (await client.listing(movies, type=1)).text == whole


async def test_stall_can_have_a_duration(client: Client) -> None:
    """A body may stall for so many seconds."""
    client.plex.faults.add(Fault("stall", path="/identity", seconds=0.01))
    assert (await client.ask("/identity")).xml.get("machineIdentifier") == client.plex.machine_identifier


async def test_redirect_keeps_path_and_query(client: Client, movies: FakeLibrary) -> None:
    """All requests are redirected to another origin with their path and query, and nothing is executed."""
    client.plex.faults.add(Fault("redirect", to="https://elsewhere.example", path=REFRESH, times=1))
    url = f"{client.plex.url}/library/sections/1/refresh"

    async with client.session.get(url, params={"path": "/data/m"}, headers=OWNER, allow_redirects=False) as response:
        assert response.status == 302
        assert response.headers["Location"] == "https://elsewhere.example/library/sections/1/refresh?path=/data/m"
    assert client.plex.stats.scans == []
    assert (await client.scan(movies)).status == 200


async def test_lost_scan_is_accepted_and_not_run(client: Client, movies: FakeLibrary, tmp_path: Any) -> None:
    """A scan is accepted and never happens; the next one does."""
    client.plex.faults.add(Fault("lost_scan", times=1))
    samples.add_movie(tmp_path / "movies", "Gamma (2003)")

    assert (await client.scan(movies)).status == 200
    assert client.plex.stats.scans == []
    assert (await client.scan(movies)).status == 200
    assert len(client.plex.items(movies)) == 3


async def test_ignored_file_filter_returns_everything(client: Client, movies: FakeLibrary) -> None:
    """The filter is ignored: everything is returned."""
    fault = client.plex.faults.add(Fault("ignore_file_filter"))
    reply = await client.ask(ALL, query={"type": 1, "file": "Alpha", "X-Plex-Container-Size": 1})
    assert (len(reply.files), reply.xml.get("totalSize")) == (1, "2")
    fault.remove()
    assert len((await client.listing(movies, type=1, file="Alpha")).files) == 1


async def test_stale_sections_are_those_before_the_fault(client: Client, movies: FakeLibrary, tmp_path: Any) -> None:
    """The sections are those at the start of the fault."""
    fault = client.plex.faults.add(Fault("stale_sections"))
    client.plex.add_location(movies, "/data/more", tmp_path)
    client.plex.add_library("New", "movie", {"/new": tmp_path})

    stale = (await client.ask("/library/sections")).xml
    assert [[row.get("path") for row in section] for section in stale] == [["/data/movies"]]
    fault.remove()
    fresh = (await client.ask("/library/sections")).xml
    assert [[row.get("path") for row in section] for section in fresh] == [["/data/movies", "/data/more"], ["/new"]]


async def test_restart_keeps_libraries_and_loses_the_queue(client: Client, frames: Frames, movies: FakeLibrary) -> None:
    """A restart keeps port and libraries, and forgets the queue and all connections."""
    url = client.plex.url
    client.plex.hold_scans()
    await client.scan(movies, wait=False)

    await client.plex.stop()
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.ask("/identity")
    await client.plex.start()
    client.plex.release_scans()
    await client.plex.wait_idle()

    assert client.plex.url == url
    assert client.plex.websockets == 0
    assert client.plex.stats.scans == []
    assert len((await client.listing(movies, type=1)).files) == 2


async def test_stop_releases_held_responses(client: Client, movies: FakeLibrary) -> None:
    """Held answers and gates do not keep a server from stopping."""
    plex = client.plex
    plex.faults.add(Fault("slow", path="/accounts"))
    plex.hold_walking()
    plex.hold_settling()
    await client.scan(movies, wait=False)
    await client.ask("/library/metadata/1/refresh", "PUT")
    await plex.wait_scan_started()
    asking = asyncio.create_task(client.ask("/accounts"))
    await plex.wait_for_request("/accounts")

    await plex.stop()

    assert plex.activities.running == {}
    assert movies.refreshing is False
    await asyncio.gather(asking, return_exceptions=True)


@pytest.mark.parametrize("turns", range(8))
async def test_stop_while_a_client_connects_logs_no_error(
    fake_plex: FakePlex, caplog: pytest.LogCaptureFixture, turns: int
) -> None:
    """A connection that arrives so many loop turns after the stop began causes no error in the log."""
    asyncio.get_running_loop().set_debug(True)  # else asyncio says nothing of it
    stopping = asyncio.create_task(fake_plex.stop())
    for _ in range(turns):
        await asyncio.sleep(0)
    with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", fake_plex.port)):
        await stopping
    await stopping

    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []
