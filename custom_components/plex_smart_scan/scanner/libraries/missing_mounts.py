"""The mounts of the libraries' locations: a location whose mount is missing must not be scanned.

If its mount is missing, a location looks like an empty folder, and a scan makes Plex remove everything that it lists
there (rclone/rclone#2278, nzbdav-dev/nzbdav#285).
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from ..clock import Clock, wait_for
from ..concurrency import wait_shielded
from ..models import Library
from ..paths.clean_path import CleanPath, clean_or_none
from ..plex.errors import PlexError
from ..timing import Timing, nth_pause
from .lookups import Lookups
from .mount_state import MountState, RecentRequests, choose_sample, find_mount_state, is_at_or_below, not_removed
from .visible_to_plex import FilesVisibleToPlex, FolderView

_MANY: Final = 200  # files, to find some that were not reported as removed
_MAX_PREPARED: Final = 30  # locations


@dataclass(frozen=True, slots=True)
class MissingMount:
    """A location whose mount is missing, and since when (Unix seconds).

    `unchecked` means that the mount may be present, but the server does not show what it sees on its disk.
    """

    library: Library
    location: CleanPath
    since: float
    unchecked: bool = False


@dataclass(eq=False, slots=True)
class _Wait:
    """Requests that wait until a location, or a folder in it, may be scanned."""

    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the mount is present again, or the user has confirmed that the location is meant to be empty."""
    polling: asyncio.Task[None] | None = None

    @property
    def is_active(self) -> bool:
        """Whether requests wait."""
        return self.polling is not None and not self.polling.done() and not self.ended.is_set()


@dataclass(eq=False, slots=True)
class _Location:
    """What is known of one location of one library."""

    requests: RecentRequests = field(default_factory=RecentRequests)
    sample: tuple[CleanPath, ...] = ()
    """Files that Plex lists there, in as many first-level folders as possible."""
    sampled_at: float | None = None
    """When they were read (monotonic seconds)."""
    sampling: asyncio.Task[None] | None = None
    state: MountState = MountState.NOT_CHECKED
    missing: MissingMount | None = None
    """Set while requests wait for the mount."""
    empty_confirmed: bool = False
    """Whether the user has confirmed that the location is meant to be empty, for one scan."""
    folder_wait: _Wait = field(default_factory=_Wait)
    """Requests that wait for the scan of a folder."""
    whole_wait: _Wait = field(default_factory=_Wait)
    """Requests that wait for the scan of the whole location, for which more has to be visible."""


def locations_read(library: Library, location: CleanPath, *, whole_library: bool) -> tuple[CleanPath, ...]:
    """Return the locations that a scan reads: the location of its folder, or all if it scans the whole library."""
    return all_locations(library) if whole_library else (location,)


def all_locations(library: Library) -> tuple[CleanPath, ...]:
    """Return the locations of a library that are absolute paths."""
    return tuple(filter(None, map(clean_or_none, library.locations)))


