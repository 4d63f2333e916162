"""Collecting evidence: the disk, what Plex lists, what Plex sees, and whether the location's disk is there."""

import asyncio
from dataclasses import replace
from typing import Final

from ..files import local_files
from ..libraries.index import Match
from ..libraries.mounts import Mount
from ..libraries.spelling import names_seen
from ..libraries.visibility import FolderView
from ..media.freshness import not_trashed
from ..media.rules import PathKind, is_taken, kind_of
from ..media.sidecars import items_beside
from ..models import FileFacts
from ..paths.clean_path import CleanPath, Flavour, clean, cleaned
from ..plex.xml import Entry
from .evidence import Known, Sight
from .folders import Rung, first_folder, folder_of
from .listings import changed_files, is_refreshed
from .progress import MOST_ITEMS, Listed, Progress, evidence_of, wishes_of
from .retries import Tools, ask, call_with_retry

_MOST_CHECKED: Final = 5  # items whose files Plex is asked about one by one


async def first_look(tools: Tools, progress: Progress) -> None:
    """Find out what the path names, what the disk says and what Plex lists."""
    match = progress.match
    progress.kind = _guess(match)
    progress.trusts_disk = tools.mappings.is_local(progress.mapped)
    likely = progress.kind
    early = likely in {PathKind.MEDIA, PathKind.UNKNOWN}
    facts, listed = await asyncio.gather(_facts(tools, progress), _listed(tools, progress) if early else _nothing())
    progress.facts = facts
    progress.was_on_disk = bool(facts.exists)
    at = tools.clock.monotonic()
    kind = _guess(match, folder=facts.folder)
    progress.kind = PathKind.MEDIA if kind is PathKind.UNKNOWN else kind
    if progress.kind is PathKind.FOLDER:
        progress.expected = await _expected(tools, progress)
    if not early or progress.kind not in {likely, PathKind.MEDIA}:
        at = tools.clock.monotonic()
        listed = await _listed(tools, progress)
    progress.take_look(listed, at)
    _note_beside(progress)
    _note_memory(tools, progress)


async def prepare(tools: Tools, progress: Progress) -> None:
    """Find out only what a scan without a look needs: what the path names, and the disk's word."""
    progress.kind = _guess(progress.match)
    progress.trusts_disk = tools.mappings.is_local(progress.mapped)
    progress.facts = await _facts(tools, progress)
    progress.was_on_disk = bool(progress.facts.exists)
    progress.kind = _guess(progress.match, folder=progress.facts.folder)


async def look_again(tools: Tools, progress: Progress) -> None:
    """Ask again what Plex lists, and read the disk again: the file may be growing, or gone."""
    at = tools.clock.monotonic()
    progress.looks += 1
    _, listed = await asyncio.gather(update_facts(tools, progress), _listed(tools, progress))
    before = progress.now
    progress.take_look(listed, at)
    if progress.refresh_at is not None and listed is not None:
        progress.refreshed = is_refreshed(progress.before or (), listed, progress.refreshing)
        progress.items = tuple(file for file in listed if file.rating_key in progress.refreshing)[:MOST_ITEMS]
        return
    if not changed_files(progress.before, listed):
        progress.proven_at = None
    elif progress.proven_at is None or (before != listed and not progress.analysis_requested):
        progress.proven_at = progress.proven_at or tools.clock.monotonic()


async def update_facts(tools: Tools, progress: Progress) -> None:
    """Read size and time again, and notice when they change."""
    if progress.kind is PathKind.FOLDER:
        if progress.expected is not None:
            progress.expected = await _expected(tools, progress) or progress.expected
        return
    facts = await _facts(tools, progress)
    if (
        facts.exists
        and progress.facts.exists
        and (facts.size, facts.mtime)
        != (
            progress.facts.size,
            progress.facts.mtime,
        )
    ):
        progress.facts_changed_at = tools.clock.monotonic()
    progress.facts = facts
    progress.was_on_disk = progress.was_on_disk or bool(facts.exists)


