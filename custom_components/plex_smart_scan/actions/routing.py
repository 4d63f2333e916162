"""Which servers a request concerns, why none does, and what came of it: shared by the actions and the webhook."""

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
from ..scanner.libraries.registry import Resolution
from ..scanner.models import Outcome, Reason, ScanRequest, ScanResult
from ..scanner.paths.clean_path import InvalidPathError
from ..scanner.paths.mappings import PathMapping
from ..scanner.requests.pending import PendingRequest
from ..scanner.safe_text import log_safe

RELOAD_AT_MOST: Final = 10.0  # seconds
_SUGGEST_AT_MOST: Final = 10.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of one path on one server. Without a `server`, its name, the path concerns none."""

    result: ScanResult
    server: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a request went: the servers that took it in, each with its pending, else why none did.

    `replies` are those that are known already: of a refusal, and of servers that keep it until they are set up.
    """

    request: ScanRequest
    accepted: tuple[tuple[PlexSmartScanCoordinator, PendingRequest], ...] = ()
    refusal: ServiceValidationError | None = None
    replies: tuple[Reply, ...] = ()

    @property
    def in_no_library(self) -> bool:
        """Whether it is in no library of any server."""
        return any(reply.result.reason is Reason.NO_LIBRARY for reply in self.replies)


async def async_coordinators_for(hass: HomeAssistant, entry_id: str | None) -> list[PlexSmartScanCoordinator]:
    """Return the coordinator of one config entry, or of all that are loaded. Raises ServiceValidationError.

    A server that is being reloaded is waited for: after its options are saved, for example.
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
        entry: PlexSmartScanConfigEntry = async_get_config_entry(hass, DOMAIN, entry_id)
        return [entry.runtime_data]
    if loaded := loaded_coordinators(hass):
        return loaded
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_server_loaded")


async def _async_settled(
    hass: HomeAssistant, entries: Sequence[PlexSmartScanConfigEntry]
) -> list[PlexSmartScanConfigEntry]:
    """Wait for entries that are being reloaded; return those that still are after a while."""
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
    """Return the coordinators of all servers that are loaded, and not stopping with Home Assistant."""
    entries: list[PlexSmartScanConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    loaded = (each.runtime_data for each in entries if each.state is ConfigEntryState.LOADED)
    return [each for each in loaded if not each.stopping]


def context_data(context: Context) -> dict[str, str | None]:
    """Return the caller's context as it is kept with a request."""
    return {"id": context.id, "parent_id": context.parent_id, "user_id": context.user_id}


def is_in_a_library(coordinator: PlexSmartScanCoordinator, path: str) -> bool:
    """Whether a path is in a library, going by what is known of them; what no mapping can carry is in none."""
    return coordinator.engine.registry.library_of(path) is not None


# -- refusals ---------------------------------------------------------------------------------------------------------


def invalid(request: ScanRequest, error: InvalidPathError) -> Placement:
    """Refuse a text that is no usable path."""
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
    """Tell as well as can be told why no server has a path. `unread` could not be asked for their libraries now.

    Raises InvalidPathError when no server's mappings make a path of it.
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
    """Return where a path leads on the first server that has a folder like it, else on the first. Raises as above."""
    found: list[Resolution] = []
    problem: InvalidPathError | None = None
    for coordinator in coordinators:
        try:
            found.append(coordinator.engine.registry.resolve_as_known(request.path, request.libraries))
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
    """Return why a path was refused, with the mapping that would make it work where one is found in that time."""
    if not placement.in_no_library:
        return placement.refusal
    request = placement.request
    suggestions = await asyncio.gather(*(async_suggestion(each, request.path, seconds) for each in coordinators))
    for coordinator, suggestion in zip(coordinators, suggestions, strict=True):
        if suggestion:
            with suppress(InvalidPathError):  # as it is mapped now, nothing usable comes of the path there
                return in_no_library([coordinator], request, suggestion=suggestion).refusal
    return placement.refusal


async def async_suggestion(
    coordinator: PlexSmartScanCoordinator, path: str, seconds: float = _SUGGEST_AT_MOST
) -> PathMapping | None:
    """Return the mapping that would make a path work; None where there is none, none is needed, or time is up."""
    with suppress(InvalidPathError, TimeoutError):
        if is_in_a_library(coordinator, path):
            return None
        async with asyncio.timeout(min(seconds, _SUGGEST_AT_MOST)):
            return await coordinator.engine.registry.suggest_mapping(path)
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
