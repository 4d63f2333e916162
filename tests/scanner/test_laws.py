"""Laws of file names, queues, retries and errors, checked for random input."""

from typing import Any
import unicodedata

from hypothesis import given, settings, strategies as st

from custom_components.plex_smart_scan.scanner.libraries.lookup_query import selective_terms
from custom_components.plex_smart_scan.scanner.paths.clean_path import clean
from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError
from custom_components.plex_smart_scan.scanner.plex.retry import (
    MAX_DELAY,
    RetryAction,
    backoff_delay,
    decide_retry,
    extended_timeout,
)
from custom_components.plex_smart_scan.scanner.scans.queue import FolderQueue
from custom_components.plex_smart_scan.scanner.scans.scan_job import ScanJob

from .builders import a_library

# No deadline, since the machine may be busy.
settings.register_profile("laws", deadline=None)
settings.load_profile("laws")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.booleans(), st.booleans())
def test_terms_of_any_name_match_what_the_server_lists(
    text: str, sent_decomposed: bool, listed_decomposed: bool
) -> None:
    """No term contains a comma, and one of them is in what the server lists, in either encoding."""
    sent = unicodedata.normalize("NFD" if sent_decomposed else "NFC", text)
    listed = unicodedata.normalize("NFD" if listed_decomposed else "NFC", text)

    found = selective_terms(sent)

    assert not any("," in piece for piece in found)
    assert any(piece in listed for piece in found)
    if any(part.strip() for part in text.split(",")):
        assert all(found), "an empty piece would ask for the whole library"


FOLDERS = st.sampled_from([None, "/tv", *(f"/tv/Show {number}" for number in range(5))])
STEPS = st.tuples(st.sampled_from(["join"] * 8 + ["next", "drop"]), st.sampled_from([1, 2]), FOLDERS)


@settings(max_examples=200)
@given(st.lists(STEPS, min_size=20, max_size=60))
def test_coalescing_loses_no_request_and_keeps_the_order(steps: list[tuple[str, int, str | None]]) -> None:
    """No request is lost, a folder is queued once, and the first request is scanned first."""
    queue, location = FolderQueue(), clean("/tv")
    libraries = {number: a_library("/tv", number=number) for number in (1, 2)}
    waiting: dict[tuple[int, str | None], ScanJob] = {}
    for step, library, folder in [*steps, *[("next", 1, None)] * len(steps)]:
        if step == "join":
            job = queue.join(libraries[library], location, clean(folder) if folder else None, looked_up_at=0.0)
            assert waiting.setdefault((library, job.path), job) is job
            continue
        first = queue.next(lambda _library: False)
        assert first is next(iter(waiting.values()), None), "first asked, first scanned"
        if first is not None:
            queue.remove(first)
            del waiting[first.library.id, first.path]
        assert len(queue) == len(waiting)
    assert not waiting


@given(st.integers(1, 10**9), st.randoms())
def test_delay_is_within_its_limits(attempt: int, source: Any) -> None:
    """A delay is at least a second and a half, and at most about five minutes."""
    assert 1.5 <= backoff_delay(attempt, source) <= MAX_DELAY * 1.25


@given(st.floats(0.1, 1000), st.integers(0, 10**9))
def test_timeout_only_extends_the_next_one(base: float, timeouts: int) -> None:
    """A timeout only extends the next one, up to four times."""
    assert base <= extended_timeout(base, timeouts) <= extended_timeout(base, timeouts + 1) <= base * 4


@given(
    st.sampled_from(ErrorKind), st.integers(1, 10**6), st.none() | st.floats(0, allow_nan=False, allow_infinity=True)
)
def test_decision_about_an_error_is_complete(kind: ErrorKind, attempt: int, retry_after: float | None) -> None:
    """A retry has a delay, and giving up or stopping has a reason."""
    decision = decide_retry(PlexError(kind, "x", retry_after=retry_after), attempt)

    assert 0 <= decision.delay <= 2 * MAX_DELAY
    if decision.action in {RetryAction.RETRY, RetryAction.WAIT_FOR_SERVER}:
        assert decision.delay >= 1.0
    if decision.action in {RetryAction.GIVE_UP, RetryAction.STOP}:
        assert decision.reason is not None
