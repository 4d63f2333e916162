"""The order of the phases of a scan in /activities, the sections and the websocket."""

from pathlib import Path

from tests.fake_plex import FakeLibrary, FakePlex, samples
from tests.fidelity.client import Client, Frames


async def activity_types(client: Client) -> list[str]:
    """Return what /activities lists."""
    return [row.attrib["type"] for row in (await client.ask("/activities")).xml]


async def refreshing(client: Client) -> str:
    """Return what the first section says."""
    return (await client.ask("/library/sections")).xml[0].attrib["refreshing"]


async def test_frames_of_a_scan_have_the_recorded_order(
    client: Client, frames: Frames, shows: FakeLibrary, tmp_path: Path
) -> None:
    """Started without Context, then with it; items are created, the scan ends, the items settle after it."""
    samples.add_episode(tmp_path / "tv", "Gamma", 1, 4)

    await client.scan(shows, "/data/tv/Gamma/Season 01")
    await frames.until("backgroundProcessingQueue")

    assert frames.summary() == [
        "started library.update.section",
        "updated library.update.section with context",
        "updated library.update.section with context",
        "progress",
        "timeline plugins 0",
        "started library.update.item.metadata with context",
        "ended library.update.section with context",
        "Library scan complete",
        "timeline providers 5",
        "timeline plugins 2",
        "timeline plugins 3",
        "timeline plugins 4",
        "timeline plugins 5",
        "timeline plugins 5",
        "timeline plugins 5",
        "ended library.update.item.metadata with context",
        "backgroundProcessingQueue",
    ]


async def test_frames_have_the_recorded_fields(
    client: Client, frames: Frames, movies: FakeLibrary, tmp_path: Path
) -> None:
    """Activities and timeline entries have the fields clients rely on."""
    samples.add_movie(tmp_path / "movies", "Gamma (2003)")
    await client.scan(movies, "/data/movies/Gamma (2003)")

    started = await frames.until("activity", event="started")
    assert started["Activity"] == {
        "uuid": started["uuid"],
        "type": "library.update.section",
        "cancellable": False,
        "userID": 1,
        "title": "Scanning",
        "subtitle": "",
        "progress": 0,
    }
    updated = await frames.until("activity", event="updated")
    assert updated["Activity"]["title"] == "Scanning Movies"
    assert updated["Activity"]["Context"] == {"librarySectionID": "1"}
    created = await frames.until("timeline")
    item = client.plex.items(movies)[-1]
    assert created == {
        "identifier": "com.plexapp.plugins.library",
        "sectionID": "1",
        "itemID": str(item.rating_key),
        "type": 1,
        "title": "Gamma",
        "state": 0,
        "metadataState": "created",
        "mediaState": "analyzing",
        "updatedAt": item.updated_at,
    }
    ended = await frames.until("activity", event="ended", uuid=started["uuid"])
    assert (ended["Activity"]["progress"], ended["Activity"]["subtitle"]) == (100, "")
    status = await frames.until("status")
    assert status["notificationName"] == "LIBRARY_UPDATE"
    assert not {"path", "sectionID", "librarySectionID"} & set(status)
    done = await frames.until("timeline", state=5, itemID=str(item.rating_key))
    assert "metadataState" not in done


async def test_section_is_idle_before_its_items_are_settled(client: Client, shows: FakeLibrary, tmp_path: Path) -> None:
    """While new items settle, the section is idle; only the activity of the butler remains."""
    plex = client.plex
    for show in ("Delta", "Epsilon", "Zeta", "Eta"):
        samples.add_episode(tmp_path / "tv", show, 1, 1)
    plex.hold_walking()
    plex.hold_settling()
    await client.scan(shows, wait=False)
    await plex.wait_scan_started()
    assert await refreshing(client) == "1"
    assert await activity_types(client) == ["butler", "library.update.section"]

    plex.release_walking()
    await plex.wait_scans_done()
    assert await refreshing(client) == "0"
    assert await activity_types(client) == ["butler", *["library.update.item.metadata"] * 3]

    plex.release_settling()
    await plex.wait_idle()
    assert await activity_types(client) == ["butler"]
    butler = (await client.ask("/activities")).xml[0].attrib
    assert butler["progress"] == "100"