async def see(tools: Tools, progress: Progress, view: FolderView | None = None) -> None:
    """Ask whether Plex sees the path, and find the folder to scan as the server spells it. Raises GaveUpError."""
    match = progress.match
    asked = match.path.text
    if match.path.key == match.location.key:
        view = await tools.visibility.view(match.path, max_age=_since_word(tools, progress))
        progress.sight = Sight.UNKNOWN if view.refused else Sight.SEEN if view.entries else Sight.NOT_SEEN
        progress.sight_at, progress.kind, progress.folder = view.at, PathKind.FOLDER, match.location
        return
    parent = await _spelt_parent(tools, progress)
    if view is None:
        view = await _view_since_word(tools, progress, parent)
    entry = view.find(progress.match.path)
    progress.sight_at = view.at
    if view.refused:
        progress.sight = await _sight_by_items(tools, progress)
        if progress.kind is not PathKind.FOLDER and await _is_folder_by_listing(tools, progress):
            await _set_kind(tools, progress, PathKind.FOLDER)
    elif entry is None:
        progress.sight = Sight.NOT_SEEN
        await _notice_removed_folder(tools, progress)
    else:
        progress.sight = Sight.SEEN
        if entry.name != progress.match.path.name:
            progress.match = replace(match, path=parent.join(entry.name))
        if entry.folder is not (progress.kind is PathKind.FOLDER) and progress.facts.folder is None:
            await _set_kind(tools, progress, PathKind.FOLDER if entry.folder else _guess(match, folder=False))
        if entry.folder and progress.expected is None:
            progress.seen_names = await _media_seen_by_plex(tools, progress)
    if progress.match.path.text != asked and progress.looked and not progress.now and progress.job is None:
        # The look-up was for another spelling than the server's.
        progress.looked = False
        progress.take_look(await _listed(tools, progress), tools.clock.monotonic())
    progress.folder = await _folder_to_scan(tools, progress)


async def next_sight(tools: Tools, progress: Progress) -> None:
    """Wait for the next answer about the folder of the path."""
    if progress.match.path.key == progress.match.location.key:
        await tools.visibility.next_view(progress.match.location)
        await see(tools, progress)
        return
    parent = await _spelt_parent(tools, progress)
    await see(tools, progress, await tools.visibility.next_view(parent))


async def judge_mount(tools: Tools, progress: Progress) -> None:
    """Ask whether the disk of every location that the scan would read is there. Raises GaveUpError."""
    match = progress.match
    locations: tuple[CleanPath, ...] = (match.location,)
    if not tools.settings.smart_scanning:
        locations = tuple(filter(None, map(cleaned, match.library.locations)))
    progress.mount_allowed = all(tools.mounts.is_allowed(match.library, each) for each in locations)
    for location in locations:
        progress.mount = await call_with_retry(tools, progress, _mount, tools, progress, location)
        progress.missing_location = location
        if progress.mount is not Mount.PRESENT:
            return


async def _mount(tools: Tools, progress: Progress, location: CleanPath) -> Mount:
    match = progress.match
    # What is not seen may have gone with the disk a moment ago.
    max_age = None if progress.sight is Sight.SEEN else _since_word(tools, progress)
    gone = progress.request.gone
    return await tools.mounts.state(match.library, location, besides=match.path, gone=gone, max_age=max_age)


def _since_word(tools: Tools, progress: Progress) -> float:
    """Return how old an answer may be that is to be newer than the latest word, in seconds."""
    return min(max(tools.clock.monotonic() - progress.word_at, 0.0), tools.timing.view_age)


async def _view_since_word(tools: Tools, progress: Progress, parent: CleanPath) -> FolderView:
    """Return what Plex sees in the folder. An answer from before the word is good only for a new file that it shows."""
    view = await tools.visibility.view(parent)
    known = progress.request.gone or bool(not_trashed(progress.before or ())) or progress.before is None
    if view.at >= progress.word_at or (view.find(progress.match.path) and not known):
        return view
    return await tools.visibility.view(parent, max_age=_since_word(tools, progress))


