"""Which files the scanners index and which they ignore, on a real disk."""

from pathlib import Path

import pytest

from tests.fake_plex import FakePlex, samples
from tests.fake_plex.ignoring import SAMPLE_LIMIT, ignored_folder
from tests.fake_plex.media_types import AUDIO_EXTENSIONS, PHOTO_EXTENSIONS, VIDEO_EXTENSIONS, is_indexed
from tests.fidelity.client import Client


def test_extensions_are_those_of_plex() -> None:
    """The lists of Plex's own scanner files; disk images, subtitles and pictures are in none for videos."""
    assert (len(VIDEO_EXTENSIONS), len(AUDIO_EXTENSIONS), len(PHOTO_EXTENSIONS)) == (49, 27, 19)
    for library_type in ("movie", "show", "photo"):
        assert all(is_indexed(name, library_type) for name in ("a.MKV", "a.dvr-ms", "a.strm", "a.m2ts", "a.bup"))
        assert not any(
            is_indexed(name, library_type) for name in ("a.iso", "a.img", "a.dvdmedia", "a.srt", "mkv", "a.")
        )
    assert all(is_indexed(name, "artist") for name in ("a.ac3", "a.dts", "a.mp+", "a.OPUS", "a.dsf"))
    assert not any(is_indexed(name, "artist") for name in ("a.mp4", "a.mkv", "a.cue", "a.jpg"))
    assert all(is_indexed(name, "photo") for name in ("a.CR3", "a.dng", "a.heif", "a.avif", "a.jpg", "a.mov"))
    assert not any(is_indexed(name, "photo") for name in ("a.mp3", "a.xmp", "a.psd"))


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Extras",
            "extra",
            "Extras (Disc 2)",
            "!Samples",
            "sample",
            "Sampler",
            "Bonus",
            "Bonus Disc 1",
            "The Bonus Disc",
        ),
        *("BDMV", "VIDEO_TS", "Interviews", "interview", "Scenes", "Trailers", "Deleted", "Deleted Scenes"),
        *("behind the scenes", "Behind.The.Scenes", "BehindTheScenes", "Featurette", "featurettes", "Shorts", "Other"),
        "Others",
    ],
)
def test_extras_folders_are_ignored_below_the_first_level(name: str) -> None:
    """Passed over below the first level of a library of movies or shows, and nowhere else."""
    assert ignored_folder(name, "movie")
    assert ignored_folder(name, "show")
    assert not ignored_folder(name, "movie", at_the_top=True)
    assert not ignored_folder(name, "artist")
    assert not ignored_folder(name, "photo")


@pytest.mark.parametrize(
    "name", ["Season 01", "Extraordinary", "Short Films", "Other Side", "The Interview", "Scenes from a Marriage"]
)
def test_folder_that_starts_like_extras_is_scanned(name: str) -> None:
    """The shorter names have to be the whole name."""
    assert not ignored_folder(name, "show")


@pytest.mark.parametrize(
    "name",
    [
        *(".grab", ".hidden", ".AppleDouble", "@eaDir", "#recycle", "@Recycle", "lost+found", "@Recently-Snapshot"),
        *("_UNPACK_Film.2020", "Film_FAILED_1", "_FAILED_Film.2020", "Plex Versions", "Pictures.photoslibrary"),
    ],
)
@pytest.mark.parametrize("library_type", ["movie", "show", "artist", "photo"])
def test_system_folders_are_ignored_at_every_level(name: str, library_type: str) -> None:
    """Passed over in every library, at every level."""
    assert ignored_folder(name, library_type)
    assert ignored_folder(name, library_type, at_the_top=True)


def test_some_system_folders_are_ignored_at_the_top_only() -> None:
    """Some folders are only ignored directly below a location."""
    for name in ("$RECYCLE.BIN", "System Volume Information"):
        assert ignored_folder(name, "movie", at_the_top=True)
        assert not ignored_folder(name, "movie")


