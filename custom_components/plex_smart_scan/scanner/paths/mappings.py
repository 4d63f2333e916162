"""Path mappings: from the path somebody reports to the path Plex knows, and to where Home Assistant sees it."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from .clean_path import CleanPath, InvalidPathError, PathProblem, clean, prefixes, readings


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
        """Index the rows; of two with the same source the first wins, of two with the same target one with `local`."""
        self._by_source: dict[str, PathMapping] = {}
        self._by_target: dict[str, PathMapping] = {}
        for row in rows:
            for source in readings(row.source):
                self._by_source.setdefault(source.key, replace(row, source=source))
            for target in readings(row.target):
                each = replace(row, target=target)
                first = self._by_target.setdefault(target.key, each)
                if row.local and not first.local:
                    self._by_target[target.key] = each
        self._longest = max(map(len, self._by_source | self._by_target), default=0)

    def readings(self, reported: CleanPath) -> Iterator[Mapped]:
        """All that may be meant by a reported path, the likeliest first: only the libraries tell which it is.

        Raises InvalidPathError as `apply` does, of the likeliest.
        """
        yield (mapped := self.apply(reported))
        if mapped.row and (target := mapped.row.target.share):
            row = replace(mapped.row, target=target)
            with suppress(InvalidPathError):
                yield Mapped(reported, _map(reported, row), row)
        if reported.share:
            with suppress(InvalidPathError):
                yield from self.readings(reported.share)

    def apply(self, reported: CleanPath) -> Mapped:
        """Map a reported path. One that no row fits, or that is already as Plex sees it, stays as it is.

        "Already" means that a row's target is above it, and nearer than any row's source: with a row from `/data` to
        `/data/media`, `/data/media/x` is Plex's own spelling. Raises InvalidPathError for a path that would leave the
        row's target.
        """
        if not self._by_source:
            return Mapped(reported, reported)
        for prefix in prefixes(reported, self._longest):
            if prefix in self._by_source:
                row = self._by_source[prefix]
                return Mapped(reported, _map(reported, row), row)
            if prefix in self._by_target:
                break
        return Mapped(reported, reported)

    def local_paths(self, mapped: Mapped) -> tuple[CleanPath, ...]:
        """Where Home Assistant may see the file, best guess first.

        A `local` column decides alone, that of the row that fitted before all. Without one Home Assistant may have the
        same mount as Plex or as the sender.
        """
        if row := self._local_row(mapped):
            assert row.local  # noqa: S101 - told by _local_row
            return (mapped.path.moved(row.target, row.local),)
        return tuple(dict.fromkeys((mapped.path, mapped.reported)))

    def has_local_column(self, mapped: Mapped) -> bool:
        """Whether a row says where Home Assistant sees the file; else its places are guesses."""
        return self._local_row(mapped) is not None

    def _local_row(self, mapped: Mapped) -> PathMapping | None:
        above = (self._by_target.get(prefix) for prefix in prefixes(mapped.path, self._longest))
        return next((row for row in (mapped.row, *above) if row and row.local), None)


def _map(reported: CleanPath, row: PathMapping) -> CleanPath:
    path = reported.moved(row.source, row.target)
    if reported.flavour is row.target.flavour:
        return path
    # A POSIX name may hold what Windows reads as separators: `..\\..\\x`.
    path = clean(path.text)
    if not path.is_below(row.target):
        raise InvalidPathError(reported.text, PathProblem.ESCAPES)
    return path
