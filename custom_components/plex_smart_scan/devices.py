"""The devices: the server, a child device for each library, and a device for each connected downloader."""

from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType
from homeassistant.helpers.typing import UNDEFINED

from .arr.coordinator import DownloaderCoordinator
from .const import DOMAIN, MANUFACTURER
from .coordinator import PlexSmartScanCoordinator


@callback
def async_create_server_device(coordinator: PlexSmartScanCoordinator) -> None:
    """Create the device of the server, which must exist before those of its libraries."""
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
    """Update the version of the server, and add, rename or remove the devices of its libraries."""
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


@callback
def async_update_downloader_device(server: PlexSmartScanCoordinator, downloader: DownloaderCoordinator) -> None:
    """Create or update the device of a downloader."""
    entry, subentry = server.config_entry, downloader.subentry
    dr.async_get(server.hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        config_subentry_id=subentry.subentry_id,
        identifiers={(DOMAIN, downloader.source)},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer="Servarr",
        model=downloader.program.name,
        name=subentry.title,
        sw_version=downloader.data.version if downloader.data else UNDEFINED,
        via_device_id=dr.async_get_device_id_by_identifier(
            server.hass, (DOMAIN, server.data.server.machine_identifier), config_entry_id=entry.entry_id
        ),
    )
