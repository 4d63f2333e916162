"""What Plex lists for the path of a request, and what kind of path that makes it."""

import asyncio

from ...libraries.index import Match
from ...media.naming_rules import PathKind, kind_of
from ...media.sidecars import items_of_sidecar
from ...models import FileState
from ...plex.errors import PlexError
from ..call_with_retries import call_with_retry
from ..decision.evidence import PlexVisibility
from ..decision.scan_scope import folder_of
from ..dependencies import Dependencies
from ..progress.evidence_builder import effective_options
from ..progress.listing_changes import is_refreshed
from ..progress.request_progress import MAX_RESULT_ITEMS, Listed, Progress
from .collect_disk import read_expected_files, read_facts, update_facts


async def first_lookup(deps: Dependencies, progress: Progress) -> None:
    """Determine what the path names, read the file's facts from the disk and look up what Plex lists.

    Raises GaveUpError.
    """
    match, begin = progress.match, deps.clock.monotonic()
    progress.kind = guess_kind(match)
    progress.has_local_mapping = deps.mappings.has_local_column(progress.mapped)
    likely = progress.kind
    early = likely in {PathKind.MEDIA, PathKind.UNKNOWN}
    facts, listed = await asyncio.gather(
        read_facts(deps, progress), listed_now(deps, progress) if early else _no_lookup()
    )
    progress.facts = facts
    progress.was_on_disk = facts.state.exists
    at = deps.clock.monotonic()
    kind = guess_kind(match, facts.state)
    progress.kind = PathKind.MEDIA if kind is PathKind.UNKNOWN else kind
    if progress.kind is PathKind.FOLDER:
        progress.expected_files = await read_expected_files(deps, progress)
    if not early or progress.kind not in {likely, PathKind.MEDIA}:
        at = deps.clock.monotonic()
        listed = await listed_now(deps, progress)
    await _read_old_facts_again(deps, progress, begin)
    progress.record_listing(listed, at)
    _record_sidecar_items(progress)
    _record_known_unchanged(deps, progress)


async def prepare_without_lookup(deps: Dependencies, progress: Progress) -> None:
    """Determine only what a scan needs: what the path names, and the file's facts from the disk."""
    progress.kind = guess_kind(progress.match)
    progress.has_local_mapping = deps.mappings.has_local_column(progress.mapped)
    progress.facts = await read_facts(deps, progress)
    progress.was_on_disk = progress.facts.state.exists
    progress.kind = guess_kind(progress.match, progress.facts.state)


async def repeat_lookup(deps: Dependencies, progress: Progress) -> None:
    """Look up the path and read the disk again: the file may have grown, or be gone. Raises GaveUpError."""
    at = deps.clock.monotonic()
    _, listed = await asyncio.gather(update_facts(deps, progress), listed_now(deps, progress))
    await _read_old_facts_again(deps, progress, at)
    _record_repeated_lookup(deps, progress, listed, at)


async def repeat_lookup_once(deps: Dependencies, progress: Progress) -> bool:
    """Do the same without another attempt after an error. Return whether it succeeded."""
    at = deps.clock.monotonic()
    try:
        _, listed = await asyncio.gather(update_facts(deps, progress), _ask_listed(deps, progress))
    except PlexError:
        return False
    _record_repeated_lookup(deps, progress, listed, at)
    return True


async def _read_old_facts_again(deps: Dependencies, progress: Progress, read_at: float) -> None:
    """Read the disk again if the response of Plex came much later, for example after an outage."""
    if deps.clock.monotonic() - read_at >= deps.timing.stable_time:
        await update_facts(deps, progress)


def _record_repeated_lookup(deps: Dependencies, progress: Progress, listed: Listed, at: float) -> None:
    progress.lookups_since_scan += 1
    before = progress.listing
    progress.record_listing(listed, at)
    if progress.refresh_requested_at is not None and listed is not None:
        progress.refreshed = is_refreshed(progress.first_listing or (), listed, progress.refreshing_items)
        progress.items = tuple(file for file in listed if file.rating_key in progress.refreshing_items)[
            :MAX_RESULT_ITEMS
        ]
        return
    if progress.change is None:
        progress.change_listed_at = None
    elif progress.change_listed_at is None or (before != listed and not progress.analysis_requested):
        progress.change_listed_at = progress.change_listed_at or deps.clock.monotonic()


def needs_lookup(deps: Dependencies, progress: Progress) -> bool:
    """Return whether the outcome, the comparison or the refresh of an item depends on a look-up."""
    wishes = effective_options(progress.request, deps.settings)
    compares = wishes.skip_up_to_date and not wishes.force
    return wishes.validate or compares or progress.kind is PathKind.SIDECAR


def guess_kind(match: Match, state: FileState = FileState.UNKNOWN) -> PathKind:
    """Return the kind of path by its name and by what a disk says (`state`)."""
    if match.path.key == match.location.key:
        return PathKind.FOLDER
    return kind_of(match.path, match.library.type, state=state, location=match.location)


async def _no_lookup() -> Listed:
    return None


async def set_kind(deps: Dependencies, progress: Progress, kind: PathKind) -> None:
    """Change the kind of the path, and look it up again accordingly. Raises GaveUpError."""
    if kind is progress.kind:
        return
    progress.kind = kind
    if kind is PathKind.FOLDER:
        progress.expected_files = await read_expected_files(deps, progress)
    if progress.looked_up:
        progress.looked_up = False
        progress.record_listing(await listed_now(deps, progress), deps.clock.monotonic())
        _record_sidecar_items(progress)
        _record_known_unchanged(deps, progress)


async def listed_now(deps: Dependencies, progress: Progress) -> Listed:
    """Return what Plex lists for the path. Raises GaveUpError."""
    return await call_with_retry(deps, progress, _ask_listed, deps, progress)


async def _ask_listed(deps: Dependencies, progress: Progress) -> Listed:
    """Look up the path as its kind requires. Raises PlexError."""
    lookups, match = deps.lookups, progress.match
    if progress.kind is PathKind.FOLDER:
        removed = (
            progress.looked_up and progress.first_listing is None and progress.visibility is PlexVisibility.NOT_VISIBLE
        )
        return await (lookups.remaining_below(match) if removed else lookups.files_below(match))
    if progress.kind is PathKind.SIDECAR:
        folder = folder_of(match, progress.kind)
        beside = await lookups.files_below(Match(match.library, match.location, folder))
        return await lookups.files_named_like(match, folder) if beside is None else beside
    return await lookups.files_at(match)


def _record_sidecar_items(progress: Progress) -> None:
    if progress.kind is PathKind.SIDECAR:
        folder = folder_of(progress.match, progress.kind)
        progress.sidecar_items = items_of_sidecar(progress.match.path, folder, progress.first_listing or ())


def _record_known_unchanged(deps: Dependencies, progress: Progress) -> None:
    if progress.kind is PathKind.FOLDER and progress.expected_files is not None and progress.listing is not None:
        key = progress.match.library.id, progress.match.path.key
        progress.known_unchanged = deps.memory.is_unchanged(*key, progress.expected_files, progress.listing)
