"""The start and the end of one scan, by the events of the websocket."""

import asyncio

from ..plex import events
from ..plex.events import ActivityEvent, ConnectionEvent, PlexEvent


class ScanMonitor:
    """Observes one scan that was requested.

    Activities do not name a folder: the first scan of the library that starts after the request is considered to be the
    requested one, unless the monitor of an earlier request has claimed it. `incomplete` means that events may be
    missing.
    """

    def __init__(self, section: int, claimed: set[str] | None = None) -> None:
        """Observe a scan of one library; `claimed` are the activities that other monitors observe."""
        self.section = section
        self.incomplete = False
        self.started = asyncio.Event()
        self.ended = asyncio.Event()
        self._ours: set[str] = set()
        self._claimed = set() if claimed is None else claimed

    def reset(self) -> None:
        """Start over: the scan is only requested now."""
        self.incomplete = False
        self.started.clear()
        self.ended.clear()
        self.release()

    def release(self) -> None:
        """Release the claimed activities."""
        self._claimed -= self._ours
        self._ours.clear()

    def handle(self, event: PlexEvent) -> None:
        """Handle an event. An activity names its library a while after its start, or never if it is short."""
        if isinstance(event, ConnectionEvent):
            self.incomplete = self.incomplete or not event.connected
        if not isinstance(event, ActivityEvent) or event.type != events.SCAN:
            return
        if event.section not in {self.section, None}:
            self._unclaim(event.uuid)
        elif event.event == "ended":
            # Ignore the end of a scan that started before this one was requested.
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
