"""The mapping that real files prove: files with the same name and size that a downloader and Plex both list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ..models import Library
from ..paths.clean_path import CleanPath, InvalidPathError, clean, clean_or_none, name_key
from ..paths.mappings import Mappings, PathMapping
from ..plex.client import PlexClient
from .lookup_query import full_terms, selective_terms

_NAME_LIMIT: Final = 50  # items for a file's name: more means that the name is common


@dataclass(frozen=True, slots=True)
class SizedFile:
    """A file as a downloader lists it. `size` is in bytes."""

    path: CleanPath
    size: int


@dataclass(frozen=True, slots=True)
class ProvenMapping:
    """A mapping, and the files that prove it."""

    row: PathMapping
    files: tuple[CleanPath, ...]


type Pairs = Sequence[tuple[SizedFile, tuple[CleanPath, ...]]]


async def find_same_files(client: PlexClient, libraries: Iterable[Library], files: Iterable[SizedFile]) -> Pairs:
    """Return the files that Plex lists with the same name and size, with their paths in Plex. Raises PlexError."""
    libraries = tuple(libraries)
    found = []
    for file in files:
        same: dict[str, CleanPath] = {}
        for library in libraries:
            same |= {path.key: path for path in await _same(client, library, file)}
        if same:
            found.append((file, tuple(same.values())))
    return found


async def _same(client: PlexClient, library: Library, file: SizedFile) -> list[CleanPath]:
    for term in dict.fromkeys((*selective_terms(file.path.name), *full_terms(file.path.name))):
        page = await client.find(library, term, _NAME_LIMIT)
        listed = [(clean_or_none(each.file), each.size) for each in page.files]
        if same := [path for path, size in listed if path and size == file.size and _same_name(path, file.path)]:
            return same
    return []


def _same_name(one: CleanPath, other: CleanPath) -> bool:
    return name_key(one.name, one.flavour) == name_key(other.name, one.flavour)


def infer_mapping(root: CleanPath, pairs: Pairs) -> ProvenMapping | None:
    """Return the mapping that all files below a root folder agree on; None if they show several or none."""
    rows: dict[tuple[str, str], PathMapping] | None = None
    for file, places in pairs:
        shown = {(row.source.key, row.target.key): row for row in (_row(root, file.path, each) for each in places)}
        rows = shown if rows is None else {key: row for key, row in rows.items() if key in shown}
    if rows is None or len(rows) != 1:
        return None
    return prove_mapping(next(iter(rows.values())), pairs)


def prove_mapping(row: PathMapping, pairs: Pairs) -> ProvenMapping | None:
    """Return a mapping with the files that prove it; None if a file contradicts it, or none proves it."""
    files: list[CleanPath] = []
    for file, places in pairs:
        try:
            mapped = Mappings([row]).apply(file.path)
        except InvalidPathError:
            return None
        if mapped.row is None:
            continue
        if mapped.path.key not in {place.key for place in places}:
            return None
        files.append(file.path)
    return ProvenMapping(row, tuple(files)) if files else None


def _row(root: CleanPath, reported: CleanPath, listed: CleanPath) -> PathMapping:
    """Strip the common end of both paths, but not above the root folder: there nothing is proven."""
    source, target = reported, listed
    while source.key != root.key and (above := source.parent) and (beyond := target.parent):
        if not _same_name(target, source):
            break
        source, target = above, beyond
    return PathMapping(source, target)


def sized_file(path: object, size: object) -> SizedFile | None:
    """Return a file with a valid path and a size; None for anything else."""
    if not isinstance(path, str) or not isinstance(size, int) or size <= 0:
        return None
    try:
        return SizedFile(clean(path), size)
    except InvalidPathError:
        return None
