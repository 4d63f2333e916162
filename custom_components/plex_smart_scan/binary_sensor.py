"""Binary sensor platform of the Plex Smart Scan integration."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .arr.connected_downloaders import downloaders_of
from .arr.entities import DOWNLOADER_CONNECTED, DownloaderConnected
from .coordinator import PlexSmartScanConfigEntry, PlexSmartScanCoordinator
from .entity import PlexLibraryEntity, PlexServerEntity, async_add_library_entities

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class PlexServerBinarySensorDescription(BinarySensorEntityDescription):
    """Describes a binary sensor of the server."""

    is_on: Callable[[PlexSmartScanCoordinator], bool]
    is_available: Callable[[PlexSmartScanCoordinator], bool] = lambda _coordinator: True


SERVER_BINARY_SENSORS: Final = (
    PlexServerBinarySensorDescription(
        key="connected",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on=lambda coordinator: coordinator.connected,
    ),
    PlexServerBinarySensorDescription(
        key="scanning",
        translation_key="scanning",
        device_class=BinarySensorDeviceClass.RUNNING,
        is_on=lambda coordinator: bool(coordinator.scanning),
        is_available=lambda coordinator: coordinator.connected,
    ),
)
LIBRARY_SCANNING: Final = BinarySensorEntityDescription(
    key="scanning",
    translation_key="scanning",
    device_class=BinarySensorDeviceClass.RUNNING,
    entity_registry_enabled_default=False,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PlexSmartScanConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors of a server and its libraries."""
    coordinator = entry.runtime_data
    async_add_entities(PlexServerBinarySensor(coordinator, description) for description in SERVER_BINARY_SENSORS)
    async_add_library_entities(
        coordinator,
        async_add_entities,
        lambda library: [PlexLibraryScanning(coordinator, LIBRARY_SCANNING, library)],
    )
    for subentry_id, downloader in downloaders_of(hass, entry).coordinators.items():
        async_add_entities([DownloaderConnected(downloader, DOWNLOADER_CONNECTED)], config_subentry_id=subentry_id)


class PlexServerBinarySensor(PlexServerEntity, BinarySensorEntity):
    """Binary sensor of a server."""

    entity_description: PlexServerBinarySensorDescription
    shows_activity = True

    @property
    @override
    def available(self) -> bool:
        """Return whether the state is known. It is unknown whether an unreachable server is scanning."""
        return self.entity_description.is_available(self.coordinator)

    @property
    @override
    def is_on(self) -> bool:
        """Return the state."""
        return self.entity_description.is_on(self.coordinator)


class PlexLibraryScanning(PlexLibraryEntity, BinarySensorEntity):
    """Binary sensor that shows whether a library is being scanned, no matter who started the scan."""

    shows_activity = True

    @property
    @override
    def is_on(self) -> bool:
        """Return whether a scan of the library is running."""
        return self.library_id in self.coordinator.scanning
