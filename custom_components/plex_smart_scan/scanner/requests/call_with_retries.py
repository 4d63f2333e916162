"""Calls to the server that are repeated as their errors require."""

from collections import Counter
from collections.abc import Awaitable, Callable

from ..models import Reason
from ..plex.errors import ErrorKind, PlexError
from ..plex.retry import RetryAction, counts_alone, decide_retry
from .dependencies import Dependencies
from .progress.request_progress import Progress


class GaveUpError(Exception):
    """A call failed for good; `reason` says why."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        """Store the reason."""
        super().__init__(detail)
        self.reason = reason


async def call_server[*Ts, T](
    deps: Dependencies, progress: Progress, function: Callable[[*Ts], Awaitable[T]], *args: *Ts
) -> T:
    """Call the client once the server is available, and repeat failed calls. Raises GaveUpError."""
    return await call_with_retry(deps, progress, deps.availability.call, lambda: function(*args))


async def call_server_once[*Ts, T](
    deps: Dependencies, progress: Progress, function: Callable[[*Ts], Awaitable[T]], *args: *Ts
) -> T | None:
    """Call the client for something that decides no outcome; None if it fails."""
    try:
        return await deps.availability.call_optional(lambda: function(*args))
    except PlexError as error:
        deps.log("⚠️", "%s: %s", error, progress.match.path.text)
        return None


async def call_with_retry[*Ts, T](
    deps: Dependencies, progress: Progress, step: Callable[[*Ts], Awaitable[T]], *args: *Ts
) -> T:
    """Call a function again as long as its errors allow another attempt. Raises GaveUpError."""
    attempts: Counter[ErrorKind] = Counter()
    library_in_doubt = others_succeed = False
    while True:
        try:
            if library_in_doubt and not await deps.library_still_exists(progress.match):
                raise GaveUpError(Reason.LIBRARY_GONE, progress.match.library.title)
            library_in_doubt = False
            return await step(*args)
        except PlexError as error:
            attempts[error.kind] += 1
            missing = error.kind is ErrorKind.NOT_FOUND
            decision = decide_retry(error, attempts[error.kind] if counts_alone(error) else attempts.total())
            if missing and decision.action is RetryAction.READ_LIBRARIES_AGAIN:
                library_in_doubt = True
                if not decision.delay:
                    continue
            if decision.reason is Reason.SERVER_ERROR and not others_succeed:
                others_succeed = await deps.availability.is_serving()
                if not others_succeed:
                    attempts.clear()  # the server fails with everything
                continue  # it may have been repaired since this request failed
            if decision.action not in {RetryAction.RETRY, RetryAction.READ_LIBRARIES_AGAIN}:
                raise GaveUpError(decision.reason or Reason.SERVER_ERROR, str(error)) from error
            deps.log("⚠️", "%s. Next attempt in %.0f s: %s", error, decision.delay, progress.match.path.text)
            progress.release_slot()
            if await deps.availability.pause(decision.delay):
                attempts[error.kind] -= 1  # an attempt that the user requested does not count
