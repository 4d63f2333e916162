"""A simulated world: media files, the servers that see them, the network, and Home Assistant with its callers."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from custom_components.plex_smart_scan.scanner.engine import StoppedError
from custom_components.plex_smart_scan.scanner.journal.database import JournalError
from custom_components.plex_smart_scan.scanner.models import Outcome, ScanRequest, ScanResult
from custom_components.plex_smart_scan.scanner.paths.mappings import Mappings, PathMapping
from tests.fake_plex import FakePlex
from tests.simulation.delays import Delays
from tests.simulation.disk import CONTENTS, MediaTree
from tests.simulation.entry import Entry, Options, Run
from tests.simulation.libraries import (
    DATA,
    FILMS,
    REPORTED,
    SHOWS,
    SimulatedLibrary,
    listed_path,
    location_of,
    own_path,
)
from tests.simulation.loop import SimulatedLoop
from tests.simulation.network import Address, Network
from tests.simulation.plan import Plan
from tests.simulation.repeated_scans import RequestedScans
from tests.simulation.server import PlexHost, SimulatedServer
from tests.simulation.timeline import Timeline

_FORGOTTEN_AFTER: Final = 2.0  # seconds until a request that has ended has left the disk
UNLISTED: Final = ("-trailer.mkv", ".srt")  # Plex makes no items of such files


@dataclass(eq=False, slots=True, kw_only=True)
class Submission:
    """One request that was handed to one engine. Times are the loop's seconds."""

    server: int
    path: str
    at: float
    run: str
    gone: bool = False
    force: bool = False
    validate: bool | None = None
    accepted: float | None = None
    """When the caller was told that it is kept."""
    ended: float | None = None
    """When a result for its path came, or its engine crashed before it was kept."""
    returned: ScanResult | None = None
    """What the caller was told in the end."""
    lost: bool = False
    """Whether it need not end in a result: its engine crashed before it was known to be kept, or it was refused."""

    @property
    def folder(self) -> str:
        """The narrowest folder to scan for it."""
        return self.path.rpartition("/")[0] if self.path.endswith((".mkv", ".srt")) else self.path

    @property
    def open(self) -> bool:
        """Whether it is promised and has no result yet."""
        return self.accepted is not None and self.ended is None and not self.lost


@dataclass(slots=True, frozen=True)
class Reported:
    """A result that an engine reported."""

    at: float
    server: int
    run: Run
    path: str
    result: ScanResult


