"""The four programs: their names, their API and the events that concern files."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..scanner import LibraryType


class ArrKind(StrEnum):
    """Which program a downloader is."""

    SONARR = "sonarr"
    RADARR = "radarr"
    LIDARR = "lidarr"
    READARR = "readarr"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrProgram:
    """What one program calls its things.

    `api` is the version of the API, `port` the default port. `events` are the event flags of a connection that concern
    files; a version that does not know one of them says so in its `supportsOn…` fields. `titles` and `files` are
    resources, `title_id` the parameter by which the files of a title are listed. `library_type` is Plex's
    kind of library for what the program manages.
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
    """Return the program that calls itself so; None for one that is not supported."""
    return next((program for program in PROGRAMS.values() if program.name == app_name), None)
