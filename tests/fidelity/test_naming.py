"""What paths become: the catalogue's rules, and how they look once scanned."""

from pathlib import Path

import pytest

from tests.fake_plex import FakePlex, samples
from tests.fake_plex.catalogue import place
from tests.fake_plex.ignoring import SAMPLE_LIMIT, IgnoreRules, ignored_file, ignored_folder
from tests.fidelity.client import Client


def placed(library_type: str, path: str, *, has_agent: bool = True) -> list[str]:
    """Return the rows of each placement in short."""
    placements = place(library_type, tuple(path.split("/")), has_agent=has_agent)
    return [" > ".join(f"{row.title}|{row.index or row.year or ''}" for row in each.rows) for each in placements]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Zoolander (2001)/Zoolander (2001).mkv", ["Zoolander|2001"]),
        ("Zoolander (2001)/zoolander.1080p.bluray.mkv", ["Zoolander|2001"]),
        ("Zoolander.2001.1080p.mkv", ["Zoolander|2001"]),
        ("Zoolander (2001) - 4K.mp4", ["Zoolander|2001"]),
        ("Untitled.mkv", ["Untitled|"]),
        ("2001 A Space Odyssey (1968)/2001 A Space Odyssey (1968).mkv", ["2001 A Space Odyssey|1968"]),
        ("Show/Season 01/Show - S01E01.mkv", []),
        ("Show - 1x01.mkv", []),
        ("notes.txt", []),
        ("Movie (2020)/Movie (2020).srt", []),
    ],
)
def test_movie_title_and_year_come_from_folder_or_file(path: str, expected: list[str]) -> None:
    """Title and year come from the folder, else from the file; names of episodes are skipped."""
    assert placed("movie", path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Show/Season 01/Show - S01E02.mkv", ["Show| > Season 1|1 > Episode 2|2"]),
        ("Show (2002)/Season 1/show.s01e02.pilot.mkv", ["Show|2002 > Season 1|1 > pilot|2"]),
        ("Show/Show 1x02.avi", ["Show| > Season 1|1 > Episode 2|2"]),
        ("Show/Specials/Show - S00E01 - Making Of.mkv", ["Show| > Specials| > Making Of|1"]),
        ("Show.S02E03.1080p.mkv", ["Show| > Season 2|2 > 1080p|3"]),
        ("Show/Show - 2020-01-31.mkv", ["Show| > Season 2020|2020 > 2020-01-31|"]),
        ("Show/Season 01/A Movie (2020).mkv", []),
        ("Show/Season 01/featurette.mkv", []),
    ],
)
def test_episode_numbers_come_from_the_name(path: str, expected: list[str]) -> None:
    """Show, season and number; names without a number are skipped."""
    assert placed("show", path) == expected


@pytest.mark.parametrize("name", ["S01E01-E02", "S01E01E02", "S01E01-02", "1x01-02", "1x01-1x02"])
def test_range_of_episodes_is_several_episodes(name: str) -> None:
    """A range gives one row for each episode."""
    assert placed("show", f"Show/Season 01/Show - {name}.mkv") == [
        "Show| > Season 1|1 > Episode 1|1",
        "Show| > Season 1|1 > Episode 2|2",
    ]


def test_resolution_is_not_an_episode_range() -> None:
    """A resolution after the number is not a range."""
    assert len(placed("show", "Show/Show.S01E01-720p.mkv")) == 1


def test_videos_without_agent_are_named_after_the_file() -> None:
    """Without an agent every video is an item under its file's name, episode names too."""
    assert placed("movie", "Holiday/S01E01.mkv", has_agent=False) == ["S01E01|"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Artist/Album/03 - Song.mp3", ["Artist| > Album| > Song|3"]),
        ("Artist/Album (1999)/2-03 - Song.flac", ["Artist| > Album|1999 > Song|3"]),
        ("Artist/Album/Song.mp3", ["Artist| > Album| > Song|"]),
        ("Artist/Song.mp3", ["Artist| > [Unknown Album]| > Song|"]),
        ("cover.jpg", []),
    ],
)
def test_artist_and_album_come_from_the_folders(path: str, expected: list[str]) -> None:
    """Artist and album are the folders, the number leads the name."""
    assert placed("artist", path) == expected


def test_photos_are_below_their_folder() -> None:
    """Photos hang below their folder; videos among them are clips."""
    assert placed("photo", "Summer/Beach/IMG_1.jpg") == ["Beach| > IMG_1|"]
    assert place("photo", ("IMG_1.jpg",))[0].rows[-1].type == "photo"
    assert place("photo", ("Summer", "VID_1.mp4"))[0].rows[-1].type == "clip"


@pytest.mark.parametrize(
    ("name", "ignored"),
    [
        ("Movie (2020).mkv", False),
        ("Movie (2020)-trailer.mkv", True),
        ("Movie (2020)-behindthescenes.mkv", True),
        ("The Other-short story.mkv", False),
        ("sample.mkv", True),
        ("movie-sample.mkv", True),
        ("Sampler (1999).mkv", False),
        ("._Movie.mkv", True),
        ("Trailer.mkv", True),
    ],
)
def test_ignored_files_are_not_placed(name: str, ignored: bool) -> None:
    """Samples, extras and hidden files are ignored."""
    assert ignored_file(name, 1000, "movie") is ignored


