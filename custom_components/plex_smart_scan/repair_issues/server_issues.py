"""Repair issues of a server, raised and cleared automatically."""

from datetime import datetime, timedelta
from typing import Final

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.issue_registry import IssueEntry, IssueSeverity

from ..const import DOMAIN
from ..coordinator import PlexSmartScanCoordinator
from ..flows.check_connection import is_reauth_open
from ..scanner import ConnectionState, LibraryIndex, Outcome, PlexError, Reason, ScanResult, clean
from .issue_registry import (
    NO_PERMISSION,
    NOT_VISIBLE,
    delete_issue,
    delete_issues,
    is_about,
    issues_of_kind,
    path_of,
    raise_issue,
)
from .missing_mounts import MissingMountIssues
from .outages import async_forget_outage, outage_of
from .unmatched_paths import UnmatchedPaths

CHECK_INTERVAL: Final = timedelta(minutes=15)


@callback
def async_follow_entries(hass: HomeAssistant) -> None:
    """Track servers that are not set up: start outages, and delete the issues of disabled servers."""

    @callback
    def on_change(change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain != DOMAIN:
            return
        if change is ConfigEntryChange.REMOVED or entry.disabled_by:
            async_forget_outage(hass, entry)
            delete_issues(hass, entry)
        elif entry.state is ConfigEntryState.SETUP_RETRY and not is_reauth_open(hass, entry):
            outage_of(hass, entry).async_begin()
        elif entry.state in {ConfigEntryState.SETUP_RETRY, ConfigEntryState.SETUP_ERROR}:
            outage_of(hass, entry).async_end()  # the server is reachable but rejects the token

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, on_change)


class ServerIssues:
    """Raises and clears the issues of one server."""

    def __init__(self, hass: HomeAssistant, coordinator: PlexSmartScanCoordinator) -> None:
        """Store the coordinator."""
        self._hass = hass
        self._coordinator = coordinator
        self._entry = coordinator.config_entry
        self._outage = outage_of(hass, coordinator.config_entry)
        self._unmatched = UnmatchedPaths(hass, coordinator)
        self._mounts = MissingMountIssues(hass, coordinator)

    @callback
    def async_start(self) -> None:
        """Track the server until its entry is unloaded."""
        on_unload, coordinator = self._entry.async_on_unload, self._coordinator
        on_unload(coordinator.results.async_add(self._on_result))
        on_unload(coordinator.unmatched.async_add(self._unmatched.async_note))
        on_unload(coordinator.async_add_listener(self._on_update))
        on_unload(coordinator.mounts.async_add(self._mounts.async_update))
        on_unload(self._mounts.async_stop)
        on_unload(async_track_time_interval(self._hass, self._on_interval, CHECK_INTERVAL))
        self._on_update()
        self._mounts.async_update()
        self._on_interval()

    # -- raising ------------------------------------------------------------------------------------------------------

    @callback
    def _on_result(self, result: ScanResult) -> None:
        if result.reason is Reason.NO_LIBRARY and not result.request.libraries:
            self._unmatched.async_note([result.request.path])
        elif result.reason is Reason.PERMISSION:
            raise_issue(self._hass, self._entry, NO_PERMISSION, NO_PERMISSION, severity=IssueSeverity.ERROR)
        elif result.reason is Reason.NOT_VISIBLE_TO_PLEX and result.server_path:
            library = result.libraries[0].library
            placeholders = {"path": result.server_path, "library": library.title}
            data = {"path": result.server_path, "library": library.id}
            raise_issue(self._hass, self._entry, _not_visible(library.id), NOT_VISIBLE, placeholders, data)
        if result.attempts and result.outcome is not Outcome.FAILED:
            delete_issue(self._hass, self._entry, NO_PERMISSION)
        if result.outcome.is_proven:
            self._clear_visible(result)

    # -- clearing -----------------------------------------------------------------------------------------------------

    @callback
    def _on_update(self) -> None:
        """Track the availability and the libraries of the server."""
        if self._coordinator.engine.availability.state is ConnectionState.OFFLINE:
            self._outage.async_begin()
        else:
            self._outage.async_end()
        self._unmatched.async_update()
        index = LibraryIndex(self._coordinator.engine.registry.libraries)
        for issue in self._issues(NOT_VISIBLE):
            libraries = {match.library.id for match in index.match(clean(path_of(issue)))}
            if (issue.data or {})["library"] not in libraries:
                ir.async_delete_issue(self._hass, DOMAIN, issue.issue_id)

    @callback
    def _clear_visible(self, result: ScanResult) -> None:
        """Delete the issue of the library if Plex now has a file in the same folder."""
        libraries = {each.library.id for each in result.libraries}
        for issue in self._issues(NOT_VISIBLE):
            is_beside = result.server_path and _folder(path_of(issue)) == _folder(result.server_path)
            if is_beside and (issue.data or {})["library"] in libraries:
                ir.async_delete_issue(self._hass, DOMAIN, issue.issue_id)

    @callback
    def _on_interval(self, _now: datetime | None = None) -> None:
        """Check the issues again. Nothing is queried while there are no issues."""
        self._unmatched.async_search_again()
        asked = self._issues(NO_PERMISSION, NOT_VISIBLE)
        if asked and self._coordinator.connected:
            self._entry.async_create_background_task(
                self._hass, self._ask_again(asked), f"{self._coordinator.name} looks at its issues"
            )

    async def _ask_again(self, issues: list[IssueEntry]) -> None:
        client = self._coordinator.engine.client
        for issue in issues:
            try:
                if issue.translation_key == NO_PERMISSION:
                    await client.check_rights()
                elif not await self._coordinator.engine.visibility.sees(clean(path_of(issue))):
                    continue
            except PlexError:
                continue
            ir.async_delete_issue(self._hass, DOMAIN, issue.issue_id)

    def _issues(self, *translation_keys: str) -> list[IssueEntry]:
        return [issue for issue in issues_of_kind(self._hass, *translation_keys) if is_about(issue, self._entry)]


def _not_visible(library: int) -> str:
    return f"{NOT_VISIBLE}_{library}"


def _folder(text: str) -> str | None:
    parent = clean(text).parent
    return parent.key if parent else None
