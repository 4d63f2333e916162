"""The judges allow a further scan, or a wider one, if the engine cannot know that it is not needed."""

from http import HTTPStatus
from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome
from tests.fake_plex import Fault
from tests.simulation.deed import LISTED, NEW, SEASON, Deed, broken_laws
from tests.simulation.network import WrongAnswer, question_of
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
            answer = WrongAnswer(deed.world.loop.time(), "/services/browse/x", HTTPStatus.BAD_REQUEST)
            deed.world.address_of(deed.server).wrong_answers.append(answer)
        await deed.scan(SEASON)

    assert broken_laws(tmp_path, act) == laws


def test_wide_scan_after_a_wrong_404_breaks_no_law(tmp_path: Path) -> None:
    """A listed file whose folder does not exist was removed with it: the nearest folder that exists is scanned."""

    async def act(deed: Deed) -> None:
        deed.report(LISTED)
        deed.server.plex.faults.add(Fault("status", path="/services/browse*", status=404, times=1))
        token = {"X-Plex-Token": deed.server.plex.token}
        deed.world.address_of(deed.server).reply(question_of("GET", "/services/browse/folder", token))
        await deed.scan(SHOW)

    assert broken_laws(tmp_path, act) == []
