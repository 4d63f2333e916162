"""Has a scan begun, and is it over? What the websocket's hints tell of it."""

import asyncio

from ..plex import events
from ..plex.events import ActivityEvent, ConnectionEvent, PlexEvent


class ScanMonitor:
    """Told every hint after a scan was asked for, it knows whether that scan has begun and whether it is over.

    It is `blind` where a beginning or an end may have gone unheard.
    """

    def __init__(self, section: int) -> None:
        """Watch for a scan of one library."""
        self.section = section
        self.begun = False
        self.blind = False
        self.over = asyncio.Event()
        self._ours: set[str] = set()

    def begin_again(self) -> None:
        """Forget what was heard: the scan is asked for only now."""
        self.begun = self.blind = False
        self.over.clear()
        self._ours.clear()

    def take(self, hint: PlexEvent) -> None:
        """Take a hint in. An activity names its library only a while after its start, or never if it is short."""
        if isinstance(hint, ConnectionEvent):
            self.blind = self.blind or not hint.connected
        if not isinstance(hint, ActivityEvent) or hint.type != events.SCAN:
            return
        if hint.section not in {self.section, None}:
            self._ours.discard(hint.uuid)
            self.begun = bool(self._ours)
            return
        if hint.event == "ended":
            # The end of a scan that began before ours was asked for is not ours.
            if hint.uuid in self._ours:
                self.over.set()
        else:
            self._ours.add(hint.uuid)
            self.begun = True
