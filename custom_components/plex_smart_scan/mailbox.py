"""Takes in what comes for a server while it is not set up: when Home Assistant starts and Plex is still away."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, replace
from time import time
from typing import Final
from uuid import uuid4

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .coordinator import PlexSmartScanConfigEntry, PlexSmartScanCoordinator
from .scanner.models import ScanRequest
from .store import JournalStore

_MAILBOXES: Final[HassKey[dict[str, Mailbox]]] = HassKey(f"{DOMAIN}_mailboxes")
# A set-up is being tried, or will be tried again, or waits for a person: what is kept now will be scanned.
_WILL_BE_SET_UP: Final = {
    ConfigEntryState.SETUP_IN_PROGRESS,
    ConfigEntryState.SETUP_RETRY,
    ConfigEntryState.SETUP_ERROR,
}


class Mailbox:
    """Keeps requests in the file that the server's scanner reads when it starts.

    Home Assistant answers 200 for a webhook that nobody listens to, so a sender would think them accepted.
    """

    def __init__(self, hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> None:
        """Keep nothing yet."""
        self.coordinator: PlexSmartScanCoordinator | None = None
        self._entry = entry
        self._store = JournalStore(hass, entry.entry_id)
        self._lock = asyncio.Lock()

    async def async_start(self, coordinator: PlexSmartScanCoordinator) -> None:
        """Start the scanner, which takes up what was kept; from now on it keeps requests itself."""
        async with self._lock:
            await coordinator.scanner.start()
            self.coordinator = coordinator
        self._entry.async_on_unload(self._stop)

    @callback
    def _stop(self) -> None:
        self.coordinator = None

    async def async_keep(self, requests: Sequence[ScanRequest]) -> PlexSmartScanCoordinator | None:
        """Keep requests for later; they are on the disk when this returns.

        When the scanner was started meanwhile nothing is kept, and the coordinator to give them to is returned. Raises
        HomeAssistantError when they cannot be kept, or when nobody would ever take them up.
        """
        async with self._lock:
            if self.coordinator is not None:
                return self.coordinator
            if self._entry.state not in _WILL_BE_SET_UP:
                raise HomeAssistantError(translation_domain=DOMAIN, translation_key="server_not_loaded")
            # Of several requests for a path the last one counts, so that the file does not grow for ever.
            paths = {request.path for request in requests}
            rows = [row for row in await self._store.load() if row.get("path") not in paths]
            rows += [asdict(replace(request, id=uuid4().hex, accepted_at=time())) for request in requests]
            try:
                await self._store.save(rows)
            except (HomeAssistantError, OSError) as error:
                raise HomeAssistantError(translation_domain=DOMAIN, translation_key="not_saved") from error
        return None


@callback
def mailbox_of(hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> Mailbox:
    """Return the mailbox of an entry; it is the same over all set-ups, so that none writes over another's head."""
    mailboxes = hass.data.setdefault(_MAILBOXES, {})
    if entry.entry_id not in mailboxes:
        mailboxes[entry.entry_id] = Mailbox(hass, entry)
    return mailboxes[entry.entry_id]
