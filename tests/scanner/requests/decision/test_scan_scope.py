"""Which folder is scanned for a path, and the wider scopes above it."""

import pytest

from custom_components.plex_smart_scan.scanner.media.naming_rules import PathKind
from custom_components.plex_smart_scan.scanner.models import LibraryType
from custom_components.plex_smart_scan.scanner.paths.clean_path import clean
from custom_components.plex_smart_scan.scanner.requests.decision.scan_scope import (
    ScanScope,
    first_level_folder,
    folder_at,
    folder_of,
    wider,
)
from tests.scanner.builders import a_match


@pytest.mark.parametrize(
    ("path", "location", "kind", "folder"),
    [
        ("/tv/Show/S01/x.mkv", "/tv", PathKind.MEDIA, "/tv/Show/S01"),
        ("/tv/Show/S01", "/tv", PathKind.FOLDER, "/tv/Show/S01"),
        ("/tv/Show/S01", "/tv", PathKind.UNKNOWN, "/tv/Show"),
        ("/tv/Film.mkv", "/tv", PathKind.MEDIA, "/tv"),
        ("/tv", "/tv", PathKind.FOLDER, "/tv"),
        ("/tv", "/tv", PathKind.MEDIA, "/tv"),
        ("D:\\TV\\Show\\x.mkv", "D:\\", PathKind.MEDIA, "D:\\TV\\Show"),
        ("D:\\Film.mkv", "D:\\", PathKind.MEDIA, "D:\\"),
        ("\\\\s\\h\\x.mkv", "\\\\s\\h", PathKind.MEDIA, "\\\\s\\h"),
    ],
)
def test_scan_reads_the_folder_of_the_path(path: str, location: str, kind: PathKind, folder: str) -> None:
    """A scan reads a folder, never a file, and nothing above the location."""
    assert folder_of(a_match(path, location), kind).text == folder


@pytest.mark.parametrize(
    ("path", "location", "folder"),
    [
        ("/tv/Show/poster.jpg", "/tv", "/tv/Show"),
        ("/tv/Show/Featurettes/x.mkv", "/tv", "/tv/Show"),
        ("/tv/Show/Featurette/x.mkv", "/tv", "/tv/Show"),
        ("/tv/Show/Trailer/x.mkv", "/tv", "/tv/Show"),
        ("/tv/Show/Bonus Disc 1/Deep/x.mkv", "/tv", "/tv/Show"),
        ("/tv/Show/behind.the.scenes/x.mkv", "/tv", "/tv/Show"),
        ("/tv/Show/Subs/x.srt", "/tv", "/tv/Show"),
        ("/tv/Show/S01/Subs/English/x.srt", "/tv", "/tv/Show/S01"),
        ("/tv/Extras/x.srt", "/tv", "/tv/Extras"),
        ("/tv/Subs/x.srt", "/tv", "/tv/Subs"),
        ("/tv/Extras/Trailers/x.mkv", "/tv", "/tv/Extras"),
        ("/tv/Shorts/poster.jpg", "/tv", "/tv/Shorts"),
        ("/media/Extras/x.srt", "/media/Extras", "/media/Extras"),
    ],
)
def test_folder_of_a_sidecar_is_that_of_its_item(path: str, location: str, folder: str) -> None:
    """The item is above folders of extras and subtitles, but never above the first folder of a location."""
    assert folder_of(a_match(path, location), PathKind.SIDECAR).text == folder


@pytest.mark.parametrize(
    ("path", "kind", "folder"),
    [
        ("/media/Artist/Extras/01 - One.mp4", LibraryType.ARTIST, "/media/Artist/Extras"),
        ("/media/Artist/Album/01 - One.mp4", LibraryType.ARTIST, "/media/Artist/Album"),
        ("/media/2020/Subs/beach.xml", LibraryType.PHOTO, "/media/2020/Subs"),
        ("/media/2020/@eaDir/beach.xml", LibraryType.PHOTO, "/media/2020"),
    ],
)
def test_extras_folder_names_have_no_meaning_in_music_and_photos(path: str, kind: LibraryType, folder: str) -> None:
    """Music and photo libraries have no folders of extras."""
    assert folder_of(a_match(path, "/media", kind=kind), PathKind.SIDECAR).text == folder


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
def test_first_folder_is_directly_below_the_location(path: str, location: str, first: str) -> None:
    """The first folder below the location, usually that of the show, the movie or the artist."""
    match = a_match(path, location)

    assert first_level_folder(match, match.path).text == first


@pytest.mark.parametrize(
    ("scope", "scanned"),
    [
        (ScanScope.FOLDER, "/tv/Show/S01"),
        (ScanScope.FIRST_LEVEL_FOLDER, "/tv/Show"),
        (ScanScope.LOCATION, "/tv"),
        (ScanScope.LIBRARY, None),
    ],
)
def test_each_scope_scans_its_folder(scope: ScanScope, scanned: str | None) -> None:
    """Each scope scans a folder; the widest one scans the whole library."""
    found = folder_at(a_match("/tv/Show/S01/x.mkv"), clean("/tv/Show/S01"), scope)

    assert (found.text if found else None) == scanned


@pytest.mark.parametrize(
    ("folder", "scope", "above"),
    [
        ("/tv/Show/S01", ScanScope.FOLDER, ScanScope.FIRST_LEVEL_FOLDER),
        ("/tv/Show/S01/Disc 1", ScanScope.FOLDER, ScanScope.FIRST_LEVEL_FOLDER),
        ("/tv/Show", ScanScope.FOLDER, ScanScope.LOCATION),
        ("/tv", ScanScope.FOLDER, None),
        ("/tv/Show/S01", ScanScope.FIRST_LEVEL_FOLDER, ScanScope.LOCATION),
        ("/tv/Show/S01", ScanScope.LOCATION, None),
        ("/tv/Show/S01", ScanScope.LIBRARY, None),
    ],
)
def test_each_wider_scope_scans_another_folder(folder: str, scope: ScanScope, above: ScanScope | None) -> None:
    """Each wider scope scans another folder, and none leads above the location."""
    match = a_match(f"{folder}/x.mkv")
    assert wider(match, clean(folder), folder_at(match, clean(folder), scope)) is above


def test_parent_of_a_first_level_folder_is_the_location() -> None:
    """The folder was scanned and has then been removed: the nearest existing folder is the location, with its limit."""
    assert wider(a_match("/tv/Show/x.mkv"), clean("/tv"), clean("/tv/Show")) is ScanScope.LOCATION
