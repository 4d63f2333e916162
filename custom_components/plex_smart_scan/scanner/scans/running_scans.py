"""The scans that run on the server: by the events of the websocket, or else by polling its activities."""

import asyncio
from dataclasses import dataclass
import logging
from typing import Final

from ..clock import Clock, wait_for, wait_for_any
from ..plex import events
from ..plex.client import PlexClient
from ..plex.errors import PlexError
from ..plex.server_availability import ServerAvailability
from ..plex.websocket import PlexWebsocket
from ..timing import Timing
from .monitor import ScanMonitor
from .scan_job import Observation, ScanJob

_LOGGER: Final = logging.getLogger(__name__)
# Without a websocket, the first look-up comes before the first poll, which may then be unnecessary.
_AFTER_THE_LOOK: Final = 1.5


@dataclass(frozen=True, slots=True)
class ScannedLibraries:
    """The libraries that are being scanned, by any request."""

    sections: frozenset[int | None]
    """Their ids; None for a scan that does not say of which library it is."""

    def include(self, section: int) -> bool:
        """Return whether a scan says that it is of this library."""
        return section in self.sections

    def may_include(self, section: int) -> bool:
        """Return whether this library may be being scanned: also if the library of a running scan is unknown."""
        return not self.sections.isdisjoint({section, None})


class RunningScans:
    """Knows which libraries are being scanned, and observes a requested scan to its end."""

    def __init__(
        self,
        client: PlexClient,
        availability: ServerAvailability,
        websocket: PlexWebsocket,
        clock: Clock,
        timing: Timing,
    ) -> None:
        """Store the dependencies."""
        self._client = client
        self._availability = availability
        self._websocket = websocket
        self._clock = clock
        self._timing = timing
        self._activities_read_at = clock.monotonic()
        self._polls = 0
        self.unknown = False  # whether the last poll failed

    async def now(self, *, refresh: bool = False) -> ScannedLibraries:
        """Return which libraries are being scanned.

        With `refresh` the server is polled from time to time, since the end of a scan may have been missed; by default
        only if a scan waits for that.
        """
        waited = refresh or self._polls > 0
        if self._websocket.connected:
            if waited and self._clock.monotonic() - self._activities_read_at >= self._timing.busy_check_interval:
                self._activities_read_at = self._clock.monotonic()
                await self._websocket.refresh_scans()
            self.unknown = False
            return ScannedLibraries(self._websocket.scanned_sections)
        try:
            running = await self._availability.call_optional(self._client.activities)
        except PlexError as error:
            # The activities are unknown: treat all libraries as idle.
            _LOGGER.debug("Failed to read the running activities: %s", error)
            self.unknown = True
            return ScannedLibraries(frozenset())
        self.unknown = False
        return ScannedLibraries(frozenset(each.section for each in running if each.type == events.SCAN))

    async def wait_for_change(self, changed: asyncio.Event) -> None:
        """Wait until a busy library may be idle."""
        self._polls += 1
        if self._websocket.connected:
            await wait_for(self._clock, changed, self._timing.busy_check_interval)
        else:
            pause = self._timing.first_poll * 2.0 ** min(self._polls, 10)
            await self._clock.sleep(min(pause, self._timing.slowest_poll))

    def reset_pauses(self) -> None:
        """Begin with short pauses again."""
        self._polls = 0

    async def observe(self, monitor: ScanMonitor, job: ScanJob) -> Observation:
        """Wait until a scan has ended, and return whether it was observed.

        If what was seen may have been another scan, that is set in the job once it is known.
        """
        observation = await self._wait_for_end(monitor, job)
        if observation is not Observation.OBSERVED or monitor.is_certain:
            return observation
        monitor.when_certain(lambda: job.set_observation(Observation.OBSERVED))
        return Observation.UNKNOWN

    async def _wait_for_end(self, monitor: ScanMonitor, job: ScanJob) -> Observation:
        """Wait for the event of its end or, without a websocket, for two polls that do not report the scan."""
        timing = self._timing
        begin = activities_read_at = self._clock.monotonic()
        is_queued = self._websocket.any_scan_running
        idle_polls, delay, polled_busy = 0, timing.first_poll * _AFTER_THE_LOOK, False
        while not monitor.ended.is_set():
            if job.outages != self._availability.outages:
                return Observation.UNKNOWN  # Plex has lost its queue: a scan that runs now is another one
            now = self._clock.monotonic()
            if self._websocket.connected:
                left = begin + timing.start_timeout - now
                if left <= 0 and not await self._may_be_queued(check=is_queued):
                    return _observation(seen=polled_busy or monitor.started.is_set(), incomplete=monitor.incomplete)
                if now - activities_read_at >= timing.busy_check_interval:
                    activities_read_at = now
                    await self._websocket.refresh_scans()
                await wait_for(self._clock, monitor.ended, left if left > 0 else timing.slowest_poll)
                continue
            monitor.incomplete = True
            await wait_for_any(self._clock, (monitor.ended, monitor.reconnected), delay)
            delay = min(delay * 2, timing.slowest_poll)
            if monitor.reconnected.is_set():
                continue  # the server has just reported its activities
            if not job.is_wanted():
                break  # no request waits; the next scan polls first whether this one is still running
            scanned = await self.now(refresh=True)
            busy, named = scanned.may_include(monitor.section), scanned.include(monitor.section)
            is_ours = busy and not job.follows_unobserved and not monitor.has_rival(named=named)
            polled_busy = polled_busy or is_ours
            idle_polls = 0 if busy else idle_polls + 1
            if idle_polls >= 2:  # noqa: PLR2004 - one poll may come between the request and the start
                break
        seen = polled_busy or monitor.started.is_set() or monitor.ended.is_set()
        return _observation(seen=seen, incomplete=True)

    async def _may_be_queued(self, *, check: bool) -> bool:
        """Return whether a scan is running that a requested one can be queued behind.

        If there is none, that one was lost, or its end was missed. With `check`, for a scan that was requested during
        another one, the server is asked: the event about the start of the next scan in its queue may be on its way.
        """
        if check and not self._websocket.any_scan_running:
            await self._websocket.refresh_scans()
        return self._websocket.any_scan_running


def _observation(*, seen: bool, incomplete: bool) -> Observation:
    if seen:
        return Observation.OBSERVED
    return Observation.UNKNOWN if incomplete else Observation.NOT_OBSERVED
