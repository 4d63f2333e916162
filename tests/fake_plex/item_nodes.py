"""Rows of a library as elements: Video, Directory, Track and Photo with Media, Part and Stream."""

from dataclasses import dataclass
from pathlib import Path

from tests.fake_plex.models import Item, Media, Part, Stream
from tests.fake_plex.quirks import Quirks
from tests.fake_plex.rendering import Node, Value

_TAGS = {"movie": "Video", "episode": "Video", "clip": "Video", "track": "Track", "photo": "Photo"}
_OPTIMIZED_TAG = 6207
_RESOLUTIONS = ((1081, "4k"), (721, "1080"), (577, "720"), (481, "576"), (361, "480"))


@dataclass(slots=True, frozen=True)
class View:
    """How much of an item is shown."""

    quirks: Quirks
    details: bool = False
    check_files: bool = False
    extras: bool = False


def resolution(height: int | None, width: int | None) -> str | None:
    """Return the resolution's name."""
    if height is None or width is None:
        return None
    # A wide picture counts by its width: 1920x800 is still 1080.
    height = max(height, width * 9 // 16)
    return next((name for least, name in _RESOLUTIONS if height >= least), "sd")


def item_node(item: Item, view: View) -> Node:
    """Return a row as an element."""
    number = item.rating_key
    attrs: dict[str, Value] = {
        "ratingKey": str(number),
        "key": f"/library/metadata/{number}" + ("/children" if item.children else ""),
    }
    attrs |= _ancestors(item)
    attrs |= {
        "guid": item.guid,
        "type": "photo" if item.type == "photoalbum" else item.type,
        "title": item.title,
        "summary": item.summary,
        "index": item.index,
        "year": item.year,
        "thumb": f"/library/metadata/{number}/thumb/{item.thumb}" if item.thumb else None,
        "duration": item.duration,
        "originallyAvailableAt": item.originally_available_at or (f"{item.year}-01-01" if item.year else None),
        "addedAt": item.added_at,
        "updatedAt": item.updated_at,
        "deletedAt": item.deleted_at,
        "extraType": item.extra_type,
        "primaryExtraKey": f"/library/metadata/{item.extras[0].rating_key}" if item.extras else None,
    }
    if item.children:
        attrs |= {"leafCount": len(item.leaves), "viewedLeafCount": 0, "childCount": len(item.children)}
    if view.details:
        library = item.library
        attrs |= {
            "librarySectionTitle": library.title,
            "librarySectionID": library.id,
            "librarySectionKey": f"/library/sections/{library.id}",
        }
    media = [media_node(media, view) for media in item.media if not all(part.unlisted for part in media.parts)]
    if view.extras:
        media.append(
            Node(
                "Extras",
                {"size": len(item.extras)},
                [item_node(extra, View(view.quirks)) for extra in item.extras],
                single=True,
            )
        )
    return Node(_TAGS.get(item.type, "Directory"), attrs, media, json_tag="Metadata")


def _ancestors(item: Item) -> dict[str, Value]:
    attrs: dict[str, Value] = {}
    parent = item.parent
    if parent is None:
        return attrs
    if parent.parent is not None:
        top = parent.parent
        attrs |= {
            "grandparentRatingKey": str(top.rating_key),
            "grandparentGuid": top.guid,
            "grandparentKey": f"/library/metadata/{top.rating_key}",
            "grandparentTitle": top.title,
        }
    attrs |= {
        "parentRatingKey": str(parent.rating_key),
        "parentGuid": parent.guid,
        "parentKey": f"/library/metadata/{parent.rating_key}",
        "parentTitle": parent.title,
        "parentIndex": item.disc if item.type == "track" else parent.index,
    }
    return attrs


def media_node(media: Media, view: View) -> Node:
    """Return a version as an element; before its analysis it shows little."""
    facts = media.facts
    attrs: dict[str, Value] = {
        "id": media.id,
        "duration": media.duration,
        "bitrate": facts.bitrate,
        "width": facts.width,
        "height": facts.height,
        "aspectRatio": round(facts.width / facts.height, 2) if facts.width and facts.height else None,
        "audioChannels": facts.audio_channels,
        "audioCodec": facts.audio_codec,
        "videoCodec": facts.video_codec,
        "videoResolution": resolution(facts.height, facts.width) if facts.video_codec else None,
        "container": media.parts[0].container if media.parts else None,
        "videoProfile": facts.profile,
        "title": media.title,
        "proxyType": media.proxy_type,
        "target": media.target,
        "targetTagID": _OPTIMIZED_TAG if media.target else None,
        "deletedAt": media.deleted_at,
    }
    return Node("Media", attrs, [part_node(part, view) for part in media.parts if not part.unlisted])


def part_node(part: Part, view: View) -> Node:
    """Return a file as an element."""
    stamp = f"{part.stamp}/" if view.quirks.part_stamps else ""
    attrs: dict[str, Value] = {
        "id": part.id,
        "key": f"/library/parts/{part.id}/{stamp}file{part.real.suffix}",
        "duration": part.facts.duration,
        "file": part.file,
        "size": part.size,
        "container": part.container,
        "videoProfile": part.facts.profile,
        "deletedAt": part.deleted_at,
    }
    if view.check_files:
        attrs |= {"accessible": _readable(part.real), "exists": part.real.exists()}
    streams = [stream_node(stream) for stream in part.streams] if view.details else []
    return Node("Part", attrs, streams)


def _readable(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except OSError:
        return False


def stream_node(stream: Stream) -> Node:
    """Return a stream as an element."""
    attrs: dict[str, Value] = {
        "id": stream.id,
        "streamType": stream.stream_type,
        "index": stream.index,
        "codec": stream.codec,
        "key": stream.key,
        "file": stream.file,
    }
    return Node("Stream", {**attrs, **stream.details})


def tree_node(item: Item) -> Node:
    """Return the metadata tree of an item, with the database's own names."""
    attrs: dict[str, Value] = {
        "id": item.rating_key,
        "title": item.title,
        "guid": item.guid,
        "parentTitle": item.parent.title if item.parent else "",
        "instanceRatingKey": "",
        "index": item.index or 1,
        "originallyAvailableAt": item.originally_available_at,
        "refreshedAt": item.updated_at,
    }
    children = [tree_node(child) for child in item.children.values()]
    return Node("MetadataItem", attrs, [*(_tree_media(media) for media in item.media), *children])


def _tree_media(media: Media) -> Node:
    parts = [
        Node(
            "MediaPart",
            {"id": part.id, "file": part.file, "size": part.size, "duration": part.facts.duration},
            [
                Node(
                    "MediaStream", {"id": s.id, "index": s.index, "type": s.stream_type, "codec": s.codec, **s.details}
                )
                for s in part.streams
            ],
        )
        for part in media.parts
    ]
    return Node("MediaItem", {"id": media.id}, parts)
