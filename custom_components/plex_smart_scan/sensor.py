"""Sensor platform of the Plex Smart Scan integration."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, override

from homeassistant.components.sensor import (
    RestoreSensor,
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from .arr.connected_downloaders import downloaders_of
from .arr.entities import DOWNLOADER_SENSORS, DownloaderSensor
from .coordinator import PlexSmartScanConfigEntry, PlexSmartScanCoordinator
from .coordinator_data import FINAL_OUTCOMES
from .entity import HIDDEN_FROM_ACTIVITY, PlexLibraryEntity, PlexServerEntity, async_add_library_entities
from .library_sensors import LIBRARY_SENSORS, PlexLibrarySensor
from .result_sentences import async_message_texts, recent_row, waiting_row
from .scanner import Library, ScanResult

PARALLEL_UPDATES = 0

ATTR_RECENT: Final = "recent"
ATTR_WAITING: Final = "waiting"
MOST_RECENT: Final = 20  # results in the attribute `recent`


@dataclass(frozen=True, kw_only=True)
class PlexServerSensorDescription(SensorEntityDescription):
    """Describes a sensor of a server. A `total` is kept across restarts.

    Without `in_activity`, Activity does not show its changes.
    """

    value: Callable[[PlexSmartScanCoordinator], StateType | datetime]
    total: bool = False
    restored: bool = True
    in_activity: bool = True


def _time_of(seconds: float | None) -> datetime | None:
    """Convert a Unix time in seconds to a datetime."""
    return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC)


LAST_RESULT: Final = PlexServerSensorDescription(
    key="last_result",
    translation_key="last_result",
    device_class=SensorDeviceClass.ENUM,
    options=[outcome.value for outcome in FINAL_OUTCOMES],
    value=lambda coordinator: coordinator.history[-1].result.outcome.value if coordinator.history else None,
)
SERVER_SENSORS: Final = (
    LAST_RESULT,
    PlexServerSensorDescription(
        key="last_scan",
        translation_key="last_scan",
        device_class=SensorDeviceClass.TIMESTAMP,
        in_activity=False,
        value=lambda coordinator: coordinator.last_scan.at if coordinator.last_scan else None,
    ),
    PlexServerSensorDescription(
        key="last_scan_duration",
        translation_key="last_scan_duration",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=2,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda coordinator: round(coordinator.last_scan.result.scanned, 3) if coordinator.last_scan else None,
    ),
    PlexServerSensorDescription(
        key="pending_paths",
        translation_key="pending_paths",
        state_class=SensorStateClass.MEASUREMENT,
        restored=False,
        value=lambda coordinator: coordinator.engine.pending,
    ),
    PlexServerSensorDescription(
        key="oldest_pending",
        translation_key="oldest_pending",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        restored=False,
        in_activity=False,
        value=lambda coordinator: _time_of(coordinator.engine.oldest_pending),
    ),
    PlexServerSensorDescription(
        key="scans_done",
        translation_key="scans_done",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        total=True,
        value=lambda coordinator: coordinator.scans_done,
    ),
    PlexServerSensorDescription(
        key="scans_avoided",
        translation_key="scans_avoided",
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        total=True,
        value=lambda coordinator: coordinator.scans_avoided,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PlexSmartScanConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of a server and its libraries."""
    coordinator = entry.runtime_data
    async_add_entities(
        _SPECIAL.get(description.key, PlexServerSensor)(coordinator, description) for description in SERVER_SENSORS
    )

    def library_sensors(library: Library) -> list[PlexLibraryEntity]:
        return [
            PlexLibrarySensor(coordinator, description, library)
            for description in LIBRARY_SENSORS
            if library.type in description.types
        ]

    async_add_library_entities(coordinator, async_add_entities, library_sensors)
    for subentry_id, downloader in downloaders_of(hass, entry).coordinators.items():
        async_add_entities(
            (DownloaderSensor(downloader, description) for description in DOWNLOADER_SENSORS),
            config_subentry_id=subentry_id,
        )


class PlexServerSensor(PlexServerEntity, RestoreSensor):
    """Sensor of a server that keeps its value across restarts."""

    entity_description: PlexServerSensorDescription
    shows_activity = True
    _before: StateType | datetime = None
    _restored = False

    @override
    async def async_added_to_hass(self) -> None:
        """Restore the value from before the restart, but not after the entity was renamed."""
        await super().async_added_to_hass()
        restored, self._restored = self._restored, True
        if self.entity_description.restored and not restored and (data := await self.async_get_last_sensor_data()):
            before = data.native_value
            self._before = before if isinstance(before, str | int | float | datetime) else None

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return the value of this run, or the restored one."""
        value = self.entity_description.value(self.coordinator)
        if not self.entity_description.total:
            return self._before if value is None else value
        before = self._before if isinstance(self._before, int) else 0
        return before + value if isinstance(value, int) else before

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """Hide the sensor from Activity if the description says so."""
        return None if self.entity_description.in_activity else HIDDEN_FROM_ACTIVITY


class PlexLastResultSensor(PlexServerSensor):
    """Sensor with the outcome of the last request and the recent results, which are kept across restarts."""

    _unrecorded_attributes = frozenset({ATTR_RECENT})
    _texts: dict[str, str]
    _rows: tuple[dict[str, Any], ...] = ()

    @override
    async def async_added_to_hass(self) -> None:
        """Restore the rows from before the restart and subscribe to results."""
        first = not self._restored
        await super().async_added_to_hass()
        self._texts = await async_message_texts(self.hass)
        if first and (state := await self.async_get_last_state()):
            rows = state.attributes.get(ATTR_RECENT)
            self._rows = tuple(row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()
        # The state is written with the next activity update, which follows each result.
        self.async_on_remove(self.coordinator.results.async_add(self._add_row))

    @callback
    def _add_row(self, result: ScanResult) -> None:
        self._rows = (recent_row(self._texts, dt_util.utcnow(), result), *self._rows)[:MOST_RECENT]

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the recent results, newest first."""
        return {**HIDDEN_FROM_ACTIVITY, ATTR_RECENT: list(self._rows)}


class PlexPendingSensor(PlexServerSensor):
    """Sensor with the number of pending requests, the oldest of them and their reasons."""

    _unrecorded_attributes = frozenset({ATTR_WAITING})
    _texts: dict[str, str]

    @override
    async def async_added_to_hass(self) -> None:
        """Load the translated sentences."""
        self._texts = await async_message_texts(self.hass)
        await super().async_added_to_hass()

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the oldest pending requests as rows."""
        waiting = self.coordinator.engine.pending_results(MOST_RECENT)
        return {ATTR_WAITING: [waiting_row(self._texts, result) for result in waiting]}


_SPECIAL: Final = {"last_result": PlexLastResultSensor, "pending_paths": PlexPendingSensor}
