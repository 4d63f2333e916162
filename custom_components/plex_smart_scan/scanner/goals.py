"""What a request is about: what its path names, what is known of the file, and what Plex lists now."""

import asyncio
from dataclasses import replace

from . import files
from .course import Course, Tools, ask, look, persist, validates
from .duplicates import Freshness, alive, freshness
from .folders import Kind, kind_of
from .models import FileFacts, MediaFile
from .validation import Goal


async def find_goal(tools: Tools, course: Course) -> Goal:
    """Find out what the path names, what is known of it, and what Plex lists now."""
    match, request = course.match, course.request
    wants_look = validates(tools, request) or (tools.settings.duplicate_detection and not request.force)
    # The disk and Plex are asked at the same time where the name tells already what to ask for.
    likely = Goal(match=match, kind=kind_of(match.path, match.library.type), facts=FileFacts())
    early = wants_look and likely.kind is Kind.MEDIA
    facts, before = await asyncio.gather(
        file_facts(tools, course), persist(tools, course, look, tools, likely) if early else _nothing()
    )
    kind = await _kind(tools, course, facts)
    if not wants_look:
        return Goal(match=match, kind=kind, facts=facts, gone=request.gone and not facts.exists)
    goal = Goal(match=match, kind=kind, facts=facts, expected=await _expected(tools, course, kind))
    if not early or kind is not likely.kind:
        before = await persist(tools, course, look, tools, goal)
    course.listed_before = course.listed_after = len(alive(before or ()))
    return replace(goal, gone=await _is_gone(tools, course, facts, before), before=before)


async def _nothing() -> None:
    return None


async def _kind(tools: Tools, course: Course, facts: FileFacts) -> Kind:
    if course.match.path.key == course.match.location.key:
        return Kind.FOLDER
    kind = kind_of(course.match.path, course.match.library.type, folder=facts.folder)
    return await _kind_by_plex(tools, course) if kind is Kind.UNKNOWN else kind


async def file_facts(tools: Tools, course: Course) -> FileFacts:
    """What Home Assistant sees; else the size that the caller gave."""
    candidates = tools.mappings.local_paths(course.mapped)
    seen = await files.facts(candidates, course.match, tools.pace.look_timeout)
    if seen.exists is None and course.request.size is not None:
        return FileFacts(size=course.request.size)
    return seen


async def _expected(tools: Tools, course: Course, kind: Kind) -> dict[str, FileFacts] | None:
    if kind is not Kind.FOLDER:
        return None
    candidates = tools.mappings.local_paths(course.mapped)
    return await files.media_below(candidates, course.match, tools.pace.look_timeout)


async def _kind_by_plex(tools: Tools, course: Course) -> Kind:
    """Ask Plex what a name such as `Season.1` is; what it neither lists nor sees counts as a file."""
    path = course.match.path
    if await persist(tools, course, tools.lookups.lists_below, course.match):
        return Kind.FOLDER
    if (parent := path.parent) is None:
        return Kind.FOLDER
    entries = await ask(tools, course, tools.gateway.browse, parent.text)
    is_folder = any(entry.folder and entry.name == path.name for entry in entries or ())
    return Kind.FOLDER if is_folder else Kind.MEDIA


async def _is_gone(tools: Tools, course: Course, facts: FileFacts, before: tuple[MediaFile, ...] | None) -> bool:
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
        missing = await ask(tools, course, tools.gateway.missing_files, key)
        return all(file.file in missing for file in listed)
    return False
