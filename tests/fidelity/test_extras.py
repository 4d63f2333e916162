"""What hangs on an item without being found by a scan: local extras, music videos, optimized versions."""

from http import HTTPStatus
from pathlib import Path

import pytest

from tests.fake_plex import FakeLibrary, samples
from tests.fidelity.client import Client


async def refreshed(client: Client, rating_key: int) -> None:
    """Refresh an item's metadata and wait for it."""
    await client.ask(f"/library/metadata/{rating_key}/refresh", "PUT")
    await client.plex.wait_idle()


async def extras_of(client: Client, rating_key: int) -> list[tuple[str | None, ...]]:
    """Return title, kind and path of an item's extras."""
    rows = (await client.ask(f"/library/metadata/{rating_key}/extras")).xml
    return [(row.get("title"), row.get("extraType"), row[0][0].get("file")) for row in rows]


async def test_extras_of_a_movie_are_found_by_a_refresh(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """By suffix and by the letters a folder's name begins with; a scan finds none of them, a refresh all."""
    folder = tmp_path / "movies" / "Alpha (2001)"
    for name in ("One-trailer.mkv", "Trailers & more/Two.mp4", "Behind.the.scenes/Three.mkv", "More/Other/Four.mkv"):
        samples.put(folder / name, samples.SMALL)
    samples.put(folder / "Extras" / "No Kind.mkv")
    samples.put(folder / "More" / "Other" / "notes.txt", samples.SMALL)

    await client.scan(movies, "/data/movies/Alpha (2001)/More/Other")
    await client.scan(movies)
    assert await extras_of(client, 1) == []

    await refreshed(client, 1)
    base = "/data/movies/Alpha (2001)"
    found = sorted(await extras_of(client, 1))
    assert found == [
        ("Four", "12", f"{base}/More/Other/Four.mkv"),
        ("One", "1", f"{base}/One-trailer.mkv"),
        ("Three", "5", f"{base}/Behind.the.scenes/Three.mkv"),
        ("Two", "1", f"{base}/Trailers & more/Two.mp4"),
    ]
    listed = (await client.listing(movies, type=1)).files
    assert not {path for _, _, path in found[:3]} & set(listed)
    assert (await client.listing(movies, type=1, file="One-trailer")).files == []
    details = (await client.ask("/library/metadata/1", includeExtras=1)).xml
    assert len(details.findall("./Video/Extras/Video")) == 4
    primary = details[0].get("primaryExtraKey")
    assert (await client.ask(str(primary))).xml[0].get("type") == "clip"

    for name in ("One-trailer.mkv", "More/Other/Four.mkv"):
        (folder / name).unlink()
    await refreshed(client, 1)
    assert len(await extras_of(client, 1)) == 2
    assert [row[2] for row in await extras_of(client, 2)] == []


async def test_item_that_is_removed_before_its_refresh_is_not_refreshed(
    client: Client, movies: FakeLibrary, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The removed item and its extras are gone, and the refresh that follows finds nothing to do."""
    folder = tmp_path / "movies" / "Alpha (2001)"
    trailer = samples.put(folder / "One-trailer.mkv", samples.SMALL)
    await refreshed(client, 1)
    client.plex.hold_settling()
    await client.ask("/library/metadata/1/refresh", "PUT")
    for file in (trailer, *folder.glob("*.mkv")):
        file.unlink(missing_ok=True)
    client.plex.prefs["autoEmptyTrash"] = True
    await client.scan(movies, wait=False)
    await client.plex.wait_scans_done()
    client.plex.release_settling()
    await client.plex.wait_idle()

    assert (await client.ask("/library/metadata/1")).status == HTTPStatus.NOT_FOUND
    assert "KeyError" not in caplog.text


async def test_movies_that_share_a_folder_have_no_extras(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """Plex looks for extras only where one film lies; its versions and its trailer are no others."""
    folder = tmp_path / "movies" / "Alpha (2001)"
    samples.put(folder / "Alpha (2001) - 4K.mkv")
    samples.put(folder / "Movie-Trailer one.mkv")
    await client.scan(movies)
    await refreshed(client, 1)
    assert [row[1:] for row in await extras_of(client, 1)] == [("1", "/data/movies/Alpha (2001)/Movie-Trailer one.mkv")]

    samples.put(folder / "Other Film (1999).mkv")
    await refreshed(client, 1)
    assert await extras_of(client, 1) == []


async def test_extras_of_a_show_are_in_its_folder(client: Client, shows: FakeLibrary, tmp_path: Path) -> None:
    """They lie in the show's folder, and go with the show."""
    samples.put(tmp_path / "tv" / "Gamma" / "Featurettes" / "Making Of.mkv")
    (show,) = client.plex.items(shows, "show")
    await refreshed(client, show.rating_key)
    (extra,) = show.extras
    assert await extras_of(client, show.rating_key) == [("Making Of", "10", "/data/tv/Gamma/Featurettes/Making Of.mkv")]
    assert extra.duration == 2046

    client.plex.unmount("/data/tv")
    await client.scan(shows)
    assert (await client.ask(f"/library/metadata/{extra.rating_key}")).status == 404


async def test_movies_directly_in_a_location_have_no_extras(client: Client, tmp_path: Path) -> None:
    """An extra directly in a location belongs to no movie."""
    samples.put(tmp_path / "Film (2020).mkv")
    samples.put(tmp_path / "Trailers" / "Some (2021).mkv")
    library = client.plex.add_library("Movies", "movie", {"/m": tmp_path})
    await client.scan(library)
    assert len(client.plex.items(library)) == 2

    await refreshed(client, 1)
    assert await extras_of(client, 1) == []
    client.plex.remove_library(library)
    assert client.plex.database.items == {}


async def test_music_video_is_found_by_a_refresh_of_its_track(client: Client, tmp_path: Path) -> None:
    """A refresh of a track adds the video beside it as its music video; a scan ignores it."""
    track = samples.add_track(tmp_path, "Artist", "Album", 1, "One")
    samples.add_track(tmp_path, "Artist", "Album", 2, "Two")
    library = client.plex.add_library("Music", "artist", {"/music": tmp_path})
    client.plex.seed()
    for name in ("01 - One.mp4", "01 - One-live.mkv", "01 - Once.mkv", "cover.jpg"):
        samples.put(track.parent / name)
    one, two = client.plex.items(library)

    await client.scan(library, "/music/Artist/Album")
    assert len((await client.listing(library, type=10)).files) == 2
    assert await extras_of(client, one.rating_key) == []

    for item in (one, two):
        await refreshed(client, item.rating_key)
    assert await extras_of(client, one.rating_key) == [
        ("01 - One", "7", "/music/Artist/Album/01 - One-live.mkv"),
        ("01 - One", "4", "/music/Artist/Album/01 - One.mp4"),
    ]
    assert await extras_of(client, two.rating_key) == []
    rows = (await client.listing(library, type=10)).xml
    assert ["primaryExtraKey" in row.attrib for row in rows] == [True, False]


async def test_optimized_version_is_not_found_by_a_scan(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """It lies in `Plex Versions` of the item's folder, is found by its name, and no scan looks at it."""
    plex, path = client.plex, "/data/movies/Alpha (2001)/Alpha (2001).mkv"
    assert "title" not in (await client.listing(movies, type=1)).xml[0][0].attrib

    part = plex.add_optimized_version(path)

    assert part.real == tmp_path / "movies/Alpha (2001)/Plex Versions/Optimized for Mobile/Alpha (2001).mp4"
    (row,) = (await client.listing(movies, type=1, file="Alpha (2001)")).xml
    wanted = ("title", "proxyType", "target", "targetTagID")
    assert [tuple(media.get(name) for name in wanted) for media in row] == [
        ("Original", None, None, None),
        (None, "42", "Optimized for Mobile", "6207"),
    ]
    assert [each.get("file") for each in row.iter("Part")] == [
        path,
        "/data/movies/Alpha (2001)/Plex Versions/Optimized for Mobile/Alpha (2001).mp4",
    ]
    await client.scan(movies, "/data/movies/Alpha (2001)/Plex Versions")
    await client.scan(movies)
    assert len((await client.listing(movies, type=1)).files) == 3
    assert plex.stats.scans[0].folders == []

    (tmp_path / "movies" / "Alpha (2001)" / "Alpha (2001).mkv").unlink()
    await client.scan(movies)
    assert [item.title for item in plex.items(movies)] == ["Beta"]
