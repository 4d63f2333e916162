"""Readarr: like Lidarr, with books instead of albums and authors instead of artists."""

from typing import Final

from .arr import EventKind, Program

READARR: Final = Program(
    name="readarr",
    owner="author",
    files=("bookFiles", "bookFile"),
    renamed="renamedBookFiles",
    part="book",
    joins=False,
    events={
        "download": EventKind.IMPORTED,
        "rename": EventKind.RENAMED,
        "retag": EventKind.IMPORTED,
        "bookfiledelete": EventKind.FILES_REMOVED,
        "authordelete": EventKind.FOLDER_REMOVED,
        "bookdelete": EventKind.PART_REMOVED,
    },
)
