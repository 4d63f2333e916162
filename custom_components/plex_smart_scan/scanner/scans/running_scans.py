"""Which scans run on the server: by the websocket's events, or else by questions about its activities."""

import asyncio
from collections.abc import Callable
import logging
from typing import Final

from ..clock import Clock, wait_for
from ..plex import events
from ..plex.availability import ServerAvailability
from ..plex.client import PlexClient
from ..plex.errors import PlexError
from ..plex.websocket import PlexWebsocket
from ..timing import Timing
from .monitor import ScanMonitor
from .scan_job import Observation, ScanJob

_LOGGER: Final = logging.getLogger(__name__)
# Without a websocket, the look at the library comes first: it may spare the question whether the scan has ended.
_AFTER_THE_LOOK: Final = 1.5


class RunningScans:
    """Tells which libraries are being scanned, and follows a scan of ours to its end."""

    def __init__(
        self,
        client: PlexClient,
        availability: ServerAvailability,
        websocket: PlexWebsocket,
        clock: Clock,
        timing: Timing,
    ) -> None:
        """Keep how to ask."""
        self._client = client
        self._availability = availability
        self._websocket = websocket
        self._clock = clock
        self._timing = timing
        self._learnt_at = clock.monotonic()
        self._polls = 0

    async def now(self, *, ask_again: bool | None = None) -> Callable[[int], bool]:
        """Return a function that tells whether a library is being scanned, by us or by anything else.

        Whatever has waited for one has the server asked once in a while, for the end of a scan may have been missed.
        """
        waited = self._polls > 0 if ask_again is None else ask_again
        if self._websocket.connected:
            if waited and self._clock.monotonic() - self._learnt_at >= self._timing.busy_check:
                self._learnt_at = self._clock.monotonic()
                await self._websocket.learn()
            return self._websocket.is_scanning
        try:
            running = await self._availability.call(self._client.activities)
        except PlexError as error:
            # A failed question is no observation; the scan itself will tell more.
            _LOGGER.debug("Activities unknown: %s", error)
            return lambda _section: False
        sections = {activity.section for activity in running if activity.type == events.SCAN}
        return lambda section: section in sections or None in sections

    async def wait_for_change(self, changed: asyncio.Event) -> None:
        """Wait until a busy library may be idle."""
        self._polls += 1
        if self._websocket.connected:
            await wait_for(self._clock, changed, self._timing.busy_check)
        else:
            pause = self._timing.first_poll * 2.0 ** min(self._polls, 10)
            await self._clock.sleep(min(pause, self._timing.slowest_poll))

    def idle_again(self) -> None:
        """Begin with short pauses again."""
        self._polls = 0

    async def observe(self, monitor: ScanMonitor, job: ScanJob) -> Observation:
        """Wait for the end of a scan: its activity's, or, without a websocket, two looks that find none."""
        timing = self._timing
        begin = learnt_at = self._clock.monotonic()
        idle_looks, delay, seen = 0, timing.first_poll * _AFTER_THE_LOOK, False
        while not monitor.ended.is_set():
            now = self._clock.monotonic()
            seen = seen or monitor.begun.is_set()
            if self._websocket.connected:
                left = begin + timing.no_start - now
                # Nothing runs, nor anything that ours could be queued behind: it was lost, or its end was missed.
                if left <= 0 and not self._websocket.scanning:
                    return _observation(seen=seen, blind=monitor.blind)
                if now - learnt_at >= timing.busy_check:
                    learnt_at = now
                    await self._websocket.learn()
                await wait_for(self._clock, monitor.ended, left if left > 0 else timing.slowest_poll)
                continue
            monitor.blind = True
            await wait_for(self._clock, monitor.ended, delay)
            delay = min(delay * 2, timing.slowest_poll)
            if not job.is_wanted():
                break  # all have their proof; the next scan asks first whether this one still runs
            busy = (await self.now(ask_again=True))(monitor.section)
            seen = seen or busy
            idle_looks = 0 if busy else idle_looks + 1
            if idle_looks >= 2:  # noqa: PLR2004 - one look may fall between "queued" and "begun"
                break
        return Observation.SEEN if monitor.ended.is_set() else _observation(seen=seen, blind=True)


def _observation(*, seen: bool, blind: bool) -> Observation:
    if seen:
        return Observation.SEEN
    return Observation.UNKNOWN if blind else Observation.NOT_SEEN
