"""Law 5: one scan covers everything that was there when it was requested, and is not repeated."""

from dataclasses import dataclass
from http import HTTPStatus
from math import inf
from typing import TYPE_CHECKING, Final

from tests.fake_plex.browse_api import browse_key
from tests.simulation.libraries import location_of

if TYPE_CHECKING:
    from tests.simulation.libraries import SimulatedLibrary
    from tests.simulation.network import WrongAnswer
    from tests.simulation.server import SimulatedServer
    from tests.simulation.world import Submission, World

_BROWSE: Final = "/services/browse"
_LATENCY: Final = 1.0  # seconds: how late what the server sends can arrive
_UNCERTAIN: Final = 60.0  # seconds: a scan that was lost, or may have been, makes those that follow it uncertain


@dataclass(slots=True, frozen=True, kw_only=True)
class RequestedScan:
    """A scan of a folder that a server was asked for."""

    at: float
    sent_at: float
    """When the engine sent the request: it cannot know whether what is reported while it is on its way was there."""
    server: int
    run: str
    library: SimulatedLibrary
    folder: str
    known: bool
    """Whether the server runs it and the engine got the answer that says so."""
    heard: bool
    """Whether the engine had its websocket, and got what the server sent."""
    outages: int
    """How often the server had been unavailable for this engine."""

    def reads(self, folder: str) -> bool:
        """Whether it reads a folder."""
        return is_at_or_below(folder, self.folder)


