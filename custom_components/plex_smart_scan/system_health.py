"""System health of the Plex Smart Scan integration."""

from typing import Any

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .coordinator import PlexSmartScanConfigEntry


@callback
def async_register(hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Register the system health information."""
    register.async_register_info(system_health_info)


async def system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return the combined state of all servers."""
    entries: list[PlexSmartScanConfigEntry] = hass.config_entries.async_entries(DOMAIN, include_disabled=False)
    coordinators = [entry.runtime_data for entry in entries if entry.state is ConfigEntryState.LOADED]
    return {
        "servers_set_up": len(entries),
        "servers_connected": sum(each.connected for each in coordinators),
        "live_connections": sum(each.engine.websocket.connected for each in coordinators),
        "pending_paths": sum(each.engine.pending for each in coordinators),
    }
