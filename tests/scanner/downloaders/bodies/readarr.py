"""Bodies of Readarr."""

from .case import KINGS, SANDERSON, Case

READARR = (
    Case(
        "rename",
        {
            "eventType": "Rename",
            "author": {"path": SANDERSON},
            "renamedBookFiles": [{"path": KINGS, "previousPath": f"{SANDERSON}/Kings.epub"}],
        },
        there=(KINGS,),
        gone=(f"{SANDERSON}/Kings.epub",),
    ),
    Case(
        "author deleted",
        {"eventType": "AuthorDelete", "author": {"path": SANDERSON}, "deletedFiles": True},
        gone=(SANDERSON,),
    ),
    Case(
        "book deleted: the author's folder is still there",
        {"eventType": "BookDelete", "author": {"path": SANDERSON}, "book": {}, "deletedFiles": True},
        there=(SANDERSON,),
    ),
    Case(
        "book file deleted",
        {"eventType": "BookFileDelete", "author": {"path": SANDERSON}, "bookFile": {"path": KINGS}},
        gone=(KINGS,),
    ),
)
