"""The sizes of one server's libraries: what is known of them, and what has to be read again."""

from collections.abc import Set as AbstractSet
from dataclasses import replace

from .scanner import LibraryStatistics, ScanEngine, StatisticsReader


class LibraryStatisticsCache:
    """Reads what may have changed, and everything once in a while. What is wanted is owed until it is read."""

    def __init__(self, scanner: ScanEngine) -> None:
        """Know nothing yet."""
        self._engine = scanner
        self._reader = StatisticsReader(scanner.client)
        self._known: dict[int, LibraryStatistics] = {}
        # Libraries by id; None stands for all of them.
        self._changed: set[int] | None = set()
        self._owed: set[int] | None = set()

    @property
    def settled(self) -> bool:
        """Whether no library is known to have changed since the numbers were read."""
        return self._changed == set()

    def change(self, libraries: AbstractSet[int] | None) -> None:
        """Take in that some libraries may have changed; None stands for all of them."""
        self._changed = None if libraries is None or self._changed is None else self._changed | libraries

    async def read(self) -> dict[int, LibraryStatistics]:
        """Read what may have changed, or everything where nothing is known to have. Raises PlexError."""
        changed, self._changed = self._changed, set()
        wanted = self._owed = changed | self._owed if changed and self._owed is not None else None
        libraries = (await self._engine.registry.read()).libraries
        asked = [each for each in libraries if wanted is None or each.id in wanted or each.id not in self._known]
        fresh = await self._reader.read(asked)
        self._owed = {each.id for each in asked} - fresh.keys()
        self._known = {
            each.id: fresh.get(each.id)
            or replace(self._known.get(each.id, LibraryStatistics(library=each, counts={})), library=each)
            for each in libraries
        }
        return self._known
