"""Items in full, and what only a metadata refresh notices."""

from pathlib import Path

from tests.fake_plex import FakeLibrary, samples
from tests.fidelity.client import Client


async def test_file_checks_are_returned_on_request_only(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """`accessible` and `exists` are there when asked for only; absent does not mean no."""
    part = (await client.ask("/library/metadata/1")).xml.find(".//Part")
    assert part is not None
    assert not {"accessible", "exists"} & set(part.attrib)

    (tmp_path / "movies" / "Alpha (2001)" / "Alpha (2001).mkv").unlink()
    for key, expected in ((1, "0"), (2, "1")):
        part = (await client.ask(f"/library/metadata/{key}", checkFiles=1)).xml.find(".//Part")
        assert part is not None
        assert (part.get("accessible"), part.get("exists")) == (expected, expected)


async def test_several_items_can_be_requested_at_once(client: Client, movies: FakeLibrary) -> None:
    """Keys may be listed with commas; unknown ones are left out, none at all is a 404."""
    assert [row.get("title") for row in (await client.ask("/library/metadata/1,2,77")).xml] == ["Alpha", "Beta"]
    for address in ("", "/tree", "/children", "/allLeaves"):
        assert (await client.ask(f"/library/metadata/77{address}")).status == 404
    for address in ("/analyze", "/refresh"):
        assert (await client.ask(f"/library/metadata/77{address}", "PUT")).status == 404


async def test_children_are_one_level_and_leaves_all_levels_below(client: Client, shows: FakeLibrary) -> None:
    """Children are one level down, leaves all the way."""
    children = (await client.ask("/library/metadata/1/children")).xml
    assert [(row.tag, row.get("title"), row.get("leafCount")) for row in children] == [("Directory", "Season 1", "3")]
    leaves = (await client.ask("/library/metadata/1/allLeaves")).xml
    assert [row.get("index") for row in leaves] == ["1", "2", "3"]


async def test_subtitle_requires_a_metadata_refresh(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """A subtitle beside a video is no part and no stream until its item is refreshed."""
    subtitle = tmp_path / "movies" / "Alpha (2001)" / "Alpha (2001).en.srt"
    subtitle.write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n")

    async def external() -> list[dict[str, str]]:
        reply = await client.ask("/library/metadata/1")
        return [dict(stream.attrib) for stream in reply.xml.iter("Stream") if stream.get("streamType") == "3"]

    await client.scan(movies, "/data/movies/Alpha (2001)")
    assert await external() == []
    assert (await client.listing(movies, type=1, file="Alpha (2001).en.srt")).files == []

    reply = await client.ask("/library/metadata/1/refresh", "PUT")
    await client.plex.wait_idle()
    assert (reply.status, reply.text) == (200, "")
    (stream,) = await external()
    assert stream["file"] == "/data/movies/Alpha (2001)/Alpha (2001).en.srt"
    assert stream["key"] == f"/library/streams/{stream['id']}"
    assert (stream["codec"], stream["languageTag"]) == ("srt", "en")

    subtitle.unlink()
    await client.ask("/library/metadata/1/refresh", "PUT")
    await client.plex.wait_idle()
    assert await external() == []


async def test_subtitle_belongs_to_the_video_with_its_name(client: Client, tmp_path: Path) -> None:
    """Only subtitles with the video's own name belong to it."""
    for episode in (1, 10):
        samples.add_episode(tmp_path, "Show", 1, episode)
    folder = tmp_path / "Show" / "Season 01"
    (folder / "Show - S01E10.srt").write_text("")
    library = client.plex.add_library("TV", "show", {"/tv": tmp_path})
    client.plex.seed()

    for item in client.plex.items(library):
        client.plex.refresh_metadata(item)

    external = [[stream.file for stream in item.parts[0].streams if stream.file] for item in client.plex.items(library)]
    assert external == [[], ["/tv/Show/Season 01/Show - S01E10.srt"]]


async def test_artwork_requires_a_metadata_refresh(client: Client, tmp_path: Path) -> None:
    """Artwork gives the item a picture, by a refresh alone; updatedAt moves, addedAt and stamp do not."""
    samples.add_movie(tmp_path, "Alpha (2001)")
    library = client.plex.add_library("Videos", "movie", {"/v": tmp_path}, agent="tv.plex.agents.none")
    client.plex.seed()
    (item,) = client.plex.items(library)
    before = (item.added_at, item.updated_at, item.parts[0].stamp)
    samples.put(tmp_path / "Alpha (2001)" / "poster.jpg")

    await client.scan(library)
    assert (item.thumb, item.updated_at) == (None, before[1])

    await client.ask(f"/library/metadata/{item.rating_key}/refresh", "PUT")
    await client.plex.wait_idle()
    assert item.updated_at > before[1]
    assert item.thumb == item.updated_at
    assert (item.added_at, item.parts[0].stamp) == (before[0], before[2])


async def test_refresh_is_an_activity_of_the_item(client: Client, movies: FakeLibrary) -> None:
    """A refresh names only its item, not the section."""
    client.plex.hold_settling()
    await client.ask("/library/metadata/1/refresh", "PUT")

    row = (await client.ask("/activities")).xml[1]
    assert (row.get("type"), row.get("title")) == ("library.refresh.items", "Refreshing")
    assert row[0].attrib == {"key": "/library/metadata/1"}
    client.plex.release_settling()
    await client.plex.wait_idle()


async def test_section_can_be_analyzed(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """A whole section can be analysed."""
    path = tmp_path / "movies" / "Alpha (2001)" / "Alpha (2001).mkv"
    path.write_bytes(samples.LARGE.read_bytes())
    await client.scan(movies)
    assert (await client.ask("/library/sections/1/analyze", "PUT")).status == 200
    await client.plex.wait_idle()

    assert [item.duration for item in client.plex.items(movies)] == [3546, 3546]


async def test_further_endpoints_exist(client: Client, movies: FakeLibrary) -> None:
    """What clients ask on the way is there: hubs, playlists, sessions, accounts, butler, updates."""
    for path in ("/hubs", "/playlists", "/clients", "/status/sessions", "/library/onDeck", "/updater/status"):
        reply = await client.ask(path)
        assert (reply.status, reply.xml.get("size")) == (200, "0"), path
    assert len((await client.ask("/library/recentlyAdded")).xml) == 2
    assert len((await client.ask("/library/sections/1/recentlyAdded")).xml) == 2
    assert [row.get("name") for row in (await client.ask("/accounts")).xml] == ["", "owner"]
    assert (await client.ask("/butler")).xml[0].tag == "ButlerTask"
    assert (await client.ask("/butler/RefreshLibraries", "POST")).status == 200
    assert (await client.ask("/butler/RefreshLibraries", "POST")).status == 202
    assert (await client.ask("/butler/RefreshLibraries", "DELETE")).status == 200
    assert (await client.ask("/butler/RefreshLibraries", "DELETE")).status == 404
    assert (await client.ask("/:/prefs", "PUT", nonsense=1)).status == 200
    assert (await client.ask("/library/sections/1")).xml.get("librarySectionTitle") == "Movies"
    assert (await client.ask("/nonsense")).status == 404
    assert (await client.ask("/library/sections", "DELETE")).status == 404
    assert (await client.ask("/services/browse/!!!")).status == 400
    assert (await client.ask("/security/token")).xml.get("token") == "delegated"


async def test_totals_require_include_storage(client: Client, movies: FakeLibrary) -> None:
    """Totals come with `includeStorage` alone; the first Directory has no id."""
    plain = (await client.ask("/media/providers")).xml
    totals = (await client.ask("/media/providers", includeStorage=1)).xml
    place = "./MediaProvider[@identifier='com.plexapp.plugins.library']/Feature[@type='content']/Directory"

    home, section = plain.findall(place)
    assert home.attrib == {"hubKey": "/hubs", "title": "Home"}
    assert "storageTotal" not in section.attrib
    assert [pivot.get("id") for pivot in section] == ["recommended", "library"]
    section = totals.findall(place)[1]
    sizes = samples.SMALL.stat().st_size + samples.LARGE.stat().st_size
    assert (section.get("durationTotal"), section.get("storageTotal")) == (str(2046 + 3546), str(sizes))
