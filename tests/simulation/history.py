"""One history: a world is built from a seed, things happen in it, all faults are lifted, and every law is checked."""

import asyncio
from dataclasses import dataclass
import logging
from pathlib import Path
from random import Random
import shutil
import tempfile
from typing import Final, override

from custom_components.plex_smart_scan.scanner.models import Outcome, ScanResult
from tests.simulation.events import Events
from tests.simulation.laws import JudgedWorld
from tests.simulation.libraries import NESTED_KIDS, SAME_KIDS
from tests.simulation.loop import BusyError, SimulatedLoop, StuckError
from tests.simulation.plan import RELAXED, draw_plan
from tests.simulation.seams import simulated
from tests.simulation.server import tokens_of
from tests.simulation.world import describe, is_taken

_TIME_TO_END: Final = 3 * 3600.0  # virtual seconds until every request has ended
_MOST_ASKED: Final = 2  # paths: asking for one costs as much as an event
_TIME_TO_FORGET: Final = 5.0  # virtual seconds until a finished request has left the disk
_PRESENT: Final = {Outcome.ADDED, Outcome.UPDATED, Outcome.UP_TO_DATE}
_ABSENT: Final = {Outcome.REMOVED, Outcome.UP_TO_DATE, Outcome.NOT_FOUND}
_WITH_FILMS: Final = 0.3  # of the histories
_WITH_KIDS: Final = 0.1
_MEMORY: Final = Path("/dev/shm")


@dataclass(slots=True, frozen=True)
class Report:
    """What became of one history."""

    seed: int
    broken: tuple[str, ...]
    lines: tuple[str, ...]
    results: int
    scans: int
    virtual_seconds: float
    delays: tuple[float, ...]
    """How long after Plex had begun to list their proofs the results came, in seconds."""
    relaxed: bool
    """Whether the pauses between look-ups were longer than in real life."""

    @override
    def __str__(self) -> str:
        """Return the history as text, with what went wrong first."""
        return "\n".join([f"seed {self.seed}:", *self.broken, "", *self.lines])


def run_history(seed: int) -> Report:
    """Run one history to its end."""
    folder = Path(tempfile.mkdtemp(prefix="plex-smart-scan-", dir=_MEMORY if _MEMORY.is_dir() else None))
    try:
        return _History(seed, folder).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _ErrorLog(logging.Handler):
    """Collects what is logged as an error: nothing in a simulated world deserves one."""

    def __init__(self, world: JudgedWorld) -> None:
        super().__init__(logging.ERROR)
        self._world = world

    @override
    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self._world.break_law(f"logged as an error: {record.getMessage()} {error!r}")


