"""The response of the action `resolve_path`, which shows how paths are mapped."""

import asyncio
from collections.abc import Sequence
from itertools import batched
from time import monotonic
from typing import Any, Final

from ..const import CONF_FROM, CONF_LOCAL, CONF_TO
from ..coordinator import PlexSmartScanCoordinator
from ..scanner import InvalidPathError, PathMapping, Preview, Reason, ScanRequest
from .response import item_data
from .servers import async_suggestion

_ASK_AT_MOST: Final = 20.0  # seconds for one path
_ALL_AT_MOST: Final = 60.0  # seconds for all paths of a call
_BATCH: Final = 25  # paths processed concurrently


async def async_resolution(
    coordinators: Sequence[PlexSmartScanCoordinator], requests: Sequence[ScanRequest]
) -> dict[str, Any]:
    """Return how each path is mapped on each server, in the original order.

    Many paths are processed in batches to keep the event loop responsive. After the time limit, Plex is not queried for
    the remaining paths, and only their mappings and libraries are returned.
    """
    deadline = monotonic() + _ALL_AT_MOST
    found: list[dict[str, Any]] = []
    for some in batched(requests, _BATCH, strict=False):
        seconds = min(max(deadline - monotonic(), 0.0), _ASK_AT_MOST)
        found += await asyncio.gather(*(_resolved(each, request, seconds) for request in some for each in coordinators))
        await asyncio.sleep(0)
    return {"results": found}


async def _resolved(coordinator: PlexSmartScanCoordinator, request: ScanRequest, seconds: float) -> dict[str, Any]:
    response: dict[str, Any] = {
        "path": request.path,
        "server": coordinator.data.server.name,
        "server_path": None,
        "mapping": None,
        "libraries": [],
        "visible": None,
        "in_plex": None,
        "up_to_date": None,
        "items": [],
        "nearest": None,
        "suggested_mapping": None,
        "reason": None,
    }
    try:
        registry = coordinator.engine.registry
        if seconds:
            found = await registry.resolve(request.path, request.libraries)
        else:
            found = registry.resolve_cached(request.path, request.libraries)
    except InvalidPathError as error:
        return response | {"reason": Reason.INVALID_PATH.value, "problem": error.problem.value}
    response |= {
        "server_path": (found.matches[0].path if found.matches else found.mapped.path).text,
        "mapping": _row(found.mapped.row),
        "nearest": found.nearest,
    }
    if not found.matches:
        suggestion = await async_suggestion(coordinator, request.path) if seconds else None
        return response | {"reason": Reason.NO_LIBRARY.value, "suggested_mapping": _row(suggestion)}
    previews = await coordinator.engine.preview(found, seconds)
    return response | {
        "server_path": previews[0].match.path.text,
        "libraries": [_library(each) for each in previews],
        "visible": _any(each.visible for each in previews),
        "in_plex": _any(each.listed for each in previews),
        "up_to_date": _any(each.up_to_date for each in previews),
        "items": [item_data(item) for each in previews for item in each.items],
    }


def _library(seen: Preview) -> dict[str, Any]:
    library = seen.match.library
    return {
        "id": library.id,
        "title": library.title,
        "type": library.type.value,
        "location": seen.match.location.text,
        "folder": seen.folder,
    }


def _row(row: PathMapping | None) -> dict[str, str | None] | None:
    if row is None:
        return None
    local = row.local.text if row.local else None
    return {CONF_FROM: row.source.text, CONF_TO: row.target.text, CONF_LOCAL: local}


def _any(values: Any) -> bool | None:
    """Return whether any value is true, or None if all values are unknown."""
    known = [value for value in values if value is not None]
    return any(known) if known else None
