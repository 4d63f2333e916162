"""The judges notice each law that is broken: here a test requests the scans and reports the results."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason, ScanRequest, ScanResult, Settings
from tests.simulation.disk import CONTENTS
from tests.simulation.laws import JudgedWorld
from tests.simulation.loop import SimulatedLoop
from tests.simulation.network import question_of
from tests.simulation.plan import RELAXED, Plan
from tests.simulation.seams import simulated
from tests.simulation.world import Reported, Submission

LISTED: Final = "tv/Show 1/Season 01/Show 1 - S01E01.mkv"  # from the beginning
NEW: Final = "tv/Show 1/Season 01/Show 1 - S01E02.mkv"
SEASON: Final = "tv/Show 1/Season 01"
SHOW: Final = "tv/Show 1"

type Act = Callable[[Deed], Awaitable[None]]


class Deed:
    """What a test does in a world whose engine has nothing to do."""

    def __init__(self, world: JudgedWorld) -> None:
        """Act in a world."""
        self.world = world
        self.server = world.servers[0]

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

    def request_scan(self, folder: str | None) -> None:
        """Request a scan; None for the whole library."""
        query, headers = "" if folder is None else f"?path=/data/{folder}", {"X-Plex-Token": self.server.plex.token}
        self.world.host_of(self.server).reply(question_of("GET", f"/library/sections/1/refresh{query}", headers))

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
        self.world.judge_result(Reported(self.world.loop.time(), 0, run, path, result))


def broken_laws(folder: Path, act: Act, **quirks: Any) -> list[str]:
    """Return the laws that are broken by what is done in a world."""
    random = Random(1)
    loop = SimulatedLoop(random)
    plan = Plan(
        servers=1,
        websocket=True,
        sockets=False,
        local=False,
        troubles=(),
        settings=Settings(detailed_logging=False),
        timing=RELAXED,
        quirks=quirks,
    )
    world = JudgedWorld(plan, random, Random("films"), loop, folder)

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


async def scan_for_a_new_file(deed: Deed) -> None:
    """Do what is right: a new file is reported, its folder is scanned once, and the result follows at once."""
    deed.write()
    await deed.wait(2.0)
    deed.report(NEW)
    await deed.scan(SEASON)
    deed.finish(NEW, Outcome.ADDED)


async def scan_for_an_unseen_file(deed: Deed) -> None:
    """Law 1: scan the folder of a file that does not exist."""
    deed.report(NEW)
    await deed.scan(SEASON)


async def scan_a_missing_folder(deed: Deed) -> None:
    """Law 1: scan a folder that does not exist."""
    deed.report("tv/Show 1")
    deed.report("tv/Show 1/Season 02")
    await deed.scan("tv/Show 1/Season 02")


async def scan_a_missing_mount(deed: Deed) -> None:
    """Law 2: scan while the mount is away."""
    deed.report(LISTED)
    deed.server.unmount("tv", missing=False, leftovers=[])
    await deed.wait(60.0)
    await deed.scan(SEASON)


async def scan_the_whole_library(deed: Deed) -> None:
    """Law 3: scan everything although smart scanning is on."""
    deed.report(LISTED)
    await deed.scan(None)


async def scan_the_location_twice(deed: Deed) -> None:
    """Law 3: scan the location for a file, and soon once more for another one."""
    deed.write()
    deed.report(NEW)
    await deed.scan(SEASON)
    await deed.scan("tv")
    await deed.wait(60.0)
    deed.write(NEW.replace("E02", "E03"))
    deed.report(NEW.replace("E02", "E03"))
    await deed.scan("tv")


async def scan_wide_first(deed: Deed) -> None:
    """Law 4: scan the show without a scan of the season that has run."""
    deed.report(LISTED)
    await deed.scan(SHOW)


async def widen_a_lost_scan(deed: Deed) -> None:
    """Law 4: scan the show after a scan of the season that was lost."""
    deed.server.plex.quirks.drop_close_scans = 10.0
    deed.report(LISTED)
    deed.request_scan("tv/Dark")
    await deed.scan(SEASON)
    await deed.scan(SHOW)


async def scan_twice(deed: Deed) -> None:
    """Law 5: scan a folder once more for the same request."""
    await scan_for_a_new_file(deed)
    deed.report(LISTED)
    await deed.scan(SEASON)
    await deed.scan(SEASON)


async def scan_after_a_wider_one(deed: Deed) -> None:
    """Law 5: scan a folder that a wider scan has just read."""
    deed.report(SHOW)
    deed.report(LISTED)
    await deed.scan(SHOW)
    await deed.scan(SEASON)


async def scan_for_nobody(deed: Deed) -> None:
    """Law 5: scan for a request that has ended."""
    deed.report(LISTED).ended = deed.world.loop.time()
    await deed.scan(SEASON)


async def add_late(deed: Deed) -> None:
    """Law 9: report a file ten seconds after Plex has listed it."""
    deed.write()
    deed.report(NEW)
    await deed.scan(SEASON)
    await deed.wait(10.0)
    deed.finish(NEW, Outcome.ADDED)


async def remove_late(deed: Deed) -> None:
    """Law 9: report a removal ten seconds after Plex has removed the file."""
    deed.world.tree.remove(LISTED)
    deed.report(LISTED, gone=True)
    await deed.scan(SEASON)
    await deed.wait(10.0)
    deed.finish(LISTED, Outcome.REMOVED)


@pytest.mark.parametrize(
    ("act", "law"),
    [
        (scan_for_an_unseen_file, "law 1"),
        (scan_a_missing_folder, "law 1"),
        (scan_a_missing_mount, "law 2"),
        (scan_the_whole_library, "law 3"),
        (scan_the_location_twice, "law 3"),
        (scan_wide_first, "law 4"),
        (widen_a_lost_scan, "law 4"),
        (scan_twice, "law 5"),
        (scan_after_a_wider_one, "law 5"),
        (scan_for_nobody, "law 5"),
        (add_late, "law 9"),
        (remove_late, "law 9"),
    ],
)
def test_broken_law_is_noticed(tmp_path: Path, act: Act, law: str) -> None:
    """Each law is noticed to be broken."""
    assert law in broken_laws(tmp_path, act)


def test_correct_scan_breaks_no_law(tmp_path: Path) -> None:
    """A scan and a result that are right break no law."""
    assert broken_laws(tmp_path, scan_for_a_new_file) == []


def test_scan_after_another_change_breaks_no_law(tmp_path: Path) -> None:
    """A file that was written after a scan needs another one."""

    async def act(deed: Deed) -> None:
        await scan_for_a_new_file(deed)
        for submission in deed.world.submissions:
            submission.ended = deed.world.loop.time()
        deed.write(NEW.replace("E02", "E03"))
        deed.report(NEW.replace("E02", "E03"))
        await deed.scan(SEASON)

    assert broken_laws(tmp_path, act) == []


@pytest.mark.parametrize(
    ("path", "outcome", "reason"),
    [
        (NEW, Outcome.ADDED, None),
        (LISTED, Outcome.ADDED, None),
        (LISTED, Outcome.UPDATED, None),
        (LISTED, Outcome.REMOVED, None),
        (LISTED, Outcome.NOT_FOUND, Reason.NOT_VISIBLE_TO_PLEX),
        (LISTED, Outcome.NOT_FOUND, Reason.IGNORED_BY_PLEX),
        (LISTED, Outcome.NOT_FOUND, Reason.TIMEOUT),
        (LISTED, Outcome.FAILED, Reason.SERVER_ERROR),
        (LISTED, Outcome.FAILED, Reason.STILL_THERE),
        (LISTED, Outcome.PENDING, None),
    ],
)
def test_untrue_result_is_noticed(tmp_path: Path, path: str, outcome: Outcome, reason: Reason | None) -> None:
    """A result that was never true is noticed."""

    async def act(deed: Deed) -> None:
        deed.report(path)
        await deed.wait(5.0)
        deed.finish(path, outcome, reason, attempts=0)

    assert broken_laws(tmp_path, act) == ["untrue result of server 0"]


def test_file_that_plex_does_not_list_is_not_up_to_date(tmp_path: Path) -> None:
    """A file that is there and was never listed is not up to date, and a scan that never was is no scan."""

    async def act(deed: Deed) -> None:
        deed.write()
        await deed.wait(5.0)
        for outcome in (Outcome.UP_TO_DATE, Outcome.SCANNED):
            deed.report(NEW)
            deed.finish(NEW, outcome, attempts=0)

    assert broken_laws(tmp_path, act) == ["untrue result of server 0"] * 2


def test_result_that_nobody_asked_for_is_noticed(tmp_path: Path) -> None:
    """A result without a request is noticed."""

    async def act(deed: Deed) -> None:
        deed.finish(LISTED, Outcome.UP_TO_DATE)

    assert broken_laws(tmp_path, act) == ["a result that nobody asked for"]
