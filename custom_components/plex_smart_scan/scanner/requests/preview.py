"""What a scan of a path would do, without doing it: only questions are asked."""

import asyncio
from dataclasses import dataclass, replace

from ..concurrency import run_abandonable
from ..libraries.index import Match
from ..media.freshness import Freshness, freshness, not_trashed
from ..media.rules import PathKind
from ..models import MediaFile, ScanRequest
from ..paths.mappings import Mapped
from ..plex.errors import PlexError
from .course import Course, GaveUpError, Tools
from .goals import find_goal
from .rungs import rungs_of, spelt
from .validation import Goal, is_up_to_date


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What is known of a path in one library. `folder` is the first that would be scanned, as the server spells it.

    All of it is None where nobody could tell; `folder` also where the whole library would be scanned.
    """

    match: Match
    folder: str | None = None
    listed: bool | None = None
    up_to_date: bool | None = None
    items: tuple[MediaFile, ...] = ()


async def preview(tools: Tools, mapped: Mapped, match: Match, *, seconds: float) -> Preview:
    """Look at a path in one library, for so long at most."""
    # Forced or not makes no difference to what is looked at, as long as the look itself is wanted.
    course = Course(request=ScanRequest(path=mapped.reported.text, validate=True), match=match, mapped=mapped)
    try:
        async with asyncio.timeout(seconds):
            return await run_abandonable(_seen(tools, course))
    except GaveUpError, PlexError, TimeoutError:
        return Preview(match=match)


async def _seen(tools: Tools, course: Course) -> Preview:
    """Look as long as it takes. Raises GaveUpError and PlexError."""
    goal = await spelt(tools, course, await find_goal(tools, course))
    try:
        (rung, *_) = await rungs_of(tools, course, goal)
    except GaveUpError:
        rung = None
    seen = Preview(match=goal.match, folder=rung.text if rung else None)
    if goal.before is None or goal.kind is PathKind.SIDECAR:
        return seen  # of a sidecar file Plex lists only what it belongs to
    listed = not_trashed(goal.before)
    return replace(seen, listed=bool(listed), up_to_date=_up_to_date(goal), items=listed)


def _up_to_date(goal: Goal) -> bool | None:
    """Whether a scan would be skipped; None where Plex's word for a file is all that is known of it."""
    if is_up_to_date(goal):
        return True
    if (
        not goal.gone
        and goal.kind is PathKind.MEDIA
        and freshness(goal.before or (), goal.facts) is Freshness.UNVERIFIED
    ):
        return None
    return False
