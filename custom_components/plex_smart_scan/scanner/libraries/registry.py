"""The libraries as last read, and where a path leads in them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from ..concurrency import run_abandonable, wait_shielded
from ..models import LEAF_TYPES, Library
from ..paths.clean_path import InvalidPathError, clean
from ..paths.mappings import Mapped, Mappings, PathMapping
from ..plex.availability import ServerAvailability
from ..plex.client import PlexClient
from ..plex.errors import ErrorKind, PlexError
from ..plex.retry import RetryAction, decide_retry
from .index import LibraryIndex, Match
from .mapping_proposals import suggest_mapping

_EMPTY_FOR: Final = 900.0  # seconds after which a server that had libraries is believed to have none


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Where a path leads on this server. Without matches, `nearest` is the location that looks most like it."""

    mapped: Mapped
    matches: tuple[Match, ...]
    nearest: str | None = None


class LibraryRegistry:
    """Knows the libraries: read once, and again when a path is in none of them or when Plex says that they changed."""

    def __init__(self, client: PlexClient, availability: ServerAvailability, mappings: Mappings) -> None:
        """Keep what is needed; nothing is read yet."""
        self._client = client
        self._availability = availability
        self._mappings = mappings
        self._index: LibraryIndex | None = None
        self._empty_since: float | None = None  # in monotonic seconds
        self._reading: asyncio.Task[LibraryIndex] | None = None

    @property
    def libraries(self) -> tuple[Library, ...]:
        """The libraries, as last read."""
        return self._index.libraries if self._index else ()

    async def read(self) -> LibraryIndex:
        """Read the libraries again; whoever asks at the same time shares one request. Raises PlexError."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        return await wait_shielded(self._reading)

    async def _read(self) -> LibraryIndex:
        found = await self._client.libraries()
        if found:
            self._empty_since = None
        elif self.libraries and not (self._stays_empty() and await self._are_unknown()):
            raise PlexError(ErrorKind.STARTING_UP, "the server lists none of its libraries")
        self._index = LibraryIndex(found)
        return self._index

    async def _read_some(self) -> LibraryIndex:
        """Read the libraries again; that there are none is not believed for a while. Raises PlexError."""
        index = await self.read()
        if not index.libraries and not self._stays_empty():
            raise PlexError(ErrorKind.STARTING_UP, "the server lists no libraries")
        return index

    def _stays_empty(self) -> bool:
        """Return whether the server has listed no library for long: all at once, they are rather not loaded yet."""
        now = self._availability.clock.monotonic()
        if self._empty_since is None:
            self._empty_since = now
        return now - self._empty_since >= _EMPTY_FOR

    async def _are_unknown(self) -> bool:
        """Return whether the server does not know a library that it had: something else may list none in its place."""
        library = self.libraries[0]
        try:
            await self._client.count(library, LEAF_TYPES[library.type])
        except PlexError as error:
            return error.kind is ErrorKind.NOT_FOUND
        return False

    async def close(self) -> None:
        """End a reading that is under way."""
        if self._reading:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def read_in_the_end(self) -> LibraryIndex:
        """Read the libraries again, however long the server is away. Raises PlexError once an error lasted."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._availability.call(self._read_some)
            except PlexError as error:
                decision = decide_retry(error, attempt)
                if decision.action not in {RetryAction.RETRY, RetryAction.READ_LIBRARIES_AGAIN}:
                    raise
                if await self._availability.pause(decision.delay):
                    attempt -= 1  # a person's try, however often, is not ours

    async def still_has(self, match: Match) -> bool:
        """Read the libraries again, and tell whether a path is still in the same one. Raises PlexError."""
        index = await self._availability.call(self.read)
        return any(found.library.id == match.library.id for found in index.match(match.path))

    def library_of(self, path: str, only: Iterable[str] = ()) -> int | None:
        """The id of the first library of a path by what was last read; None where none is known."""
        try:
            matches = self._located(path, only).matches
        except InvalidPathError:
            return None
        return matches[0].library.id if matches else None

    def resolve_as_known(self, path: str, only: Iterable[str] = ()) -> Resolution:
        """Find the libraries of a path, going by what was read last. Raises InvalidPathError."""
        found = self._located(path, only)
        nearest = None if found.matches or not self._index else self._index.nearest_location(found.mapped.path)
        return replace(found, nearest=nearest)

    async def resolve(self, path: str, only: Iterable[str] = ()) -> Resolution:
        """Find the libraries of a path at once; on a miss the libraries are read once more, if the server lets us.

        Raises InvalidPathError for a text that is no usable path, PlexError when the libraries were never read.
        """
        return await self._resolve(path, only, self._read_if_there)

    async def resolve_in_the_end(self, path: str, only: Iterable[str] = ()) -> Resolution:
        """Find the libraries of a path; on a miss they are read once more, however long that takes.

        When it fails for good, the answer goes by what was read last. Raises as `resolve` does.
        """
        return await self._resolve(path, only, self.read_in_the_end)

    async def _resolve(self, path: str, only: Iterable[str], read: Callable[[], Awaitable[object]]) -> Resolution:
        only = tuple(only)
        if not self._located(path, only).matches:
            try:
                await read()
            except PlexError:
                if self._index is None:
                    raise
        return self.resolve_as_known(path, only)

    async def _read_if_there(self) -> None:
        if self._index is None:
            await self._availability.call(self.read)
        elif self._availability.reason is None:
            await self.read()

    def _located(self, path: str, only: Iterable[str]) -> Resolution:
        """Find the libraries of a path. What may be read in two ways means what is in a library."""
        first, only = None, tuple(only)
        for mapped in self._mappings.readings(clean(path)):
            if self._index and (matches := self._index.match(mapped.path, only)):
                return Resolution(mapped=mapped, matches=matches)
            first = first or mapped
        assert first is not None  # noqa: S101 - there is always one reading
        return Resolution(mapped=first, matches=())

    async def suggest_mapping(self, path: str) -> PathMapping | None:
        """Find the mapping by which a path that is in no library would be in one; None where none is plain to see.

        Raises InvalidPathError for a text that is no usable path. Who asks may leave at any time.
        """
        reported = clean(path)
        if self._index is None or self._availability.reason is not None:
            return None
        return await run_abandonable(suggest_mapping(self._client, self._index, reported))
