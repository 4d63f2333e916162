"""What a path names, and which files Plex's scanners index, by names alone."""

import pytest

from custom_components.plex_smart_scan.scanner.media.naming_rules import (
    PathKind,
    extension_of,
    is_extras_folder,
    is_indexed,
    is_media,
    is_subtitle_folder,
    kind_of,
    may_contain_items,
)
from custom_components.plex_smart_scan.scanner.models import FileState, LibraryType
from custom_components.plex_smart_scan.scanner.paths.clean_path import clean

MOVIE, SHOW, ARTIST, PHOTO = LibraryType.MOVIE, LibraryType.SHOW, LibraryType.ARTIST, LibraryType.PHOTO
LARGE, SMALL = 400 * 10**6, 20 * 10**6  # bytes
LOCATION = clean("/media")


@pytest.mark.parametrize(
    ("name", "library", "kind"),
    [
        ("Show - S01E01.mkv", SHOW, PathKind.MEDIA),
        ("SHOW.S01E01.MKV", SHOW, PathKind.MEDIA),
        ("Film.m2ts", MOVIE, PathKind.MEDIA),
        ("Film.iso", MOVIE, PathKind.MEDIA),
        ("Film.strm", MOVIE, PathKind.MEDIA),
        ("01 - Track.flac", ARTIST, PathKind.MEDIA),
        ("01 - Track.ac3", ARTIST, PathKind.MEDIA),
        ("01 - Track.dts", ARTIST, PathKind.MEDIA),
        ("01 - Track.rm", ARTIST, PathKind.MEDIA),
        ("01 - Track.mp4", ARTIST, PathKind.SIDECAR),
        ("01 - Track-live.mkv", ARTIST, PathKind.SIDECAR),
        ("IMG_0001.HEIC", PHOTO, PathKind.MEDIA),
        ("IMG_0001.CR2", PHOTO, PathKind.MEDIA),
        ("MOV_0001.mov", PHOTO, PathKind.MEDIA),
        ("Film.en.srt", MOVIE, PathKind.SIDECAR),
        ("Film.en.dts", MOVIE, PathKind.SIDECAR),
        ("poster.jpg", MOVIE, PathKind.SIDECAR),
        ("cover.png", ARTIST, PathKind.SIDECAR),
        ("01 - Track.lrc", ARTIST, PathKind.SIDECAR),
        ("tvshow.nfo", SHOW, PathKind.SIDECAR),
        (".plexmatch", SHOW, PathKind.SIDECAR),
        (".plexignore", MOVIE, PathKind.SIDECAR),
        ("theme.mp3", SHOW, PathKind.SIDECAR),
        ("Film-trailer.mkv", MOVIE, PathKind.SIDECAR),
        ("Film-BehindTheScenes.mkv", MOVIE, PathKind.SIDECAR),
        ("trailer.mp4", MOVIE, PathKind.SIDECAR),
        ("movie-trailer2.mp4", MOVIE, PathKind.SIDECAR),
        ("Trailer Park.mkv", MOVIE, PathKind.MEDIA),
        ("Season 01", SHOW, PathKind.FOLDER),
        ("Season.1", SHOW, PathKind.UNKNOWN),
        ("Dr. Who", SHOW, PathKind.FOLDER),
        ("Film.rar", MOVIE, PathKind.UNKNOWN),
        ("S.W.A.T.", SHOW, PathKind.FOLDER),
        ("@eaDir", SHOW, PathKind.FOLDER),
        ("...", SHOW, PathKind.FOLDER),
    ],
)
def test_kind_is_guessed_from_the_name(name: str, library: LibraryType, kind: PathKind) -> None:
    """The name decides; if only a disk can tell, the kind is unknown."""
    assert kind_of(clean(f"/media/Thing/{name}"), library) is kind


@pytest.mark.parametrize(
    ("name", "state", "kind"),
    [
        ("Season.1", FileState.FOLDER, PathKind.FOLDER),
        ("Season.1", FileState.FILE, PathKind.MEDIA),
        ("Film (2020).mkv", FileState.FOLDER, PathKind.FOLDER),
        ("Film (2020).mkv", FileState.FILE, PathKind.MEDIA),
        ("Film (2020) 1080p AAC5.1.ts", FileState.FOLDER, PathKind.FOLDER),
        ("Das.Boot.Sub", FileState.FOLDER, PathKind.FOLDER),
        ("Film.2019.mp4.jpg", FileState.FOLDER, PathKind.FOLDER),
        ("Film-trailer.mkv", FileState.FOLDER, PathKind.FOLDER),
        ("no extension", FileState.FILE, PathKind.MEDIA),
        ("poster.jpg", FileState.FILE, PathKind.SIDECAR),
    ],
)
def test_disk_overrides_the_name(name: str, state: FileState, kind: PathKind) -> None:
    """What a disk says takes precedence over the name (debridmediamanager/zurg-public#24)."""
    assert kind_of(clean(f"/media/{name}"), MOVIE, state=state) is kind


