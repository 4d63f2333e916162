"""Radarr: the folder of a movie is its `folderPath`."""

from typing import Final

from .arr import EventKind, Program

RADARR: Final = Program(
    name="radarr",
    owner="movie",
    folder="folderPath",
    files=("movieFile", "movieFiles"),
    renamed="renamedMovieFiles",
    events={
        "download": EventKind.IMPORTED,
        "rename": EventKind.RENAMED,
        "moviefiledelete": EventKind.FILES_REMOVED,
        "moviedelete": EventKind.FOLDER_REMOVED,
    },
)
