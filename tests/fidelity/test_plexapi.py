"""Unmodified plexapi against the fake, in a worker thread as an integration uses it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
import socket
from typing import Any
from xml.etree.ElementTree import ParseError

from plexapi.alert import AlertListener
from plexapi.exceptions import BadRequest, NotFound, Unauthorized
from plexapi.server import PlexServer
import pytest
import requests

from tests.fake_plex import FakeLibrary, FakePlex, Fault, samples


async def in_thread[Result](function: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
    """Run blocking code beside the loop the fake runs on."""
    return await asyncio.to_thread(function, *args, **kwargs)


async def library_of(server: Any) -> Any:
    """Return the library; the property asks the server, so it must not be touched on the loop."""
    return await in_thread(getattr, server, "library")


async def section_of(server: Any, key: int) -> Any:
    """Return a section."""
    return await in_thread((await library_of(server)).sectionByID, key)


@pytest.fixture
async def server(fake_plex: FakePlex) -> AsyncIterator[Any]:
    """Return a connected PlexServer."""
    with requests.Session() as session:
        yield await in_thread(PlexServer, fake_plex.url, fake_plex.token, session)


async def test_server_has_its_attributes(server: Any, fake_plex: FakePlex) -> None:
    """The server's own attributes arrive."""
    assert server.machineIdentifier == fake_plex.machine_identifier
    assert server.friendlyName == "Living room"
    assert server.version == fake_plex.version
    assert (server.myPlex, server.platform) == (True, "Linux")
    identity = await in_thread(server.identity)
    assert identity.claimed


async def test_sections_have_their_attributes(server: Any, movies: FakeLibrary, shows: FakeLibrary) -> None:
    """Sections with their attributes and locations."""
    film, tv = await in_thread((await library_of(server)).sections)

    assert (film.key, film.title, film.type, film.locations) == (1, "Movies", "movie", ["/data/movies"])
    assert (tv.key, tv.title, tv.type, tv.locations) == (2, "TV Shows", "show", ["/data/tv"])
    assert (film.agent, film.scanner, film.refreshing) == ("tv.plex.agents.movie", "Plex Movie", False)
    assert film.uuid == movies.uuid
    section = await in_thread(lambda: server.library.section("tv shows"))
    assert section.key == 2


async def test_update_with_a_path_scans_the_folder(
    server: Any, fake_plex: FakePlex, shows: FakeLibrary, tmp_path: Path
) -> None:
    """`update(path=)` scans that folder, and the raw lookup finds what it found."""
    samples.add_episode(tmp_path / "tv", "Gamma", 1, 4)
    section = await section_of(server, 1)

    await in_thread(section.update, "/data/tv/Gamma/Season 01")
    await fake_plex.wait_for_request("/library/sections/1/refresh")
    await fake_plex.wait_idle()

    assert [scan.path for scan in fake_plex.stats.scans] == ["/data/tv/Gamma/Season 01"]
    key = "/library/sections/1/all?type=4&file=Gamma+-+S01E04.mkv"
    (episode,) = await in_thread(server.fetchItems, key, maxresults=20)
    assert await in_thread(lambda: episode.locations) == ["/data/tv/Gamma/Season 01/Gamma - S01E04.mkv"]
    assert await in_thread(lambda: (episode.seasonEpisode, episode.grandparentTitle)) == ("s01e04", "Gamma")
    media = episode.media[0]
    assert (media.parts[0].size, media.videoResolution) == (samples.SMALL.stat().st_size, "sd")


async def test_totals_are_counted_by_type(server: Any, shows: FakeLibrary) -> None:
    """Counts by type."""
    section = await section_of(server, 1)

    assert await in_thread(lambda: section.totalSize) == 1
    assert await in_thread(section.totalViewSize, libtype="season", includeCollections=False) == 1
    assert await in_thread(section.totalViewSize, libtype="episode", includeCollections=False) == 3


@pytest.mark.filterwarnings("ignore:Testing an element's truth value:DeprecationWarning")
@pytest.mark.parametrize("pivots", [True, False])
async def test_duration_and_storage_are_read(
    server: Any, fake_plex: FakePlex, shows: FakeLibrary, pivots: bool
) -> None:
    """Hours and bytes; without Pivot children plexapi's truth test of an element hides them."""
    fake_plex.quirks.providers_pivots = pivots
    section = await section_of(server, 1)

    totals = await in_thread(lambda: (section.totalDuration, section.totalStorage))

    assert totals == ((3 * 2046, 3 * samples.SMALL.stat().st_size) if pivots else (None, None))


