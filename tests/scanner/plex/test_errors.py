"""Kinds of errors, and how each is handled."""

from datetime import UTC, datetime
import random
from typing import override

import pytest

from custom_components.plex_smart_scan.scanner.models import Reason
from custom_components.plex_smart_scan.scanner.plex.errors import (
    ErrorKind,
    PlexError,
    error_from_response,
    kind_of_status,
)
from custom_components.plex_smart_scan.scanner.plex.retry import (
    MAX_ATTEMPTS,
    MAX_DELAY,
    MAX_REFUSALS,
    RetryAction,
    RetryDecision,
    backoff_delay,
    decide_retry,
    extended_timeout,
)

STARTING_UP = "<h1>400 Bad Request</h1> the server is still starting up. Please retry later"

MAINTENANCE = (
    '<Response code="503" title="Maintenance" '
    'status="Plex Media Server is currently running startup maintenance tasks."/>'
)


class MiddleRandom(random.Random):
    """A random source that always returns the middle."""

    @override
    def uniform(self, a: float, b: float) -> float:
        """Return the middle."""
        return (a + b) / 2


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, ErrorKind.NOT_PLEX),
        (302, ErrorKind.NOT_PLEX),
        (308, ErrorKind.NOT_PLEX),
        (400, ErrorKind.BAD_REQUEST),
        (401, ErrorKind.AUTH),
        (403, ErrorKind.PERMISSION),
        (404, ErrorKind.NOT_FOUND),
        (408, ErrorKind.TIMEOUT),
        (409, ErrorKind.BAD_REQUEST),
        (429, ErrorKind.RATE_LIMITED),
        (498, ErrorKind.AUTH),
        (500, ErrorKind.SERVER_ERROR),
        (501, ErrorKind.SERVER_ERROR),
        (502, ErrorKind.UNAVAILABLE),
        (503, ErrorKind.UNAVAILABLE),
        (504, ErrorKind.UNAVAILABLE),
        (521, ErrorKind.UNAVAILABLE),
        (522, ErrorKind.UNAVAILABLE),
        (530, ErrorKind.UNAVAILABLE),
    ],
)
def test_status_has_its_kind_of_error(status: int, kind: ErrorKind) -> None:
    """498 is an expired token; 502 to 504 and 520 to 530 mean that a proxy did not reach Plex."""
    assert kind_of_status(status) is kind


@pytest.mark.parametrize("status", [400, 500, 503])
@pytest.mark.parametrize("body", [STARTING_UP, MAINTENANCE])
def test_400_of_a_starting_server_is_starting_up(status: int, body: str) -> None:
    """A starting server sends a message in the body; a 400 without it is a refusal."""
    assert kind_of_status(status, body) is ErrorKind.STARTING_UP
    assert kind_of_status(400, "<h1>400 Bad Request</h1>") is ErrorKind.BAD_REQUEST


def test_401_while_starting_up_is_an_authentication_error() -> None:
    """A rejected token stays a rejected token."""
    assert kind_of_status(401, STARTING_UP) is ErrorKind.AUTH


@pytest.mark.parametrize(
    ("kind", "action", "reason"),
    [
        (ErrorKind.AUTH, RetryAction.STOP, Reason.NOT_AUTHORIZED),
        (ErrorKind.PERMISSION, RetryAction.RETRY, Reason.SERVER_BUSY),
        (ErrorKind.BAD_REQUEST, RetryAction.RETRY, Reason.SERVER_BUSY),
        (ErrorKind.TLS, RetryAction.WAIT_FOR_SERVER, Reason.SERVER_OFFLINE),
        (ErrorKind.NOT_FOUND, RetryAction.READ_LIBRARIES_AGAIN, None),
        (ErrorKind.STARTING_UP, RetryAction.WAIT_FOR_SERVER, Reason.SERVER_OFFLINE),
        (ErrorKind.RATE_LIMITED, RetryAction.WAIT_FOR_SERVER, Reason.SERVER_OFFLINE),
        (ErrorKind.UNAVAILABLE, RetryAction.WAIT_FOR_SERVER, Reason.SERVER_OFFLINE),
        (ErrorKind.NETWORK, RetryAction.WAIT_FOR_SERVER, Reason.SERVER_OFFLINE),
        (ErrorKind.NOT_PLEX, RetryAction.WAIT_FOR_SERVER, Reason.SERVER_OFFLINE),
        (ErrorKind.SERVER_ERROR, RetryAction.RETRY, Reason.SERVER_BUSY),
        (ErrorKind.BROKEN_RESPONSE, RetryAction.RETRY, Reason.SERVER_BUSY),
        (ErrorKind.TIMEOUT, RetryAction.RETRY, Reason.SERVER_BUSY),
    ],
)
def test_each_kind_of_error_is_handled_as_expected(kind: ErrorKind, action: RetryAction, reason: Reason | None) -> None:
    """Each kind of error is handled differently."""
    decision = decide_retry(PlexError(kind, "x"), 1)

    assert (decision.action, decision.reason) == (action, reason)


def test_every_kind_of_error_has_a_decision() -> None:
    """Every kind of error has a decision, at any attempt."""
    for kind in ErrorKind:
        for attempt in (1, 2, MAX_ATTEMPTS, 1000):
            assert isinstance(decide_retry(PlexError(kind, "x"), attempt), RetryDecision)


