"""The servers that a request concerns, and the reasons for rejected paths; shared by the actions and the webhook."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.service import async_get_config_entry

from ..const import DOMAIN
from ..coordinator import PlexSmartScanConfigEntry, PlexSmartScanCoordinator
from ..scanner import (
    InvalidPathError,
    Outcome,
    PathMapping,
    PendingRequest,
    Reason,
    Resolution,
    ScanRequest,
    ScanResult,
    log_safe,
)

RELOAD_AT_MOST: Final = 10.0  # seconds
_SUGGEST_AT_MOST: Final = 10.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The result of one path on one server. `server` is its name, or None if the path concerns no server."""

    result: ScanResult
    server: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The servers that accepted a request, each with its pending request, or the reason for its rejection.

    `replies` are the results that are already known: those of rejections, and of servers that store the request until
    they are set up.
    """

    request: ScanRequest
    accepted: tuple[tuple[PlexSmartScanCoordinator, PendingRequest], ...] = ()
    refusal: ServiceValidationError | None = None
    replies: tuple[Reply, ...] = ()

    @property
    def in_no_library(self) -> bool:
        """Return whether the path is in no library of any server."""
        return any(reply.result.reason is Reason.NO_LIBRARY for reply in self.replies)


async def async_coordinators_for(hass: HomeAssistant, entry_id: str | None) -> list[PlexSmartScanCoordinator]:
    """Return the coordinator of an entry, or all loaded ones. Raises ServiceValidationError.

    Waits for servers that are being reloaded, for example after their options were saved.
    """
    entries: list[PlexSmartScanConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    meant = [entry for entry in entries if entry_id in {None, entry.entry_id}]
    reloading = await _async_settled(hass, meant)
    if reloading and (entry_id or len(reloading) == len(meant)):
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="reloading",
            translation_placeholders={"server": log_safe(", ".join(entry.title for entry in reloading))},
        )
    if entry_id is not None:
        entry: PlexSmartScanConfigEntry = async_get_config_entry(hass, DOMAIN, log_safe(entry_id))
        return [entry.runtime_data]
    if loaded := loaded_coordinators(hass):
        return loaded
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_server_loaded")


async def _async_settled(
    hass: HomeAssistant, entries: Sequence[PlexSmartScanConfigEntry]
) -> list[PlexSmartScanConfigEntry]:
    """Wait for entries that are being reloaded; return those that are still reloading after the time limit."""
    changed = asyncio.Event()

    @callback
    def on_change(_change: ConfigEntryChange, _entry: ConfigEntry) -> None:
        changed.set()

    unlisten = async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, on_change)
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(RELOAD_AT_MOST):
                while any(_is_reloading(hass, entry) for entry in entries):
                    changed.clear()
                    await changed.wait()
    finally:
        unlisten()
    return [entry for entry in entries if _is_reloading(hass, entry)]


def _is_reloading(hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> bool:
    if entry.state is ConfigEntryState.LOADED:
        return entry.runtime_data.stopping and not hass.is_stopping
    return entry.state in {ConfigEntryState.UNLOAD_IN_PROGRESS, ConfigEntryState.SETUP_IN_PROGRESS}


def loaded_coordinators(hass: HomeAssistant) -> list[PlexSmartScanCoordinator]:
    """Return the coordinators of all loaded servers that accept requests."""
    entries: list[PlexSmartScanConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    loaded = (each.runtime_data for each in entries if each.state is ConfigEntryState.LOADED)
    return [each for each in loaded if not each.stopping]


def context_data(context: Context) -> dict[str, str | None]:
    """Return the context of the caller as it is stored with a request."""
    return {"id": context.id, "parent_id": context.parent_id, "user_id": context.user_id}


def is_in_a_library(coordinator: PlexSmartScanCoordinator, path: str) -> bool:
    """Return whether a path is in a known library; an invalid path is in none."""
    return coordinator.engine.registry.library_id_of(path) is not None


# -- refusals ---------------------------------------------------------------------------------------------------------


def invalid(request: ScanRequest, error: InvalidPathError) -> Placement:
    """Return the placement of an invalid path."""
    result = ScanResult(request=request, outcome=Outcome.FAILED, reason=Reason.INVALID_PATH, detail=error.problem.value)
    refusal = ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=f"invalid_path_{error.problem.value}",
        translation_placeholders={"path": log_safe(error.path)},
    )
    return Placement(request=request, refusal=refusal, replies=(Reply(result=result),))


def in_no_library(
    coordinators: Sequence[PlexSmartScanCoordinator],
    request: ScanRequest,
    *,
    unread: Collection[PlexSmartScanCoordinator] = (),
    suggestion: PathMapping | None = None,
) -> Placement:
    """Return the placement of a path in no library. The libraries of `unread` servers could not be read again.

    Raises InvalidPathError if the path is invalid with the mappings of all servers.
    """
    known = _as_known(coordinators, request)
    refusal = _refusal(coordinators, request, known, suggestion, unread)
    result = ScanResult(
        request=request,
        outcome=Outcome.FAILED,
        reason=Reason.NO_LIBRARY,
        detail=known.nearest or "",
        server_path=known.mapped.path.text,
    )
    server = coordinators[0].data.server.name if len(coordinators) == 1 else None
    return Placement(request=request, refusal=refusal, replies=(Reply(result=result, server=server),))


def _as_known(coordinators: Sequence[PlexSmartScanCoordinator], request: ScanRequest) -> Resolution:
    """Return the resolution on the first server with a similar folder, else on the first. Raises InvalidPathError."""
    found: list[Resolution] = []
    problem: InvalidPathError | None = None
    for coordinator in coordinators:
        try:
            found.append(coordinator.engine.registry.resolve_cached(request.path, request.libraries))
        except InvalidPathError as error:
            problem = problem or error
            continue
        if found[-1].nearest is not None:
            return found[-1]
    if problem and not found:
        raise problem
    return found[0]


async def async_refusal(
    coordinators: Sequence[PlexSmartScanCoordinator], placement: Placement, seconds: float
) -> ServiceValidationError | None:
    """Return the error for a rejected path, with a mapping if one is found within the time limit (seconds)."""
    if not placement.in_no_library:
        return placement.refusal
    request = placement.request
    suggestions = await asyncio.gather(*(async_suggestion(each, request.path, seconds) for each in coordinators))
    for coordinator, suggestion in zip(coordinators, suggestions, strict=True):
        if suggestion:
            with suppress(InvalidPathError):  # the path is invalid with the mappings of this server
                return in_no_library([coordinator], request, suggestion=suggestion).refusal
    return placement.refusal


async def async_suggestion(
    coordinator: PlexSmartScanCoordinator, path: str, seconds: float = _SUGGEST_AT_MOST
) -> PathMapping | None:
    """Return a mapping that would place a path in a library, or None if none is needed or found in time."""
    with suppress(InvalidPathError, TimeoutError):
        if is_in_a_library(coordinator, path):
            return None
        async with asyncio.timeout(min(seconds, _SUGGEST_AT_MOST)):
            return await coordinator.engine.registry.propose_mapping(path)
    return None


def _refusal(
    coordinators: Sequence[PlexSmartScanCoordinator],
    request: ScanRequest,
    known: Resolution,
    suggestion: PathMapping | None,
    unread: Collection[PlexSmartScanCoordinator],
) -> ServiceValidationError:
    key = "no_library"
    placeholders = {"path": request.path, "server": ", ".join(each.name for each in coordinators)}
    if request.libraries and any(is_in_a_library(each, request.path) for each in coordinators):
        key = "not_in_these_libraries"
        placeholders["libraries"] = ", ".join(request.libraries)
    elif known.nearest is None:
        key = "no_libraries_at_all"
    else:
        placeholders["nearest"] = known.nearest
        if known.mapped.row:
            key += "_mapped"
            placeholders["mapped"] = known.mapped.path.text
        if suggestion:
            key += "_suggestion"
            placeholders |= {"from": suggestion.source.text, "to": suggestion.target.text}
    if unread and not suggestion:
        key += "_unread"
        placeholders["unread"] = ", ".join(each.name for each in unread)
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders={name: log_safe(text) for name, text in placeholders.items()},
    )
