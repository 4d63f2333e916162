"""Conditions of the Plex Smart Scan integration."""

from typing import Final, override

from homeassistant.components.binary_sensor.const import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import Condition, EntityStateConditionBase

from .const import DOMAIN

_DOMAIN_SPECS: Final = {BINARY_SENSOR_DOMAIN: DomainSpec()}
_STATES: Final[set[str | bool]] = {STATE_ON}


class IsScanningCondition(EntityStateConditionBase):
    """Condition that passes while the targeted servers or libraries are being scanned."""

    _domain_specs = _DOMAIN_SPECS
    _states = _STATES

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Keep only the *Scanning* sensors of this integration."""
        registry = er.async_get(self._hass)
        return {
            each
            for each in super().entity_filter(entities)
            if (entry := registry.async_get(each)) and entry.platform == DOMAIN and entry.translation_key == "scanning"
        }


CONDITIONS: Final[dict[str, type[Condition]]] = {"is_scanning": IsScanningCondition}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions."""
    return CONDITIONS
