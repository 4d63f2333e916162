"""Sonarr v3 and v4, and Sportarr, which writes Sonarr's objects but fewer of them.

Sonarr's "On Import Complete" is a `Download` too, with `episodeFiles` and without `episodeFile`.
"""

from typing import Final

from .arr import Kind, Program

SONARR: Final = Program(
    name="sonarr",
    owner="series",
    files=("episodeFile", "episodeFiles"),
    renamed="renamedEpisodeFiles",
    destination="destinationPath",
    events={
        "download": Kind.IMPORTED,
        "rename": Kind.RENAMED,
        "episodefiledelete": Kind.FILES_REMOVED,
        "seriesdelete": Kind.FOLDER_REMOVED,
    },
)