async def test_top_level_folders_are_media(client: Client, tmp_path: Path) -> None:
    """A show called Extras, and films in Shorts and Other, are scanned like any other, as is a scan of just them."""
    samples.add_episode(tmp_path / "tv", "Extras", 1, 1)
    samples.put(tmp_path / "tv" / "Extras" / "Extras" / "Extras - S01E02.mkv")
    for folder in ("Shorts", "Other", "Trailers"):
        samples.put(tmp_path / "movies" / folder / f"{folder} Film (2001).mkv")
    shows = client.plex.add_library("TV", "show", {"/tv": tmp_path / "tv"})
    movies = client.plex.add_library("Movies", "movie", {"/m": tmp_path / "movies"})

    await client.scan(shows, "/tv/Extras")
    for folder in ("Shorts", "Other"):
        await client.scan(movies, f"/m/{folder}")
    await client.scan(movies)

    assert (await client.listing(shows, type=4)).files == ["/tv/Extras/Season 01/Extras - S01E01.mkv"]
    assert len((await client.listing(movies, type=1)).files) == 3


async def test_scan_of_an_ignored_folder_reads_nothing(client: Client, tmp_path: Path) -> None:
    """A scan of an ignored folder reads nothing."""
    root = tmp_path / "m"
    names = ("Plex Versions/Optimized for TV", "@eaDir", "Sample", "VIDEO_TS", ".grab", "_UNPACK_x", "Bonus Disc 1")
    for name in names:
        samples.put(root / "Film (2020)" / name / "Film (2020).mkv")
    library = client.plex.add_library("Movies", "movie", {"/m": root})

    for name in names:
        await client.scan(library, f"/m/Film (2020)/{name}")
    await client.scan(library)

    assert client.plex.items(library) == []
    assert [scan.folders for scan in client.plex.stats.scans] == [*[[]] * len(names), ["/m", "/m/Film (2020)"]]


async def test_ignored_files_are_not_listed(client: Client, tmp_path: Path) -> None:
    """Samples below 300 MB, disk images, empty files and extras; a big sample is a film."""
    for name in (
        "a sample (2001).mkv",
        "Sample.avi",
        "x.sample.mkv",
        "Film (2002)-trailer.mkv",
        "Movie-Trailer (x).mkv",
    ):
        samples.put(tmp_path / name, samples.SMALL)
    for name in ("Disc (2003).iso", "Disc (2004).img", "Disc (2005).mkv.part", "Disc (2006).nfo"):
        samples.put(tmp_path / name, samples.SMALL)
    (tmp_path / "Empty (2007).mkv").touch()
    samples.put(tmp_path / "Sampler (2008).mkv")
    big = samples.put(tmp_path / "Big-Sample (2009).mkv")
    with big.open("r+b") as file:
        file.truncate(SAMPLE_LIMIT)
    library = client.plex.add_library("Movies", "movie", {"/m": tmp_path})

    await client.scan(library)

    assert (await client.listing(library, type=1)).files == ["/m/Big-Sample (2009).mkv", "/m/Sampler (2008).mkv"]


async def test_photo_library_has_photos_and_clips(client: Client, tmp_path: Path) -> None:
    """A photo library indexes RAW files as photos and videos as clips, and has no extras folders."""
    for name in ("one.CR2", "two.dng", "three.heic", "four.jpg"):
        samples.put(tmp_path / "Other" / "Scenes" / name, samples.PHOTO)
    samples.put(tmp_path / "Other" / "Scenes" / "five.mp4")
    samples.put(tmp_path / "Other" / "@eaDir" / "six.jpg")
    library = client.plex.add_library("Photos", "photo", {"/p": tmp_path})

    await client.scan(library)

    photos = (await client.listing(library, type=13)).xml
    assert sorted(row.get("title", "") for row in photos) == ["four", "one", "three", "two"]
    (clip,) = (await client.listing(library, type=12, file="five")).xml
    assert (clip.tag, clip.get("type"), clip.get("parentTitle")) == ("Video", "clip", "Scenes")


@pytest.mark.parametrize("name", ["Film (2020) 1080p.mkv", "Das.Boot.Sub", "Film.2019.mp4.jpg"])
async def test_folder_named_like_a_file_is_a_folder(
    client: Client, fake_plex: FakePlex, tmp_path: Path, name: str
) -> None:
    """A folder is a folder, whatever its name ends in."""
    samples.put(tmp_path / name / "Film (2020).mkv")
    library = fake_plex.add_library("Movies", "movie", {"/m": tmp_path})

    await client.scan(library, f"/m/{name}")

    assert (await client.listing(library, type=1)).files == [f"/m/{name}/Film (2020).mkv"]
