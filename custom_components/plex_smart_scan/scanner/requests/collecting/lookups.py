"""What Plex lists for the path of a request, and what kind of path that makes it."""

import asyncio

from ...libraries.index import Match
from ...media.rules import PathKind, kind_of
from ...media.sidecars import items_beside
from ..decision.evidence import Sight
from ..decision.scan_scope import folder_of
from ..dependencies import Dependencies
from ..progress.evidence_builder import wishes_of
from ..progress.listing_changes import changed_files, is_refreshed
from ..progress.progress import MOST_ITEMS, Listed, Progress
from ..server_calls import call_with_retry
from .disk_facts import read_expected_files, read_facts, update_facts


async def first_lookup(deps: Dependencies, progress: Progress) -> None:
    """Find out what the path names, what the disk says and what Plex lists."""
    match = progress.match
    progress.kind = guess_kind(match)
    progress.trusts_disk = deps.mappings.is_local(progress.mapped)
    likely = progress.kind
    early = likely in {PathKind.MEDIA, PathKind.UNKNOWN}
    facts, listed = await asyncio.gather(
        read_facts(deps, progress), listed_now(deps, progress) if early else _nothing()
    )
    progress.facts = facts
    progress.was_on_disk = bool(facts.exists)
    at = deps.clock.monotonic()
    kind = guess_kind(match, folder=facts.folder)
    progress.kind = PathKind.MEDIA if kind is PathKind.UNKNOWN else kind
    if progress.kind is PathKind.FOLDER:
        progress.expected = await read_expected_files(deps, progress)
    if not early or progress.kind not in {likely, PathKind.MEDIA}:
        at = deps.clock.monotonic()
        listed = await listed_now(deps, progress)
    progress.take_look(listed, at)
    _note_beside(progress)
    _note_memory(deps, progress)


async def prepare_without_lookup(deps: Dependencies, progress: Progress) -> None:
    """Find out only what a scan without a look needs: what the path names, and the disk's word."""
    progress.kind = guess_kind(progress.match)
    progress.trusts_disk = deps.mappings.is_local(progress.mapped)
    progress.facts = await read_facts(deps, progress)
    progress.was_on_disk = bool(progress.facts.exists)
    progress.kind = guess_kind(progress.match, folder=progress.facts.folder)


async def repeat_lookup(deps: Dependencies, progress: Progress) -> None:
    """Ask again what Plex lists, and read the disk again: the file may be growing, or gone."""
    at = deps.clock.monotonic()
    progress.looks += 1
    _, listed = await asyncio.gather(update_facts(deps, progress), listed_now(deps, progress))
    before = progress.now
    progress.take_look(listed, at)
    if progress.refresh_at is not None and listed is not None:
        progress.refreshed = is_refreshed(progress.before or (), listed, progress.refreshing)
        progress.items = tuple(file for file in listed if file.rating_key in progress.refreshing)[:MOST_ITEMS]
        return
    if not changed_files(progress.before, listed):
        progress.proven_at = None
    elif progress.proven_at is None or (before != listed and not progress.analysis_requested):
        progress.proven_at = progress.proven_at or deps.clock.monotonic()


def needs_lookup(deps: Dependencies, progress: Progress) -> bool:
    """Whether the outcome, the comparison or the refresh of an item needs to know what Plex lists."""
    wishes = wishes_of(progress.request, deps.settings)
    compares = wishes.skips_up_to_date and not wishes.force
    return wishes.validates or compares or progress.kind is PathKind.SIDECAR


def guess_kind(match: Match, *, folder: bool | None = None) -> PathKind:
    """Return the kind of path by its name; `folder` is what a disk said, None if none was asked."""
    if match.path.key == match.location.key:
        return PathKind.FOLDER
    return kind_of(match.path, match.library.type, folder=folder, location=match.location)


async def _nothing() -> Listed:
    return None


async def set_kind(deps: Dependencies, progress: Progress, kind: PathKind) -> None:
    """Change what the path is taken for; what is listed for it has to be asked again."""
    if kind is progress.kind:
        return
    progress.kind = kind
    if kind is PathKind.FOLDER:
        progress.expected = await read_expected_files(deps, progress)
    if progress.looked:
        progress.looked = False
        progress.take_look(await listed_now(deps, progress), deps.clock.monotonic())
        _note_beside(progress)
        _note_memory(deps, progress)


async def listed_now(deps: Dependencies, progress: Progress) -> Listed:
    """Return what Plex lists for the path at this moment. Raises GaveUpError."""
    return await call_with_retry(deps, progress, _ask_listed, deps, progress)


async def _ask_listed(deps: Dependencies, progress: Progress) -> Listed:
    """Ask what Plex lists for the path. Raises PlexError."""
    lookups, match = deps.lookups, progress.match
    if progress.kind is PathKind.FOLDER:
        removed = progress.looked and progress.before is None and progress.sight is Sight.NOT_SEEN
        return await (lookups.left_below(match) if removed else lookups.below(match))
    if progress.kind is PathKind.SIDECAR:
        folder = folder_of(match, progress.kind)
        beside = await lookups.below(Match(match.library, match.location, folder))
        return await lookups.named_like(match, folder) if beside is None else beside
    return await lookups.files(match)


def _note_beside(progress: Progress) -> None:
    if progress.kind is PathKind.SIDECAR:
        folder = folder_of(progress.match, progress.kind)
        progress.beside = items_beside(progress.match.path, folder, progress.before or ())


def _note_memory(deps: Dependencies, progress: Progress) -> None:
    if progress.kind is PathKind.FOLDER and progress.expected is not None and progress.now is not None:
        key = progress.match.library.id, progress.match.path.key
        progress.remembered = deps.memory.knows(*key, progress.expected, progress.now)
