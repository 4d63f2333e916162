"""What a path names, and which folders to scan for it."""

import pytest

from custom_components.plex_smart_scan.scanner.media.rules import (
    PathKind,
    extension_of,
    first_folder,
    folder_of,
    holds_items,
    is_media,
    kind_of,
    ladder,
)
from custom_components.plex_smart_scan.scanner.models import LibraryType
from custom_components.plex_smart_scan.scanner.paths.clean_path import clean
from tests.scanner.made import a_match

MOVIE, SHOW, ARTIST, PHOTO = LibraryType.MOVIE, LibraryType.SHOW, LibraryType.ARTIST, LibraryType.PHOTO
LARGE, SMALL = 400 * 10**6, 20 * 10**6  # bytes


@pytest.mark.parametrize(
    ("name", "library", "kind"),
    [
        ("Show - S01E01.mkv", SHOW, PathKind.MEDIA),
        ("SHOW.S01E01.MKV", SHOW, PathKind.MEDIA),
        ("Film.m2ts", MOVIE, PathKind.MEDIA),
        ("01 - Track.flac", ARTIST, PathKind.MEDIA),
        ("IMG_0001.HEIC", PHOTO, PathKind.MEDIA),
        ("MOV_0001.mov", PHOTO, PathKind.MEDIA),
        ("Film.en.srt", MOVIE, PathKind.SIDECAR),
        ("poster.jpg", MOVIE, PathKind.SIDECAR),
        ("cover.png", ARTIST, PathKind.SIDECAR),
        ("01 - Track.lrc", ARTIST, PathKind.SIDECAR),
        ("tvshow.nfo", SHOW, PathKind.SIDECAR),
        (".plexmatch", SHOW, PathKind.SIDECAR),
        ("theme.mp3", SHOW, PathKind.SIDECAR),
        ("Film-trailer.mkv", MOVIE, PathKind.SIDECAR),
        ("Season 01", SHOW, PathKind.FOLDER),
        ("Season.1", SHOW, PathKind.UNKNOWN),
        ("Dr. Who", SHOW, PathKind.FOLDER),
        ("Film.rar", MOVIE, PathKind.UNKNOWN),
        ("S.W.A.T.", SHOW, PathKind.FOLDER),
        ("...", SHOW, PathKind.FOLDER),
    ],
)
def test_kind_by_name(name: str, library: LibraryType, kind: PathKind) -> None:
    """A name tells most; where only a disk can tell, it is unknown."""
    assert kind_of(clean(f"/media/Thing/{name}"), library) is kind


@pytest.mark.parametrize(
    ("name", "folder", "kind"),
    [
        ("Season.1", True, PathKind.FOLDER),
        ("Season.1", False, PathKind.MEDIA),
        ("Film (2020).mkv", True, PathKind.FOLDER),
        ("Film (2020).mkv", False, PathKind.MEDIA),
        ("no extension", False, PathKind.MEDIA),
        ("poster.jpg", False, PathKind.SIDECAR),
    ],
)
def test_kind_by_disk(name: str, folder: bool, kind: PathKind) -> None:
    """What a disk says counts before the name: folders are called `Film.mkv` too."""
    assert kind_of(clean(f"/media/{name}"), MOVIE, folder=folder) is kind


@pytest.mark.parametrize("folder", ["Featurettes", "Behind The Scenes", "trailers", "Extras"])
def test_local_extras(folder: str) -> None:
    """Local extras hang on an item; no look-up of items finds them. A music library knows no such folders."""
    assert kind_of(clean(f"/movies/Film/{folder}/Making of.mkv"), MOVIE) is PathKind.SIDECAR
    assert kind_of(clean(f"/music/Artist/{folder}/01.mp3"), ARTIST) is PathKind.MEDIA


@pytest.mark.parametrize(
    ("name", "library", "size", "media"),
    [
        ("Film.mkv", MOVIE, SMALL, True),
        ("Film.mkv", MOVIE, 0, True),
        ("Film.srt", MOVIE, SMALL, False),
        (".Film.mkv", MOVIE, SMALL, False),
        ("._Film.mkv", MOVIE, SMALL, False),
        ("mkv", MOVIE, SMALL, False),
        ("Film-trailer.mkv", MOVIE, LARGE, False),
        ("Film-BehindTheScenes.mkv", MOVIE, LARGE, False),
        ("film-sample.mkv", MOVIE, SMALL, False),
        ("film-sample.mkv", MOVIE, LARGE, True),
        ("sample.mp3", ARTIST, SMALL, True),
        ("Film.iso", MOVIE, LARGE, False),
        ("x.jpg", SHOW, SMALL, False),
        ("x.jpg", PHOTO, SMALL, True),
    ],
)
def test_is_media(name: str, library: LibraryType, size: int, media: bool) -> None:
    """Plex makes no item of hidden files, extras and small samples."""
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
        ("Extras", ARTIST, True),
        (".trash", ARTIST, False),
    ],
)
def test_holds_items(folder: str, library: LibraryType, holds: bool) -> None:
    """Plex looks for items neither in hidden folders nor in those of extras."""
    assert holds_items(folder, library) is holds


