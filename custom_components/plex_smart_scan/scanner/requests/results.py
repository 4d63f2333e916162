"""What became of a request, put together from what became of it in each of its libraries."""

from collections.abc import Sequence
from typing import Final

from ..models import MediaFile, Outcome, Reason, ScannedLibrary, ScanRequest, ScanResult
from .course import MOST_ITEMS, Course

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


def combined(request: ScanRequest, courses: Sequence[Course], *, began_at: float, now: float) -> ScanResult:
    """Put the courses of a request that are all over together. Times are monotonic seconds."""
    best = _decisive(courses)
    queued, scanned, validated = _phases(courses, now - began_at)
    return ScanResult(
        request=request,
        outcome=best.outcome or Outcome.FAILED,
        reason=best.reason,
        detail=best.detail,
        server_path=best.match.path.text,
        libraries=_libraries(courses),
        items=_items(courses),
        listed_before=_sum([course.listed_before for course in courses]),
        listed_after=_sum([course.listed_after for course in courses]),
        listed_newly=_sum([course.listed_newly for course in courses]),
        attempts=sum(course.attempts for course in courses),
        elapsed=now - began_at,
        queued=queued,
        scanned=scanned,
        validated=validated,
    )


def _decisive(courses: Sequence[Course]) -> Course:
    """The course whose outcome is the request's."""
    best = min(courses, key=_rank)
    stale = [course for course in courses if course.listed_before and course.outcome in _IN_VAIN]
    # … but as long as another shows a file as it was, that file is neither removed nor updated.
    return max(stale, key=_rank) if stale and best.outcome is not Outcome.ADDED else best


def _rank(course: Course) -> int:
    return _ORDER.index(course.outcome or Outcome.FAILED)


def _phases(courses: Sequence[Course], elapsed: float) -> tuple[float, float, float]:
    """How long the request waited, was scanned and was looked at: of its libraries, the one that took the longest."""
    went = [course for course in courses if {course.first_scan_at, course.last_over_at} != {None}]
    if not went:
        return 0.0, 0.0, 0.0
    slowest = max(went, key=lambda course: course.ended_at)
    ended = slowest.ended_at
    over = ended if slowest.last_over_at is None else min(slowest.last_over_at, ended)
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
    request: ScanRequest, courses: Sequence[Course], reason: Reason, *, began_at: float, now: float
) -> ScanResult:
    """What can be said of a request that is not over."""
    return ScanResult(
        request=request,
        outcome=Outcome.PENDING,
        reason=reason,
        server_path=courses[0].match.path.text if courses else None,
        libraries=_libraries(courses),
        attempts=sum(course.attempts for course in courses),
        elapsed=now - began_at,
    )


def _libraries(courses: Sequence[Course]) -> tuple[ScannedLibrary, ...]:
    return tuple(ScannedLibrary(library=course.match.library, scanned=tuple(course.scanned)) for course in courses)


def _items(courses: Sequence[Course]) -> tuple[MediaFile, ...]:
    found = {(item.rating_key, item.file): item for course in courses for item in course.items}
    return tuple(found.values())[:MOST_ITEMS]
