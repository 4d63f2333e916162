"""Quirks of responses, off and on: missing and additional fields, compression, and realistic timing."""

from pathlib import Path

import pytest

from tests.fake_plex import FakeLibrary, FakePlex, ScanRecord, Timings
from tests.fidelity.client import Client, Frames

from .client import onoff


@onoff
async def test_guide_entries_differ_by_identifier_only(
    client: Client, frames: Frames, movies: FakeLibrary, on: bool
) -> None:
    """The programme guide's entries look like a library's but for their identifier."""
    client.plex.quirks.epg_noise = on
    await client.scan(movies)
    await client.plex.send_notification({"type": "playing", "size": 0})
    await frames.until("playing")

    noise = [frame["TimelineEntry"][0] for frame in frames.seen if frame["type"] == "timeline"]
    assert [entry["identifier"] for entry in noise] == (["tv.plex.providers.epg.xmltv"] if on else [])


@onoff
@pytest.mark.parametrize("address", ["/library/sections/1/all", "/library/recentlyAdded"])
async def test_total_size_can_be_missing(client: Client, movies: FakeLibrary, address: str, on: bool) -> None:
    """Some responses lack totalSize; then a page only contains its own size."""
    client.plex.quirks.total_size = on
    headers = {"X-Plex-Container-Start": "0", "X-Plex-Container-Size": "1"}

    reply = await client.ask(address, headers=headers)

    assert (reply.xml.get("size"), reply.xml.get("totalSize")) == ("1", "2" if on else None)
    assert ("X-Plex-Container-Total-Size" in reply.headers) is on


@onoff
async def test_provider_directories_can_have_children(client: Client, movies: FakeLibrary, on: bool) -> None:
    """A section's Directory has children in recordings."""
    client.plex.quirks.providers_pivots = on

    section = (await client.ask("/media/providers", includeStorage=1)).xml.find(".//Directory[@id='1']")
    assert section is not None
    assert len(section) == (2 if on else 0)


@onoff
async def test_responses_can_be_compressed(client: Client, movies: FakeLibrary, on: bool) -> None:
    """Answers may be compressed for those who accept it."""
    client.plex.quirks.compress = on

    reply = await client.listing(movies, type=1)
    assert (reply.headers.get("Content-Encoding") == "gzip") is on
    assert len(reply.files) == 2
    original, sent = reply.headers["X-Plex-Content-Original-Length"], client.plex.stats.requests[-1].bytes_sent
    assert int(original) == len(reply.text.encode())
    assert (sent < int(original)) is on


async def test_realistic_timing_can_be_selected(socket_enabled: None, tmp_path: Path) -> None:
    """The realistic pace is there to choose; nothing waits by default."""
    assert Timings() == Timings(0, 0, 0, 0, 0, 0)
    assert Timings.realistic().context_delay == 1.0
    plex = FakePlex(timings=Timings(scan_start=0.001, per_folder=0.001, context_delay=60, scan_end=0.001))
    library = plex.add_library("Movies", "movie", {"/m": tmp_path})
    await plex.start()
    plex.scanner.request(library, None, force=False, now=0)
    await plex.wait_scans_done()
    assert plex.stats.scans == [ScanRecord(library.id, None, 1, 0, "complete")]
    await plex.stop()
