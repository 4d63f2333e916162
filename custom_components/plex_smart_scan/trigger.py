"""Triggers of the Plex Smart Scan integration."""

from typing import Any, Final, override

from homeassistant.components.event import DOMAIN as EVENT_DOMAIN
from homeassistant.const import CONF_OPTIONS
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    NotTriggeredReasonReporter,
    StatelessEntityTriggerBase,
    Trigger,
    TriggerConfig,
)
import voluptuous as vol

from .const import DOMAIN
from .coordinator_data import FINAL_OUTCOMES

CONF_LIBRARY: Final = "library"
CONF_OUTCOME: Final = "outcome"

_DOMAIN_SPECS: Final = {EVENT_DOMAIN: DomainSpec()}
_OPTIONS: Final = {
    vol.Optional(CONF_OUTCOME, default=list): vol.All(
        cv.ensure_list, [vol.In([each.value for each in FINAL_OUTCOMES])]
    ),
    vol.Optional(CONF_LIBRARY, default=list): vol.All(cv.ensure_list, [cv.string]),
}
SCAN_FINISHED_SCHEMA: Final = ENTITY_STATE_TRIGGER_SCHEMA.extend({vol.Required(CONF_OPTIONS, default=dict): _OPTIONS})


class ScanFinishedTrigger(StatelessEntityTriggerBase):
    """Trigger for the results of the targeted servers, optionally limited to outcomes and libraries."""

    _domain_specs = _DOMAIN_SPECS
    _schema = SCAN_FINISHED_SCHEMA

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Store the outcomes and the libraries."""
        super().__init__(hass, config)
        options: dict[str, Any] = self._options or {}
        self._outcomes = frozenset(options[CONF_OUTCOME])
        self._libraries = frozenset(options[CONF_LIBRARY])

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Keep only the event entities of this integration."""
        registry = er.async_get(self._hass)
        selected = super().entity_filter(entities)
        return {each for each in selected if (entry := registry.async_get(each)) and entry.platform == DOMAIN}

    @override
    def is_valid_state(self, state: State, report_not_triggered: NotTriggeredReasonReporter) -> bool:
        """Return whether the outcome and a library match."""
        libraries = {each["title"] for each in state.attributes.get("libraries") or ()}
        return (not self._outcomes or state.attributes.get("event_type") in self._outcomes) and (
            not self._libraries or not self._libraries.isdisjoint(libraries)
        )


TRIGGERS: Final[dict[str, type[Trigger]]] = {"scan_finished": ScanFinishedTrigger}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers."""
    return TRIGGERS