async def test_file_system_can_be_browsed(server: Any, shows: FakeLibrary, movies: FakeLibrary) -> None:
    """The server's view of the file system, from the root down to files."""
    roots = await in_thread(server.browse)
    assert [path.path for path in roots] == ["/"]
    assert [path.path for path in await in_thread(roots[0].browse)] == ["/data"]
    assert [path.path for path in await in_thread(server.browse, "/data")] == ["/data/tv", "/data/movies"]
    season = await in_thread(server.browse, "/data/tv/Gamma/Season 01")
    assert (type(season[0]).__name__, season[0].title) == ("File", "Gamma - S01E01.mkv")
    assert await in_thread(server.browse, "/data/tv/Gamma/Season 01", False) == []
    assert await in_thread(server.isBrowsable, "/data/tv")
    assert await in_thread(server.isBrowsable, "/data/tv/Gamma/Season 01")
    assert not await in_thread(server.isBrowsable, "/data/tv/Nobody")
    assert not await in_thread(server.isBrowsable, "/elsewhere")
    walked = await in_thread(lambda: list(server.walk("/data/tv")))
    assert [path for path, _, _ in walked] == ["/data/tv", "/data/tv/Gamma", "/data/tv/Gamma/Season 01"]


async def test_preferences_can_be_changed(server: Any, fake_plex: FakePlex) -> None:
    """Preferences are read and written."""
    settings = await in_thread(lambda: server.settings)
    assert settings.get("autoEmptyTrash").value is True
    assert settings.get("FSEventLibraryUpdatesEnabled").value is False
    assert settings.get("ScheduledLibraryUpdateInterval").value == 3600
    assert settings.get("GenerateBIFBehavior").enumValues["never"] == "never"

    settings.get("autoEmptyTrash").set(value=False)
    await in_thread(settings.save)
    assert fake_plex.prefs["autoEmptyTrash"] is False


async def test_activities_are_read(server: Any, fake_plex: FakePlex, shows: FakeLibrary) -> None:
    """Activities with what plexapi shows of them."""
    fake_plex.hold_walking()
    await in_thread((await library_of(server)).update)
    await fake_plex.wait_scan_started()

    butler, scan = await in_thread(lambda: server.activities)

    assert (butler.type, butler.progress) == ("butler", 100)
    assert (scan.type, scan.cancellable) == ("library.update.section", False)
    fake_plex.release_walking()
    await fake_plex.wait_idle()


async def test_alert_listener_receives_a_scan(server: Any, fake_plex: FakePlex, shows: FakeLibrary) -> None:
    """AlertListener connects with the token in its query and hears of the scan."""
    loop, heard = asyncio.get_running_loop(), asyncio.Event()
    alerts: list[dict[str, Any]] = []

    def on_alert(data: dict[str, Any]) -> None:
        alerts.append(data)
        if data["type"] == "status":
            loop.call_soon_threadsafe(heard.set)

    # The socket is ours: websocket-client leaves it open when the server closes, and its own `stop` closes it
    # under a thread that may be waiting for it.
    with await in_thread(socket.create_connection, ("127.0.0.1", fake_plex.port)) as connection:
        listener = AlertListener(server, on_alert, ws_socket=connection)
        listener.start()
        await fake_plex.wait_websocket()
        await in_thread((await library_of(server)).update)
        await heard.wait()
        fake_plex.close_websockets()
        await in_thread(listener.join)

    assert {alert["type"] for alert in alerts} >= {"activity", "progress", "status"}
    (handshake,) = [request for request in fake_plex.stats.requests if "websockets" in request.path]
    assert handshake.query == {"X-Plex-Token": fake_plex.token}


async def test_validated_searches_work(server: Any, movies: FakeLibrary, shows: FakeLibrary) -> None:
    """The validated searches of plexapi, which need the Meta block."""
    film = await section_of(server, 1)
    tv = await section_of(server, 2)

    assert [item.title for item in await in_thread(film.search, "alp")] == ["Alpha"]
    assert [item.title for item in await in_thread(film.search, year=2002)] == ["Beta"]
    assert [item.title for item in await in_thread(film.search, **{"title==": "Alpha"})] == ["Alpha"]
    assert len(await in_thread(tv.search, libtype="episode", sort="addedAt:desc")) == 3
    assert [item.type for item in await in_thread(tv.recentlyAdded, maxresults=1, libtype="episode")] == ["episode"]
    with pytest.raises(NotFound, match='Unknown filter field "filepath"'):
        await in_thread(film.search, filepath="/data/movies")
    assert [item.title for item in await in_thread(server.search, "gam")] == ["Gamma"]
    assert [item.title for item in await in_thread(lambda: server.library.search("beta"))] == ["Beta"]


