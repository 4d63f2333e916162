"""Radarr: a movie's folder is its `folderPath`."""

from typing import Final

from .arr import Kind, Program

RADARR: Final = Program(
    name="radarr",
    owner="movie",
    folder="folderPath",
    files=("movieFile", "movieFiles"),
    renamed="renamedMovieFiles",
    events={
        "download": Kind.IMPORTED,
        "rename": Kind.RENAMED,
        "moviefiledelete": Kind.FILES_REMOVED,
        "moviedelete": Kind.FOLDER_REMOVED,
    },
)
