"""Look-ups of what Plex lists for a path. Files of one folder that are looked up at the same time share a request."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ..concurrency import wait_shielded
from ..media.listed_files import file_key, is_at, is_below, is_beside, item_types
from ..media.sidecars import candidate_stems
from ..media.up_to_date import not_trashed
from ..models import Library, MediaFile
from ..paths.clean_path import CleanPath
from ..plex.client import PlexClient
from ..plex.errors import PlexError
from ..plex.server_availability import ServerAvailability
from ..plex.xml import Page
from .index import Match
from .lookup_query import DISTINCT, full_terms, path_below_location, selective_terms

_NAME_LIMIT: Final = 20  # items for a file name; if there are more, the name is common
_FOLDER_LIMIT: Final = 300  # items for a folder
_PROBE_LIMIT: Final = 5  # items, to find out whether Plex lists anything in a folder
_TRASH_LIMIT: Final = 2000  # items for a removed folder, most of which are in the trash
_SAMPLE: Final = 2  # items at the beginning of a location
_SPREAD: Final = 100  # items of each further page, if those are not in the location
_SPREAD_PAGES: Final = 20  # further pages at most, evenly distributed

# The files at a path, the error of its look-up, or None if too many items match.
type _Result = tuple[MediaFile, ...] | PlexError | None


@dataclass(eq=False, slots=True)
class _Batch:
    """Paths of one folder that wait for the same response."""

    library: Library
    location: CleanPath
    folder: CleanPath
    result: asyncio.Future[dict[str, _Result]]
    paths: dict[str, CleanPath] = field(default_factory=dict)


class Lookups:
    """Looks up what Plex lists for a path.

    Plex can only filter files by a text that their paths contain, so the responses are compared with the path again. A
    tier is a tuple of such texts (terms): one text in all spellings that the server may use. Tiers are tried from short
    to long, until one matches at most as many items as the limit allows.
    """

    def __init__(self, client: PlexClient, availability: ServerAvailability) -> None:
        """Store the dependencies."""
        self._client = client
        self._availability = availability
        self._lock = asyncio.Lock()
        self._waiting: dict[tuple[int, str], _Batch] = {}
        self._probes: dict[tuple[int, str], asyncio.Future[bool]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def files_at(self, match: Match) -> tuple[MediaFile, ...] | None:
        """Return the files that Plex lists at exactly this path, including the trash. Raises PlexError.

        None if too many items match.
        """
        folder = match.path.parent or match.location
        key = (match.library.id, folder.key)
        batch = self._waiting.get(key)
        if batch is None:
            batch = _Batch(match.library, match.location, folder, asyncio.get_running_loop().create_future())
            self._waiting[key] = batch
            task = asyncio.create_task(self._answer_batch(key, batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        batch.paths[match.path.key] = match.path
        found = (await wait_shielded(batch.result))[match.path.key]
        if isinstance(found, PlexError):
            raise found
        return found

    async def files_below(self, match: Match) -> tuple[MediaFile, ...] | None:
        """Return the files that Plex lists in and below a folder; None if there are too many. Raises PlexError."""
        return await self._find_below(match, _FOLDER_LIMIT)

    async def remaining_below(self, match: Match) -> tuple[MediaFile, ...] | None:
        """Return what is listed below a removed folder: all of it, or a few files that are not in the trash.

        None if there are too many. Raises PlexError.
        """
        if match.path.key == match.location.key:
            return None
        text = path_below_location(match.path, match.location)
        few = await self._find_with_terms(match.library, selective_terms(text), _PROBE_LIMIT, is_below(match.path))
        found = tuple(filter(is_below(match.path), few.files))
        if not_trashed(found):
            return found  # this is enough to know that Plex has not removed the folder
        if few.total <= _PROBE_LIMIT:
            return found  # this is all of it
        return await self._find_below(match, _TRASH_LIMIT)

    async def sample_of(self, library: Library, location: CleanPath, *, first: int = _SAMPLE) -> tuple[MediaFile, ...]:
        """Return a few files that Plex lists in a location: the `first` ones, one in the middle, the last one.

        None is from the trash. If all of these are in the trash or in a location with a similar name, others are read.
        Raises PlexError.
        """
        # All files of a library with a single location are in it, and the separator matches them all.
        separator = path_below_location(location, location)
        several = len(library.locations) > 1
        (term, *_) = full_terms(location.text.rstrip(separator) + separator if several else separator)
        found: list[MediaFile] = []
        for item_type in item_types(library):
            found += await self._sample(library, location, term, first, item_type)
        return tuple(found)

    async def _sample(
        self, library: Library, location: CleanPath, term: str, first: int, item_type: int
    ) -> list[MediaFile]:
        def usable(page: Page) -> list[MediaFile]:
            return list(filter(is_below(location), not_trashed(page.files)))

        page = await self._page(library, term, first, item_type)
        found = usable(page)
        if page.total > first:
            for start in (page.total // 2, page.total - 1):
                found += usable(await self._page(library, term, 1, item_type, start=start))
            for start in range(first, page.total, max(page.total // _SPREAD_PAGES, _SPREAD)):
                if found:
                    break
                found = usable(await self._page(library, term, _SPREAD, item_type, start=start))
        return found

    async def files_named_like(self, match: Match, folder: CleanPath) -> tuple[MediaFile, ...]:
        """Return the files in a folder that a sidecar file may be named after. Raises PlexError.

        The match is that of the sidecar file.
        """
        is_wanted = is_beside(folder)
        for stem in candidate_stems(match.path):
            text = f"{path_below_location(folder, match.location)}{stem}."
            found = await self._find(match.library, (selective_terms(text), full_terms(text)), _NAME_LIMIT, is_wanted)
            if near := tuple(filter(is_wanted, found or ())):
                return near
        return ()

    async def lists_files_in(self, match: Match, folder: CleanPath) -> bool:
        """Return whether Plex lists a file in or below this folder. Raises PlexError."""
        key = (match.library.id, folder.key)
        if key not in self._probes:
            self._probes[key] = asyncio.ensure_future(self._lists_files_in(match, folder))
            self._probes[key].add_done_callback(lambda _: self._probes.pop(key))
        return await wait_shielded(self._probes[key])

    async def _lists_files_in(self, match: Match, folder: CleanPath) -> bool:
        text = path_below_location(folder, match.location)
        for tier, limit in ((selective_terms(text), _PROBE_LIMIT), (full_terms(text), _FOLDER_LIMIT)):
            page = await self._find_with_terms(match.library, tier, limit, is_below(folder))
            if any(map(is_below(folder), page.files)):
                return True
            if page.total <= limit:
                break
        return False

    async def close(self) -> None:
        """Cancel all look-ups."""
        tasks: list[asyncio.Future[Any]] = [*self._tasks, *self._probes.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer_batch(self, key: tuple[int, str], batch: _Batch) -> None:
        try:
            # One request at a time: look-ups that arrive during it share the next one.
            async with self._lock:
                del self._waiting[key]
                batch.result.set_result(await self._find_all(batch))
        except asyncio.CancelledError:
            self._waiting.pop(key, None)
            batch.result.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - raised for all waiters
            batch.result.set_exception(error)
            batch.result.exception()  # marked as retrieved: there may be no waiter left

    async def _find_all(self, batch: _Batch) -> dict[str, _Result]:
        if len(batch.paths) > 1 and (listed := await self._find_in_folder(batch)) is not None:
            by_key: dict[str, list[MediaFile]] = {}
            for file in listed:
                by_key.setdefault(file_key(file), []).append(file)
            return {key: tuple(by_key.get(key, ())) for key in batch.paths}
        return {key: await self._find_by_name_or_error(batch, path) for key, path in batch.paths.items()}

    async def _find_by_name_or_error(self, batch: _Batch, path: CleanPath) -> _Result:
        try:
            found = await self._find_by_name(batch, path)
        except PlexError as error:
            return error  # it concerns this file only
        return None if found is None else tuple(filter(is_at(path), found))

    async def _find_in_folder(self, batch: _Batch) -> tuple[MediaFile, ...] | None:
        """Return all files of a folder with one request; None if there are too many, or for the location itself."""
        if batch.folder.key == batch.location.key:
            return None
        text, types = path_below_location(batch.folder, batch.location), set[int]()
        for path in batch.paths.values():
            types |= set(item_types(batch.library, path))
        return await self._find(
            batch.library,
            (selective_terms(text), full_terms(text)),
            _FOLDER_LIMIT,
            is_below(batch.folder),
            sorted(types),
        )

    async def _find_by_name(self, batch: _Batch, path: CleanPath) -> tuple[MediaFile, ...] | None:
        """Look up one file by its name and, if too many items match, by more of its path."""
        below = path_below_location(path.parent or batch.location, batch.location) + path.name
        names = (below,) if len(path.name) < DISTINCT else (path.name, below)
        tiers = [tier for name in names for tier in (selective_terms(name), full_terms(name))]
        if "," not in path.text:  # of a path with a comma, a term is only a part, which the tiers before contain
            tiers.append(full_terms(path.text))
        # No tier is more selective than the last one, so it may match more items.
        *narrow, last = dict.fromkeys(tiers)
        types = item_types(batch.library, path)
        found = await self._find(batch.library, narrow, _NAME_LIMIT, is_at(path), types)
        if found is None:
            found = await self._find(batch.library, (last,), _FOLDER_LIMIT, is_at(path), types)
        return found

    async def _find_below(self, match: Match, limit: int) -> tuple[MediaFile, ...] | None:
        if match.path.key == match.location.key:
            return None
        text, is_wanted = path_below_location(match.path, match.location), is_below(match.path)
        found = await self._find(match.library, (selective_terms(text), full_terms(text)), limit, is_wanted)
        return None if found is None else tuple(filter(is_wanted, found))

    async def _find(
        self,
        library: Library,
        tiers: Sequence[tuple[str, ...]],
        limit: int,
        is_wanted: Callable[[MediaFile], bool],
        types: Sequence[int] = (),
    ) -> tuple[MediaFile, ...] | None:
        """Return the files that the first tier with at most `limit` items finds; None if all tiers find more."""
        for tier in dict.fromkeys(tiers):
            page = await self._find_with_terms(library, tier, limit, is_wanted, types)
            if page.total <= limit:
                return page.files
        return None

    async def _find_with_terms(
        self,
        library: Library,
        tier: tuple[str, ...],
        limit: int,
        is_wanted: Callable[[MediaFile], bool],
        types: Sequence[int] = (),
    ) -> Page:
        """Try the spellings of a tier in order, for each type of item; stop at the first that finds a wanted file.

        Return all files found, and the largest number of items that a spelling matches.
        """
        found: dict[tuple[int, str], MediaFile] = {}
        most = 0
        for item_type in types or item_types(library):
            for term in tier:
                page = await self._page(library, term, limit, item_type)
                most = max(most, page.total)
                found |= {(file.rating_key, file.file): file for file in page.files}
                if any(map(is_wanted, page.files)):
                    break
        return Page(tuple(found.values()), most)

    async def _page(self, library: Library, term: str, limit: int, item_type: int, *, start: int = 0) -> Page:
        return await self._availability.call(lambda: self._client.find(library, term, limit, item_type, start=start))
