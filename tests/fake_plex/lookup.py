"""Listing a section: filters, sorting, paging."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.fake_plex.file_index import fold_case
from tests.fake_plex.http import Answer, Call, Parameter, container, error
from tests.fake_plex.item_nodes import View, item_node
from tests.fake_plex.meta import meta_node
from tests.fake_plex.models import LEAF_TYPES, TYPE_NAMES, FakeLibrary, Item, title_sort
from tests.fake_plex.rendering import Node, Value

_VIEW_GROUPS = {"artist": "artist", "movie": "movie", "show": "show", "photo": "photo"}
_FIELDS: dict[str, Callable[[Item], str | int | None]] = {
    "title": lambda item: item.title,
    "id": lambda item: item.rating_key,
    "guid": lambda item: item.guid,
    "index": lambda item: item.index,
    "year": lambda item: item.year,
    "addedAt": lambda item: item.added_at,
    "updatedAt": lambda item: item.updated_at,
    "duration": lambda item: item.duration,
    "originallyAvailableAt": lambda item: item.originally_available_at,
    "mediaSize": lambda item: sum(part.size for part in item.parts),
    "trash": lambda item: int(item.deleted_at is not None),
}
_SORT_FIELDS = _FIELDS | {"titleSort": lambda item: title_sort(item.title)}
_TEXT = frozenset({"title", "guid", "file"})


@dataclass(slots=True, frozen=True)
class Page:
    """The part of a listing that was asked for."""

    start: int
    size: int | None
    asked: bool

    @classmethod
    def of(cls, call: Call) -> Page:
        """Read start and size from headers or query."""
        start, size = call.number("X-Plex-Container-Start"), call.number("X-Plex-Container-Size")
        return cls(max(0, start or 0), size if size is None else max(0, size), start is not None or size is not None)

    def cut[Row](self, rows: list[Row]) -> list[Row]:
        """Return the page's rows."""
        return rows[self.start :] if self.size is None else rows[self.start : self.start + self.size]


def compare_text(operator: str, text: str, wanted: str) -> bool:
    """Compare strings: `=` contains, `==` equals, `<=` begins, `>=` ends, with `!` the contrary."""
    if operator.startswith("!"):
        return not compare_text(operator[1:] or "=", text, wanted)
    match operator:
        case "==":
            return text == wanted
        case "<=":
            return text.startswith(wanted)
        case ">=":
            return text.endswith(wanted)
        case _:
            return wanted in text


def compare_number(operator: str, number: int, wanted: str) -> bool:
    """Compare numbers: `=`, `!=`, `>>=` greater, `<<=` less."""
    if not wanted.lstrip("-").isdigit():
        return False
    other = int(wanted)
    match operator:
        case ">>=" | ">=":
            return number > other
        case "<<=" | "<=":
            return number < other
        case "!=":
            return number != other
        case _:
            return number == other


def filter_items(items: list[Item], parameter: Parameter) -> list[Item]:
    """Keep the items that fit one parameter; a comma in the value means "or", unknown names fit all."""
    name = parameter.name.rpartition(".")[2]
    level = parameter.name.rpartition(".")[0]
    read = _FIELDS.get(name)
    if read is None:
        return items
    wanted = parameter.value.split(",")

    def fits(item: Item) -> bool:
        row = _at_level(item, level)
        value = None if row is None else read(row)
        if value is None:
            return False
        if isinstance(value, str):
            # Titles are searched without regard to case.
            texts = [(value.casefold(), one.casefold()) for one in wanted]
            return any(compare_text(parameter.operator, text, one) for text, one in texts)
        return any(compare_number(parameter.operator, value, one) for one in wanted)

    return [item for item in items if fits(item)]


def _at_level(item: Item, level: str) -> Item | None:
    row: Item | None = item
    while row is not None and level and row.type != level:
        row = row.parent
    return row


def find_by_file(library: FakeLibrary, item_type: str, parameter: Parameter, *, ignore_case: bool) -> list[Item]:
    """Return the leaves with a part whose path fits; the comma is the "or" operator here too."""
    index = library.parts_of_type(item_type)
    found: dict[int, Item] = {}
    for piece in parameter.value.split(","):
        if parameter.operator == "=":
            parts = index.containing(piece, ignore_case=ignore_case)
        else:
            fold: Callable[[str], str] = fold_case if ignore_case else str
            parts = [part for part in index if compare_text(parameter.operator, fold(part.file), fold(piece))]
        found |= {part.item.rating_key: part.item for part in parts if not part.unlisted}
    return sorted(found.values(), key=lambda item: item.sort_key)


