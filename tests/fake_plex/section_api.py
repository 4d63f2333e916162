"""Endpoints below /library/sections: the sections, their content, scan requests."""

from tests.fake_plex.http import Answer, Call, container, error, nothing
from tests.fake_plex.item_nodes import View, item_node
from tests.fake_plex.lookup import list_items, list_section, section_attributes, sort_items
from tests.fake_plex.meta import collections_meta_node
from tests.fake_plex.models import PRIMARY_LEAF, FakeLibrary, FolderRecord, Item
from tests.fake_plex.rendering import Node, Value

_CONTENT = ("all", "collections", "folder", "onDeck", "recentlyAdded", "newest", "unwatched", "byFolder")


def find_library(call: Call) -> FakeLibrary | None:
    """Return the section named in the path."""
    number = call.groups["section"]
    return call.plex.database.libraries.get(int(number)) if number.isdigit() else None


def section_node(library: FakeLibrary) -> Node:
    """Return a section as an element."""
    number = library.id
    attrs: dict[str, Value] = {
        "allowSync": True,
        "art": f"/:/resources/{library.type}-fanart.jpg",
        "composite": f"/library/sections/{number}/composite/{library.updated_at}",
        "filters": True,
        "refreshing": library.refreshing,
        "thumb": f"/:/resources/{library.type}.png",
        "key": str(number),
        "type": library.type,
        "title": library.title,
        "agent": library.agent,
        "scanner": library.scanner,
        "language": library.language,
        "uuid": library.uuid,
        "updatedAt": library.updated_at,
        "createdAt": library.created_at,
        "scannedAt": library.scanned_at,
        "content": True,
        "directory": True,
        "contentChangedAt": library.content_changed_at,
        "hidden": 0,
    }
    locations = [Node("Location", {"id": location.id, "path": location.path}) for location in library.locations]
    return Node("Directory", attrs, locations)


async def sections(call: Call) -> Answer:
    """List the sections; a stale answer keeps showing what it showed first."""
    nodes = [section_node(library) for library in call.plex.database.libraries.values()]
    fault = call.plex.faults.take("stale_sections", call.method, call.path)
    if fault is not None:
        nodes = fault.memory
    return container({"allowSync": False, "title1": "Plex Library"}, nodes)


async def section(call: Call) -> Answer:
    """Show what can be asked of a section."""
    library = find_library(call)
    if library is None:
        return error(404)
    rows = [Node("Directory", {"key": key, "title": key}) for key in _CONTENT]
    return container({"content": "secondary", **section_attributes(library, library.type)}, rows)


async def content(call: Call) -> Answer:
    """List a section's rows."""
    library = find_library(call)
    return error(404) if library is None else list_section(call, library)


async def collections(call: Call) -> Answer:
    """List a section's collections: there are none, but their filters are asked for."""
    library = find_library(call)
    if library is None:
        return error(404)
    answer = container({"totalSize": 0, "offset": 0, **section_attributes(library, "collection")})
    if call.flag("includeMeta") and answer.node is not None:
        answer.node.children.append(collections_meta_node(library))
    return answer


async def recently_added(call: Call) -> Answer:
    """List a section's leaves, newest first."""
    library = find_library(call)
    if library is None:
        return error(404)
    items = [item for item in library.of_type(PRIMARY_LEAF[library.type]).values() if not item.hidden]
    return list_items(call, sort_items(items, "addedAt:desc"), {"librarySectionID": library.id})


async def empty_listing(call: Call) -> Answer:
    """List nothing, for what the fake does not keep (on deck, playlists, hubs)."""
    return list_items(call, [])


async def refresh(call: Call) -> Answer:
    """Queue a scan and say no more than 200."""
    if call.groups["section"] == "all":
        libraries = list(call.plex.database.libraries.values())
    else:
        library = find_library(call)
        if library is None:
            return error(404)
        libraries = [library]
    path = call.get("path") or None
    if call.method == "DELETE" or call.flag("cancel"):
        for library in libraries:
            call.plex.scanner.cancel(library)
        return nothing()
    if call.plex.quirks.refresh_methods not in {"both", call.method.lower()}:
        return error(404)
    query = {parameter.name: parameter.value for parameter in call.parameters}
    if call.plex.faults.take("lost_scan", call.method, call.path, query) is None:
        for library in libraries:
            call.plex.scanner.request(library, path, force=call.flag("force"), now=call.plex.clock())
    return nothing()


async def empty_trash(call: Call) -> Answer:
    """Remove what is in the trash."""
    library = find_library(call)
    if library is None:
        return error(404)
    call.plex.settler.empty_trash(library)
    return nothing()


async def analyze(call: Call) -> Answer:
    """Analyse everything in a section."""
    library = find_library(call)
    if library is None:
        return error(404)
    if call.plex.quirks.analyze_while_scanning_crashes and library.refreshing:
        call.plex.crash()
        return nothing()
    call.plex.settler.analyse(library.all_parts)
    return nothing()


async def folder(call: Call) -> Answer:
    """List a section folder by folder: the first level, or what is in `parent`."""
    library = find_library(call)
    if library is None:
        return error(404)
    parent = call.number("parent")
    if parent is None:
        records = [library.folders[place.path] for place in library.locations if place.path in library.folders]
    else:
        records = [record for record in library.folders.values() if record.id == parent]
    view = View(call.plex.quirks)
    nodes: list[Node] = []
    for record in records:
        nodes.extend(_folder_node(library, library.folders[path]) for path in sorted(record.folders))
        nodes.extend(item_node(item, view) for item in _items_in(record))
    return container(section_attributes(library, library.type), nodes)


def _folder_node(library: FakeLibrary, record: FolderRecord) -> Node:
    title = library.locations[0].flavour.components(record.path)[-1]
    return Node("Directory", {"key": f"/library/sections/{library.id}/folder?parent={record.id}", "title": title})


def _items_in(record: FolderRecord) -> list[Item]:
    found = [part.item for _, parts in sorted(record.files.items()) for part in parts if not part.unlisted]
    return [item for item in dict.fromkeys(found) if not item.hidden]
