"""Suggests path mappings for a downloader, either confirmed by files that Plex has too, or marked as guesses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
import logging
from typing import Final

from ..scanner import (
    CleanPath,
    InvalidPathError,
    Library,
    LibraryIndex,
    Pairs,
    PathMapping,
    PlexError,
    ProvenMapping,
    ScanEngine,
    SizedFile,
    clean_or_none,
    find_same_files,
    infer_mapping,
    prove_mapping,
    sized_file,
)
from .client import ArrClient, Resource
from .programs import ArrProgram
from .webhook_connection import field_of, plex_connections

_LOGGER: Final = logging.getLogger(__name__)
_HISTORY: Final = 250  # imports to select files from
_FILES: Final = 5  # files to look up in Plex for each root folder
_TITLES: Final = 5  # titles whose files are listed if the history has none


@dataclass(frozen=True, slots=True)
class Proposal:
    """A suggested mapping. Without `files`, it is a guess."""

    row: PathMapping
    files: tuple[CleanPath, ...] = ()

    @property
    def text(self) -> str:
        """Return the mapping as text."""
        return f"{self.row.source.text} → {self.row.target.text}"


@dataclass(frozen=True, slots=True)
class MappingReview:
    """The suggestions for the root folders. `unmatched` folders are in no library."""

    proposals: tuple[Proposal, ...] = ()
    unmatched: tuple[str, ...] = ()


class MappingReviewer:
    """Reviews the root folders of one program. Queries raise ArrError and PlexError."""

    def __init__(self, engine: ScanEngine, client: ArrClient, program: ArrProgram) -> None:
        """Store the engine and the client."""
        self._engine = engine
        self._client = client
        self._program = program

    async def review(self, connections: Iterable[Resource]) -> MappingReview:
        """Return a mapping for each root folder that needs one. `connections` are the program's own."""
        libraries = [each for each in self._engine.registry.libraries if each.type is self._program.library_type]
        rows = list(_own_rows(connections))
        proposals: dict[tuple[str, str], Proposal] = {}
        unmatched: list[str] = []
        for root in filter(None, map(clean_or_none, await self._client.root_folders())):
            if self._is_covered(root, libraries):
                continue
            proposal = await self._proposal(root, libraries, rows)
            if proposal is None:
                unmatched.append(root.text)
            else:
                proposals[proposal.row.source.key, proposal.row.target.key] = proposal
        return MappingReview(tuple(proposals.values()), tuple(unmatched))

    def _is_covered(self, root: CleanPath, libraries: Sequence[Library]) -> bool:
        """Return whether a matching library contains the root folder, or is below it, with the current mappings."""
        locations = LibraryIndex(libraries).locations()
        try:
            readings = [mapped.path for mapped in self._engine.mappings.readings(root)]
        except InvalidPathError:
            return False
        return any(path.is_below(location) or location.is_below(path) for path in readings for location in locations)

    async def _proposal(
        self, root: CleanPath, libraries: Sequence[Library], rows: Sequence[PathMapping]
    ) -> Proposal | None:
        own = [row for row in rows if root.is_below(row.source) or row.source.is_below(root)]
        for files in (await self._imported(root), await self._listed(root)):
            pairs = await find_same_files(self._engine.client, libraries, files)
            if shown := _first_shown(root, own, pairs):
                return Proposal(shown.row, shown.files)
        if own:
            return Proposal(own[0])
        return await self._guess(root, libraries)

    async def _imported(self, root: CleanPath) -> list[SizedFile]:
        """Return some recently imported files."""
        found: dict[str, SizedFile] = {}
        for row in await self._client.history_page(_HISTORY, event_type=3):
            data = row.get("data")
            data = data if isinstance(data, dict) else {}
            size = str(data.get("size") or "")
            file = sized_file(data.get("importedPath"), int(size) if size.isdigit() else 0)
            if file and file.path.is_below(root):
                found.setdefault(file.path.key, file)
            if len(found) == _FILES:
                break
        return list(found.values())

    async def _listed(self, root: CleanPath) -> list[SizedFile]:
        """Return some files that the program lists."""
        found: list[SizedFile] = []
        titles = [
            title
            for title in await self._client.titles(self._program)
            if (path := clean_or_none(str(title.get("path", "")))) and path.is_below(root)
        ]
        for title in titles[:_TITLES]:
            files = await self._client.files(self._program, int(title["id"]))
            found += filter(None, (sized_file(each.get("path"), each.get("size")) for each in files[:_FILES]))
            if len(found) >= _FILES:
                break
        return found[:_FILES]

    async def _guess(self, root: CleanPath, libraries: Sequence[Library]) -> Proposal | None:
        """Return the folder of the same name on the disk of Plex, else a location with this name."""
        try:
            seen = await self._engine.registry.propose_mapping(root.text)
        except PlexError:
            seen = None
        if seen is not None:
            return Proposal(seen)
        named = [
            location
            for location in LibraryIndex(libraries).locations()
            if root.name and location.name.casefold() == root.name.casefold()
        ]
        return Proposal(PathMapping(root, named[0])) if len(named) == 1 else None


def _first_shown(root: CleanPath, own: Sequence[PathMapping], pairs: Pairs) -> ProvenMapping | None:
    """Return the user's own mapping if files confirm it, else the mapping that the files show."""
    return next((shown for row in own if (shown := prove_mapping(row, pairs))), None) or infer_mapping(root, pairs)


def _own_rows(connections: Iterable[Resource]) -> Iterable[PathMapping]:
    """Return the mappings of the program's own Plex connections."""
    for connection in plex_connections(connections):
        source, target = field_of(connection, "mapFrom"), field_of(connection, "mapTo")
        if source and target:
            try:
                yield PathMapping.of(str(source), str(target))
            except InvalidPathError:
                _LOGGER.debug("A Plex connection has a mapping with an invalid path")
