"""Diagnostics of the Plex Smart Scan integration, without secrets and names."""

from collections.abc import Callable
from dataclasses import asdict
from hashlib import blake2s
import re
from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_CLIENT_ID, CONF_TOKEN, CONF_URL, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant

from .arr.connected_downloaders import downloaders_of
from .arr.coordinator import DownloaderCoordinator
from .arr.credentials import CONF_CORE_ENTRY_ID
from .const import CONF_PATH_MAPPINGS
from .coordinator import PlexSmartScanConfigEntry
from .coordinator_data import FinishedRequest
from .scanner import LibraryStatistics

_SECRETS: Final = {CONF_CLIENT_ID, CONF_TOKEN, CONF_URL, CONF_WEBHOOK_ID}
_SEPARATORS: Final = re.compile(r"([\\/]+)")
_EXTENSION: Final = re.compile(r"\.[A-Za-z0-9]{1,5}$")

type Mask = Callable[[str | None], str | None]


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> dict[str, Any]:
    """Return the diagnostics of one server."""
    coordinator = entry.runtime_data
    scanner, mask = coordinator.engine, masked_with(entry.entry_id)
    server = coordinator.data.server
    rows = entry.options.get(CONF_PATH_MAPPINGS, [])
    return {
        "entry": async_redact_data(dict(entry.data), _SECRETS),
        "options": {
            **entry.options,
            CONF_PATH_MAPPINGS: [{key: mask(text) for key, text in row.items()} for row in rows],
        },
        "server": {"version": server.version, "platform": server.platform},
        "connection": {
            "link": scanner.availability.state.value,
            "websocket": scanner.websocket.connected,
            "last_update_success": coordinator.last_update_success,
        },
        "queue": {"requests": scanner.pending, "folders": len(scanner.runner)},
        "counters": {"scans_done": coordinator.scans_done, "scans_avoided": coordinator.scans_avoided},
        "downloaders": [_downloader(each) for each in downloaders_of(hass, entry).coordinators.values()],
        "libraries": [_library(each, mask) for each in coordinator.data.libraries.values()],
        "results": [_result(each, mask) for each in coordinator.history],
    }


def masked_with(salt: str) -> Mask:
    """Return a function that masks the names in a path but keeps its structure. Equal names have equal masks."""

    def mask(text: str | None) -> str | None:
        return None if text is None else "".join(map(_masked_part, _SEPARATORS.split(text)))

    def _masked_part(part: str) -> str:
        if not part or _SEPARATORS.fullmatch(part) or re.fullmatch("[A-Za-z]:", part):
            return part
        extension = _EXTENSION.search(part)
        digest = blake2s(part.encode(errors="replace"), key=salt.encode()[:32], digest_size=4).hexdigest()
        return digest + (extension[0] if extension else "")

    return mask


def _downloader(downloader: DownloaderCoordinator) -> dict[str, Any]:
    """Return the state of a connected downloader, without its URL, API key and name."""
    data = downloader.subentry.data
    return {
        "program": downloader.program.kind.value,
        "version": downloader.data.version if downloader.data else None,
        "core_integration": CONF_CORE_ENTRY_ID in data,
        "connected": downloader.connected,
        "last_update_success": downloader.last_update_success,
        "error": downloader.error.value if downloader.error else None,
        "only_tagged": downloader.only_tagged,
        "last_notification": downloader.last_notification.isoformat() if downloader.last_notification else None,
        "caught_up": downloader.caught_up,
    }


def _library(statistics: LibraryStatistics, mask: Mask) -> dict[str, Any]:
    library = statistics.library
    return {
        "id": library.id,
        "type": library.type.value,
        "agent": library.agent,
        "locations": [mask(location) for location in library.locations],
        "counts": statistics.counts,
        "duration": statistics.duration,
        "storage": statistics.storage,
    }


def _result(finished: FinishedRequest, mask: Mask) -> dict[str, Any]:
    result = finished.result
    request = {**asdict(result.request), "path": mask(result.request.path)}
    # The caller and the names of the libraries are private.
    for private in ("context", "libraries", "id"):
        request.pop(private)
    return {
        "at": finished.at.isoformat(),
        "request": request,
        "server_path": mask(result.server_path),
        "outcome": result.outcome.value,
        "reason": result.reason.value if result.reason else None,
        "libraries": [
            {"id": each.library.id, "scanned": [mask(folder) for folder in each.scanned]} for each in result.libraries
        ],
        "items": len(result.items),
        "listed_before": result.listed_before,
        "listed_after": result.listed_after,
        "added": result.listed_newly,
        "attempts": result.attempts,
        "elapsed": result.elapsed,
        "queued": result.queued,
        "scanned": result.scanned,
        "validated": result.validated,
    }
