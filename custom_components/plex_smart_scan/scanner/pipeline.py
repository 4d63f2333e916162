"""The way of one request through one library: look, compare, scan, look again, climb."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from . import files
from .clock import Clock, wait_for
from .duplicates import Freshness, alive, freshness
from .folders import Kind, first_folder, folder_of, kind_of, ladder
from .gateway import PlexGateway
from .libraries import Match
from .link import Link
from .lookups import Lookups
from .mappings import Mapped, Mappings
from .models import FileFacts, MediaFile, Outcome, Reason, ScanRequest, Settings
from .notifications import Notifications
from .pace import Pace
from .paths import CleanPath
from .queue import ScanJob
from .retry import Action, PlexError, verdict
from .scans import ScanLane
from .sidecars import items_beside
from .validation import Goal, Wakes, changed_files, is_settled, is_up_to_date, proof

MOST_ITEMS: Final = 50  # in one result


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Everything the way needs, handed in."""

    gateway: PlexGateway
    link: Link
    lookups: Lookups
    lane: ScanLane
    notifications: Notifications
    mappings: Mappings
    settings: Settings
    pace: Pace
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
    """How far a request has come in one library. Times are monotonic seconds, durations seconds."""

    request: ScanRequest
    match: Match
    mapped: Mapped
    outcome: Outcome | None = None
    reason: Reason | None = None
    detail: str = ""
    items: tuple[MediaFile, ...] = ()
    scanned: list[str] = field(default_factory=list)
    attempts: int = 0
    joined_at: float = 0.0
    first_scan_at: float | None = None
    last_over_at: float | None = None
    ended_at: float = 0.0
    queued: float = 0.0
    job: ScanJob | None = None
    taken_elsewhere: Callable[[], bool] = lambda: False

    @property
    def waits_for(self) -> Reason:
        """Why it is not over yet."""
        held = self.job is not None and self.job.held_by_library and not self.job.started.is_set()
        return Reason.SERVER_BUSY if held else Reason.WAITING


