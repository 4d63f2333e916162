"""Event platform of the Plex Smart Scan integration."""

from typing import Any, Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .actions.response import item_data
from .const import ATTR_MESSAGE, ATTR_TITLE, EVENT_RESULT
from .coordinator import PlexSmartScanConfigEntry
from .coordinator_data import FINAL_OUTCOMES
from .entity import PlexServerEntity
from .result_sentences import async_message_texts, libraries_of, message, predicate, title_of
from .scanner import ScanResult

PARALLEL_UPDATES = 0

SCAN: Final = EventEntityDescription(
    key="scan",
    translation_key="scan",
    event_types=[outcome.value for outcome in FINAL_OUTCOMES],
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PlexSmartScanConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the event of a server."""
    async_add_entities([PlexScanEvent(entry.runtime_data, SCAN)])


class PlexScanEvent(PlexServerEntity, EventEntity):
    """Event entity that fires when a request is finished."""

    _unrecorded_attributes = frozenset({"items", "libraries", "message", "scanned"})
    _texts: dict[str, str]

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to results."""
        await super().async_added_to_hass()
        self._texts = await async_message_texts(self.hass)
        self.async_on_remove(self.coordinator.results.async_add(self._handle_result))

    @callback
    def _handle_result(self, result: ScanResult) -> None:
        """Fire the event in the context of the caller that requested the scan."""
        if result.request.context:
            self.async_set_context(Context(**result.request.context))
        self._trigger_event(result.outcome.value, _attributes(result, message(self._texts, result)))
        self.async_write_ha_state()
        self.hass.bus.async_fire(EVENT_RESULT, self._result_data(result), context=self._context)

    def _result_data(self, result: ScanResult) -> dict[str, Any]:
        """Return the data of the event on the bus. `title` and `message` form a sentence."""
        return {
            ATTR_ENTITY_ID: self.entity_id,
            ATTR_DEVICE_ID: self.device_entry.id if self.device_entry else None,
            "server": self.coordinator.name,
            "outcome": result.outcome.value,
            "reason": result.reason.value if result.reason else None,
            ATTR_TITLE: title_of(result),
            ATTR_MESSAGE: predicate(self._texts, result),
            "library": libraries_of(result) or None,
            "path": result.request.path,
        }


def _attributes(result: ScanResult, text: str) -> dict[str, Any]:
    first = next(iter(result.items), None)
    return {
        "path": result.request.path,
        "server_path": result.server_path,
        "library": libraries_of(result) or None,
        "libraries": [{"id": each.library.id, "title": each.library.title} for each in result.libraries],
        "title": first.full_title if first else None,
        "duration": first.duration if first else None,
        "reason": result.reason.value if result.reason else None,
        "listed_before": result.listed_before,
        "listed_after": result.listed_after,
        "added": result.listed_newly,
        "attempts": result.attempts,
        "elapsed": round(result.elapsed, 3),
        "message": text,
        "scanned": [folder for each in result.libraries for folder in each.scanned],
        "items": [item_data(item) for item in result.items],
    }
