"""The file system as the server sees it: /services/browse."""

import base64
import binascii
from pathlib import Path

from tests.fake_plex.flavours import resolve
from tests.fake_plex.http import Answer, Call, container, error
from tests.fake_plex.models import Location
from tests.fake_plex.rendering import Node


async def browse(call: Call) -> Answer:
    """List a folder as the server sees it."""
    quirks = call.plex.quirks
    if quirks.browse_refused:
        return error(quirks.browse_refused)
    encoded = call.groups.get("path")
    include_files = call.flag("includeFiles")
    if not encoded:
        roots = {_top(place): place for section in call.plex.libraries for place in section.locations}
        nodes = [_path_node(path, path) for path in roots]
        return container({}, nodes)
    try:
        path = base64.b64decode(encoded, validate=True).decode()
    except binascii.Error, UnicodeDecodeError:
        return error(400)
    nodes, exists = _browse(call, path, include_files=include_files)
    return error(404) if quirks.browse_missing_is_404 and not exists else container({}, nodes)


def _top(place: Location) -> str:
    flavour = place.flavour
    first = flavour.components(place.path)[:1]
    if not flavour.windows:
        return "/"
    return "\\\\" + first[0] if place.path.startswith("\\\\") else first[0] + "\\"


def _browse(call: Call, path: str, *, include_files: bool) -> tuple[list[Node], bool]:
    """Return what is in a folder, and whether the folder exists at all."""
    folders: dict[str, Node] = {}
    files: dict[str, Node] = {}
    exists = False
    quirks = call.plex.quirks
    for section in call.plex.libraries:
        for place in section.locations:
            flavour = place.flavour
            base, asked = flavour.components(place.path), flavour.components(path)
            if asked == base[: len(asked)] and len(asked) < len(base):
                # Above the location only the way down to it is known.
                exists = True
                if len(asked) + 1 == len(base) and not place.real.is_dir():
                    continue
                name = base[len(asked)]
                full = flavour.join(path, name)
                folders[full] = _path_node(full, name)
            elif asked[: len(base)] == base:
                tolerant = flavour.folds_case or quirks.nfd_paths
                real = resolve(place.real, asked[len(base) :], tolerant=tolerant)
                if real is not None and real.is_dir():
                    exists = True
                    _list_real(real, path, place, folders, files, dead_links=quirks.browse_lists_dead_links)
    return [*folders.values(), *(files.values() if include_files else ())], exists


def _list_real(
    real: Path, path: str, place: Location, folders: dict[str, Node], files: dict[str, Node], *, dead_links: bool
) -> None:
    for entry in sorted(real.iterdir()):
        full = place.flavour.join(path, entry.name)
        if entry.is_dir():
            folders[full] = _path_node(full, entry.name)
        elif dead_links or entry.exists():
            files[full] = Node("File", {"key": browse_key(full), "path": full, "title": entry.name})


def _path_node(full: str, title: str) -> Node:
    return Node("Path", {"key": browse_key(full), "title": title, "path": full, "home": False, "network": False})


def browse_key(path: str) -> str:
    """Return the path of the question for a folder."""
    return f"/services/browse/{base64.b64encode(path.encode()).decode()}"
