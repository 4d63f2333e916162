"""Repair issues for paths in no library, with a suggested path mapping if one is found."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from itertools import batched, islice
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.issue_registry import IssueEntry

from ..actions.servers import Placement, async_suggestion, is_in_a_library
from ..const import CONF_FROM, CONF_TO, DOMAIN
from ..coordinator import PlexSmartScanConfigEntry, PlexSmartScanCoordinator
from ..scanner import CleanPath, PathMapping, clean_or_none
from .issue_registry import NO_LIBRARY, NO_LIBRARY_SUGGESTION, issue_id, issues_of_kind, path_of, raise_issue

MOST_UNMATCHED: Final = 5  # issues per server
MOST_SEARCHES: Final = 5  # searches per folder between two calls of `async_search_again`
_MOST_NOTED: Final = 250  # folders per call, far more than issues
_BATCH: Final = 250  # paths per batch, so that the event loop stays responsive


async def async_report_unmatched(
    coordinators: Sequence[PlexSmartScanCoordinator], placements: Sequence[Placement]
) -> None:
    """Pass the paths that are in no library to the first server, one path for each top-level folder."""
    paths: dict[str | None, str] = {}
    for some in batched(placements, _BATCH, strict=False):
        for placement in some:
            if placement.refusal and not placement.request.libraries:
                paths.setdefault(_folder(placement.request.path), placement.request.path)
        await asyncio.sleep(0)
    coordinators[0].unmatched.async_notify(tuple(islice(paths.values(), _MOST_NOTED)), len(coordinators) == 1)


class UnmatchedPaths:
    """Raises an issue for each top-level folder with unmatched paths, up to a limit.

    A path is unmatched if no server has a library for it. If it was sent to this server only, only this server counts.
    The issue belongs to the server for which a mapping was found, otherwise to this one.
    """

    def __init__(self, hass: HomeAssistant, coordinator: PlexSmartScanCoordinator) -> None:
        """Store the coordinator."""
        self._hass = hass
        self._coordinator = coordinator
        self._searching: set[str] = set()  # folders
        self._searches: Counter[str] = Counter()

    @callback
    def async_note(self, paths: Sequence[str], alone: bool = False) -> None:  # noqa: FBT001, FBT002 - a listener
        """Handle paths in no library. With `alone`, they were sent to this server only."""
        own_issues = [issue for issue in _issues(self._hass) if self._is_for_us(issue)]
        mended = {_folder_of(issue) for issue in own_issues if issue.is_fixable}
        folders = {_folder_of(issue) for issue in own_issues} | self._searching
        for path in paths:
            folder = _folder(path)
            if folder is None or folder in mended or (folder not in folders and len(folders) >= MOST_UNMATCHED):
                continue
            folders.add(folder)
            self._search(folder, path, alone=alone)

    @callback
    def _search(self, folder: str, path: str, *, alone: bool) -> None:
        """Search for a mapping unless a search is running or the limit is reached."""
        if folder in self._searching or self._searches[folder] >= MOST_SEARCHES:
            return
        self._searching.add(folder)
        self._searches[folder] += 1
        self._coordinator.config_entry.async_create_background_task(
            self._hass, self._async_search(folder, path, alone=alone), f"{self._coordinator.name} looks for a mapping"
        )

    async def _async_search(self, folder: str, path: str, *, alone: bool) -> None:
        """Search for a mapping on all relevant servers and raise the issue."""
        servers = [self._coordinator] if alone else self._relevant_servers()
        try:
            found = await _first_suggestion(servers, path)
        finally:
            self._searching.discard(folder)
        if any(is_in_a_library(each, path) for each in servers):
            return
        before = [each for each in _issues(self._hass) if self._is_for_us(each) and _folder_of(each) == folder]
        if before and found is None:
            return
        coordinator, row = found or (self._coordinator, None)
        key = f"{NO_LIBRARY}_{folder}"
        for issue in before:
            if issue.issue_id != issue_id(coordinator.config_entry, key):
                ir.async_delete_issue(self._hass, DOMAIN, issue.issue_id)
        only = self._coordinator.config_entry.entry_id if alone and len(self._relevant_servers()) > 1 else None
        _raise(self._hass, coordinator.config_entry, key, path, row, only)

    @callback
    def async_search_again(self) -> None:
        """Allow new searches for mappings."""
        self._searches.clear()

    @callback
    def async_update(self) -> None:
        """Delete the issues of paths that are in a library now."""
        for issue in _issues(self._hass):
            if self._is_for_us(issue) and is_in_a_library(self._coordinator, path_of(issue)):
                ir.async_delete_issue(self._hass, DOMAIN, issue.issue_id)

    def _relevant_servers(self) -> list[PlexSmartScanCoordinator]:
        entries: list[PlexSmartScanConfigEntry] = self._hass.config_entries.async_loaded_entries(DOMAIN)
        return [self._coordinator, *(each.runtime_data for each in entries if each.runtime_data != self._coordinator)]

    def _is_for_us(self, issue: IssueEntry) -> bool:
        return (issue.data or {}).get("only") in {None, self._coordinator.config_entry.entry_id}


async def _first_suggestion(
    servers: list[PlexSmartScanCoordinator], path: str
) -> tuple[PlexSmartScanCoordinator, PathMapping] | None:
    for coordinator in servers:
        if row := await async_suggestion(coordinator, path):
            return coordinator, row
    return None


@callback
def _raise(
    hass: HomeAssistant,
    entry: PlexSmartScanConfigEntry,
    key: str,
    path: str,
    row: PathMapping | None,
    only: str | None,
) -> None:
    placeholders = {"path": path}
    if row is None:
        raise_issue(hass, entry, key, NO_LIBRARY, placeholders, {"path": path, "only": only})
        return
    placeholders |= {CONF_FROM: row.source.text, CONF_TO: row.target.text}
    raise_issue(hass, entry, key, NO_LIBRARY_SUGGESTION, placeholders, {**placeholders, "only": only}, fixable=True)


def _issues(hass: HomeAssistant) -> list[IssueEntry]:
    return issues_of_kind(hass, NO_LIBRARY, NO_LIBRARY_SUGGESTION)


def _folder_of(issue: IssueEntry) -> str | None:
    return _folder(path_of(issue))


def _folder(path: str) -> str | None:
    """Return the comparison key of the top-level folder of a path, or None for an invalid path."""
    cleaned_path = clean_or_none(path)
    return _top_folder(cleaned_path).key if cleaned_path else None


def _top_folder(path: CleanPath) -> CleanPath:
    """Return the folder below the root, which most mappings concern."""
    while path.parent and path.parent.parent:
        path = path.parent
    return path
