"""Whether the disk of a location is mounted, as far as Plex sees it: a location whose mount is missing is not scanned.

Plex treats a location that exists and is empty as what it looks like, and removes everything that it lists there
(rclone/rclone#2278, nzbdav-dev/nzbdav#285).
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ..clock import Clock, wait_for
from ..concurrency import wait_shielded
from ..models import Library, MediaFile
from ..paths.clean_path import CleanPath, clean_or_none
from ..plex.errors import PlexError
from ..timing import Timing, nth_pause
from .lookups import Lookups
from .plex_disk import FolderView, Visibility
from .recent_requests import RecentRequests

_SAMPLE_SIZE: Final = 5  # first-level folders to compare
_MIN_UNREQUESTED: Final = 2  # files: if fewer were not requested, the requested ones count too
_MANY: Final = 200  # files, to find some that were not reported as removed
_MAX_PREPARED: Final = 30  # locations


class Mount(StrEnum):
    """What is known of the mount of a location."""

    NOT_CHECKED = "not_checked"
    PRESENT = "present"
    MISSING = "missing"
    UNKNOWN = "unknown"
    """The server does not answer questions about its disk."""


@dataclass(frozen=True, slots=True)
class MissingMount:
    """A location whose mount is missing, and since when (Unix seconds).

    `unchecked` means that the mount may be there, but the server does not answer questions about its disk.
    """

    library: Library
    location: CleanPath
    since: float
    unchecked: bool = False


@dataclass(eq=False, slots=True)
class _Location:
    """What is stored about one location of one library.

    `allowed`: the user has confirmed that the location is meant to be empty. `back` ends the waiting for the mount.
    """

    requests: RecentRequests = field(default_factory=RecentRequests)
    sample: tuple[CleanPath, ...] = ()
    """Files that Plex lists there, in as many first-level folders as possible."""
    sampled_at: float | None = None
    """When they were read (monotonic seconds)."""
    sampling: asyncio.Task[None] | None = None
    state: Mount = Mount.NOT_CHECKED
    missing: MissingMount | None = None
    allowed: bool = False
    polling: asyncio.Task[None] | None = None
    back: asyncio.Event = field(default_factory=asyncio.Event)


def locations_read(library: Library, location: CleanPath, *, whole_library: bool) -> tuple[CleanPath, ...]:
    """Return the locations that a scan reads: the location of its folder, or all if it scans the whole library."""
    return _all_locations(library) if whole_library else (location,)


def _all_locations(library: Library) -> tuple[CleanPath, ...]:
    return tuple(filter(None, map(clean_or_none, library.locations)))


class Mounts:
    """Compares what Plex lists in a location with what it sees there; one check serves all requests of a moment."""

    def __init__(
        self,
        lookups: Lookups,
        visibility: Visibility,
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
        locations = [(library, location) for library in libraries for location in _all_locations(library)]
        for library, location in locations[:_MAX_PREPARED]:
            with suppress(PlexError):
                await self._sample(library, location, self._entry(library, location))

    async def state(
        self,
        library: Library,
        location: CleanPath,
        *,
        requested_path: CleanPath | None,
        gone: bool = False,
        max_age: float | None = None,
    ) -> Mount:
        """Return the state of a location's mount before a scan that `requested_path` requires.

        First-level folders and files with recent requests do not count as long as there are others: imports may have
        just created them on an empty mount point. Files that were reported as removed (`gone`) are not expected.
        Answers may be `max_age` seconds old. Raises PlexError if Plex does not return what it lists.
        """
        entry = self._entry(library, location)
        if requested_path:
            entry.requests.note(location, requested_path, self._clock.monotonic(), gone=gone)
        age = self._timing.mount_max_age if max_age is None else min(max_age, self._timing.mount_max_age)
        for _ in range(2):
            state = await self._compare(library, location, entry, requested_path, age)
            if state is not Mount.MISSING or entry.sampled_at == self._clock.monotonic():
                break
            entry.sampled_at = None  # compare again with what Plex lists at this moment
        entry.state = state
        if state is Mount.PRESENT:
            self._mark_present(entry)
        return state

    async def worst_state(
        self,
        library: Library,
        locations: Iterable[CleanPath],
        *,
        requested_path: CleanPath | None,
        gone: bool = False,
        max_age: float | None = None,
    ) -> tuple[Mount, CleanPath | None]:
        """Return the state of the first location whose mount is not known to be present, and that location.

        Without one the state is `PRESENT`. Arguments and errors are those of `state`.
        """
        for location in locations:
            state = await self.state(library, location, requested_path=requested_path, gone=gone, max_age=max_age)
            if state is not Mount.PRESENT:
                return state, location
        return Mount.PRESENT, None

    async def first_missing(self, library: Library, folder: CleanPath | None, location: CleanPath) -> CleanPath | None:
        """Return a location that a scan of `folder` (None: the whole library) must not read. Raises PlexError.

        A location that cannot be checked must not be scanned as a whole. A permission is used up by this call.
        """
        wide = folder is None or folder.key == location.key
        locations = locations_read(library, location, whole_library=folder is None)
        judged = [each for each in locations if not self.is_allowed(library, each)]
        # A scan of a whole location can remove everything in it: an older answer is not good enough.
        path, max_age = (None, 0.0) if wide else (folder, None)
        state, where = await self.worst_state(library, judged, requested_path=path, max_age=max_age)
        if state is Mount.MISSING or (wide and state is Mount.UNKNOWN):
            return where
        for each in locations:
            self._use_permission(library, each)
        return None

    def is_allowed(self, library: Library, location: CleanPath) -> bool:
        """Return whether the user has confirmed that this location is meant to be empty, for one scan."""
        return self._entry(library, location).allowed

    def allow_once(self, library: Library, location: CleanPath) -> None:
        """Allow the next scan of a location although it looks empty: the user has confirmed that it is meant to be."""
        entry = self._entry(library, location)
        entry.allowed = True
        entry.back.set()

    def _use_permission(self, library: Library, location: CleanPath) -> None:
        entry = self._entry(library, location)
        if entry.allowed:
            entry.allowed = False
            self._mark_present(entry)

    async def wait_until_back(
        self, library: Library, location: CleanPath, *, requested_path: CleanPath | None, seconds: float = 3600.0
    ) -> None:
        """Wait until a location may be scanned, at most `seconds`; all waiting requests share the checks."""
        entry = self._entry(library, location)
        self.mark_missing(library, location)
        if entry.polling is None or entry.polling.done():
            entry.back.clear()
            entry.polling = asyncio.create_task(self._poll(library, location, entry, requested_path))
        await wait_for(self._clock, entry.back, seconds)

    def mark_missing(self, library: Library, location: CleanPath) -> None:
        """Record that a location was not scanned because its mount is missing or cannot be checked."""
        entry = self._entry(library, location)
        unchecked = entry.state is Mount.UNKNOWN
        if entry.missing is None or entry.missing.unchecked is not unchecked:
            since = entry.missing.since if entry.missing else self._clock.time()
            entry.missing = MissingMount(library, location, since, unchecked)
            self._on_change()

    def is_unchecked(self, library: Library, location: CleanPath) -> bool:
        """Return whether the server did not answer the latest question about the disk of a location."""
        return self._entry(library, location).state is Mount.UNKNOWN

    async def close(self) -> None:
        """Stop checking."""
        tasks = [task for entry in self._locations.values() for task in (entry.sampling, entry.polling) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _entry(self, library: Library, location: CleanPath) -> _Location:
        return self._locations.setdefault((library.id, location.key), _Location())

    async def _poll(
        self, library: Library, location: CleanPath, entry: _Location, requested_path: CleanPath | None
    ) -> None:
        number = 0
        while not await wait_for(self._clock, entry.back, nth_pause(self._timing.mount_pauses, number)):
            number += 1
            with suppress(PlexError):
                await self.state(library, location, requested_path=requested_path, max_age=0.0)  # sets `back`

    async def _compare(
        self, library: Library, location: CleanPath, entry: _Location, requested_path: CleanPath | None, age: float
    ) -> Mount:
        """Look for the listed files, one first-level folder after the other, until one of them is seen."""
        sample = await self._sample(library, location, entry)
        if not sample:
            return Mount.PRESENT  # Plex lists nothing that it could remove
        requested = entry.requests.first_levels
        others = tuple(file for file in sample if file.parts_below(location)[0] not in requested)
        # For the scan of a single folder it is enough to see other folders; for wider scans, files have to be seen.
        for file in others if requested_path else ():
            view = await self._first_level(file, location, age)
            if view.refused:
                return Mount.UNKNOWN
            if view.find(_second_level_path(file, location)):
                return Mount.PRESENT
        if requested_path and others:
            return await self._compare_files(location, others, age)
        unrequested = tuple(file for file in sample if file not in entry.requests)
        if len(unrequested) < _MIN_UNREQUESTED:
            unrequested = ()  # a single file may be gone
        # The only listed file may have been replaced under another name.
        counted = frozenset(file for file in sample if file in others or len(sample) == 1 or not unrequested)
        return await self._compare_files(location, unrequested or sample, age, counted)

    async def _compare_files(
        self,
        location: CleanPath,
        files: tuple[CleanPath, ...],
        age: float,
        counted: frozenset[CleanPath] = frozenset(),
    ) -> Mount:
        """Look for the listed files themselves: an import may have just created their folders on a bare mount point.

        If none is found, all may have been renamed. The mount then counts as present if at least half of the
        first-level folders are not empty; only the folders of the files in `counted` can count as not empty.
        """
        held: dict[str, bool] = {}
        for file in files:
            view = await self._visibility.view(file.parent or location, max_age=age)
            if view.refused:
                return Mount.UNKNOWN
            if view.find(file):
                return Mount.PRESENT
            first, *rest = file.parts_below(location)
            counts = bool(rest) and file in counted
            held[first] = counts and bool((await self._first_level(file, location, age)).entries)
        folders = sum(1 for each in held.values() if each)
        return Mount.PRESENT if folders and 2 * folders >= len(held) else Mount.MISSING

    async def _first_level(self, file: CleanPath, location: CleanPath, age: float) -> FolderView:
        """Return what Plex sees in the first-level folder of a file, or in the location of a file without one."""
        first, *rest = file.parts_below(location)
        folder = location.join(first) if rest else location
        return await self._visibility.view(folder, max_age=age)

    async def _sample(self, library: Library, location: CleanPath, entry: _Location) -> tuple[CleanPath, ...]:
        age = self._timing.sample_max_age if entry.sample else self._timing.mount_max_age
        removed = entry.requests.removed
        if any(_is_at_or_below(file, removed) for file in entry.sample):
            entry.sampled_at = None
        if entry.sampled_at is None or self._clock.monotonic() - entry.sampled_at >= age:
            if entry.sampling is None or entry.sampling.done():
                entry.sampling = asyncio.create_task(self._read_sample(library, location, entry))
            await wait_shielded(entry.sampling)
        return entry.sample

    async def _read_sample(self, library: Library, location: CleanPath, entry: _Location) -> None:
        removed = entry.requests.removed
        paths = _kept(await self._lookups.sample_of(library, location), removed)
        if not paths and removed:
            paths = _kept(await self._lookups.sample_of(library, location, first=_MANY), removed)
        firsts: dict[str, CleanPath] = {}
        for path in (inside := [path for path in paths if path.is_below(location) and path.key != location.key]):
            firsts.setdefault(path.parts_below(location)[0], path)
        entry.sample = tuple(dict.fromkeys([*firsts.values(), *inside]))[:_SAMPLE_SIZE]
        entry.sampled_at = self._clock.monotonic()

    def _mark_present(self, entry: _Location) -> None:
        if entry.missing is not None:
            entry.missing = None
            self._on_change()
        entry.back.set()


def _is_at_or_below(file: CleanPath, folders: Iterable[CleanPath]) -> bool:
    return any(file.is_below(folder) for folder in folders)


def _kept(files: Iterable[MediaFile], removed: Sequence[CleanPath]) -> list[CleanPath]:
    """Return the paths of listed files that were not reported as removed."""
    paths = (clean_or_none(file.file) for file in files)
    return [path for path in paths if path and not _is_at_or_below(path, removed)]


def _second_level_path(file: CleanPath, location: CleanPath) -> CleanPath:
    """Return the path of a listed file, or of its folder, directly below its first-level folder."""
    return location.join(*file.parts_below(location)[:2])
