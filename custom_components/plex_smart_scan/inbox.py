"""Takes in what comes for a server while it is not set up: when Home Assistant starts and Plex is still away."""

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
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .coordinator import PlexSmartScanConfigEntry, PlexSmartScanCoordinator
from .flows.connection import is_reauth_open
from .journal_store import journal_of
from .scanner.journal.journal import Journal
from .scanner.models import Reason, ScanRequest

_MAILBOXES: Final[HassKey[dict[str, Inbox]]] = HassKey(f"{DOMAIN}_mailboxes")
_STOPS_WITHIN: Final = 10.0  # seconds; Home Assistant, too, goes on after so long
# Nobody knows of a set-up to come. In all other states one is being tried or will be, waits for a person, or, where the
# scanner has stopped, comes with the reload under way or with the next start of Home Assistant.
_NOT_TO_BE_SET_UP: Final = {ConfigEntryState.NOT_LOADED, ConfigEntryState.MIGRATION_ERROR}


class Inbox:
    """Keeps requests in the journal that the server's engine reads when it starts.

    Home Assistant answers 200 for an unregistered webhook, so a sender would think that they were accepted. While an
    engine runs, the inbox keeps nothing: requests that it stores then would wait for the next start.
    """

    def __init__(self, hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> None:
        """Keep nothing yet."""
        self.entry = entry
        self._hass = hass
        self._journal: Journal | None = None  # open while requests are kept here
        self._closes_with_home_assistant = False
        self._known: dict[ScanRequest, str] = {}  # what was kept since, without times and contexts, with its id
        self._owner: PlexSmartScanCoordinator | None = None
        self._lock = asyncio.Lock()

    @property
    def coordinator(self) -> PlexSmartScanCoordinator | None:
        """Who takes requests in by itself now; None where they are to be kept."""
        return None if self._owner is None or self._owner.stopping else self._owner

    @property
    def at_work(self) -> bool:
        """Whether the server is loaded; one that is being unloaded may still take requests in, but for how long?"""
        return self.coordinator is not None and self.entry.state is ConfigEntryState.LOADED

    @property
    def takes(self) -> bool:
        """Whether what is kept will be taken up one day."""
        return self.entry.disabled_by is None and self.entry.state not in _NOT_TO_BE_SET_UP

    @property
    def reason(self) -> Reason:
        """Why what is kept is still waiting."""
        if is_reauth_open(self._hass, self.entry):
            return Reason.NOT_AUTHORIZED
        return Reason.SERVER_OFFLINE if self.entry.state is ConfigEntryState.SETUP_RETRY else Reason.WAITING

    async def async_start(self, coordinator: PlexSmartScanCoordinator) -> None:
        """Start the scanner, which takes up what was kept; from now on it keeps requests itself."""
        async with self._lock:
            await self._take_over()
            await self._close()
            await coordinator.async_start()
            self._owner = coordinator

    async def async_keep(self, requests: Sequence[ScanRequest]) -> PlexSmartScanCoordinator | None:
        """Keep requests for later; they are on the disk when this returns.

        When the scanner was started meanwhile nothing is kept, and the coordinator to give them to is returned. Raises
        HomeAssistantError when they cannot be kept, or when nobody would ever take them up.
        """
        async with self._lock:
            if self.coordinator is not None:
                return self.coordinator
            if not self.takes:
                raise HomeAssistantError(translation_domain=DOMAIN, translation_key="server_not_loaded")
            await self._take_over()
            try:
                await self._keep(requests)
            except OSError as error:
                raise HomeAssistantError(translation_domain=DOMAIN, translation_key="not_saved") from error
        return None

    async def _keep(self, requests: Sequence[ScanRequest]) -> None:
        """Write requests. One that repeats an earlier one in every field replaces it, so that the file stays small."""
        wishes = {replace(request, id="", accepted_at=0.0): request for request in requests}
        kept = {wish: replace(each, id=uuid4().hex, accepted_at=time()) for wish, each in wishes.items()}
        replaced = [self._known[wish] for wish in kept if wish in self._known]
        await self._open().accept(kept.values(), replaces=replaced)
        self._known |= {wish: request.id for wish, request in kept.items()}

    async def async_count(self) -> int:
        """Return how many requests are kept. Raises OSError when the journal cannot be read."""
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
        """Delete the file, for good."""
        async with self._lock:
            await self._take_over()
            await self._open().remove()
            await self._close()

    async def _take_over(self) -> None:
        """Take the file from the scanner that had it, once that has written what it left; it never writes again."""
        if self._owner is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOPS_WITHIN):
                await self._owner.async_shutdown()
        self._owner = None


@callback
def inbox_of(hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> Inbox:
    """Return the inbox of an entry; it is the same over all set-ups, so that none writes over another's head."""
    inboxes = hass.data.setdefault(_MAILBOXES, {})
    if entry.entry_id not in inboxes:
        inboxes[entry.entry_id] = Inbox(hass, entry)
    return inboxes[entry.entry_id]


@callback
def inboxes_to_fill(hass: HomeAssistant) -> list[Inbox]:
    """Return the inboxes of all servers that are not set up yet but will be, or that are about to go."""
    inboxes = (inbox_of(hass, entry) for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False))
    return [inbox for inbox in inboxes if inbox.takes and not inbox.at_work]


async def async_remove_inbox(hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> None:
    """Delete what was kept for an entry that was removed."""
    await inbox_of(hass, entry).async_remove()
    hass.data[_MAILBOXES].pop(entry.entry_id, None)
