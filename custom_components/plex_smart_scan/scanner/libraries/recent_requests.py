"""The recently requested paths of a location: whether they exist says little about its mount."""

from dataclasses import dataclass
from typing import Final

from ..paths.clean_path import CleanPath

_MAX_AGE: Final = 3600.0  # seconds
_MAX_PATHS: Final = 500


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

    def note(self, location: CleanPath, path: CleanPath, now: float, *, gone: bool) -> None:
        """Record a path below the location, and drop old ones."""
        if path.is_below(location) and path.key != location.key:
            self._requests.pop(path.key, None)
            self._requests[path.key] = _Request(path, path.parts_below(location)[0], gone, now)
        for key, each in tuple(self._requests.items()):
            if each.at >= now - _MAX_AGE and len(self._requests) <= _MAX_PATHS:
                break
            del self._requests[key]

    @property
    def first_levels(self) -> set[str]:
        """The first-level folders with requested paths."""
        return {each.first_level for each in self._requests.values()}

    @property
    def removed(self) -> tuple[CleanPath, ...]:
        """The paths that were reported as removed."""
        return tuple(each.path for each in self._requests.values() if each.gone)

    def __contains__(self, path: CleanPath) -> bool:
        """Whether something was requested for this very path."""
        return path.key in self._requests
