"""Steps that are tried again as their errors deserve, and the tools that every step uses."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ..clock import Clock
from ..libraries.index import Match
from ..libraries.lookups import Lookups
from ..libraries.mounts import Mounts
from ..libraries.spelling import Spelling
from ..libraries.visibility import Visibility
from ..models import Reason, ScanRequest, Settings
from ..paths.mappings import Mappings
from ..plex.availability import ServerAvailability
from ..plex.client import PlexClient
from ..plex.errors import Action, ErrorKind, PlexError, decide_retry
from ..plex.websocket import PlexWebsocket
from ..scans.runner import ScanRunner
from ..timing import Timing
from .memory import FolderMemory
from .progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Everything that the steps use, handed in."""

    client: PlexClient
    availability: ServerAvailability
    lookups: Lookups
    visibility: Visibility
    mounts: Mounts
    spelling: Spelling
    runner: ScanRunner
    websocket: PlexWebsocket
    mappings: Mappings
    settings: Settings
    timing: Timing
    clock: Clock
    memory: FolderMemory
    log: Callable[..., None]
    keep: Callable[[ScanRequest], None]
    library_still_exists: Callable[[Match], Awaitable[bool]]


class GaveUpError(Exception):
    """Nothing more is tried; `reason` says why."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        """Keep the reason."""
        super().__init__(detail)
        self.reason = reason


async def ask[*Ts, T](tools: Tools, progress: Progress, question: Callable[[*Ts], Awaitable[T]], *args: *Ts) -> T:
    """Ask the client something, once the server is there. Raises GaveUpError."""
    return await call_with_retry(tools, progress, tools.availability.call, lambda: question(*args))


async def attempt[*Ts, T](
    tools: Tools, progress: Progress, question: Callable[[*Ts], Awaitable[T]], *args: *Ts
) -> T | None:
    """Ask for something that decides no outcome, once; None if it is refused."""
    try:
        return await tools.availability.call(lambda: question(*args))
    except PlexError as error:
        tools.log("⚠️", "%s: %s", error, progress.match.path.text)
        return None


async def call_with_retry[*Ts, T](
    tools: Tools, progress: Progress, step: Callable[[*Ts], Awaitable[T]], *args: *Ts
) -> T:
    """Do a step, again and again as its errors deserve. Raises GaveUpError."""
    attempts: Counter[ErrorKind] = Counter()
    in_doubt = False
    while True:
        try:
            if in_doubt and not await tools.library_still_exists(progress.match):
                raise GaveUpError(Reason.LIBRARY_GONE, progress.match.library.title)
            in_doubt = False
            return await step(*args)
        except PlexError as error:
            attempts[error.kind] += 1
            missing = error.kind is ErrorKind.NOT_FOUND
            decision = decide_retry(error, attempts[error.kind] if missing else attempts.total())
            if missing and decision.action is Action.READ_LIBRARIES_AGAIN:
                in_doubt = True
            if in_doubt and not decision.delay:
                continue
            if decision.action not in {Action.RETRY, Action.READ_LIBRARIES_AGAIN}:
                raise GaveUpError(decision.reason or Reason.SERVER_ERROR, str(error)) from error
            tools.log("⚠️", "%s; trying again in %.0f s: %s", error, decision.delay, progress.match.path.text)
            progress.release_slot()
            if await tools.availability.pause(decision.delay):
                attempts[error.kind] -= 1  # a try that a person asked for does not count
