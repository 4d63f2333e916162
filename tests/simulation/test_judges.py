"""The judges notice each law that is broken: here a test requests the scans and reports the results."""

from pathlib import Path
from typing import Final

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason, ScanRequest, ScanResult
from tests.simulation.deed import LISTED, NEW, SEASON, Act, Deed, broken_laws
from tests.simulation.disk import CONTENTS

SHOW: Final = "tv/Show 1"


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


async def scan_twice_long_after_a_lost_one(deed: Deed) -> None:
    """Law 5: scan a folder once more, and no other scan was lost lately."""
    deed.lose_scan()
    await deed.wait(70.0)
    await scan_twice(deed)


async def scan_after_a_wider_one(deed: Deed) -> None:
    """Law 5: scan a folder that a wider scan has just read."""
    deed.report(SHOW)
    deed.report(LISTED)
    await deed.scan(SHOW)
    await deed.scan(SEASON)


async def scan_for_nobody(deed: Deed) -> None:
    """Law 5: scan for a request that was stored, and has ended."""
    request = deed.report(LISTED)
    request.accepted = deed.world.loop.time()
    await deed.wait(1.0)
    request.ended = deed.world.loop.time()
    await deed.scan(SEASON)


async def scan_for_nobody_after_two_results(deed: Deed) -> None:
    """Law 5: scan for two requests for the same path that have ended, each with a result."""
    requests = [deed.report(LISTED) for _ in range(2)]
    for request in requests:
        deed.finish(LISTED, Outcome.UP_TO_DATE, attempts=0)
        request.ended = deed.world.loop.time()
    await deed.scan(SEASON)


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
        (scan_twice_long_after_a_lost_one, "law 5"),
        (scan_after_a_wider_one, "law 5"),
        (scan_for_nobody, "law 5"),
        (scan_for_nobody_after_two_results, "law 5"),
    ],
)
def test_broken_law_is_noticed(tmp_path: Path, act: Act, law: str) -> None:
    """Each law is noticed to be broken."""
    assert law in broken_laws(tmp_path, act)


def test_correct_scan_breaks_no_law(tmp_path: Path) -> None:
    """A scan and a result that are right break no law."""
    assert broken_laws(tmp_path, scan_for_a_new_file) == []


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


@pytest.mark.parametrize(
    ("returned", "laws"), [(Outcome.UP_TO_DATE, []), (Outcome.ADDED, ["returned by server 0 but not reported"])]
)
def test_caller_who_learns_something_else_is_noticed(tmp_path: Path, returned: Outcome, laws: list[str]) -> None:
    """The result that a caller gets is the one that was reported."""

    async def act(deed: Deed) -> None:
        submission = deed.report(LISTED)
        await deed.wait(5.0)
        deed.finish(LISTED, Outcome.UP_TO_DATE, attempts=0)
        deed.world.judge_returned(submission, ScanResult(request=ScanRequest(path=LISTED), outcome=returned))

    assert broken_laws(tmp_path, act) == laws


@pytest.mark.parametrize(("local", "laws"), [(True, ["untrue result of server 0"]), (False, [])])
def test_file_that_vanished_long_ago_is_not_added(tmp_path: Path, local: bool, laws: list[str]) -> None:
    """Home Assistant could see that it was gone, if it sees the files at all."""

    async def act(deed: Deed) -> None:
        deed.write()
        deed.report(NEW)
        await deed.scan(SEASON)
        deed.world.tree.remove(NEW)
        await deed.wait(60.0)
        deed.finish(NEW, Outcome.ADDED)

    assert broken_laws(tmp_path, act, local=local) == laws


@pytest.mark.parametrize("reported", [NEW, SEASON])
@pytest.mark.parametrize("local", [True, False])
def test_file_that_plex_read_before_it_was_complete_is_not_added(tmp_path: Path, reported: str, local: bool) -> None:
    """It was complete when it was reported. Of the files of a folder, only who sees them can know that."""

    async def act(deed: Deed) -> None:
        deed.write()
        deed.request_scan(SEASON)
        await deed.wait(3.0)
        deed.world.tree.write(NEW, CONTENTS[1])
        await deed.wait(3.0)
        deed.report(reported)
        await deed.wait(3.0)
        deed.finish(reported, Outcome.ADDED)

    laws = broken_laws(tmp_path, act, local=local, listing_delay=8.0)

    assert ("untrue result of server 0" in laws) is (reported == NEW or local)
