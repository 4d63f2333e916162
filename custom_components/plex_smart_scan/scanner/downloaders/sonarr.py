"""Sonarr v3 and v4, and Sportarr, which writes Sonarr's objects but fewer of them.

Sonarr's "On Import Complete" is a `Download` too, with `episodeFiles` and without `episodeFile`.
"""

from typing import Final

from .arr import PathKind, Program

SONARR: Final = Program(
    name="sonarr",
    owner="series",
    files=("episodeFile", "episodeFiles"),
    renamed="renamedEpisodeFiles",
    destination="destinationPath",
    events={
        "download": PathKind.IMPORTED,
        "rename": PathKind.RENAMED,
        "episodefiledelete": PathKind.FILES_REMOVED,
        "seriesdelete": PathKind.FOLDER_REMOVED,
    },
)