async def test_all_pages_are_read(server: Any, fake_plex: FakePlex, tmp_path: Path) -> None:
    """All pages are fetched, by `totalSize`."""
    samples.build_movie_tree(tmp_path / "m", movies=25)
    fake_plex.add_library("Movies", "movie", {"/m": tmp_path / "m"})
    fake_plex.seed()

    items = await in_thread(server.fetchItems, "/library/sections/1/all?type=1", container_size=10)

    assert len({item.ratingKey for item in items}) == 25
    assert fake_plex.stats.count("/library/sections/1/all") == 3


async def test_items_can_be_traversed_down_to_streams(server: Any, fake_plex: FakePlex, shows: FakeLibrary) -> None:
    """Going down from a show, and a full item with its streams."""
    tv = await section_of(server, 1)
    (show,) = await in_thread(tv.all)
    assert (show.leafCount, show.childCount) == (3, 1)
    assert [season.title for season in await in_thread(show.seasons)] == ["Season 1"]
    episodes = await in_thread(show.episodes)
    assert [episode.index for episode in episodes] == [1, 2, 3]
    episode = await in_thread(server.fetchItem, episodes[0].ratingKey)
    assert episode.media[0].parts[0].accessible is None
    assert [stream.codec for stream in episode.media[0].parts[0].streams] == ["h264", "aac"]
    await in_thread(episode.reload, checkFiles=1)
    part = episode.media[0].parts[0]
    assert (part.accessible, part.exists) == (True, True)
    folders = await in_thread(tv.folders)
    assert [folder.title for folder in folders] == ["Gamma"]


async def test_errors_raise_the_exceptions_of_plexapi(server: Any, fake_plex: FakePlex, shows: FakeLibrary) -> None:
    """The exceptions of plexapi, one for each kind of answer."""
    section = await section_of(server, 1)

    async def failing(kind: str, expected: type[Exception], text: str | None = None, **fields: Any) -> None:
        fault = fake_plex.faults.add(Fault(kind, path="/library/sections/1/refresh", **fields))
        with pytest.raises(expected, match=text):
            await in_thread(section.update, "/data/tv")
        fault.remove()

    await failing("status", Unauthorized, r"^\(401\) unauthorized", status=401)
    await failing("status", NotFound, r"^\(404\) not_found", status=404)
    await failing("status", BadRequest, r"^\(403\) forbidden", status=403)
    await failing("status", BadRequest, r"^\(503\) service_unavailable", status=503)
    await failing("starting_up", BadRequest, r"^\(400\).*still starting up")
    await failing("status", TypeError, status=498)
    await failing("disconnect", requests.ConnectionError, "RemoteDisconnected|Connection aborted")
    assert fake_plex.stats.scans == []

    fault = fake_plex.faults.add(Fault("truncated", path="/library/sections/1/all"))
    with pytest.raises(ParseError):
        await in_thread(server.query, "/library/sections/1/all?type=4")
    fault.remove()
    fault = fake_plex.faults.add(Fault("cut_body", path="/library/sections/1/all"))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        await in_thread(server.query, "/library/sections/1/all?type=4")
    fault.remove()
    fault = fake_plex.faults.add(Fault("empty", path="/library/sections/1/all"))
    assert await in_thread(server.query, "/library/sections/1/all?type=4") is None
    fault.remove()
    fault = fake_plex.faults.add(Fault("html", path="/library/sections/1/all"))
    page = await in_thread(server.query, "/library/sections/1/all?type=4")
    assert page.tag == "html"
    fault.remove()
    fault = fake_plex.faults.add(Fault("slow", path="/library/sections/1/all"))
    with pytest.raises(requests.exceptions.ReadTimeout):
        await in_thread(server.query, "/library/sections/1/all?type=4", timeout=0.05)
    fault.remove()


async def test_shared_user_cannot_scan(fake_plex: FakePlex, shows: FakeLibrary) -> None:
    """A shared user's plexapi falls back to the sections and cannot scan."""
    with requests.Session() as session:
        server = await in_thread(PlexServer, fake_plex.url, fake_plex.shared_token, session)
        (section,) = await in_thread((await library_of(server)).sections)
        assert section.title == "TV Shows"
        with pytest.raises(BadRequest, match=r"^\(403\)"):
            await in_thread(section.update, "/data/tv")
        with pytest.raises(BadRequest, match=r"^\(403\)"):
            await in_thread(server.systemAccounts)
        assert await in_thread(lambda: server.activities) == []


async def test_wrong_token_is_unauthorized(fake_plex: FakePlex) -> None:
    """A wrong token is Unauthorized."""
    with requests.Session() as session, pytest.raises(Unauthorized):
        await in_thread(PlexServer, fake_plex.url, "wrong", session)