async def test_unsettled_items_are_listed_without_duration(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """Between scan and analysis a row has its file and size, and no duration."""
    samples.add_movie(tmp_path / "movies", "Gamma (2003)")
    client.plex.hold_settling()
    await client.scan(movies, "/data/movies/Gamma (2003)", wait=False)
    await client.plex.wait_scans_done()

    (row,) = (await client.listing(movies, type=1, file="Gamma")).xml
    assert "duration" not in row.attrib
    assert row[0][0].get("size") == str(samples.SMALL.stat().st_size)

    client.plex.release_settling()
    await client.plex.wait_idle()
    (row,) = (await client.listing(movies, type=1, file="Gamma")).xml
    assert row.get("duration") == "2046"


async def test_queued_scan_has_no_activity(client: Client, movies: FakeLibrary) -> None:
    """A queued scan has no activity."""
    client.plex.hold_scans()
    await client.scan(movies, wait=False)
    await client.plex.wait_queued()

    assert await activity_types(client) == ["butler"]
    assert await refreshing(client) == "0"


async def test_activities_contain_the_context(client: Client, movies: FakeLibrary) -> None:
    """/activities shows the Context, as an element and as an object."""
    client.plex.hold_walking()
    await client.scan(movies, wait=False)
    await client.plex.wait_scan_started()
    await client.ask("/identity")  # a turn of the server's loop: the Context comes a moment after the start

    row = (await client.ask("/activities")).xml[1]
    assert row[0].attrib == {"librarySectionID": "1"}
    data = (await client.ask("/activities", headers={"Accept": "application/json"})).json
    assert data["Activity"][1]["Context"] == {"librarySectionID": "1"}
    assert data["Activity"][1]["cancellable"] is False
    client.plex.release_walking()
    await client.plex.wait_idle()


async def test_library_without_agent_stops_at_state_1(client: Client, frames: Frames, tmp_path: Path) -> None:
    """Without matching, the timeline ends at state 1; the files are analyzed anyway."""
    samples.put(tmp_path / "videos" / "Holiday.mkv")
    library = client.plex.add_library(
        "Other Videos", "movie", {"/data/videos": tmp_path / "videos"}, agent="tv.plex.agents.none"
    )
    assert (library.scanner, library.language) == ("Plex Video Files", "xn")

    await client.scan(library)
    await frames.until("backgroundProcessingQueue")

    assert [text for text in frames.summary() if text.startswith("timeline plugins")] == [
        "timeline plugins 0",
        *["timeline plugins 1"] * 3,
    ]
    assert client.plex.items(library)[0].duration == 2046


async def test_library_without_agent_stays_at_state_1(client: Client, frames: Frames, tmp_path: Path) -> None:
    """Neither a replaced file, its analysis nor a refresh of its item reaches the state "processed"."""
    video = samples.put(tmp_path / "videos" / "Holiday.mkv")
    library = client.plex.add_library(
        "Other Videos", "movie", {"/data/videos": tmp_path / "videos"}, agent="com.plexapp.agents.none"
    )
    client.plex.seed()
    (item,) = client.plex.items(library)
    samples.put(video, samples.LARGE)

    await client.scan(library)
    for what in ("analyze", "refresh"):
        await client.ask(f"/library/metadata/{item.rating_key}/{what}", "PUT")
    await client.plex.wait_idle()
    await client.scan(library)
    await frames.until("status")
    await frames.until("status")

    assert {text for text in frames.summary() if text.startswith("timeline plugins")} == {"timeline plugins 1"}


async def test_deleted_item_ends_with_state_9(
    client: Client, frames: Frames, movies: FakeLibrary, tmp_path: Path
) -> None:
    """A removed item ends with state 9."""
    (tmp_path / "movies" / "Alpha (2001)" / "Alpha (2001).mkv").unlink()

    await client.scan(movies)

    entry = await frames.until("timeline", state=9)
    assert (entry["itemID"], entry["metadataState"]) == ("1", "deleted")


async def test_websocket_filters_select_kinds(client: Client) -> None:
    """`filters=` selects kinds, a minus leaves them out."""
    url = f"{client.plex.url}/:/websockets/notifications"
    headers = {"X-Plex-Token": "server-token"}
    async with (
        client.session.ws_connect(f"{url}?filters=status", headers=headers) as selected,
        client.session.ws_connect(f"{url}?filters=-activity", headers=headers) as excluded,
    ):
        await client.plex.wait_websocket(2)
        await client.plex.send_notification({"type": "activity", "size": 0})
        await client.plex.send_notification({"type": "playing", "size": 0})
        await client.plex.send_notification({"type": "status", "size": 0})

        assert (await selected.receive_json())["NotificationContainer"]["type"] == "status"
        assert (await excluded.receive_json())["NotificationContainer"]["type"] == "playing"


async def test_singular_path_and_query_token_are_accepted(client: Client) -> None:
    """The singular path and the token in the query work too."""
    url = f"{client.plex.url}/:/websocket/notifications?X-Plex-Token=server-token"
    async with client.session.ws_connect(url):
        await client.plex.wait_websocket()
    await client.plex.wait_no_websocket()


async def test_server_sent_events_have_no_outer_container(client: Client, movies: FakeLibrary) -> None:
    """The event source sends the same without the outer container."""
    url = f"{client.plex.url}/:/eventsource/notifications"
    async with client.session.get(url, headers={"X-Plex-Token": "server-token"}) as response:
        await client.plex.wait_websocket()
        await client.plex.send_notification({"type": "status", "size": 1, "StatusNotification": [{"title": "x"}]})
        assert await response.content.readline() == b"event: status\n"
        assert await response.content.readline() == b'data: {"StatusNotification": [{"title": "x"}]}\n'


async def test_cancelling_an_activity_has_the_recorded_status(
    client: Client, fake_plex: FakePlex, movies: FakeLibrary
) -> None:
    """DELETE answers 404 for an unknown activity, 400 for one that cannot be cancelled, else 200."""
    assert (await client.ask("/activities/unknown", "DELETE")).status == 404
    (butler,) = fake_plex.activities.running
    assert (await client.ask(f"/activities/{butler}", "DELETE")).status == 400

    fake_plex.quirks.cancellable_activities = True
    fake_plex.hold_walking()
    await client.scan(movies, wait=False)
    await fake_plex.wait_scan_started()
    scan = list(fake_plex.activities.running)[-1]
    assert (await client.ask(f"/activities/{scan}", "DELETE")).status == 200
    await fake_plex.wait_idle()
    assert fake_plex.stats.scans[0].outcome == "cancelled"
