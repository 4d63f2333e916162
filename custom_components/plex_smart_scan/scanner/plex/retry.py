"""Whether, and after how long, a failed request to Plex is repeated. Nothing here waits or asks."""

from dataclasses import dataclass
from enum import StrEnum
import random
from typing import Final

from ..models import Reason
from .errors import ErrorKind, PlexError


class RetryAction(StrEnum):
    """What to do about an error."""

    GIVE_UP = "give_up"
    RETRY = "retry"  # this request alone, after a while
    WAIT_FOR_SERVER = "wait_for_server"  # nothing else would fare better: all wait until the server answers
    STOP = "stop"  # until a person changes the token
    READ_LIBRARIES_AGAIN = "read_libraries_again"


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """What an error deserves. `delay` is in seconds."""

    action: RetryAction
    delay: float = 0.0
    reason: Reason | None = None


MAX_ATTEMPTS: Final = 7  # of one request, over about four minutes
MAX_DELAY: Final = 300.0
_FIRST_DELAY: Final = 2.0
_JITTER: Final = 0.25
_GIVE_UP: Final = {
    ErrorKind.PERMISSION: Reason.PERMISSION,
    ErrorKind.BAD_REQUEST: Reason.BAD_REQUEST,
}
_WHOLE_SERVER: Final = {
    ErrorKind.STARTING_UP,
    ErrorKind.RATE_LIMITED,
    ErrorKind.UNAVAILABLE,
    ErrorKind.NETWORK,
    ErrorKind.NOT_PLEX,
    ErrorKind.WRONG_SERVER,
    ErrorKind.TLS,  # an expired certificate concerns every request, and is renewed some day
}


def decide_retry(error: PlexError, attempt: int, jitter: random.Random | None = None) -> RetryDecision:
    """Decide what the error of the `attempt`-th try (from 1) of one request deserves."""
    if error.kind is ErrorKind.AUTH:
        return RetryDecision(RetryAction.STOP, reason=Reason.NOT_AUTHORIZED)
    if error.kind in _GIVE_UP:
        return RetryDecision(RetryAction.GIVE_UP, reason=_GIVE_UP[error.kind])
    if error.kind is ErrorKind.NOT_FOUND:
        if attempt == 1:
            return RetryDecision(RetryAction.READ_LIBRARIES_AGAIN)
        return RetryDecision(RetryAction.GIVE_UP, reason=Reason.LIBRARY_GONE)
    delay = back_off(attempt, jitter)
    if error.retry_after is not None:
        delay = max(delay, min(error.retry_after, 2 * MAX_DELAY))
    if error.kind in _WHOLE_SERVER:
        return RetryDecision(RetryAction.WAIT_FOR_SERVER, delay, Reason.SERVER_OFFLINE)
    if attempt >= MAX_ATTEMPTS:
        return RetryDecision(RetryAction.GIVE_UP, reason=Reason.SERVER_ERROR)
    return RetryDecision(RetryAction.RETRY, delay, Reason.SERVER_BUSY)


def back_off(attempt: int, jitter: random.Random | None = None) -> float:
    """Seconds to wait after the `attempt`-th failure (from 1): doubling from 2, at most 300, a quarter up or down."""
    delay = min(_FIRST_DELAY * 2.0 ** (min(attempt, 20) - 1), MAX_DELAY)
    return delay * (jitter or random.Random()).uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret


def longer_timeout(base: float, timeouts: int) -> float:
    """Seconds to allow a request after so many time-outs in a row: half as much again each time, at most four-fold."""
    return base * min(1.5 ** min(timeouts, 10), 4.0)
