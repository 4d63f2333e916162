"""The judges allow a further scan, or a wider one, if the engine cannot know that it is not needed."""

from http import HTTPStatus
from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome
from tests.fake_plex import Fault
from tests.simulation.deed import LISTED, NEW, SEASON, Deed, broken_laws
from tests.simulation.network import WrongAnswer
from tests.simulation.test_judges import SHOW, scan_for_a_new_file, scan_twice


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


def test_scan_after_a_lost_one_breaks_no_law(tmp_path: Path) -> None:
    """Activities do not name a folder: the engine cannot know which of the scans was lost."""

    async def act(deed: Deed) -> None:
        deed.lose_scan()
        await scan_twice(deed)

    assert broken_laws(tmp_path, act) == []


def test_scan_for_a_report_that_arrived_while_one_was_requested_breaks_no_law(tmp_path: Path) -> None:
    """The engine had sent the request for the first scan before the report arrived."""

    async def act(deed: Deed) -> None:
        deed.write()
        await deed.wait(2.0)
        sent_at = deed.world.loop.time()
        await deed.wait(0.01)
        deed.report(NEW)
        deed.request_scan(SEASON, sent_at=sent_at)
        await deed.wait(2.0)
        await deed.scan(SEASON)

    assert broken_laws(tmp_path, act) == []


def test_scan_for_a_request_that_was_being_stored_breaks_no_law(tmp_path: Path) -> None:
    """The result that came meanwhile was that of an earlier request for the same path."""

    async def act(deed: Deed) -> None:
        requests = [deed.report(LISTED) for _ in range(2)]
        requests[0].accepted = deed.world.loop.time()
        await deed.wait(1.0)
        deed.finish(LISTED, Outcome.UP_TO_DATE, attempts=0)
        for request in requests:
            request.ended = deed.world.loop.time()
        await deed.scan(SEASON)

    assert broken_laws(tmp_path, act) == []


@pytest.mark.parametrize("leftovers", [[], ["lost+found/"]], ids=["empty", "not empty"])
def test_location_that_is_not_empty_without_its_disk_is_seen(tmp_path: Path, leftovers: list[str]) -> None:
    """What is left at the place of a mount is something that Plex sees."""
    seen: list[bool] = []

    async def act(deed: Deed) -> None:
        deed.server.unmount("tv", missing=False, leftovers=leftovers)
        await deed.wait(60.0)
        now = deed.world.loop.time()
        seen.append(deed.world.was_seen(deed.server, "tv", now - 1.0, now))

    broken_laws(tmp_path, act)

    assert seen == [bool(leftovers)]


@pytest.mark.parametrize("removed", [False, True], ids=["still there", "removed since"])
def test_wide_scan_after_one_that_seemed_to_find_a_file_breaks_no_law(tmp_path: Path, removed: bool) -> None:
    """Plex listed a file late, after a wider scan: the engine cannot know that the narrow one had found it."""

    async def act(deed: Deed) -> None:
        deed.write()
        deed.report(NEW)
        await deed.scan(SEASON)
        await deed.scan(SHOW)
        await deed.wait(20.0)
        if removed:
            deed.world.tree.remove(NEW)
            await deed.scan(SEASON)
            await deed.wait(20.0)
        deed.write("tv/Show 2/Season 02/Show 2 - S02E02.mkv")
        deed.report("tv/Show 2/Season 02/Show 2 - S02E02.mkv")
        await deed.scan("tv/Show 2")

    assert broken_laws(tmp_path, act, listing_delay=15.0) == []


def test_wide_scan_after_one_that_found_a_file_at_once_breaks_no_law(tmp_path: Path) -> None:
    """Plex listed the file in the moment in which the wider scan was requested."""

    async def act(deed: Deed) -> None:
        path = "tv/Show 1/Season 02/Show 1 - S02E02.mkv"
        deed.write(path)
        deed.report(path)
        await deed.scan("tv/Show 1/Season 02")
        sent_at = deed.world.loop.time()
        await deed.wait(0.01)
        deed.request_scan(SHOW, sent_at=sent_at)
        await deed.wait(2.0)
        deed.write("tv/Show 2/Season 02/Show 2 - S02E02.mkv")
        deed.report("tv/Show 2/Season 02/Show 2 - S02E02.mkv")
        await deed.scan("tv/Show 2")

    assert broken_laws(tmp_path, act, miss_new_nested_folders=True) == []


