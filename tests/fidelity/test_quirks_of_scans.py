"""Quirks of scans, off and on: lost, merged and skipped ones, the queue, and the requests that start them."""

from pathlib import Path
from typing import Literal

import pytest

from tests.fake_plex import FakeLibrary, FakePlex, Quirks, samples
from tests.fidelity.client import Client, Frames

from .client import onoff


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
async def test_butler_activity_can_be_missing(on: bool, socket_enabled: None) -> None:
    """The butler never ends, or is not there."""
    plex = FakePlex(quirks=Quirks(butler=on))
    await plex.start()
    assert [activity.type for activity in plex.activities.running.values()] == (["butler"] if on else [])
    await plex.stop()


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
