"""The narrowest folder to scan for a path."""

from ...files import local_files
from ...media.naming_rules import PathKind
from ...media.up_to_date import not_trashed
from ...paths.clean_path import CleanPath
from ..decision.scan_scope import ScanScope, first_level_folder, folder_of
from ..dependencies import Dependencies
from ..progress.evidence_builder import max_view_age
from ..progress.request_progress import Progress


async def folder_to_scan(deps: Dependencies, progress: Progress) -> CleanPath:
    """Return the narrowest folder to scan: the path's own, or the nearest existing one above a removed path."""
    if progress.folder_is_of_removal:
        return await _nearest_folder(deps, progress)
    return folder_of(progress.match, progress.kind)


def scope_of_next_scan(deps: Dependencies, progress: Progress, *, removal: bool) -> ScanScope:
    """Return the scope of the next scan, which is that of a `removal` or not.

    Some servers only find a new file if its first-level folder is scanned. For a path that is back, the wider scope of
    its removal is not needed.
    """
    is_first_scan, is_unlisted = progress.job is None, not not_trashed(progress.first_listing or ())
    if is_first_scan and deps.memory.misses_nested_folders and is_unlisted:
        return ScanScope.FIRST_LEVEL_FOLDER
    is_back = progress.folder_is_of_removal and not removal
    return ScanScope.FOLDER if is_back else progress.scope


async def _nearest_folder(deps: Dependencies, progress: Progress) -> CleanPath:
    """Return the nearest existing folder above a removed path, by Home Assistant's disk or else by Plex's.

    If Plex does not show its disk, it only says that the files are missing: a first-level folder that was not reported
    as removed is scanned itself, since it may exist, and the location would not be scanned.
    """
    match = progress.match
    candidates = deps.mappings.local_paths(progress.mapped)
    nearest = await local_files.nearest_existing_folder(candidates, match, deps.timing.disk_timeout)
    nearest = nearest or await _nearest_visible_folder(deps, progress)
    is_in_location = match.path.key != nearest.key == match.location.key
    if is_in_location and progress.kind is PathKind.FOLDER and not progress.request.gone:
        view = await deps.visibility.view(match.location, max_age=max_view_age(deps, progress))
        if view.refused:
            return match.path
    return nearest


async def _nearest_visible_folder(deps: Dependencies, progress: Progress) -> CleanPath:
    """Return the nearest folder above a removed path that Plex sees; the first-level one if Plex shows none.

    A folder that seems to be missing can be empty, or a wrong answer says so. Before the location is scanned for that
    reason, it has to show that the first-level folder is gone.
    """
    match = progress.match
    folder = match.path.parent
    while folder and folder.is_below(match.location) and folder.key != match.location.key:
        view = await deps.visibility.view(folder, max_age=max_view_age(deps, progress))
        if view.entries:
            return folder
        if view.refused:
            return first_level_folder(match, folder)
        folder = folder.parent
    above = match.path.parent or match.location
    first_level = first_level_folder(match, above)
    if first_level.key != match.location.key:
        view = await deps.visibility.view(match.location, max_age=max_view_age(deps, progress))
        if view.find(first_level) is not None:
            return first_level
    return match.location
