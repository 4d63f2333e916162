"""The connected downloaders of a server, kept in sync with its config subentries."""

from collections.abc import Mapping
import logging
from typing import Any, Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigSubentry,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..coordinator import PlexSmartScanConfigEntry
from ..data_across_reloads import DataAcrossReloads
from ..journal_location import journal_of
from ..requests_before_setup import inbox_of
from ..scanner.downloaders import Notification
from .api_response import ArrError
from .coordinator import DownloaderCoordinator, Received, mark_key, target_of
from .credentials import (
    CONF_BASE_URL,
    CONF_CORE_ENTRY_ID,
    CONF_NOTIFICATION_ID,
    CORE_DOMAINS,
    accesses_of,
    async_connect,
)
from .issues import async_delete_issue_of
from .probe import Probes
from .webhook_connection import QUERY_PROBE, QUERY_SOURCE, source_of
from .webhook_setup import WebhookSetup

_LOGGER: Final = logging.getLogger(__name__)

SUBENTRY_DOWNLOADER: Final = "downloader"
_SET_BY_US: Final = frozenset({CONF_NOTIFICATION_ID, CONF_BASE_URL})  # changes need no reload


class Downloaders:
    """The downloaders of one server and the probes for its webhook, shared by all setups."""

    def __init__(self, entry: ConfigEntry) -> None:
        """Create an empty registry."""
        self._entry = entry
        self.probes = Probes()
        self.received: dict[str, Received] = {}
        self.coordinators: dict[str, DownloaderCoordinator] = {}

    @callback
    def async_on_notification(self, query: Mapping[str, str], notification: Notification) -> None:
        """Assign a notification to the downloader in its URL, even if the server is not set up."""
        if notification.event.casefold() == "test" and (code := query.get(QUERY_PROBE)):
            self.probes.arrived(code)
            return
        source = query.get(QUERY_SOURCE)
        for subentry in self._entry.get_subentries_of_type(SUBENTRY_DOWNLOADER):
            if source and subentry.unique_id == source:
                received = self.received_from(subentry)
                received.last = dt_util.utcnow()
                received.paths.extend(file.path for file in notification.files)
                if coordinator := self.coordinators.get(subentry.subentry_id):
                    coordinator.async_on_notification()

    def received_from(self, subentry: ConfigSubentry) -> Received:
        """Return the notifications that were received from a downloader."""
        return self.received.setdefault(subentry.subentry_id, Received())


_DOWNLOADERS: Final = DataAcrossReloads("downloaders", lambda _hass, entry: Downloaders(entry))


@callback
def downloaders_of(hass: HomeAssistant, entry: ConfigEntry) -> Downloaders:
    """Return the downloaders of a server."""
    return _DOWNLOADERS.get(hass, entry)


@callback
def async_create_downloaders(hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> None:
    """Create the coordinators of a server. Each one starts with `async_start`."""
    downloaders, inbox = downloaders_of(hass, entry), inbox_of(hass, entry)
    downloaders.coordinators = {
        subentry.subentry_id: DownloaderCoordinator(
            hass, entry, subentry, inbox, downloaders.probes, downloaders.received_from(subentry)
        )
        for subentry in entry.get_subentries_of_type(SUBENTRY_DOWNLOADER)
    }
    entry.async_on_unload(downloaders.coordinators.clear)


@callback
def async_follow_downloaders(hass: HomeAssistant) -> None:
    """Track the subentries, and the entries of Home Assistant's own integrations that they use."""
    known = {entry.entry_id: _settings(entry) for entry in hass.config_entries.async_entries(DOMAIN)}

    @callback
    def on_change(change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain in CORE_DOMAINS:
            _on_core_change(hass, entry)
        if entry.domain != DOMAIN:
            return
        before, now = known.get(entry.entry_id, {}), _settings(entry)
        if change is ConfigEntryChange.REMOVED:
            known.pop(entry.entry_id, None)
            return
        known[entry.entry_id] = now
        removed = [subentry for key, (subentry, _) in before.items() if key not in now]
        for subentry in removed:
            async_delete_issue_of(hass, entry, subentry.subentry_id)
            hass.async_create_task(async_remove_downloader(hass, entry, subentry), f"{subentry.title} is disconnected")
        if change is ConfigEntryChange.UPDATED and _data(before) != _data(now):
            hass.config_entries.async_schedule_reload(entry.entry_id)

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, on_change)


@callback
def _on_core_change(hass: HomeAssistant, core: ConfigEntry) -> None:
    """Refresh the downloaders that use a core entry, whose URL or API key may have changed."""
    for downloaders in _DOWNLOADERS.all(hass):
        for coordinator in downloaders.coordinators.values():
            if coordinator.subentry.data.get(CONF_CORE_ENTRY_ID) == core.entry_id:
                coordinator.async_refresh_in_background()


type _Settings = dict[str, tuple[ConfigSubentry, dict[str, Any]]]


def _settings(entry: ConfigEntry) -> _Settings:
    """Return the downloaders of an entry with their user settings."""
    return {
        subentry.subentry_id: (subentry, {key: value for key, value in subentry.data.items() if key not in _SET_BY_US})
        for subentry in entry.get_subentries_of_type(SUBENTRY_DOWNLOADER)
    }


def _data(settings: _Settings) -> dict[str, tuple[str, dict[str, Any]]]:
    return {key: (subentry.title, data) for key, (subentry, data) in settings.items()}


async def async_remove_downloader(hass: HomeAssistant, entry: ConfigEntry, subentry: ConfigSubentry) -> None:
    """Remove a downloader and delete its connection. If the program is unreachable, the connection remains."""
    journal = journal_of(hass, entry)
    try:
        await journal.set_mark(mark_key(subentry), None)
    except OSError as error:
        _LOGGER.debug("Failed to delete the stored position in the history of a downloader: %s", error)
    finally:
        await journal.close()
    try:
        await _async_disconnect(hass, entry, subentry)
    except ArrError as error:
        _LOGGER.warning(
            "Failed to delete the connection to Home Assistant in %s. Delete it manually: %s",
            subentry.title,
            error.message,
        )


async def _async_disconnect(hass: HomeAssistant, entry: ConfigEntry, subentry: ConfigSubentry) -> None:
    """Delete the connection that belongs to this downloader. Raises ArrError."""
    if not (accesses := accesses_of(hass, subentry.data)):
        return
    client, status = await async_connect(hass, accesses)
    source = subentry.unique_id or subentry.subentry_id
    setup = WebhookSetup(client, status.program, target_of(entry, source), Probes())
    known_id = subentry.data.get(CONF_NOTIFICATION_ID)
    for connection in await setup.find(known_id):
        if connection["id"] == known_id or source_of(connection) == source:
            await client.delete(connection["id"])


async def async_remove_downloaders(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Remove all downloaders of a removed server."""
    for subentry in entry.get_subentries_of_type(SUBENTRY_DOWNLOADER):
        await async_remove_downloader(hass, entry, subentry)
    _DOWNLOADERS.pop(hass, entry)
