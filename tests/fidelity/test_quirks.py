"""Each quirk, off and on."""

from pathlib import Path
from typing import Literal
import unicodedata

import aiohttp
import pytest

from tests.fake_plex import FakeLibrary, FakePlex, Quirks, ScanRecord, Timings, samples
from tests.fidelity.client import Client, Frames

onoff = pytest.mark.parametrize("on", [False, True])


@onoff
async def test_one_of_two_close_scans_can_be_lost(client: Client, movies: FakeLibrary, on: bool) -> None:
    """Of two requests close to each other one is lost; far apart none is."""
    client.plex.quirks.drop_close_scans = 5.0 if on else 0.0
    now = [1000.0]
    client.plex.clock = lambda: now[0]

    for moment in (1000.0, 1000.1, 1006.0):
        now[0] = moment
        assert (await client.scan(movies, "/data/movies/Alpha (2001)")).status == 200

    assert len(client.plex.stats.scans) == (2 if on else 3)


@onoff
async def test_identical_waiting_scan_can_be_merged(client: Client, movies: FakeLibrary, on: bool) -> None:
    """An identical request that still waits may swallow the new one; a different one is kept."""
    client.plex.quirks.merge_waiting_scans = on
    client.plex.hold_scans()
    for path in ("/data/movies", "/data/movies", "/data/movies/Alpha (2001)"):
        await client.scan(movies, path, wait=False)
    client.plex.release_scans()
    await client.plex.wait_idle()

    assert len(client.plex.stats.scans) == (2 if on else 3)


@onoff
async def test_path_outside_can_cause_no_activity(
    client: Client, frames: Frames, movies: FakeLibrary, on: bool
) -> None:
    """A path outside may make no activity at all."""
    client.plex.quirks.silent_skips = on
    await client.scan(movies, "/elsewhere")
    await client.plex.send_notification({"type": "playing", "size": 0})
    await frames.until("playing")

    assert frames.summary() == (
        ["playing"]
        if on
        else [
            "started library.update.section",
            "updated library.update.section with context",
            "ended library.update.section with context",
            "Library scan complete",
            "timeline providers 5",
            "playing",
        ]
    )


@onoff
async def test_location_within_another_can_be_confused(client: Client, tmp_path: Path, on: bool) -> None:
    """Where one location's path occurs in another's, the wrong root may be scanned."""
    for name in ("movies", "torrents"):
        samples.add_movie(tmp_path / name, f"{name.title()} (2001)")
    library = client.plex.add_library(
        "Movies", "movie", {"/movies": tmp_path / "movies", "/torrents/movies": tmp_path / "torrents"}
    )
    client.plex.quirks.substring_locations = on

    await client.scan(library, "/torrents/movies/Torrents (2001)")
    await client.scan(library, "/movies/Movies (2001)")

    assert [scan.outcome for scan in client.plex.stats.scans] == ["error" if on else "complete", "complete"]
    assert len(client.plex.items(library)) == (1 if on else 2)


@pytest.mark.parametrize(
    ("quirks", "missed"),
    [
        (Quirks(), set()),
        (Quirks(miss_new_nested_folders=True), {"/tv/New/Season 01", "/tv/Gamma/Season 02"}),
        (Quirks(miss_new_folders=True), {"/tv/New"}),
        (
            Quirks(miss_new_folders=True, miss_new_nested_folders=True),
            {"/tv/New", "/tv/New/Season 01", "/tv/Gamma/Season 02"},
        ),
    ],
)
@pytest.mark.parametrize("path", ["/tv/New/Season 01", "/tv/New", "/tv/Gamma/Season 02", "/tv/Gamma", "/tv"])
async def test_scan_of_a_new_folder_can_miss_it(
    client: Client, tmp_path: Path, quirks: Quirks, missed: set[str], path: str
) -> None:
    """A scan of just a new folder may miss it; one of a folder Plex knows something in, or of the root, does not."""
    samples.add_episode(tmp_path, "Gamma", 1, 1)
    library = client.plex.add_library("TV", "show", {"/tv": tmp_path})
    client.plex.seed()
    samples.add_episode(tmp_path, "New", 1, 1)
    samples.add_episode(tmp_path, "Gamma", 2, 1)
    client.plex.quirks.__dict__.update(quirks.__dict__)

    await client.scan(library, path)

    found = len(client.plex.items(library)) - 1
    assert found == (0 if path in missed else 2 if path == "/tv" else 1)
    assert client.plex.stats.scans[0].outcome == "complete"


