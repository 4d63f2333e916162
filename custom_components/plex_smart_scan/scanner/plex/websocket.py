"""Plex's websocket: open for as long as we run, reconnecting for ever, never with the token in its URL."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
import json
import logging
from typing import Any, Final

import aiohttp

from ..clock import Clock
from ..unexpected_errors import UnexpectedErrors
from . import events
from .access_token import Access
from .errors import PlexError
from .events import ActivityEvent, ConnectionEvent, PlexEvent
from .identity import ServerIdentity
from .retry import back_off
from .websocket_session import OneConnection, one_connection
from .xml import Activity

_LOGGER: Final = logging.getLogger(__name__)
_PATH: Final = "/:/websockets/notifications"
_MAX_FRAME: Final = 4 * 2**20  # bytes


class PlexWebsocket:
    """Hands every hint to whoever listens, and knows which scans are running.

    `connected` means that nothing is missed: the websocket is open, and the server has told what had begun before.
    Until then, and where there is no session, the pipeline polls.
    """

    def __init__(
        self,
        access: Access,
        identity: ServerIdentity,
        clock: Clock,
        activities: Callable[[], Awaitable[tuple[Activity, ...]]],
    ) -> None:
        """Keep what is needed; `activities` asks the server what it is doing when a connection is made."""
        self.connected = False
        self._access = access
        self._identity = identity
        self._clock = clock
        self._ask_activities = activities
        self._listeners: list[Callable[[PlexEvent], None]] = []
        self._scans: dict[str, int | None] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._learning: asyncio.Task[bool] | None = None
        self._ended: set[str] | None = None  # what ended while an answer about running scans is on its way
        self._unexpected = UnexpectedErrors()

    def listen(self, listener: Callable[[PlexEvent], None]) -> Callable[[], None]:
        """Call `listener` with every hint, until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def is_scanning(self, section: int) -> bool:
        """Whether a scan of this library may run: one whose library is unknown may, and any while we may miss some."""
        return not self.connected or any(scanned in {section, None} for scanned in self._scans.values())

    @property
    def scanning(self) -> bool:
        """Whether any scan may run; nobody knows while some may be missed."""
        return not self.connected or bool(self._scans)

    @property
    def sections(self) -> frozenset[int | None]:
        """The libraries that are known to be scanned; None stands for one that Plex has not named yet."""
        return frozenset(self._scans.values())

    async def run(self) -> None:
        """Stay connected until cancelled."""
        try:
            # A pool of its own: of a connection that others made nobody knows where it leads.
            async with await one_connection(self._access) as session:
                await self._listen_for_ever(session)
        finally:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _listen_for_ever(self, session: OneConnection) -> None:
        failures = 0
        while True:
            try:
                await self._listen(session)
                failures = 0
            except (aiohttp.ClientError, PlexError, TimeoutError, OSError) as error:
                # Whether the server is away is the pipeline's to say; here it only means: poll.
                _LOGGER.debug("Websocket not connected: %s", error)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next connection may do without it
                self._unexpected.tell("The websocket failed", error)
            failures += 1
            await self._clock.sleep(back_off(failures))

    async def _listen(self, session: OneConnection) -> None:
        """Listen to one connection until it ends. Raises what aiohttp does when none can be made, and PlexError."""
        await session.prove(self._identity)
        async with session.ws_connect(
            self._access.url.rstrip("/") + _PATH,
            headers={"X-Plex-Token": self._access.token} if self._access.token else {},
            heartbeat=30,
            max_msg_size=_MAX_FRAME,
        ) as websocket:
            self._start(self._seed())
            try:
                async for message in websocket:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        self._take(message.data)
            finally:
                self._lose()

    def _start[T](self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Do something that ends with the connection."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _seed(self) -> None:
        """Ask what began before the connection was made, until the server tells: then nothing is missed any more."""
        failures = 0
        while not await self.learn():
            failures += 1
            await self._clock.sleep(back_off(failures))
        self.connected = True
        self._handle_event(ConnectionEvent(connected=True))

    def _lose(self) -> None:
        """Forget what only a connection could tell, and ask no further; a request under way is not waited for."""
        self.connected = False
        self._scans.clear()
        self._learning = None
        for task in self._tasks:
            task.cancel()
        # Also where the seed had not come yet: a server that goes away is noticed by this.
        self._handle_event(ConnectionEvent(connected=False))

    async def learn(self) -> bool:
        """Ask which scans are running, in case the beginning or the end of one was missed. False if nobody can tell.

        Whoever asks at the same time shares one question; it ends with the connection, and then tells nothing.
        """
        if self._learning is None or self._learning.done():
            self._learning = self._start(self._learn())
        learning = self._learning
        await asyncio.wait([learning])
        return not learning.cancelled() and learning.result()

    async def _learn(self) -> bool:
        known, ended = set(self._scans), set[str]()
        self._ended = ended
        try:
            running = await self._ask_activities()
        except Exception as error:  # noqa: BLE001 - a hint that is missing does no harm
            _LOGGER.debug("Running activities unknown: %s", error)
            return False
        finally:
            if self._ended is ended:
                self._ended = None
        scans = {each.uuid: each for each in running if each.type == events.SCAN and each.uuid not in ended}
        for uuid in known - scans.keys() - ended:
            self._handle_event(ActivityEvent("ended", uuid, events.SCAN, self._scans.get(uuid)))
        for uuid, activity in scans.items():
            self._handle_event(ActivityEvent("updated", uuid, events.SCAN, activity.section))
        return True

    def _take(self, text: str) -> None:
        try:
            found = tuple(events.read(json.loads(text)))
        except ValueError, RecursionError:  # brackets in brackets without end
            _LOGGER.debug("A websocket frame was no JSON")
            return
        except Exception as error:  # noqa: BLE001 - a frame that we do not understand is no reason to miss the next
            self._unexpected.tell("A websocket frame could not be read", error)
            return
        for hint in found:
            self._handle_event(hint)

    def _handle_event(self, hint: PlexEvent) -> None:
        if isinstance(hint, ActivityEvent) and hint.type == events.SCAN:
            if hint.event == "ended":
                self._scans.pop(hint.uuid, None)
                if self._ended is not None:
                    self._ended.add(hint.uuid)
            else:
                known = self._scans.get(hint.uuid)
                self._scans[hint.uuid] = known if hint.section is None else hint.section
        for listener in tuple(self._listeners):
            try:
                listener(hint)
            except Exception as error:  # noqa: BLE001 - whoever listens must not keep a hint from the others
                self._unexpected.tell("A listener failed", error)
