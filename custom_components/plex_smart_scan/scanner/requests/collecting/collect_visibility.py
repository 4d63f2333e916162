"""Whether Plex sees the path on its own disk, and how it spells the path."""

from dataclasses import replace
from typing import Final

from ...libraries.index import Match
from ...libraries.spelling import visible_names
from ...libraries.visible_to_plex import FolderView
from ...media.naming_rules import PathKind, is_indexed
from ...media.up_to_date import not_trashed
from ...models import FileState
from ...paths.clean_path import CleanPath, Flavour, clean, clean_or_none
from ...plex.xml import Entry
from ..call_with_retries import call_server, call_with_retry
from ..decision.evidence import PlexVisibility
from ..dependencies import Dependencies
from ..progress.evidence_builder import current_evidence, max_view_age
from ..progress.request_progress import Progress
from .collect_listing import guess_kind, listed_now, set_kind
from .folder_to_scan import folder_to_scan, scope_of_next_scan

_MAX_CHECKED: Final = 5  # items or folders, each with a request of its own


async def update_visibility(deps: Dependencies, progress: Progress, view: FolderView | None = None) -> None:
    """Check whether Plex sees the path, and choose the folder to scan as the server spells it.

    `view` is a current view of the folder, if there is one. Raises GaveUpError.
    """
    match = progress.match
    spelled = match.path.text
    if match.path.key == match.location.key:
        view = await deps.visibility.view(match.path, max_age=max_view_age(deps, progress))
        progress.visibility = (
            PlexVisibility.UNKNOWN
            if view.refused
            else PlexVisibility.VISIBLE
            if view.entries
            else PlexVisibility.NOT_VISIBLE
        )
        progress.visibility_checked_at, progress.kind, progress.scan_folder = view.at, PathKind.FOLDER, match.location
        return
    parent = await _parent_as_spelled(deps, progress)
    if view is None:
        view = await _view_since_report(deps, progress, parent)
    entry = view.find(progress.match.path)
    progress.visibility_checked_at = view.at
    if view.refused:
        progress.visibility = await _visibility_by_items(deps, progress)
        if progress.kind is not PathKind.FOLDER and await is_folder_by_listing(deps, progress):
            await set_kind(deps, progress, PathKind.FOLDER)
    elif entry is None:
        progress.visibility = PlexVisibility.NOT_VISIBLE
        await _detect_removed_folder(deps, progress)
    else:
        progress.visibility = PlexVisibility.VISIBLE
        if entry.name != progress.match.path.name:
            progress.match = replace(match, path=parent.join(entry.name))
        if entry.folder is not (progress.kind is PathKind.FOLDER) and not progress.facts.state.exists:
            await set_kind(deps, progress, PathKind.FOLDER if entry.folder else guess_kind(match, FileState.FILE))
        if entry.folder:
            await _look_into_folder(deps, progress)
    if progress.match.path.text != spelled and progress.looked_up and not progress.listing and progress.job is None:
        # The look-up used another spelling than the server's.
        progress.looked_up = False
        progress.record_listing(await listed_now(deps, progress), deps.clock.monotonic())
    is_removal = current_evidence(deps, progress).gone
    progress.scope = scope_of_next_scan(deps, progress, removal=is_removal)
    progress.folder_is_of_removal = is_removal
    progress.scan_folder = await folder_to_scan(deps, progress)


async def wait_for_next_view(deps: Dependencies, progress: Progress) -> None:
    """Wait for the next view of the folder, and check the path in it. Raises GaveUpError."""
    if progress.match.path.key == progress.match.location.key:
        await deps.visibility.next_view(progress.match.location)
        await update_visibility(deps, progress)
        return
    parent = await _parent_as_spelled(deps, progress)
    await update_visibility(deps, progress, await deps.visibility.next_view(parent))


async def _view_since_report(deps: Dependencies, progress: Progress, parent: CleanPath) -> FolderView:
    """Return what Plex sees in the folder, from the moment on from which views count.

    An older view is sufficient only if it shows a new file.
    """
    view = await deps.visibility.view(parent)
    was_listed = progress.first_listing is None or bool(not_trashed(progress.first_listing))
    is_certain = not was_listed and not progress.may_be_gone_since
    shows_new_file = is_certain and view.find(progress.match.path) is not None
    if view.at >= progress.views_since or shows_new_file:
        return view
    return await deps.visibility.view(parent, max_age=max_view_age(deps, progress))


