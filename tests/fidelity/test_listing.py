"""Plex lists a file some time after the scan has read it, often after the end of the scan."""

import asyncio
from pathlib import Path
import time

import pytest

from tests.fake_plex import FakeLibrary, samples
from tests.fidelity.client import Client
from tests.fidelity.test_control import control

GAMMA = "/data/movies/Gamma (2003)/Gamma (2003).mkv"
ALPHA = "/data/movies/Alpha (2001)/Alpha (2001).mkv"


async def test_new_file_is_listed_late(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """The scan has ended and everything is settled, but look-ups do not show the file until later."""
    plex = client.plex
    samples.add_movie(tmp_path / "movies", "Gamma (2003)")
    plex.hold_listing()
    await client.scan(movies, "/data/movies/Gamma (2003)", wait=False)
    await plex.wait_scans_done()
    await plex.watch.until(lambda: plex.settler.idle)
    (key,) = {item.rating_key for item in plex.items(movies)} - {1, 2}

    assert (await client.listing(movies, type=1, file="Gamma")).files == []
    assert (await client.listing(movies, type=1)).xml.get("size") == "2"
    assert (await client.ask(f"/library/metadata/{key}")).status == 404
    assert (await client.ask("/library/sections/1/recentlyAdded")).xml.get("size") == "2"
    assert len((await client.ask("/activities")).xml) == 1  # the butler
    assert plex.listed_at(GAMMA) is None

    plex.release_listing()
    await plex.wait_listed(GAMMA)

    assert (await client.listing(movies, type=1, file="Gamma")).files == [GAMMA]
    assert (await client.ask(f"/library/metadata/{key}")).status == 200


async def test_listing_delay_starts_when_the_folder_is_read(
    client: Client, movies: FakeLibrary, tmp_path: Path
) -> None:
    """The delay counts from reading the folder; the moment of the first listing is recorded."""
    plex = client.plex
    plex.quirks.listing_delay = 0.05
    path = samples.add_movie(tmp_path / "movies", "Gamma (2003)")

    plex.hold_listing()
    await client.scan(movies, "/data/movies/Gamma (2003)", wait=False)
    await plex.wait_scans_done()
    plex.release_listing()
    at = await plex.wait_listed(GAMMA, path.stat().st_size)
    await plex.wait_idle()

    (scan,) = plex.stats.scans
    assert scan.began is not None
    assert scan.ended is not None
    assert scan.began + 0.05 <= at <= time.monotonic()
    assert scan.ended < at
    (record,) = plex.stats.listings
    assert (record.section, record.path, record.size, record.at) == (movies.id, GAMMA, path.stat().st_size, at)


async def test_file_is_listed_immediately_by_default(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """By default a file is listed while its folder is read; the initial state is not recorded."""
    samples.add_movie(tmp_path / "movies", "Gamma (2003)")

    await client.scan(movies, "/data/movies/Gamma (2003)")

    (scan,) = client.plex.stats.scans
    at = client.plex.listed_at(GAMMA)
    assert scan.began is not None
    assert scan.ended is not None
    assert at is not None
    assert scan.began <= at <= scan.ended
    assert client.plex.listed_at(ALPHA) is None
    assert client.plex.listed_at(GAMMA, size=1) is None


async def test_replaced_file_is_listed_late(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """Until then, look-ups show the old size and time."""
    plex = client.plex
    samples.put(tmp_path / "movies" / "Alpha (2001)" / "Alpha (2001).mkv", samples.LARGE)
    plex.hold_listing()
    await client.scan(movies, "/data/movies/Alpha (2001)", wait=False)
    await client.scan(movies, "/data/movies/Alpha (2001)", wait=False)
    await plex.wait_scans_done(2)

    async def size() -> str | None:
        part = (await client.listing(movies, type=1, file="Alpha")).xml.find(".//Part")
        assert part is not None
        return part.get("size")

    assert await size() == str(samples.SMALL.stat().st_size)
    plex.release_listing()
    await plex.wait_idle()
    assert await size() == str(samples.LARGE.stat().st_size)
    assert [record.size for record in plex.stats.listings] == [samples.LARGE.stat().st_size]


async def test_second_version_is_listed_late(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """An item that is listed shows its new version late too."""
    plex = client.plex
    samples.add_movie(tmp_path / "movies", "Alpha (2001)", suffix=" - 4K", sample=samples.LARGE)
    plex.hold_listing()
    await client.scan(movies, "/data/movies/Alpha (2001)", wait=False)
    await plex.wait_scans_done()

    assert (await client.listing(movies, type=1, file="Alpha")).files == [ALPHA]
    assert (await client.listing(movies, type=1, file="4K")).files == []
    assert len((await client.ask("/library/metadata/1")).files) == 1

    plex.release_listing()
    await plex.wait_idle()
    assert len((await client.listing(movies, type=1, file="4K")).files) == 2


async def test_restored_file_stays_in_the_trash_until_listed(
    client: Client, movies: FakeLibrary, tmp_path: Path
) -> None:
    """It stays marked as deleted until it is listed again, even if the trash is emptied in the meantime."""
    plex = client.plex
    plex.prefs["autoEmptyTrash"] = False
    path = tmp_path / "movies" / "Alpha (2001)" / "Alpha (2001).mkv"
    path.rename(tmp_path / "aside.mkv")
    await client.scan(movies, "/data/movies/Alpha (2001)")
    (tmp_path / "aside.mkv").rename(path)
    plex.prefs["autoEmptyTrash"] = True
    plex.hold_listing()
    for folder in ("Alpha (2001)", "Beta (2002)"):
        await client.scan(movies, f"/data/movies/{folder}", wait=False)
    await plex.wait_scans_done(3)

    (row,) = (await client.listing(movies, type=1, file="Alpha")).xml
    assert "deletedAt" in row.attrib
    plex.release_listing()
    await plex.wait_idle()
    (row,) = (await client.listing(movies, type=1, file="Alpha")).xml
    assert "deletedAt" not in row.attrib


@pytest.mark.parametrize("replaced", [False, True])
async def test_file_deleted_before_its_listing_is_never_listed(
    client: Client, movies: FakeLibrary, tmp_path: Path, replaced: bool
) -> None:
    """A file that is missing in the next scan is never listed."""
    plex = client.plex
    if replaced:
        path = samples.put(tmp_path / "movies" / "Alpha (2001)" / "Alpha (2001).mkv", samples.LARGE)
    else:
        path = samples.add_movie(tmp_path / "movies", "Gamma (2003)")
    plex.hold_listing()
    await client.scan(movies, wait=False)
    await plex.wait_scans_done()
    path.unlink()
    await client.scan(movies, wait=False)
    await plex.wait_scans_done(2)
    plex.release_listing()
    await plex.wait_idle()

    assert (await client.listing(movies, type=1, file=path.name)).files == []
    assert plex.stats.listings == []


async def test_episodes_of_a_folder_are_listed_together(client: Client, shows: FakeLibrary, tmp_path: Path) -> None:
    """All episodes of a folder come at the same moment, with their season and show."""
    plex = client.plex
    for episode in range(1, 9):
        samples.add_episode(tmp_path / "tv", "Delta", 1, episode)
    plex.hold_listing()
    await client.scan(shows, "/data/tv/Delta", wait=False)
    await plex.wait_scans_done()
    sizes = [(await client.listing(shows, type=number)).xml.get("size") for number in (2, 3, 4)]
    assert sizes == ["1", "1", "3"]
    plex.release_listing()
    await plex.wait_idle()

    sizes = [(await client.listing(shows, type=number)).xml.get("size") for number in (2, 3, 4)]
    assert sizes == ["2", "2", "11"]


async def test_hidden_item_is_listed_when_it_settles(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """A row that is hidden until it settles is recorded as listed then."""
    plex = client.plex
    plex.quirks.items_appear_late = True
    samples.add_movie(tmp_path / "movies", "Gamma (2003)")
    plex.hold_settling()
    await client.scan(movies, wait=False)
    await plex.wait_scans_done()
    assert plex.listed_at(GAMMA) is None
    plex.release_settling()
    await plex.wait_listed(GAMMA)
    assert len(plex.stats.listings) == 1


async def test_found_files_are_listed_after_a_restart(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """What a scan found is in the database, which survives a restart."""
    plex = client.plex
    samples.add_movie(tmp_path / "movies", "Gamma (2003)")
    plex.hold_listing()
    await client.scan(movies, wait=False)
    await plex.wait_scans_done()

    await plex.restart()

    assert (await client.listing(movies, type=1, file="Gamma")).files == [GAMMA]


async def test_listing_can_be_waited_for_from_another_process(
    client: Client, movies: FakeLibrary, tmp_path: Path
) -> None:
    """Another process waits for the listing and learns its moment; stats name all of them."""
    samples.add_movie(tmp_path / "movies", "Gamma (2003)")
    await control(client, "hold", "POST", {"gate": "listing"})
    waiting = asyncio.create_task(control(client, "listed", "POST", {"path": GAMMA}))
    await client.scan(movies, wait=False)
    await client.plex.wait_scans_done()
    assert not waiting.done()
    await control(client, "hold", "DELETE", {"gate": "listing"})

    at = (await waiting)["at"]
    (record,) = (await control(client, "stats"))["listings"]
    assert record == {"section": 1, "path": GAMMA, "size": samples.SMALL.stat().st_size, "at": at}
