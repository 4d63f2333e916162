"""Repairs of the Plex Smart Scan integration."""

from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import voluptuous as vol

from .const import CONF_FROM, CONF_PATH_MAPPINGS, CONF_TO
from .options import rows_with
from .repair_issues.registry import safe_placeholders


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow that fixes an issue: a missing path mapping, or a folder that is meant to be empty."""
    if data and "location" in data:
        return EmptyFolderFlow(data)
    return AddMappingFlow(data or {})


class EmptyFolderFlow(RepairsFlow):
    """Scans a location once although Plex sees none of the files that it lists there."""

    def __init__(self, data: dict[str, str | int | float | None]) -> None:
        """Keep what the issue is about."""
        self._entry_id = str(data["entry_id"])
        self._library = int(data["library"] or 0)
        self._placeholders = {"library": str(data["library_title"]), "location": str(data["location"])}

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Start with the question."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Scan the folder, if that is wanted."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None:
            return self.async_abort(reason="server_removed")
        if user_input is None:
            return self.async_show_form(
                step_id="confirm",
                data_schema=vol.Schema({}),
                description_placeholders=safe_placeholders({"server": entry.title, **self._placeholders}),
            )
        if entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="server_not_loaded")
        engine = entry.runtime_data.engine
        for library in engine.registry.libraries:
            if library.id == self._library:
                await engine.scan_empty_location(library, self._placeholders["location"])
        return self.async_create_entry(data={})


class AddMappingFlow(RepairsFlow):
    """Adds the path mapping that was found."""

    def __init__(self, data: dict[str, str | int | float | None]) -> None:
        """Keep what the issue is about."""
        self._row = {key: str(data[key]) for key in (CONF_FROM, CONF_TO)}
        self._entry_id = str(data["entry_id"])
        self._path = str(data["path"])

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Start with the question."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Add the mapping, if that is wanted."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None:
            return self.async_abort(reason="server_removed")
        if user_input is None:
            return self.async_show_form(
                step_id="confirm",
                data_schema=vol.Schema({}),
                description_placeholders=safe_placeholders({"server": entry.title, "path": self._path, **self._row}),
            )
        rows = rows_with(entry.options.get(CONF_PATH_MAPPINGS, []), [self._row])
        options = {**entry.options, CONF_PATH_MAPPINGS: rows}
        self.hass.config_entries.async_update_entry(entry, options=options)
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return self.async_create_entry(data={})
