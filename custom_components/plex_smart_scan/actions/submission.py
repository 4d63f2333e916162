"""Requests on their way in: to each server that has the path, at once; and out again as replies."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import batched
from time import monotonic
from typing import Final

from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN
from ..coordinator import PlexSmartScanCoordinator
from ..inbox import Inbox
from ..scanner import InvalidPathError, Outcome, PendingRequest, PlexError, ScanRequest, ScanResult, clean
from .routing import Placement, Reply, in_no_library, invalid

FIND_AT_MOST: Final = 2.5  # seconds for new libraries to be found, so that a hung server holds up no answer for long
FIND_AT_LEAST: Final = 1.0  # so that who does not wait is told of a mistyped path all the same
_BATCH: Final = 250  # paths that are taken at once, so that the event loop is never held for long

type Coordinators = Sequence[PlexSmartScanCoordinator]


async def async_take_in(
    coordinators: Coordinators, requests: Sequence[ScanRequest], *, durable: bool, seconds: float = FIND_AT_MOST
) -> list[Placement]:
    """Have requests taken in by the servers that have their paths, and tell in the same order where each went.

    What is in a known library is taken in at once. Only for the rest all servers are asked for libraries that are new,
    for so many seconds, within bounds. A server that has not answered by then takes in what nobody else has, and its
    scanner decides: nothing is refused by what may have changed. A server that is away or fails to answer is judged by
    its libraries as last read, and the refusal says so. Raises HomeAssistantError when a request cannot be kept.
    """
    intake = _Intake(coordinators, durable=durable)
    missed = await intake.take(enumerate(requests))
    if missed:
        await intake.read_again(min(max(seconds, FIND_AT_LEAST), FIND_AT_MOST))
        await intake.refuse(await intake.take(missed))
    return [intake.placements[number] for number in range(len(requests))]


async def async_take_in_or_keep(inbox: Inbox, requests: Sequence[ScanRequest]) -> list[Placement]:
    """Have requests taken in by one server, or kept for it while it is not set up; they are on the disk then.

    Raises HomeAssistantError when they cannot be kept.
    """
    coordinator = inbox.coordinator or await inbox.async_keep(requests)
    if coordinator is not None:
        try:
            return await async_take_in([coordinator], requests, durable=True)
        except HomeAssistantError:
            if inbox.coordinator is coordinator:
                raise
        # It stopped meanwhile. What it had taken in is on the disk; given again, it is up to date by then.
        return await async_take_in_or_keep(inbox, requests)
    reason = inbox.reason
    results = (ScanResult(request=each, outcome=Outcome.PENDING, reason=reason) for each in requests)
    return [
        Placement(request=each.request, replies=(Reply(result=each, server=inbox.entry.title),)) for each in results
    ]


async def async_replies(placements: Sequence[Placement], seconds: float) -> list[Reply]:
    """Tell what came of the requests, in order, after so many seconds at most for all together.

    What is not over by then is `pending`, and on the disk. Raises HomeAssistantError when it cannot be.
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
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="not_saved") from error
    finally:
        for task in waiting:
            task.cancel()
    replies: list[Reply] = []
    for placement in placements:
        replies += placement.replies
        replies += [Reply(result=next(results), server=each.data.server.name) for each, _ in placement.accepted]
    return replies


@dataclass(slots=True)
class _Intake:
    """The requests of one call. `late` servers have not told their libraries yet; `unread` ones could not."""

    coordinators: Coordinators
    durable: bool = field(kw_only=True)
    late: Coordinators = ()
    unread: Coordinators = ()
    placements: dict[int, Placement] = field(default_factory=dict)

    async def take(self, requests: Iterable[tuple[int, ScanRequest]]) -> list[tuple[int, ScanRequest]]:
        """Take in what some server has by what is known, and refuse what is no path; return what is left."""
        left: list[tuple[int, ScanRequest]] = []
        for some in batched(requests, _BATCH, strict=False):
            mine: list[tuple[int, ScanRequest, Coordinators]] = []
            for number, request in some:
                try:
                    clean(request.path)
                except InvalidPathError as error:
                    self.placements[number] = invalid(request, error)
                    continue
                if having := self._having(request):
                    mine.append((number, request, having))
                else:
                    left.append((number, request))
            await self._submit(mine)
            await asyncio.sleep(0)
        return left

    def _having(self, request: ScanRequest) -> Coordinators:
        directories = ((each, each.engine.registry) for each in self.coordinators)
        having = [
            each for each, known in directories if known.library_id_of(request.path, request.libraries) is not None
        ]
        return having or self.late

    async def _submit(self, requests: list[tuple[int, ScanRequest, Coordinators]]) -> None:
        accepted: dict[int, list[tuple[PlexSmartScanCoordinator, PendingRequest]]] = {
            number: [] for number, _, _ in requests
        }
        for coordinator in self.coordinators:
            mine = {number: request for number, request, having in requests if coordinator in having}
            taken = await coordinator.async_submit(mine.values(), durable=self.durable) if mine else []
            for number, pending in zip(mine, taken, strict=True):
                accepted[number].append((coordinator, pending))
        for number, request, _ in requests:
            self.placements[number] = Placement(request=request, accepted=tuple(accepted[number]))

    async def read_again(self, seconds: float) -> None:
        """Have all servers tell their libraries anew."""
        tasks = {asyncio.create_task(_reads_again(each)): each for each in self.coordinators}
        try:
            await asyncio.wait(tasks, timeout=seconds)
            told = {task for task in tasks if task.done() and not task.cancelled()}  # cancelled by a scanner that stops
        finally:
            for task in tasks:
                task.cancel()  # the reading itself goes on, and counts for whoever comes next
        self.late = [each for task, each in tasks.items() if task not in told]
        self.unread = [each for task, each in tasks.items() if task in told and not task.result()]

    async def refuse(self, requests: Iterable[tuple[int, ScanRequest]]) -> None:
        """Tell of each why no server has it."""
        for number, request in requests:
            try:
                self.placements[number] = in_no_library(self.coordinators, request, unread=self.unread)
            except InvalidPathError as error:
                self.placements[number] = invalid(request, error)  # a mapping makes nothing usable of it
            await asyncio.sleep(0)


async def _reads_again(coordinator: PlexSmartScanCoordinator) -> bool:
    """Whether a server told its libraries; one that is away is not asked."""
    if coordinator.engine.availability.reason is not None:
        return False
    try:
        await coordinator.engine.registry.read()
    except PlexError:
        return False
    return True