async def know_others(tools: Tools, progress: Progress) -> None:
    """Ask whether Plex lists other files in the folder. Raises GaveUpError."""
    folder = progress.folder or progress.match.location
    known = await call_with_retry(tools, progress, tools.lookups.knows, progress.match, folder)
    progress.others_known = Known.YES if known else Known.NO


def needs_look(tools: Tools, progress: Progress) -> bool:
    """Whether the outcome, the comparison or the refresh of an item needs to know what Plex lists."""
    wishes = wishes_of(progress.request, tools.settings)
    compares = wishes.skips_up_to_date and not wishes.force
    return wishes.validates or compares or progress.kind is PathKind.SIDECAR


def _guess(match: Match, *, folder: bool | None = None) -> PathKind:
    if match.path.key == match.location.key:
        return PathKind.FOLDER
    return kind_of(match.path, match.library.type, folder=folder, location=match.location)


async def _nothing() -> Listed:
    return None


async def _set_kind(tools: Tools, progress: Progress, kind: PathKind) -> None:
    """Change what the path is taken for; what is listed for it has to be asked again."""
    if kind is progress.kind:
        return
    progress.kind = kind
    if kind is PathKind.FOLDER:
        progress.expected = await _expected(tools, progress)
    if progress.looked:
        progress.looked = False
        progress.take_look(await _listed(tools, progress), tools.clock.monotonic())
        _note_beside(progress)
        _note_memory(tools, progress)


async def _listed(tools: Tools, progress: Progress) -> Listed:
    return await call_with_retry(tools, progress, _ask_listed, tools, progress)


async def _ask_listed(tools: Tools, progress: Progress) -> Listed:
    """Ask what Plex lists for the path. Raises PlexError."""
    lookups, match = tools.lookups, progress.match
    if progress.kind is PathKind.FOLDER:
        removed = progress.looked and progress.before is None and progress.sight is Sight.NOT_SEEN
        return await (lookups.left_below(match) if removed else lookups.below(match))
    if progress.kind is PathKind.SIDECAR:
        folder = folder_of(match, progress.kind)
        beside = await lookups.below(Match(match.library, match.location, folder))
        return await lookups.named_like(match, folder) if beside is None else beside
    return await lookups.files(match)


async def _facts(tools: Tools, progress: Progress) -> FileFacts:
    """Return what Home Assistant sees, else the size that the caller gave."""
    candidates = tools.mappings.local_paths(progress.mapped)
    seen = await local_files.facts(candidates, progress.match, tools.timing.look_timeout)
    if seen.exists is None and progress.request.size is not None:
        return FileFacts(size=progress.request.size)
    return seen


async def _expected(tools: Tools, progress: Progress) -> dict[str, FileFacts] | None:
    candidates = tools.mappings.local_paths(progress.mapped)
    return await local_files.media_below(candidates, progress.match, tools.timing.look_timeout)


async def _media_seen_by_plex(tools: Tools, progress: Progress) -> frozenset[str] | None:
    """Return the media files that Plex sees in a folder, by comparison key; None if it has folders of its own."""
    match = progress.match
    view = await tools.visibility.view(match.path)
    if view.entries is None or any(entry.folder for entry in view.entries):
        return None
    paths = [match.path.join(entry.name) for entry in view.entries]
    return frozenset(path.key for path in paths if is_taken(path, match.location, match.library.type))


def _note_beside(progress: Progress) -> None:
    if progress.kind is PathKind.SIDECAR:
        folder = folder_of(progress.match, progress.kind)
        progress.beside = items_beside(progress.match.path, folder, progress.before or ())


