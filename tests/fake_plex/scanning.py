"""The queue of scans and its worker: every phase of a scan, in the order of a real server."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
import logging
import time

from tests.fake_plex.activities import Activities, Activity
from tests.fake_plex.database import Database
from tests.fake_plex.flavours import flavour_of
from tests.fake_plex.listing import Listings
from tests.fake_plex.models import FakeLibrary
from tests.fake_plex.quirks import Quirks, Timings
from tests.fake_plex.settling import Settler, pause
from tests.fake_plex.stats import ScanRecord, Stats
from tests.fake_plex.sweep import Changes, Sweep, Target, find_target
from tests.fake_plex.timeline import CREATED, DELETED, Timeline
from tests.fake_plex.waiting import Gate, Watch

_LOGGER = logging.getLogger(__name__)
_TELL_EVERY = 50  # folders between two progress frames


@dataclass(eq=False)
class ScanRequest:
    """A requested scan; `path` is None for the whole library."""

    library: FakeLibrary
    path: str | None
    force: bool = False
    cancelled: bool = False
    record: ScanRecord = field(init=False)

    def __post_init__(self) -> None:
        """Make the record its stages are written to."""
        self.record = ScanRecord(self.library.id, self.path)


class Scanner:
    """Carries out scans one by one."""

    def __init__(
        self,
        *,
        database: Database,
        activities: Activities,
        timeline: Timeline,
        settler: Settler,
        stats: Stats,
        quirks: Quirks,
        timings: Timings,
        watch: Watch,
        auto_empty_trash: Callable[[], bool],
        listings: Listings,
    ) -> None:
        """Start idle, with open gates."""
        self._database = database
        self._activities = activities
        self._timeline = timeline
        self._settler = settler
        self._stats = stats
        self._quirks = quirks
        self._timings = timings
        self._watch = watch
        self._auto_empty_trash = auto_empty_trash
        self._listings = listings
        self.start_gate = Gate(watch)
        self.walk_gate = Gate(watch)
        self.waiting: deque[ScanRequest] = deque()
        self.running: ScanRequest | None = None
        self._last_request: float | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing waits or runs."""
        return not self.waiting and self.running is None

    def request(self, library: FakeLibrary, path: str | None, *, force: bool, now: float) -> None:
        """Queue a scan, unless a quirk loses it; the response is the same."""
        window, last = self._quirks.drop_close_scans, self._last_request
        self._last_request = now
        if window and last is not None and now - last < window:
            return
        if self._quirks.merge_waiting_scans and any(
            (waiting.library, waiting.path) == (library, path) for waiting in self.waiting
        ):
            return
        self.waiting.append(ScanRequest(library, path, force=force))
        self._watch.check_waiters()

    def cancel(self, library: FakeLibrary | None) -> None:
        """Drop queued scans of a library and stop a running one; all if none is given."""
        if self._quirks.cancel_does_nothing:
            return
        self.waiting = deque(
            request for request in self.waiting if library is not None and request.library is not library
        )
        if self.running is not None and library in {None, self.running.library}:
            self.running.cancelled = True
        self._watch.check_waiters()

    def start(self) -> None:
        """Start the worker."""
        self._task = asyncio.get_running_loop().create_task(self._work())

    async def stop(self) -> None:
        """Stop the worker; the queue is lost, as on a real server."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._task = None
        self.waiting.clear()

    def scan_now(self, library: FakeLibrary, path: str | None = None) -> Changes:
        """Scan at once, without events and uncounted: the initial state of a test."""
        request = ScanRequest(library, path)
        target = self._target(request)
        sweep = self._sweep(request, None)
        if not isinstance(target, str):
            for _ in sweep.run(target):
                pass
            sweep.finish()
        return sweep.changes

    async def _work(self) -> None:
        while True:
            await self._watch.until(lambda: bool(self.waiting) and not self.start_gate.held)
            self.running = self.waiting.popleft()
            record = self.running.record
            record.began = time.monotonic()
            self._stats.scans.append(record)
            try:
                await self._run(self.running)
            except Exception:  # the worker must go on; the log makes the test fail
                _LOGGER.exception("The fake's scan of %s broke", self.running.path)
                record.outcome = "broken"
            finally:
                record.ended = time.monotonic()
                self.running = None
                self._watch.check_waiters()

    def _sweep(self, request: ScanRequest, listings: Listings | None) -> Sweep:
        return Sweep(
            self._database,
            request.library,
            request.record,
            self._quirks,
            force=request.force,
            auto_empty_trash=self._auto_empty_trash(),
            listings=listings,
        )

    def _target(self, request: ScanRequest) -> Target | str | None:
        return None if request.path is None else find_target(request.library, request.path, self._quirks)

    async def _run(self, request: ScanRequest) -> None:
        library, record = request.library, request.record
        target = self._target(request)
        if isinstance(target, str) and target != "file" and self._quirks.silent_skips:
            record.outcome = target
            return
        library.refreshing = True
        activity = self._announce(request)
        naming = asyncio.get_running_loop().call_later(
            self._timings.context_delay, self._add_context, activity, library
        )
        self._watch.check_waiters()
        try:
            if isinstance(target, str):  # nothing to read: the activity ends at once
                await pause(0)
                await pause(0)
                record.outcome = target
            else:
                await pause(self._timings.scan_start)
                await self._watch.until(lambda: not self.walk_gate.held or request.cancelled)
                await pause(0)  # the Context comes before the first folder when nothing takes time
                record.outcome = await self._walk(request, target, activity)
                await pause(self._timings.scan_end)
        finally:
            naming.cancel()
            library.refreshing = False
        if request.path is None and record.outcome == "complete":
            library.scanned_at = self._database.now()
        self._name(activity, library)
        self._activities.end(activity)
        self._timeline.scan_complete(library)
        self._timeline.programme_guide()

    def _announce(self, request: ScanRequest) -> Activity:
        library = request.library
        quirks = self._quirks
        known = quirks.context_in_started and not quirks.context_never
        context = {"librarySectionID": library.key} if known else None
        title = f"Scanning {library.title}" if quirks.title_in_started else "Scanning"
        activity = self._activities.start("library.update.section", title, context=context)
        activity.cancellable = self._quirks.cancellable_activities

        def cancel() -> None:
            request.cancelled = True
            self._watch.check_waiters()

        activity.cancel = cancel
        return activity

    def _add_context(self, activity: Activity, library: FakeLibrary) -> None:
        self._name(activity, library)
        self._activities.update(activity)

    def _name(self, activity: Activity, library: FakeLibrary) -> None:
        """Say which section is scanned."""
        activity.title = f"Scanning {library.title}"
        if not self._quirks.context_never:
            activity.context = {"librarySectionID": library.key}

    async def _walk(self, request: ScanRequest, target: Target | None, activity: Activity) -> str:
        """List the folders, write what was found, start the settling; returns the outcome."""
        sweep = self._sweep(request, self._listings)
        for number, listing in enumerate(sweep.run(target)):
            if request.cancelled:
                break
            activity.subtitle = self._subtitle(listing.path)
            if number % _TELL_EVERY == 0:
                activity.progress = min(99, number // _TELL_EVERY)
                self._activities.update(activity)
                self._timeline.progress(f"Scanning {activity.subtitle or 'folder'}")
            await pause(self._timings.per_folder)
        outcome = "cancelled" if request.cancelled else sweep.finish()
        self._publish(request.library, sweep.changes)
        return outcome

    def _subtitle(self, path: str) -> str:
        match self._quirks.subtitle:
            case "path":
                return path
            case "name":
                return flavour_of(path).components(path)[-1]
            case _:
                return ""

    def _publish(self, library: FakeLibrary, changes: Changes) -> None:
        if not changes:
            return
        library.content_changed_at += 1
        library.updated_at = self._database.now()
        for item in changes.added:
            self._timeline.entry(item, CREATED, media_state="analyzing")
        for item in dict.fromkeys([*(part.item for part in changes.updated), *changes.restored]):
            self._timeline.done(item)
        for item in changes.removed:
            self._timeline.entry(item, DELETED)
        if not self._quirks.stale_analysis_after_replace:
            self._settler.analyse(changes.updated)
        self._settler.begin(changes.unsettled)
