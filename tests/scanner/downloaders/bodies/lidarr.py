"""Bodies of Lidarr."""

from .case import ARTIST, BLINK, CYNICAL, LETS_GET_DOWN, Case

LIDARR = (
    Case(
        "an upgrade",
        {
            "eventType": "Download",
            "isUpgrade": True,
            "artist": ARTIST,
            "trackFiles": [{"path": CYNICAL, "size": 8858}],
            "deletedFiles": [{"path": f"{BLINK}/CD 01/01 - Cynical (old).mp3"}],
        },
        there=(CYNICAL,),
        gone=(f"{BLINK}/CD 01/01 - Cynical (old).mp3",),
    ),
    Case(
        "an apostrophe of its own",
        {"eventType": "Download", "trackFiles": [{"path": LETS_GET_DOWN}], "artist": {"path": "/Music/Marshmello"}},
        there=(LETS_GET_DOWN,),
    ),
    Case("retag", {"eventType": "Retag", "artist": ARTIST, "trackFile": {"path": CYNICAL}}, there=(CYNICAL,)),
    Case(
        "a file is never put together from the artist's folder",
        {"eventType": "Download", "artist": ARTIST, "trackFiles": [{"relativePath": "California (2016)/01.mp3"}]},
        there=("/Music/blink-182",),
    ),
    Case(
        "an old name is never put together from the artist's folder either",
        {
            "eventType": "Rename",
            "artist": ARTIST,
            "renamedTrackFiles": [{"path": CYNICAL, "previousRelativePath": "California (2016)/01.mp3"}],
        },
        there=(CYNICAL,),
    ),
    Case(
        "artist deleted, files kept",
        {"eventType": "ArtistDelete", "artist": ARTIST, "deletedFiles": False},
        ignored="ArtistDelete: the files were kept",
    ),
    Case(
        "album deleted: the artist's folder is still there",
        {"eventType": "AlbumDelete", "artist": ARTIST, "album": {"title": "California"}, "deletedFiles": True},
        there=("/Music/blink-182",),
    ),
    Case(
        "album deleted, files kept",
        {"eventType": "AlbumDelete", "artist": ARTIST, "album": {"title": "California"}, "deletedFiles": False},
        ignored="AlbumDelete: the files were kept",
    ),
    Case("download failure", {"eventType": "DownloadFailure", "artist": ARTIST}, ignored="DownloadFailure"),
    Case("import failure", {"eventType": "ImportFailure", "artist": ARTIST}, ignored="ImportFailure"),
    Case("artist add", {"eventType": "ArtistAdd", "artist": ARTIST}, ignored="ArtistAdd"),
)
