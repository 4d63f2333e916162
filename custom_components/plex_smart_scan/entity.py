"""Base entities of the Plex Smart Scan integration."""

from collections.abc import Callable, Iterable
from typing import Final, override

from homeassistant.components.sensor import ATTR_STATE_CLASS
from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import ChildDeviceInfo, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import PlexSmartScanCoordinator
from .scanner import Library, LibraryStatistics

# Activity hides sensors with this attribute, whatever its value. It already shows these values in the sentence of each
# result (`logbook.py`), and several entries for one file would be confusing.
HIDDEN_FROM_ACTIVITY: Final = {ATTR_STATE_CLASS: None}


class PlexEntity(CoordinatorEntity[PlexSmartScanCoordinator]):
    """Base entity that follows the coordinator, and the activity of the engine if `shows_activity` is set."""

    _attr_has_entity_name = True
    shows_activity = False

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to updates."""
        await super().async_added_to_hass()
        if self.shows_activity:
            self.async_on_remove(self.coordinator.activity.async_add(self.async_write_ha_state))


class PlexServerEntity(PlexEntity):
    """Base entity of a server. It is also available while the server is unreachable."""

    def __init__(self, coordinator: PlexSmartScanCoordinator, description: EntityDescription) -> None:
        """Attach the entity to the server's device."""
        super().__init__(coordinator)
        self.entity_description = description
        machine_identifier = coordinator.data.server.machine_identifier
        self._attr_unique_id = f"{machine_identifier}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, machine_identifier)})

    @property
    @override
    def available(self) -> bool:
        """Return true, because the state does not depend on the server."""
        return True


class PlexLibraryEntity(PlexEntity):
    """Base entity of a library, whose device is a child of the server's device."""

    def __init__(self, coordinator: PlexSmartScanCoordinator, description: EntityDescription, library: Library) -> None:
        """Attach the entity to the library's device."""
        super().__init__(coordinator)
        self.entity_description = description
        self.library_id = library.id
        server = coordinator.data.server.machine_identifier
        self._attr_unique_id = f"{server}_{library.id}_{description.key}"
        self._attr_device_info = ChildDeviceInfo(
            identifiers={(DOMAIN, f"{server}_{library.id}")},
            name=library.title,
            parent_device_id=dr.async_get_device_id_by_identifier(
                coordinator.hass, (DOMAIN, server), config_entry_id=coordinator.config_entry.entry_id
            ),
        )

    @property
    @override
    def available(self) -> bool:
        """Return whether the server had the library at the last update."""
        return super().available and self.library_id in self.coordinator.data.libraries

    @property
    def statistics(self) -> LibraryStatistics:
        """Return the statistics of the library, which must exist."""
        return self.coordinator.data.libraries[self.library_id]


@callback
def async_add_library_entities(
    coordinator: PlexSmartScanCoordinator,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make: Callable[[Library], Iterable[PlexLibraryEntity]],
) -> None:
    """Add the entities of all libraries, and of libraries that are added later."""
    known: set[int] = set()

    @callback
    def add_new() -> None:
        libraries = coordinator.data.libraries
        known.intersection_update(libraries)
        new = [each.library for number, each in libraries.items() if number not in known]
        known.update(libraries)
        if new:
            async_add_entities(entity for library in new for entity in make(library))

    add_new()
    coordinator.config_entry.async_on_unload(coordinator.async_add_listener(add_new))
