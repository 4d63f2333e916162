"""Path mappings: from the path somebody reports to the path Plex knows, and to where Home Assistant sees it."""

from collections.abc import Iterable
from dataclasses import dataclass

from .paths import CleanPath, clean, prefixes


@dataclass(frozen=True, slots=True)
class PathMapping:
    """One row of the option: `source` as reported, `target` as Plex sees it, `local` as Home Assistant sees it."""

    source: CleanPath
    target: CleanPath
    local: CleanPath | None = None

    @classmethod
    def of(cls, source: str, target: str, local: str | None = None) -> PathMapping:
        """Make a row of texts. Raises InvalidPathError for one that is no absolute path."""
        return cls(clean(source), clean(target), clean(local) if local else None)


@dataclass(frozen=True, slots=True)
class Mapped:
    """A reported path, the row that fitted (if any), and what it makes of the path."""

    reported: CleanPath
    path: CleanPath
    row: PathMapping | None = None


class Mappings:
    """All rows, looked up by the longest prefix on a component boundary."""

    def __init__(self, rows: Iterable[PathMapping] = ()) -> None:
        """Index the rows; of two with the same source the first wins."""
        self._by_source: dict[str, PathMapping] = {}
        self._by_target: dict[str, PathMapping] = {}
        for row in rows:
            self._by_source.setdefault(row.source.key, row)
            self._by_target.setdefault(row.target.key, row)

    def apply(self, reported: CleanPath) -> Mapped:
        """Map a reported path. One that no row fits, or that is already as Plex sees it, stays as it is.

        "Already" means that a row's target is above it, and nearer than any row's source: with a row from `/data` to
        `/data/media`, `/data/media/x` is Plex's own spelling.
        """
        if not self._by_source:
            return Mapped(reported, reported)
        for prefix in prefixes(reported):
            if prefix in self._by_source:
                row = self._by_source[prefix]
                return Mapped(reported, row.target.join(*reported.parts_below(row.source)), row)
            if prefix in self._by_target:
                break
        return Mapped(reported, reported)

    def local_paths(self, mapped: Mapped) -> tuple[CleanPath, ...]:
        """Where Home Assistant may see the file, best guess first.

        A `local` column decides alone. Without one Home Assistant may have the same mount as Plex or as the sender.
        """
        for prefix in prefixes(mapped.path):
            row = self._by_target.get(prefix)
            if row and row.local:
                return (row.local.join(*mapped.path.parts_below(row.target)),)
        return tuple(dict.fromkeys((mapped.path, mapped.reported)))
