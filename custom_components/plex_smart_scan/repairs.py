"""Repairs of the Plex Smart Scan integration."""

from abc import abstractmethod
from typing import Any, Final, override

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
import voluptuous as vol

from .const import CONF_FROM, CONF_PATH_MAPPINGS, CONF_TO
from .options import rows_with
from .repair_issues.issue_registry import safe_placeholders

type IssueData = dict[str, str | int | float | None]


async def async_create_fix_flow(hass: HomeAssistant, issue_id: str, data: IssueData | None) -> RepairsFlow:
    """Return the flow that fixes an issue: a missing path mapping, or an empty folder."""
    if data and "location" in data:
        return EmptyFolderFlow(data)
    return AddMappingFlow(data or {})


class ConfirmedRepairFlow(RepairsFlow):
    """Base of the flows that ask for confirmation before they fix an issue of a server."""

    def __init__(self, data: IssueData, placeholders: dict[str, str]) -> None:
        """Store the server of the issue and the placeholders of the question."""
        self._entry_id: Final = str(data["entry_id"])
        self._placeholders: Final = placeholders

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Show the confirmation step."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask for confirmation, then fix the issue."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None:
            return self.async_abort(reason="server_removed")
        if user_input is None:
            return self.async_show_form(
                step_id="confirm",
                data_schema=vol.Schema({}),
                description_placeholders=safe_placeholders({"server": entry.title, **self._placeholders}),
            )
        return await self._async_fix(entry)

    @abstractmethod
    async def _async_fix(self, entry: ConfigEntry) -> RepairsFlowResult:
        """Fix the issue of a server."""


class EmptyFolderFlow(ConfirmedRepairFlow):
    """Scans a location once although Plex sees none of the files that it lists there."""

    def __init__(self, data: IssueData) -> None:
        """Store the library and its location."""
        self._library = int(data["library"] or 0)
        self._location = str(data["location"])
        super().__init__(data, {"library": str(data["library_title"]), "location": self._location})

    @override
    async def _async_fix(self, entry: ConfigEntry) -> RepairsFlowResult:
        """Scan the folder."""
        if entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="server_not_loaded")
        engine = entry.runtime_data.engine
        for library in engine.registry.libraries:
            if library.id == self._library:
                await engine.scan_empty_location(library, self._location)
        return self.async_create_entry(data={})


class AddMappingFlow(ConfirmedRepairFlow):
    """Adds a suggested path mapping."""

    def __init__(self, data: IssueData) -> None:
        """Store the mapping."""
        self._row = {key: str(data[key]) for key in (CONF_FROM, CONF_TO)}
        super().__init__(data, {"path": str(data["path"]), **self._row})

    @override
    async def _async_fix(self, entry: ConfigEntry) -> RepairsFlowResult:
        """Add the mapping."""
        rows = rows_with(entry.options.get(CONF_PATH_MAPPINGS, []), [self._row])
        options = {**entry.options, CONF_PATH_MAPPINGS: rows}
        self.hass.config_entries.async_update_entry(entry, options=options)
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return self.async_create_entry(data={})
