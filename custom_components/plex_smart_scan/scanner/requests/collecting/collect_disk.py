"""What Home Assistant sees of the path on its own disk."""

from ...files import local_files
from ...media.naming_rules import PathKind
from ...models import FileFacts, FileState
from ..dependencies import Dependencies
from ..progress.request_progress import Progress


async def update_facts(deps: Dependencies, progress: Progress) -> None:
    """Read size and time again, and record when they change."""
    facts = await read_facts(deps, progress)
    is_back = facts.state.exists and not progress.facts.state.exists
    if progress.kind is PathKind.FOLDER and (progress.expected_files is not None or is_back):
        expected = await read_expected_files(deps, progress)
        if expected is not None and expected != progress.expected_files:
            progress.expected_files, progress.facts_changed_at = expected, deps.clock.monotonic()
    both_exist = facts.state.exists and progress.facts.state.exists
    if both_exist and facts.size_and_time != progress.facts.size_and_time:
        progress.facts_changed_at = deps.clock.monotonic()
    if progress.was_on_disk and facts.state is FileState.MISSING and progress.facts.state is not FileState.MISSING:
        progress.vanished_at = deps.clock.monotonic()
    if progress.vanished_at and is_back:
        progress.back_at = deps.clock.monotonic()
    progress.facts = facts
    progress.was_on_disk = progress.was_on_disk or facts.state.exists


async def read_facts(deps: Dependencies, progress: Progress) -> FileFacts:
    """Return what Home Assistant sees, or else the size that the sender gave."""
    candidates = deps.mappings.local_paths(progress.mapped)
    seen = await local_files.facts(candidates, progress.match, deps.timing.disk_timeout)
    if seen.state is FileState.UNKNOWN and progress.request.size is not None:
        return FileFacts(size=progress.request.size)
    return seen


async def read_expected_files(deps: Dependencies, progress: Progress) -> dict[str, FileFacts] | None:
    """Return the media files that Home Assistant sees in the folder, by comparison key; None if it cannot see it."""
    candidates = deps.mappings.local_paths(progress.mapped)
    return await local_files.media_files_below(candidates, progress.match, deps.timing.disk_timeout)
