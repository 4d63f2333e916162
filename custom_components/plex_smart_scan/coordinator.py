"""The coordinator of one Plex server: owns its scanner, the size of its libraries and what happened last."""

import asyncio
from collections import deque
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
import logging
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .const import CONF_DETAILED_LOGGING, DEFAULT_OPTIONS, DOMAIN
from .flows.connection import access_of, async_end_reauth
from .flows.core_plex import async_take_working_core_token
from .journal_store import journal_of
from .library_statistics import LibraryStatisticsCache
from .listeners import Listeners
from .options import mappings_of, settings_of
from .repair_issues.identity import report_identity
from .scanner.concurrency import wait_shielded
from .scanner.engine import ScanEngine, StoppedError
from .scanner.foreign_text import log_safe
from .scanner.models import LibraryStatistics, Outcome, Reason, ScanRequest, ScanResult, Server
from .scanner.plex.availability import ConnectionState
from .scanner.plex.errors import ErrorKind, PlexError
from .scanner.plex.events import SCAN, ActivityEvent, ConnectionEvent, PlexEvent, ScanCompleteEvent
from .scanner.requests.pending import PendingRequest
from .scanner.step_log import show_steps
from .scanner.timing import Timing

_LOGGER: Final = logging.getLogger(__name__)

TIMING: Final = Timing()
UPDATE_INTERVAL: Final = timedelta(minutes=15)
READ_AGAIN: Final = timedelta(minutes=1)  # after a question that failed, while the server itself is there
MOST_FAILURES: Final = 5  # in a row, while the old numbers are shown
REFRESH_DELAY: Final = 10  # seconds after a scan, so that a burst of them costs one refresh
RETRY_TIMEOUT: Final = 15.0  # seconds for a server to answer a person who asks whether it is back
HISTORY_LENGTH: Final = 50
# What a request can end as; `pending` is only ever an answer to a caller that does not wait any longer.
FINAL_OUTCOMES: Final = tuple(outcome for outcome in Outcome if outcome is not Outcome.PENDING)

type PlexSmartScanConfigEntry = ConfigEntry[PlexSmartScanCoordinator]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerData:
    """What is known of a server and its libraries, by their ids."""

    server: Server
    libraries: dict[int, LibraryStatistics]


@dataclass(frozen=True, slots=True)
class FinishedRequest:
    """A result, and when it came."""

    at: datetime
    result: ScanResult


