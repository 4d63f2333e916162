"""The way of one request through one library: look, compare, scan, look again, climb."""

from dataclasses import replace

from . import files
from .course import MOST_ITEMS, Course, GaveUpError, Tools, ask, look, persist, time_is_up, validates
from .duplicates import alive
from .folders import Kind, first_folder, folder_of, is_near, ladder
from .goals import file_facts, find_goal
from .libraries import Match
from .models import MediaFile, Outcome, Reason
from .paths import CleanPath, Flavour
from .proofs import validate
from .queue import ScanJob
from .retry import PlexError
from .sidecars import items_beside
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
    if not course.request.force and settings.duplicate_detection and is_up_to_date(goal):
        course.items = alive(goal.before or ())[:MOST_ITEMS]
        return Outcome.UP_TO_DATE
    tools.keep(course.request)
    if goal.gone:
        await _refuse_missing_mount(tools, course)
    rungs = await _rungs(tools, course, goal)
    if not validates(tools, course.request):
        job = await persist(tools, course, _scan, tools, course, goal, rungs[0])
        await job.over.wait()
        return Outcome.SCANNED
    return await _climb(tools, course, goal, rungs)


async def _climb(tools: Tools, course: Course, goal: Goal, rungs: tuple[CleanPath | None, ...]) -> Outcome:
    """Scan one folder after the other until the goal is proven."""
    left, size = list(rungs), goal.facts.size
    seen: tuple[MediaFile, ...] = ()
    while left:
        rung = left.pop(0)
        job = await persist(tools, course, _scan, tools, course, goal, rung)
        if goal.kind is Kind.SIDECAR:
            return await _refresh_items(tools, course, goal, job)
        outcome = await validate(tools, course, goal, job)
        if outcome is not None:
            return outcome
        if time_is_up(tools, course):
            course.reason = Reason.TIMEOUT
            break
        if goal.kind is Kind.MEDIA and goal.facts.exists is None and course.partly:
            # Two scans agree that the file is not as large as its sender said.
            if _sizes(seen) == _sizes(course.partly):
                break
            seen = course.partly
        if respelt := await _respelt(tools, course):
            course.match = respelt
            return await _reach(tools, course, await find_goal(tools, course))
        # A folder of which Plex took all but a file is no reason to scan the library.
        if course.taken_elsewhere() or (goal.kind is Kind.FOLDER and course.partly and not goal.gone):
            break
        before, size = size, (await file_facts(tools, course)).size
        if size != before:
            # Still being written: what was scanned is not what is there now.
            await tools.clock.sleep(tools.pace.slowest_poll)
            left.insert(0, rung)
            continue
        where = rung.text if rung else "the whole library"
        tools.say("⚠️", "Not in Plex after scanning %s: %s", where, goal.match.path.text)
    return await _not_reached(tools, course, goal)


def _sizes(files: tuple[MediaFile, ...]) -> set[int | None]:
    return {file.size for file in files}


async def _respelt(tools: Tools, course: Course) -> Match | None:
    """The path as a Windows server spells it, where that is otherwise: its look-ups may not ignore the case."""
    match = course.match
    if match.path.flavour is not Flavour.WINDOWS:
        return None
    path = match.location
    for part in match.path.parts_below(match.location):
        entries = await ask(tools, course, tools.gateway.browse, path.text)
        name = next((entry.name for entry in entries or () if entry.name.casefold() == part.casefold()), None)
        if name is None:
            return None
        path = path.join(name)
    return None if path.text == match.path.text else replace(match, path=path)


async def _rungs(tools: Tools, course: Course, goal: Goal) -> tuple[CleanPath | None, ...]:
    """The folders to scan, one after the other."""
    match = goal.match
    if not tools.settings.smart_scanning:
        return (None,)
    folder = folder_of(match, goal.kind)
    if goal.gone:
        nearest = await _nearest_folder(tools, course)
        return tuple(dict.fromkeys((nearest, first_folder(match, nearest), match.location)))
    known = is_near(match, folder) or bool(alive(goal.before or ()))
    known = known or await persist(tools, course, tools.lookups.knows, match, folder)
    rungs = ladder(match, folder, known=known)
    return rungs[:1] if is_without_media(goal) else rungs  # a scan of more finds no more