class _History:
    def __init__(self, seed: int, folder: Path) -> None:
        self._seed = seed
        random = Random(seed)
        self._loop = SimulatedLoop(random)
        self._plan = draw_plan(random)
        # Drawn for itself, so that a seed's history without films is the same as before there were any.
        film_random = Random(f"{seed} films")
        self._plan.films = film_random.random() < _WITH_FILMS
        kids_random = Random(f"{seed} kids")
        self._plan.kids = kids_random.choice([NESTED_KIDS, SAME_KIDS]) if kids_random.random() < _WITH_KIDS else None
        self._world = JudgedWorld(
            self._plan,
            random,
            self._loop,
            folder,
            film_random=film_random,
            copy_random=Random(f"{seed} copies"),
        )
        self._events = Events(self._world)
        self._log = _ErrorLog(self._world)

    def run(self) -> Report:
        world = self._world
        logger = logging.getLogger()
        logger.addHandler(self._log)
        try:
            with simulated(world.network, world.random, sockets=self._plan.sockets):
                self._loop.run_until_complete(self._play())
        except StuckError:
            world.break_law("nothing can happen any more, and something still waits")
        except BusyError:
            world.break_law("something is repeated without an end")
        finally:
            logger.removeHandler(self._log)
            self._close()
        for error in self._loop.errors:
            world.break_law(f"an error that nobody handled: {error}")
        return Report(
            self._seed,
            tuple(world.broken),
            (str(self._plan), *world.log),
            len(world.results),
            sum(len(server.plex.stats.scans) for server in world.servers),
            self._loop.time(),
            tuple(world.delays.measured),
            self._plan.timing is RELAXED,
        )

    async def _play(self) -> None:
        await self._begin()
        for _ in range(self._plan.events):
            event = self._events.draw()()
            if event is not None:
                await event
            await asyncio.sleep(self._events.pause())
        await self._events.lift_all()
        if (left := self._world.copied_at - self._loop.time()) >= 0.0:
            await asyncio.sleep(left + 0.1)
        await self._wait_for_all()
        self._judge_tokens()
        await self._judge_end()
        await self._end()

    async def _begin(self) -> None:
        world = self._world
        for server in world.servers:
            world.network.addresses[f"server-{server.number}"].change(world.host_of(server))
            server.plex.begin_work()
            world.entries[server.number].start()
        await asyncio.sleep(10.0)

    async def _wait_for_all(self) -> None:
        """Wait until every request has ended. Records those that do not."""
        world = self._world
        try:
            async with asyncio.timeout(_TIME_TO_END):
                await asyncio.gather(*world.callers)
                while any(entry.engine is None or entry.engine.pending for entry in world.entries):  # noqa: ASYNC110
                    await asyncio.sleep(10.0)
        except TimeoutError:
            for entry in world.entries:
                left = entry.engine.pending_results(5) if entry.engine else "no engine"
                world.break_law(f"not ended by server {entry.server.number}: {left}")
        for each in world.submissions:
            if each.open:
                world.break_law(f"accepted and lost by server {each.server}: {each.path}, accepted at {each.accepted}")

    def _judge_tokens(self) -> None:
        if sent := tokens_of(self._world.impostor.stats.requests):
            self._world.break_law(f"the impostor got a token: {sent}")

    async def _judge_end(self) -> None:
        """Ask for every path once more: the answers and the lists are those of the disk.

        Not at once: a scan that has just ended can be used once more, and may have read a disk that was away.
        """
        world = self._world
        await asyncio.sleep(self._plan.timing.ignored_after + _TIME_TO_FORGET)
        for entry in world.entries:
            if (rows := entry.rows()) != 0:
                world.break_law(f"{rows} requests are left in the journal of server {entry.server.number}")
        paths = sorted({each.path for each in world.submissions if each.path.endswith(".mkv") and is_taken(each.path)})
        paths = world.random.sample(paths, min(len(paths), _MOST_ASKED))
        if not self._plan.exact or self._world.broken:
            return
        first = len(world.submissions)
        for path in paths:
            world.submit(path, wait=7200.0)
        await self._wait_for_all()
        for each in world.submissions[first:]:
            if each.returned is not None:
                self._judge_last(each.server, each.path, each.returned)

    def _judge_last(self, number: int, path: str, result: ScanResult) -> None:
        world = self._world
        facts, server = world.tree.facts(path).now, world.servers[number]
        if result.outcome is Outcome.SCANNED:
            return  # nothing is said of what Plex lists
        right = result.outcome in (_PRESENT if facts else _ABSENT)
        listings = [server.listing(library, path).now for library in world.libraries_of(path)]
        correct = [{size for size, _ in listed} == ({facts[0]} if facts else set()) for listed in listings]
        # One library decides the outcome. The others may not have been scanned, or may miss a folder that is new.
        exact = self._plan.websocket and not server.plex.quirks.miss_new_nested_folders
        if not right or not (all(correct) if exact else any(correct)):
            text = f"{path} is {facts}, listed as {[set(each) for each in listings]}: {describe(result)}"
            world.break_law(f"in the end: {text}")

    async def _end(self) -> None:
        world = self._world
        for entry in world.entries:
            await entry.stop()
            await entry.wait_for_ended()
        for server in world.servers:
            await server.plex.stop()

    def _close(self) -> None:
        loop = self._loop
        for task in asyncio.all_tasks(loop):
            task.cancel()
        try:
            loop.callbacks = 0
            loop.run_until_complete(asyncio.sleep(100.0))
        except StuckError, BusyError:
            pass
        loop.close()
