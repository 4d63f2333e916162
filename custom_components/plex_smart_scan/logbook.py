"""Logbook platform of the Plex Smart Scan integration, which shows each result as a sentence in Activity."""

from collections.abc import Callable
from typing import Any, Final

from homeassistant.components.logbook.const import (
    LOGBOOK_ENTRY_ICON,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.components.logbook.models import LazyEventPartialState
from homeassistant.core import HomeAssistant, callback

from .const import ATTR_MESSAGE, ATTR_TITLE, DOMAIN, EVENT_RESULT
from .scanner import Outcome

# The same icons as for the states of the sensor *Last result* in icons.json.
_ICONS: Final = {
    Outcome.ADDED: "mdi:plus-circle-outline",
    Outcome.UPDATED: "mdi:update",
    Outcome.UP_TO_DATE: "mdi:check-circle-outline",
    Outcome.REMOVED: "mdi:minus-circle-outline",
    Outcome.SCANNED: "mdi:radar",
    Outcome.NOT_FOUND: "mdi:help-circle-outline",
    Outcome.FAILED: "mdi:alert-circle-outline",
}

type Describe = Callable[[LazyEventPartialState], dict[str, Any]]


@callback
def async_describe_events(hass: HomeAssistant, async_describe_event: Callable[[str, str, Describe], None]) -> None:
    """Describe the event that is fired for each result."""
    async_describe_event(DOMAIN, EVENT_RESULT, _described)


@callback
def _described(event: LazyEventPartialState) -> dict[str, Any]:
    """Return the title and the sentence of a result.

    The entry names no entity, because Activity would show the name of the entity instead of the title. The data of the
    event contain the entity, so the entry still appears on the pages of the entity and its device.
    """
    data = event.data
    return {
        LOGBOOK_ENTRY_NAME: data[ATTR_TITLE],
        LOGBOOK_ENTRY_MESSAGE: data[ATTR_MESSAGE],
        LOGBOOK_ENTRY_ICON: _ICONS.get(data["outcome"]),
    }
