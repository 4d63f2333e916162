"""Endpoints below /library/metadata, and listings across sections."""

from collections.abc import Iterable

from tests.fake_plex.http import Answer, Call, container, error, nothing
from tests.fake_plex.item_nodes import View, item_node, tree_node
from tests.fake_plex.lookup import filter_items, list_items, sort_items
from tests.fake_plex.models import LEAF_TYPES, TYPE_NAMES, Item
from tests.fake_plex.rendering import Node, Value

_HUB_TYPES = ("movie", "show", "episode", "artist", "album", "track", "photo")


def _find(call: Call) -> list[Item]:
    keys = [int(text) for text in call.groups["keys"].split(",") if text.isdigit()]
    items = (call.plex.database.items.get(key) for key in keys)
    return [item for item in items if item is not None and not item.hidden]


async def metadata(call: Call) -> Answer:
    """Show items in full."""
    items = _find(call)
    if not items:
        return error(404)
    checks = call.flag("checkFiles")
    if checks and not call.flag("skipRefresh") and call.plex.quirks.check_files_refreshes:
        call.plex.settler.refresh_now(items)
    view = View(
        call.plex.quirks,
        details=True,
        check_files=checks or call.flag("checkFileAvailability"),
        extras=call.flag("includeExtras"),
    )
    library = items[0].library
    attrs: dict[str, Value] = {
        "allowSync": True,
        "identifier": "com.plexapp.plugins.library",
        "librarySectionID": library.id,
        "librarySectionTitle": library.title,
        "librarySectionUUID": library.uuid,
    }
    return container(attrs, [item_node(item, view) for item in items])


async def tree(call: Call) -> Answer:
    """Show an item with everything below it."""
    items = _find(call)
    if not items:
        return error(404)
    attrs = {"identifier": "com.plexapp.plugins.library", "mediaTagPrefix": "/system/bundle/media/flags/"}
    return container({**attrs, "mediaTagVersion": 1775731696}, [tree_node(item) for item in items])


async def children(call: Call) -> Answer:
    """List what is directly below an item."""
    items = _find(call)
    return error(404) if not items else list_items(call, _in_order(items[0].children.values()))


async def extras(call: Call) -> Answer:
    """List the extras of an item."""
    items = _find(call)
    return error(404) if not items else list_items(call, items[0].extras)


async def all_leaves(call: Call) -> Answer:
    """List what can be played below an item."""
    items = _find(call)
    return error(404) if not items else list_items(call, _in_order(items[0].leaves))


def _in_order(items: Iterable[Item]) -> list[Item]:
    return sorted((item for item in items if not item.hidden), key=lambda item: item.sort_key)


async def analyze(call: Call) -> Answer:
    """Analyse an item's files."""
    items = _find(call)
    if not items:
        return error(404)
    if call.plex.quirks.analyze_while_scanning_crashes and items[0].library.refreshing:
        call.plex.crash()
        return nothing()
    call.plex.settler.analyse([part for item in items for leaf in (item.leaves or [item]) for part in leaf.parts])
    return nothing()


async def refresh(call: Call) -> Answer:
    """Refresh an item's metadata, which notices the files beside it."""
    items = _find(call)
    if not items:
        return error(404)
    call.plex.settler.refresh(items)
    return nothing()


def _everything(call: Call, types: set[str] | frozenset[str]) -> list[Item]:
    return [
        item
        for library in call.plex.database.libraries.values()
        for item_type in sorted(types)
        for item in library.in_order(item_type)
        if not item.hidden
    ]


async def library_all(call: Call) -> Answer:
    """Search all sections."""
    text = call.get("type") or ""
    items = _everything(call, {TYPE_NAMES.get(int(text), "")} if text.isdigit() else {"movie", "show", "artist"})
    for parameter in call.parameters:
        items = filter_items(items, parameter)
    return list_items(call, sort_items(items, call.get("sort")))


async def recently_added(call: Call) -> Answer:
    """List leaves of all sections, newest first."""
    return list_items(call, sort_items(_everything(call, LEAF_TYPES), "addedAt:desc"))


async def hub_search(call: Call) -> Answer:
    """Search titles, one hub for each type."""
    wanted = (call.get("query") or "").casefold()
    section = call.get("sectionId")
    view = View(call.plex.quirks)
    hubs: list[Node] = []
    for item_type in _HUB_TYPES:
        found = [
            item
            for item in _everything(call, {item_type})
            if wanted in item.title.casefold() and section in {None, item.library.key}
        ][: call.number("limit") or 3]
        hubs.append(
            Node(
                "Hub",
                {"title": item_type.title() + "s", "type": item_type, "hubIdentifier": item_type, "size": len(found)},
                [item_node(item, view) for item in found],
            )
        )
    return container({}, hubs)
