"""Law 9: a proof is found quickly: a result comes soon after Plex has begun to list what proves it."""

import math
from typing import TYPE_CHECKING, Final

from custom_components.plex_smart_scan.scanner.models import Outcome
from custom_components.plex_smart_scan.scanner.timing import pause_after
from tests.simulation.disk import CONTENTS, WHOLE
from tests.simulation.libraries import listed_path, location_of, own_path
from tests.simulation.repeated_scans import RequestedScan, seems_accepted
from tests.simulation.timeline import Timeline

if TYPE_CHECKING:
    from custom_components.plex_smart_scan.scanner.timing import Timing
    from tests.simulation.server import Listed
    from tests.simulation.world import Reported, Submission, World

_PROVEN: Final = {Outcome.ADDED, Outcome.UPDATED, Outcome.REMOVED}
_SLACK: Final = 0.5  # seconds: how long an event, the look that follows and the report of its result take
_PLAYABLE: Final = {len(content) for content in CONTENTS[:WHOLE]}  # the sizes of files that have a duration
_WHILE_ANALYZING: Final = 15.0  # seconds
_EARLY: Final = 60.0  # seconds: how long a scan may run before its files are listed
_POLLS: Final = 2  # without events, so many polls that do not show a scan are its end


class Delays:
    """How long after Plex had listed what proves a result the engine reported it."""

    def __init__(self, world: World) -> None:
        """Belong to a world."""
        self._world = world
        self.measured: list[float] = []

    def judge(self, reported: Reported, about: list[Submission]) -> None:
        """Break the law if a result comes late. `about` are the requests that it ends."""
        if reported.result.outcome not in _PROVEN or not reported.path.endswith(".mkv"):
            return
        # The result of a path in several libraries waits for the slowest of them.
        if not about or len(self._world.libraries_of(reported.path)) != 1:
            return
        if not self._is_undisturbed(reported, about):
            return
        begin = min(each.at for each in about)
        scans = self._scans(reported, begin)
        if not scans or reported.result.attempts == 0 or not all(each.known for each in scans):
            return
        if self._was_read_early(reported, about, scans[0]):
            return  # what Plex lists may be what the earlier scan has read
        # A report after the start of the scan asks for another one, for which the request may have to wait.
        if max(each.at for each in about) > scans[-1].at + self._world.plan.timing.same_report:
            return
        proven_at = self._proven_at(reported, about, scans)
        if proven_at is None:
            return
        delay, waits = reported.at - proven_at, self._waits_for_analysis(reported, scans[0], proven_at)
        if waits < self._world.plan.timing.quiet_period:
            self.measured.append(delay)
        pause = max(self._pause(reported, each, proven_at) for each in scans)
        late = self._world.address_of(self._world.servers[reported.server]).late
        # Time in the queue that does not fit before the last scan was spent waiting for another one.
        queued = max(reported.result.queued - (scans[-1].at - begin), 0.0)
        allowed = pause + late + waits + queued + self._taken_for_lost(reported, scans, proven_at)
        if delay > allowed + _SLACK:
            number, outcome = reported.server, reported.result.outcome
            text = f"{reported.path} of server {number} is {outcome} after {delay:.2f} s, allowed are {allowed:.2f} s"
            self._world.break_law(f"law 9: {text}")

    def _is_undisturbed(self, reported: Reported, about: list[Submission]) -> bool:
        """Whether nothing kept the engine from looking since the first of the reports."""
        world, server = self._world, self._world.servers[reported.server]
        begin, address = min(each.at for each in about), world.address_of(server)
        changes = (
            server.mount_of(reported.path).changed_at,
            world.local_mounted[location_of(reported.path)].changed_at,
            address.changed_at,
        )
        same_run = all(each.run == reported.run.name for each in about)
        return same_run and max(changes) < begin and not address.wrong_since(begin)

    def _was_read_early(self, reported: Reported, about: list[Submission], scan: RequestedScan) -> bool:
        """Whether an earlier scan may have read the file before it was reported, or before the latest report.

        That may be one that was only seemingly accepted, or one that an outage has interrupted, whenever it began. Of
        any other, too, the end is noticed late if the server could not be reached.
        """
        latest = max(each.at for each in about)
        begin = latest - _EARLY
        if self._world.address_of(self._world.servers[reported.server]).changed_at > begin:
            begin = 0.0
        if any(at < latest for at in self._seemingly_accepted(reported, begin)):
            return True
        early = [each for each in self._world.requested.all if each.server == reported.server and each.at < latest]
        return any(each.reads(reported.path) and (each.at > begin or each.outages < scan.outages) for each in early)

    def _seemingly_accepted(self, reported: Reported, begin: float) -> list[float]:
        """Return when scans were requested since a moment that seemed to be accepted, and of which Plex never heard."""
        wrong = self._world.address_of(self._world.servers[reported.server]).wrong_since(begin)
        return [each.at for each in wrong if seems_accepted(each)]

    def _scans(self, reported: Reported, begin: float) -> list[RequestedScan]:
        """Return the scans that read the path, from the first report on."""
        return [
            each
            for each in self._world.requested.all
            if each.server == reported.server and each.at >= begin and each.reads(reported.path)
        ]

    def _listing(self, reported: Reported) -> Timeline[Listed]:
        """Return what the library of the path listed for it when."""
        (library,) = self._world.libraries_of(reported.path)
        return self._world.servers[reported.server].listing(library, reported.path)

    def _proven_at(self, reported: Reported, about: list[Submission], scans: list[RequestedScan]) -> float | None:
        """Return since when a look would have shown the result; None if that is not so simple."""
        world = self._world
        facts, listing = world.tree.facts(reported.path), self._listing(reported)
        if not self._is_final(reported, about):
            return None
        begin = min(each.at for each in about)
        if listing.changed_at < begin:
            return None
        proven_at = max(listing.changed_at, scans[-1].at, *(each.at for each in about))
        if facts.changed_at > begin:
            proven_at = max(proven_at, facts.changed_at + 1.5 * world.plan.timing.stable_time)
        if self._is_replaced(reported, begin):
            proven_at = max(proven_at, self._idle_at(reported, scans))
        return max(proven_at, min(self._analyzed_at(reported, scans[0]), proven_at + _WHILE_ANALYZING))

    def _is_replaced(self, reported: Reported, begin: float) -> bool:
        """Whether the engine may ask for an analysis: another file was listed before, and may be in the trash."""
        outcome = reported.result.outcome
        was_listed = any(self._listing(reported).during(0.0, begin))
        return outcome is Outcome.UPDATED or (outcome is Outcome.ADDED and was_listed)

    def _idle_at(self, reported: Reported, scans: list[RequestedScan]) -> float:
        """Return when the engine could know that the library was idle, or did not wait for that any longer.

        A scan of which Plex never says the library may be one of this library.
        """
        world, server, location = self._world, self._world.servers[reported.server], location_of(reported.path)
        near = set(world.locations if server.plex.quirks.context_never else [location])
        running = [server.libraries[each.id] for each in server.plex.libraries if each.refreshing]
        if any(location_of(each.location) in near for each in running):
            idle_at = reported.at
        else:
            idle_at = max((each.ended for each in server.scans if location_of(each.folder) in near), default=0.0)
            if not self._is_heard(reported, scans[0].at):
                idle_at = end_by_polls(world.plan.timing, scans[-1].at, idle_at)
        return min(idle_at, self._listing(reported).changed_at + _WHILE_ANALYZING)

    def _is_heard(self, reported: Reported, since: float) -> bool:
        """Whether a websocket has reported everything until the result."""
        address = self._world.address_of(self._world.servers[reported.server])
        return self._world.plan.websocket and all(address.heard.during(since, reported.at))

    def _analyzed_at(self, reported: Reported, scan: RequestedScan) -> float:
        """Return when Plex last worked on an item: without events, any item of the library counts, and any refresh."""
        server, location = self._world.servers[reported.server], location_of(reported.path)
        near = [each for each in server.analyzing if location_of(own_path(each)) == location]
        is_heard = self._is_heard(reported, scan.at)
        items = [listed_path(reported.path)] if is_heard else near
        timelines = [server.analyzing[each] for each in items if each in server.analyzing]
        if any(each.now for each in (timelines if is_heard else [*timelines, server.refreshing])):
            return reported.at
        refreshed_at = 0.0 if is_heard else server.refreshing.changed_at
        return max(refreshed_at, *(server.analyzed_at.get(each, 0.0) for each in items), 0.0)

    def _is_final(self, reported: Reported, about: list[Submission]) -> bool:
        """Whether what the file is, what was said of it and what Plex lists for it agree."""
        facts = self._world.tree.facts(reported.path)
        listed = self._listing(reported).now
        if reported.result.outcome is Outcome.REMOVED:
            return not listed and facts.now is None and facts.changed_at <= max(each.at for each in about)
        if facts.now is None or {size for size, _ in listed} != {facts.now[0]}:
            return False
        return reported.result.request.size in {None, facts.now[0]}

    def _waits_for_analysis(self, reported: Reported, scan: RequestedScan, at: float) -> float:
        """Return how many seconds the engine waits for signs of an analysis of which nothing is heard."""
        world, timing, outcome = self._world, self._world.plan.timing, reported.result.outcome
        server, facts = world.servers[reported.server], world.tree.facts(reported.path).now
        if outcome is Outcome.REMOVED:
            return 0.0
        if self._is_replaced(reported, scan.at) and not self._is_heard(reported, scan.at):
            return 2 * timing.quiet_period  # it was asked for, and may not have begun
        if facts and facts[0] not in _PLAYABLE:
            return timing.quiet_period  # Plex finds no duration
        own = server.analyzing.get(listed_path(reported.path), Timeline(False))
        return 0.0 if own.changed_at and not own.at(at) else timing.first_poll

    def _pause(self, reported: Reported, scan: RequestedScan, at: float) -> float:
        """Return the longest pause between two looks at a time, in seconds."""
        timing = self._world.plan.timing
        server = self._world.servers[reported.server]
        ended = next((e.ended for e in server.scans if e.folder == scan.folder and e.began >= scan.at), math.inf)
        # Without events, polls find no end of the scan while another one of the library is running.
        known = ended if self._is_heard(reported, scan.at) else math.inf
        pauses = [_pause_after(timing, at - (scan.at if known > at else ended))]
        if self._world.plan.websocket:
            pauses.append(pause_after(timing.websocket_lookup_pauses, at - scan.at))
        return max(pauses)

    def _taken_for_lost(self, reported: Reported, scans: list[RequestedScan], proven_at: float) -> float:
        """Return how long the engine looks for no result because it repeats a scan that may have been lost.

        If it expects events, it does so if it hears nothing of the scan, after a pause. The events of the scan may also
        count as those of an earlier one that was lost, because they name no folder. Polls can miss the scan: it is
        repeated when Plex has had the time to list what it has read. The repetition waits for another scan.
        """
        timing = self._world.plan.timing
        if not self._world.plan.websocket:
            return timing.start_timeout if proven_at > scans[-1].at + timing.late_listing else 0.0
        if self._is_heard(reported, scans[0].at) and not self._follows_lost_scan(reported, scans[0]):
            return 0.0
        return timing.lost_scan_pauses[0] + timing.start_timeout

    def _follows_lost_scan(self, reported: Reported, scan: RequestedScan) -> bool:
        """Whether a scan that was requested not long before did not run."""
        begin, requested = scan.at - _EARLY, self._world.requested.all
        lost = [each.at for each in requested if each.server == reported.server and each.at >= begin and not each.known]
        return any(at < scan.at for at in (*lost, *self._seemingly_accepted(reported, begin)))


def end_by_polls(timing: Timing, requested_at: float, ended_at: float) -> float:
    """Return when polls show that a scan has ended. The pause between them doubles."""
    at, pause, idle = requested_at, 1.5 * timing.first_poll, 0
    while idle < _POLLS:
        at, pause = at + pause, min(2 * pause, timing.slowest_poll)
        idle += at > ended_at
    return at


def _pause_after(timing: Timing, since: float) -> float:
    """Return the pause between two looks so many seconds after a scan was requested or has ended."""
    doublings = max(since - timing.fast_lookups, 0.0) / timing.fast_lookups
    return min(timing.lookup_interval * math.pow(2.0, doublings), timing.slowest_lookup)
