"""The way of one request through one library: look, compare, scan, look again, climb."""

from dataclasses import dataclass, replace
from enum import Enum, auto

from ..libraries.index import Match
from ..libraries.spelling import named
from ..media.freshness import not_trashed
from ..media.rules import PathKind, folder_of, may_be_media
from ..media.sidecars import items_beside
from ..models import FileFacts, MediaFile, Outcome, Reason
from ..paths.clean_path import CleanPath, Flavour
from ..plex.errors import PlexError
from ..plex.xml import Entry
from ..scans.queue import ScanJob, Waiter
from .course import (
    MOST_ITEMS,
    Course,
    GaveUpError,
    Tools,
    ask,
    attempt,
    look,
    persist,
    time_is_up,
    validates,
    was_interrupted,
)
from .goals import file_facts, find_goal
from .proofs import validate
from .rungs import rungs_of, spelt
from .validation import Goal, changed_files, difference, is_known, is_refreshed, is_up_to_date, is_without_media, proof


async def run(tools: Tools, course: Course) -> None:
    """Take a course to its outcome, however long the server is away meanwhile."""
    try:
        goal = await find_goal(tools, course)
        course.outcome = await _reach(tools, course, goal)
    except GaveUpError as error:
        course.outcome, course.reason, course.detail = Outcome.FAILED, error.reason, str(error)
    course.ended_at = tools.clock.monotonic()


async def _reach(tools: Tools, course: Course, goal: Goal) -> Outcome:
    """Do what is needed, and tell what came of it."""
    settings = tools.settings
    if not course.request.force and settings.duplicate_detection and is_up_to_date(goal) and not _may_hide(goal):
        course.items = not_trashed(goal.before or ())[:MOST_ITEMS]
        return Outcome.UP_TO_DATE
    tools.keep(course.request)
    if not course.respelt:
        goal = await spelt(tools, course, goal)
    rungs = await rungs_of(tools, course, goal)
    if not validates(tools, course.request):
        return await _scan_only(tools, course, goal, rungs[0])
    # Nothing that Plex would ever take is a reason to scan more than its folder.
    hopeless = goal.kind is PathKind.MEDIA and not may_be_media(goal.match.path.name, goal.match.library.type)
    return await _climb(tools, course, goal, rungs[:1] if hopeless and not goal.gone else rungs)


async def _scan_only(tools: Tools, course: Course, goal: Goal, folder: CleanPath | None) -> Outcome:
    """Scan without a proof, but not without a scan."""
    while True:
        job = await persist(tools, course, _scan, tools, course, goal, folder)
        await job.over.wait()
        if not _begins_again(tools, course):
            return Outcome.SCANNED


def _may_hide(goal: Goal) -> bool:
    """Whether what was removed may be listed in another case than it was asked for in: only a scan can tell then."""
    return goal.gone and goal.match.path.flavour is Flavour.WINDOWS


class _Next(Enum):
    """What to do after a scan that proved nothing."""

    AGAIN = auto()
    HIGHER = auto()
    STOP = auto()


@dataclass(slots=True)
class _Climb:
    """What the scans so far have shown: the file's size in bytes, and the sizes and stamps that Plex listed."""

    size: int | None
    listed: frozenset[tuple[int | None, int | None]] = frozenset()


async def _climb(tools: Tools, course: Course, goal: Goal, rungs: tuple[CleanPath | None, ...]) -> Outcome:
    """Scan one folder after the other until the goal is proven."""
    left, climb = list(rungs), _Climb(goal.facts.size)
    while left:
        rung = left.pop(0)
        job = await persist(tools, course, _scan, tools, course, goal, rung)
        if goal.kind is PathKind.SIDECAR:
            return await _refresh_items(tools, course, goal, job)
        outcome = await validate(tools, course, goal, job)
        if outcome is not None:
            return outcome
        following = await _after(tools, course, goal, job, climb)
        if following is _Next.STOP:
            break
        if following is _Next.AGAIN:
            left.insert(0, rung)
            continue
        if not course.respelt and (respelt := await _respelt(tools, course)):
            course.match, course.respelt = respelt, True
            return await _reach(tools, course, await find_goal(tools, course))
        where = rung.text if rung else "the whole library"
        tools.say("⚠️", "Not in Plex after scanning %s: %s", where, goal.match.path.text)
    return await _not_reached(tools, course, goal)


async def _after(tools: Tools, course: Course, goal: Goal, job: ScanJob, climb: _Climb) -> _Next:
    """Tell what a scan that proved nothing is a reason for."""
    if _begins_again(tools, course):
        return _Next.AGAIN
    if time_is_up(tools, course):
        course.reason = Reason.TIMEOUT
        return _Next.STOP
    facts = await file_facts(tools, course)
    if facts.size != climb.size:
        # Still being written: what was scanned is not what is there now.
        climb.size = facts.size
        await tools.clock.sleep(tools.timing.slowest_poll)
        return _Next.AGAIN
    if goal.kind is PathKind.MEDIA and not goal.gone and course.partly and _may_be(facts, course.partly):
        # Two scans agree on what the file is like: its sender was wrong, or our clock is not the server's.
        before, climb.listed = climb.listed, frozenset((file.size, file.stamp) for file in course.partly)
        if climb.listed == before:
            course.agreed = job.witnessed is not False or facts.exists is None
            return _Next.STOP
    # Another library has the file; and a folder of which Plex took all but a file is no reason to scan the library.
    avoided = course.taken_elsewhere() and not not_trashed(goal.before or ())
    if avoided or (goal.kind is PathKind.FOLDER and course.partly and not goal.gone):
        return _Next.STOP
    return _Next.HIGHER


