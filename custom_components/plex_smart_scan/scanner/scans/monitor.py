"""Whether a scan has begun, and whether it has ended, by the websocket's events."""

import asyncio

from ..plex import events
from ..plex.events import ActivityEvent, ConnectionEvent, PlexEvent


class ScanMonitor:
    """Follows one scan that was requested.

    Activities carry no folder: the first scan of the library that begins after the request is taken for ours, unless a
    monitor of an earlier request has already claimed it. `blind` tells that events may have been missed.
    """

    def __init__(self, section: int, claimed: set[str] | None = None) -> None:
        """Monitor a scan of one library; `claimed` are the activities that other monitors follow."""
        self.section = section
        self.incomplete = False
        self.started = asyncio.Event()
        self.ended = asyncio.Event()
        self._ours: set[str] = set()
        self._claimed = set() if claimed is None else claimed

    def reset(self) -> None:
        """Forget what was heard: the scan is requested only now."""
        self.incomplete = False
        self.started.clear()
        self.ended.clear()
        self.release()

    def release(self) -> None:
        """Give up the claim on activities."""
        self._claimed -= self._ours
        self._ours.clear()

    def handle(self, event: PlexEvent) -> None:
        """Handle an event. An activity names its library only a while after its start, or never if it is short."""
        if isinstance(event, ConnectionEvent):
            self.incomplete = self.incomplete or not event.connected
        if not isinstance(event, ActivityEvent) or event.type != events.SCAN:
            return
        if event.section not in {self.section, None}:
            self._unclaim(event.uuid)
        elif event.event == "ended":
            # The end of a scan that began before ours was requested is not ours.
            if event.uuid in self._ours:
                self.ended.set()
        elif event.uuid not in self._claimed:
            self._ours.add(event.uuid)
            self._claimed.add(event.uuid)
            self.started.set()

    def _unclaim(self, uuid: str) -> None:
        if uuid in self._ours:
            self._ours.discard(uuid)
            self._claimed.discard(uuid)
            if not self._ours:
                self.started.clear()
