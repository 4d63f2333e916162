"""Lidarr: files name themselves by their whole path only.

An artist's folder and the folders of its files may be spelt with different hyphens, so nothing is put together from
the one and the other. An album has no path of its own, and the artist may be missing beside it (Lidarr/Lidarr#4552).
"""

from typing import Final

from .arr import EventKind, Program

LIDARR: Final = Program(
    name="lidarr",
    owner="artist",
    files=("trackFiles", "trackFile"),
    renamed="renamedTrackFiles",
    part="album",
    joins=False,
    events={
        "download": EventKind.IMPORTED,
        "rename": EventKind.RENAMED,
        "retag": EventKind.IMPORTED,
        "artistdelete": EventKind.FOLDER_REMOVED,
        "albumdelete": EventKind.PART_REMOVED,
    },
)
