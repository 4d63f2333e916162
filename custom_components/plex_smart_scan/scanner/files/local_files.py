"""What Home Assistant's own disks say of a path, where it can see it at all."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
import os
from pathlib import Path
from stat import S_ISDIR
from typing import Any, Final

import aiofiles.os

from ..libraries.index import Match
from ..media.rules import folders_are_scanned, is_media, is_system_folder, may_be_media
from ..models import FileFacts
from ..paths.clean_path import CleanPath, Flavour
from .disks import disk_of

MAX_FILES: Final = 300  # of a folder, to compare one by one
MAX_FOLDERS: Final = 1000  # to look for them in


async def facts(candidates: Sequence[CleanPath], match: Match, timeout: float) -> FileFacts:
    """Look at a path where Home Assistant may see it.

    "It is not there" is only said where the library's location is there and holds something: else the mount is
    missing, and nothing is known. `timeout` is in seconds.
    """
    return await _with_timeout(lambda: _facts(candidates, match), match, timeout) or FileFacts()


async def _facts(candidates: Sequence[CleanPath], match: Match) -> FileFacts | None:
    for candidate in candidates:
        found = await _stat(candidate, match)
        if found.exists is not None:
            return found
    return None


async def _stat(candidate: CleanPath, match: Match) -> FileFacts:
    if candidate.flavour is not Flavour.POSIX or os.name != "posix":
        return FileFacts()
    try:
        status = await aiofiles.os.stat(candidate.text)
    except FileNotFoundError, NotADirectoryError:
        location = _local_location(candidate, match)
        return FileFacts(exists=False) if location and await _exists_and_is_not_empty(location) else FileFacts()
    except OSError, ValueError:
        return FileFacts()
    if S_ISDIR(status.st_mode):
        return FileFacts(exists=True, folder=True)
    return FileFacts(exists=True, folder=False, size=status.st_size, mtime=status.st_mtime)


async def nearest_existing_folder(candidates: Sequence[CleanPath], match: Match, timeout: float) -> CleanPath | None:
    """The nearest folder above a removed path that is still there, as the server spells it; never above the location.

    None where Home Assistant cannot see the location. `timeout` is in seconds.
    """
    return await _with_timeout(lambda: _nearest_folder(candidates, match), match, timeout)


async def _nearest_folder(candidates: Sequence[CleanPath], match: Match) -> CleanPath | None:
    for candidate in candidates:
        location = _local_location(candidate, match)
        if location and candidate.flavour is Flavour.POSIX and await _exists_and_is_not_empty(location):
            return await _nearest(candidate, match)
    return None


async def _nearest(candidate: CleanPath, match: Match) -> CleanPath:
    here, there = candidate.parent, match.path.parent
    while here and there and len(there.key) > len(match.location.key):
        if await aiofiles.os.path.isdir(here.text):
            return there
        here, there = here.parent, there.parent
    return match.location


async def media_files_below(
    candidates: Sequence[CleanPath], match: Match, timeout: float
) -> dict[str, FileFacts] | None:
    """The media files in and below a folder, by their comparison keys on the server.

    One that Plex may well pass over (a sample, an extra) comes without its size: it need not be listed. None when Home
    Assistant cannot see the folder, or when they are more than `MAX_FILES`. `timeout` is in seconds.
    """
    return await _with_timeout(lambda: _media_below(candidates, match), match, timeout)


async def _media_below(candidates: Sequence[CleanPath], match: Match) -> dict[str, FileFacts] | None:
    for candidate in candidates:
        if candidate.flavour is Flavour.POSIX and await aiofiles.os.path.isdir(candidate.text):
            return await asyncio.to_thread(_walk, candidate, match)
    return None


def _walk(candidate: CleanPath, match: Match) -> dict[str, FileFacts] | None:
    found: dict[str, FileFacts] = {}
    seen: set[tuple[int, int]] = set()
    library, above = match.library.type, match.path.parts_below(match.location)
    # Plex follows links to folders, so they are followed here; one that leads back up is walked once.
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
                continue  # gone again, or a dead link
            if len(found) == MAX_FILES:
                return None
            known = FileFacts(exists=True, folder=False)
            if certain and is_media(name, library, status.st_size):
                known = replace(known, size=status.st_size, mtime=status.st_mtime)
            found[match.path.join(*below, name).key] = known
    return found


def _identity(folder: Path) -> tuple[int, int]:
    """What tells a folder from every other, however it was reached; all that are gone again are one."""
    try:
        status = folder.stat()
    except OSError:
        return -1, -1
    return status.st_dev, status.st_ino


async def _with_timeout[T](look: Callable[[], Coroutine[Any, Any, T]], match: Match, timeout: float) -> T | None:
    """Have a look at the disk of a location, so long at most; None without an answer."""
    return await disk_of(match.location.key).look(look, timeout)


def _local_location(candidate: CleanPath, match: Match) -> CleanPath | None:
    """Where the library's location would be, if it stood as far above the candidate as above the server's path."""
    above: CleanPath | None = candidate
    for _ in match.path.parts_below(match.location):
        above = above.parent if above else None
    return above


async def _exists_and_is_not_empty(location: CleanPath) -> bool:
    """Whether a folder is there and not empty: the empty folder that a missing mount leaves is no location."""
    return await asyncio.to_thread(_is_not_empty, location.text)


def _is_not_empty(folder: str) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(True for _ in entries)
    except OSError:
        return False