@pytest.mark.parametrize(("refused", "laws"), [(True, []), (False, ["law 5", "law 1"])])
def test_scan_for_a_missing_file_is_allowed_when_nobody_can_look(
    tmp_path: Path, refused: bool, laws: list[str]
) -> None:
    """Plex showed that the file was missing, and then no longer showed its disk: the file may be there now."""

    async def act(deed: Deed) -> None:
        deed.report(NEW)
        deed.report(LISTED)
        await deed.scan(SEASON)
        for submission in deed.world.submissions[1:]:
            submission.ended = deed.world.loop.time()
        await deed.wait(60.0)
        if refused:
            answer_wrongly(deed, "/services/browse/x", HTTPStatus.BAD_REQUEST)
        await deed.scan(SEASON)

    assert broken_laws(tmp_path, act) == laws


def answer_wrongly(deed: Deed, path: str, status: HTTPStatus) -> None:
    """Note a wrong answer of the server."""
    answer = WrongAnswer(deed.world.loop.time(), path, status)
    deed.world.address_of(deed.server).wrong_answers.append(answer)


@pytest.mark.parametrize(
    ("path", "status", "seconds", "laws"),
    [
        ("/services/browse/x", HTTPStatus.NOT_FOUND, 0.0, []),
        ("/services/browse/x", HTTPStatus.SERVICE_UNAVAILABLE, 0.0, ["law 5"]),
        ("/library/sections/1/all", HTTPStatus.SERVICE_UNAVAILABLE, 40.0, []),
        ("/library/sections/1/all", HTTPStatus.SERVICE_UNAVAILABLE, 20.0, ["law 5"]),
    ],
    ids=["seemed to be missing", "not seen for a moment", "waited too long after an error", "waited after an error"],
)
def test_scan_is_repeated_after_a_wrong_answer(
    tmp_path: Path, path: str, status: HTTPStatus, seconds: float, laws: list[str]
) -> None:
    """The file seems to be back that seemed to be missing, or an error has delayed the request for long."""

    async def act(deed: Deed) -> None:
        deed.report(LISTED)
        answer_wrongly(deed, path, status)
        await deed.scan(SEASON)
        await deed.wait(seconds)
        await deed.scan(SEASON)

    assert broken_laws(tmp_path, act) == laws


def test_wide_scan_after_a_wrong_404_breaks_no_law(tmp_path: Path) -> None:
    """A listed file whose folder does not exist was removed with it: the nearest folder that exists is scanned."""

    async def act(deed: Deed) -> None:
        deed.report(LISTED)
        deed.server.plex.faults.add(Fault("status", path="/services/browse*", status=404, times=1))
        deed.ask("/services/browse/folder")
        await deed.scan(SHOW)

    assert broken_laws(tmp_path, act) == []


@pytest.mark.parametrize(("seconds", "laws"), [(130.0, []), (1.0, ["law 5"])])
def test_scan_is_repeated_for_what_a_slow_answer_hid(tmp_path: Path, seconds: float, laws: list[str]) -> None:
    """A look-up took so long that the first scan began before the engine could see the file on Plex's disk."""

    async def act(deed: Deed) -> None:
        deed.report(LISTED)
        deed.server.plex.faults.add(Fault("slow", path="*/all", seconds=seconds, times=1))
        deed.ask("/library/sections/1/all")
        await deed.wait(110.0)
        await deed.scan(SEASON)
        await deed.wait(15.0)
        await deed.scan(SEASON)

    assert broken_laws(tmp_path, act) == laws


@pytest.mark.parametrize(("away", "laws"), [(True, []), (False, ["law 5"])])
def test_scan_is_repeated_for_what_changed_during_an_outage(tmp_path: Path, away: bool, laws: list[str]) -> None:
    """The engine notices some time after the server is back that the file has changed."""

    async def act(deed: Deed) -> None:
        deed.report(LISTED)
        await deed.wait(1.0)
        deed.write(LISTED)
        await deed.wait(600.0)
        run = deed.world.entries[0].run
        assert run is not None
        run.back_at = deed.world.loop.time() if away else 0.0
        await deed.scan(SEASON)
        await deed.scan(SEASON)

    assert broken_laws(tmp_path, act) == laws
