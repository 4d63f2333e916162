"""Whether a result is true: whether what it says held at some moment between the report and the result."""

from functools import partial
from typing import Any, Final

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.plex.retry import MAX_ATTEMPTS, MAX_REFUSALS
from tests.simulation.disk import MediaTree
from tests.simulation.libraries import SimulatedLibrary, location_of
from tests.simulation.server import Listed
from tests.simulation.timeline import Timeline, ever
from tests.simulation.world import Reported, World, is_taken

_LOOK_AGE: Final = 5.0  # seconds: how old the last look at what Plex lists may be
_SIGHT_AGE: Final = 12.0  # seconds: how old the last look at what Plex sees may be
_SCAN_AGE: Final = 60.0  # seconds: how long before the report a scan may have begun that has read the file
# Which wrong answers, and how many of them, a request needs to fail with a reason.
_FAILURES: Final[dict[Reason | None, tuple[set[int], int]]] = {
    Reason.BAD_REQUEST: ({400}, MAX_REFUSALS),
    Reason.PERMISSION: ({401, 403}, MAX_REFUSALS),
    Reason.SERVER_ERROR: (set(), MAX_ATTEMPTS),
}
_EARLIER: Final = 2.0  # seconds: evidence may have been collected for another request just before


class Claim:
    """What one result says."""

    def __init__(self, world: World, reported: Reported, begin: float, library: SimulatedLibrary) -> None:
        """Keep the result, when its path was first reported, and the library of which it may be true."""
        self._world = world
        self._server = server = world.servers[reported.server]
        self._library = library
        self._tree: MediaTree = world.tree
        self._path = reported.path
        self._result = reported.result
        self._begin = begin - _EARLIER
        self._end = reported.at
        self._late = world.address_of(server).late

    def holds(self) -> bool:
        """Whether it was true."""
        match self._result.outcome:
            case Outcome.ADDED:
                return any(map(self._was_added, self._files()))
            case Outcome.UPDATED:
                return not is_taken(self._path) or any(map(self._was_updated, self._files()))
            case Outcome.REMOVED:
                return any(map(self._was_removed, self._files()))
            case Outcome.UP_TO_DATE:
                return all(map(self._was_consistent, self._files()))
            case Outcome.SCANNED:
                return self._result.attempts > 0
            case Outcome.NOT_FOUND:
                return self._was_not_found()
            case Outcome.FAILED:
                return self._failed()
            case Outcome.PENDING:
                return False  # no result at all

    def _files(self) -> list[str]:
        """Return the file, or the files that ever were in the folder and that Plex would list."""
        below = list(filter(is_taken, self._tree.below(self._path)))
        return [self._path] if self._path.endswith((".mkv", ".srt")) else below

    def _listing(self, path: str) -> Timeline[Listed]:
        return self._server.listing(self._library, path)

    def _lately(self, seconds: float) -> float:
        """Return since when the last look can have been made: in one of several libraries, long before the result."""
        if len(self._world.libraries_of(self._path)) > 1:
            return self._begin
        return max(self._begin, self._end - seconds - self._late)

    def _was_added(self, path: str) -> bool:
        listing = self._listing(path)
        came = any(not old and new for old, new in listing.transitions(self._begin, self._end))
        listed = any(listing.during(self._lately(_LOOK_AGE), self._end))
        return came and listed and self._was_there_lately(path) and self._was_read(path)

    def _was_read(self, path: str) -> bool:
        """Whether Plex listed the file as it was at some moment, and not as it had been before it was reported.

        Where nobody else can look, a file that is reported too early cannot be known to be incomplete. Nor can the
        files of a folder.
        """
        is_of_folder = path != self._path
        is_early = self._tree.facts(path).changed_at > self._begin + _EARLIER
        if (is_of_folder or is_early) and not self._can_see(path):
            return True
        sizes = {facts[0] for facts in self._tree.facts(path).during(self._begin, self._end) if facts}
        right = sizes | {self._result.request.size}
        listings = self._listing(path).during(self._begin, self._end)
        return any(listed and all(size in right for size, _ in listed) for listed in listings)

    def _can_see(self, path: str) -> bool:
        """Whether Home Assistant could see what was there, all the time."""
        mounted = self._world.local_mounted[location_of(path)]
        return self._world.plan.local and all(mounted.during(self._begin, self._end))

    def _was_there_lately(self, path: str) -> bool:
        """Whether the file had not vanished before the last look. Where nobody else can look, that cannot be known."""
        there = self._tree.facts(path).during(self._lately(_LOOK_AGE), self._end)
        return not self._can_see(path) or any(facts is not None for facts in there)

    def _was_updated(self, path: str) -> bool:
        listing = self._listing(path)
        values = {value for value in listing.during(self._begin, self._end) if value}
        listed = any(listing.during(self._lately(_LOOK_AGE), self._end))
        return len(values) > 1 and listed and self._was_there_lately(path)

    def _was_removed(self, path: str) -> bool:
        listing = self._listing(path)
        went = any(old and not new for old, new in listing.transitions(self._begin, self._end))
        unseen = ever(self._begin, self._end, partial(self._is_missed, path), *self._timelines(path))
        return went and unseen and not all(listing.during(self._lately(_LOOK_AGE), self._end))

    def _was_consistent(self, path: str) -> bool:
        """Whether Plex listed the file as it was, or did not list what was not there."""
        # Where nobody can look, a path that was reported as removed is not there.
        refused = self._server.plex.quirks.browse_refused and not self._world.plan.local
        only_report_counts = bool(refused and self._result.request.gone)

        def is_consistent(at: float) -> bool:
            facts, listed = self._tree.facts(path).at(at), self._listing(path).at(at)
            if not listed:
                return not self._is_seen(path, at) or only_report_counts
            # Where nobody else can look, the file is what the sender said.
            right = {self._result.request.size, facts[0] if facts else None} - {None}
            return all(size in right for size, _ in listed)

        return ever(self._begin, self._end, is_consistent, *self._timelines(path))

    def _was_not_found(self) -> bool:
        path, reason = self._path, self._result.reason
        if not self._files():
            return True  # a folder in which Plex lists nothing
        lately = self._lately(_SIGHT_AGE)
        if reason is Reason.NOT_VISIBLE_TO_PLEX:
            return ever(lately, self._end, partial(self._is_missed, path), *self._timelines(path))
        if reason is Reason.IGNORED_BY_PLEX:
            return self._was_scanned() and self._was_unlisted(lately)
        return self._was_unlisted(lately) or self._had_other_size(lately) or not self._was_always_consistent(lately)

    def _was_scanned(self) -> bool:
        """Whether a scan has read the file's folder to its end, perhaps one that began before the report."""
        begin, path = self._begin - _SCAN_AGE, self._path
        scans = [each for each in self._server.scans if each.library is self._library and each.began >= begin]
        return any(f"{path}/".startswith(f"{each.folder}/") for each in scans)

    def _had_other_size(self, begin: float) -> bool:
        """Whether Plex did not have the file of the size that the sender said, which is all that may be known of it."""
        said = self._result.request.size
        listed = [value for path in self._files() for value in self._listing(path).during(begin, self._end)]
        return said is not None and any(all(size != said for size, _ in value) for value in listed)

    def _was_unlisted(self, begin: float) -> bool:
        return any(not all(self._listing(path).during(begin, self._end)) for path in self._files())

    def _was_always_consistent(self, begin: float) -> bool:
        return all(
            not ever(begin, self._end, partial(self._differs, path), *self._timelines(path)) for path in self._files()
        )

    def _differs(self, path: str, at: float) -> bool:
        facts, listed = self._tree.facts(path).at(at), self._listing(path).at(at)
        return facts is None or any(size != facts[0] for size, _ in listed)

    def _failed(self) -> bool:
        """Return whether there was a reason to give up: a file that was removed stays listed, or wrong answers."""
        if self._result.reason in _FAILURES:
            wanted, times = _FAILURES[self._result.reason]
            wrong = self._world.address_of(self._server).wrong_since(self._begin)
            return sum(not wanted or each.status in wanted for each in wrong) >= times
        if self._result.reason is not Reason.STILL_THERE:
            return False
        files = self._files()
        listed = any(any(self._listing(path).during(self._lately(_LOOK_AGE), self._end)) for path in files)
        return listed and any(
            ever(self._begin, self._end, partial(self._is_missed, path), *self._timelines(path)) for path in files
        )

    def _is_seen(self, path: str, at: float) -> bool:
        return self._server.mount_of(path).at(at) and self._tree.facts(path).at(at) is not None

    def _is_missed(self, path: str, at: float) -> bool:
        return not self._is_seen(path, at)

    def _timelines(self, path: str) -> list[Timeline[Any]]:
        return [self._server.mount_of(path), self._tree.facts(path), self._listing(path)]
