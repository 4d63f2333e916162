"""Sonarr v3 and v4, and Sportarr, which sends a subset of Sonarr's objects.

Sonarr's "On Import Complete" is also a `Download`, with `episodeFiles` and without `episodeFile`.
"""

from typing import Final

from .arr import EventKind, Program

SONARR: Final = Program(
    name="sonarr",
    owner="series",
    files=("episodeFile", "episodeFiles"),
    renamed="renamedEpisodeFiles",
    destination="destinationPath",
    events={
        "download": EventKind.IMPORTED,
        "rename": EventKind.RENAMED,
        "episodefiledelete": EventKind.FILES_REMOVED,
        "seriesdelete": EventKind.FOLDER_REMOVED,
    },
)
