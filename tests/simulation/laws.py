"""The laws of scanning, checked at the moment when a server is asked for a scan.

Evidence is a moment old when a scan that rests on it is requested. A law counts as broken when what it demands did not
hold at any moment of the last seconds.
"""

from http import HTTPStatus
from itertools import combinations
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, override

from custom_components.plex_smart_scan.scanner.plex.retry import MAX_REFUSALS
from tests.simulation.libraries import own_path
from tests.simulation.timeline import ever
from tests.simulation.verdicts import Claim
from tests.simulation.world import Reported, Submission, World, describe

if TYPE_CHECKING:
    from tests.simulation.entry import Run
    from tests.simulation.libraries import SimulatedLibrary
    from tests.simulation.server import SimulatedServer

_EVIDENCE_AGE: Final = 4.5  # seconds: answers about a location may be 3 s old, and one about a folder 1 s
_LOCATION_APART: Final = 600.0  # seconds, for a file that narrower scans did not find
_REMOVAL_APART: Final = 60.0  # seconds, for removed folders
_LATENCY: Final = 1.0  # seconds: the engine measures from its request, which arrives later
_NARROW_AGE: Final = 1000.0  # seconds since the narrower scan, at most


class JudgedWorld(World):
    """A world that judges every scan that is asked for."""

    @override
    def note_scan(
        self, server: SimulatedServer, library: SimulatedLibrary, path: str | None, *, will_run: bool
    ) -> None:
        """Judge a request for a scan of a folder, or of the whole library (None)."""
        run = self.entries[server.number].run
        self.tell(f"scan requested from server {server.number}: {path or library.title}")
        if run is None:
            return
        folder = library.location if path is None else own_path(path)
        self.requested.note(server, library, folder, will_run=will_run)
        now, begin = self.loop.time(), self.loop.time() - self.age_of_evidence(server)
        wide = folder == library.location
        self._judge_mount(server, library, folder, wide=wide)
        causes = [each for each in self.submissions if _may_be_cause(each, server, folder, begin)]
        seen = [each for each in causes if self.was_seen(server, each.path, begin, now)]
        removals = [each for each in causes if self._is_removal(each, server, begin, now)]
        unknown = self._was_unseeing(server, begin) and not wide
        if not seen and not removals and not unknown:
            self.break_law(f"law 1: server {server.number} scans {path} for nothing that it sees")
        if not wide and not unknown and not any(self.tree.existed(folder).during(begin, now)):
            self.break_law(f"law 1: server {server.number} scans {path}, which is not there")
        if path is None:
            self._judge_whole_library(server, library, causes)
        elif not removals:
            self._judge_widening(server, library, folder, seen)
        if wide:
            if path is not None:
                narrowest = any(each.folder == folder for each in seen)
                self._judge_location(run, library, removal=bool(removals), narrowest=narrowest, now=now)
            if will_run:
                run.wide_scans.append((now, library))

    @override
    def judge_result(self, reported: Reported) -> None:
        """Judge what an engine reports."""
        about = [each for each in self.submissions if _is_about(each, reported)]
        began = [each.at for each in about if each.ended is None]
        self.delays.judge(reported, [each for each in about if each.ended is None])
        if not began and sum(_is_about(each, other) for other in self.results for each in about[:1]) <= len(about):
            began = [each.at for each in about]  # its caller's request was stored while another one for it ended
        if not began:
            self.break_law(f"a result that nobody asked for: {reported.path}")
        elif not any(Claim(self, reported, min(began), each).holds() for each in self.libraries_of(reported.path)):
            text = f"{reported.path}: {describe(reported.result)}"
            self.break_law(f"untrue result of server {reported.server}: {text}")

    def age_of_evidence(self, server: SimulatedServer) -> float:
        """Return how old the evidence for a scan may be, in seconds: late answers are older."""
        return _EVIDENCE_AGE + self.address_of(server).late

    def was_seen(self, server: SimulatedServer, path: str, begin: float, end: float) -> bool:
        """Whether a server saw a path on its disk at some moment of a period."""
        timelines = server.mount_of(path), self.tree.facts(path), self.tree.existed(path)
        return ever(begin, end, lambda at: self._sees(server, path, at), *timelines)

    def was_missed(self, server: SimulatedServer, path: str, begin: float, end: float) -> bool:
        """Whether a server did not see a path on its disk at some moment of a period."""
        timelines = server.mount_of(path), self.tree.facts(path), self.tree.existed(path)
        return ever(begin, end, lambda at: not self._sees(server, path, at), *timelines)

    def _sees(self, server: SimulatedServer, path: str, at: float) -> bool:
        there = self.tree.facts(path).at(at) is not None or self.tree.existed(path).at(at)
        return (there and server.mount_of(path).at(at)) or server.has_leftovers.get(path, False)

    def was_listed(self, server: SimulatedServer, path: str, begin: float, end: float) -> bool:
        """Whether a server listed a file, or any file of a folder, at some moment of a period."""
        paths = [path, *self.tree.below(path)]
        listings = [server.listing(library, each) for each in paths for library in self.libraries]
        return any(any(listing.during(begin, end)) for listing in listings)

    def _judge_mount(self, server: SimulatedServer, library: SimulatedLibrary, folder: str, *, wide: bool) -> None:
        begin, now = self.loop.time() - self.age_of_evidence(server), self.loop.time()
        if not wide and self._was_unseeing(server, begin):
            return  # nobody knows of the disk: a narrow scan is allowed, docs/reliability.md says so
        mounted = server.mount_of(folder).during(begin, now)
        if not any(mounted) and server.lists_anything(library, begin, now):
            self.break_law(f"law 2: server {server.number} scans {folder}, whose disk is missing")

    def _is_removal(self, submission: Submission, server: SimulatedServer, begin: float, now: float) -> bool:
        """Whether a request can be about something that is gone."""
        if not self.was_missed(server, submission.path, begin, now):
            return False
        return submission.gone or self.was_listed(server, submission.path, submission.at - 1, now)

    def _was_unseeing(self, server: SimulatedServer, begin: float) -> bool:
        """Whether a server did not say what it sees on its disk."""
        wrong = self.address_of(server).wrong_since(begin)
        return bool(server.plex.quirks.browse_refused) or any(
            each.path.startswith("/services/browse") for each in wrong
        )

    def _judge_widening(
        self, server: SimulatedServer, library: SimulatedLibrary, folder: str, causes: list[Submission]
    ) -> None:
        """A scan of more than the folder of a file that Plex sees needs a narrower one of that folder that ran before.

        A narrower scan of a parent folder is one, too: it was requested for something else.
        """
        if not self.plan.settings.smart_scanning:
            return
        if not causes or any(each.gone for each in causes) or self._said_not_found(server):
            return
        if server.plex.quirks.browse_refused and any(
            self._lists_missing_files(server, library, each) for each in causes
        ):
            return  # what is listed there seems to be gone with its folder, and the nearest one that is left is unknown
        narrow, begin = {each.folder for each in causes}, self.loop.time() - _NARROW_AGE
        scans = [each for each in server.scans if each.library is library and each.began > begin]
        ran = any(_is_narrower(each.folder, narrow, folder) for each in scans)
        if folder not in narrow and not ran and not self._seems_to_miss_folders(server):
            self.break_law(f"law 4: server {server.number} scans {folder}, and no scan of {sorted(narrow)} has run")

    def _said_not_found(self, server: SimulatedServer) -> bool:
        """Whether a server has just said 404 about a folder that it sees, as it does about one that is not there."""
        wrong = self.address_of(server).wrong_since(self.loop.time() - self.age_of_evidence(server))
        return any(each.path.startswith("/services/browse") and each.status == HTTPStatus.NOT_FOUND for each in wrong)

    def _lists_missing_files(self, server: SimulatedServer, library: SimulatedLibrary, cause: Submission) -> bool:
        """Whether a library lists a file that does not exist in a folder that was reported."""
        files = self.tree.below(cause.path)
        return any(server.listing(library, each).now and self.tree.facts(each).now is None for each in files)

    def _seems_to_miss_folders(self, server: SimulatedServer) -> bool:
        """Whether a wider scan has once seemed to find what the narrow one had not: then the wider one comes first.

        Perhaps Plex has only listed late what the narrow one had read: the engine cannot know that.
        """
        run = self.entries[server.number].run
        if run is None:
            return False
        scans = [each for each in self.requested.all if each.server == server.number and each.run == run.name]
        widened = [
            (narrow, wide)
            for narrow, wide in combinations(scans, 2)
            if narrow.library is wide.library and PurePosixPath(wide.folder) in PurePosixPath(narrow.folder).parents
        ]
        return any(
            each.folder == narrow.folder and self._begins_to_list(server, narrow.library, each.path, wide.sent_at)
            for narrow, wide in widened
            for each in self.submissions
            if each.server == server.number
        )

    def _begins_to_list(self, server: SimulatedServer, library: SimulatedLibrary, path: str, since: float) -> bool:
        """Whether a library did not list a file, or any file of a folder, at a moment, and did so later."""
        listings = [server.listing(library, each) for each in (path, *self.tree.below(path))]
        later = any(any(each.during(since, self.loop.time())) for each in listings)
        return later and not any(each.at(since) for each in listings)

    def _judge_whole_library(
        self, server: SimulatedServer, library: SimulatedLibrary, causes: list[Submission]
    ) -> None:
        wrong = self.address_of(server).wrong_since(min((each.at for each in causes), default=self.loop.time()))
        refused = [each for each in wrong if each.path.endswith("/refresh") and each.status == HTTPStatus.BAD_REQUEST]
        if self.plan.settings.smart_scanning and len(refused) < MAX_REFUSALS:
            self.break_law(f"law 3: server {server.number} scans its whole library {library.title}")

    def _judge_location(
        self, run: Run, library: SimulatedLibrary, *, removal: bool, narrowest: bool, now: float
    ) -> None:
        """A location is seldom scanned, unless it is the `narrowest` folder of something that Plex sees."""
        if narrowest:
            return
        apart = _REMOVAL_APART if removal else _LOCATION_APART
        earlier = [at for at, scanned in run.wide_scans if scanned is library and now - at < apart - _LATENCY]
        if earlier and self.plan.settings.smart_scanning:
            self.break_law(f"law 3: {run.name} scans {library.location} again after {now - earlier[-1]:.1f} s")


def _may_be_cause(submission: Submission, server: SimulatedServer, folder: str, begin: float) -> bool:
    """Whether a request was under way, and is about something in the folder."""
    if submission.server != server.number:
        return False
    below = submission.path == folder or submission.path.startswith(folder + "/")
    under_way = submission.lost or submission.ended is None or submission.ended >= begin
    return below and under_way


def _is_about(submission: Submission, reported: Reported) -> bool:
    return submission.server == reported.server and submission.path == reported.path


def _is_narrower(scanned: str, narrow: set[str], wide: str) -> bool:
    """Whether a scan read a folder for which there is a cause, and less than the wide one."""
    path = PurePosixPath(scanned)
    return any(PurePosixPath(folder).is_relative_to(path) for folder in narrow) and PurePosixPath(wide) in path.parents