class World:
    """Everything that a history happens to."""

    def __init__(
        self,
        plan: Plan,
        random: Random,
        loop: SimulatedLoop,
        folder: Path,
        *,
        film_random: Random,
        copy_random: Random,
    ) -> None:
        """Build it; nothing runs yet.

        `film_random` draws what concerns a second library, and `copy_random` files that are reported when they are
        complete: the other draws of a seed do not depend on them.
        """
        self.plan = plan
        self.random = random
        self.film_random = film_random
        self.copy_random = copy_random
        self.copied_at = 0.0  # when the last copy will be complete and reported
        self.loop = loop
        self.log: list[str] = []
        self.broken: list[str] = []  # laws that did not hold
        self.submissions: list[Submission] = []
        self.results: list[Reported] = []
        self.requested = RequestedScans(self)
        self.delays = Delays(self)
        self.callers: list[asyncio.Task[Any]] = []
        self.network = Network(loop, random)
        self.tree = MediaTree(folder, loop)
        self.libraries = tuple(filter(None, (SHOWS, FILMS if plan.films else None, plan.kids)))
        for library in self.libraries:
            self.tree.write(library.treasure, CONTENTS[0])
            for number, path in enumerate(library.initial, start=1):
                self.tree.write(path, CONTENTS[number % 2])
        self.locations = list(dict.fromkeys(location_of(library.location) for library in self.libraries))
        self.local_points = {each: self.tree.mount_point(each, "home-assistant") for each in self.locations}
        self.local_mounted = {each: Timeline(True) for each in self.locations}
        self.servers = [self._add_server(number, folder) for number in range(plan.servers)]
        self._hosts = [self._make_host(server) for server in self.servers]
        options = Options(
            settings=plan.settings, mappings=self._mappings(), timing=plan.timing, websocket=plan.websocket
        )
        self.entries = [
            Entry(server, self.network, random, options, folder, self._note_result, self._note_crash)
            for server in self.servers
        ]
        self.impostor = FakePlex(machine_identifier="f" * 40, friendly_name="Impostor", token="other")
        for library in self.libraries:
            location = library.location
            self.impostor.add_library(library.title, library.type, {listed_path(location): self.tree.root / location})
        self.impostor.prefs["autoEmptyTrash"] = True

    # -- build ----------------------------------------------------------------------------------------------------

    def _add_server(self, number: int, folder: Path) -> SimulatedServer:
        server = SimulatedServer(number, self.loop, self.random, self.plan.make_quirks(), self.plan.make_timings())
        server.plex.prefs["autoEmptyTrash"] = self.plan.empties_trash
        points = {each: self.tree.mount_point(each, f"plex-{number}") for each in self.locations}
        for library in self.libraries:
            mount, _, folders = library.location.partition("/")
            server.add_library(library, points[mount] / folders)
        self.network.add(f"server-{number}")
        return server

    def _mappings(self) -> Mappings:
        local = {each: str(point) if self.plan.local else None for each, point in self.local_points.items()}
        return Mappings([PathMapping.of(f"{REPORTED}/{each}", f"{DATA}/{each}", local[each]) for each in local])

    def _make_host(self, server: SimulatedServer) -> PlexHost:
        def note_scan(section: int, path: str | None, *, will_run: bool) -> None:
            self.note_scan(server, server.libraries[section], path, will_run=will_run)

        return PlexHost(server.plex, note_scan)

    def host_of(self, server: SimulatedServer) -> PlexHost:
        """Return what answers for a server where nothing is wrong."""
        return self._hosts[server.number]

    def address_of(self, server: SimulatedServer) -> Address:
        """Return the address at which a server should answer."""
        return self.network.addresses[f"server-{server.number}"]

    def note_scan(
        self, server: SimulatedServer, library: SimulatedLibrary, path: str | None, *, will_run: bool
    ) -> None:
        """Judge a scan that a server is asked for (None: of the whole library); `laws` does."""
        raise NotImplementedError

    def judge_result(self, reported: Reported) -> None:
        """Judge a result; `verdicts` does."""
        raise NotImplementedError

    def libraries_of(self, path: str) -> list[SimulatedLibrary]:
        """Return the libraries that a path belongs to."""
        return [library for library in self.libraries if library.contains(path)]

    def is_in_a_location(self, path: str) -> bool:
        """Whether a path is directly in the location of a library."""
        return path.rpartition("/")[0] in {library.location for library in self.libraries}

    def draw_locations(self) -> list[str]:
        """Choose one of the locations, or all of them."""
        if len(self.locations) == 1:
            return self.locations
        return self.film_random.choice([*([each] for each in self.locations), self.locations])

    # -- record ---------------------------------------------------------------------------------------------------

    def tell(self, text: str) -> None:
        """Add a line to the history."""
        self.log.append(f"{self.loop.time() - 1000.0:10.3f}  {text}")

    def break_law(self, text: str) -> None:
        """Record that something that must not be has been."""
        self.tell(f"BROKEN: {text}")
        self.broken.append(text)

    def _note_result(self, entry: Entry, run: Run, result: ScanResult) -> None:
        if run.name in self.network.crashed:
            return
        path, server = own_path(result.request.path), entry.server.number
        reported = Reported(self.loop.time(), server, run, path, result)
        self.results.append(reported)
        self.tell(f"result of server {server}: {path}: {describe(result)}")
        self.judge_result(reported)
        for each in self.submissions:
            if each.server == server and each.path == path and each.ended is None:
                each.ended = self.loop.time()

    def _note_crash(self, entry: Entry) -> None:
        for each in self.submissions:
            if each.server != entry.server.number:
                continue
            if each.ended is None and each.accepted is None:
                each.lost = True
            elif each.ended is not None and each.ended >= self.loop.time() - _FORGOTTEN_AFTER:
                each.ended, each.lost = None, True  # it may still be on the disk: then it is done once more

    # -- callers --------------------------------------------------------------------------------------------------

    def submit(self, path: str, *, wait: float | None = None, servers: list[int] | None = None, **said: Any) -> None:
        """Report a path to the engines; with `wait`, as a caller that waits so many seconds for the result."""
        prefix = DATA if self.random.random() < 0.5 else REPORTED
        for entry in self.entries:
            if servers is None or entry.server.number in servers:
                caller = self._call(entry, path, f"{prefix}/{path}", wait, said)
                self.callers.append(asyncio.create_task(caller))

    async def _call(self, entry: Entry, path: str, text: str, wait: float | None, said: dict[str, Any]) -> None:
        run, engine = entry.run, entry.engine
        if run is None or engine is None:
            return
        submission = Submission(
            server=entry.server.number,
            path=path,
            at=self.loop.time(),
            run=run.name,
            gone=said.get("gone", False),
            force=said.get("force", False),
            validate=said.get("validate"),
        )
        self.submissions.append(submission)
        self.tell(f"report to server {submission.server}: {path} {said} wait={wait}")
        try:
            (pending,) = await engine.submit([ScanRequest(path=text, **said)], durable=wait is None)
            if wait is None:
                self._note_accepted(submission, run)
                return
            result = await engine.wait(pending, wait)
        except StoppedError, JournalError:
            submission.lost = True  # what is under way goes on; it may end in a result all the same
            self.tell(f"not accepted by server {submission.server}: {path}")
            return
        if run.name in self.network.crashed:
            return
        if result.outcome is Outcome.PENDING:
            self._note_accepted(submission, run)
        else:
            submission.returned = result
            submission.ended = submission.ended or self.loop.time()
            self.judge_returned(submission, result)

    def judge_returned(self, submission: Submission, result: ScanResult) -> None:
        """Judge that a caller gets a result that was reported since it asked (law 6)."""
        said = (submission.server, submission.path, result.outcome, result.reason)
        for each in self.results:
            if (each.server, each.path, each.result.outcome, each.result.reason) == said and each.at >= submission.at:
                return
        text = f"{submission.path}: {describe(result)}"
        self.break_law(f"returned by server {submission.server} but not reported: {text}")

    def _note_accepted(self, submission: Submission, run: Run) -> None:
        if run.name not in self.network.crashed:
            submission.accepted = self.loop.time()


def is_taken(path: str) -> bool:
    """Whether Plex makes an item of a file of this name."""
    return not path.endswith(UNLISTED)


def describe(result: ScanResult) -> str:
    """Return what a result says, in short."""
    scanned = [folder for library in result.libraries for folder in library.scanned]
    return f"{result.outcome}/{result.reason} {result.detail} attempts={result.attempts} scanned={scanned}"
