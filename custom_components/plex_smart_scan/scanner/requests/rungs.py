"""Which folders a request in one library has scanned, one after the other: the same for a scan and for its preview."""

from dataclasses import replace

from ..files import local_files
from ..media.freshness import not_trashed
from ..media.rules import first_folder, folder_of, is_near, ladder
from ..models import Reason
from ..paths.clean_path import CleanPath
from .course import Course, GaveUpError, Tools, ask, persist
from .validation import Goal, is_without_media


async def spelt(tools: Tools, course: Course, goal: Goal) -> Goal:
    """The goal with its folder as the server spells it, which it has to be scanned by; the course's match with it."""
    folder = folder_of(goal.match, goal.kind)
    as_listed = await tools.spelling.of(goal.match, folder, goal.before or ())
    course.match = replace(goal.match, path=goal.match.path.moved(folder, as_listed))
    return replace(goal, match=course.match)


async def rungs_of(tools: Tools, course: Course, goal: Goal) -> tuple[CleanPath | None, ...]:
    """The folders to scan, one after the other; None is the whole library. Raises GaveUpError.

    For a removal that is so when the location is not there either.
    """
    match = goal.match
    if goal.gone:
        await _refuse_missing_mount(tools, course)
    if not tools.settings.smart_scanning:
        return (None,)
    folder = folder_of(match, goal.kind)
    if goal.gone:
        nearest = await _nearest_folder(tools, course)
        return tuple(dict.fromkeys((nearest, first_folder(match, nearest), match.location)))
    known = is_near(match, folder) or bool(not_trashed(goal.before or ()))
    known = known or await persist(tools, course, tools.lookups.knows, match, folder)
    rungs = ladder(match, folder, known=known)
    return rungs[:1] if is_without_media(goal) else rungs  # a scan of more finds no more


async def _nearest_folder(tools: Tools, course: Course) -> CleanPath:
    """The nearest folder above a removed path that is still there: Home Assistant's word, else Plex's."""
    match = course.match
    candidates = tools.mappings.local_paths(course.mapped)
    if seen := await local_files.nearest_folder(candidates, match, tools.timing.look_timeout):
        return seen
    folder = match.path.parent
    while folder and folder.is_below(match.location) and folder.key != match.location.key:
        if await ask(tools, course, tools.client.browse, folder.text):
            return folder
        folder = folder.parent
    return match.location


async def _refuse_missing_mount(tools: Tools, course: Course) -> None:
    """Raise GaveUpError when Plex cannot see the location or finds it empty: a lost mount is no removal."""
    location = course.match.location
    if not await ask(tools, course, tools.client.browse, location.text):
        raise GaveUpError(Reason.MOUNT_MISSING, location.text)
