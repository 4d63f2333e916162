"""What Plex sees on its own disk: one request per folder for all requests that wait for it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from ..clock import Clock
from ..concurrency import wait_shielded
from ..paths.clean_path import CleanPath, Flavour, name_key
from ..plex.errors import ErrorKind, PlexError
from ..plex.server_availability import ServerAvailability
from ..plex.xml import Entry
from ..timing import Timing, nth_pause
from .spelling import find_entry

_MAX_REMEMBERED: Final = 500  # folders


@dataclass(frozen=True, slots=True)
class FolderView:
    """What Plex sees in a folder at one moment (monotonic seconds); `entries` is None if Plex refuses to show it.

    A folder that does not exist looks like an empty one.
    """

    at: float
    entries: tuple[Entry, ...] | None

    @property
    def refused(self) -> bool:
        """Whether the server refuses such requests."""
        return self.entries is None

    def find(self, path: CleanPath) -> Entry | None:
        """Return the entry for this path's name, in any Unicode form and, on Windows, any case."""
        return find_entry(self.entries, path.name, path.flavour)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Since when Plex has seen a name without interruption, and when it last did not (None: it always did)."""

    since: float
    missing_at: float | None


@dataclass(eq=False, slots=True)
class _Folder:
    """One folder: its last views, since when each name has been seen, and the waiters for the next view."""

    view: FolderView | None = None
    shown_at: float | None = None  # when the server last showed the folder
    seen: dict[str, _Seen] = field(default_factory=dict)
    reading: asyncio.Task[FolderView] | None = None
    waiters: int = 0
    polling: asyncio.Task[None] | None = None
    next_view: asyncio.Future[FolderView] | None = None


class FilesVisibleToPlex:
    """Returns what Plex sees in folders, by requests to `/services/browse`; concurrent callers share a request."""

    def __init__(
        self,
        browse: Callable[[str], Awaitable[tuple[Entry, ...] | None]],
        can_browse: Callable[[], Awaitable[bool]],
        availability: ServerAvailability,
        clock: Clock,
        timing: Timing,
    ) -> None:
        """Store the functions. `can_browse` returns whether the server accepts such requests at all."""
        self._browse = browse
        self._can_browse = can_browse
        self._availability = availability
        self._clock = clock
        self._timing = timing
        self._folders: dict[str, _Folder] = {}
        self._refuses = False  # whether the server has refused to show folders, twice in a row
        self._poll_turn = asyncio.Lock()  # one at a time: a thousand folders that are polled delay no other request

    async def view(self, folder: CleanPath, *, max_age: float | None = None) -> FolderView:
        """Return what Plex sees in a folder, at most `max_age` seconds old (by default `view_max_age`)."""
        entry = self._entry(folder)
        age = self._timing.view_max_age if max_age is None else max_age
        if entry.view and self._clock.monotonic() - entry.view.at < age:
            return entry.view
        return await self._shared_view(folder, entry)

    async def next_view(self, folder: CleanPath) -> FolderView:
        """Wait for the next view of a folder: requests are sent at growing intervals, for all waiters."""
        entry = self._entry(folder)
        if entry.polling is None or entry.polling.done():
            entry.polling = asyncio.create_task(self._poll(folder, entry))
        if entry.next_view is None or entry.next_view.done():
            entry.next_view = asyncio.get_running_loop().create_future()
        entry.waiters += 1
        try:
            return await wait_shielded(entry.next_view)
        finally:
            entry.waiters -= 1

    def first_seen(self, path: CleanPath) -> float | None:
        """Return since when (monotonic seconds) Plex has seen this path without interruption."""
        seen = self._seen(path)
        return seen.since if seen else None

    def present_since(self, path: CleanPath, reported_at: float) -> float | None:
        """Return since when (monotonic seconds) a path that Plex sees counts as present on its disk.

        If no view since the report shows otherwise, it was there when it was reported, even if it was first looked for
        later. None if Plex does not see it.
        """
        seen = self._seen(path)
        if seen is None:
            return None
        was_missing = seen.missing_at is not None and seen.missing_at >= reported_at
        return seen.since if was_missing else min(seen.since, reported_at)

    def _seen(self, path: CleanPath) -> _Seen | None:
        folder = path.parent
        entry = self._folders.get(folder.key) if folder else None
        return entry.seen.get(name_key(path.name, path.flavour)) if entry else None

    async def close(self) -> None:
        """Stop requesting views."""
        tasks = [task for entry in self._folders.values() for task in (entry.reading, entry.polling) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for entry in self._folders.values():
            if entry.next_view:
                entry.next_view.cancel()

    def _entry(self, folder: CleanPath) -> _Folder:
        entry = self._folders.pop(folder.key, None) or _Folder()
        self._folders[folder.key] = entry  # the most recently used last
        if len(self._folders) > _MAX_REMEMBERED:
            for key, old in tuple(self._folders.items())[: len(self._folders) - _MAX_REMEMBERED]:
                if all(task is None or task.done() for task in (old.reading, old.polling)):
                    del self._folders[key]
        return entry

    async def _shared_view(self, folder: CleanPath, entry: _Folder) -> FolderView:
        if entry.reading is None or entry.reading.done():
            entry.reading = asyncio.create_task(self._read_view(folder, entry))
        return await wait_shielded(entry.reading)

    async def sees(self, path: CleanPath) -> bool:
        """Return whether Plex sees a file or folder now. Raises PlexError, and does not wait for the server."""
        entries = await self._browse(path.parent.text) if path.parent else None
        return find_entry(entries, path.name, path.flavour) is not None

    async def _read_view(self, folder: CleanPath, entry: _Folder) -> FolderView:
        at, entries = await self._entries_or_refused(folder)
        view = entry.view = FolderView(at, entries)
        names = {name_key(each.name, folder.flavour) for each in entries or ()}
        entry.seen = {name: entry.seen.get(name) or _Seen(at, entry.shown_at) for name in names}
        entry.shown_at = entry.shown_at if view.refused else at
        if entry.next_view and not entry.next_view.done():
            entry.next_view.set_result(view)
        return view

    async def _entries_or_refused(self, folder: CleanPath) -> tuple[float, tuple[Entry, ...] | None]:
        """Return when a folder was read, and its entries; None if the server refuses to show it.

        A proxy may refuse everything for a while. A refusal therefore counts only if the server answers other requests,
        and if it then refuses again. A server that refuses folders is not checked like this for each of them.
        """
        refusals = 0
        while True:
            at = self._clock.monotonic()
            entries, error = None, None
            try:
                entries = await self._entries(folder, at)
            except PlexError as failed:
                error = failed
            if entries is not None:
                self._refuses = False
                return at, entries
            if self._refuses or refusals:
                self._refuses = self._refuses or error is None or error.kind is ErrorKind.PERMISSION
                return at, None
            if await self._availability.is_serving():
                refusals += 1

    async def _entries(self, folder: CleanPath, at: float) -> tuple[Entry, ...] | None:
        """Return what Plex sees in a folder; None if it does not support the request. Raises PlexError.

        Plex returns 404 both if the folder is missing and if it does not support the request, and a proxy may return
        that for any folder. The folder is missing if the one above does not show it, at or after `at`.
        """
        entries = await self._availability.call(lambda: self._browse(folder.text))
        if entries is not None or not await self._availability.call(self._can_browse):
            return entries
        if folder.parent is None:  # the root, or a drive
            return () if folder.flavour is Flavour.WINDOWS else None
        above = await self.view(folder.parent, max_age=self._clock.monotonic() - at)
        return () if not above.refused and above.find(folder) is None else None

    async def _poll(self, folder: CleanPath, entry: _Folder) -> None:
        """Request views at growing intervals until there is no waiter; a waiter that returns finds it running."""
        try:
            for number in count():
                await self._clock.sleep(nth_pause(self._timing.visibility_pauses, number))
                async with self._poll_turn:
                    if not entry.waiters:
                        return
                    await self._shared_view(folder, entry)
        except Exception as error:  # noqa: BLE001 - handed to all who wait
            if entry.next_view and not entry.next_view.done():
                entry.next_view.set_exception(error)
