"""The start and the end of one scan, by the events of the websocket."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from ..plex import events
from ..plex.events import ActivityEvent, ConnectionEvent, PlexEvent


@dataclass(slots=True)
class ScanMonitors:
    """The monitors of one server. They agree on which activity belongs to which scan."""

    claimed: dict[str, ScanMonitor] = field(default_factory=dict)
    """The activities that a monitor considers to be its scan."""
    requested: list[ScanMonitor] = field(default_factory=list)
    """The monitors whose scans were requested and have not ended, the first requested first."""
    uncertain: list[ScanMonitor] = field(default_factory=list)
    """The monitors whose activity may be another scan."""

    def unstarted(self, section: int | None) -> list[ScanMonitor]:
        """Return the monitors of a library (None: of all libraries) whose scans have not started."""
        return [each for each in self.requested if section in {each.section, None} and not each.started.is_set()]

    def is_claimed(self, uuid: str, section: int | None) -> bool:
        """Return whether an activity is claimed by a monitor of the library that it names (None: it names none)."""
        monitor = self.claimed.get(uuid)
        return monitor is not None and section in {monitor.section, None}

    def note_progress(self) -> None:
        """Call the functions of monitors that have become certain."""
        certain = [each for each in self.uncertain if each.is_certain]
        self.uncertain = [each for each in self.uncertain if each not in certain]
        for each in certain:
            each.on_certain()


class ScanMonitor:
    """Observes one scan that was requested.

    `reset` is called just before each request, `handle` with every event, and `release` when the scan has ended or is
    known to be lost. `started` and `ended` only say when to look up paths and when to request the next scan.

    Activities do not name a folder: the first scan of the library that is reported after the request is considered to
    be the requested one, unless the monitor of an earlier request has claimed it. Any event but the end counts, because
    the start can be missed; the library was idle when the scan was requested. While an activity does not name its
    library, it may belong to another one: several can be claimed. When it names another library, a monitor of that
    library takes it over, or it is released. The end of any claimed one counts as the end of the scan: if it comes too
    early, look-ups continue anyway. `incomplete` means that events may be missing.

    If a scan does not start within a second, the next one is requested: several can then be unstarted at once. Events
    reach the monitors in the order of the requests, so the earliest unstarted scan claims the first activity. If that
    scan was lost, the activity belongs to one of the other unstarted scans, its rivals: those of the same library, or
    of all libraries as long as the activity does not name one. Only when all of them have started as well, the scan
    counts as observed (`is_certain`): one that may have been lost must be repeated, not followed by a wider one. For
    example, A and B are requested and one activity starts: A claims it, with B as its rival. When a second one starts,
    B claims it, and A is certain once that activity has named its library or ended.
    """

    def __init__(self, section: int, monitors: ScanMonitors | None = None) -> None:
        """Observe a scan of one library."""
        self.section = section
        self.incomplete = False
        self.started = asyncio.Event()
        self.ended = asyncio.Event()
        self.reconnected = asyncio.Event()  # set while the websocket is connected again after an interruption
        self.rivals: set[ScanMonitor] = set()  # whose scan the observed activity may be instead
        self._ours: set[str] = set()
        self._others: set[str] = set()  # activities that another monitor had claimed when they were observed
        self._named = False  # whether the activity has named its library
        self._has_lost_rival = False
        self.on_certain: Callable[[], None] = lambda: None
        self._monitors = monitors or ScanMonitors()

    @property
    def is_certain(self) -> bool:
        """Whether the activity that was observed cannot be another scan that was requested before it started."""
        return not self._has_lost_rival and all(each.has_certainly_started for each in self._all_rivals())

    @property
    def has_certainly_started(self) -> bool:
        """Whether the activity that was observed cannot turn out to belong to another library."""
        return self.started.is_set() and (self._named or self.ended.is_set())

    def has_rival(self, *, named: bool) -> bool:
        """Return whether a scan that a poll shows may be another one that was requested and has not ended.

        `named` is whether the poll names the library: then it cannot be a scan of another one.
        """
        others = [each for each in self._monitors.requested if each is not self]
        return any(not named or each.section == self.section for each in others)

    def when_certain(self, function: Callable[[], None]) -> None:
        """Call a function once the observed activity cannot be another scan."""
        self.on_certain = function

    def reset(self) -> None:
        """Begin to observe: the scan is being requested now, for the first time or again."""
        self.started.clear()
        self.release()
        self.incomplete = self._named = self._has_lost_rival = False
        self.ended.clear()
        self.rivals.clear()
        self._others.clear()
        self._monitors.requested.append(self)

    def release(self) -> None:
        """Release the claimed activities.

        If this scan has not certainly started, it was probably lost: monitors that have it as a rival stay uncertain.
        """
        monitors = self._monitors
        for uuid in tuple(self._ours):
            self._drop(uuid)
        monitors.requested = [each for each in monitors.requested if each is not self]
        if not self.has_certainly_started:
            monitors.uncertain = [each for each in monitors.uncertain if not each.loses_rival(self)]

    def loses_rival(self, other: ScanMonitor) -> bool:
        """Return whether `other`, which was probably lost, is a rival: then it remains uncertain which scan was."""
        self._has_lost_rival = self._has_lost_rival or other in self._all_rivals()
        return self._has_lost_rival

    def _all_rivals(self) -> set[ScanMonitor]:
        """Return the rivals, those of the rivals, and so on."""
        found, todo = set(self.rivals), list(self.rivals)
        while todo:
            more = todo.pop().rivals - found
            found |= more
            todo += more
        return found

    def handle(self, event: PlexEvent) -> None:
        """Handle an event. An activity names its library a while after its start, or never if it is short."""
        if isinstance(event, ConnectionEvent):
            self._note_connection(connected=event.connected)
        if not isinstance(event, ActivityEvent) or event.type != events.SCAN:
            return
        if event.section not in {self.section, None}:
            self._unclaim(event.uuid)
        elif event.uuid in self._ours:
            self._note_name(event.section)
        elif self._monitors.is_claimed(event.uuid, event.section):
            self._others.add(event.uuid)
        elif self._may_be_this_scan(event):
            self._claim(event.uuid, event.section)
        if event.event == "ended" and event.uuid in self._ours:
            self.ended.set()
        self._monitors.note_progress()

    def _note_connection(self, *, connected: bool) -> None:
        if connected:
            self.reconnected.set()
        else:
            self.reconnected.clear()
            self.incomplete = True

    def _may_be_this_scan(self, event: ActivityEvent) -> bool:
        """Return whether an activity that no monitor of its library has claimed can be this scan."""
        if self.ended.is_set():
            return False
        if event.event == "ended":
            # Ignore the end of a scan that started before this one was requested.
            return event.uuid in self._others and event.section is not None
        # If this scan has started, a further activity is one of those that have not.
        return not self.started.is_set() or not self._monitors.unstarted(event.section)

    def _claim(self, uuid: str, section: int | None) -> None:
        self._ours.add(uuid)
        self._monitors.claimed[uuid] = self
        if not self.started.is_set():
            self.started.set()
            # If this scan was lost, the activity belongs to one of these scans.
            self.rivals = set(self._monitors.unstarted(section))
            if self.rivals:
                self._monitors.uncertain.append(self)
        self._note_name(section)

    def _note_name(self, section: int | None) -> None:
        """Keep only the rivals of this library if the activity has named it."""
        if section is not None:
            self._named = True
            self.rivals = {each for each in self.rivals if each.section == section}

    def _unclaim(self, uuid: str) -> None:
        if uuid in self._ours:
            self._drop(uuid)
            if not self._ours:
                self._named = False
                self.started.clear()
                self.rivals.clear()
                self._monitors.uncertain = [each for each in self._monitors.uncertain if each is not self]

    def _drop(self, uuid: str) -> None:
        self._ours.discard(uuid)
        if self._monitors.claimed.get(uuid) is self:
            del self._monitors.claimed[uuid]