class MountChecker:
    """Checks whether mounts are present, by comparing what Plex lists in a location with what it sees there.

    Requests that arrive at about the same time share a check.
    """

    def __init__(
        self,
        lookups: Lookups,
        visibility: FilesVisibleToPlex,
        clock: Clock,
        timing: Timing,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """Store the dependencies. `on_change` is called when a mount becomes missing or is back."""
        self._lookups = lookups
        self._visibility = visibility
        self._clock = clock
        self._timing = timing
        self._on_change = on_change
        self._locations: dict[tuple[int, str], _Location] = {}

    @property
    def missing(self) -> tuple[MissingMount, ...]:
        """The locations that are not scanned because their mount is missing."""
        return tuple(entry.missing for entry in self._locations.values() if entry.missing)

    async def prepare(self, libraries: Iterable[Library]) -> None:
        """Read what Plex lists in each location, so that the first scan there need not do it."""
        locations = [(library, location) for library in libraries for location in all_locations(library)]
        for library, location in locations[:_MAX_PREPARED]:
            with suppress(PlexError):
                await self._current_sample(library, location, self._entry(library, location))

    async def check(
        self,
        library: Library,
        location: CleanPath,
        *,
        requested_path: CleanPath | None,
        gone: bool = False,
        max_age: float | None = None,
    ) -> MountState:
        """Return the state of a location's mount before a scan that `requested_path` requires.

        Without a `requested_path`, the whole location is to be scanned. `gone` is whether the path was reported as
        removed; such files are not expected. What Plex sees may be `max_age` seconds old. Raises PlexError if Plex does
        not return what it lists.
        """
        entry = self._entry(library, location)
        if requested_path:
            entry.requests.note(location, requested_path, self._clock.monotonic(), gone=gone)
        age = self._timing.mount_max_age if max_age is None else min(max_age, self._timing.mount_max_age)
        started_at = self._clock.monotonic()
        state = await self._compare_sample(library, location, entry, requested_path, age)
        if state is MountState.MISSING and (entry.sampled_at is None or entry.sampled_at < started_at):
            # Plex may have removed the files of an older sample from its list: compare again with a new sample.
            entry.sampled_at = None
            state = await self._compare_sample(library, location, entry, requested_path, age)
        entry.state = state
        if state is MountState.PRESENT:
            self._mark_present(entry, whole=requested_path is None)
        return state

    async def check_all(
        self,
        library: Library,
        locations: Iterable[CleanPath],
        *,
        requested_path: CleanPath | None,
        gone: bool = False,
        max_age: float | None = None,
    ) -> tuple[MountState, CleanPath | None]:
        """Return PRESENT if all mounts are, else the state of the first other location, and that location.

        Arguments and errors are those of `check`.
        """
        for location in locations:
            state = await self.check(library, location, requested_path=requested_path, gone=gone, max_age=max_age)
            if state is not MountState.PRESENT:
                return state, location
        return MountState.PRESENT, None

    async def find_missing(
        self, library: Library, folder: CleanPath | None, location: CleanPath
    ) -> MissingMount | None:
        """Return a location that a scan of `folder` (None: the whole library) must not read. Raises PlexError.

        A location that cannot be checked must not be scanned as a whole. One that the user has confirmed to be empty is
        not checked.
        """
        whole = folder is None or folder.key == location.key
        read = locations_read(library, location, whole_library=folder is None)
        # A scan of a whole location can remove everything in it, so its mount is checked again now.
        path, max_age = (None, 0.0) if whole else (folder, None)
        state, where = await self.check_all(
            library,
            (each for each in read if not self.is_empty_confirmed(library, each)),
            requested_path=path,
            max_age=max_age,
        )
        if where is None or (state is MountState.UNKNOWN and not whole):
            return None
        return MissingMount(library, where, self._clock.time(), unchecked=state is MountState.UNKNOWN)

    def is_empty_confirmed(self, library: Library, location: CleanPath) -> bool:
        """Return whether the user has confirmed that this location is meant to be empty, until it is scanned once."""
        return self._entry(library, location).empty_confirmed

    def confirm_empty_once(self, library: Library, location: CleanPath) -> None:
        """Record that the user has confirmed that a location is meant to be empty. It can then be scanned once.

        Until then, folders in it can be scanned, too.
        """
        entry = self._entry(library, location)
        entry.empty_confirmed = True
        entry.folder_wait.ended.set()
        entry.whole_wait.ended.set()

    def use_up_confirmations(self, library: Library, folder: CleanPath | None, location: CleanPath) -> None:
        """Use up the confirmations for the locations that a scan of `folder` (None: the library) reads as a whole."""
        if folder is not None and folder.key != location.key:
            return  # the scan that the user has confirmed is still to come
        for each in locations_read(library, location, whole_library=folder is None):
            entry = self._entry(library, each)
            if entry.empty_confirmed:
                entry.empty_confirmed = False
                self._mark_present(entry, whole=True)

    async def wait_until_back(
        self, library: Library, location: CleanPath, *, requested_path: CleanPath | None, seconds: float = 3600.0
    ) -> None:
        """Wait until a folder in a location may be scanned for `requested_path`; without that, the whole location.

        Wait at most `seconds`. All requests that wait for the same share the checks.
        """
        entry = self._entry(library, location)
        self.mark_missing(library, location)
        wait = entry.folder_wait if requested_path else entry.whole_wait
        if wait.polling is None or wait.polling.done():
            wait.ended.clear()
            wait.polling = asyncio.create_task(self._poll(library, location, wait, requested_path))
        await wait_for(self._clock, wait.ended, seconds)

    def mark_missing(self, library: Library, location: CleanPath) -> None:
        """Record that a location was not scanned because its mount is missing or cannot be checked."""
        entry = self._entry(library, location)
        unchecked = entry.state is MountState.UNKNOWN
        if entry.missing is None or entry.missing.unchecked is not unchecked:
            since = entry.missing.since if entry.missing else self._clock.time()
            entry.missing = MissingMount(library, location, since, unchecked)
            self._on_change()

    async def close(self) -> None:
        """Stop checking."""
        entries = self._locations.values()
        found = ((entry.sampling, entry.folder_wait.polling, entry.whole_wait.polling) for entry in entries)
        tasks = [task for tasks in found for task in tasks if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _entry(self, library: Library, location: CleanPath) -> _Location:
        return self._locations.setdefault((library.id, location.key), _Location())

    async def _poll(self, library: Library, location: CleanPath, wait: _Wait, requested_path: CleanPath | None) -> None:
        number = 0
        while not await wait_for(self._clock, wait.ended, nth_pause(self._timing.mount_pauses, number)):
            number += 1
            with suppress(PlexError):
                await self.check(library, location, requested_path=requested_path, max_age=0.0)  # sets the event

    async def _compare_sample(
        self, library: Library, location: CleanPath, entry: _Location, requested_path: CleanPath | None, age: float
    ) -> MountState:
        sample = await self._current_sample(library, location, entry)

        async def view(folder: CleanPath) -> FolderView:
            return await self._visibility.view(folder, max_age=age)

        return await find_mount_state(location, sample, entry.requests, view, whole_location=requested_path is None)

    async def _current_sample(self, library: Library, location: CleanPath, entry: _Location) -> tuple[CleanPath, ...]:
        """Return the sample, which is read again if it is too old or contains removed files.

        An empty sample allows every scan of the location, so it is read again sooner: Plex may list files there by now.
        """
        age = self._timing.sample_max_age if entry.sample else self._timing.mount_max_age
        removed = entry.requests.removed
        if any(is_at_or_below(file, removed) for file in entry.sample):
            entry.sampled_at = None
        if entry.sampled_at is None or self._clock.monotonic() - entry.sampled_at >= age:
            if entry.sampling is None or entry.sampling.done():
                entry.sampling = asyncio.create_task(self._read_sample(library, location, entry))
            await wait_shielded(entry.sampling)
        return entry.sample

    async def _read_sample(self, library: Library, location: CleanPath, entry: _Location) -> None:
        removed = entry.requests.removed
        paths = not_removed(await self._lookups.sample_of(library, location), removed)
        if not paths and removed:
            paths = not_removed(await self._lookups.sample_of(library, location, first=_MANY), removed)
        entry.sample = choose_sample(location, paths)
        entry.sampled_at = self._clock.monotonic()

    def _mark_present(self, entry: _Location, *, whole: bool) -> None:
        """End the waiting for the scan of a folder, and of the `whole` location if that may be scanned."""
        entry.folder_wait.ended.set()
        if whole:
            entry.whole_wait.ended.set()
        if entry.missing is not None and not entry.whole_wait.is_active:
            entry.missing = None
            self._on_change()