def sort_items(items: list[Item], sort: str | None) -> list[Item]:
    """Sort by `field[:desc]`, several with commas; left as they are if nothing is asked."""
    for rule in reversed((sort or "").split(",")):
        name, _, direction = rule.partition(":")
        read = _SORT_FIELDS.get(name.rpartition(".")[2])
        if read is not None:
            known = [(value, item) for item in items if (value := read(item)) is not None]
            known.sort(
                key=lambda pair: str(pair[0]) if isinstance(pair[0], str) else pair[0], reverse=direction == "desc"
            )
            items = [item for _, item in known] + [item for item in items if read(item) is None]
    return items


def list_section(call: Call, library: FakeLibrary) -> Answer:
    """Answer `/library/sections/{id}/all`."""
    item_type = _wanted_type(call, library)
    if item_type is None:
        return error(500)
    ignore_filter = call.plex.faults.take("ignore_file_filter", call.method, call.path) is not None
    items: list[Item] | None = None
    for parameter in call.parameters:
        if parameter.name == "file" and item_type in LEAF_TYPES and not ignore_filter:
            found = find_by_file(library, item_type, parameter, ignore_case=call.plex.quirks.file_filter_ignores_case)
            items = found if items is None else [item for item in items if item in found]
    if items is None:
        items = _all_items(call, library, item_type)
    items = [item for item in items if not item.hidden]
    for parameter in call.parameters:
        items = filter_items(items, parameter)
    return _render(call, library, item_type, items)


def _wanted_type(call: Call, library: FakeLibrary) -> str | None:
    """Return the type asked for; `file` on shows without one is a server error, as measured."""
    text = call.get("type")
    if text is None:
        has_file = any(parameter.name == "file" for parameter in call.parameters)
        return None if has_file and library.type in {"show", "artist"} else library.type
    return TYPE_NAMES.get(int(text), text) if text.isdigit() else text


def _all_items(call: Call, library: FakeLibrary, item_type: str) -> list[Item]:
    if item_type == "photo" and call.get("type") is None and call.get("clusterZoomLevel") is None:
        # Without a type a photo section shows its top: albums, and the photos outside of them.
        loose = [photo for photo in library.in_order("photo") if photo.parent is None]
        return [*library.in_order("photoalbum"), *loose]
    return library.in_order(item_type)


def _render(call: Call, library: FakeLibrary, item_type: str, items: list[Item]) -> Answer:
    page, total = Page.of(call), len(items)
    limit = call.number("limit")
    wanted: list[Item] = []
    if page.size != 0:
        wanted = page.cut(sort_items(items, call.get("sort")))[:limit]
    view = View(call.plex.quirks)
    children = [item_node(item, view) for item in wanted]
    attrs = section_attributes(library, item_type)
    if limit is None and page.asked:
        attrs = _paging(call, page, total) | attrs
    answer = container(attrs, children)
    if call.flag("includeMeta") and answer.node is not None:
        answer.node.children.append(meta_node(library))
    if limit is None:
        answer.headers = _paging_headers(call, page, total)
    return answer


def _paging(call: Call, page: Page, total: int) -> dict[str, Value]:
    return {"totalSize": total if call.plex.quirks.total_size else None, "offset": page.start}


def _paging_headers(call: Call, page: Page, total: int) -> dict[str, str]:
    headers = {"X-Plex-Container-Start": str(page.start)}
    return headers | ({"X-Plex-Container-Total-Size": str(total)} if call.plex.quirks.total_size else {})


def section_attributes(library: FakeLibrary, item_type: str) -> dict[str, Value]:
    """Return a listing's attributes, named and ordered as recorded."""
    name = "All " + {"movie": "Movies", "show": "Shows"}.get(item_type, item_type.title() + "s")
    return {
        "allowSync": True,
        "art": f"/:/resources/{library.type}-fanart.jpg",
        "identifier": "com.plexapp.plugins.library",
        "librarySectionID": library.id,
        "librarySectionTitle": library.title,
        "librarySectionUUID": library.uuid,
        "mediaTagPrefix": "/system/bundle/media/flags/",
        "mediaTagVersion": 1775731696,
        "thumb": f"/:/resources/{library.type}.png",
        "title1": library.title,
        "title2": name,
        "viewGroup": _VIEW_GROUPS.get(item_type, item_type),
        "viewMode": 65592,
    }


def list_items(call: Call, items: list[Item], attrs: dict[str, Value] | None = None) -> Answer:
    """Answer with rows that need no section: children, leaves, recently added."""
    page, total = Page.of(call), len(items)
    view = View(call.plex.quirks)
    children: list[Node] = [item_node(item, view) for item in page.cut(items)]
    paging = _paging(call, page, total) if page.asked else {}
    answer = container(
        paging | {"allowSync": True, "identifier": "com.plexapp.plugins.library"} | (attrs or {}), children
    )
    answer.headers = _paging_headers(call, page, total)
    return answer
