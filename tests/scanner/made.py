"""Libraries, matches and files made by hand, with only what a test is about spelt out."""

from typing import Any

from custom_components.plex_smart_scan.scanner.libraries import LibraryIndex, Match
from custom_components.plex_smart_scan.scanner.models import Library, LibraryType, MediaFile
from custom_components.plex_smart_scan.scanner.paths import clean


def a_library(
    *locations: str, number: int = 1, title: str = "TV Shows", kind: LibraryType = LibraryType.SHOW, agent: str = ""
) -> Library:
    """Make a library, of television unless told otherwise."""
    return Library(id=number, title=title, type=kind, locations=locations, agent=agent)


def a_match(path: str, location: str = "/tv", **library: Any) -> Match:
    """Match a path in a library with one location."""
    (match,) = LibraryIndex([a_library(location, **library)]).match(clean(path))
    return match


def a_file(file: str = "/tv/Show/Season 01/Show - S01E01.mkv", **fields: Any) -> MediaFile:
    """Make an episode's file as Plex lists it."""
    usual: dict[str, Any] = {
        "rating_key": 1,
        "type": "episode",
        "title": "Pilot",
        "full_title": "Show - S01E01 - Pilot",
        "size": 1000,
        "stamp": 1_700_000_000,
        "duration": 1_800_000,
    }
    return MediaFile(file=file, **usual | fields)
