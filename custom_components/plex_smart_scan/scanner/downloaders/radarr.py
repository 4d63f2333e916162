"""Radarr: a movie's folder is its `folderPath`."""

from typing import Final

from .arr import PathKind, Program

RADARR: Final = Program(
    name="radarr",
    owner="movie",
    folder="folderPath",
    files=("movieFile", "movieFiles"),
    renamed="renamedMovieFiles",
    events={
        "download": PathKind.IMPORTED,
        "rename": PathKind.RENAMED,
        "moviefiledelete": PathKind.FILES_REMOVED,
        "moviedelete": PathKind.FOLDER_REMOVED,
    },
)