@pytest.mark.parametrize(
    "folder",
    [
        "Featurettes",
        "Featurette",
        "Trailer",
        "trailers",
        "Behind The Scenes",
        "behind.the.scenes",
        "BehindTheScenes",
        "Bonus Disc 1",
        "Movie Bonus Disc",
        "Bonus",
        "Extras",
        "Extra 2",
        "Deleted Scenes",
        "deleted",
        "Interviews",
        "Scenes",
        "Shorts",
        "Other",
    ],
)
def test_video_in_an_extras_folder_belongs_to_the_item_above(folder: str) -> None:
    """A video in such a folder belongs to the item above it; other libraries have no such folders."""
    path = clean(f"/media/Film/{folder}/Making of.mkv")

    assert is_extras_folder(folder)
    assert kind_of(path, MOVIE) is PathKind.SIDECAR
    assert kind_of(path, MOVIE, location=LOCATION) is PathKind.SIDECAR
    assert kind_of(clean(f"/media/Film/{folder}/Disc/Making of.mkv"), SHOW, location=LOCATION) is PathKind.SIDECAR
    assert not is_indexed(path, LOCATION, MOVIE, LARGE)
    assert kind_of(clean(f"/media/Artist/{folder}/01.mp3"), ARTIST, location=LOCATION) is PathKind.MEDIA
    assert is_indexed(clean(f"/media/Artist/{folder}/01.mp3"), LOCATION, ARTIST)


@pytest.mark.parametrize("first", ["Extras", "Shorts", "Other", "Interview", "Sample", "Bonus", "Trailers", "BDMV"])
@pytest.mark.parametrize("below", ["Film.mkv", "Season 01/Show - S01E01.mkv"])
def test_folder_directly_below_the_location_is_never_extras(first: str, below: str) -> None:
    """The folder directly below a location is scanned like any other: a show may be called "Extras"."""
    path = clean(f"/media/{first}/{below}")

    assert kind_of(path, SHOW, location=LOCATION) is PathKind.MEDIA
    assert is_indexed(path, LOCATION, SHOW, LARGE)


@pytest.mark.parametrize("location", ["/movies/Extras", "/Other", "/data/Bonus Disc/Shorts"])
def test_names_above_the_first_folder_have_no_meaning(location: str) -> None:
    """Names above the first folder say nothing, including the location's own."""
    path = clean(f"{location}/Film/Film.mkv")

    assert kind_of(path, MOVIE, location=clean(location)) is PathKind.MEDIA
    assert is_indexed(path, clean(location), MOVIE)


@pytest.mark.parametrize(
    "folder",
    ["Other People (2016)", "Short Cuts (1993)", "Interview with the Vampire", "Deleted Scenes 2", "Extraction"],
)
def test_name_that_starts_like_extras_is_media(folder: str) -> None:
    """A movie in a folder of movies is media: the scanner compares whole names."""
    path = clean(f"/media/Collection/{folder}/Film.mkv")

    assert kind_of(path, MOVIE, location=LOCATION) is PathKind.MEDIA
    assert is_indexed(path, LOCATION, MOVIE)


@pytest.mark.parametrize(
    "below",
    [
        "Film/Film.iso",
        "Film/Film.img",
        "Film/Film.dvdmedia",
        "Film/VIDEO_TS/VTS_01_1.VOB",
        "Film/BDMV/STREAM/00001.m2ts",
        "Film/Sample/Film.mkv",
        "Film/samples/Film.mkv",
        "Film/!sample/Film.mkv",
        ".grab/Film.mkv",
        "Film/.grab/Film.mkv",
        "Film/.AppleDouble/Film.mkv",
        "Film/@eaDir/Film.mkv",
        "@eaDir/Film.mkv",
        "Film/Plex Versions/Optimized for Mobile/Film.mp4",
        "Film/plex versions/Film.mp4",
        "Film/_UNPACK_Film/Film.mkv",
        "Old _FAILED_ Film/Film.mkv",
        "lost+found/Film.mkv",
        "#recycle/Film.mkv",
        "@Recycle/Film.mkv",
        "@Recently-Snapshot/GMT+01/Film.mkv",
        "Pictures.photoslibrary/Film.mov",
        "Film.itlp/Film.mov",
        "$Recycle.Bin/Film.mkv",
        "System Volume Information/Film.mkv",
        "Temporary Items/Film.mkv",
        "Network Trash Folder/Film.mkv",
        "Film/Film-trailer.mkv",
        "Film/trailer.mkv",
        "Film/.Film.mkv",
        "Film/._Film.mkv",
        "Film/Film.srt",
        "Film/Film.rar",
        "Film/mkv",
    ],
)
def test_ignored_name_is_recognized(below: str) -> None:
    """Plex ignores these, whatever their size."""
    assert not is_indexed(LOCATION.join(*below.split("/")), LOCATION, MOVIE, LARGE)
    assert not is_indexed(LOCATION.join(*below.split("/")), LOCATION, MOVIE)


