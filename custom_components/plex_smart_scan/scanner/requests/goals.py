"""What a request is about: what its path names, what is known of the file, and what Plex lists now."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ..files import local_files
from ..libraries.index import Match
from ..libraries.spelling import named
from ..media.freshness import not_trashed
from ..media.rules import PathKind, kind_of
from ..models import FileFacts, MediaFile
from .course import Course, Tools, ask, look, persist, validates
from .validation import Goal

_MOST_CHECKED: Final = 5  # items


async def find_goal(tools: Tools, course: Course) -> Goal:
    """Find out what the path names, what is known of it, and what Plex lists now."""
    match, request = course.match, course.request
    course.looked_at = tools.clock.monotonic()
    wants_look = validates(tools, request) or (tools.settings.duplicate_detection and not request.force)
    # The disk and Plex are asked at the same time where the name tells already what to ask for.
    likely = Goal(match=match, kind=_named_kind(match), facts=FileFacts())
    early = wants_look and likely.kind is PathKind.MEDIA
    facts, before = await asyncio.gather(
        file_facts(tools, course), persist(tools, course, look, tools, likely) if early else _nothing()
    )
    kind = await _kind(tools, course, facts)
    if not wants_look:
        return Goal(match=match, kind=kind, facts=facts, gone=request.gone and not facts.exists)
    goal = Goal(match=match, kind=kind, facts=facts, expected=await _expected(tools, course, kind))
    if not early or kind is not likely.kind:
        before = await persist(tools, course, look, tools, goal)
    course.count(before, before)
    return replace(goal, gone=await _is_gone(tools, course, goal, before), before=before)


def _named_kind(match: Match, *, folder: bool | None = None) -> PathKind:
    return kind_of(match.path, match.library.type, folder=folder, location=match.location)


async def _nothing() -> None:
    return None


async def _kind(tools: Tools, course: Course, facts: FileFacts) -> PathKind:
    if course.match.path.key == course.match.location.key:
        return PathKind.FOLDER
    kind = _named_kind(course.match, folder=facts.folder)
    return await _kind_by_plex(tools, course) if kind is PathKind.UNKNOWN else kind


async def file_facts(tools: Tools, course: Course) -> FileFacts:
    """What Home Assistant sees; else the size that the caller gave."""
    candidates = tools.mappings.local_paths(course.mapped)
    seen = await local_files.facts(candidates, course.match, tools.timing.look_timeout)
    if seen.exists is None and course.request.size is not None:
        return FileFacts(size=course.request.size)
    return seen


async def _expected(tools: Tools, course: Course, kind: PathKind) -> dict[str, FileFacts] | None:
    if kind is not PathKind.FOLDER:
        return None
    candidates = tools.mappings.local_paths(course.mapped)
    return await local_files.media_below(candidates, course.match, tools.timing.look_timeout)


async def _kind_by_plex(tools: Tools, course: Course) -> PathKind:
    """Ask Plex what a name such as `Season.1` is; what it neither lists nor sees counts as a file."""
    path = course.match.path
    if await persist(tools, course, tools.lookups.lists_below, course.match):
        return PathKind.FOLDER
    if (parent := path.parent) is None:
        return PathKind.FOLDER
    parent = await tools.spelling.of(course.match, parent)
    entry = named(await ask(tools, course, tools.client.browse, parent.text), path.name, path.flavour)
    return PathKind.FOLDER if entry and entry.folder else PathKind.MEDIA


async def _is_gone(tools: Tools, course: Course, goal: Goal, before: tuple[MediaFile, ...] | None) -> bool:
    """Whether the request is about a removal.

    What a disk says counts before what the sender says. A file that is not there and that Plex does not list
    either was not removed: it has not come yet.
    """
    facts, listed = goal.facts, not_trashed(before or ())
    many = before is None and goal.kind is PathKind.FOLDER
    if facts.exists:
        return False
    if course.request.gone:
        return True
    if facts.exists is False and tools.mappings.is_local(course.mapped):
        return many or bool(listed)
    if many:
        return await _is_no_folder_to_plex(tools, course)
    if listed and (facts.exists is False or facts.size is None):
        # Without a `local` column the folder that Home Assistant sees may be another of the same name.
        return await _is_missing_to_plex(tools, course, listed)
    return False


async def _is_missing_to_plex(tools: Tools, course: Course, listed: Sequence[MediaFile]) -> bool:
    """Whether Plex cannot find what it lists either; of a folder's many items a few tell."""
    keys = tuple(dict.fromkeys(file.rating_key for file in listed))[:_MOST_CHECKED]
    missing: set[str] = set()
    for key in keys:
        found = await ask(tools, course, tools.client.missing_files, key)
        missing |= {file.file for file in listed if file.rating_key == key} if found is None else found
    return all(file.file in missing for file in listed if file.rating_key in keys)


async def _is_no_folder_to_plex(tools: Tools, course: Course) -> bool:
    """Whether Plex sees a folder above this one, and does not see this one in it."""
    path, location = course.match.path, course.match.location
    while path.key != location.key and (parent := path.parent) is not None:
        if entries := await ask(tools, course, tools.client.browse, parent.text):
            return all(parent.join(entry.name).key != path.key for entry in entries)
        path = parent
    return False
