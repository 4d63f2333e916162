"""Where requests go and what comes back: shared by the actions and the webhook."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.service import async_get_config_entry

from .const import DOMAIN
from .coordinator import PlexSmartScanConfigEntry, PlexSmartScanCoordinator
from .scanner.directory import Resolution
from .scanner.libraries import LibraryIndex
from .scanner.mappings import PathMapping
from .scanner.models import Outcome, Reason, ScanRequest, ScanResult
from .scanner.paths import InvalidPathError, clean

_SUGGEST_AT_MOST: Final = 10.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of one path on one server. Without a coordinator the path concerns no server."""

    result: ScanResult
    coordinator: PlexSmartScanCoordinator | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a request belongs: the servers that have its path, else why there is none."""

    request: ScanRequest
    coordinators: tuple[PlexSmartScanCoordinator, ...] = ()
    refusal: ServiceValidationError | None = None
    replies: tuple[Reply, ...] = ()


def coordinators_for(hass: HomeAssistant, entry_id: str | None) -> list[PlexSmartScanCoordinator]:
    """Return the coordinator of one config entry, or of all that are loaded. Raises ServiceValidationError."""
    if entry_id is not None:
        entry: PlexSmartScanConfigEntry = async_get_config_entry(hass, DOMAIN, entry_id)
        return [entry.runtime_data]
    entries: list[PlexSmartScanConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    if loaded := [each.runtime_data for each in entries if each.state is ConfigEntryState.LOADED]:
        return loaded
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_server_loaded")


def context_data(context: Context) -> dict[str, str | None]:
    """Return the caller's context as it is kept with a request."""
    return {"id": context.id, "parent_id": context.parent_id, "user_id": context.user_id}


async def async_place(
    coordinators: Sequence[PlexSmartScanCoordinator], requests: Sequence[ScanRequest]
) -> list[Placement]:
    """Find the servers that each request concerns."""
    return list(await asyncio.gather(*(_place(coordinators, request) for request in requests)))


async def async_scan(placements: Sequence[Placement], *, wait: bool, timeout: float) -> list[Reply]:
    """Have what was placed scanned, and tell what came of it, in order. `timeout` is in seconds, for all together.

    Without `wait` all of it is on disk when this returns. Raises HomeAssistantError when it cannot be.
    """
    deadline = monotonic() + (timeout if wait else 0)
    servers = dict.fromkeys(each for placement in placements for each in placement.coordinators)
    waiting: dict[tuple[PlexSmartScanCoordinator, int], asyncio.Task[ScanResult]] = {}
    try:
        for coordinator in servers:
            mine = [number for number, placement in enumerate(placements) if coordinator in placement.coordinators]
            tickets = await coordinator.async_submit([placements[n].request for n in mine], durable=not wait)
            for number, ticket in zip(mine, tickets, strict=True):
                left = max(deadline - monotonic(), 0.0)
                waiting[coordinator, number] = asyncio.create_task(coordinator.scanner.wait(ticket, left))
        await asyncio.gather(*waiting.values())
    except (HomeAssistantError, OSError) as error:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="not_saved") from error
    finally:
        for task in waiting.values():
            task.cancel()
    replies: list[Reply] = []
    for number, placement in enumerate(placements):
        replies += placement.replies
        replies += [Reply(result=waiting[each, number].result(), coordinator=each) for each in placement.coordinators]
    return replies


async def _place(coordinators: Sequence[PlexSmartScanCoordinator], request: ScanRequest) -> Placement:
    try:
        found = await asyncio.gather(
            *(each.scanner.directory.resolve(request.path, request.libraries) for each in coordinators)
        )
    except InvalidPathError as error:
        result = ScanResult(
            request=request, outcome=Outcome.FAILED, reason=Reason.INVALID_PATH, detail=error.problem.value
        )
        return Placement(
            request=request,
            refusal=ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key=f"invalid_path_{error.problem.value}",
                translation_placeholders={"path": error.path},
            ),
            replies=(Reply(result=result),),
        )
    matching = tuple(each for each, resolution in zip(coordinators, found, strict=True) if resolution.matches)
    if matching:
        return Placement(request=request, coordinators=matching)
    return _in_no_library(coordinators, request, found)


def is_in_a_library(coordinator: PlexSmartScanCoordinator, path: str) -> bool:
    """Whether a path is in a library, going by what is known of them."""
    return bool(_resolve_as_known(coordinator, path).matches)


def _resolve_as_known(coordinator: PlexSmartScanCoordinator, path: str, only: tuple[str, ...] = ()) -> Resolution:
    scanner = coordinator.scanner
    mapped, index = scanner.mappings.apply(clean(path)), LibraryIndex(scanner.directory.libraries)
    return Resolution(
        mapped=mapped, matches=index.match(mapped.path, only), nearest=index.nearest_location(mapped.path)
    )


@callback
def async_note_unmatched(coordinators: Sequence[PlexSmartScanCoordinator], placements: Sequence[Placement]) -> None:
    """Let the first server know of the paths that no server has a library for."""
    alone = len(coordinators) == 1
    for placement in placements:
        if placement.refusal and not placement.request.libraries:
            coordinators[0].async_note_unmatched(placement.request.path, alone=alone)


async def async_refusal(
    coordinators: Sequence[PlexSmartScanCoordinator], placement: Placement
) -> ServiceValidationError | None:
    """Return why a path is in no library, with the mapping that would make it work where one fits."""
    if placement.refusal is None or placement.replies[0].result.reason is not Reason.NO_LIBRARY:
        return placement.refusal
    request = placement.request
    for coordinator in coordinators:
        if suggestion := await async_suggestion(coordinator, request.path):
            known = _resolve_as_known(coordinator, request.path, request.libraries)
            return _in_no_library([coordinator], request, [known], suggestion).refusal
    return placement.refusal


async def async_suggestion(coordinator: PlexSmartScanCoordinator, path: str) -> PathMapping | None:
    """Return the mapping that would make a path work; None where there is none, or no time to find it."""
    with suppress(InvalidPathError, TimeoutError):
        async with asyncio.timeout(_SUGGEST_AT_MOST):
            return await coordinator.scanner.directory.suggest_mapping(path)
    return None


def _in_no_library(
    coordinators: Sequence[PlexSmartScanCoordinator],
    request: ScanRequest,
    found: Sequence[Resolution],
    suggestion: PathMapping | None = None,
) -> Placement:
    """Tell as well as can be told why no server has a path."""
    coordinator, resolution = coordinators[0], found[0]
    key = "no_library"
    placeholders = {"path": request.path, "server": coordinator.name}
    if request.libraries and any(_resolve_as_known(each, request.path).matches for each in coordinators):
        key = "not_in_these_libraries"
        placeholders["libraries"] = ", ".join(request.libraries)
    elif resolution.nearest is None:
        key = "no_libraries_at_all"
    else:
        placeholders["nearest"] = resolution.nearest
        if resolution.mapped.row:
            key += "_mapped"
            placeholders["mapped"] = resolution.mapped.path.text
        if suggestion:
            key += "_suggestion"
            placeholders |= {"from": suggestion.source.text, "to": suggestion.target.text}
    result = ScanResult(
        request=request,
        outcome=Outcome.FAILED,
        reason=Reason.NO_LIBRARY,
        detail=resolution.nearest or "",
        server_path=resolution.mapped.path.text,
    )
    return Placement(
        request=request,
        refusal=ServiceValidationError(
            translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
        ),
        replies=(Reply(result=result, coordinator=coordinator if len(coordinators) == 1 else None),),
    )
