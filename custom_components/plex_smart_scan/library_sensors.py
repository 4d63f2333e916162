"""The sensors of a library."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfInformation, UnitOfTime
from homeassistant.helpers.typing import StateType

from .entity import HIDDEN_FROM_ACTIVITY, PlexLibraryEntity
from .scanner import LibraryStatistics, LibraryType

_MILLISECONDS_PER_HOUR: Final = 3_600_000
_LONGEST_STATE: Final = 255  # characters


@dataclass(frozen=True, kw_only=True)
class PlexLibrarySensorDescription(SensorEntityDescription):
    """Describes a sensor of a library, shown in Activity if `in_activity` is set."""

    value: Callable[[LibraryStatistics], StateType | datetime]
    in_activity: bool = True
    types: frozenset[LibraryType] = frozenset(LibraryType)


def _count(
    item_type: str, library_type: LibraryType, *, category: EntityCategory | None = None, enabled: bool = True
) -> PlexLibrarySensorDescription:
    """Describe the number of items of one type."""
    return PlexLibrarySensorDescription(
        key=f"{item_type}s",
        translation_key=f"{item_type}s",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=category,
        entity_registry_enabled_default=enabled,
        types=frozenset({library_type}),
        value=lambda statistics: statistics.counts.get(item_type),
    )


LIBRARY_SENSORS: Final = (
    _count("movie", LibraryType.MOVIE),
    _count("episode", LibraryType.SHOW),
    _count("show", LibraryType.SHOW),
    _count("season", LibraryType.SHOW, category=EntityCategory.DIAGNOSTIC, enabled=False),
    _count("track", LibraryType.ARTIST),
    _count("artist", LibraryType.ARTIST),
    _count("album", LibraryType.ARTIST, category=EntityCategory.DIAGNOSTIC, enabled=False),
    _count("photo", LibraryType.PHOTO),
    PlexLibrarySensorDescription(
        key="content_duration",
        translation_key="content_duration",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.HOURS,
        suggested_display_precision=1,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        types=frozenset({LibraryType.MOVIE, LibraryType.SHOW, LibraryType.ARTIST}),
        value=lambda statistics: (
            None if statistics.duration is None else round(statistics.duration / _MILLISECONDS_PER_HOUR, 2)
        ),
    ),
    PlexLibrarySensorDescription(
        key="storage",
        translation_key="storage",
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.BYTES,
        suggested_unit_of_measurement=UnitOfInformation.GIGABYTES,
        suggested_display_precision=1,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda statistics: statistics.storage,
    ),
    PlexLibrarySensorDescription(
        key="last_added",
        translation_key="last_added",
        in_activity=False,
        value=lambda statistics: statistics.last_added_title[:_LONGEST_STATE] if statistics.last_added_title else None,
    ),
    PlexLibrarySensorDescription(
        key="last_added_at",
        translation_key="last_added_at",
        device_class=SensorDeviceClass.TIMESTAMP,
        in_activity=False,
        value=lambda statistics: (
            datetime.fromtimestamp(statistics.last_added_at, UTC) if statistics.last_added_at else None
        ),
    ),
)


class PlexLibrarySensor(PlexLibraryEntity, SensorEntity):
    """Sensor of a library."""

    entity_description: PlexLibrarySensorDescription

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return the value from the last update."""
        return self.entity_description.value(self.statistics)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """Hide the sensor from Activity if the description says so."""
        return None if self.entity_description.in_activity else HIDDEN_FROM_ACTIVITY
