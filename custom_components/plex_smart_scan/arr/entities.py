"""The entities of connected downloaders."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, override

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.components.sensor import (
    RestoreSensor,
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from ..const import DOMAIN
from .coordinator import DownloaderCoordinator


@dataclass(frozen=True, kw_only=True)
class DownloaderSensorDescription(SensorEntityDescription):
    """Describes a sensor of a downloader."""

    value: Callable[[DownloaderCoordinator], datetime | int | None]


DOWNLOADER_SENSORS: Final = (
    DownloaderSensorDescription(
        key="last_notification",
        translation_key="last_notification",
        device_class=SensorDeviceClass.TIMESTAMP,
        value=lambda coordinator: coordinator.last_notification,
    ),
    DownloaderSensorDescription(
        key="caught_up",
        translation_key="caught_up",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value=lambda coordinator: coordinator.caught_up,
    ),
)
DOWNLOADER_CONNECTED: Final = BinarySensorEntityDescription(
    key="connected",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
    entity_category=EntityCategory.DIAGNOSTIC,
)


class DownloaderEntity(CoordinatorEntity[DownloaderCoordinator]):
    """Base entity of a downloader. It is also available while the program is unreachable."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: DownloaderCoordinator, description: EntityDescription) -> None:
        """Attach the entity to the downloader's device."""
        super().__init__(coordinator)
        self.entity_description = description
        self._attr_unique_id = f"{coordinator.source}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, coordinator.source)})

    @property
    @override
    def available(self) -> bool:
        """Return true, because the state does not depend on the program."""
        return True


class DownloaderSensor(DownloaderEntity, RestoreSensor):
    """Sensor of a downloader that keeps its value across restarts."""

    entity_description: DownloaderSensorDescription
    _restored: datetime | int | None = None
    _is_restored = False

    @override
    async def async_added_to_hass(self) -> None:
        """Restore the value from before the restart, but only once, because a renamed entity is added again."""
        await super().async_added_to_hass()
        if self._is_restored:
            return
        self._is_restored = True
        if (data := await self.async_get_last_sensor_data()) and isinstance(data.native_value, datetime | int):
            self._restored = data.native_value

    @property
    @override
    def native_value(self) -> datetime | int | None:
        """Return the value of this run, added to that of earlier runs for counts."""
        value = self.entity_description.value(self.coordinator)
        if isinstance(value, int) and isinstance(self._restored, int):
            return self._restored + value
        return self._restored if value is None else value


class DownloaderConnected(DownloaderEntity, BinarySensorEntity):
    """Binary sensor that shows whether a downloader responds and its notifications arrive."""

    @property
    @override
    def is_on(self) -> bool:
        """Return whether both are true."""
        return self.coordinator.connected