@pytest.mark.parametrize(
    ("below", "library"),
    [
        ("Film/Film.mkv", MOVIE),
        ("Film.mkv", MOVIE),
        ("Film/Film.strm", MOVIE),
        ("Show/Season 01/Show.ts", SHOW),
        ("Show/System Volume Information/x.mkv", SHOW),
        ("Show/My Plex Versions/x.mkv", SHOW),
        ("Show/_UNPACK_x.mkv", SHOW),
        ("Artist/Album/01.ac3", ARTIST),
        ("Artist/Album/01.dts", ARTIST),
        ("Artist/Sample/sample.mp3", ARTIST),
        ("Artist/BDMV/01-trailer.flac", ARTIST),
        ("2020/IMG_0001.NEF", PHOTO),
        ("2020/Trailers/Clip-trailer.mp4", PHOTO),
        ("2020/sample.jpg", PHOTO),
    ],
)
def test_indexed_name_is_recognized(below: str, library: LibraryType) -> None:
    """Plex indexes these, or may do so."""
    assert is_indexed(LOCATION.join(*below.split("/")), LOCATION, library)


def test_path_outside_the_location_is_judged_by_its_name() -> None:
    """For a path outside the location only the name counts."""
    assert is_indexed(clean("/other/Sample/Film.mkv"), LOCATION, MOVIE)


@pytest.mark.parametrize(
    ("name", "library", "size", "media"),
    [
        ("Film.mkv", MOVIE, SMALL, True),
        ("Film.mkv", MOVIE, 0, False),
        ("01.mp3", ARTIST, 0, False),
        ("x.jpg", PHOTO, 0, False),
        ("Film.mkv", MOVIE, 1, True),
        ("film-sample.mkv", MOVIE, SMALL, False),
        ("Sample.Film.mkv", MOVIE, SMALL, False),
        ("sample.mkv", SHOW, SMALL, False),
        ("film-sample.mkv", MOVIE, LARGE, True),
        ("Sampler.mkv", MOVIE, SMALL, True),
        ("Free Sample (2012).mkv", MOVIE, SMALL, True),
        ("sample.mp3", ARTIST, SMALL, True),
        ("Film.iso", MOVIE, LARGE, False),
        ("x.jpg", SHOW, SMALL, False),
        ("x.jpg", PHOTO, SMALL, True),
    ],
)
def test_empty_files_extras_and_samples_are_not_media(name: str, library: LibraryType, size: int, media: bool) -> None:
    """Plex ignores empty files, extras and small samples."""
    assert is_media(name, library, size) is media


@pytest.mark.parametrize(
    ("folder", "library", "holds"),
    [
        ("Season 01", SHOW, True),
        ("Specials", SHOW, True),
        (".AppleDouble", SHOW, False),
        ("Featurettes", MOVIE, False),
        ("SAMPLE", MOVIE, False),
        ("VIDEO_TS", MOVIE, False),
        ("BDMV_backup", MOVIE, False),
        ("Extras", ARTIST, True),
        ("Sample", PHOTO, True),
        (".trash", ARTIST, False),
        ("@eaDir", PHOTO, False),
    ],
)
def test_hidden_and_extras_folders_contain_no_items(folder: str, library: LibraryType, holds: bool) -> None:
    """Plex looks for items neither in hidden folders nor, among videos, in folders of extras."""
    assert may_contain_items(folder, library) is holds


def test_subtitle_folders_are_below_their_item() -> None:
    """They lie below the item that the subtitles belong to."""
    assert [name for name in ("Subs", "SUBTITLES", "sub", "Submarine", "Season 01") if is_subtitle_folder(name)] == [
        "Subs",
        "SUBTITLES",
        "sub",
    ]


@pytest.mark.parametrize(
    ("name", "extension"),
    [("a.MKV", "mkv"), ("a.b.c", "c"), ("a", ""), (".hidden", ""), ("a.", ""), ("Dr. Who", ""), ("a.dvr-ms", "dvr-ms")],
)
def test_extension_is_the_lowercase_text_after_the_last_dot(name: str, extension: str) -> None:
    """The text after the last dot, in lower case; a leading dot or a space makes none."""
    assert extension_of(clean(f"/tv/{name}")) == extension
