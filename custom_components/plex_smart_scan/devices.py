"""The devices: the server, and a child device for each of its libraries."""

from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType

from .const import DOMAIN, MANUFACTURER
from .coordinator import PlexSmartScanCoordinator


@callback
def async_create_server_device(coordinator: PlexSmartScanCoordinator) -> None:
    """Create the server's device: it must be there before those of its libraries."""
    entry, server = coordinator.config_entry, coordinator.data.server
    dr.async_get(coordinator.hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, server.machine_identifier)},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=MANUFACTURER,
        model="Plex Media Server",
        name=entry.title,
        sw_version=server.version,
        configuration_url=f"{coordinator.engine.client.access.url.rstrip('/')}/web",
    )


@callback
def async_update_library_devices(coordinator: PlexSmartScanCoordinator) -> None:
    """Keep the devices as the server has them: its version, and its libraries, named as there, gone when gone there."""
    async_create_server_device(coordinator)
    registry, entry_id = dr.async_get(coordinator.hass), coordinator.config_entry.entry_id
    server = coordinator.data.server.machine_identifier
    parent = dr.async_get_device_id_by_identifier(coordinator.hass, (DOMAIN, server), config_entry_id=entry_id)
    libraries = {f"{server}_{number}": each.library for number, each in coordinator.data.libraries.items()}
    for identifier, library in libraries.items():
        registry.async_get_or_create_child(
            config_entry_id=entry_id,
            identifiers={(DOMAIN, identifier)},
            name=library.title,
            parent_device_id=parent,
        )
    for device in dr.async_child_entries_for_config_entry(registry, entry_id):
        if not any(identifier in libraries for _, identifier in device.identifiers):
            registry.async_remove_device(device.id)
