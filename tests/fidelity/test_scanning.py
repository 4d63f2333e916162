"""Scans of the fake Plex server: which folders they read, their order, and the times that they change."""

from pathlib import Path

import pytest

from tests.fake_plex import FakeLibrary, FakePlex, ScanRecord, samples
from tests.fidelity.client import Client


async def test_scan_of_a_folder_reads_it_only(client: Client, shows: FakeLibrary, tmp_path: Path) -> None:
    """A scan of one folder lists that folder and what is below it, nothing else."""
    samples.add_episode(tmp_path / "tv", "Gamma", 2, 1)
    samples.add_episode(tmp_path / "tv", "Delta", 1, 1)

    await client.scan(shows, "/data/tv/Gamma")

    assert client.plex.stats.scans == [ScanRecord(shows.id, "/data/tv/Gamma", 3, 4, "complete")]
    assert [item.title for item in client.plex.items(shows, "show")] == ["Gamma"]
    assert len(client.plex.items(shows)) == 4


async def test_initial_scan_is_not_counted(fake_plex: FakePlex, shows: FakeLibrary) -> None:
    """The initial state costs nothing in the statistics."""
    assert fake_plex.stats.scans == []
    assert len(fake_plex.items(shows)) == 3
    assert fake_plex.items(shows)[0].duration == 2046


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/elsewhere", "outside"),
        ("/data/movies2", "outside"),
        ("/data", "outside"),
        ("/data/movies/../secret", "outside"),
        ("/data/movies/Nobody (1999)", "nonexistent"),
        ("/data/movies/Alpha (2001)/Alpha (2001).mkv", "file"),
    ],
)
async def test_scan_of_an_invalid_path_reads_nothing(
    client: Client, movies: FakeLibrary, path: str, outcome: str
) -> None:
    """A path outside, one that does not exist and a file path list no folder at all."""
    (movies.locations[0].real / "Alpha (2001)" / "Alpha (2001).mkv").write_bytes(b"other")

    await client.scan(movies, path)

    assert client.plex.stats.scans == [ScanRecord(movies.id, path, 0, 0, outcome)]
    part = client.plex.part("/data/movies/Alpha (2001)/Alpha (2001).mkv")
    assert part is not None
    assert part.size == samples.SMALL.stat().st_size


async def test_trailing_slash_is_accepted(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """A folder can be scanned with a trailing slash."""
    samples.add_movie(tmp_path / "movies", "Gamma (2003)")

    await client.scan(movies, "/data/movies/Gamma (2003)/")

    assert client.plex.part("/data/movies/Gamma (2003)/Gamma (2003).mkv") is not None


async def test_scanned_at_changes_with_whole_scans_only(
    fake_plex: FakePlex, client: Client, movies: FakeLibrary
) -> None:
    """A path scan does not move scannedAt, a whole scan does."""
    movies.scanned_at = 1

    await client.scan(movies, "/data/movies/Alpha (2001)")
    assert movies.scanned_at == 1
    assert (await client.ask("/library/sections")).xml[0].get("scannedAt") == "1"

    await client.scan(movies)
    assert movies.scanned_at > 1


async def test_content_changed_at_changes_with_the_content(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """A scan that finds nothing new leaves the section as it was."""
    before = movies.content_changed_at
    await client.scan(movies)
    assert movies.content_changed_at == before

    samples.add_movie(tmp_path / "movies", "Gamma (2003)")
    await client.scan(movies)
    assert movies.content_changed_at == before + 1


async def test_section_all_scans_every_section(client: Client, movies: FakeLibrary, shows: FakeLibrary) -> None:
    """The id `all` means every section, one after the other."""
    reply = await client.ask("/library/sections/all/refresh")
    await client.plex.wait_idle()

    assert reply.status == 200
    assert [(scan.section, scan.path) for scan in client.plex.stats.scans] == [(1, None), (2, None)]


async def test_refresh_accepts_get_post_and_delete(client: Client, movies: FakeLibrary) -> None:
    """GET and POST scan, PUT is unknown, DELETE cancels what waits."""
    address = "/library/sections/1/refresh"
    client.plex.hold_scans()
    assert (await client.ask(address, "GET")).status == 200
    assert (await client.ask(address, "POST")).status == 200
    assert (await client.ask(address, "PUT")).status == 404
    assert len(client.plex.scanner.waiting) == 2
    assert (await client.ask(address, "DELETE")).status == 200
    client.plex.release_scans()
    await client.plex.wait_idle()

    assert client.plex.stats.scans == []


async def test_running_scan_can_be_cancelled(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """A cancelled scan ends without having looked any further."""
    samples.add_movie(tmp_path / "movies", "Gamma (2003)")
    client.plex.hold_walking()
    await client.scan(movies, wait=False)
    await client.plex.wait_scan_started()

    await client.ask("/library/sections/1/refresh", cancel=1)
    await client.plex.wait_idle()

    assert client.plex.stats.scans[0].outcome == "cancelled"
    assert len(client.plex.items(movies)) == 2


async def test_scans_run_one_at_a_time_in_order(client: Client, movies: FakeLibrary, shows: FakeLibrary) -> None:
    """Scans of all sections share one worker and keep their order; the same one twice runs twice."""
    client.plex.hold_scans()
    for library, path in ((shows, "/data/tv/Gamma"), (movies, None), (shows, "/data/tv/Gamma")):
        await client.scan(library, path, wait=False)
    assert client.plex.stats.scans == []
    client.plex.release_scans()
    await client.plex.wait_idle()

    assert [scan.section for scan in client.plex.stats.scans] == [shows.id, movies.id, shows.id]


async def test_libraries_can_be_added_and_removed(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """Libraries and locations can be added and removed while the server runs."""
    samples.add_movie(tmp_path / "more", "Gamma (2003)")
    client.plex.add_location(movies, "/data/more", tmp_path / "more")
    await client.scan(movies, "/data/more")
    assert len(client.plex.items(movies)) == 3

    client.plex.remove_location(movies, "/data/more")
    assert [location.path for location in movies.locations] == ["/data/movies"]
    assert len(client.plex.items(movies)) == 2

    client.plex.remove_library(movies)
    assert (await client.listing(movies)).status == 404
    assert (await client.ask("/library/sections")).xml.get("size") == "0"


async def test_scan_of_an_ignored_folder_finds_nothing(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """A scan of an ignored folder finds nothing, wherever the rule is defined."""
    root = tmp_path / "movies"
    for name in ("Alpha (2001)/Extras", "Private", ".stversions"):
        samples.put(root / name / "Secret (1999).mkv")
    (root / ".plexignore").write_text("Private\n")

    for name in ("Alpha (2001)/Extras", "Private", ".stversions"):
        await client.scan(movies, f"/data/movies/{name}")

    assert [(scan.folders_listed, scan.outcome) for scan in client.plex.stats.scans] == [(0, "complete")] * 3
    assert len(client.plex.items(movies)) == 2
