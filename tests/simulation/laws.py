"""The laws of scanning, checked at the moment when a server is asked for a scan.

Evidence is a moment old when a scan that rests on it is requested. A law counts as broken when what it demands did not
hold at any moment of the last seconds.
"""

from typing import TYPE_CHECKING, Final, override

from tests.simulation.timeline import ever
from tests.simulation.verdicts import Claim
from tests.simulation.world import LOCATION, Reported, Submission, World, describe

if TYPE_CHECKING:
    from tests.simulation.server import SimulatedServer

_EVIDENCE_AGE: Final = 4.5  # seconds: answers about a location may be 3 s old, and one about a folder 1 s
_LOCATION_APART: Final = 600.0  # seconds, for a file that narrower scans did not find
_REMOVAL_APART: Final = 60.0  # seconds, for removed folders


class JudgedWorld(World):
    """A world that judges every scan that is asked for."""

    @override
    def note_scan(self, server: SimulatedServer, path: str | None, *, will_run: bool) -> None:
        """Judge a request for a scan of a folder, or of the whole library (None)."""
        run = self.entries[server.number].run
        self.tell(f"scan requested from server {server.number}: {path}")
        if run is None:
            return
        folder = None if path is None else self.own_path(path)
        now, begin = self.loop.time(), self.loop.time() - self.age_of_evidence(server)
        self._judge_mount(server, folder, begin, now)
        causes = [each for each in self.submissions if self._may_be_cause(each, server, folder, begin)]
        seen = [each for each in causes if self.was_seen(server, each.path, begin, now)]
        removals = [each for each in causes if self._is_removal(each, server, begin, now)]
        wide = folder is None or folder == ""
        unseeing_at = self.host_of(server).unseeing_at
        unseeing = bool(server.plex.quirks.browse_refused) or any(unseeing_at >= each.at for each in causes)
        unknown = unseeing and not wide
        if not seen and not removals and not unknown:
            self.break_law(f"law 1: server {server.number} scans {path} for nothing that it sees")
        if folder and not unknown and not any(self.tree.existed(folder).during(begin, now)):
            self.break_law(f"law 1: server {server.number} scans {path}, which is not there")
        if wide:
            self._judge_wide(server, folder, removal=bool(removals), now=now)
            if will_run:
                run.scans.append((now, path))

    @override
    def judge_result(self, reported: Reported) -> None:
        """Judge what an engine reports."""
        began = [each.at for each in self.submissions if each.ended is None and _is_about(each, reported)]
        if not began:
            self.break_law(f"a result that nobody asked for: {reported.path}")
        elif not Claim(self, reported, min(began)).holds():
            text = f"{reported.path}: {describe(reported.result)}"
            self.break_law(f"untrue result of server {reported.server}: {text}")

    def age_of_evidence(self, server: SimulatedServer) -> float:
        """Return how old the evidence for a scan may be, in seconds: late answers are older."""
        return _EVIDENCE_AGE + self.network.addresses[f"server-{server.number}"].late

    def was_seen(self, server: SimulatedServer, path: str, begin: float, end: float) -> bool:
        """Whether a server saw a path on its disk at some moment of a period."""
        timelines = server.mounted, self.tree.facts(path), self.tree.existed(path)
        return ever(begin, end, lambda at: self._sees(server, path, at), *timelines)

    def was_missed(self, server: SimulatedServer, path: str, begin: float, end: float) -> bool:
        """Whether a server did not see a path on its disk at some moment of a period."""
        timelines = server.mounted, self.tree.facts(path), self.tree.existed(path)
        return ever(begin, end, lambda at: not self._sees(server, path, at), *timelines)

    def _sees(self, server: SimulatedServer, path: str, at: float) -> bool:
        there = self.tree.facts(path).at(at) is not None or self.tree.existed(path).at(at)
        return there and server.mounted.at(at)

    def was_listed(self, server: SimulatedServer, path: str, begin: float, end: float) -> bool:
        """Whether a server listed a file, or any file of a folder, at some moment of a period."""
        paths = [path, *self.tree.below(path)]
        return any(any(server.listing(self.listed_path(each)).during(begin, end)) for each in paths)

    def _judge_mount(self, server: SimulatedServer, folder: str | None, begin: float, now: float) -> None:
        if server.plex.quirks.browse_refused and folder:
            return  # nobody knows of the disk: a narrow scan is allowed, docs/reliability.md says so
        if not any(server.mounted.during(begin, now)) and server.lists_anything(LOCATION, begin, now):
            self.break_law(f"law 2: server {server.number} scans {folder!r}, whose disk is missing")

    def _may_be_cause(self, submission: Submission, server: SimulatedServer, folder: str | None, begin: float) -> bool:
        """Whether a request was under way, and is about something in the folder."""
        if submission.server != server.number:
            return False
        below = not folder or submission.path == folder or submission.path.startswith(folder + "/")
        under_way = submission.lost or submission.ended is None or submission.ended >= begin
        return below and under_way

    def _is_removal(self, submission: Submission, server: SimulatedServer, begin: float, now: float) -> bool:
        """Whether a request can be about something that is gone."""
        if not self.was_missed(server, submission.path, begin, now):
            return False
        return submission.gone or self.was_listed(server, submission.path, submission.at - 1, now)

    def _judge_wide(self, server: SimulatedServer, folder: str | None, *, removal: bool, now: float) -> None:
        if not self.plan.settings.smart_scanning:
            return
        if folder is None and self.host_of(server).refused_scans:
            return
        if folder is None:
            self.break_law(f"law 3: server {server.number} scans its whole library")
            return
        run = self.entries[server.number].run
        assert run is not None
        apart = _REMOVAL_APART if removal else _LOCATION_APART
        earlier = [at for at, _ in run.scans if now - at < apart]
        if earlier:
            self.break_law(f"law 3: server {server.number} scans its location again after {now - earlier[-1]:.1f} s")


def _is_about(submission: Submission, reported: Reported) -> bool:
    return submission.server == reported.server and submission.path == reported.path