@onoff
async def test_folder_with_an_unchanged_time_can_be_skipped(
    client: Client, movies: FakeLibrary, tmp_path: Path, on: bool
) -> None:
    """A file written over in place leaves its folder's time alone, and may be overlooked; `force` looks anyway."""
    client.plex.quirks.skip_unchanged_folders = on
    path = tmp_path / "movies" / "Alpha (2001)" / "Alpha (2001).mkv"
    path.write_bytes(samples.LARGE.read_bytes())
    part = client.plex.part("/data/movies/Alpha (2001)/Alpha (2001).mkv")
    assert part is not None

    await client.scan(movies, "/data/movies/Alpha (2001)")
    assert client.plex.stats.files_examined == (0 if on else 1)
    assert (part.size == samples.SMALL.stat().st_size) is on

    await client.ask("/library/sections/1/refresh", query={"path": "/data/movies/Alpha (2001)"}, force=1)
    await client.plex.wait_idle()
    assert part.size == samples.LARGE.stat().st_size

    samples.put(path.parent / "Alpha (2001) - 4K.mkv")
    await client.scan(movies, "/data/movies/Alpha (2001)")
    assert len(part.item.media) == 2


@onoff
async def test_doubled_separator_can_end_up_in_parts(client: Client, movies: FakeLibrary, on: bool) -> None:
    """A doubled separator in the request ends up in the parts ("Part rename detected"), until a proper scan."""
    client.plex.quirks.doubled_separators_rename = on

    await client.scan(movies, "/data/movies//Alpha (2001)")
    reply = await client.listing(movies, type=1, file="Alpha")
    slashes = "//" if on else "/"
    assert reply.files == [f"/data/movies{slashes}Alpha (2001)/Alpha (2001).mkv"]

    await client.scan(movies, "/data/movies/Alpha (2001)")
    reply = await client.listing(movies, type=1, file="Alpha")
    assert reply.files == ["/data/movies/Alpha (2001)/Alpha (2001).mkv"]


@onoff
async def test_cancelling_can_have_no_effect(client: Client, movies: FakeLibrary, on: bool) -> None:
    """Cancelling may answer plausibly and stop nothing."""
    client.plex.quirks.cancel_does_nothing = on
    client.plex.hold_scans()
    await client.scan(movies, wait=False)

    assert (await client.ask("/library/sections/1/refresh", "DELETE")).status == 200
    client.plex.release_scans()
    await client.plex.wait_idle()

    assert len(client.plex.stats.scans) == (1 if on else 0)


@onoff
async def test_new_items_can_be_hidden_until_settled(
    client: Client, movies: FakeLibrary, tmp_path: Path, on: bool
) -> None:
    """New rows may be in no lookup until they are settled, though the scan is long over."""
    client.plex.quirks.items_appear_late = on
    client.plex.hold_settling()
    samples.add_movie(tmp_path / "movies", "Gamma (2003)")
    await client.scan(movies, wait=False)
    await client.plex.wait_scans_done()

    assert len((await client.listing(movies, type=1, file="Gamma")).files) == (0 if on else 1)
    assert len((await client.listing(movies, type=1)).files) == (2 if on else 3)
    client.plex.release_settling()
    await client.plex.wait_idle()
    assert len((await client.listing(movies, type=1, file="Gamma")).files) == 1


@onoff
async def test_initial_state_is_settled(fake_plex: FakePlex, client: Client, tmp_path: Path, on: bool) -> None:
    """The initial state is settled, whatever the quirk says."""
    fake_plex.quirks.items_appear_late = on
    samples.add_episode(tmp_path, "Show", 1, 1)
    library = fake_plex.add_library("TV", "show", {"/tv": tmp_path})
    fake_plex.seed()

    assert [len((await client.listing(library, type=number)).xml) for number in (2, 3, 4)] == [1, 1, 1]