def _note_memory(tools: Tools, progress: Progress) -> None:
    if progress.kind is PathKind.FOLDER and progress.expected is not None and progress.now is not None:
        key = progress.match.library.id, progress.match.path.key
        progress.remembered = tools.memory.knows(*key, progress.expected, progress.now)


async def _spelt_parent(tools: Tools, progress: Progress) -> CleanPath:
    """Return the path's folder as the server spells it, and move the match there."""
    match = progress.match
    parent = match.path.parent or match.location
    if match.path.flavour is Flavour.WINDOWS:
        spelt = await _in_the_servers_case(tools, match, parent)
    else:
        spelt = await tools.spelling.of(match, parent, progress.before or ())
    if spelt.text != parent.text:
        progress.match = replace(match, path=match.path.moved(parent, spelt))
    return spelt


async def _in_the_servers_case(tools: Tools, match: Match, folder: CleanPath) -> CleanPath:
    """Return a folder in the case in which a Windows server sees it: its look-ups need not ignore the case."""

    async def browse(text: str) -> tuple[Entry, ...] | None:
        return (await tools.visibility.view(clean(text))).entries

    names = folder.parts_below(match.location)
    seen = await names_seen(browse, match.location, names, case=True)
    return match.location.join(*seen, *names[len(seen) :])


async def _sight_by_items(tools: Tools, progress: Progress) -> Sight:
    """Where the server refuses to be asked about folders, ask about the files of the items that it lists."""
    listed = not_trashed(progress.now or ())
    if not listed or progress.kind is PathKind.SIDECAR:
        return Sight.UNKNOWN
    keys = tuple(dict.fromkeys(file.rating_key for file in listed))[:_MOST_CHECKED]
    missing: set[str] = set()
    for key in keys:
        found = await ask(tools, progress, tools.client.missing_files, key)
        missing |= {file.file for file in listed if file.rating_key == key} if found is None else found
    return Sight.NOT_SEEN if all(f.file in missing for f in listed if f.rating_key in keys) else Sight.SEEN


async def _notice_removed_folder(tools: Tools, progress: Progress) -> None:
    """Something that is gone, and not listed as a file, may have been a folder: only Plex's list can tell."""
    listed = progress.looked and bool(progress.now)
    unclear = progress.request.gone or _guess(progress.match) is PathKind.UNKNOWN
    if not unclear or listed or progress.kind is PathKind.FOLDER or progress.facts.folder is not None:
        return
    if await _is_folder_by_listing(tools, progress):
        await _set_kind(tools, progress, PathKind.FOLDER)


async def _is_folder_by_listing(tools: Tools, progress: Progress) -> bool:
    return await call_with_retry(tools, progress, tools.lookups.lists_below, progress.match)


async def _folder_to_scan(tools: Tools, progress: Progress) -> CleanPath:
    """Return the narrowest folder to scan: the path's own, or for something that is gone the nearest that is left."""
    match = progress.match
    folder = folder_of(match, progress.kind)
    if tools.memory.misses_nested_folders and not not_trashed(progress.before or ()):
        progress.rung = progress.rung if progress.job else Rung.FIRST_FOLDER
    evidence = evidence_of(
        progress, tools.settings, tools.timing, now=tools.clock.monotonic(), outages=0, location_wait=0.0
    )
    return await _nearest_folder(tools, progress) if evidence.gone else folder


async def _nearest_folder(tools: Tools, progress: Progress) -> CleanPath:
    """Return the nearest folder above a removed path that is still there: by Home Assistant's disk, else by Plex's."""
    match = progress.match
    candidates = tools.mappings.local_paths(progress.mapped)
    if seen := await local_files.nearest_folder(candidates, match, tools.timing.look_timeout):
        return seen
    folder = match.path.parent
    while folder and folder.is_below(match.location) and folder.key != match.location.key:
        view = await tools.visibility.view(folder, max_age=_since_word(tools, progress))
        if view.entries:
            return folder
        if view.refused:
            return first_folder(match, folder)
        folder = folder.parent
    return match.location
