"""The coordinator of one Plex server: runs the engine, and stores library statistics and recent results."""

import asyncio
from collections import deque
from collections.abc import Coroutine, Iterable
from datetime import timedelta
import logging
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .callback_list import CallbackList
from .const import CONF_DETAILED_LOGGING, DEFAULT_OPTIONS, DOMAIN
from .coordinator_data import FinishedRequest, ServerData
from .flows.check_connection import access_of, async_end_reauth
from .flows.core_plex import async_replace_token
from .journal_location import journal_of
from .library_statistics import LibraryStatisticsCache
from .options import mappings_of, settings_of
from .repair_issues.identity import report_identity
from .scanner import (
    SCAN,
    ActivityEvent,
    ConnectionEvent,
    ConnectionState,
    ErrorKind,
    Outcome,
    PendingRequest,
    PlexError,
    PlexEvent,
    ScanCompleteEvent,
    ScanEngine,
    ScanRequest,
    ScanResult,
    Server,
    StoppedError,
    Timing,
    log_safe,
    show_steps,
    wait_shielded,
)
from .server_errors import coordinator_error, stopping_error, update_failed

_LOGGER: Final = logging.getLogger(__name__)

TIMING: Final = Timing()
UPDATE_INTERVAL: Final = timedelta(minutes=15)
RETRY_INTERVAL: Final = timedelta(minutes=1)  # after a failed query while the server itself is reachable
MAX_FAILURES: Final = 5  # consecutive failures during which the old statistics are shown
REFRESH_DELAY: Final = 10  # seconds after a scan, so that several scans cause only one refresh
HISTORY_LENGTH: Final = 50


type PlexSmartScanConfigEntry = ConfigEntry[PlexSmartScanCoordinator]