async def _nearest_folder(tools: Tools, course: Course) -> CleanPath:
    """The nearest folder above a removed path that is still there: Home Assistant's word, else Plex's."""
    match = course.match
    candidates = tools.mappings.local_paths(course.mapped)
    if seen := await files.nearest_folder(candidates, match, tools.pace.look_timeout):
        return seen
    folder = match.path.parent
    while folder and folder.is_below(match.location) and folder.key != match.location.key:
        if await ask(tools, course, tools.gateway.browse, folder.text):
            return folder
        folder = folder.parent
    return match.location


async def _refuse_missing_mount(tools: Tools, course: Course) -> None:
    """Raise GaveUpError when Plex cannot see the location or finds it empty: a lost mount is no removal."""
    location = course.match.location
    if not await ask(tools, course, tools.gateway.browse, location.text):
        raise GaveUpError(Reason.MOUNT_MISSING, location.text)


async def _scan(tools: Tools, course: Course, goal: Goal, folder: CleanPath | None) -> ScanJob:
    """Have a folder scanned; returns once the scan was asked for, or was found to be no longer needed."""

    async def still_needed() -> bool:
        if course.request.force or goal.before is None or not validates(tools, course.request):
            return True
        try:
            now = await look(tools, goal)
        except PlexError:
            return True
        return proof(goal, now, scan_over=False) is None

    job = tools.lane.join(goal.match, folder, course.looked_at)
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


async def _refresh_items(tools: Tools, course: Course, goal: Goal, job: ScanJob) -> Outcome:
    """Have the items beside a sidecar file read their local files again, which a scan alone does not do."""
    clock = tools.clock
    await job.over.wait()
    course.last_over_at = job.over_at
    keys = items_beside(goal.match.path, folder_of(goal.match, goal.kind), goal.before or ())
    for key in keys:
        await ask(tools, course, tools.gateway.refresh_item, key)
    begin, delay = clock.monotonic(), tools.pace.first_poll
    while keys and clock.monotonic() - begin < tools.pace.settle_limit:
        await clock.sleep(delay)
        delay = min(delay * 2, tools.pace.slowest_poll)
        now = await persist(tools, course, look, tools, goal)
        course.count(goal.before, now)
        if is_refreshed(goal.before or (), now or (), keys):
            course.items = tuple(file for file in now or () if file.rating_key in keys)[:MOST_ITEMS]
            return Outcome.UPDATED
    return Outcome.SCANNED


async def _not_reached(tools: Tools, course: Course, goal: Goal) -> Outcome:
    """Every rung was climbed in vain: tell why, as far as Plex can say."""
    if goal.gone:
        raise GaveUpError(Reason.STILL_THERE)
    if is_without_media(goal) and not course.partly:
        return Outcome.SCANNED
    path, parent = goal.match.path, goal.match.path.parent
    if goal.kind is Kind.FOLDER and course.partly:
        course.reason = course.reason or Reason.IGNORED_BY_PLEX
        course.items = changed_files(goal.before, course.partly)[:MOST_ITEMS]
        return difference(goal.before or (), course.partly) or Outcome.UP_TO_DATE
    if course.partly and goal.facts.exists is None and (changed := difference(goal.before or (), course.partly)):
        course.items = changed_files(goal.before, course.partly)[:MOST_ITEMS]
        return changed  # the size that the sender gave was another file's, or an earlier one
    if course.partly and not is_known(goal):
        return Outcome.SCANNED  # listed as before, and nobody saw Plex look at it
    if course.partly:
        course.reason = Reason.TIMEOUT  # listed, but still as it was
    if course.reason is None and parent is not None:
        entries = await ask(tools, course, tools.gateway.browse, parent.text)
        visible = any(entry.name == path.name for entry in entries or ())
        course.reason = Reason.IGNORED_BY_PLEX if visible else Reason.NOT_VISIBLE_TO_PLEX
    return Outcome.NOT_FOUND
