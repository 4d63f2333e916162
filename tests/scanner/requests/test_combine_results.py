"""The result of a request, combined from its libraries."""

from typing import Any

from custom_components.plex_smart_scan.scanner.models import Outcome, ScanRequest, ScanResult
from custom_components.plex_smart_scan.scanner.paths.mappings import Mapped
from custom_components.plex_smart_scan.scanner.requests.combine_results import combine_results
from custom_components.plex_smart_scan.scanner.requests.progress.request_progress import Listed, Progress
from tests.scanner.builders import a_file, a_match

REQUEST = ScanRequest(path="/tv/Show/Season 01/Show - S01E01.mkv")


def a_part(number: int = 1, **fields: Any) -> Progress:
    """Make a finished part in one library."""
    match = a_match(REQUEST.path, number=number)
    mapped = Mapped(reported=match.path, path=match.path)
    return Progress(request=REQUEST, match=match, mapped=mapped, **{"outcome": Outcome.ADDED} | fields)


def a_result(*parts: Progress, elapsed: float = 10.0) -> ScanResult:
    """Combine parts that started at second 100."""
    return combine_results(REQUEST, parts, started_at=100.0, now=100.0 + elapsed)


def record_look_ups(part: Progress, *listings: Listed) -> None:
    """Record what Plex listed, one look-up after the other."""
    for listed in listings:
        part.record_listing(listed, 0.0)


def phases(result: ScanResult) -> tuple[float, float, float]:
    """Return the times of a result, in seconds."""
    return round(result.queued, 3), round(result.scanned, 3), round(result.validated, 3)


def test_phases_of_one_library_add_up() -> None:
    """Queued, scanned, validated."""
    part = a_part(queued=2.0, first_scan_at=102.0, last_ended_at=107.0, finished_at=110.0)

    assert phases(a_result(part)) == (2.0, 5.0, 3.0)


def test_overlapping_times_of_two_libraries_count_once() -> None:
    """Times that two libraries spend at once count once."""
    first = a_part(1, queued=1.0, first_scan_at=101.0, last_ended_at=104.0, finished_at=105.0)
    second = a_part(2, queued=5.0, first_scan_at=105.0, last_ended_at=108.0, finished_at=110.0)
    result = a_result(first, second)

    assert phases(result) == (5.0, 3.0, 2.0)
    assert result.queued + result.scanned + result.validated <= result.elapsed + 1e-9  # rounding


def test_waiting_for_a_wider_scan_counts_as_queued() -> None:
    """Waiting for the scan of the next scope counts as queued, not as scanned."""
    part = a_part(queued=6.0, first_scan_at=102.0, last_ended_at=109.0, finished_at=110.0)

    assert phases(a_result(part)) == (6.0, 3.0, 1.0)


def test_result_without_a_scan_was_not_queued() -> None:
    """A path that was up to date has no time in the queue."""
    assert phases(a_result(a_part(outcome=Outcome.UP_TO_DATE, finished_at=110.0))) == (0.0, 0.0, 0.0)


def test_counts_are_summed_over_all_libraries() -> None:
    """The numbers before, after and added, of all libraries together."""
    old, new = a_file(), a_file("/tv/Show/Season 01/Show - S01E02.mkv", rating_key=2)
    first, second = a_part(1), a_part(2)
    record_look_ups(first, (old,), (old, new))
    record_look_ups(second, (old,), (new,))
    result = a_result(first, second)

    assert (result.listed_before, result.listed_after, result.listed_newly) == (2, 3, 2)


def test_counts_are_unknown_if_one_library_has_none() -> None:
    """If one library was not looked up, or lists too many files, there are no counts."""
    first, second = a_part(1), a_part(2)
    record_look_ups(first, (), (a_file(),))
    record_look_ups(second, None, None)
    result = a_result(first, second)

    assert (result.listed_before, result.listed_after, result.listed_newly) == (None, None, None)
