"""Whether, and after how long, a failed request to Plex is repeated. Pure functions."""

from dataclasses import dataclass
from enum import StrEnum
import random
from typing import Final

from ..models import Reason
from .errors import ErrorKind, PlexError


class RetryAction(StrEnum):
    """What to do about an error."""

    GIVE_UP = "give_up"
    RETRY = "retry"  # repeat this request after a delay
    WAIT_FOR_SERVER = "wait_for_server"  # all requests wait until the server is back
    STOP = "stop"  # all requests wait until the token is replaced
    READ_LIBRARIES_AGAIN = "read_libraries_again"  # after a delay, then repeat this request if its library exists


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """What to do about an error. `delay` is in seconds."""

    action: RetryAction
    delay: float = 0.0
    reason: Reason | None = None


MAX_ATTEMPTS: Final = 7  # of one request, over about four minutes
MAX_REFUSALS: Final = 3  # of one request: a proxy or a server that restarts may refuse a request that is right
MAX_DELAY: Final = 300.0
_REFUSAL_DELAY: Final = 1.0
_FIRST_DELAY: Final = 2.0
_JITTER: Final = 0.25
_GIVE_UP_REASONS: Final = {
    ErrorKind.PERMISSION: Reason.PERMISSION,
    ErrorKind.BAD_REQUEST: Reason.BAD_REQUEST,
}
_SERVER_ERRORS: Final = {
    ErrorKind.STARTING_UP,
    ErrorKind.RATE_LIMITED,
    ErrorKind.UNAVAILABLE,
    ErrorKind.NETWORK,
    ErrorKind.NOT_PLEX,
    ErrorKind.WRONG_SERVER,
    ErrorKind.TLS,  # an expired certificate concerns every request until it is renewed
}


def decide_retry(error: PlexError, attempt: int, jitter: random.Random | None = None) -> RetryDecision:
    """Return what to do about the error of attempt number `attempt` (from 1) of one request.

    For the errors that `counts_alone` names, attempts that failed with other errors do not count.
    """
    if error.kind is ErrorKind.AUTH:
        return RetryDecision(RetryAction.STOP, reason=Reason.NOT_AUTHORIZED)
    if error.kind in _GIVE_UP_REASONS:
        if attempt < MAX_REFUSALS:
            return RetryDecision(RetryAction.RETRY, _REFUSAL_DELAY, Reason.SERVER_BUSY)
        return RetryDecision(RetryAction.GIVE_UP, reason=_GIVE_UP_REASONS[error.kind])
    if error.kind is ErrorKind.NOT_FOUND and attempt == 1:
        return RetryDecision(RetryAction.READ_LIBRARIES_AGAIN)
    delay = backoff_delay(attempt, jitter)
    if error.retry_after is not None:
        delay = max(delay, min(error.retry_after, 2 * MAX_DELAY))
    if error.kind in _SERVER_ERRORS:
        return RetryDecision(RetryAction.WAIT_FOR_SERVER, delay, Reason.SERVER_OFFLINE)
    if attempt >= MAX_ATTEMPTS:
        return RetryDecision(RetryAction.GIVE_UP, reason=Reason.SERVER_ERROR)
    if error.kind is ErrorKind.NOT_FOUND:
        return RetryDecision(RetryAction.READ_LIBRARIES_AGAIN, delay, Reason.SERVER_BUSY)
    return RetryDecision(RetryAction.RETRY, delay, Reason.SERVER_BUSY)


def counts_alone(error: PlexError) -> bool:
    """Return whether a request ends after a few errors of this kind, which it has to receive each time."""
    return error.kind in _GIVE_UP_REASONS or error.kind is ErrorKind.NOT_FOUND


def backoff_delay(attempt: int, jitter: random.Random | None = None) -> float:
    """Return the seconds to wait after failure number `attempt` (from 1).

    They double from 2 to at most 300, and vary by a quarter.
    """
    delay = min(_FIRST_DELAY * 2.0 ** (min(attempt, 20) - 1), MAX_DELAY)
    return delay * (jitter or random.Random()).uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret


def extended_timeout(base: float, timeouts: int) -> float:
    """Return the timeout in seconds after so many timeouts in a row: 1.5 times as long each time, at most 4 times."""
    return base * min(1.5 ** min(timeouts, 10), 4.0)
