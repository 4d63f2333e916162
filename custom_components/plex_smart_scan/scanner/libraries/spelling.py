"""The server's own spelling of folders.

Plex compares bytes: a scan of a folder in another Unicode form has no effect. Senders use the form of their own disk:
macOS, and what it writes over SMB, decomposes letters.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

from ..concurrency import wait_shielded
from ..models import Library, MediaFile
from ..paths.clean_path import CleanPath, Flavour, clean_or_none, has_one_form, name_key
from ..plex.client import PlexClient
from ..plex.errors import PlexError
from ..plex.server_availability import ServerAvailability
from ..plex.xml import Entry, Page
from .index import Match
from .lookup_query import path_below_location, selective_terms

_ENOUGH: Final = 5  # items, to see the spelling of their folder

type Browse = Callable[[str], Awaitable[tuple[Entry, ...] | None]]


def find_entry(entries: Iterable[Entry] | None, name: str, flavour: Flavour) -> Entry | None:
    """Return the entry of a name, in any Unicode form and, on Windows, any case; the exact name first."""
    key = name_key(name, flavour)
    same = [entry for entry in entries or () if name_key(entry.name, flavour) == key]
    return next((entry for entry in same if entry.name == name), same[0] if same else None)


async def visible_names(
    browse: Browse, folder: CleanPath, names: Sequence[str], *, case: bool = False
) -> tuple[str, ...]:
    """Return the server's own names from a folder downwards, as far as it sees them. Raises PlexError.

    Only names that can be spelled in two ways are looked up; with `case` that is every name.
    """
    seen: list[str] = []
    for name in names:
        if has_one_form(name) and not case:
            seen.append(name)
            continue
        entry = find_entry(await browse(folder.join(*seen).text), name, folder.flavour)
        if entry is None:
            break
        seen.append(entry.name)
    return tuple(seen)


def listed_names(folder: CleanPath, location: CleanPath, files: Iterable[MediaFile]) -> tuple[str, ...]:
    """Return the server's own names from the location down to a folder, as far as listed files show them."""
    names = folder.parts_below(location)
    best: tuple[str, ...] = ()
    for file in files:
        path = clean_or_none(file.file)
        if path and path.is_below(location):
            same = _common_beginning(path.parts_below(location), names, folder.flavour)
            best = max(best, same, key=lambda found: (len(found), found == names[: len(found)]))
    return best


def _common_beginning(listed: Sequence[str], wanted: Sequence[str], flavour: Flavour) -> tuple[str, ...]:
    """Return the beginning that two paths have in common, in the server's spelling."""
    count = 0
    for one, other in zip(listed, wanted, strict=False):
        if name_key(one, flavour) != name_key(other, flavour):
            break
        count += 1
    return tuple(listed[:count])


class Spelling:
    """Finds the server's own spelling of folders; simultaneous callers for the same folder share the result."""

    def __init__(self, client: PlexClient, availability: ServerAvailability) -> None:
        """Store the client."""
        self._client = client
        self._availability = availability
        self._finding: dict[tuple[int, str], asyncio.Task[tuple[str, ...]]] = {}

    async def of(self, match: Match, folder: CleanPath, listed: Iterable[MediaFile] = ()) -> CleanPath:
        """Return a folder of the match's library as the server spells it, as far as that can be found out.

        Nothing is requested if it can be spelled in one way only, or if `listed`, files that Plex lists, show it.
        """
        names = folder.parts_below(match.location)
        known = listed_names(folder, match.location, listed)
        if not _is_plain(names[len(known) :]):
            key = (match.library.id, folder.key)
            if key not in self._finding:
                self._finding[key] = asyncio.create_task(self._find(match, folder))
                self._finding[key].add_done_callback(lambda _: self._finding.pop(key))
            known = max(known, await wait_shielded(self._finding[key]), key=len)
        return match.location.join(*known, *names[len(known) :])

    async def seen(self, match: Match) -> CleanPath | None:
        """Return the match's path in the server's own case; None if the server does not see it. Raises PlexError."""
        names = match.path.parts_below(match.location)
        seen = await visible_names(self._browse, match.location, names, case=True)
        return match.location.join(*seen) if len(seen) == len(names) else None

    async def close(self) -> None:
        """Cancel running requests."""
        tasks = tuple(self._finding.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _find(self, match: Match, folder: CleanPath) -> tuple[str, ...]:
        """Look up what Plex lists below the folder, or below those above it, and else what it sees on its disk."""
        location = match.location
        names = folder.parts_below(location)
        known: tuple[str, ...] = ()
        try:
            for depth in range(len(names), 0, -1):
                if depth == len(names) or not has_one_form(names[depth - 1]):
                    above = location.join(*names[:depth])
                    known = max(known, listed_names(above, location, await self._some_below(match, above)), key=len)
                if _is_plain(names[len(known) : depth]):
                    break
            known += await visible_names(self._browse, location.join(*known), names[len(known) :])
        except PlexError:
            return known  # scanning the reported spelling is better than nothing
        return known

    async def _some_below(self, match: Match, folder: CleanPath) -> list[MediaFile]:
        tier = selective_terms(path_below_location(folder, match.location))
        pages = [await self._page(match.library, term) for term in tier]
        return [file for page in pages for file in page.files]

    async def _page(self, library: Library, term: str) -> Page:
        return await self._availability.call(lambda: self._client.find(library, term, _ENOUGH))

    async def _browse(self, folder: str) -> tuple[Entry, ...] | None:
        return await self._availability.call(lambda: self._client.browse(folder))


def _is_plain(names: Iterable[str]) -> bool:
    """Return whether names can be spelled in one way only."""
    return all(map(has_one_form, names))