def _may_be(facts: FileFacts, listed: tuple[MediaFile, ...]) -> bool:
    """Whether what Plex lists may be the file, although its facts say otherwise."""
    return facts.exists is None or all(file.size == facts.size for file in listed)


def _begins_again(tools: Tools, course: Course) -> bool:
    """Whether the scan is to be asked for again, with all of its time before it."""
    if not was_interrupted(tools, course):
        return False
    course.interrupted += 1
    course.first_scan_at = None
    return True


async def _respelt(tools: Tools, course: Course) -> Match | None:
    """The path as a Windows server spells it, where that is otherwise: its look-ups may not ignore the case."""
    match = course.match
    if match.path.flavour is not Flavour.WINDOWS:
        return None
    path = await persist(tools, course, tools.spelling.seen, match)
    return None if path is None or path.text == match.path.text else replace(match, path=path)


async def _scan(tools: Tools, course: Course, goal: Goal, folder: CleanPath | None) -> ScanJob:
    """Have a folder scanned; returns once the scan was asked for, or was found to be no longer needed."""

    async def still_needed() -> bool:
        if course.request.force or goal.before is None or not validates(tools, course.request):
            return True
        read = goal.gone or is_known(goal) or tools.runner.has_scanned(goal.match.library.id, folder, course.began_at)
        if not read:
            # It may have changed since that scan read it, and nobody but a scan of its own would notice.
            return True
        try:
            now = await look(tools, goal)
        except PlexError:
            return True
        return proof(goal, now, scan_over=False) is None

    if folder is None and not await tools.library_still_exists(course.match):
        # The path has left the library meanwhile: all of that would be scanned for nothing.
        raise GaveUpError(Reason.LIBRARY_GONE, course.match.library.title)
    waiter = Waiter(still_needed=still_needed, release_slot=course.release_slot, first=course.job is None)
    job = tools.runner.join(goal.match, folder, course.looked_at, waiter)
    course.job = job
    course.joined_at = tools.clock.monotonic()
    await job.started.wait()
    course.outages = tools.availability.outages if job.skipped else job.outages
    if job.given_up:
        raise GaveUpError(job.given_up, str(job.error)) from job.error
    if job.error:
        raise job.error
    course.queued += max((job.over_at if job.skipped else job.started_at) - course.joined_at, 0.0)
    if not job.skipped:
        course.attempts += 1
        course.first_scan_at = course.first_scan_at or job.started_at
    if not job.skipped or job.scanned:
        folders = (job.scanned,) if job.scanned is not None else goal.match.library.locations
        course.scanned += [each for each in folders if each not in course.scanned]
    return job


async def _refresh_items(tools: Tools, course: Course, goal: Goal, job: ScanJob) -> Outcome:
    """Have the items beside a sidecar file read their local files again, which a scan alone does not do."""
    clock = tools.clock
    await job.over.wait()
    course.last_over_at = job.over_at
    keys = items_beside(goal.match.path, folder_of(goal.match, goal.kind), goal.before or ())
    for key in keys:
        await ask(tools, course, tools.client.refresh_item, key)
    begin, delay = clock.monotonic(), tools.timing.first_poll
    while keys and clock.monotonic() - begin < tools.timing.settle_limit:
        await clock.sleep(delay)
        delay = min(delay * 2, tools.timing.slowest_poll)
        now = await persist(tools, course, look, tools, goal)
        course.count(goal.before, now)
        if is_refreshed(goal.before or (), now or (), keys):
            course.items = tuple(file for file in now or () if file.rating_key in keys)[:MOST_ITEMS]
            return Outcome.UPDATED
        if now is not None and not any(file.rating_key in keys for file in now):
            break  # removed with what it belonged to
    return Outcome.SCANNED


async def _not_reached(tools: Tools, course: Course, goal: Goal) -> Outcome:
    """Every rung was climbed in vain: tell why, as far as Plex can say."""
    if goal.gone:
        raise GaveUpError(Reason.STILL_THERE)
    if is_without_media(goal) and not course.partly:
        return Outcome.SCANNED
    path, parent = goal.match.path, goal.match.path.parent
    if goal.kind is PathKind.FOLDER and course.partly:
        course.reason = course.reason or Reason.IGNORED_BY_PLEX
        course.items = changed_files(goal.before, course.partly)[:MOST_ITEMS]
        return difference(goal.before or (), course.partly) or Outcome.UP_TO_DATE
    if course.agreed and (changed := difference(goal.before or (), course.partly)):
        course.items = changed_files(goal.before, course.partly)[:MOST_ITEMS]
        return changed  # the size that the sender gave was another file's, or the server's clock is another
    if course.agreed and goal.facts.exists:
        course.items = course.partly[:MOST_ITEMS]
        # The same size, and Plex has looked, as far as anybody could watch: only the clocks differ.
        return Outcome.UP_TO_DATE if course.job and course.job.witnessed else Outcome.SCANNED
    if course.partly and not is_known(goal):
        return Outcome.SCANNED  # listed as before, and nobody saw Plex look at it
    if course.partly:
        course.reason = Reason.TIMEOUT  # listed, but still as it was
    if course.reason is None and parent is not None:
        entries = await attempt(tools, course, _entries, tools, parent)
        visible = named(entries, path.name, path.flavour) is not None
        found = Reason.IGNORED_BY_PLEX if visible else Reason.NOT_VISIBLE_TO_PLEX
        course.reason = Reason.TIMEOUT if entries is None else found
    return Outcome.NOT_FOUND


async def _entries(tools: Tools, folder: CleanPath) -> tuple[Entry, ...]:
    """What Plex sees in a folder; nothing where it sees no such folder. Raises PlexError."""
    return await tools.client.browse(folder.text) or ()
