"""What Home Assistant's own disks say of a path, where it can see it at all."""

import asyncio
from collections.abc import Sequence
import logging
import os
from pathlib import Path
from stat import S_ISDIR
from typing import Final

import aiofiles.os

from .folders import holds_items, is_media
from .libraries import Match
from .models import FileFacts
from .paths import CleanPath, Flavour

_LOGGER: Final = logging.getLogger(__name__)
MAX_FILES: Final = 300  # of a folder, to compare one by one


async def facts(candidates: Sequence[CleanPath], match: Match, timeout: float) -> FileFacts:
    """Look at a path where Home Assistant may see it.

    "It is not there" is only said where the library's location is there and holds something: else the mount is
    missing, and nothing is known. `timeout` is in seconds; a dead network mount hangs.
    """
    try:
        async with asyncio.timeout(timeout):
            for candidate in candidates:
                found = await _look(candidate, match)
                if found.exists is not None:
                    return found
    except TimeoutError:
        _LOGGER.debug("No answer from the disk within %s seconds", timeout)
    return FileFacts()


async def _look(candidate: CleanPath, match: Match) -> FileFacts:
    if candidate.flavour is not Flavour.POSIX or os.name != "posix":
        return FileFacts()
    try:
        status = await aiofiles.os.stat(candidate.text)
    except FileNotFoundError, NotADirectoryError:
        location = _same_depth_above(candidate, match)
        return FileFacts(exists=False) if location and await _holds_something(location) else FileFacts()
    except OSError, ValueError:
        return FileFacts()
    if S_ISDIR(status.st_mode):
        return FileFacts(exists=True, folder=True)
    return FileFacts(exists=True, folder=False, size=status.st_size, mtime=status.st_mtime)


async def nearest_folder(candidates: Sequence[CleanPath], match: Match, timeout: float) -> CleanPath | None:
    """The nearest folder above a removed path that is still there, as the server spells it; never above the location.

    None where Home Assistant cannot see the location.
    """
    try:
        async with asyncio.timeout(timeout):
            for candidate in candidates:
                location = _same_depth_above(candidate, match)
                if location and candidate.flavour is Flavour.POSIX and await _holds_something(location):
                    return await _nearest(candidate, match)
    except TimeoutError:
        _LOGGER.debug("No answer from the disk within %s seconds", timeout)
    return None


async def _nearest(candidate: CleanPath, match: Match) -> CleanPath:
    here, there = candidate.parent, match.path.parent
    while here and there and there.key != match.location.key:
        if await aiofiles.os.path.isdir(here.text):
            return there
        here, there = here.parent, there.parent
    return match.location


async def media_below(candidates: Sequence[CleanPath], match: Match, timeout: float) -> dict[str, FileFacts] | None:
    """The media files in and below a folder, by their comparison keys on the server.

    None when Home Assistant cannot see the folder, or when they are more than `MAX_FILES`.
    """
    try:
        async with asyncio.timeout(timeout):
            for candidate in candidates:
                if candidate.flavour is Flavour.POSIX and await aiofiles.os.path.isdir(candidate.text):
                    return await asyncio.to_thread(_walk, candidate, match)
    except TimeoutError:
        _LOGGER.debug("No answer from the disk within %s seconds", timeout)
    return None


def _walk(candidate: CleanPath, match: Match) -> dict[str, FileFacts] | None:
    found: dict[str, FileFacts] = {}
    top = Path(candidate.text)
    for folder, folders, names in top.walk():
        folders[:] = [each for each in folders if holds_items(each, match.library.type)]
        for name in names:
            try:
                status = (folder / name).stat()
            except OSError:
                continue  # gone again, or a dead link
            if not is_media(name, match.library.type, status.st_size):
                continue
            if len(found) == MAX_FILES:
                return None
            key = match.path.join(*folder.relative_to(top).parts, name).key
            found[key] = FileFacts(exists=True, folder=False, size=status.st_size, mtime=status.st_mtime)
    return found


def _same_depth_above(candidate: CleanPath, match: Match) -> CleanPath | None:
    """Where the library's location would be, if it stood as far above the candidate as above the server's path."""
    above: CleanPath | None = candidate
    for _ in match.path.parts_below(match.location):
        above = above.parent if above else None
    return above


async def _holds_something(location: CleanPath) -> bool:
    """Whether a folder is there and not empty: the empty folder that a missing mount leaves is no location."""
    return await asyncio.to_thread(_is_not_empty, location.text)


def _is_not_empty(folder: str) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(True for _ in entries)
    except OSError:
        return False