class RequestedScans:
    """All scans that the servers of a world were asked for, and whether one was needed."""

    def __init__(self, world: World) -> None:
        """Belong to a world."""
        self._world = world
        self.all: list[RequestedScan] = []

    def note(self, server: SimulatedServer, library: SimulatedLibrary, folder: str, *, will_run: bool) -> None:
        """Note a scan, and break the law if it repeats another one."""
        world, entry = self._world, self._world.entries[server.number]
        if entry.run is None:
            return
        engine = entry.run.engine
        job = engine.runner.current
        scan = RequestedScan(
            at=world.loop.time(),
            sent_at=job.started_at if job is not None else world.loop.time(),
            server=server.number,
            run=entry.run.name,
            library=library,
            folder=folder,
            known=will_run,
            heard=engine.websocket.connected and world.address_of(server).heard.now,
            outages=engine.availability.outages,
        )
        causes = self._causes(scan)
        covering = [self._covering(scan, cause) for cause in causes]
        if not causes:
            world.break_law(f"law 5: server {server.number} scans {folder}, and no request waits for it")
        elif all(covering):
            earlier = sorted({f"{each.at - 1000.0:.3f}" for each in covering if each})
            world.break_law(f"law 5: server {server.number} scans {folder} once more: {earlier}")
        self.all.append(scan)

    def _causes(self, scan: RequestedScan) -> list[Submission]:
        """Return the requests under way that are about something in the folder."""
        world = self._world
        return [
            each
            for each in world.submissions
            if each.server == scan.server and is_at_or_below(each.path, scan.folder) and self._is_under_way(each)
        ]

    def _is_under_way(self, submission: Submission) -> bool:
        """Whether a request has no result of its own yet.

        A result that came while the request was being stored may be that of an earlier one for the same path.
        """
        ended, accepted = submission.ended, submission.accepted
        if ended is None:
            return True
        if submission.lost or submission.returned is not None or (accepted is not None and accepted < ended):
            return False
        about = submission.server, submission.path
        results = [each for each in self._world.results if (each.server, each.path) == about]
        return sum(each.at >= submission.at for each in results) <= 1

    def _covering(self, scan: RequestedScan, cause: Submission) -> RequestedScan | None:
        """Return an earlier scan that has read what a request is about, and of which the engine knows."""
        since = self._known_since(cause)
        for earlier in reversed(self.all):
            if earlier.sent_at < since:
                return None
            reads = earlier.library is scan.library and earlier.reads(scan.folder)
            if reads and self._is_known(earlier, scan) and not self._is_too_old(earlier, scan, cause):
                return earlier
        return None

    def _known_since(self, cause: Submission) -> float:
        """Return since when the engine can know that a scan reads what a request is about.

        It has to have seen that on Plex's disk before the scan was requested. A path that was reported as removed and
        is still there may disappear from Plex's disk at any time: network mounts cache their folders.
        """
        world, server = self._world, self._world.servers[cause.server]
        if cause.gone and world.tree.exists(cause.path):
            return inf
        files = max(world.tree.facts(path).changed_at for path in (cause.path, *world.tree.below(cause.path)))
        local = world.local_mounted[location_of(cause.path)]
        mounts = max(server.mount_of(cause.path).changed_at, local.changed_at)
        changed = max(files, mounts, world.tree.existed(cause.path).changed_at)
        run = world.entries[cause.server].run
        back_at = max(world.address_of(server).changed_at, run.back_at if run is not None else 0.0)
        if changed > cause.at and back_at > cause.at:
            return inf  # what changes while the server is away is noticed some time after it is back
        timing = world.plan.timing
        pause = 0.0 if changed <= cause.at else max(*timing.visibility_pauses, *timing.mount_pauses)
        seen = changed + timing.view_max_age + pause + world.address_of(server).late
        return max(cause.at, seen, self._unseen_since(cause), self._shown_since(cause))

    def _shown_since(self, cause: Submission) -> float:
        """Return since when the engine has seen a new file on Plex's disk, or 0.0 for anything else.

        A slow answer or an outage can delay that. If the scan of another request began before, it may have missed the
        file, and counts only if the file is listed after it.
        """
        world, server = self._world, self._world.servers[cause.server]
        was_listed = any(server.listing(each, cause.path).at(cause.at) for each in world.libraries)
        is_new = cause.path.endswith(".mkv") and world.tree.exists(cause.path) and not was_listed
        if not is_new or server.plex.quirks.browse_refused:
            return 0.0
        question = browse_key("/data/" + cause.path.rpartition("/")[0])
        return world.address_of(server).first_answer(question, world.tree.facts(cause.path).changed_at)

    def _unseen_since(self, cause: Submission) -> float:
        """Return since when nobody could look for a missing path any more, or 0.0: it may be there now.

        A path of which Plex seems to say that it is missing may seem to be back at any time.
        """
        world, server = self._world, self._world.servers[cause.server]
        local = world.local_mounted[location_of(cause.path)].during(cause.at, world.loop.time())
        if world.plan.local and all(local):
            return 0.0
        wrong = [each for each in world.address_of(server).wrong_since(cause.at) if each.path.startswith(_BROWSE)]
        if world.tree.exists(cause.path):
            return inf if any(each.status == HTTPStatus.NOT_FOUND for each in wrong) else 0.0
        return wrong[0].at if wrong else 0.0

    def _end(self, requested: RequestedScan) -> float | None:
        """Return when a scan has ended; None if it has not."""
        scans = self._world.servers[requested.server].scans
        same = [each for each in scans if each.library is requested.library and each.folder == requested.folder]
        return next((each.ended for each in same if each.began >= requested.at), None)

    def _is_too_old(self, earlier: RequestedScan, scan: RequestedScan, cause: Submission) -> bool:
        """Whether a request that has waited after an error needs another scan, because the earlier one is long over."""
        ended = self._end(earlier)
        wrong = self._world.address_of(self._world.servers[cause.server]).wrong_since(cause.at)
        return bool(wrong) and ended is not None and scan.at - ended > self._world.plan.timing.ignored_after

    def _is_known(self, earlier: RequestedScan, scan: RequestedScan) -> bool:
        """Whether the engine that asks for a scan can know that an earlier one runs or has run."""
        if earlier.server != scan.server or earlier.run != scan.run or earlier.outages != scan.outages:
            return False
        if not earlier.known or not earlier.heard:
            return False
        server, ended = self._world.servers[scan.server], self._end(earlier) or scan.at
        around = [e for e in self.all if e.server == scan.server and earlier.at - _UNCERTAIN <= e.at <= ended]
        if any(not (each.known and each.heard) for each in around):
            return False
        wrong = self._world.address_of(server).wrong_since(earlier.at - _UNCERTAIN)
        if any(seems_accepted(each) and each.at <= ended for each in wrong):
            return False
        # If the server was not heard during a scan before it, the activity counts as that of the other scan.
        return all(self._world.address_of(server).heard.during(around[0].at, ended + _LATENCY))


def seems_accepted(answer: WrongAnswer) -> bool:
    """Whether a scan was requested that Plex may never have heard of, although the answer says that it was accepted."""
    return answer.path.endswith("/refresh") and answer.status == HTTPStatus.OK


def is_at_or_below(path: str, folder: str) -> bool:
    """Whether a path is a folder or something in it."""
    return path == folder or path.startswith(folder + "/")
