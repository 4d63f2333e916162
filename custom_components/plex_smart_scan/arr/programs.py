"""The four programs: names, API versions and the events that concern files."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..scanner import LibraryType


class ArrKind(StrEnum):
    """Kind of a downloader."""

    SONARR = "sonarr"
    RADARR = "radarr"
    LIDARR = "lidarr"
    READARR = "readarr"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrProgram:
    """Names that one program uses in its API. `Program` in `scanner/downloaders/arr.py` has those of its notifications.

    `api` is the version of the API and `port` the default port. `events` are the event flags of a connection that
    concern files; a version that does not support one of them reports this in its `supportsOn…` fields. `titles` and
    `files` are resources, and `title_id` is the parameter that selects the files of a title. `library_type` is the
    matching type of Plex library.
    """

    kind: ArrKind
    name: str
    api: str
    port: int
    events: tuple[str, ...]
    titles: str
    files: str
    title_id: str
    library_type: LibraryType


PROGRAMS: Final[Mapping[ArrKind, ArrProgram]] = {
    ArrKind.SONARR: ArrProgram(
        kind=ArrKind.SONARR,
        name="Sonarr",
        api="v3",
        port=8989,
        events=(
            "onDownload",
            "onUpgrade",
            "onImportComplete",
            "onRename",
            "onSeriesDelete",
            "onEpisodeFileDelete",
        ),
        titles="series",
        files="episodefile",
        title_id="seriesId",
        library_type=LibraryType.SHOW,
    ),
    ArrKind.RADARR: ArrProgram(
        kind=ArrKind.RADARR,
        name="Radarr",
        api="v3",
        port=7878,
        events=("onDownload", "onUpgrade", "onRename", "onMovieDelete", "onMovieFileDelete"),
        titles="movie",
        files="moviefile",
        title_id="movieId",
        library_type=LibraryType.MOVIE,
    ),
    ArrKind.LIDARR: ArrProgram(
        kind=ArrKind.LIDARR,
        name="Lidarr",
        api="v1",
        port=8686,
        events=("onReleaseImport", "onUpgrade", "onRename", "onArtistDelete", "onAlbumDelete", "onTrackRetag"),
        titles="artist",
        files="trackfile",
        title_id="artistId",
        library_type=LibraryType.ARTIST,
    ),
    ArrKind.READARR: ArrProgram(
        kind=ArrKind.READARR,
        name="Readarr",
        api="v1",
        port=8787,
        events=(
            "onReleaseImport",
            "onUpgrade",
            "onRename",
            "onAuthorDelete",
            "onBookDelete",
            "onBookFileDelete",
            "onBookRetag",
        ),
        titles="author",
        files="bookfile",
        title_id="authorId",
        library_type=LibraryType.ARTIST,
    ),
}


def program_named(app_name: object) -> ArrProgram | None:
    """Return the program with this name, or None if it is not supported."""
    return next((program for program in PROGRAMS.values() if program.name == app_name), None)
