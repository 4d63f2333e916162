"""Lidarr: files are named by their absolute path only.

The folder of an artist and those of its files can be spelled with different hyphens, so they are not joined. An album
has no path of its own, and the artist may be missing (Lidarr/Lidarr#4552).
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
