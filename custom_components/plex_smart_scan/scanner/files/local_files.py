"""What Home Assistant sees at a path on its own disks, if it can see the path's location."""

from collections.abc import Callable, Sequence
from dataclasses import replace
import os
from pathlib import Path
from stat import S_ISDIR
from typing import Final

import aiofiles.os

from ..libraries.index import Match
from ..media.naming_rules import folders_are_scanned, is_media, is_system_folder, may_be_media
from ..models import FileFacts, FileState
from ..paths.clean_path import CleanPath, Flavour
from .disks import disk_of

MAX_FILES: Final = 300  # of a folder, compared one by one
MAX_FOLDERS: Final = 1000  # that are searched for them


async def facts(candidates: Sequence[CleanPath], match: Match, timeout: float) -> FileFacts:
    """Return the facts of a file where Home Assistant may see it.

    "It does not exist" is only reported if the library's location exists and is not empty: otherwise the mount may be
    missing. `timeout` is in seconds.
    """
    return await _with_timeout(_facts, candidates, match, timeout) or FileFacts()


def _facts(candidates: Sequence[CleanPath], match: Match) -> FileFacts | None:
    """Look in one go: each change to a thread costs more than the look."""
    for candidate in candidates:
        found = _stat(candidate, match)
        if found.state is not FileState.UNKNOWN:
            return found
    return None


def _stat(candidate: CleanPath, match: Match) -> FileFacts:
    if candidate.flavour is not Flavour.POSIX or os.name != "posix":
        return FileFacts()
    try:
        status = Path(candidate.text).stat()
    except FileNotFoundError, NotADirectoryError:
        location = _local_location(candidate, match)
        return FileFacts(state=FileState.MISSING) if location and _is_not_empty(location.text) else FileFacts()
    except OSError, ValueError:
        return FileFacts()
    if S_ISDIR(status.st_mode):
        return FileFacts(state=FileState.FOLDER)
    return FileFacts(state=FileState.FILE, size=status.st_size, mtime=status.st_mtime)


async def nearest_existing_folder(candidates: Sequence[CleanPath], match: Match, timeout: float) -> CleanPath | None:
    """Return the nearest existing folder above a removed path, as the server spells it; never above the location.

    None if Home Assistant cannot see the location. `timeout` is in seconds.
    """
    return await _with_timeout(_nearest_folder, candidates, match, timeout)


def _nearest_folder(candidates: Sequence[CleanPath], match: Match) -> CleanPath | None:
    for candidate in candidates:
        location = _local_location(candidate, match)
        if location and candidate.flavour is Flavour.POSIX and _is_not_empty(location.text):
            return _nearest(candidate, match)
    return None


def _nearest(candidate: CleanPath, match: Match) -> CleanPath:
    here, there = candidate.parent, match.path.parent
    while here and there and len(there.key) > len(match.location.key):
        if Path(here.text).is_dir():
            return there
        here, there = here.parent, there.parent
    return match.location


async def media_files_below(
    candidates: Sequence[CleanPath], match: Match, timeout: float
) -> dict[str, FileFacts] | None:
    """Return the media files in and below a folder, by their comparison keys on the server.

    A file that Plex may ignore (a sample, an extra) has no size: it need not be listed. None if Home Assistant cannot
    see the folder, or if there are more than `MAX_FILES`. `timeout` is in seconds.
    """
    return await _with_timeout(_media_below, candidates, match, timeout)


def _media_below(candidates: Sequence[CleanPath], match: Match) -> dict[str, FileFacts] | None:
    for candidate in candidates:
        if candidate.flavour is Flavour.POSIX and Path(candidate.text).is_dir():
            return _walk(candidate, match)
    return None


def _walk(candidate: CleanPath, match: Match) -> dict[str, FileFacts] | None:
    found: dict[str, FileFacts] = {}
    seen: set[tuple[int, int]] = set()
    library, above = match.library.type, match.path.parts_below(match.location)
    # Plex follows links to folders, so they are followed here; a link that leads back up is followed once.
    for text, folders, names in os.walk(candidate.text, followlinks=True):
        folder = Path(text)
        if (identity := _identity(folder)) in seen:
            folders.clear()
            continue
        seen.add(identity)
        if len(seen) > MAX_FOLDERS:
            return None
        folders[:] = [each for each in folders if not is_system_folder(each)]
        below = folder.relative_to(candidate.text).parts
        certain = folders_are_scanned((*above, *below), library)
        for name in names:
            if not may_be_media(name, library):
                continue
            try:
                status = (folder / name).stat()
            except OSError:
                continue  # removed in the meantime, or a broken link
            if len(found) == MAX_FILES:
                return None
            known = FileFacts(state=FileState.FILE)
            if certain and is_media(name, library, status.st_size):
                known = replace(known, size=status.st_size, mtime=status.st_mtime)
            found[match.path.join(*below, name).key] = known
    return found


def _identity(folder: Path) -> tuple[int, int]:
    """Return what identifies a folder, however it was reached; all folders that no longer exist are one."""
    try:
        status = folder.stat()
    except OSError:
        return -1, -1
    return status.st_dev, status.st_ino


async def _with_timeout[T](
    look: Callable[[Sequence[CleanPath], Match], T], candidates: Sequence[CleanPath], match: Match, timeout: float
) -> T | None:
    """Call a blocking function on the disk of a location, in a thread; None after `timeout` seconds."""

    async def look_in_thread() -> T:
        return await aiofiles.os.wrap(look)(candidates, match)

    return await disk_of(match.location.key).look(look_in_thread, timeout)


def _local_location(candidate: CleanPath, match: Match) -> CleanPath | None:
    """Return the library's location on the local disk: as many levels above the candidate as on the server."""
    above: CleanPath | None = candidate
    for _ in match.path.parts_below(match.location):
        above = above.parent if above else None
    return above


def _is_not_empty(folder: str) -> bool:
    """Return whether a folder exists and is not empty: a missing mount leaves an empty folder."""
    try:
        with os.scandir(folder) as entries:
            return any(True for _ in entries)
    except OSError:
        return False
