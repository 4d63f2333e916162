"""How far a request has come in one library, the tools for its way, and the steps that every part of it shares."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from ..clock import Clock
from ..libraries.index import Match
from ..libraries.lookups import Lookups
from ..libraries.spelling import Spelling
from ..media.freshness import not_trashed
from ..media.rules import PathKind, folder_of
from ..models import MediaFile, Outcome, Reason, ScanRequest, Settings
from ..paths.mappings import Mapped, Mappings
from ..plex.availability import ServerAvailability
from ..plex.client import PlexClient
from ..plex.errors import Action, ErrorKind, PlexError, decide_retry
from ..plex.websocket import PlexWebsocket
from ..scans.queue import ScanJob
from ..scans.runner import ScanRunner
from ..timing import Timing
from .validation import Goal, added_files

MOST_ITEMS: Final = 50  # in one result
_MOST_INTERRUPTED: Final = 3  # scans of one request


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Everything the way needs, handed in."""

    client: PlexClient
    availability: ServerAvailability
    lookups: Lookups
    spelling: Spelling
    runner: ScanRunner
    websocket: PlexWebsocket
    mappings: Mappings
    settings: Settings
    timing: Timing
    clock: Clock
    say: Callable[..., None]
    keep: Callable[[ScanRequest], None]
    library_still_exists: Callable[[Match], Awaitable[bool]]


class GaveUpError(Exception):
    """Nothing more is tried; `reason` says why."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        """Keep the reason."""
        super().__init__(detail)
        self.reason = reason


@dataclass(eq=False, slots=True, kw_only=True)
class Course:
    """How far a request has come in one library. Times are monotonic seconds, durations seconds.

    `began_at` is when the request was taken in. `listed_before` and `listed_after` count the files that Plex listed for
    the path, `listed_newly` those that it had not listed before (None: nobody looked, or they are too many). `partly`
    is what it listed when a scan was over that did not prove what was wanted. `agreed` is whether two scans showed the
    same there. `outages` is how often the server had been away when the last scan was asked for, `interrupted` how many
    scans it went away from, `respelt` whether the path is spelt as a Windows server sees it. `release_slot` lets
    another request go on while this one waits before it is tried again.
    """

    request: ScanRequest
    match: Match
    mapped: Mapped
    began_at: float = 0.0
    outcome: Outcome | None = None
    reason: Reason | None = None
    detail: str = ""
    items: tuple[MediaFile, ...] = ()
    partly: tuple[MediaFile, ...] = ()
    listed_before: int | None = None
    listed_after: int | None = None
    listed_newly: int | None = None
    scanned: list[str] = field(default_factory=list)
    attempts: int = 0
    looked_at: float = 0.0
    joined_at: float = 0.0
    first_scan_at: float | None = None
    last_over_at: float | None = None
    ended_at: float = 0.0
    queued: float = 0.0
    job: ScanJob | None = None
    agreed: bool = False
    outages: int = 0
    interrupted: int = 0
    respelt: bool = False
    taken_elsewhere: Callable[[], bool] = lambda: False
    release_slot: Callable[[], None] = lambda: None

    def count(self, before: Sequence[MediaFile] | None, now: Sequence[MediaFile] | None) -> None:
        """Count what Plex listed before, and what it lists now."""
        self.listed_before = None if before is None else len(not_trashed(before))
        self.listed_after = None if now is None else len(not_trashed(now))
        self.listed_newly = None if before is None or now is None else len(added_files(before, now))

    @property
    def waits_for(self) -> Reason:
        """Why it is not over yet."""
        held = self.job is not None and self.job.held_by_library and not self.job.started.is_set()
        return Reason.SERVER_BUSY if held else Reason.WAITING


async def look(tools: Tools, goal: Goal) -> tuple[MediaFile, ...] | None:
    """What Plex lists for the goal. Raises PlexError."""
    lookups = tools.lookups
    if goal.kind is PathKind.FOLDER:
        too_many = goal.gone and goal.before is None
        return await (lookups.left_below(goal.match) if too_many else lookups.below(goal.match))
    if goal.kind is PathKind.SIDECAR:
        folder = folder_of(goal.match, goal.kind)
        beside = await lookups.below(Match(goal.match.library, goal.match.location, folder))
        return await lookups.named_like(goal.match, folder) if beside is None else beside
    return await lookups.files(goal.match)


async def ask[*Ts, T](tools: Tools, course: Course, question: Callable[[*Ts], Awaitable[T]], *args: *Ts) -> T:
    """Ask the client something, once the server is there. Raises GaveUpError."""
    return await persist(tools, course, tools.availability.call, lambda: question(*args))


async def attempt[*Ts, T](
    tools: Tools, course: Course, question: Callable[[*Ts], Awaitable[T]], *args: *Ts
) -> T | None:
    """Ask for what is good to have and decides no outcome: once the server is there, and once; None when refused."""
    try:
        return await tools.availability.call(lambda: question(*args))
    except PlexError as error:
        tools.say("⚠️", "%s: %s", error, course.match.path.text)
        return None


async def persist[*Ts, T](tools: Tools, course: Course, step: Callable[[*Ts], Awaitable[T]], *args: *Ts) -> T:
    """Do a step, again and again as its errors deserve. Raises GaveUpError."""
    attempts: Counter[ErrorKind] = Counter()
    doubtful = False
    while True:
        try:
            if doubtful and not await tools.library_still_exists(course.match):
                raise GaveUpError(Reason.LIBRARY_GONE, course.match.library.title)
            doubtful = False
            return await step(*args)
        except PlexError as error:
            attempts[error.kind] += 1
            missing = error.kind is ErrorKind.NOT_FOUND
            decision = decide_retry(error, attempts[error.kind] if missing else attempts.total())
            if decision.action is Action.READ_LIBRARIES_AGAIN:
                doubtful = True
                continue
            if decision.action is not Action.RETRY:
                raise GaveUpError(decision.reason or Reason.SERVER_ERROR, str(error)) from error
            tools.say("⚠️", "%s; again in %.0f s: %s", error, decision.delay, course.match.path.text)
            course.release_slot()
            if await tools.availability.pause(decision.delay):
                attempts[error.kind] -= 1  # a person's try, however often, is not ours


def is_lost(tools: Tools, course: Course) -> bool:
    """Whether the server was away since the last scan was asked for: its queue is lost then, and it saw no end."""
    return tools.availability.outages != course.outages


def was_interrupted(tools: Tools, course: Course) -> bool:
    """Whether the last scan is to be asked for again, for the server went away from it.

    Asked again only so often: it may be this very scan that a server cannot bear.
    """
    return is_lost(tools, course) and course.interrupted < _MOST_INTERRUPTED


def validates(tools: Tools, request: ScanRequest) -> bool:
    """Whether the request wants its outcome proven."""
    return tools.settings.validate_media if request.validate is None else request.validate


def time_is_up(tools: Tools, course: Course) -> bool:
    """Whether the file has had all the time to show up that the options give it."""
    if course.first_scan_at is None:
        return False
    return tools.clock.monotonic() - course.first_scan_at >= tools.settings.validation_timeout
