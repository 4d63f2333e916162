"""Stores requests that arrive while a server is not set up, for example while Plex is unreachable at startup."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from time import time
from typing import Final
from uuid import uuid4

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_CLOSE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from .const import DOMAIN
from .coordinator import PlexSmartScanConfigEntry, PlexSmartScanCoordinator
from .data_across_reloads import DataAcrossReloads
from .flows.check_connection import is_reauth_open
from .journal_location import journal_of
from .scanner import Journal, Reason, ScanRequest

_STOP_TIMEOUT: Final = 10.0  # seconds, like the timeout of Home Assistant
# In these states, no setup is expected. In all other states, setup is running, will be retried, waits for the user, or
# follows with the current reload or the next start of Home Assistant.
_NO_SETUP_EXPECTED: Final = {ConfigEntryState.NOT_LOADED, ConfigEntryState.MIGRATION_ERROR}


class Inbox:
    """Stores requests in the journal, which the engine of the server reads when it starts.

    Home Assistant responds with status 200 for an unregistered webhook, so a sender would believe that its requests
    were accepted. While an engine runs, the inbox stores nothing, because such requests would wait for the next start.
    """

    def __init__(self, hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> None:
        """Create an empty inbox."""
        self.entry = entry
        self._hass = hass
        self._journal: Journal | None = None  # open while the inbox stores requests
        self._closes_with_home_assistant = False
        self._known: dict[ScanRequest, str] = {}  # IDs of the stored requests, by request without times and contexts
        self._owner: PlexSmartScanCoordinator | None = None
        self._lock = asyncio.Lock()

    @property
    def coordinator(self) -> PlexSmartScanCoordinator | None:
        """Return the coordinator that accepts requests now, or None if the inbox has to store them."""
        return None if self._owner is None or self._owner.stopping else self._owner

    @property
    def is_loaded(self) -> bool:
        """Return whether the server is loaded. A server that is unloading may still accept requests for a moment."""
        return self.coordinator is not None and self.entry.state is ConfigEntryState.LOADED

    @property
    def accepts(self) -> bool:
        """Return whether stored requests will be processed later."""
        return self.entry.disabled_by is None and self.entry.state not in _NO_SETUP_EXPECTED

    @property
    def reason(self) -> Reason:
        """Return why stored requests are waiting."""
        if is_reauth_open(self._hass, self.entry):
            return Reason.NOT_AUTHORIZED
        return Reason.SERVER_OFFLINE if self.entry.state is ConfigEntryState.SETUP_RETRY else Reason.WAITING

    async def async_start(self, coordinator: PlexSmartScanCoordinator) -> None:
        """Start the engine, which processes the stored requests and stores further requests itself."""
        async with self._lock:
            await self._take_over()
            await self._close()
            await coordinator.async_start()
            self._owner = coordinator

    async def async_store(self, requests: Sequence[ScanRequest]) -> PlexSmartScanCoordinator | None:
        """Store requests for later. They are on disk when this returns.

        If the engine was started in the meantime, nothing is stored and the coordinator is returned. Raises
        HomeAssistantError if the requests cannot be saved or would never be processed.
        """
        async with self._lock:
            if self.coordinator is not None:
                return self.coordinator
            if not self.accepts:
                raise HomeAssistantError(translation_domain=DOMAIN, translation_key="server_not_loaded")
            await self._take_over()
            try:
                await self._store(requests)
            except OSError as error:
                raise HomeAssistantError(translation_domain=DOMAIN, translation_key="not_saved") from error
        return None

    async def _store(self, requests: Sequence[ScanRequest]) -> None:
        """Write requests. A request that equals an earlier one replaces it, so that the file stays small."""
        distinct = {replace(request, id="", accepted_at=0.0): request for request in requests}
        stored = {key: replace(each, id=uuid4().hex, accepted_at=time()) for key, each in distinct.items()}
        replaced = [self._known[key] for key in stored if key in self._known]
        await self._open().accept(stored.values(), replaces=replaced)
        self._known |= {key: request.id for key, request in stored.items()}

    async def async_count(self) -> int:
        """Return the number of stored requests. Raises OSError if the journal cannot be read."""
        async with self._lock:
            return await self._open().count()

    def _open(self) -> Journal:
        if self._journal is None:
            self._journal = journal_of(self._hass, self.entry)
            if not self._closes_with_home_assistant:
                self._closes_with_home_assistant = True
                self._hass.bus.async_listen_once(EVENT_HOMEASSISTANT_CLOSE, self._on_home_assistant_close)
        return self._journal

    async def _on_home_assistant_close(self, _event: Event) -> None:
        async with self._lock:
            await self._close()

    async def _close(self) -> None:
        self._known.clear()
        if self._journal is not None:
            await self._journal.close()
            self._journal = None

    async def async_remove(self) -> None:
        """Delete the journal permanently."""
        async with self._lock:
            await self._take_over()
            await self._open().delete_file()
            await self._close()

    async def _take_over(self) -> None:
        """Take over the journal from the previous engine after it has stopped and written its requests."""
        if self._owner is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_TIMEOUT):
                await self._owner.async_shutdown()
        self._owner = None


_INBOXES: Final = DataAcrossReloads("inboxes", Inbox)


@callback
def inbox_of(hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> Inbox:
    """Return the inbox of an entry. It is shared by all setups, so that only one owner writes the journal."""
    return _INBOXES.get(hass, entry)


@callback
def inboxes_to_fill(hass: HomeAssistant) -> list[Inbox]:
    """Return the inboxes of all servers that are not set up yet, or that are unloading."""
    inboxes = (inbox_of(hass, entry) for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False))
    return [inbox for inbox in inboxes if inbox.accepts and not inbox.is_loaded]


async def async_remove_inbox(hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> None:
    """Delete the stored requests of a removed entry."""
    await inbox_of(hass, entry).async_remove()
    _INBOXES.pop(hass, entry)