class PlexSmartScanCoordinator(DataUpdateCoordinator[ServerData]):
    """Coordinator that runs the engine of one server and updates its library statistics."""

    config_entry: PlexSmartScanConfigEntry

    def __init__(self, hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> None:
        """Create the engine without sending a request to Plex."""
        self._refresh_debouncer: Debouncer[Coroutine[Any, Any, None]] = Debouncer(
            hass, _LOGGER, cooldown=REFRESH_DELAY, immediate=False, background=True
        )
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=log_safe(entry.title),
            update_interval=UPDATE_INTERVAL,
            request_refresh_debouncer=self._refresh_debouncer,
            always_update=False,
        )
        self.results: CallbackList[ScanResult] = CallbackList()
        self.activity: CallbackList[()] = CallbackList()  # a request was accepted, scanned or finished: often
        self.mounts: CallbackList[()] = CallbackList()  # the mount of a location is missing or available again
        # Paths that are in no library, and whether they were sent to this server only.
        self.unmatched: CallbackList[tuple[str, ...], bool] = CallbackList()
        options = {**DEFAULT_OPTIONS, **entry.options}
        self.journal = journal_of(hass, entry)
        self.engine = ScanEngine(
            access_of(entry),
            self.journal,
            settings=settings_of(options),
            mappings=mappings_of(options),
            timing=TIMING,
            on_result=self._on_result,
            on_availability=self._on_availability,
            on_scanning=self._show_scanning,
            on_mounts=self.mounts.async_notify,
        )
        self._statistics = LibraryStatisticsCache(self.engine)
        self.history: deque[FinishedRequest] = deque(maxlen=HISTORY_LENGTH)
        self.last_scan: FinishedRequest | None = None
        self._up_to_date = 0
        self._server: Server | None = None
        self._failures = 0
        self._scanning_shown: frozenset[int | None] = frozenset()
        self._unlisten_stop = hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._on_home_assistant_stop)
        self._unlisten = [self._unlisten_stop, self.engine.websocket.listen(self._on_plex_event)]
        if options[CONF_DETAILED_LOGGING]:
            self._unlisten.append(show_steps())
        self._stopping: asyncio.Task[None] | None = None

    # -- lifecycle ----------------------------------------------------------------------------------------------------

    @override
    async def _async_setup(self) -> None:
        """Check which server responds at the URL."""
        try:
            self._server = await self.engine.connect()
        except PlexError as error:
            report_identity(self.hass, self.config_entry, error)
            raise coordinator_error(error) from error
        report_identity(self.hass, self.config_entry, None)

    async def async_start(self) -> None:
        """Start the engine, beginning with the stored requests.

        Raises HomeAssistantError if it was stopped, and OSError if the journal cannot be read.
        """
        try:
            await self.engine.start()
        except StoppedError as error:
            raise stopping_error(self.name) from error
        self.activity.async_notify()

    @property
    def stopping(self) -> bool:
        """Return whether the engine no longer accepts requests."""
        return self._stopping is not None

    @override
    async def async_shutdown(self) -> None:
        """Stop the coordinator and the engine. All unfinished requests are on disk when this returns.

        Home Assistant calls this on unload and after a failed setup, but not when it stops.
        """
        for unlisten in self._unlisten:
            unlisten()
        self._unlisten.clear()
        await super().async_shutdown()
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._async_stop())
        await wait_shielded(self._stopping)

    async def _async_stop(self) -> None:
        try:
            await self.engine.stop()
        finally:
            await self.journal.close()  # if `stop` failed before it closed the journal, which may be closed twice

    async def _on_home_assistant_stop(self, _event: Event) -> None:
        self._unlisten.remove(self._unlisten_stop)
        await self.async_shutdown()

    @override
    async def _async_update_data(self) -> ServerData:
        """Read the libraries, and the statistics of those that may have changed."""
        if self.engine.availability.state is ConnectionState.OFFLINE:
            raise coordinator_error(
                self.engine.availability.error or PlexError(ErrorKind.UNAVAILABLE, "the server is unreachable")
            )
        try:
            server = self._server
            if server is None:
                server = self._server = await self.engine.client.server()
            data = ServerData(server=server, libraries=await self._statistics.read())
        except PlexError as error:
            return await self._data_after_error(error)
        self.engine.availability.confirm_authorized()
        self._failures, self.update_interval = 0, UPDATE_INTERVAL
        return data

    async def _data_after_error(self, error: PlexError) -> ServerData:
        """Return the data to show after an error: the old data for some time if the server itself is reachable."""
        if not self.data:
            raise coordinator_error(error) from error
        self.update_interval = RETRY_INTERVAL
        try:
            # Raises if only this query failed. Returns if the server is unreachable, which the engine then watches.
            await self.engine.availability.handle_error(error)
        except PlexError as query_error:
            self._failures += 1
            if self._failures < MAX_FAILURES:
                _LOGGER.debug("Keeping the old statistics of %s: %s", self.name, query_error)
                return self.data
        # The server is unreachable, or the query has failed too often.
        raise update_failed(error) from error

    @property
    def connected(self) -> bool:
        """Return whether the server was reachable at the last request."""
        return self.engine.availability.state is ConnectionState.ONLINE

    @property
    def scanning(self) -> frozenset[int | None]:
        """Return the IDs of the libraries being scanned; None stands for a library that is not known yet."""
        websocket, current = self.engine.websocket, self.engine.runner.current
        if websocket.connected:
            return websocket.scanned_sections
        return frozenset({current.library.id} if current and current.started.is_set() else ())

    @property
    def scans_done(self) -> int:
        """Return the number of scans requested in this run."""
        return self.engine.runner.requested

    @property
    def scans_avoided(self) -> int:
        """Return the number of requests in this run that needed no separate scan."""
        return self.engine.runner.avoided + self._up_to_date

    async def async_submit(self, requests: Iterable[ScanRequest], *, durable: bool) -> list[PendingRequest]:
        """Submit requests to the engine. Raises HomeAssistantError if they cannot be saved."""
        try:
            return await self.engine.submit(requests, durable=durable)
        except StoppedError as error:
            raise stopping_error(self.name) from error
        except (HomeAssistantError, OSError) as error:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="not_saved") from error
        finally:
            self.activity.async_notify()

    # -- events of the engine -----------------------------------------------------------------------------------------

    @callback
    def _on_result(self, result: ScanResult) -> None:
        finished = FinishedRequest(dt_util.utcnow(), result)
        self.history.append(finished)
        if result.outcome is Outcome.UP_TO_DATE and not result.attempts:
            self._up_to_date += 1
        if result.attempts:
            self.last_scan = finished
            self._mark_changed({each.library.id for each in result.libraries})
        self.results.async_notify(result)
        self.activity.async_notify()

    @callback
    def _on_availability(self, state: ConnectionState, error: PlexError | None) -> None:
        """Handle that the server became unreachable or reachable. Only this method logs outages, once each."""
        report_identity(self.hass, self.config_entry, error)
        if state is ConnectionState.ONLINE:
            self._server = None  # the server may have been updated in the meantime
            async_end_reauth(self.hass, self.config_entry)  # the token works again
            self._refresh_in_background()
        elif error:
            self.async_set_update_error(coordinator_error(error))
        # Show the new availability now: `async_set_update_error` updates the entities only at the first of several
        # failures, and a recovery would only be shown when the statistics are read.
        self.async_update_listeners()
        if state is ConnectionState.UNAUTHORIZED:
            self.config_entry.async_create_background_task(
                self.hass,
                async_replace_token(self.hass, self.config_entry, self.engine.client.access),
                f"{self.name} needs another token",
            )

    @callback
    def _on_plex_event(self, event: PlexEvent) -> None:
        """Update the scanning state and the connection state."""
        if isinstance(event, ActivityEvent) and event.type == SCAN:
            if event.event == "ended":
                self._mark_changed(None if event.section is None else {event.section})
            self._show_scanning()
        elif isinstance(event, ScanCompleteEvent) and self._statistics.is_current:
            self._mark_changed(None)
        elif isinstance(event, ConnectionEvent):
            self._server = None  # the server may have been updated in the meantime
            self._show_scanning()
            if event.connected:
                self.engine.availability.probe_now()
            else:
                # Check whether the whole server is unreachable.
                self._refresh_in_background()

    @callback
    def _show_scanning(self) -> None:
        if (scanning := self.scanning) != self._scanning_shown:
            self._scanning_shown = scanning
            self.activity.async_notify()

    @callback
    def _refresh_in_background(self) -> None:
        self.config_entry.async_create_background_task(self.hass, self.async_refresh(), f"{self.name} refresh")

    @callback
    def _mark_changed(self, libraries: set[int] | None) -> None:
        """Read the statistics of some libraries again soon; None stands for all libraries."""
        self._statistics.mark_changed(libraries)
        self._refresh_debouncer.async_schedule_call()
