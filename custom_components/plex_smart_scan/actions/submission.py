"""Submission of requests to all servers that have the paths, and their replies."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import batched
from time import monotonic
from typing import Final

from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN
from ..coordinator import PlexSmartScanCoordinator
from ..requests_before_setup import Inbox
from ..scanner import InvalidPathError, Outcome, PendingRequest, PlexError, ScanRequest, ScanResult, clean
from .servers import Placement, Reply, in_no_library, invalid

MAX_SEARCH: Final = 2.5  # seconds to find new libraries, so that no server delays a reply for long
MIN_SEARCH: Final = 1.0  # seconds, so that callers that do not wait are informed of a mistyped path too
_BATCH: Final = 250  # paths per batch, so that the event loop stays responsive

type Coordinators = Sequence[PlexSmartScanCoordinator]


async def async_submit_requests(
    coordinators: Coordinators, requests: Sequence[ScanRequest], *, durable: bool, seconds: float = MAX_SEARCH
) -> list[Placement]:
    """Submit requests to the servers that have their paths; return their placements in the original order.

    Paths in known libraries are submitted immediately. For the other paths, all servers are asked for new libraries
    within a limited time. A server that has not responded by then accepts the paths that no other server has, and its
    engine decides later. A server that is unreachable or fails to respond is judged by the libraries that were read
    last, and the error says so. Raises HomeAssistantError if a request cannot be saved; other servers may have accepted
    requests by then, which are processed, and a repeated call merges with them or finds them up to date.
    """
    submission = _Submission(coordinators, durable=durable)
    missed = await submission.submit_placeable(enumerate(requests))
    if missed:
        await submission.refresh_libraries(min(max(seconds, MIN_SEARCH), MAX_SEARCH))
        await submission.reject(await submission.submit_placeable(missed))
    return [submission.placements[number] for number in range(len(requests))]


async def async_submit_or_store(inbox: Inbox, requests: Sequence[ScanRequest]) -> list[Placement]:
    """Submit requests to one server, or store them while it is not set up. They are on disk when this returns.

    Raises HomeAssistantError if they cannot be saved.
    """
    coordinator = inbox.coordinator or await inbox.async_store(requests)
    if coordinator is not None:
        try:
            return await async_submit_requests([coordinator], requests, durable=True)
        except HomeAssistantError:
            if inbox.coordinator is coordinator:
                raise
        # The engine stopped in the meantime. Requests that it accepted are on disk and end as up to date when repeated.
        return await async_submit_or_store(inbox, requests)
    reason = inbox.reason
    results = (ScanResult(request=each, outcome=Outcome.PENDING, reason=reason) for each in requests)
    return [
        Placement(request=each.request, replies=(Reply(result=each, server=inbox.entry.title),)) for each in results
    ]


async def async_replies(placements: Sequence[Placement], seconds: float) -> list[Reply]:
    """Return the replies to the requests in order, after at most `seconds` for all of them.

    Unfinished requests are `pending` and on disk. Raises HomeAssistantError if they cannot be saved.
    """
    deadline = monotonic() + seconds
    accepted = [pair for placement in placements for pair in placement.accepted]
    waiting: list[asyncio.Task[ScanResult]] = []
    try:
        for coordinator, pending in accepted:
            left = max(deadline - monotonic(), 0.0)
            waiting.append(asyncio.create_task(coordinator.engine.wait(pending, left)))
        results = iter(await asyncio.gather(*waiting))
    except (HomeAssistantError, OSError) as error:
        # The requests are accepted and still processed, so the error must not claim the opposite.
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="pending_not_saved") from error
    finally:
        for task in waiting:
            task.cancel()
    replies: list[Reply] = []
    for placement in placements:
        replies += placement.replies
        replies += [Reply(result=next(results), server=each.data.server.name) for each, _ in placement.accepted]
    return replies


@dataclass(slots=True)
class _Submission:
    """The requests of one call.

    `late` are servers that have not read their libraries in time, `unread` those that failed to read them.
    """

    coordinators: Coordinators
    durable: bool = field(kw_only=True)
    late: Coordinators = ()
    unread: Coordinators = ()
    placements: dict[int, Placement] = field(default_factory=dict)

    async def submit_placeable(self, requests: Iterable[tuple[int, ScanRequest]]) -> list[tuple[int, ScanRequest]]:
        """Submit the requests whose paths are in known libraries and reject invalid paths; return the others.

        A request that no known library contains is submitted too if there are servers that may still have its path.
        Each request is preceded by its number in the call.
        """
        left: list[tuple[int, ScanRequest]] = []
        for some in batched(requests, _BATCH, strict=False):
            assigned: list[tuple[int, ScanRequest, Coordinators]] = []
            for number, request in some:
                try:
                    clean(request.path)
                except InvalidPathError as error:
                    self.placements[number] = invalid(request, error)
                    continue
                if servers := self._servers_with(request):
                    assigned.append((number, request, servers))
                else:
                    left.append((number, request))
            await self._submit(assigned)
            await asyncio.sleep(0)
        return left

    def _servers_with(self, request: ScanRequest) -> Coordinators:
        """Return the servers that have a path; if there are none, those that may still have it."""
        servers = [
            each
            for each in self.coordinators
            if each.engine.registry.library_id_of(request.path, request.libraries) is not None
        ]
        return servers or self.late

    async def _submit(self, requests: list[tuple[int, ScanRequest, Coordinators]]) -> None:
        accepted: dict[int, list[tuple[PlexSmartScanCoordinator, PendingRequest]]] = {
            number: [] for number, _, _ in requests
        }
        for coordinator in self.coordinators:
            assigned = {number: request for number, request, servers in requests if coordinator in servers}
            submitted = await coordinator.async_submit(assigned.values(), durable=self.durable) if assigned else []
            for number, pending in zip(assigned, submitted, strict=True):
                accepted[number].append((coordinator, pending))
        for number, request, _ in requests:
            self.placements[number] = Placement(request=request, accepted=tuple(accepted[number]))

    async def refresh_libraries(self, seconds: float) -> None:
        """Read the libraries of all servers again."""
        tasks = {asyncio.create_task(_refresh_libraries_of(each)): each for each in self.coordinators}
        try:
            await asyncio.wait(tasks, timeout=seconds)
            responded = {task for task in tasks if task.done() and not task.cancelled()}  # cancelled if an engine stops
        finally:
            for task in tasks:
                task.cancel()  # the read itself continues and serves later requests
        self.late = [each for task, each in tasks.items() if task not in responded]
        self.unread = [each for task, each in tasks.items() if task in responded and not task.result()]

    async def reject(self, requests: Iterable[tuple[int, ScanRequest]]) -> None:
        """Reject requests that no server has."""
        for number, request in requests:
            try:
                self.placements[number] = in_no_library(self.coordinators, request, unread=self.unread)
            except InvalidPathError as error:
                self.placements[number] = invalid(request, error)  # the path is invalid with the mappings
            await asyncio.sleep(0)


async def _refresh_libraries_of(coordinator: PlexSmartScanCoordinator) -> bool:
    """Return whether the libraries of a server were read. An unreachable server is not queried."""
    if coordinator.engine.availability.reason is not None:
        return False
    try:
        await coordinator.engine.registry.read()
    except PlexError:
        return False
    return True
