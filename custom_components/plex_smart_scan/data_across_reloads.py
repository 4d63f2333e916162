"""Objects that belong to a config entry and outlive its setups, kept in `hass.data`."""

from collections.abc import Callable

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN


class DataAcrossReloads[T]:
    """One object for each config entry, created when it is first needed."""

    def __init__(self, name: str, create: Callable[[HomeAssistant, ConfigEntry], T]) -> None:
        """Store the name of the objects and the function that creates one."""
        self._key: HassKey[dict[str, T]] = HassKey(f"{DOMAIN}_{name}")
        self._create = create

    @callback
    def get(self, hass: HomeAssistant, entry: ConfigEntry) -> T:
        """Return the object of an entry."""
        objects = hass.data.setdefault(self._key, {})
        if entry.entry_id not in objects:
            objects[entry.entry_id] = self._create(hass, entry)
        return objects[entry.entry_id]

    @callback
    def pop(self, hass: HomeAssistant, entry: ConfigEntry) -> T | None:
        """Forget and return the object of an entry, or None if it was never needed."""
        return hass.data.get(self._key, {}).pop(entry.entry_id, None)

    @callback
    def all(self, hass: HomeAssistant) -> list[T]:
        """Return the objects of all entries."""
        return list(hass.data.get(self._key, {}).values())