async def _look_into_folder(deps: Dependencies, progress: Progress) -> None:
    """Record which files of the folder Plex sees, of those that Home Assistant does not."""
    if progress.expected_files is None:
        progress.files_visible_to_plex = await _media_visible_to_plex(deps, progress)
    else:
        progress.missed_files_visible_to_plex = await _missed_files_visible_to_plex(deps, progress)


async def _media_visible_to_plex(deps: Dependencies, progress: Progress) -> frozenset[str] | None:
    """Return the media files that Plex sees in a folder, by comparison key; None if it has subfolders."""
    match = progress.match
    view = await deps.visibility.view(match.path)
    if view.entries is None or any(entry.folder for entry in view.entries):
        return None
    paths = [match.path.join(entry.name) for entry in view.entries]
    return frozenset(path.key for path in paths if is_indexed(path, match.location, match.library.type))


async def _missed_files_visible_to_plex(deps: Dependencies, progress: Progress) -> frozenset[str]:
    """Return the listed files that Plex sees and Home Assistant does not, by comparison key.

    Home Assistant may see only one disk of a pool, or not all folders.
    """
    expected = progress.expected_files or {}
    listed = filter(None, (clean_or_none(file.file) for file in not_trashed(progress.listing or ())))
    missed = [path for path in listed if path.key not in expected]
    folders = tuple(dict.fromkeys(path.parent for path in missed if path.parent))[:_MAX_CHECKED]
    since_change = max(deps.clock.monotonic() - (progress.facts_changed_at or 0.0), 0.0)
    max_age = min(since_change, max_view_age(deps, progress))
    views = {folder: await deps.visibility.view(folder, max_age=max_age) for folder in folders}
    return frozenset(path.key for path in missed if path.parent in views and views[path.parent].find(path))


async def _parent_as_spelled(deps: Dependencies, progress: Progress) -> CleanPath:
    """Return the path's folder as the server spells it, and move the match there."""
    match = progress.match
    parent = match.path.parent or match.location
    if match.path.flavour is Flavour.WINDOWS:
        spelled = await _folder_in_server_case(deps, match, parent)
    else:
        spelled = await deps.spelling.of(match, parent, progress.first_listing or ())
    if spelled.text != parent.text:
        progress.match = replace(match, path=match.path.moved(parent, spelled))
    return spelled


async def _folder_in_server_case(deps: Dependencies, match: Match, folder: CleanPath) -> CleanPath:
    """Return a folder in the case in which a Windows server sees it: look-ups may be case-sensitive."""

    async def browse(text: str) -> tuple[Entry, ...] | None:
        return (await deps.visibility.view(clean(text))).entries

    names = folder.parts_below(match.location)
    seen = await visible_names(browse, match.location, names, case=True)
    return match.location.join(*seen, *names[len(seen) :])


async def _visibility_by_items(deps: Dependencies, progress: Progress) -> PlexVisibility:
    """Check the files of the listed items instead, if the server does not show what it sees in folders."""
    listed = not_trashed(progress.listing or ())
    if not listed or progress.kind is PathKind.SIDECAR:
        return PlexVisibility.UNKNOWN
    keys = tuple(dict.fromkeys(file.rating_key for file in listed))[:_MAX_CHECKED]
    missing: set[str] = set()
    for key in keys:
        found = await call_server(deps, progress, deps.client.files_missing_on_disk, key)
        missing |= {file.file for file in listed if file.rating_key == key} if found is None else found
    return (
        PlexVisibility.NOT_VISIBLE
        if all(f.file in missing for f in listed if f.rating_key in keys)
        else PlexVisibility.VISIBLE
    )


async def _detect_removed_folder(deps: Dependencies, progress: Progress) -> None:
    """Check whether a path that no longer exists was a folder: Plex then lists files below it."""
    listed = progress.looked_up and bool(progress.listing)
    unclear = progress.request.gone or guess_kind(progress.match) is PathKind.UNKNOWN
    if not unclear or listed or progress.kind is PathKind.FOLDER or progress.facts.state.exists:
        return
    if await is_folder_by_listing(deps, progress):
        await set_kind(deps, progress, PathKind.FOLDER)


async def is_folder_by_listing(deps: Dependencies, progress: Progress) -> bool:
    """Return whether Plex lists files below the path. Raises GaveUpError."""
    return await call_with_retry(deps, progress, deps.lookups.lists_files_in, progress.match, progress.match.path)
