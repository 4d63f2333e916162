"""Plex's websocket: it is connected again whenever it is lost, and its URL does not contain the token."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
import json
import logging
from typing import Any, Final

import aiohttp

from ..clock import Clock, wait_for
from ..unexpected_errors import UnexpectedErrors
from . import events
from .errors import PlexError
from .events import ActivityEvent, ConnectionEvent, PlexEvent
from .retry import backoff_delay
from .transport.identity import ServerIdentity
from .url_and_token import Access
from .websocket_session import VerifiedSession, open_verified_session
from .xml import Activity

_LOGGER: Final = logging.getLogger(__name__)
_PATH: Final = "/:/websockets/notifications"
_MAX_FRAME: Final = 256 * 1024  # bytes; frames are parsed in the event loop
_MAX_SCANS: Final = 1000  # at the same time; Plex runs one or a few


class PlexWebsocket:
    """Passes events to listeners, and tracks which scans are running.

    `connected` means that no event is missed: the websocket is open, and the server has reported which activities had
    started before. Until then the engine polls.
    """

    def __init__(
        self,
        access: Access,
        identity: ServerIdentity,
        clock: Clock,
        activities: Callable[[], Awaitable[tuple[Activity, ...]]],
    ) -> None:
        """Create the websocket without connecting. `activities` requests the server's current activities."""
        self.connected = False
        self._access = access
        self._identity = identity
        self._clock = clock
        self._ask_activities = activities
        self._listeners: list[Callable[[PlexEvent], None]] = []
        self._scans: dict[str, int | None] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._reconnect_requested = asyncio.Event()
        self._reading_activities: asyncio.Task[bool] | None = None
        self._ended_while_reading: set[str] | None = (
            None  # what ended while a request for the running scans was in progress
        )
        self._unexpected = UnexpectedErrors()

    def listen(self, listener: Callable[[PlexEvent], None]) -> Callable[[], None]:
        """Call `listener` with every event until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def any_scan_running(self) -> bool:
        """Whether any scan may be running; True while events may be missed."""
        return not self.connected or bool(self._scans)

    @property
    def scanned_sections(self) -> frozenset[int | None]:
        """The libraries that are being scanned; None for a scan whose library is still unknown."""
        return frozenset(self._scans.values())

    def reconnect_now(self) -> None:
        """Try again now instead of after the current pause."""
        self._reconnect_requested.set()

    async def run(self) -> None:
        """Stay connected until cancelled."""
        try:
            # A session of its own: a shared connection may lead to another server.
            async with await open_verified_session(self._access) as session:
                await self._reconnect_forever(session)
        finally:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _reconnect_forever(self, session: VerifiedSession) -> None:
        failures = 0
        while True:
            try:
                await self._listen(session)
                failures = 0
            except (aiohttp.ClientError, PlexError, TimeoutError, OSError) as error:
                # `ServerAvailability` reports outages; without a websocket the engine only polls.
                _LOGGER.debug("The websocket is not connected: %s", error)
            except Exception as error:  # noqa: BLE001 - the next connection may succeed
                self._unexpected.log("Unexpected error in the websocket connection", error)
            failures = await self._pause(failures + 1)

    async def _pause(self, failures: int) -> int:
        """Wait after a failure, at most until the server is back. Return how many failures then count."""
        is_back = await wait_for(self._clock, self._reconnect_requested, backoff_delay(failures))
        self._reconnect_requested.clear()
        return 0 if is_back else failures

    async def _listen(self, session: VerifiedSession) -> None:
        """Listen on one connection until it ends. Raises PlexError, and what aiohttp does."""
        await session.verify(self._identity)
        async with session.ws_connect(
            self._access.url.rstrip("/") + _PATH,
            headers={"X-Plex-Token": self._access.token} if self._access.token else {},
            heartbeat=30,
            max_msg_size=_MAX_FRAME,
        ) as websocket:
            self._start(self._load_running_scans())
            try:
                async for message in websocket:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        self._handle_frame(message.data)
            finally:
                self._on_disconnect()

    def _start[T](self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task that ends with the connection."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _load_running_scans(self) -> None:
        """Request the activities that started before the connection, until the server reports them."""
        failures = 0
        while not await self.refresh_scans():
            failures = await self._pause(failures + 1)
        self.connected = True
        self._handle_event(ConnectionEvent(connected=True))

    def _on_disconnect(self) -> None:
        """Discard what was known from the connection. A running request is not waited for."""
        self.connected = False
        self._scans.clear()
        self._reading_activities = None
        for task in self._tasks:
            task.cancel()
        # This is reported even before the first connection was complete, so that an outage is noticed.
        self._handle_event(ConnectionEvent(connected=False))

    async def refresh_scans(self) -> bool:
        """Request the running scans, in case an event was missed. Return False if they are unknown.

        Simultaneous callers share one request; it ends with the connection, and then returns False.
        """
        if self._reading_activities is None or self._reading_activities.done():
            self._reading_activities = self._start(self._read_activities())
        reading = self._reading_activities
        await asyncio.wait([reading])
        return not reading.cancelled() and reading.result()

    async def _read_activities(self) -> bool:
        known, ended = set(self._scans), set[str]()
        self._ended_while_reading = ended
        try:
            running = await self._ask_activities()
        except Exception as error:  # noqa: BLE001 - the engine works without it
            _LOGGER.debug("Failed to read the running activities: %s", error)
            return False
        finally:
            if self._ended_while_reading is ended:
                self._ended_while_reading = None
        scans = {each.uuid: each for each in running if each.type == events.SCAN and each.uuid not in ended}
        for uuid in known - scans.keys() - ended:
            self._handle_event(ActivityEvent("ended", uuid, events.SCAN, self._scans.get(uuid)))
        for uuid, activity in scans.items():
            self._handle_event(ActivityEvent("updated", uuid, events.SCAN, activity.section))
        return True

    def _handle_frame(self, text: str) -> None:
        try:
            found = tuple(events.read(json.loads(text)))
        except ValueError, RecursionError:  # nested too deeply
            _LOGGER.debug("Ignored a websocket frame that is not JSON")
            return
        except Exception as error:  # noqa: BLE001 - the next frame may be readable
            self._unexpected.log("Failed to parse a websocket frame", error)
            return
        for event in found:
            self._handle_event(event)

    def _handle_event(self, event: PlexEvent) -> None:
        if isinstance(event, ActivityEvent) and event.type == events.SCAN:
            if event.event == "ended":
                self._scans.pop(event.uuid, None)
                if self._ended_while_reading is not None:
                    self._ended_while_reading.add(event.uuid)
            elif event.uuid not in self._scans and len(self._scans) >= _MAX_SCANS:
                return
            else:
                known = self._scans.get(event.uuid)
                self._scans[event.uuid] = known if event.section is None else event.section
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception as error:  # noqa: BLE001 - one listener must not keep the event from the others
                self._unexpected.log("Unexpected error in a listener", error)
