"""The libraries as last read, and where a path leads in them."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from .gateway import PlexGateway
from .libraries import LibraryIndex, Match
from .link import Link
from .mappings import Mapped, Mappings, PathMapping
from .models import Library
from .paths import InvalidPathError, clean
from .retry import PlexError
from .sharing import shared
from .suggestions import suggest_mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Where a path leads on this server. Without matches, `nearest` is the location that looks most like it."""

    mapped: Mapped
    matches: tuple[Match, ...]
    nearest: str | None = None


class Directory:
    """Knows the libraries: read once, and again when a path is in none of them or when Plex says that they changed."""

    def __init__(self, gateway: PlexGateway, link: Link, mappings: Mappings) -> None:
        """Keep what is needed; nothing is read yet."""
        self._gateway = gateway
        self._link = link
        self._mappings = mappings
        self._index: LibraryIndex | None = None
        self._reading: asyncio.Task[LibraryIndex] | None = None

    @property
    def libraries(self) -> tuple[Library, ...]:
        """The libraries, as last read."""
        return self._index.libraries if self._index else ()

    async def read(self) -> LibraryIndex:
        """Read the libraries again; whoever asks at the same time shares one request. Raises PlexError."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        return await shared(self._reading)

    async def _read(self) -> LibraryIndex:
        self._index = LibraryIndex(await self._gateway.libraries())
        return self._index

    async def close(self) -> None:
        """End a reading that is under way."""
        if self._reading:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def still_has(self, match: Match) -> bool:
        """Read the libraries again, and tell whether a path is still in the same one. Raises PlexError."""
        index = await self._link.call(self.read)
        return any(found.library.id == match.library.id for found in index.match(match.path))

    def library_of(self, path: str, only: Iterable[str] = ()) -> int | None:
        """The id of the first library of a path by what was last read; None where none is known."""
        if self._index is None:
            return None
        try:
            matches = self._index.match(self._mappings.apply(clean(path)).path, only)
        except InvalidPathError:
            return None
        return matches[0].library.id if matches else None

    def resolve_as_known(self, path: str, only: Iterable[str] = ()) -> Resolution:
        """Find the libraries of a path, going by what was read last. Raises InvalidPathError."""
        mapped = self._mappings.apply(clean(path))
        index = self._index or LibraryIndex(())
        matches = index.match(mapped.path, only)
        return Resolution(
            mapped=mapped, matches=matches, nearest=None if matches else index.nearest_location(mapped.path)
        )

    async def resolve(self, path: str, only: Iterable[str] = ()) -> Resolution:
        """Find the libraries of a path; on a miss the libraries are read once more.

        Raises InvalidPathError for a text that is no usable path, PlexError when the libraries were never read.
        """
        mapped = self._mappings.apply(clean(path))
        only = tuple(only)
        index = self._index
        if index is None:
            index = await self._link.call(self.read)
        matches = index.match(mapped.path, only)
        if not matches and self._link.reason is None:
            with suppress(PlexError):  # then as they were read last
                index = await self.read()
            matches = index.match(mapped.path, only)
        return Resolution(
            mapped=mapped, matches=matches, nearest=None if matches else index.nearest_location(mapped.path)
        )

    async def suggest_mapping(self, path: str) -> PathMapping | None:
        """Find the mapping by which a path that is in no library would be in one; None where none is plain to see.

        Raises InvalidPathError for a text that is no usable path.
        """
        reported = clean(path)
        if self._index is None or self._link.reason is not None:
            return None
        return await suggest_mapping(self._gateway, self._index, reported)
