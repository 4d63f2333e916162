"""Readarr: Lidarr's shape, with books for albums and authors for artists."""

from typing import Final

from .arr import PathKind, Program

READARR: Final = Program(
    name="readarr",
    owner="author",
    files=("bookFiles", "bookFile"),
    renamed="renamedBookFiles",
    part="book",
    joins=False,
    events={
        "download": PathKind.IMPORTED,
        "rename": PathKind.RENAMED,
        "retag": PathKind.IMPORTED,
        "bookfiledelete": PathKind.FILES_REMOVED,
        "authordelete": PathKind.FOLDER_REMOVED,
        "bookdelete": PathKind.PART_REMOVED,
    },
)
