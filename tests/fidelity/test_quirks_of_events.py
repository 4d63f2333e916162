"""Quirks of the websocket, off and on: late, missing and unusual events, and unanswered pings."""

from pathlib import Path

import pytest

from tests.fake_plex import FakeLibrary, samples
from tests.fidelity.client import Client, Frames

from .client import onoff


@onoff
async def test_context_can_arrive_late(client: Client, frames: Frames, movies: FakeLibrary, on: bool) -> None:
    """The Context arrives late, or immediately."""
    client.plex.quirks.context_in_started = on
    await client.scan(movies)

    started = await frames.until("activity", event="started")
    assert ("Context" in started["Activity"]) is on


@onoff
async def test_context_can_be_missing(client: Client, frames: Frames, movies: FakeLibrary, on: bool) -> None:
    """In one old recording a scan's activity had no Context from beginning to end."""
    client.plex.quirks.context_never = on
    client.plex.quirks.context_in_started = True
    await client.scan(movies)
    await frames.until("status")

    activities = [frame["ActivityNotification"][0]["Activity"] for frame in frames.seen if frame["type"] == "activity"]
    assert {"Context" in activity for activity in activities} == {not on}
    assert activities[-1]["title"] == "Scanning Movies"


@onoff
async def test_first_event_can_name_the_section(client: Client, frames: Frames, movies: FakeLibrary, on: bool) -> None:
    """The section may be named with the registration."""
    client.plex.quirks.title_in_started = on
    await client.scan(movies)

    started = await frames.until("activity", event="started")
    assert started["Activity"]["title"] == ("Scanning Movies" if on else "Scanning")


@onoff
async def test_media_state_has_its_recorded_steps(
    client: Client, frames: Frames, movies: FakeLibrary, tmp_path: Path, on: bool
) -> None:
    """State 5 has "analyzing" before the duration is known, then "thumbnailing", then no mediaState."""
    plex = client.plex
    plex.quirks.media_state_steps = on
    samples.add_movie(tmp_path / "movies", "Gamma (2003)")
    plex.hold_analysis()
    await client.scan(movies, wait=False)
    await plex.wait_scans_done()
    if on:
        entry = await frames.until("timeline", state=5, metadataState=None, title="Gamma")
        assert entry["mediaState"] == "analyzing"
    (row,) = (await client.listing(movies, type=1, file="Gamma")).xml
    assert "duration" not in row.attrib

    plex.release_analysis()
    await plex.wait_idle()
    await frames.until("backgroundProcessingQueue")
    entries = [frame["TimelineEntry"][0] for frame in frames.seen if frame["type"] == "timeline"]
    steps = [entry.get("mediaState") for entry in entries if entry["title"] == "Gamma" and entry["state"] == 5]
    assert steps == (["analyzing", "thumbnailing", None] if on else [None])
    (row,) = (await client.listing(movies, type=1, file="Gamma")).xml
    assert row.get("duration") == "2046"


@onoff
@pytest.mark.parametrize("agent", ["tv.plex.agents.none", None])
async def test_requested_analysis_has_its_recorded_steps(
    client: Client, frames: Frames, tmp_path: Path, agent: str | None, on: bool
) -> None:
    """A requested analysis also has "analyzing"; in a library without agent with state 1."""
    client.plex.quirks.media_state_steps = on
    samples.add_movie(tmp_path / "m", "Gamma (2003)")
    client.plex.add_library("Movies", "movie", {"/m": tmp_path / "m"}, agent=agent)
    client.plex.seed()

    await client.ask("/library/metadata/1/analyze", "PUT")
    await frames.until("activity", event="ended")

    entries = [frame["TimelineEntry"][0] for frame in frames.seen if frame["type"] == "timeline"]
    assert [entry.get("mediaState") for entry in entries] == (["analyzing", None] if on else [None])
    assert {entry["state"] for entry in entries} == {1 if agent else 5}


@onoff
async def test_timeline_entry_can_lack_the_identifier(
    client: Client, frames: Frames, movies: FakeLibrary, tmp_path: Path, on: bool
) -> None:
    """A library's entries may come without identifier; the programme guide's have theirs."""
    client.plex.quirks.timeline_identifier = on
    samples.add_movie(tmp_path / "movies", "Gamma (2003)")
    await client.scan(movies)
    await frames.until("backgroundProcessingQueue")

    entries = [frame["TimelineEntry"][0] for frame in frames.seen if frame["type"] == "timeline"]
    found = {entry["title"]: entry.get("identifier") for entry in entries}
    assert found == {
        "Gamma": "com.plexapp.plugins.library" if on else None,
        "The Evening News": "tv.plex.providers.epg.xmltv",
    }


@pytest.mark.parametrize(
    ("numbers", "types"), [("mixed", (str, str, int)), ("str", (str, str, str)), ("int", (int, int, int))]
)
async def test_notification_ids_can_be_text_or_numbers(
    client: Client, frames: Frames, movies: FakeLibrary, tmp_path: Path, numbers: str, types: tuple[type, ...]
) -> None:
    """Section, item and state are strings or numbers, as the version likes."""
    client.plex.quirks.notification_numbers = numbers  # type: ignore[assignment]
    samples.add_movie(tmp_path / "movies", "Gamma (2003)")
    await client.scan(movies)

    entry = await frames.until("timeline")
    assert tuple(type(entry[name]) for name in ("sectionID", "itemID", "state")) == types


@onoff
async def test_pings_can_be_unanswered(client: Client, on: bool) -> None:
    """Some servers leave websocket pings unanswered."""
    client.plex.quirks.answers_pings = on
    url = f"{client.plex.url}/:/websockets/notifications"
    async with client.session.ws_connect(url, headers={"X-Plex-Token": "server-token"}, autoping=False) as socket:
        await client.plex.wait_websocket()
        await socket.ping(b"there?")
        await client.ask("/identity")  # by then the ping was read
        await client.plex.send_notification({"type": "playing", "size": 0})
        message = await socket.receive()
        assert (message.data == b"there?") is on
