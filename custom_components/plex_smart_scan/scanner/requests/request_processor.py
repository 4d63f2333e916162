"""Processes a pending request in all libraries that contain its path."""

import asyncio
from collections.abc import Callable, Sequence
import itertools

from ..libraries.index import Match
from ..models import Outcome, Reason, ScanResult
from ..paths.clean_path import InvalidPathError
from ..paths.mappings import Mapped
from ..plex.errors import PlexError
from ..plex.retry import MAX_ATTEMPTS, decide_retry
from .combine_results import combine_results
from .dependencies import Dependencies
from .execution import loop
from .pending import PendingRequest
from .progress.request_progress import Progress


class RequestProcessor:
    """Processes pending requests and returns their results."""

    def __init__(self, deps: Dependencies, release_slot: Callable[[PendingRequest], None]) -> None:
        """Store the dependencies. `release_slot` is called when a request waits for something other than its turn."""
        self._deps = deps
        self._release_slot = release_slot

    async def result_of(self, pending: PendingRequest) -> ScanResult:
        """Process a request in every library that contains its path; Plex errors become part of the result."""
        request = pending.request
        try:
            found = await self._deps.registry.resolve_with_retry(request.path, request.libraries)
        except InvalidPathError as error:
            return self.failed(pending, Reason.INVALID_PATH, error.problem)
        except PlexError as error:
            reason = decide_retry(error, MAX_ATTEMPTS).reason or Reason.SERVER_ERROR
            return self.failed(pending, reason, str(error))
        if not found.matches:
            return self.failed(pending, Reason.NO_LIBRARY, found.nearest or "")
        tried: set[int] = set()
        while new := [match for match in found.matches if match.library.id not in tried]:
            tried |= {match.library.id for match in new}
            await self._process_in(pending, found.mapped, new)
            # The libraries were read again when one was gone: the path may be in another one now.
            found = self._deps.registry.resolve_cached(request.path, request.libraries)
            if not any(map(_is_gone, pending.parts)):
                break
        now = self._deps.clock.monotonic()
        return combine_results(pending.request, pending.parts, started_at=pending.started_at, now=now)

    async def _process_in(self, pending: PendingRequest, mapped: Mapped, matches: Sequence[Match]) -> None:
        """Process a request in further libraries, in addition to those that were processed and still exist."""
        new = tuple(
            Progress(
                request=pending.request,
                match=match,
                mapped=mapped,
                started_at=pending.started_at,
                reported_at=pending.started_at,
                found_in_other_library=lambda: _is_proven(pending),
                release_slot=lambda: self._release_slot(pending),
            )
            for match in matches
        )
        pending.parts = (*itertools.filterfalse(_is_gone, pending.parts), *new)
        async with asyncio.TaskGroup() as group:  # an unexpected error in one library cancels the others
            for part in new:
                group.create_task(loop.run(self._deps, part))

    def failed(self, pending: PendingRequest, reason: Reason, detail: str) -> ScanResult:
        """Return the result of a request that ends without a scan."""
        elapsed = self._deps.clock.monotonic() - pending.started_at
        return ScanResult(
            request=pending.request, outcome=Outcome.FAILED, reason=reason, detail=detail, elapsed=elapsed
        )


def _is_gone(part: Progress) -> bool:
    """Whether the library no longer exists, or no longer contains the path."""
    return part.reason is Reason.LIBRARY_GONE


def _is_proven(pending: PendingRequest) -> bool:
    """Whether some library has the file: the others then need no wider scan."""
    return any(part.outcome is not None and part.outcome.is_proven for part in pending.parts)
