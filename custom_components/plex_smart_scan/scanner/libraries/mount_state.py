"""The state of the mount of a location, decided from the files that Plex lists there and from what it sees of them."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..models import MediaFile
from ..paths.clean_path import CleanPath, clean_or_none
from .visible_to_plex import FolderView

_SAMPLE_SIZE: Final = 5  # files, from different first-level folders if possible
_MIN_UNREQUESTED: Final = 2  # files: if fewer were not requested, the requested ones are checked too

_MAX_AGE: Final = 3600.0  # seconds
_MAX_PATHS: Final = 500

type View = Callable[[CleanPath], Awaitable[FolderView]]


class MountState(StrEnum):
    """What is known of the mount of a location."""

    NOT_CHECKED = "not_checked"
    PRESENT = "present"
    MISSING = "missing"
    UNKNOWN = "unknown"
    """The server does not show what it sees on its disk."""


async def find_mount_state(
    location: CleanPath, sample: Sequence[CleanPath], requests: RecentRequests, view: View, *, whole_location: bool
) -> MountState:
    """Return the state of a location's mount.

    `sample` are files that Plex lists there, `requests` the recent requests, and `view` returns what Plex sees in a
    folder. `whole_location` is whether all of the location is to be scanned.

    An import can create folders and files on an empty mount point, so those that were requested recently prove nothing
    as long as there are others. Example: Plex lists five films, and an import has just created the folder of one of
    them. Plex sees that folder, but none of the other four films: the mount is missing.
    """
    if not sample:
        return MountState.PRESENT  # Plex lists nothing that it could remove
    requested = requests.first_levels
    in_untouched_folders = tuple(file for file in sample if file.parts_below(location)[0] not in requested)
    if in_untouched_folders and not whole_location:
        state = await _state_for_folder_scan(location, in_untouched_folders, view)
        # These folders may have been emptied. Files beside the requested ones that an import did not write count, too.
        others = [file for file in sample if file not in in_untouched_folders and file not in requests]
        return await _compare_files(location, others, view) if state is MountState.MISSING else state
    return await _state_for_whole_scan(location, sample, requests, view, frozenset(in_untouched_folders))


async def _state_for_folder_scan(
    location: CleanPath, in_untouched_folders: Collection[CleanPath], view: View
) -> MountState:
    """Decide from the files in first-level folders without requests, before a scan of a single folder.

    Such a scan removes nothing from these folders, so it is enough that Plex sees the listed content of one. Entries
    that it does not list do not count here: they may have been left on an empty mount point.
    """
    state = await _compare_folders(location, in_untouched_folders, view)
    return await _compare_files(location, in_untouched_folders, view) if state is MountState.MISSING else state


async def _state_for_whole_scan(
    location: CleanPath,
    sample: Sequence[CleanPath],
    requests: RecentRequests,
    view: View,
    in_untouched_folders: frozenset[CleanPath],
) -> MountState:
    """Decide from the files that were not requested, before a scan of the whole location.

    This is also done before the scan of a single folder if there are requests in all first-level folders.
    """
    unrequested_files = tuple(file for file in sample if file not in requests)
    if len(unrequested_files) < _MIN_UNREQUESTED:
        unrequested_files = ()  # a single file can have been removed
    # A single listed file can have been replaced by one with another name. If everything was requested, there is no
    # other evidence than the requested folders.
    trust_all = len(sample) == 1 or not unrequested_files
    trusted = frozenset(sample) if trust_all else in_untouched_folders
    return await _compare_files(location, unrequested_files or sample, view, trusted)


async def _compare_folders(location: CleanPath, files: Iterable[CleanPath], view: View) -> MountState:
    """Look in each first-level folder for the next part of a file's path, which is the file or a subfolder."""
    for file in files:
        seen = await _first_level_view(file, location, view)
        if seen.refused:
            return MountState.UNKNOWN
        if seen.find(location.join(*file.parts_below(location)[:2])):
            return MountState.PRESENT
    return MountState.MISSING