def test_large_sample_is_a_movie() -> None:
    """A "sample" of 300 MB is a movie; music libraries have no samples."""
    assert not ignored_file("sample.mkv", SAMPLE_LIMIT, "movie")
    assert not ignored_file("sample.mp3", 1000, "artist")


def test_ignored_folders_are_not_listed() -> None:
    """Extras, disc structures and system folders are not listed."""
    for name in ("Extras", "featurettes", "Deleted Scenes", "BDMV", "VIDEO_TS", "@eaDir", ".stversions", "Samples"):
        assert ignored_folder(name, "movie"), name
    assert not ignored_folder("Extras", "artist")
    assert not ignored_folder("Season 01", "show")


def test_plexignore_applies_below_its_folder(tmp_path: Path) -> None:
    """Patterns apply below their folder; a pattern with a slash applies to that path only."""
    (tmp_path / ".plexignore").write_text("# comment\n\n*.tmp.mkv\nOld/*\nNew/draft.mkv\n")
    rules = IgnoreRules().within(tmp_path, ("Movies",))

    assert rules.match(("Movies", "deep", "a.tmp.mkv"))
    assert rules.match(("Movies", "Old", "a.mkv"))
    assert rules.match(("Movies", "New", "draft.mkv"))
    assert not rules.match(("Movies", "New", "final.mkv"))
    assert not rules.match(("Movies", "comment"))


async def test_two_episodes_share_a_file(client: Client, tmp_path: Path) -> None:
    """S01E01-E02 gives two episodes with the same Part.file, and the file counts once on the disk."""
    samples.add_episode(tmp_path, "Show", 1, 1, last=2)
    library = client.plex.add_library("TV", "show", {"/tv": tmp_path})
    await client.scan(library)

    reply = await client.listing(library, type=4, file="S01E01-E02")
    assert [row.get("index") for row in reply.xml] == ["1", "2"]
    assert len(set(reply.files)) == 1
    assert len({part.get("id") for part in reply.xml.iter("Part")}) == 2
    providers = (await client.ask("/media/providers", includeStorage=1)).xml
    assert providers.find(".//Directory[@id='1']").attrib["storageTotal"] == str(samples.SMALL.stat().st_size)  # type: ignore[union-attr]

    (tmp_path / "Show" / "Season 01" / "Show - S01E01-E02.mkv").unlink()
    await client.scan(library)
    assert client.plex.items(library) == []


async def test_versions_are_media_and_parts_are_parts(client: Client, tmp_path: Path) -> None:
    """Two versions are two Media; cd1 and cd2 are one Media with two Parts."""
    for suffix in (" - 1080p", " - 4K"):
        samples.add_movie(tmp_path, "Alpha (2001)", suffix=suffix)
    for suffix in (" - cd2", " - cd1"):
        samples.add_movie(tmp_path, "Beta (2002)", suffix=suffix)
    library = client.plex.add_library("Movies", "movie", {"/m": tmp_path})
    await client.scan(library)

    alpha, beta = (await client.listing(library, type=1)).xml
    assert [len(media) for media in alpha] == [1, 1]
    assert [len(media) for media in beta] == [2]
    assert [part.attrib["file"][-7:] for part in beta.iter("Part")] == ["cd1.mkv", "cd2.mkv"]
    assert beta.get("duration") == str(2 * 2046)


async def test_music_library_has_artists_albums_and_tracks(client: Client, tmp_path: Path) -> None:
    """Artists, albums and tracks; a loose file is placed by its tags."""
    samples.add_track(tmp_path, "Artist", "Album", 1, "One")
    samples.add_track(tmp_path, "Artist", "Album", 2, "Two", ext="flac")
    samples.put(tmp_path / "loose.mp3")
    library = client.plex.add_library("Music", "artist", {"/music": tmp_path})
    await client.scan(library)

    tracks = (await client.listing(library, type=10)).xml
    assert [
        (t.tag, t.get("grandparentTitle"), t.get("parentTitle"), t.get("title"), t.get("index")) for t in tracks
    ] == [
        ("Track", "Artist", "Album", "One", "1"),
        ("Track", "Artist", "Album", "Two", "2"),
        ("Track", "The Testers", "Fixtures", "Made of Silence", "3"),
    ]
    assert [row.get("title") for row in (await client.listing(library, type=8)).xml] == ["Artist", "The Testers"]
    assert [row.get("leafCount") for row in (await client.listing(library, type=9)).xml] == ["2", "1"]
    assert tracks[1][0].get("audioCodec") == "flac"


async def test_photo_library_has_albums_and_photos(client: Client, fake_plex: FakePlex, tmp_path: Path) -> None:
    """Photos and their albums; without a type the section shows its top."""
    samples.add_photo(tmp_path, "Summer", "one")
    samples.add_photo(tmp_path, "Summer", "two")
    samples.put(tmp_path / "loose.jpg")
    library = fake_plex.add_library("Photos", "photo", {"/photos": tmp_path})
    await client.scan(library)

    photos = (await client.listing(library, type=13, file="one.jpg")).xml
    assert [(row.tag, row.get("type"), row.get("parentTitle")) for row in photos] == [("Photo", "photo", "Summer")]
    assert (photos[0][0].get("width"), photos[0][0].get("height")) == ("64", "48")
    assert "duration" not in photos[0][0].attrib
    assert [row.get("title") for row in (await client.listing(library)).xml] == ["Summer", "loose"]
    assert (await client.listing(library, clusterZoomLevel=1)).xml.get("size") == "3"
    assert (await client.listing(library, type=14)).xml.get("size") == "1"