@onoff
async def test_replaced_file_can_keep_its_old_analysis(
    client: Client, movies: FakeLibrary, tmp_path: Path, on: bool
) -> None:
    """The stream data of a replaced file stay old, or are read again automatically."""
    client.plex.quirks.stale_analysis_after_replace = on
    path = tmp_path / "movies" / "Alpha (2001)" / "Alpha (2001).mkv"
    path.write_bytes(samples.LARGE.read_bytes())

    await client.scan(movies)

    assert client.plex.items(movies)[0].duration == (2046 if on else 3546)


@onoff
async def test_replaced_file_can_change_updated_at(
    client: Client, movies: FakeLibrary, tmp_path: Path, on: bool
) -> None:
    """A replaced file may move the item's updatedAt, or not."""
    client.plex.quirks.item_updated_on_replace = on
    item = client.plex.items(movies)[0]
    item.updated_at = 1
    (tmp_path / "movies" / "Alpha (2001)" / "Alpha (2001).mkv").write_bytes(samples.LARGE.read_bytes())

    await client.scan(movies)

    assert (item.updated_at > 1) is on


@onoff
@pytest.mark.parametrize("address", ["/library/sections/1/analyze", "/library/metadata/1/analyze"])
async def test_analysis_during_a_scan_can_crash_the_server(
    client: Client, movies: FakeLibrary, address: str, on: bool
) -> None:
    """Analysing a section that is being scanned may bring the server down; its queue is lost then."""
    plex = client.plex
    plex.quirks.analyze_while_scanning_crashes = on
    plex.hold_walking()
    for _ in range(2):
        await client.scan(movies, wait=False)
    await plex.wait_scan_started()

    if on:
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.ask(address, "PUT")
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.ask("/identity")
        await plex.restart()
        assert (await client.ask("/identity")).status == 200
    else:
        assert (await client.ask(address, "PUT")).status == 200
    plex.release_walking()
    await plex.wait_idle()
    assert [scan.outcome for scan in plex.stats.scans] == (["cancelled"] if on else ["complete"] * 2)


@onoff
async def test_part_key_can_lack_the_file_time(client: Client, movies: FakeLibrary, on: bool) -> None:
    """Very old servers have no stamp in the part's key."""
    client.plex.quirks.part_stamps = on

    part = (await client.listing(movies, type=1)).xml.find(".//Part")
    assert part is not None
    stamp = client.plex.items(movies)[0].parts[0].stamp
    assert part.get("key") == (f"/library/parts/1/{stamp}/file.mkv" if on else "/library/parts/1/file.mkv")


@onoff
async def test_file_filter_can_ignore_case(client: Client, movies: FakeLibrary, tmp_path: Path, on: bool) -> None:
    """The filter ignores the case of ASCII letters, new files and all operators included."""
    client.plex.quirks.file_filter_ignores_case = on
    samples.add_movie(tmp_path / "movies", "Éric (2003)")
    await client.scan(movies)

    async def found(**query: str) -> int:
        return len((await client.ask("/library/sections/1/all", query={"type": 1, **query})).files)

    for query in ({"file": "alpha (2001).MKV"}, {"file": "ÉRIC"}, {"file>": ".MKV"}, {"file=": "/Data/movies/x"}):
        everything = {"file>": 3, "file=": 0}.get(next(iter(query)), 1)
        assert await found(**query) == (everything if on else 0), query
    assert await found(file="éric") == 0
    assert await found(file="Éric") == 1