async def _compare_files(
    location: CleanPath, files: Iterable[CleanPath], view: View, trusted: frozenset[CleanPath] = frozenset()
) -> MountState:
    """Look for the files themselves.

    If none of the files is found, they may all have been renamed. The mount is then considered present if at least half
    of the first-level folders are not empty. Only the folders of files in `trusted` can count as not empty.
    """
    folder_has_entries: dict[str, bool] = {}
    for file in files:
        seen = await view(file.parent or location)
        if seen.refused:
            return MountState.UNKNOWN
        if seen.find(file):
            return MountState.PRESENT
        first, *rest = file.parts_below(location)
        counts = bool(rest) and file in trusted
        folder_has_entries[first] = counts and bool((await _first_level_view(file, location, view)).entries)
    not_empty = sum(1 for has_entries in folder_has_entries.values() if has_entries)
    is_present = not_empty and 2 * not_empty >= len(folder_has_entries)
    return MountState.PRESENT if is_present else MountState.MISSING


async def _first_level_view(file: CleanPath, location: CleanPath, view: View) -> FolderView:
    """Return what Plex sees in the first-level folder of a file, or in the location of a file without one."""
    first, *rest = file.parts_below(location)
    return await view(location.join(first) if rest else location)


def choose_sample(location: CleanPath, paths: Iterable[CleanPath]) -> tuple[CleanPath, ...]:
    """Return a few of the paths that are below the location, in as many first-level folders as possible."""
    inside = [path for path in paths if path.is_below(location) and path.key != location.key]
    firsts: dict[str, CleanPath] = {}
    for path in inside:
        firsts.setdefault(path.parts_below(location)[0], path)
    return tuple(dict.fromkeys([*firsts.values(), *inside]))[:_SAMPLE_SIZE]


def not_removed(files: Iterable[MediaFile], removed: Collection[CleanPath]) -> list[CleanPath]:
    """Return the paths of listed files that were not reported as removed."""
    paths = (clean_or_none(file.file) for file in files)
    return [path for path in paths if path and not is_at_or_below(path, removed)]


def is_at_or_below(file: CleanPath, folders: Iterable[CleanPath]) -> bool:
    """Return whether a path is one of the folders or below one of them."""
    return any(file.is_below(folder) for folder in folders)


@dataclass(frozen=True, slots=True)
class _Request:
    """A requested path, the first-level folder that it is in, whether it was reported as removed, and when."""

    path: CleanPath
    first_level: str
    gone: bool
    at: float


class RecentRequests:
    """The requests of the last hour for one location, at most 500. Times are monotonic seconds."""

    def __init__(self) -> None:
        """Begin without requests."""
        self._requests: dict[str, _Request] = {}  # the oldest first
        self._first_levels: Counter[str] = Counter()
        self._removed: dict[str, CleanPath] = {}

    def note(self, location: CleanPath, path: CleanPath, now: float, *, gone: bool) -> None:
        """Record a path below the location, and drop old ones."""
        if path.is_below(location) and path.key != location.key:
            self._drop(path.key)
            request = self._requests[path.key] = _Request(path, path.parts_below(location)[0], gone, now)
            self._first_levels[request.first_level] += 1
            if gone:
                self._removed[path.key] = path
        for key, each in tuple(self._requests.items()):
            if each.at >= now - _MAX_AGE and len(self._requests) <= _MAX_PATHS:
                break
            self._drop(key)

    def _drop(self, key: str) -> None:
        if request := self._requests.pop(key, None):
            self._removed.pop(key, None)
            self._first_levels[request.first_level] -= 1
            if not self._first_levels[request.first_level]:
                del self._first_levels[request.first_level]

    @property
    def first_levels(self) -> Collection[str]:
        """The first-level folders with requested paths."""
        return self._first_levels.keys()

    @property
    def removed(self) -> Collection[CleanPath]:
        """The paths that were reported as removed."""
        return self._removed.values()

    def __contains__(self, path: CleanPath) -> bool:
        """Whether something was requested for this very path."""
        return path.key in self._requests
