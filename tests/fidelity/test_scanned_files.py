"""The items that scans make of files on a real disk: new, replaced, ignored, damaged and growing ones."""

import os
from pathlib import Path

from tests.fake_plex import FakeLibrary, samples
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
