"""Cached statistics of the libraries of one server."""

from collections.abc import Set as AbstractSet
from dataclasses import replace

from .scanner import LibraryStatistics, ScanEngine, StatisticsReader


class LibraryStatisticsCache:
    """Reads the statistics of changed libraries, and of all libraries from time to time."""

    def __init__(self, scanner: ScanEngine) -> None:
        """Create an empty cache."""
        self._engine = scanner
        self._reader = StatisticsReader(scanner.client)
        self._known: dict[int, LibraryStatistics] = {}
        # Libraries by id; None stands for all of them.
        self._changed: set[int] | None = set()
        self._unread: set[int] | None = set()

    @property
    def is_current(self) -> bool:
        """Return whether no library is known to have changed since the last read."""
        return self._changed == set()

    def mark_changed(self, libraries: AbstractSet[int] | None) -> None:
        """Mark libraries as changed; None stands for all libraries."""
        self._changed = None if libraries is None or self._changed is None else self._changed | libraries

    async def read(self) -> dict[int, LibraryStatistics]:
        """Read the changed libraries, or all libraries if none is marked. Raises PlexError.

        Libraries that could not be read are read again next time.
        """
        changed, self._changed = self._changed, set()
        wanted = self._unread = changed | self._unread if changed and self._unread is not None else None
        libraries = (await self._engine.registry.read()).libraries
        asked = [each for each in libraries if wanted is None or each.id in wanted or each.id not in self._known]
        fresh = await self._reader.read(asked)
        self._unread = {each.id for each in asked} - fresh.keys()
        self._known = {
            each.id: fresh.get(each.id)
            or replace(self._known.get(each.id, LibraryStatistics(library=each, counts={})), library=each)
            for each in libraries
        }
        return self._known
