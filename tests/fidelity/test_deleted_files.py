"""Files and folders deleted from a real disk: what scans keep, move to the trash and remove."""

import os
from pathlib import Path

import pytest

from tests.fake_plex import FakeLibrary, samples
from tests.fidelity.client import Client


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
