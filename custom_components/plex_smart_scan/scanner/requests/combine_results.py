"""The result of a request, combined from its outcome in each library."""

from collections.abc import Sequence
from typing import Final

from ..media.up_to_date import not_trashed
from ..models import MediaFile, Outcome, Reason, ScannedLibrary, ScanRequest, ScanResult
from .progress.listing_changes import added_files, removed_files
from .progress.request_progress import MAX_RESULT_ITEMS, Progress

# The best outcome decides: a film is in Plex as soon as one library has it …
_ORDER: Final = (
    Outcome.ADDED,
    Outcome.UPDATED,
    Outcome.REMOVED,
    Outcome.UP_TO_DATE,
    Outcome.SCANNED,
    Outcome.NOT_FOUND,
    Outcome.FAILED,
)
_UNSUCCESSFUL: Final = {Outcome.NOT_FOUND, Outcome.FAILED}


def combine_results(request: ScanRequest, parts: Sequence[Progress], *, started_at: float, now: float) -> ScanResult:
    """Combine the finished parts of a request. Times are monotonic seconds."""
    best = _decisive(parts)
    queued, scanned, validated = _durations(parts, now - started_at)
    return ScanResult(
        request=request,
        outcome=best.outcome or Outcome.FAILED,
        reason=best.reason,
        detail=best.detail,
        server_path=best.match.path.text,
        libraries=_libraries(parts),
        items=_distinct([part.items for part in parts]),
        removed=_distinct([_removed(part) for part in parts]),
        listed_before=_sum([_listed_before(part) for part in parts]),
        listed_after=_sum([_listed_after(part) for part in parts]),
        listed_newly=_sum([_listed_newly(part) for part in parts]),
        attempts=sum(part.attempts for part in parts),
        elapsed=now - started_at,
        queued=queued,
        scanned=scanned,
        validated=validated,
    )


def _decisive(parts: Sequence[Progress]) -> Progress:
    """Return the part whose outcome is the request's."""
    best = min(parts, key=_rank)
    stale = [part for part in parts if _listed_before(part) and part.outcome in _UNSUCCESSFUL]
    # … but a file that another library still lists as it was is neither removed nor updated.
    return max(stale, key=_rank) if stale and best.outcome is not Outcome.ADDED else best


def _rank(part: Progress) -> int:
    return _ORDER.index(part.outcome or Outcome.FAILED)


def _durations(parts: Sequence[Progress], elapsed: float) -> tuple[float, float, float]:
    """Return how long the slowest library was queued, scanned and validated, in seconds."""
    scanned = [part for part in parts if {part.first_scan_at, part.last_ended_at} != {None}]
    if not scanned:
        return 0.0, 0.0, 0.0
    slowest = max(scanned, key=lambda part: part.finished_at)
    finished_at = slowest.finished_at
    scan_ended_at = finished_at if slowest.last_ended_at is None else min(slowest.last_ended_at, finished_at)
    validated = min(finished_at - scan_ended_at, elapsed)
    queued = min(slowest.queued, elapsed - validated)
    # A scan that was requested for another request does not count as scanning.
    scan_started_at = scan_ended_at if slowest.first_scan_at is None else slowest.first_scan_at
    return queued, max(min(scan_ended_at - scan_started_at, elapsed - validated - queued), 0.0), validated


def _listed_before(part: Progress) -> int | None:
    """Return how many files Plex listed for the path at first; None if that is unknown."""
    return None if not part.looked_up or part.first_listing is None else len(not_trashed(part.first_listing))


def _listed_after(part: Progress) -> int | None:
    """Return how many files the last look-up found; None if that is unknown."""
    return None if not part.looked_up or part.listing is None else len(not_trashed(part.listing))


def _listed_newly(part: Progress) -> int | None:
    """Return how many files Plex lists that it did not list at first; None if that is unknown."""
    if not part.looked_up or part.first_listing is None or part.listing is None:
        return None
    return len(added_files(part.first_listing, part.listing))


def _removed(part: Progress) -> tuple[MediaFile, ...]:
    """Return the files that Plex listed at first and no longer lists; empty if that is unknown."""
    if not part.looked_up or part.first_listing is None or part.listing is None:
        return ()
    return removed_files(part.first_listing, part.listing)


def _sum(counts: Sequence[int | None]) -> int | None:
    """Return the sum; None if one of the numbers is unknown."""
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def pending_result(
    request: ScanRequest, parts: Sequence[Progress], unavailable: Reason | None, *, started_at: float, now: float
) -> ScanResult:
    """Return the result of a request that is still in progress.

    `unavailable` is why the server is unavailable, if it is. Times are monotonic seconds.
    """
    reasons = [_waiting_reason(part) for part in parts if part.outcome is None]
    specific = next((reason for reason in reasons if reason is not Reason.WAITING), Reason.WAITING)
    return ScanResult(
        request=request,
        outcome=Outcome.PENDING,
        reason=unavailable or specific,
        server_path=parts[0].match.path.text if parts else None,
        libraries=_libraries(parts),
        attempts=sum(part.attempts for part in parts),
        elapsed=now - started_at,
    )


def _waiting_reason(part: Progress) -> Reason:
    """Return why the part is not finished yet."""
    is_blocked = part.job is not None and part.job.waits_for_library and not part.job.started.is_set()
    return Reason.SERVER_BUSY if is_blocked else part.waiting_reason


def _libraries(parts: Sequence[Progress]) -> tuple[ScannedLibrary, ...]:
    return tuple(ScannedLibrary(library=part.match.library, scanned=tuple(part.scanned)) for part in parts)


def _distinct(files: Sequence[Sequence[MediaFile]]) -> tuple[MediaFile, ...]:
    """Combine the files of all libraries, each once."""
    found = {(file.rating_key, file.file): file for of_library in files for file in of_library}
    return tuple(found.values())[:MAX_RESULT_ITEMS]
