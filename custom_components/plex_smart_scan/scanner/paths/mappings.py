"""Path mappings: from reported paths to Plex's, and to where Home Assistant sees the files."""

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
        """Create a row from texts. Raises InvalidPathError."""
        return cls(clean(source), clean(target), clean(local) if local else None)


@dataclass(frozen=True, slots=True)
class Mapped:
    """A reported path, the row that matches it (if any), and the mapped path."""

    reported: CleanPath
    path: CleanPath
    row: PathMapping | None = None


class Mappings:
    """All rows; the row with the longest matching prefix of whole components applies."""

    def __init__(self, rows: Iterable[PathMapping] = ()) -> None:
        """Index the rows. For the same source the first row wins, for the same target one with `local`."""
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
        """Yield every mapping of a reported path, the most likely first: only the libraries show which one is meant.

        Raises InvalidPathError as `apply` does, for the most likely.
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
        """Map a reported path. It stays unchanged if no row matches, or if it is a path of Plex already.

        It is one if a row's target is above it, and nearer than any row's source: with a row from `/data` to
        `/data/media`, `/data/media/x` is Plex's own path. Raises InvalidPathError for a path that would leave the row's
        target.
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
        """Return where Home Assistant may see the file, most likely first.

        If a row has a `local` path, only that path is returned; the matching row comes first. Without one, Home
        Assistant may have the same mounts as Plex or as the sender.
        """
        if row := self._local_row(mapped):
            assert row.local  # noqa: S101 - guaranteed by _local_row
            return (mapped.path.moved(row.target, row.local),)
        return tuple(dict.fromkeys((mapped.path, mapped.reported)))

    def has_local_column(self, mapped: Mapped) -> bool:
        """Return whether a row says where Home Assistant sees the file; otherwise its places are guesses."""
        return self._local_row(mapped) is not None

    def _local_row(self, mapped: Mapped) -> PathMapping | None:
        above = (self._by_target.get(prefix) for prefix in prefixes(mapped.path, self._longest))
        return next((row for row in (mapped.row, *above) if row and row.local), None)


def _map(reported: CleanPath, row: PathMapping) -> CleanPath:
    path = reported.moved(row.source, row.target)
    if reported.flavour is row.target.flavour:
        return path
    # A POSIX name can contain Windows separators, such as `..\\..\\x`.
    path = clean(path.text)
    if not path.is_below(row.target):
        raise InvalidPathError(reported.text, PathProblem.ESCAPES)
    return path
