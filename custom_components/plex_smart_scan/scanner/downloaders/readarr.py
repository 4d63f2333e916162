"""Readarr: Lidarr's shape, with books for albums and authors for artists."""

from typing import Final

from .arr import Kind, Program

READARR: Final = Program(
    name="readarr",
    owner="author",
    files=("bookFiles", "bookFile"),
    renamed="renamedBookFiles",
    part="book",
    joins=False,
    events={
        "download": Kind.IMPORTED,
        "rename": Kind.RENAMED,
        "retag": Kind.IMPORTED,
        "bookfiledelete": Kind.FILES_REMOVED,
        "authordelete": Kind.FOLDER_REMOVED,
        "bookdelete": Kind.PART_REMOVED,
    },
)
