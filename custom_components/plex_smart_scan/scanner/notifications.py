"""Plex's websocket: open for as long as we run, reconnecting for ever, never with the token in its URL."""

import asyncio
from collections.abc import Awaitable, Callable
import json
import logging
from typing import Final

import aiohttp

from . import hints
from .answers import Activity
from .clock import Clock
from .gateway import Access
from .hints import ActivityHint, ConnectionHint, Hint
from .retry import back_off

_LOGGER: Final = logging.getLogger(__name__)
_PATH: Final = "/:/websockets/notifications"
_MAX_FRAME: Final = 4 * 2**20  # bytes


class Notifications:
    """Hands every hint to whoever listens, and knows which scans are running.

    Without a session there is no websocket: `connected` stays False and the pipeline polls.
    """

    def __init__(
        self,
        access: Access,
        session: aiohttp.ClientSession | None,
        clock: Clock,
        activities: Callable[[], Awaitable[tuple[Activity, ...]]],
    ) -> None:
        """Keep what is needed; `activities` asks the server what it is doing when a connection is made."""
        self.connected = False
        self._access = access
        self._session = session
        self._clock = clock
        self._ask_activities = activities
        self._listeners: list[Callable[[Hint], None]] = []
        self._scans: dict[str, int | None] = {}
        self._ended: set[str] | None = None  # what ended while an answer about running scans is on its way

    def listen(self, listener: Callable[[Hint], None]) -> Callable[[], None]:
        """Call `listener` with every hint, until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def is_scanning(self, section: int) -> bool:
        """Whether a scan of this library is known to run; one whose library is unknown counts for every library."""
        return any(scanned in {section, None} for scanned in self._scans.values())

    @property
    def scanning(self) -> bool:
        """Whether any scan is known to run."""
        return bool(self._scans)

    @property
    def sections(self) -> frozenset[int | None]:
        """The libraries that are being scanned; None stands for one that Plex has not named yet."""
        return frozenset(self._scans.values())

    async def run(self) -> None:
        """Stay connected until cancelled."""
        if self._session is None:
            return
        failures = 0
        while True:
            try:
                if await self._session_once(self._session):
                    failures = 0
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                # Whether the server is away is the pipeline's to say; here it only means: poll.
                _LOGGER.debug("Websocket not connected: %s", type(error).__name__)
            finally:
                was_connected, self.connected = self.connected, False
                self._scans.clear()
                if was_connected:
                    self._take_hint(ConnectionHint(connected=False))
            failures += 1
            await self._clock.sleep(back_off(failures))

    async def _session_once(self, session: aiohttp.ClientSession) -> bool:
        """Listen to one connection until it ends. True when it was made."""
        async with session.ws_connect(
            self._access.url.rstrip("/") + _PATH,
            headers={"X-Plex-Token": self._access.token} if self._access.token else {},
            heartbeat=30,
            max_msg_size=_MAX_FRAME,
            ssl=self._access.verify_ssl,
        ) as websocket:
            # From now on nothing is missed; what began before is asked for once.
            self.connected = True
            self._take_hint(ConnectionHint(connected=True))
            seed = asyncio.create_task(self.learn())
            try:
                async for message in websocket:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        self._take(message.data)
            finally:
                seed.cancel()
                # Not `suppress`: a cancellation of our own that comes meanwhile must not be lost.
                await asyncio.gather(seed, return_exceptions=True)
            return True

    async def learn(self) -> None:
        """Ask which scans are running, in case the beginning or the end of one was missed."""
        known, self._ended = set(self._scans), set()
        try:
            running = await self._ask_activities()
        except Exception as error:  # noqa: BLE001 - a hint that is missing does no harm
            _LOGGER.debug("Running activities unknown: %s", error)
            return
        finally:
            ended, self._ended = self._ended, None
        scans = {each.uuid: each for each in running if each.type == hints.SCAN and each.uuid not in ended}
        for uuid in known - scans.keys() - ended:
            self._take_hint(ActivityHint("ended", uuid, hints.SCAN, self._scans.get(uuid)))
        for uuid, activity in scans.items():
            self._take_hint(ActivityHint("updated", uuid, hints.SCAN, activity.section))

    def _take(self, text: str) -> None:
        try:
            frame = json.loads(text)
        except ValueError:
            _LOGGER.debug("A websocket frame was no JSON")
            return
        for hint in hints.read(frame):
            self._take_hint(hint)

    def _take_hint(self, hint: Hint) -> None:
        if isinstance(hint, ActivityHint) and hint.type == hints.SCAN:
            if hint.event == "ended":
                self._scans.pop(hint.uuid, None)
                if self._ended is not None:
                    self._ended.add(hint.uuid)
            else:
                known = self._scans.get(hint.uuid)
                self._scans[hint.uuid] = known if hint.section is None else hint.section
        for listener in tuple(self._listeners):
            listener(hint)