@onoff
async def test_paths_can_be_decomposed_unicode(client: Client, tmp_path: Path, on: bool) -> None:
    """Parts may be spelled in decomposed Unicode; the filter compares bytes."""
    client.plex.quirks.nfd_paths = on
    title = unicodedata.normalize("NFC", "Amélie (2001)")
    samples.add_movie(tmp_path, title)
    library = client.plex.add_library("Movies", "movie", {"/m": tmp_path})

    await client.scan(library, f"/m/{title}")
    composed = await client.listing(library, type=1, file=title)
    decomposed = await client.listing(library, type=1, file=unicodedata.normalize("NFD", title))

    assert (len(composed.files), len(decomposed.files)) == ((0, 1) if on else (1, 0))
    ascii_only = await client.listing(library, type=1, file="lie (2001).mkv")
    assert unicodedata.normalize("NFC", ascii_only.files[0]) == f"/m/{title}/{title}.mkv"
    await client.scan(library, unicodedata.normalize("NFD", f"/m/{title}"))
    assert client.plex.stats.scans[-1].outcome == ("complete" if on else "nonexistent")


@onoff
@pytest.mark.parametrize(
    ("location", "prefixed"), [("D:\\TV", "\\\\?\\D:\\TV\\"), ("\\\\nas\\tv", "\\\\?\\UNC\\nas\\tv\\")]
)
async def test_long_windows_path_has_a_prefix(
    client: Client, tmp_path: Path, location: str, prefixed: str, on: bool
) -> None:
    """A Windows server prefixes long paths."""
    client.plex.quirks.long_path_prefix = on
    show = "S" * 100
    samples.add_episode(tmp_path, show, 1, 1)
    samples.put(tmp_path / show / "Season 01" / f"{show} - S01E02 - {'x' * 100}.mkv")
    library = client.plex.add_library("TV", "show", {location: tmp_path})

    await client.scan(library, f"{location}\\{show}")

    short, long = sorted((await client.listing(library, type=4)).files, key=len)
    assert short == f"{location}\\{show}\\Season 01\\{show} - S01E01.mkv"
    assert long.startswith(prefixed if on else f"{location}\\")


@onoff
async def test_butler_activity_can_be_missing(on: bool, socket_enabled: None) -> None:
    """The butler never ends, or is not there."""
    plex = FakePlex(quirks=Quirks(butler=on))
    await plex.start()
    assert [activity.type for activity in plex.activities.running.values()] == (["butler"] if on else [])
    await plex.stop()


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


@pytest.mark.parametrize(
    ("subtitle", "shown"),
    [
        ("name", ["movies", "Alpha (2001)", "Beta (2002)"]),
        ("path", ["/data/movies", "/data/movies/Alpha (2001)", "/data/movies/Beta (2002)"]),
        ("none", [""] * 3),
    ],
)
async def test_activity_subtitle_is_the_folder_being_read(
    client: Client,
    movies: FakeLibrary,
    monkeypatch: pytest.MonkeyPatch,
    subtitle: Literal["name", "path", "none"],
    shown: list[str],
) -> None:
    """The subtitle is the folder that is being read."""
    plex = client.plex
    plex.quirks.subtitle = subtitle
    seen: list[str] = []

    async def look(_seconds: float) -> None:
        seen.extend(a.subtitle for a in plex.activities.running.values() if a.type == "library.update.section")

    monkeypatch.setattr("tests.fake_plex.scanning.pause", look)
    await client.scan(movies)

    assert seen == ["", "", *shown, shown[-1]]


@pytest.mark.parametrize("path", ["/data/movies/Alpha (2001)/Alpha (2001).mkv", "/data/movies/Nobody", "/elsewhere"])
async def test_scan_of_an_invalid_path_ends_immediately(
    client: Client, frames: Frames, movies: FakeLibrary, path: str
) -> None:
    """A file path, and one that leads nowhere, make an activity that ends at once, however long scans take."""
    plex = client.plex
    plex.timings.scan_start = plex.timings.scan_end = 3600
    plex.quirks.silent_skips = path.endswith(".mkv")  # which concerns only what is in no section
    plex.hold_walking()

    await client.scan(movies, path)
    await frames.until("status")

    assert plex.stats.scans[0].folders == []
    assert frames.summary()[0] == "started library.update.section"
    assert frames.summary()[-2:] == ["ended library.update.section with context", "Library scan complete"]


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


