"""What a scan of a path would do, without doing it: only questions are asked."""

import asyncio
from dataclasses import dataclass

from .course import Course, GaveUpError, Tools
from .duplicates import Freshness, alive, freshness
from .folders import Kind, folder_of, is_near, ladder
from .goals import find_goal
from .libraries import Match
from .mappings import Mapped
from .models import MediaFile, ScanRequest
from .retry import PlexError
from .validation import Goal, is_up_to_date


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What is known of a path in one library. `folder` None: the whole library would be scanned.

    `listed` and `up_to_date` are None where nobody could tell.
    """

    match: Match
    folder: str | None
    listed: bool | None = None
    up_to_date: bool | None = None
    items: tuple[MediaFile, ...] = ()


async def preview(tools: Tools, mapped: Mapped, match: Match, *, seconds: float) -> Preview:
    """Look at a path in one library, for so long at most."""
    # Forced or not makes no difference to what is looked at, as long as the look itself is wanted.
    course = Course(request=ScanRequest(path=mapped.reported.text, validate=True), match=match, mapped=mapped)
    try:
        async with asyncio.timeout(seconds):
            goal = await find_goal(tools, course)
            folder = await _first_folder(tools, goal)
    except GaveUpError, PlexError, TimeoutError:
        return Preview(match=match, folder=None if not tools.settings.smart_scanning else match.location.text)
    if goal.before is None:
        return Preview(match=match, folder=folder)
    listed = alive(goal.before)
    return Preview(match=match, folder=folder, listed=bool(listed), up_to_date=_up_to_date(goal), items=listed)


async def _first_folder(tools: Tools, goal: Goal) -> str | None:
    if not tools.settings.smart_scanning:
        return None
    folder = folder_of(goal.match, goal.kind)
    known = is_near(goal.match, folder) or bool(goal.before) or await tools.lookups.knows(goal.match, folder)
    rung = ladder(goal.match, folder, known=known)[0]
    return rung.text if rung else None


def _up_to_date(goal: Goal) -> bool | None:
    """Whether a scan would be skipped; None where Plex's word for a file is all that is known of it."""
    if is_up_to_date(goal):
        return True
    if goal.kind is Kind.MEDIA and freshness(goal.before or (), goal.facts) is Freshness.UNVERIFIED:
        return None
    return False
