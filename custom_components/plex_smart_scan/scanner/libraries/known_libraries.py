"""The libraries as last read, and the libraries that contain a path."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from ..concurrency import run_abandonable, wait_shielded
from ..models import LEAF_TYPES, Library, Reason
from ..paths.clean_path import InvalidPathError, clean
from ..paths.mappings import Mapped, Mappings, PathMapping
from ..plex.client import PlexClient
from ..plex.errors import ErrorKind, PlexError
from ..plex.retry import RetryAction, decide_retry
from ..plex.server_availability import ServerAvailability
from .index import LibraryIndex, Match
from .mapping_proposals import propose_mapping

_EMPTY_FOR: Final = 900.0  # seconds after which an empty list of libraries is believed


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The libraries that contain a path. Without matches, `nearest` is the location that is most similar to it."""

    mapped: Mapped
    matches: tuple[Match, ...]
    nearest: str | None = None


class LibraryRegistry:
    """The libraries of a server: read once, and again if a path is in none of them or Plex reports a change."""

    def __init__(self, client: PlexClient, availability: ServerAvailability, mappings: Mappings) -> None:
        """Store the dependencies; nothing is read yet."""
        self._client = client
        self._availability = availability
        self._mappings = mappings
        self._index: LibraryIndex | None = None
        self._empty_since: float | None = None  # in monotonic seconds
        self._reading: asyncio.Task[LibraryIndex] | None = None

    @property
    def libraries(self) -> tuple[Library, ...]:
        """The libraries as last read."""
        return self._index.libraries if self._index else ()

    async def read(self) -> LibraryIndex:
        """Read the libraries; simultaneous callers share one request. Raises PlexError."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        return await wait_shielded(self._reading)

    async def _read(self) -> LibraryIndex:
        found = await self._client.libraries()
        if found:
            self._empty_since = None
        elif self._empty_since is None:
            self._empty_since = self._availability.clock.monotonic()
        if not found and self.libraries and not (self._stays_empty() and await self._is_gone()):
            raise _none_listed()
        self._index = LibraryIndex(found)
        return self._index

    def _stays_empty(self) -> bool:
        """Return whether the server has listed no libraries for so long that it probably has none."""
        since = self._empty_since
        return since is not None and self._availability.clock.monotonic() - since >= _EMPTY_FOR

    async def _read_nonempty(self) -> LibraryIndex:
        """Read the libraries. Raises PlexError, also if there are none and the server has not listed any for long."""
        index = await self.read()
        if not index.libraries and not self._stays_empty():
            raise _none_listed()
        return index

    async def _is_gone(self) -> bool:
        """Return whether the server no longer has a library that it listed before.

        A proxy in its place can return an empty list.
        """
        library = self.libraries[0]
        try:
            await self._client.count(library, LEAF_TYPES[library.type])
        except PlexError as error:
            return error.kind is ErrorKind.NOT_FOUND
        return False

    async def close(self) -> None:
        """Cancel the request for the libraries."""
        if self._reading:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def read_with_retry(self) -> LibraryIndex:
        """Read the libraries, however long an outage lasts. Raises PlexError for a lasting error."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._availability.call(self._read_nonempty)
            except PlexError as error:
                decision = decide_retry(error, attempt)
                if decision.reason is Reason.SERVER_ERROR:
                    # Every server answers this. If it still fails, that is an outage, during which all requests wait.
                    await self._availability.is_serving()
                    attempt = 0
                    continue
                if decision.action not in {RetryAction.RETRY, RetryAction.READ_LIBRARIES_AGAIN}:
                    raise
                if await self._availability.pause(decision.delay):
                    attempt -= 1  # an attempt that the user requested does not count

    async def still_contains(self, match: Match) -> bool:
        """Read the libraries, and return whether a path is still in the same one. Raises PlexError."""
        index = await self._availability.call(self._read_nonempty)
        return any(found.library.id == match.library.id for found in index.match(match.path))

    def library_id_of(self, path: str, only: Iterable[str] = ()) -> int | None:
        """Return the id of the first library that contains a path, as last read; None if there is none."""
        try:
            matches = self._resolve_once(path, only).matches
        except InvalidPathError:
            return None
        return matches[0].library.id if matches else None

    def resolve_cached(self, path: str, only: Iterable[str] = ()) -> Resolution:
        """Find the libraries of a path, as last read. Raises InvalidPathError."""
        found = self._resolve_once(path, only)
        nearest = None if found.matches or not self._index else self._index.nearest_location(found.mapped.path)
        return replace(found, nearest=nearest)

    async def resolve(self, path: str, only: Iterable[str] = ()) -> Resolution:
        """Find the libraries of a path; if there is none, read the libraries once more if the server is available.

        Raises InvalidPathError, and PlexError if the libraries were never read.
        """
        only = tuple(only)
        if not self._resolve_once(path, only).matches:
            try:
                await self._read_if_available()
            except PlexError:
                if not self.libraries:
                    raise
        return self.resolve_cached(path, only)

    async def resolve_with_retry(self, path: str, only: Iterable[str] = ()) -> Resolution:
        """Find the libraries of a path; if there is none, read the libraries once more, however long that takes.

        If that fails, the libraries as last read decide. Raises as `resolve` does.
        """
        only = tuple(only)
        if not self._resolve_once(path, only).matches:
            await self.read_with_retry()
        return self.resolve_cached(path, only)

    async def _read_if_available(self) -> None:
        if self._index is None:
            await self._availability.call(self._read_nonempty)
        elif self._availability.reason is None:
            await self._read_nonempty()

    def _resolve_once(self, path: str, only: Iterable[str]) -> Resolution:
        """Find the libraries of a path. If it can be interpreted in two ways, the one in a library is meant."""
        first, only = None, tuple(only)
        for mapped in self._mappings.readings(clean(path)):
            if self._index and (matches := self._index.match(mapped.path, only)):
                return Resolution(mapped=mapped, matches=matches)
            first = first or mapped
        assert first is not None  # noqa: S101 - `readings` yields at least one
        return Resolution(mapped=first, matches=())

    async def propose_mapping(self, path: str) -> PathMapping | None:
        """Return the mapping by which a path in no library would be in one; None if none is obvious.

        Raises InvalidPathError. The caller can be cancelled at any time.
        """
        reported = clean(path)
        if self._index is None or self._availability.reason is not None:
            return None
        return await run_abandonable(propose_mapping(self._client, self._index, reported))


def _none_listed() -> PlexError:
    return PlexError(ErrorKind.STARTING_UP, "the server does not list any libraries")
