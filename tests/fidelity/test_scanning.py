"""What scans find, keep, trash and delete, on a real disk."""

import os
from pathlib import Path

import pytest

from tests.fake_plex import FakeLibrary, FakePlex, ScanRecord, samples
from tests.fidelity.client import Client


def replace(path: Path, sample: Path, mtime: int) -> None:
    """Write other content over a file and set its time."""
    path.write_bytes(sample.read_bytes())
    os.utime(path, (mtime, mtime))


async def test_new_file_becomes_an_analyzed_item(client: Client, shows: FakeLibrary, tmp_path: Path) -> None:
    """A new file becomes an item that is added now, has the file's time and is analyzed automatically."""
    path = samples.add_episode(tmp_path / "tv", "Gamma", 1, 4, sample=samples.LARGE)
    os.utime(path, (1_700_000_000, 1_700_000_000))

    await client.scan(shows, "/data/tv/Gamma/Season 01")

    reply = await client.listing(shows, type=4, file="S01E04")
    (episode,) = reply.xml
    media, part = episode[0].attrib, episode[0][0].attrib
    assert part["file"] == "/data/tv/Gamma/Season 01/Gamma - S01E04.mkv"
    assert part["size"] == str(path.stat().st_size)
    assert part["key"] == f"/library/parts/{part['id']}/1700000000/file.mkv"
    assert episode.attrib["addedAt"] == episode.attrib["updatedAt"]
    assert int(episode.attrib["addedAt"]) > 1_700_000_000
    assert (media["duration"], media["width"], media["videoResolution"]) == ("3546", "1920", "1080")
    assert int(media["bitrate"]) > 0


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