@pytest.mark.parametrize(
    ("name", "extension"),
    [("a.MKV", "mkv"), ("a.b.c", "c"), ("a", ""), (".hidden", ""), ("a.", ""), ("Dr. Who", ""), ("a.dvr-ms", "dvr-ms")],
)
def test_extension(name: str, extension: str) -> None:
    """What follows the last dot, in lower case; a leading dot or a blank makes none."""
    assert extension_of(clean(f"/tv/{name}")) == extension


@pytest.mark.parametrize(
    ("path", "location", "kind", "folder"),
    [
        ("/tv/Show/S01/x.mkv", "/tv", PathKind.MEDIA, "/tv/Show/S01"),
        ("/tv/Show/S01", "/tv", PathKind.FOLDER, "/tv/Show/S01"),
        ("/tv/Film.mkv", "/tv", PathKind.MEDIA, "/tv"),
        ("/tv", "/tv", PathKind.FOLDER, "/tv"),
        ("/tv", "/tv", PathKind.MEDIA, "/tv"),
        ("D:\\TV\\Show\\x.mkv", "D:\\", PathKind.MEDIA, "D:\\TV\\Show"),
        ("D:\\Film.mkv", "D:\\", PathKind.MEDIA, "D:\\"),
        ("\\\\s\\h\\x.mkv", "\\\\s\\h", PathKind.MEDIA, "\\\\s\\h"),
        ("/tv/Show/poster.jpg", "/tv", PathKind.SIDECAR, "/tv/Show"),
        ("/tv/Show/Featurettes/x.mkv", "/tv", PathKind.SIDECAR, "/tv/Show"),
        ("/tv/Extras/x.mkv", "/tv", PathKind.SIDECAR, "/tv"),
        ("/media/Extras/x.srt", "/media/Extras", PathKind.SIDECAR, "/media/Extras"),
    ],
)
def test_folder(path: str, location: str, kind: PathKind, folder: str) -> None:
    """A scan takes a folder, never a file, and never anything above the location."""
    assert folder_of(a_match(path, location), kind).text == folder


@pytest.mark.parametrize(
    ("path", "location", "first"),
    [
        ("/tv/Show/S01/Disc 1", "/tv", "/tv/Show"),
        ("/tv/Show", "/tv", "/tv/Show"),
        ("/tv", "/tv", "/tv"),
        ("/Show/S01", "/", "/Show"),
        ("S:\\Show\\S01", "S:\\", "S:\\Show"),
        ("\\\\s\\h\\Show\\S01", "\\\\s\\h", "\\\\s\\h\\Show"),
    ],
)
def test_first_folder(path: str, location: str, first: str) -> None:
    """The first folder below the location: as a rule the show's, the film's or the artist's."""
    match = a_match(path, location)

    assert first_folder(match, match.path).text == first


@pytest.mark.parametrize(
    ("folder", "known", "rungs"),
    [
        ("/tv/Show/S01", True, ["/tv/Show/S01", "/tv/Show", "/tv", None]),
        ("/tv/Show/S01", False, ["/tv/Show", "/tv", None]),
        ("/tv/Show", True, ["/tv/Show", "/tv", None]),
        ("/tv/Show", False, ["/tv/Show", "/tv", None]),
        ("/tv", True, ["/tv", None]),
        ("/tv", False, ["/tv", None]),
        ("/tv/Show/S01/Disc 1", True, ["/tv/Show/S01/Disc 1", "/tv/Show", "/tv", None]),
    ],
)
def test_ladder(folder: str, known: bool, rungs: list[str | None]) -> None:
    """The folder if Plex knows something in it, its first folder, the location, the whole library; each once."""
    match = a_match(folder)

    assert [rung and rung.text for rung in ladder(match, match.path, known=known)] == rungs