@pytest.mark.parametrize(("methods", "statuses"), [("both", (200, 200)), ("get", (200, 404)), ("post", (404, 200))])
async def test_old_servers_accept_one_refresh_method(
    client: Client, movies: FakeLibrary, methods: Literal["both", "get", "post"], statuses: tuple[int, int]
) -> None:
    """Old servers only accept GET; if a server only accepts POST, the section is still listed."""
    client.plex.quirks.refresh_methods = methods
    address = "/library/sections/1/refresh"

    for method, status in zip(("GET", "POST"), statuses, strict=True):
        assert (await client.ask(address, method, path="/data/movies/Alpha (2001)")).status == status
    assert (await client.ask(address, "DELETE")).status == 200
    assert (await client.ask("/library/sections")).xml.get("size") == "1"


@onoff
async def test_check_files_can_refresh_the_item(client: Client, movies: FakeLibrary, tmp_path: Path, on: bool) -> None:
    """`checkFiles=1` alone refreshes the item at once; with `skipRefresh=1`, or the narrower check, nothing does."""
    client.plex.quirks.check_files_refreshes = on
    item = client.plex.items(movies)[0]
    item.updated_at = 1
    samples.put(tmp_path / "movies" / "Alpha (2001)" / "Alpha (2001).en.srt", samples.PHOTO)

    for query in ({"checkFiles": 1, "skipRefresh": 1}, {"checkFileAvailability": 1}):
        part = (await client.ask("/library/metadata/1", query=query)).xml.find(".//Part")
        assert part is not None
        assert (part.get("accessible"), part.get("exists")) == ("1", "1")
        assert item.updated_at == 1
    part = (await client.ask("/library/metadata/1", query={"checkFiles": 1})).xml.find(".//Part")
    assert part is not None
    assert part.get("exists") == "1"
    assert (item.updated_at > 1) is on
    assert any(stream.get("file") for stream in part) is on


async def test_only_item_metadata_checks_files(client: Client, movies: FakeLibrary) -> None:
    """Only the metadata of an item knows whether its files are there."""
    part = (await client.listing(movies, type=1, checkFiles=1)).xml.find(".//Part")
    assert part is not None
    assert "exists" not in part.attrib


@onoff
@pytest.mark.parametrize("address", ["/library/sections/1/all", "/library/recentlyAdded"])
async def test_total_size_can_be_missing(client: Client, movies: FakeLibrary, address: str, on: bool) -> None:
    """Some responses lack totalSize; then a page only contains its own size."""
    client.plex.quirks.total_size = on
    headers = {"X-Plex-Container-Start": "0", "X-Plex-Container-Size": "1"}

    reply = await client.ask(address, headers=headers)

    assert (reply.xml.get("size"), reply.xml.get("totalSize")) == ("1", "2" if on else None)
    assert ("X-Plex-Container-Total-Size" in reply.headers) is on


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


async def test_windows_library_uses_backslashes(client: Client, tmp_path: Path) -> None:
    """A Windows library returns backslashes and accepts any case and either slash."""
    samples.add_movie(tmp_path / "d", "Zoolander (2001)")
    samples.add_movie(tmp_path / "nas", "Alien (1979)")
    library = client.plex.add_library(
        "Movies", "movie", {"D:\\Movies": tmp_path / "d", "\\\\nas\\4K": tmp_path / "nas"}
    )

    for path in ("d:/movies/ZOOLANDER (2001)", "\\\\NAS\\4k\\Alien (1979)\\"):
        await client.scan(library, path)

    assert (await client.listing(library, type=1)).files == [
        "\\\\nas\\4K\\Alien (1979)\\Alien (1979).mkv",
        "D:\\Movies\\Zoolander (2001)\\Zoolander (2001).mkv",
    ]
    assert [scan.outcome for scan in client.plex.stats.scans] == ["complete", "complete"]
    assert [row.get("path") for row in (await client.ask("/library/sections")).xml[0]] == ["D:\\Movies", "\\\\nas\\4K"]
    assert [row.get("path") for row in (await client.ask("/services/browse", includeFiles=1)).xml] == [
        "D:\\",
        "\\\\nas",
    ]


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
