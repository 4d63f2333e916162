"""Lidarr: files name themselves by their whole path only.

An artist's folder and the folders of its files may be spelt with different hyphens, so nothing is put together from
the one and the other. An album has no path of its own, and the artist may be missing beside it (Lidarr/Lidarr#4552).
"""

from typing import Final

from .arr import PathKind, Program

LIDARR: Final = Program(
    name="lidarr",
    owner="artist",
    files=("trackFiles", "trackFile"),
    renamed="renamedTrackFiles",
    part="album",
    joins=False,
    events={
        "download": PathKind.IMPORTED,
        "rename": PathKind.RENAMED,
        "retag": PathKind.IMPORTED,
        "artistdelete": PathKind.FOLDER_REMOVED,
        "albumdelete": PathKind.PART_REMOVED,
    },
)