class Pipeline:
    """Takes courses to their outcome."""

    def __init__(self, tools: Tools) -> None:
        """Keep the tools."""
        self._tools = tools

    async def run(self, course: Course) -> None:
        """Take a course to its outcome, however long the server is away meanwhile."""
        try:
            goal = await self._goal(course)
            course.outcome = await self._reach(course, goal)
        except GaveUpError as error:
            course.outcome, course.reason, course.detail = Outcome.FAILED, error.reason, str(error)
        course.ended_at = self._tools.clock.monotonic()

    # -- what is wanted -------------------------------------------------------------------------------------------

    async def _goal(self, course: Course) -> Goal:
        """Find out what the path names, what is known of it, and what Plex lists now."""
        match, request = course.match, course.request
        facts = await self._facts(course)
        kind = kind_of(match.path, match.library.type, folder=facts.folder)
        if kind is Kind.UNKNOWN:
            kind = await self._kind_by_plex(course)
        if match.path.key == match.location.key:
            kind = Kind.FOLDER
        if not self._validates(request) and (request.force or not self._tools.settings.duplicate_detection):
            return Goal(match=match, kind=kind, facts=facts, gone=request.gone and not facts.exists)
        goal = Goal(match=match, kind=kind, facts=facts, expected=await self._expected(course, kind))
        before = await self._persist(course, self._look, goal)
        gone = await self._is_gone(course, facts, before)
        return Goal(match=match, kind=kind, facts=facts, gone=gone, before=before, expected=goal.expected)

    async def _facts(self, course: Course) -> FileFacts:
        """What Home Assistant sees; else the size that the caller gave."""
        tools = self._tools
        candidates = tools.mappings.local_paths(course.mapped)
        seen = await files.facts(candidates, course.match, tools.pace.look_timeout)
        if seen.exists is None and course.request.size is not None:
            return FileFacts(size=course.request.size)
        return seen

    async def _expected(self, course: Course, kind: Kind) -> dict[str, FileFacts] | None:
        if kind is not Kind.FOLDER:
            return None
        candidates = self._tools.mappings.local_paths(course.mapped)
        return await files.media_below(candidates, course.match, self._tools.pace.look_timeout)

    async def _kind_by_plex(self, course: Course) -> Kind:
        """Ask Plex what a name such as `Season.1` is; what it cannot see counts as a file."""
        path = course.match.path
        if (parent := path.parent) is None:
            return Kind.FOLDER
        entries = await self._ask(course, self._tools.gateway.browse, parent.text)
        is_folder = any(entry.folder and entry.name == path.name for entry in entries or ())
        return Kind.FOLDER if is_folder else Kind.MEDIA

    async def _is_gone(self, course: Course, facts: FileFacts, before: tuple[MediaFile, ...] | None) -> bool:
        """Whether the request is about a removal.

        What a disk says counts before what the sender says. A file that is not there and that Plex does not list
        either was not removed: it has not come yet.
        """
        listed = alive(before or ())
        if facts.exists is not None:
            return not facts.exists and (bool(listed) or course.request.gone)
        if course.request.gone:
            return True
        if facts.size is None and listed and freshness(listed, facts) is Freshness.UNVERIFIED:
            key = listed[0].rating_key
            missing = await self._ask(course, self._tools.gateway.missing_files, key)
            return all(file.file in missing for file in listed)
        return False

    # -- the way there --------------------------------------------------------------------------------------------

    async def _reach(self, course: Course, goal: Goal) -> Outcome:
        """Do what is needed, and tell what came of it."""
        settings = self._tools.settings
        if not course.request.force and settings.duplicate_detection and is_up_to_date(goal):
            course.items = alive(goal.before or ())[:MOST_ITEMS]
            self._tools.say("⏭️", "Up to date, not scanned: %s", goal.match.path.text)
            return Outcome.UP_TO_DATE
        self._tools.keep(course.request)
        if goal.gone:
            await self._refuse_missing_mount(course)
        rungs = await self._rungs(course, goal)
        if not self._validates(course.request):
            job = await self._persist(course, self._scan, course, goal, rungs[0])
            await job.over.wait()
            return Outcome.SCANNED
        for rung in rungs:
            if rung is not rungs[0] and course.taken_elsewhere():
                break
            job = await self._persist(course, self._scan, course, goal, rung)
            if goal.kind is Kind.SIDECAR:
                return await self._refresh_items(course, goal, job)
            outcome = await self._validate(course, goal, job)
            if outcome is not None:
                return outcome
            if self._time_is_up(course):
                course.reason = Reason.TIMEOUT
                break
            self._tools.say("⚠️", "Not in Plex after scanning %s: %s", rung or "everything", goal.match.path.text)
        return await self._not_reached(course, goal)

    async def _rungs(self, course: Course, goal: Goal) -> tuple[CleanPath | None, ...]:
        """The folders to scan, one after the other."""
        match, tools = goal.match, self._tools
        if not tools.settings.smart_scanning:
            return (None,)
        folder = folder_of(match, goal.kind)
        if goal.gone:
            nearest = await self._nearest_folder(course)
            return tuple(dict.fromkeys((nearest, first_folder(match, nearest), match.location)))
        if folder in (first_folder(match, folder), match.location) or alive(goal.before or ()):
            return ladder(match, folder, known=True)
        known = await self._persist(course, tools.lookups.knows, match, folder)
        return ladder(match, folder, known=known)

    async def _nearest_folder(self, course: Course) -> CleanPath:
        """The nearest folder above a removed path that is still there: Home Assistant's word, else Plex's."""
        tools, match = self._tools, course.match
        candidates = tools.mappings.local_paths(course.mapped)
        if seen := await files.nearest_folder(candidates, match, tools.pace.look_timeout):
            return seen
        folder = match.path.parent
        while folder and folder.is_below(match.location) and folder.key != match.location.key:
            if await self._ask(course, tools.gateway.browse, folder.text):
                return folder
            folder = folder.parent
        return match.location

    async def _refuse_missing_mount(self, course: Course) -> None:
        """Raise GaveUpError when Plex cannot see the location or finds it empty: a lost mount is no removal."""
        location = course.match.location
        if not await self._ask(course, self._tools.gateway.browse, location.text):
            raise GaveUpError(Reason.MOUNT_MISSING, location.text)

    async def _scan(self, course: Course, goal: Goal, folder: CleanPath | None) -> ScanJob:
        """Have a folder scanned; returns once the scan was asked for, or was found to be no longer needed."""
        tools = self._tools

        async def still_needed() -> bool:
            if course.request.force or goal.before is None or not self._validates(course.request):
                return True
            try:
                now = await self._look(goal)
            except PlexError:
                return True
            return proof(goal, now, scan_over=False) is None

        job = tools.lane.join(goal.match, folder)
        job.waiting.append(still_needed)
        course.job = job
        course.joined_at = tools.clock.monotonic()
        await job.started.wait()
        if job.error:
            raise job.error
        if not job.skipped:
            course.attempts += 1
            course.queued += max(job.started_at - course.joined_at, 0.0)
            course.first_scan_at = course.first_scan_at or job.started_at
        if not job.skipped or job.scanned:
            folders = (job.scanned,) if job.scanned is not None else goal.match.library.locations
            course.scanned += [each for each in folders if each not in course.scanned]
        return job

    # -- the proof ------------------------------------------------------------------------------------------------

    async def _validate(self, course: Course, goal: Goal, job: ScanJob) -> Outcome | None:
        """Look until the goal is proven and settled; None when the scan is over and it is not."""
        wakes = Wakes(goal.match)
        unlisten = self._tools.notifications.listen(wakes.take)
        try:
            return await self._look_until(course, goal, job, wakes)
        finally:
            unlisten()
            course.last_over_at = job.over_at or None

    async def _look_until(self, course: Course, goal: Goal, job: ScanJob, wakes: Wakes) -> Outcome | None:
        clock, pace = self._tools.clock, self._tools.pace
        proven_at: float | None = None
        looks, looks_after_over = 0, 0
        while True:
            await self._until_next_look(job, wakes, looks, proven=proven_at is not None)
            goal = await self._seen_again(course, goal)
            over = job.over.is_set()
            now = await self._persist(course, self._look, goal)
            looks += 1
            outcome = proof(goal, now, scan_over=over)
            if outcome is not None:
                proven_at = clock.monotonic() if proven_at is None else proven_at
                course.items = (changed_files(goal.before, now) or alive(now or ()))[:MOST_ITEMS]
                processed = {file.rating_key for file in course.items} <= wakes.processed
                if is_settled(course.items) and (processed or not wakes.under_way or over):
                    return outcome
                if clock.monotonic() - proven_at >= (pace.settle if processed else pace.settle_limit):
                    course.reason = None if is_settled(course.items) else Reason.DAMAGED
                    return outcome
            else:
                proven_at = None
                looks_after_over += over
                settled = over and clock.monotonic() - max(job.over_at, 0.0) >= pace.settle
                if (settled and looks_after_over > 1) or self._time_is_up(course):
                    return None

    async def _until_next_look(self, job: ScanJob, wakes: Wakes, looks: int, *, proven: bool) -> None:
        """Wait until the next look is due: for the end of the scan, for a hint, or for a while."""
        tools = self._tools
        pace = tools.pace
        if job.over.is_set() or proven:
            if looks == 0 and not wakes.under_way:
                return
            wakes.event.clear()
            await wait_for(tools.clock, wakes.event, min(pace.settle / 2 * (1 + looks / 4), pace.slowest_poll))
            return
        first = pace.hinted_poll if tools.notifications.connected else pace.first_poll
        await wait_for(tools.clock, job.over, min(first * 2.0 ** min(looks, 10), pace.slowest_poll))

    async def _seen_again(self, course: Course, goal: Goal) -> Goal:
        """The goal with the file's facts as they are now: it may still have been growing when it was reported."""
        if goal.gone or goal.kind is not Kind.MEDIA or goal.facts.exists is not True:
            return goal
        facts = await self._facts(course)
        return Goal(match=goal.match, kind=goal.kind, facts=facts if facts.exists else goal.facts, before=goal.before)

    async def _refresh_items(self, course: Course, goal: Goal, job: ScanJob) -> Outcome:
        """Have the items beside a sidecar file read their local files again, which a scan alone does not do."""
        tools, clock = self._tools, self._tools.clock
        await job.over.wait()
        keys = items_beside(goal.match.path, goal.before or ())
        for key in keys:
            await self._ask(course, tools.gateway.refresh_item, key)
        begin, delay = clock.monotonic(), tools.pace.first_poll
        while keys and clock.monotonic() - begin < tools.pace.settle_limit:
            await clock.sleep(delay)
            delay = min(delay * 2, tools.pace.slowest_poll)
            now = await self._persist(course, self._look, goal)
            if outcome := proof(goal, now, scan_over=True):
                course.items = tuple(file for file in now or () if file.rating_key in keys)[:MOST_ITEMS]
                return outcome
        return Outcome.SCANNED

    async def _not_reached(self, course: Course, goal: Goal) -> Outcome:
        """Every rung was climbed in vain: tell why, as far as Plex can say."""
        if goal.gone:
            raise GaveUpError(Reason.STILL_THERE)
        path, parent = goal.match.path, goal.match.path.parent
        if goal.kind is Kind.FOLDER and course.items:
            course.reason = Reason.IGNORED_BY_PLEX
            return Outcome.UPDATED
        if course.reason is None and parent is not None:
            entries = await self._ask(course, self._tools.gateway.browse, parent.text)
            visible = any(entry.name == path.name for entry in entries or ())
            course.reason = Reason.IGNORED_BY_PLEX if visible else Reason.NOT_VISIBLE_TO_PLEX
        self._tools.say("⏰", "Given up, not in Plex (%s): %s", course.reason, path.text)
        return Outcome.NOT_FOUND

    # -- helpers --------------------------------------------------------------------------------------------------

    async def _look(self, goal: Goal) -> tuple[MediaFile, ...] | None:
        """What Plex lists for the goal. Raises PlexError."""
        lookups = self._tools.lookups
        if goal.kind is Kind.FOLDER:
            return await lookups.below(goal.match)
        if goal.kind is Kind.SIDECAR:
            folder = folder_of(goal.match, goal.kind)
            return await lookups.below(Match(goal.match.library, goal.match.location, folder))
        return await lookups.files(goal.match)

    async def _ask[*Ts, T](self, course: Course, ask: Callable[[*Ts], Awaitable[T]], *args: *Ts) -> T:
        """Ask the gateway something, once the server is there. Raises GaveUpError."""
        return await self._persist(course, self._tools.link.call, lambda: ask(*args))

    async def _persist[*Ts, T](self, course: Course, step: Callable[[*Ts], Awaitable[T]], *args: *Ts) -> T:
        """Do a step, again and again as its errors deserve. Raises GaveUpError."""
        tools, attempt = self._tools, 0
        while True:
            try:
                return await step(*args)
            except PlexError as error:
                attempt += 1
                decision = verdict(error, attempt)
                if decision.action is Action.READ_LIBRARIES_AGAIN:
                    if not await tools.library_still_exists(course.match):
                        raise GaveUpError(Reason.LIBRARY_GONE, course.match.library.title) from error
                    continue
                if decision.action is not Action.RETRY:
                    raise GaveUpError(decision.reason or Reason.SERVER_ERROR, str(error)) from error
                tools.say("⚠️", "%s; again in %.0f s: %s", error, decision.delay, course.match.path.text)
                await tools.clock.sleep(decision.delay)

    def _validates(self, request: ScanRequest) -> bool:
        return self._tools.settings.validate_media if request.validate is None else request.validate

    def _time_is_up(self, course: Course) -> bool:
        if course.first_scan_at is None:
            return False
        return self._tools.clock.monotonic() - course.first_scan_at >= self._tools.settings.validation_timeout