class PlexSmartScanCoordinator(DataUpdateCoordinator[ServerData]):
    """Keeps the numbers of one server up to date, and runs its scanner."""

    config_entry: PlexSmartScanConfigEntry

    def __init__(self, hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> None:
        """Make the scanner; nothing is asked of Plex yet."""
        self._refresh_soon: Debouncer[Coroutine[Any, Any, None]] = Debouncer(
            hass, _LOGGER, cooldown=REFRESH_DELAY, immediate=False, background=True
        )
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=log_safe(entry.title),
            update_interval=UPDATE_INTERVAL,
            request_refresh_debouncer=self._refresh_soon,
            always_update=False,
        )
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
            on_mounts=self._on_mounts,
        )
        self._numbers = LibraryStatisticsCache(self.engine)
        self.history: deque[FinishedRequest] = deque(maxlen=HISTORY_LENGTH)
        self.last_scan: FinishedRequest | None = None
        self._up_to_date = 0
        self._server: Server | None = None
        self._failures = 0
        self._scanning_shown: frozenset[int | None] = frozenset()
        self.results: Listeners[ScanResult] = Listeners()
        # Something is taken in, scanned or over; that may be very often.
        self.activity: Listeners[()] = Listeners()
        # The disk of a location is missing, or back.
        self.mounts: Listeners[()] = Listeners()
        # Paths that no library has, and whether only this server was meant to have them.
        self.unmatched: Listeners[tuple[str, ...], bool] = Listeners()
        self._unlisten_stop = hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._on_home_assistant_stop)
        self._unlisten = [self._unlisten_stop, self.engine.websocket.listen(self._on_plex_event)]
        if options[CONF_DETAILED_LOGGING]:
            self._unlisten.append(show_steps())
        self._stopping: asyncio.Task[None] | None = None

    # -- life ---------------------------------------------------------------------------------------------------------

    @override
    async def _async_setup(self) -> None:
        """Ask who answers at the URL."""
        try:
            self._server = await self.engine.connect()
        except PlexError as error:
            report_identity(self.hass, self.config_entry, error)
            raise _failure(error) from error
        report_identity(self.hass, self.config_entry, None)

    async def async_start(self) -> None:
        """Start the scanner, with what was kept for it first. Raises HomeAssistantError when it cannot be."""
        try:
            await self.engine.start()
        except StoppedError as error:
            raise self.stopped_error() from error
        self.activity.async_notify()

    def stopped_error(self) -> HomeAssistantError:
        """Return the error for who comes when nothing is taken in any more."""
        return HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="stopping",
            translation_placeholders={"server": self.name},
        )

    @property
    def stopping(self) -> bool:
        """Whether nothing is taken in any more."""
        return self._stopping is not None

    @override
    async def async_shutdown(self) -> None:
        """Stop the scanner too, once; what is not over is on the disk when this returns.

        Home Assistant calls this on unload and on a failed set-up, but not when it stops.
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
            await self.journal.close()

    async def _on_home_assistant_stop(self, _event: Event) -> None:
        self._unlisten.remove(self._unlisten_stop)
        await self.async_shutdown()

    @override
    async def _async_update_data(self) -> ServerData:
        """Read the libraries and the size of those that may have changed."""
        if self.engine.availability.state is ConnectionState.OFFLINE:
            raise _failure(self.engine.availability.error or PlexError(ErrorKind.UNAVAILABLE, "the server is away"))
        try:
            server = self._server
            if server is None:
                server = self._server = await self.engine.client.server()
            data = ServerData(server=server, libraries=await self._numbers.read())
        except PlexError as error:
            return await self._without(error)
        self.engine.availability.go_online()
        self._failures, self.update_interval = 0, UPDATE_INTERVAL
        return data

    async def _without(self, error: PlexError) -> ServerData:
        """Tell what is shown when the numbers could not be read: for a while the old ones, if the server is there."""
        if not self.data:
            raise _failure(error) from error
        self.update_interval = READ_AGAIN
        try:
            await self.engine.availability.take(error)
        except PlexError as error_of_one_question:
            self._failures += 1
            if self._failures < MOST_FAILURES:
                _LOGGER.debug("The numbers of %s stay as they are: %s", self.name, error_of_one_question)
                return self.data
        # From now on the link asks until the server is back, and tells.
        raise _failed(error) from error

    @property
    def connected(self) -> bool:
        """Whether the server was there when something was last asked of it."""
        return self.engine.availability.state is ConnectionState.ONLINE

    @property
    def scanning(self) -> frozenset[int | None]:
        """The libraries that are being scanned, by whomever; None stands for one that Plex has not named yet."""
        notifications, current = self.engine.websocket, self.engine.runner.current
        if notifications.connected:
            return notifications.sections
        return frozenset({current.library.id} if current and current.started.is_set() else ())

    async def async_retry(self) -> None:
        """Ask a server that is away, that refused the token, or that failed, once more.

        Raises HomeAssistantError when it is still unreachable or still rejects the token; what waits is kept.
        """
        availability = self.engine.availability
        availability.retry()
        if availability.state is ConnectionState.OFFLINE:
            try:
                async with asyncio.timeout(RETRY_TIMEOUT):
                    await self.engine.client.probe()
            except (PlexError, TimeoutError) as error:
                raise self._unreachable() from error
            availability.hurry()
            return
        await self.async_refresh()
        if availability.reason is Reason.SERVER_OFFLINE:
            raise self._unreachable()
        if availability.reason is Reason.NOT_AUTHORIZED:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="invalid_auth")

    def _unreachable(self) -> HomeAssistantError:
        return HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="still_unreachable",
            translation_placeholders={"server": self.name},
        )

    @property
    def scans_done(self) -> int:
        """How many scans were asked for in this run."""
        return self.engine.runner.requested

    @property
    def scans_avoided(self) -> int:
        """How many requests of this run needed no scan of their own."""
        return self.engine.runner.avoided + self._up_to_date

    # -- what the scanner tells ---------------------------------------------------------------------------------------

    async def async_submit(self, requests: Iterable[ScanRequest], *, durable: bool) -> list[PendingRequest]:
        """Have requests taken in by the scanner. Raises HomeAssistantError when they cannot be kept."""
        try:
            return await self.engine.submit(requests, durable=durable)
        except StoppedError as error:
            raise self.stopped_error() from error
        except (HomeAssistantError, OSError) as error:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="not_saved") from error
        finally:
            self.activity.async_notify()

    @callback
    def _on_mounts(self) -> None:
        self.mounts.async_notify()

    @callback
    def _on_result(self, result: ScanResult) -> None:
        finished = FinishedRequest(dt_util.utcnow(), result)
        self.history.append(finished)
        if result.outcome is Outcome.UP_TO_DATE and not result.attempts:
            self._up_to_date += 1
        if result.attempts:
            self.last_scan = finished
            self._refresh({each.library.id for each in result.libraries})
        self.results.async_notify(result)
        self.activity.async_notify()

    @callback
    def _on_availability(self, state: ConnectionState, error: PlexError | None) -> None:
        """Take in that the server went away or came back: the one place that logs it, through the coordinator."""
        report_identity(self.hass, self.config_entry, error)
        if state is ConnectionState.ONLINE:
            self._server = None  # it may have been updated meanwhile
            async_end_reauth(self.hass, self.config_entry)  # the token is taken again
            self._refresh_in_background()
        elif error:
            self.async_set_update_error(_failure(error))
        # The update's failure is told once only, and its success when the numbers are read: the link itself has gone
        # on by then.
        self.async_update_listeners()
        if state is ConnectionState.UNAUTHORIZED:
            self.config_entry.async_create_background_task(
                self.hass, self._async_replace_token(), f"{self.name} needs another token"
            )

    async def _async_replace_token(self) -> None:
        """Take the Plex integration's token where that works; else a person is asked."""
        if await async_take_working_core_token(self.hass, self.config_entry, self.engine.client.access):
            self.hass.config_entries.async_schedule_reload(self.config_entry.entry_id)
        else:
            self.config_entry.async_start_reauth(self.hass)

    @callback
    def _on_plex_event(self, hint: PlexEvent) -> None:
        """Follow the scans, whoever asked for them, and the connection itself."""
        if isinstance(hint, ActivityEvent) and hint.type == SCAN:
            if hint.event == "ended":
                self._refresh(None if hint.section is None else {hint.section})
            self._show_scanning()
        elif isinstance(hint, ScanCompleteEvent) and self._numbers.settled:
            self._refresh(None)
        elif isinstance(hint, ConnectionEvent):
            self._server = None  # it may have been updated meanwhile
            self._show_scanning()
            if hint.connected:
                self.engine.availability.hurry()
            else:
                # Ask whether the whole server went away; the link tells when it is back.
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
    def _refresh(self, libraries: set[int] | None) -> None:
        """Read some libraries' numbers again soon; None stands for all of them."""
        self._numbers.change(libraries)
        self._refresh_soon.async_schedule_call()


def _failure(error: PlexError) -> UpdateFailed | ConfigEntryAuthFailed:
    """Turn Plex's error into Home Assistant's."""
    if error.kind is ErrorKind.AUTH:
        return ConfigEntryAuthFailed(translation_domain=DOMAIN, translation_key="invalid_auth")
    return _failed(error)


def _failed(error: PlexError) -> UpdateFailed:
    return UpdateFailed(
        translation_domain=DOMAIN,
        translation_key=f"update_failed_{error.kind}",
        translation_placeholders={"status": str(error.status or "?")},
        retry_after=error.retry_after,
    )
