"""Whether Plex sees the path of a request on its own disk, and how it spells it."""

from dataclasses import replace
from typing import Final

from ...libraries.index import Match
from ...libraries.spelling import names_seen
from ...libraries.visibility import FolderView
from ...media.freshness import not_trashed
from ...media.rules import PathKind, is_taken
from ...paths.clean_path import CleanPath, Flavour, clean
from ...plex.xml import Entry
from ..decision.evidence import Sight
from ..dependencies import Dependencies
from ..progress.progress import Progress
from ..server_calls import ask, call_with_retry
from .current_evidence import age_since_report
from .lookups import guess_kind, listed_now, set_kind
from .scan_folder import folder_to_scan

_MOST_CHECKED: Final = 5  # items whose files Plex is asked about one by one


async def update_visibility(deps: Dependencies, progress: Progress, view: FolderView | None = None) -> None:
    """Ask whether Plex sees the path, and find the folder to scan as the server spells it. Raises GaveUpError."""
    match = progress.match
    asked = match.path.text
    if match.path.key == match.location.key:
        view = await deps.visibility.view(match.path, max_age=age_since_report(deps, progress))
        progress.sight = Sight.UNKNOWN if view.refused else Sight.SEEN if view.entries else Sight.NOT_SEEN
        progress.sight_at, progress.kind, progress.folder = view.at, PathKind.FOLDER, match.location
        return
    parent = await _spelt_parent(deps, progress)
    if view is None:
        view = await _view_since_word(deps, progress, parent)
    entry = view.find(progress.match.path)
    progress.sight_at = view.at
    if view.refused:
        progress.sight = await _sight_by_items(deps, progress)
        if progress.kind is not PathKind.FOLDER and await is_folder_by_listing(deps, progress):
            await set_kind(deps, progress, PathKind.FOLDER)
    elif entry is None:
        progress.sight = Sight.NOT_SEEN
        await _notice_removed_folder(deps, progress)
    else:
        progress.sight = Sight.SEEN
        if entry.name != progress.match.path.name:
            progress.match = replace(match, path=parent.join(entry.name))
        if entry.folder is not (progress.kind is PathKind.FOLDER) and progress.facts.folder is None:
            await set_kind(deps, progress, PathKind.FOLDER if entry.folder else guess_kind(match, folder=False))
        if entry.folder and progress.expected is None:
            progress.seen_names = await _media_seen_by_plex(deps, progress)
    if progress.match.path.text != asked and progress.looked and not progress.now and progress.job is None:
        # The look-up was for another spelling than the server's.
        progress.looked = False
        progress.take_look(await listed_now(deps, progress), deps.clock.monotonic())
    progress.folder = await folder_to_scan(deps, progress)


async def wait_for_next_view(deps: Dependencies, progress: Progress) -> None:
    """Wait for the next answer about the folder of the path."""
    if progress.match.path.key == progress.match.location.key:
        await deps.visibility.next_view(progress.match.location)
        await update_visibility(deps, progress)
        return
    parent = await _spelt_parent(deps, progress)
    await update_visibility(deps, progress, await deps.visibility.next_view(parent))


async def _view_since_word(deps: Dependencies, progress: Progress, parent: CleanPath) -> FolderView:
    """Return what Plex sees in the folder. An answer from before the word is good only for a new file that it shows."""
    view = await deps.visibility.view(parent)
    known = progress.request.gone or bool(not_trashed(progress.before or ())) or progress.before is None
    if view.at >= progress.word_at or (view.find(progress.match.path) and not known):
        return view
    return await deps.visibility.view(parent, max_age=age_since_report(deps, progress))


async def _media_seen_by_plex(deps: Dependencies, progress: Progress) -> frozenset[str] | None:
    """Return the media files that Plex sees in a folder, by comparison key; None if it has folders of its own."""
    match = progress.match
    view = await deps.visibility.view(match.path)
    if view.entries is None or any(entry.folder for entry in view.entries):
        return None
    paths = [match.path.join(entry.name) for entry in view.entries]
    return frozenset(path.key for path in paths if is_taken(path, match.location, match.library.type))


async def _spelt_parent(deps: Dependencies, progress: Progress) -> CleanPath:
    """Return the path's folder as the server spells it, and move the match there."""
    match = progress.match
    parent = match.path.parent or match.location
    if match.path.flavour is Flavour.WINDOWS:
        spelt = await _in_the_servers_case(deps, match, parent)
    else:
        spelt = await deps.spelling.of(match, parent, progress.before or ())
    if spelt.text != parent.text:
        progress.match = replace(match, path=match.path.moved(parent, spelt))
    return spelt


async def _in_the_servers_case(deps: Dependencies, match: Match, folder: CleanPath) -> CleanPath:
    """Return a folder in the case in which a Windows server sees it: its look-ups need not ignore the case."""

    async def browse(text: str) -> tuple[Entry, ...] | None:
        return (await deps.visibility.view(clean(text))).entries

    names = folder.parts_below(match.location)
    seen = await names_seen(browse, match.location, names, case=True)
    return match.location.join(*seen, *names[len(seen) :])


async def _sight_by_items(deps: Dependencies, progress: Progress) -> Sight:
    """Where the server refuses to be asked about folders, ask about the files of the items that it lists."""
    listed = not_trashed(progress.now or ())
    if not listed or progress.kind is PathKind.SIDECAR:
        return Sight.UNKNOWN
    keys = tuple(dict.fromkeys(file.rating_key for file in listed))[:_MOST_CHECKED]
    missing: set[str] = set()
    for key in keys:
        found = await ask(deps, progress, deps.client.missing_files, key)
        missing |= {file.file for file in listed if file.rating_key == key} if found is None else found
    return Sight.NOT_SEEN if all(f.file in missing for f in listed if f.rating_key in keys) else Sight.SEEN


async def _notice_removed_folder(deps: Dependencies, progress: Progress) -> None:
    """Something that is gone, and not listed as a file, may have been a folder: only Plex's list can tell."""
    listed = progress.looked and bool(progress.now)
    unclear = progress.request.gone or guess_kind(progress.match) is PathKind.UNKNOWN
    if not unclear or listed or progress.kind is PathKind.FOLDER or progress.facts.folder is not None:
        return
    if await is_folder_by_listing(deps, progress):
        await set_kind(deps, progress, PathKind.FOLDER)


async def is_folder_by_listing(deps: Dependencies, progress: Progress) -> bool:
    """Return whether Plex lists files below the path. Raises GaveUpError."""
    return await call_with_retry(deps, progress, deps.lookups.lists_below, progress.match)
