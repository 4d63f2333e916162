"""What became of a request, put together from what became of it in each of its libraries."""

from collections.abc import Sequence
from typing import Final

from ..models import MediaFile, Outcome, Reason, ScannedLibrary, ScanRequest, ScanResult
from .progress.progress import MOST_ITEMS, Progress

# What is proven in one library counts before what failed in another: a film is in Plex when some library has it …
_ORDER: Final = (
    Outcome.ADDED,
    Outcome.UPDATED,
    Outcome.REMOVED,
    Outcome.UP_TO_DATE,
    Outcome.SCANNED,
    Outcome.NOT_FOUND,
    Outcome.FAILED,
)
_IN_VAIN: Final = {Outcome.NOT_FOUND, Outcome.FAILED}
PROVEN: Final = frozenset({Outcome.ADDED, Outcome.UPDATED, Outcome.REMOVED, Outcome.UP_TO_DATE})


def combined(request: ScanRequest, parts: Sequence[Progress], *, began_at: float, now: float) -> ScanResult:
    """Put the parts of a request that are all over together. Times are monotonic seconds."""
    best = _decisive(parts)
    queued, scanned, validated = _phases(parts, now - began_at)
    return ScanResult(
        request=request,
        outcome=best.outcome or Outcome.FAILED,
        reason=best.reason,
        detail=best.detail,
        server_path=best.match.path.text,
        libraries=_libraries(parts),
        items=_distinct([part.items for part in parts]),
        removed=_distinct([part.removed for part in parts]),
        listed_before=_sum([part.listed_before for part in parts]),
        listed_after=_sum([part.listed_after for part in parts]),
        listed_newly=_sum([part.listed_newly for part in parts]),
        attempts=sum(part.attempts for part in parts),
        elapsed=now - began_at,
        queued=queued,
        scanned=scanned,
        validated=validated,
    )


def _decisive(parts: Sequence[Progress]) -> Progress:
    """The part whose outcome is the request's."""
    best = min(parts, key=_rank)
    stale = [part for part in parts if part.listed_before and part.outcome in _IN_VAIN]
    # … but as long as another shows a file as it was, that file is neither removed nor updated.
    return max(stale, key=_rank) if stale and best.outcome is not Outcome.ADDED else best


def _rank(part: Progress) -> int:
    return _ORDER.index(part.outcome or Outcome.FAILED)


def _phases(parts: Sequence[Progress], elapsed: float) -> tuple[float, float, float]:
    """How long the request waited, was scanned and was looked at: of its libraries, the one that took the longest."""
    went = [part for part in parts if {part.first_scan_at, part.last_ended_at} != {None}]
    if not went:
        return 0.0, 0.0, 0.0
    slowest = max(went, key=lambda part: part.finished_at)
    ended = slowest.finished_at
    over = ended if slowest.last_ended_at is None else min(slowest.last_ended_at, ended)
    validated = min(ended - over, elapsed)
    queued = min(slowest.queued, elapsed - validated)
    # Between two rungs it waits again: that is no scanning. Nor is what it was avoided by another's scan.
    begun = over if slowest.first_scan_at is None else slowest.first_scan_at
    return queued, max(min(over - begun, elapsed - validated - queued), 0.0), validated


def _sum(counts: Sequence[int | None]) -> int | None:
    """The sum; None as soon as one of them is not known."""
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def pending_result(
    request: ScanRequest, parts: Sequence[Progress], reason: Reason, *, began_at: float, now: float
) -> ScanResult:
    """What can be said of a request that is not over."""
    return ScanResult(
        request=request,
        outcome=Outcome.PENDING,
        reason=reason,
        server_path=parts[0].match.path.text if parts else None,
        libraries=_libraries(parts),
        attempts=sum(part.attempts for part in parts),
        elapsed=now - began_at,
    )


def _libraries(parts: Sequence[Progress]) -> tuple[ScannedLibrary, ...]:
    return tuple(ScannedLibrary(library=part.match.library, scanned=tuple(part.scanned)) for part in parts)


def _distinct(files: Sequence[Sequence[MediaFile]]) -> tuple[MediaFile, ...]:
    """Put the files of all libraries together, each once."""
    found = {(file.rating_key, file.file): file for of_library in files for file in of_library}
    return tuple(found.values())[:MOST_ITEMS]
