"""Logbook platform of the Plex Smart Scan integration: each result is a sentence in Home Assistant's Activity."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.logbook.const import (
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.components.logbook.models import LazyEventPartialState
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, callback

from .const import ATTR_MESSAGE, ATTR_TITLE, DOMAIN, EVENT_RESULT

type Describe = Callable[[LazyEventPartialState], dict[str, Any]]


@callback
def async_describe_events(hass: HomeAssistant, async_describe_event: Callable[[str, str, Describe], None]) -> None:
    """Describe the event that is fired with each result."""
    async_describe_event(DOMAIN, EVENT_RESULT, _described)


@callback
def _described(event: LazyEventPartialState) -> dict[str, Any]:
    """Return the entry: what it is about, and what happened to it."""
    data = event.data
    return {
        LOGBOOK_ENTRY_NAME: data[ATTR_TITLE],
        LOGBOOK_ENTRY_MESSAGE: data[ATTR_MESSAGE],
        LOGBOOK_ENTRY_ENTITY_ID: data.get(ATTR_ENTITY_ID),
    }
