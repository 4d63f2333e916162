"""Calls to the server that are repeated as their errors deserve."""

from collections import Counter
from collections.abc import Awaitable, Callable

from ..models import Reason
from ..plex.errors import ErrorKind, PlexError
from ..plex.retry import RetryAction, decide_retry
from .dependencies import Dependencies
from .progress.progress import Progress


class GaveUpError(Exception):
    """Nothing more is tried; `reason` says why."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        """Keep the reason."""
        super().__init__(detail)
        self.reason = reason


async def ask[*Ts, T](deps: Dependencies, progress: Progress, question: Callable[[*Ts], Awaitable[T]], *args: *Ts) -> T:
    """Ask the client something, once the server is there. Raises GaveUpError."""
    return await call_with_retry(deps, progress, deps.availability.call, lambda: question(*args))


async def attempt[*Ts, T](
    deps: Dependencies, progress: Progress, question: Callable[[*Ts], Awaitable[T]], *args: *Ts
) -> T | None:
    """Ask for something that decides no outcome, once; None if it is refused."""
    try:
        return await deps.availability.call(lambda: question(*args))
    except PlexError as error:
        deps.log("⚠️", "%s: %s", error, progress.match.path.text)
        return None


async def call_with_retry[*Ts, T](
    deps: Dependencies, progress: Progress, step: Callable[[*Ts], Awaitable[T]], *args: *Ts
) -> T:
    """Do a step, again and again as its errors deserve. Raises GaveUpError."""
    attempts: Counter[ErrorKind] = Counter()
    in_doubt = False
    while True:
        try:
            if in_doubt and not await deps.library_still_exists(progress.match):
                raise GaveUpError(Reason.LIBRARY_GONE, progress.match.library.title)
            in_doubt = False
            return await step(*args)
        except PlexError as error:
            attempts[error.kind] += 1
            missing = error.kind is ErrorKind.NOT_FOUND
            decision = decide_retry(error, attempts[error.kind] if missing else attempts.total())
            if decision.action is RetryAction.READ_LIBRARIES_AGAIN:
                in_doubt = True
                continue
            if decision.reason is Reason.SERVER_ERROR and not await deps.availability.is_serving():
                attempts.clear()  # it fails with everything
                continue
            if decision.action is not RetryAction.RETRY:
                raise GaveUpError(decision.reason or Reason.SERVER_ERROR, str(error)) from error
            deps.log("⚠️", "%s; trying again in %.0f s: %s", error, decision.delay, progress.match.path.text)
            progress.release_slot()
            if await deps.availability.pause(decision.delay):
                attempts[error.kind] -= 1  # a try that a person asked for does not count
