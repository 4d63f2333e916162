"""What Plex lists for a path: one question for all files of a folder that are asked about at the same time."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
import re
from typing import Any, Final

from .answers import Page
from .folders import VIDEO, extension_of
from .gateway import PlexGateway
from .libraries import Match
from .link import Link
from .models import Library, LibraryType, MediaFile
from .paths import CleanPath, InvalidPathError, clean, nfc, nfd
from .retry import ErrorKind, PlexError
from .sharing import shared

_NAME_LIMIT: Final = 50  # items for a file's name: more means that the name is a common one
_FOLDER_LIMIT: Final = 300  # items for a folder
_PROBE_LIMIT: Final = 5  # items for "is anything in this folder?"
_WIDEST: Final = 2000  # items: beyond them the server is not filtering at all
_DISTINCT: Final = 12  # characters: a shorter name (01.mp3) stands in many folders
_CLIP: Final = 12  # Plex's type of a video in a photo library
_ASCII_RUN: Final = re.compile(r"[\x20-\x7e]+")


def pieces(text: str) -> tuple[str, ...]:
    """What to look for, to find a path that contains `text`.

    A comma would mean "or", whatever its encoding, so: the longest piece without one. The server compares bytes, and
    a file's accents may be written in two ways, so: a piece of plain ASCII where one is long enough, else both ways.
    """
    # Composed first: of a decomposed letter only the accent is no ASCII, and what ends in the bare letter is not found.
    parts = [part.strip() for part in nfc(text).split(",")]
    longest = max(parts, key=len)
    if longest.isascii():
        return (longest,)
    plain = max((run.strip() for part in parts for run in _ASCII_RUN.findall(part)), key=len, default="")
    if len(plain) >= _DISTINCT:
        return (plain,)
    return tuple(dict.fromkeys((longest, nfd(longest))))


@dataclass(eq=False, slots=True)
class _Batch:
    """Paths of one folder that wait for the same answer."""

    library: Library
    location: CleanPath
    folder: CleanPath
    answer: asyncio.Future[dict[str, tuple[MediaFile, ...]]]
    paths: dict[str, CleanPath] = field(default_factory=dict)


class Lookups:
    """Asks Plex what it lists, and compares paths exactly: the server's filter only narrows."""

    def __init__(self, gateway: PlexGateway, link: Link) -> None:
        """Keep whom to ask."""
        self._gateway = gateway
        self._link = link
        self._lock = asyncio.Lock()
        self._waiting: dict[tuple[int, str], _Batch] = {}
        self._knowing: dict[tuple[int, str], asyncio.Future[bool]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def files(self, match: Match) -> tuple[MediaFile, ...]:
        """What Plex lists at exactly this path, the trash included. Raises PlexError."""
        folder = match.path.parent or match.location
        key = (match.library.id, folder.key)
        batch = self._waiting.get(key)
        if batch is None:
            answer: asyncio.Future[dict[str, tuple[MediaFile, ...]]] = asyncio.get_running_loop().create_future()
            batch = self._waiting[key] = _Batch(match.library, match.location, folder, answer)
            task = asyncio.create_task(self._answer(key, batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        batch.paths[match.path.key] = match.path
        found = await shared(batch.answer)
        return found.get(match.path.key, ())

    async def below(self, match: Match) -> tuple[MediaFile, ...] | None:
        """What Plex lists in a folder and below it; None when that is more than can be told. Raises PlexError."""
        text = _relative(match.path, match.location, "")
        if not text:
            return None
        found = await self._find(match.library, text, _FOLDER_LIMIT)
        return None if found is None else tuple(file for file in found if _is_below(file, match.path))

    async def lists_below(self, match: Match) -> bool:
        """Whether Plex lists a file for which this path is a folder. Raises PlexError."""
        return any(_key(file) != match.path.key for file in await self.below(match) or ())

    async def knows(self, match: Match, folder: CleanPath) -> bool:
        """Whether Plex lists anything in this folder or below it. Raises PlexError."""
        key = (match.library.id, folder.key)
        if key not in self._knowing:
            self._knowing[key] = asyncio.ensure_future(self._knows(match, folder))
            self._knowing[key].add_done_callback(lambda _: self._knowing.pop(key))
        return await shared(self._knowing[key])

    async def _knows(self, match: Match, folder: CleanPath) -> bool:
        found: list[MediaFile] = []
        for piece in pieces(_relative(folder, match.location, "")):
            found += (await self._page(match.library, piece, _PROBE_LIMIT, None)).files
        return any(_is_below(file, folder) for file in found)

    async def close(self) -> None:
        """Drop what waits."""
        tasks: list[asyncio.Future[Any]] = [*self._tasks, *self._knowing.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(self, key: tuple[int, str], batch: _Batch) -> None:
        try:
            # One question at a time: whoever asks meanwhile joins the next one.
            async with self._lock:
                del self._waiting[key]
                files = await self._ask(batch)
        except asyncio.CancelledError:
            self._waiting.pop(key, None)
            batch.answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - handed to everybody who waits
            batch.answer.set_exception(error)
            batch.answer.exception()  # nobody may be left to look at it
            return
        found: dict[str, list[MediaFile]] = {}
        for file in files:
            if (path := _cleaned(file)) is not None:
                found.setdefault(path.key, []).append(file)
        batch.answer.set_result({path: tuple(listed) for path, listed in found.items()})

    async def _ask(self, batch: _Batch) -> Iterable[MediaFile]:
        relative = _relative(batch.folder, batch.location, "")
        if len(batch.paths) > 1 and relative:
            files = await self._find(batch.library, relative, _FOLDER_LIMIT)
            if files is not None:
                return files
        return [file for path in batch.paths.values() for file in await self._find_name(batch, path)]

    async def _find_name(self, batch: _Batch, path: CleanPath) -> Iterable[MediaFile]:
        name, in_folder = path.name, _relative(path, batch.location, path.name)
        narrow = len(name) < _DISTINCT and len(in_folder) > len(name)
        if not narrow:
            files = await self._find(batch.library, name, _NAME_LIMIT, path)
            if files is not None:
                return files
        files = await self._find(batch.library, in_folder, _WIDEST, path)
        if files is None:
            raise PlexError(ErrorKind.BROKEN_ANSWER, "Plex answered the look-up of one file with thousands")
        return files

    async def _find(
        self, library: Library, text: str, limit: int, path: CleanPath | None = None
    ) -> tuple[MediaFile, ...] | None:
        """Ask for all files whose path contains a piece of `text`; None when there are more than `limit` items."""
        found: dict[tuple[int, str], MediaFile] = {}
        clip = path is not None and library.type is LibraryType.PHOTO and extension_of(path) in VIDEO
        for piece in pieces(text):
            page = await self._page(library, piece, limit, _CLIP if clip else None)
            if page.total > limit:
                return None
            found |= {(file.rating_key, file.file): file for file in page.files}
        return tuple(found.values())

    async def _page(self, library: Library, piece: str, limit: int, item_type: int | None) -> Page:
        return await self._link.call(lambda: self._gateway.find(library, piece, limit, item_type))


def _relative(path: CleanPath, location: CleanPath, default: str) -> str:
    """The path below its location, as the server writes it."""
    parts = path.parts_below(location)
    separator = "/" if "/" in location.text else "\\"
    return separator.join(parts) if parts else default


def _cleaned(file: MediaFile) -> CleanPath | None:
    try:
        return clean(file.file)
    except InvalidPathError:
        return None


def _key(file: MediaFile) -> str | None:
    path = _cleaned(file)
    return path.key if path else None


def _is_below(file: MediaFile, folder: CleanPath) -> bool:
    path = _cleaned(file)
    return path is not None and path.is_below(folder)