async def test_replaced_file_has_a_new_size_and_time(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """A replaced file gets size and stamp; addedAt stays; stream data stay old until analysed."""
    path = tmp_path / "movies" / "Alpha (2001)" / "Alpha (2001).mkv"
    (item,) = [item for item in client.plex.items(movies) if item.title == "Alpha"]
    before = (item.added_at, item.updated_at, item.rating_key)
    replace(path, samples.LARGE, 1_600_000_000)

    await client.scan(movies, "/data/movies/Alpha (2001)")

    (part,) = item.parts
    assert (part.size, part.stamp) == (samples.LARGE.stat().st_size, 1_600_000_000)
    assert (item.added_at, item.updated_at, item.rating_key) == before
    assert (part.facts.width, part.facts.duration) == (640, 2046)

    await client.ask(f"/library/metadata/{item.rating_key}/analyze", "PUT")
    await client.plex.wait_idle()

    assert (part.facts.width, part.facts.duration) == (1920, 3546)


async def test_touched_file_has_a_new_time(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """A file of the same size with another time gets another stamp."""
    path = tmp_path / "movies" / "Alpha (2001)" / "Alpha (2001).mkv"
    os.utime(path, (1_650_000_000, 1_650_000_000))

    await client.scan(movies, "/data/movies/Alpha (2001)")

    part = client.plex.part("/data/movies/Alpha (2001)/Alpha (2001).mkv")
    assert part is not None
    assert part.stamp == 1_650_000_000


@pytest.mark.parametrize("empties_trash", [True, False])
async def test_deleted_file_is_removed_or_trashed(
    client: Client, movies: FakeLibrary, tmp_path: Path, empties_trash: bool
) -> None:
    """A deleted file is removed after the scan, or remains listed in the trash."""
    client.plex.prefs["autoEmptyTrash"] = empties_trash
    (tmp_path / "movies" / "Alpha (2001)" / "Alpha (2001).mkv").unlink()

    await client.scan(movies, "/data/movies/Alpha (2001)")

    rows = list((await client.listing(movies, type=1, file="Alpha")).xml)
    if empties_trash:
        assert rows == []
    else:
        (row,) = rows
        assert int(row.attrib["deletedAt"]) > 0
        assert "deletedAt" in row[0].attrib
        assert "deletedAt" in row[0][0].attrib


async def test_restored_file_leaves_the_trash(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """A file that returns leaves the trash, as the item it was."""
    client.plex.prefs["autoEmptyTrash"] = False
    path = tmp_path / "movies" / "Alpha (2001)" / "Alpha (2001).mkv"
    item = client.plex.items(movies)[0]
    content = path.read_bytes()
    path.unlink()
    await client.scan(movies, "/data/movies/Alpha (2001)")
    assert [part.deleted_at is not None for part in item.parts] == [True]
    path.write_bytes(content)

    await client.scan(movies, "/data/movies/Alpha (2001)")

    assert item.deleted_at is None
    assert [part.deleted_at for part in item.parts] == [None]
    assert client.plex.items(movies)[0] is item


async def test_emptying_the_trash_removes_its_items(client: Client, shows: FakeLibrary, tmp_path: Path) -> None:
    """Emptying the trash removes what is marked, and rows that have nothing left."""
    client.plex.prefs["autoEmptyTrash"] = False
    season = tmp_path / "tv" / "Gamma" / "Season 01"
    for file in season.iterdir():
        file.unlink()
    await client.scan(shows, "/data/tv/Gamma/Season 01")
    assert all(item.deleted_at for kind in ("show", "season", "episode") for item in client.plex.items(shows, kind))

    reply = await client.ask("/library/sections/1/emptyTrash", "PUT")

    assert reply.status == 200
    assert [client.plex.items(shows, kind) for kind in ("show", "season", "episode")] == [[], [], []]


async def test_removed_folder_is_noticed_by_a_scan_of_its_parent(
    client: Client, shows: FakeLibrary, tmp_path: Path
) -> None:
    """A scan of a missing folder does nothing; a scan of its parent notices the missing folder."""
    season = tmp_path / "tv" / "Gamma" / "Season 01"
    for file in season.iterdir():
        file.unlink()
    season.rmdir()

    await client.scan(shows, "/data/tv/Gamma/Season 01")
    assert len(client.plex.items(shows)) == 3
    assert client.plex.stats.scans[-1].outcome == "nonexistent"

    await client.scan(shows, "/data/tv/Gamma")
    assert client.plex.items(shows) == []
    assert client.plex.items(shows, "show") == []


async def test_deletion_stays_within_the_scanned_folder(client: Client, shows: FakeLibrary, tmp_path: Path) -> None:
    """A scan of one season says nothing about another."""
    samples.add_episode(tmp_path / "tv", "Gamma", 2, 1)
    client.plex.seed()
    (tmp_path / "tv" / "Gamma" / "Season 01" / "Gamma - S01E01.mkv").unlink()
    (tmp_path / "tv" / "Gamma" / "Season 02" / "Gamma - S02E01.mkv").unlink()

    await client.scan(shows, "/data/tv/Gamma/Season 02")

    assert client.plex.part("/data/tv/Gamma/Season 01/Gamma - S01E01.mkv") is not None
    assert client.plex.part("/data/tv/Gamma/Season 02/Gamma - S02E01.mkv") is None


async def test_missing_location_deletes_nothing(client: Client, tmp_path: Path) -> None:
    """With a missing location, a scan of the library is incomplete: it adds items but deletes none."""
    one, two = tmp_path / "one", tmp_path / "two"
    samples.add_movie(one, "Alpha (2001)")
    samples.add_movie(two, "Beta (2002)")
    library = client.plex.add_library("Movies", "movie", {"/one": one, "/two": two})
    client.plex.seed()
    two.rename(tmp_path / "unmounted")
    (one / "Alpha (2001)" / "Alpha (2001).mkv").unlink()
    samples.add_movie(one, "Gamma (2003)")

    await client.scan(library)

    assert sorted(item.title for item in client.plex.items(library)) == ["Alpha", "Beta", "Gamma"]
    assert client.plex.stats.scans[-1].outcome == "incomplete"


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


async def test_ignored_files_are_not_items(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """Hidden files, .plexignore, samples and extras are ignored."""
    folder = tmp_path / "movies" / "Gamma (2003)"
    samples.add_movie(tmp_path / "movies", "Gamma (2003)")
    for name in (".hidden.mkv", "Gamma (2003)-trailer.mkv", "sample.mkv", "gamma.sample.mkv", "unwanted.mkv"):
        samples.put(folder / name)
    for name in ("Featurettes", "Extras", ".trickplay", "unwanted"):
        samples.put(folder / name / "Bonus (1999).mkv")
    (folder / ".plexignore").write_text("# ours\nunwanted*\n")

    await client.scan(movies, "/data/movies")

    assert sorted(item.title for item in client.plex.items(movies)) == ["Alpha", "Beta", "Gamma"]
    assert len((await client.listing(movies, type=1, file="Gamma (2003)")).files) == 1


async def test_newly_ignored_file_is_removed(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """A file that a new .plexignore covers counts as gone."""
    (tmp_path / "movies" / ".plexignore").write_text("Beta (2002)\n")

    await client.scan(movies)

    assert [item.title for item in client.plex.items(movies)] == ["Alpha"]


async def test_damaged_file_is_an_item_without_duration(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """A damaged file is an item with its size, without duration and streams."""
    samples.add_movie(tmp_path / "movies", "Broken (2004)", sample=samples.DAMAGED)

    await client.scan(movies, "/data/movies/Broken (2004)")

    (row,) = (await client.listing(movies, type=1, file="Broken")).xml
    assert "duration" not in row.attrib
    assert not {"duration", "bitrate", "videoCodec"} & set(row[0].attrib)
    assert row[0][0].attrib["size"] == "220"
    details = (await client.ask(f"/library/metadata/{row.attrib['ratingKey']}")).xml
    assert list(details.iter("Stream")) == []


async def test_upgraded_movie_keeps_its_item(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """A movie whose file got another name keeps its item and addedAt."""
    item = client.plex.items(movies)[0]
    folder = tmp_path / "movies" / "Alpha (2001)"
    (folder / "Alpha (2001).mkv").unlink()
    samples.put(folder / "Alpha (2001) - 2160p.mkv", samples.LARGE)

    await client.scan(movies, "/data/movies/Alpha (2001)")

    assert client.plex.items(movies)[0] is item
    assert [part.file for part in item.parts] == ["/data/movies/Alpha (2001)/Alpha (2001) - 2160p.mkv"]


async def test_folder_in_two_libraries_has_separate_items(client: Client, tmp_path: Path) -> None:
    """Each library has its own rows."""
    samples.add_movie(tmp_path / "m", "Alpha (2001)")
    one = client.plex.add_library("One", "movie", {"/m": tmp_path / "m"})
    two = client.plex.add_library("Two", "movie", {"/m": tmp_path / "m"})

    await client.scan(one, "/m/Alpha (2001)")

    assert (len(client.plex.items(one)), len(client.plex.items(two))) == (1, 0)
    assert len(client.plex.parts("/m/Alpha (2001)/Alpha (2001).mkv")) == 1


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


async def test_unreadable_folder_makes_the_scan_incomplete(
    client: Client, movies: FakeLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files in an unreadable folder are not removed."""
    scandir = os.scandir

    def refusing(path: Path) -> os._ScandirIterator[str]:
        if "Beta" in str(path):
            raise PermissionError(path)
        return scandir(str(path))

    monkeypatch.setattr("tests.fake_plex.walker.os.scandir", refusing)
    (tmp_path / "movies" / "Alpha (2001)" / "Alpha (2001).mkv").unlink()

    await client.scan(movies)

    assert client.plex.stats.scans[0].outcome == "incomplete"
    assert [item.title for item in client.plex.items(movies)] == ["Alpha", "Beta"]


async def test_broken_link_is_not_a_file(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """A link without a target is not a file; a link to a file is."""
    folder = tmp_path / "movies" / "Alpha (2001)"
    (folder / "Alpha (2001) - 4K.mkv").symlink_to(tmp_path / "nowhere.mkv")
    (folder / "Alpha (2001) - 720p.mkv").symlink_to(samples.CLIP)

    await client.scan(movies, "/data/movies/Alpha (2001)")

    reply = await client.listing(movies, type=1, file="Alpha")
    assert [file.rpartition("/")[2] for file in reply.files] == ["Alpha (2001).mkv", "Alpha (2001) - 720p.mkv"]


async def test_growing_file_has_the_size_of_its_last_scan(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """A file that is still being written is listed with its current size; the next scan updates it."""
    path = samples.add_movie(tmp_path / "movies", "Gamma (2003)", sample=samples.DAMAGED)
    await client.scan(movies, "/data/movies/Gamma (2003)")
    part = client.plex.part("/data/movies/Gamma (2003)/Gamma (2003).mkv")
    assert part is not None
    assert (part.size, part.facts.duration) == (220, None)
    path.write_bytes(samples.SMALL.read_bytes())

    await client.scan(movies, "/data/movies/Gamma (2003)")

    assert part.size == samples.SMALL.stat().st_size