@pytest.mark.parametrize("kind", [ErrorKind.SERVER_ERROR, ErrorKind.BROKEN_RESPONSE, ErrorKind.TIMEOUT])
def test_error_of_one_request_is_retried_a_limited_number_of_times(kind: ErrorKind) -> None:
    """An error of one request is retried a limited number of times."""
    assert decide_retry(PlexError(kind, "x"), MAX_ATTEMPTS - 1).action is RetryAction.RETRY
    assert decide_retry(PlexError(kind, "x"), MAX_ATTEMPTS) == RetryDecision(
        RetryAction.GIVE_UP, reason=Reason.SERVER_ERROR
    )


@pytest.mark.parametrize(
    ("kind", "reason"), [(ErrorKind.PERMISSION, Reason.PERMISSION), (ErrorKind.BAD_REQUEST, Reason.BAD_REQUEST)]
)
def test_repeated_refusal_is_final(kind: ErrorKind, reason: Reason) -> None:
    """A refusal is final when it has been repeated."""
    assert decide_retry(PlexError(kind, "x"), MAX_REFUSALS - 1).action is RetryAction.RETRY
    assert decide_retry(PlexError(kind, "x"), MAX_REFUSALS) == RetryDecision(RetryAction.GIVE_UP, reason=reason)


@pytest.mark.parametrize("kind", [ErrorKind.NETWORK, ErrorKind.UNAVAILABLE, ErrorKind.STARTING_UP])
def test_unavailable_server_is_waited_for_without_a_limit(kind: ErrorKind) -> None:
    """An unavailable server is waited for without a limit."""
    assert decide_retry(PlexError(kind, "x"), 1000).action is RetryAction.WAIT_FOR_SERVER


@pytest.mark.parametrize("attempt", [1, 2, MAX_ATTEMPTS, 1000])
def test_only_404_requires_another_check(attempt: int) -> None:
    """Any other error of one request is retried, or is final with a reason: the scan of a folder relies on it."""
    own = {RetryAction.RETRY, RetryAction.WAIT_FOR_SERVER, RetryAction.STOP}
    for kind in set(ErrorKind) - {ErrorKind.NOT_FOUND}:
        decision = decide_retry(PlexError(kind, "x"), attempt)

        assert decision.action in own or (decision.action is RetryAction.GIVE_UP and decision.reason)


def test_404_causes_the_libraries_to_be_read_again() -> None:
    """The libraries are read at once, and then after growing pauses; a library that is still there is not gone."""
    error = PlexError(ErrorKind.NOT_FOUND, "x")

    assert decide_retry(error, 1) == RetryDecision(RetryAction.READ_LIBRARIES_AGAIN)
    assert decide_retry(error, 2, MiddleRandom()) == RetryDecision(
        RetryAction.READ_LIBRARIES_AGAIN, 4, Reason.SERVER_BUSY
    )
    assert decide_retry(error, MAX_ATTEMPTS) == RetryDecision(RetryAction.GIVE_UP, reason=Reason.SERVER_ERROR)


@pytest.mark.parametrize(
    ("retry_after", "attempt", "delay"),
    [(90, 1, 90), (0, 1, 2), (1, 3, 8), (None, 1, 2), (86_400, 1, 2 * MAX_DELAY)],
)
def test_retry_after_is_kept_unless_the_delay_is_longer(retry_after: float | None, attempt: int, delay: float) -> None:
    """Retry-After is kept, unless the own delay is longer; a day is not accepted."""
    error = PlexError(ErrorKind.RATE_LIMITED, "x", status=429, retry_after=retry_after)

    assert decide_retry(error, attempt, MiddleRandom()).delay == delay


def test_delay_doubles_up_to_five_minutes() -> None:
    """The delay doubles from 2 seconds up to five minutes."""
    assert [backoff_delay(attempt, MiddleRandom()) for attempt in (1, 2, 3, 4, 8, 9, 10_000)] == [
        2,
        4,
        8,
        16,
        256,
        300,
        300,
    ]


def test_two_clients_retry_at_different_times() -> None:
    """Two clients of one server do not retry at the same moment."""
    delays = {backoff_delay(3, random.Random(seed)) for seed in range(50)}

    assert len(delays) == 50
    assert 6 <= min(delays) < 7
    assert 9 < max(delays) <= 10


@pytest.mark.parametrize(("timeouts", "seconds"), [(0, 30), (1, 45), (2, 67.5), (3, 101.25), (4, 120), (10_000, 120)])
def test_timeout_extends_the_next_one(timeouts: int, seconds: float) -> None:
    """Each timeout extends the next one by half, up to four times."""
    assert extended_timeout(30, timeouts) == seconds


NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("77", 77),
        ("0", 0),
        ("Mon, 30 Nov 2026 12:01:17 GMT", 77),
        ("Mon, 30 Nov 2026 13:01:17 +0100", 77),
        ("Mon, 30 Nov 2026 12:01:17 -0000", 77),
        ("Mon, 30 Nov 2026 11:00:00 GMT", 0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("Mon, 99 Nov 2026 12:00:00 GMT", None),
    ],
)
def test_retry_after_can_be_seconds_or_a_date(text: str, seconds: float | None) -> None:
    """In seconds or as a date; a past date means now, and anything else nothing."""
    assert error_from_response(503, {"Retry-After": text}, "", NOW).retry_after == seconds


@pytest.mark.parametrize(
    ("location", "text"),
    [
        ("https://plex.example:32400/?token=secret", "the server redirects to https://plex.example:32400"),
        ("https://user:secret@plex.example/", "the server redirects to https://plex.example"),
        ("/login?back=secret", "the server redirects to another page"),
        ("http://[secret", "the server redirects elsewhere"),
    ],
)
def test_redirect_error_names_the_target_without_its_path(location: str, text: str) -> None:
    """The error names the target without its path, which may contain secrets."""
    assert str(error_from_response(302, {"Location": location}, "", NOW)) == text
