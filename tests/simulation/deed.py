"""A simulated world in which a test does what an engine would do, so that laws can be broken on purpose."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any, Final

from custom_components.plex_smart_scan.scanner.engine import ScanEngine
from custom_components.plex_smart_scan.scanner.models import Outcome, Reason, ScanRequest, ScanResult, Settings
from custom_components.plex_smart_scan.scanner.paths.clean_path import clean
from custom_components.plex_smart_scan.scanner.scans.scan_job import ScanJob
from tests.fake_plex import Fault
from tests.scanner.builders import a_library
from tests.simulation.disk import CONTENTS
from tests.simulation.laws import JudgedWorld
from tests.simulation.loop import SimulatedLoop
from tests.simulation.network import question_of
from tests.simulation.plan import RELAXED, Plan
from tests.simulation.seams import simulated
from tests.simulation.world import Reported, Submission

LISTED: Final = "tv/Show 1/Season 01/Show 1 - S01E01.mkv"  # from the beginning
SEASON: Final = "tv/Show 1/Season 01"
NEW: Final = "tv/Show 1/Season 01/Show 1 - S01E02.mkv"

type Act = Callable[[Deed], Awaitable[None]]


class Deed:
    """What a test does in a world whose engine has nothing to do."""

    def __init__(self, world: JudgedWorld) -> None:
        """Act in a world."""
        self.world = world
        self.server = world.servers[0]

    @property
    def engine(self) -> ScanEngine:
        """The engine, which has nothing to do."""
        run = self.world.entries[0].run
        assert run is not None
        return run.engine

    async def wait(self, seconds: float) -> None:
        """Let time pass."""
        await self.world.network.sleep(seconds)

    def write(self, path: str = NEW) -> None:
        """Write a complete file."""
        self.world.tree.write(path, CONTENTS[0])

    def report(self, path: str, *, gone: bool = False) -> Submission:
        """Report a path, without the engine."""
        run = self.world.entries[0].run
        assert run is not None
        submission = Submission(server=0, path=path, at=self.world.loop.time(), run=run.name, gone=gone)
        self.world.submissions.append(submission)
        return submission

    def request_scan(self, folder: str | None, *, sent_at: float | None = None) -> None:
        """Request a scan that an engine has requested at `sent_at`, by default now; None for the whole library."""
        runner, library = self.engine.runner, a_library("/data/tv")
        runner.current = ScanJob(library=library, location=clean("/data/tv"), folder=None, looked_up_at=0.0)
        runner.current.started_at = self.world.loop.time() if sent_at is None else sent_at
        query = "" if folder is None else f"?path=/data/{folder}"
        self.ask(f"/library/sections/1/refresh{query}")
        runner.current = None

    def ask(self, target: str) -> None:
        """Ask the server for a path with its query, as an engine does."""
        headers = {"X-Plex-Token": self.server.plex.token}
        self.world.address_of(self.server).reply(question_of("GET", target, headers))

    def lose_scan(self) -> None:
        """Request a scan of which the server never hears, although the answer says that it was accepted."""
        self.server.plex.faults.add(Fault("empty", path="*/refresh", times=1))
        self.request_scan("tv/Dark")

    async def scan(self, folder: str | None) -> None:
        """Request a scan and wait until it has ended; None for the whole library."""
        self.request_scan(folder)
        await self.wait(2.0)

    def finish(self, path: str, outcome: Outcome, reason: Reason | None = None, *, attempts: int = 1) -> None:
        """Report a result, as if the engine did."""
        run = self.world.entries[0].run
        assert run is not None
        result = ScanResult(
            request=ScanRequest(path=f"/data/{path}"), outcome=outcome, reason=reason, attempts=attempts
        )
        reported = Reported(self.world.loop.time(), 0, run, path, result)
        self.world.results.append(reported)
        self.world.judge_result(reported)


def broken_laws(
    folder: Path, act: Act, *, local: bool = False, websocket: bool = True, films: bool = False, **quirks: Any
) -> list[str]:
    """Return the laws that are broken by what is done in a world.

    `local` is whether Home Assistant sees the files, `films` whether there is a second library.
    """
    random = Random(1)
    loop = SimulatedLoop(random)
    plan = Plan(
        servers=1,
        websocket=websocket,
        sockets=False,
        local=local,
        troubles=(),
        settings=Settings(detailed_logging=False),
        timing=RELAXED,
        quirks=quirks,
        films=films,
    )
    world = JudgedWorld(plan, random, loop, folder, film_random=Random("films"), copy_random=Random("copies"))

    async def play() -> None:
        world.address_of(world.servers[0]).change(world.host_of(world.servers[0]))
        world.servers[0].plex.begin_work()
        world.entries[0].start()
        await world.network.sleep(10.0)
        await act(Deed(world))
        await world.entries[0].stop()
        await world.servers[0].plex.stop()

    with simulated(world.network, random, sockets=False):
        loop.run_until_complete(play())
    loop.close()
    return [text.partition(":")[0] for text in world.broken]
