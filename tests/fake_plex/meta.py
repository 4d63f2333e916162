"""The Meta block: which types, filters, sorts, fields and operators a section has."""

from tests.fake_plex.models import TYPE_NUMBERS, FakeLibrary
from tests.fake_plex.rendering import Node, Value

_TYPES = {
    "movie": ("movie",),
    "show": ("show", "season", "episode"),
    "artist": ("artist", "album", "track"),
    "photo": ("photo", "photoalbum"),
}
_FIELDS = (
    ("title", "string", "Title"),
    ("studio", "string", "Studio"),
    ("userRating", "integer", "Rating"),
    ("contentRating", "tag", "Content Rating"),
    ("year", "integer", "Year"),
    ("decade", "integer", "Decade"),
    ("originallyAvailableAt", "date", "Release Date"),
    ("duration", "integer", "Duration"),
    ("unmatched", "boolean", "Unmatched"),
    ("duplicate", "boolean", "Duplicate"),
    ("addedAt", "date", "Date Added"),
    ("viewCount", "integer", "Plays"),
    ("lastViewedAt", "date", "Last Played"),
    ("unwatched", "boolean", "Unplayed"),
    ("resolution", "resolution", "Resolution"),
    ("hdr", "boolean", "HDR"),
    ("mediaSize", "integer", "File Size"),
    ("mediaBitrate", "integer", "Bitrate"),
    ("inProgress", "boolean", "In Progress"),
    ("trash", "boolean", "Trashed"),
    ("label", "tag", "Label"),
)
_SORTS = (
    ("titleSort", "asc", "Title"),
    ("year", "desc", "Year"),
    ("originallyAvailableAt", "desc", "Release Date"),
    ("addedAt", "desc", "Date Added"),
    ("lastViewedAt", "desc", "Date Viewed"),
    ("duration", "desc", "Duration"),
)
_OPERATORS = {
    "string": (("=", "contains"), ("!=", "does not contain"), ("==", "is"), ("!==", "is not")),
    "integer": (("=", "is"), ("!=", "is not"), (">>=", "is greater than"), ("<<=", "is less than")),
    "date": (("<<=", "is before"), (">>=", "is after")),
    "boolean": (("=", "is true"), ("!=", "is false")),
    "tag": (("=", "is"), ("!=", "is not")),
    "resolution": (("=", "is"),),
}


def meta_node(library: FakeLibrary) -> Node:
    """Return the block of a section."""
    types = [_type_node(library, name, active=name == library.type) for name in _TYPES[library.type]]
    return Node("Meta", {}, [*types, *_operator_nodes()], single=True)


def collections_meta_node(library: FakeLibrary) -> Node:
    """Return the block of a section's collections."""
    return Node("Meta", {}, [_type_node(library, "collection", active=True)], single=True)


def _type_node(library: FakeLibrary, name: str, *, active: bool) -> Node:
    prefix = "" if name == library.type else f"{name}."
    filters = [
        Node(
            "Filter",
            {
                "filter": field,
                "filterType": "string" if kind == "tag" else kind,
                "key": f"/library/sections/{library.id}/{field}",
                "title": title,
                "type": "filter",
            },
        )
        for field, kind, title in _FIELDS
        if kind in {"tag", "boolean", "resolution"}
    ]
    sorts = [
        Node(
            "Sort",
            {"active": False, "defaultDirection": direction, "descKey": f"{key}:desc", "key": key, "title": title},
        )
        for key, direction, title in _SORTS
    ]
    fields = [Node("Field", {"key": prefix + key, "title": title, "type": kind}) for key, kind, title in _FIELDS]
    attrs: dict[str, Value] = {
        "key": f"/library/sections/{library.id}/all?type={TYPE_NUMBERS[name]}",
        "type": name,
        "title": name.title() + "s",
        "active": active,
    }
    return Node("Type", attrs, [*filters, *sorts, *fields])


def _operator_nodes() -> list[Node]:
    return [
        Node("FieldType", {"type": kind}, [Node("Operator", {"key": key, "title": title}) for key, title in operators])
        for kind, operators in _OPERATORS.items()
    ]
