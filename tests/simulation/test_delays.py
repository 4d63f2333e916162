"""The judge of law 9 notices results that come late, and allows for what the engine could not know earlier."""

from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome
from custom_components.plex_smart_scan.scanner.timing import Timing
from tests.fake_plex import Fault
from tests.simulation.deed import LISTED, NEW, SEASON, Act, Deed, broken_laws
from tests.simulation.delays import end_by_polls


async def add_late(deed: Deed) -> None:
    """Report a file ten seconds after Plex has listed it."""
    deed.write()
    deed.report(NEW)
    await deed.scan(SEASON)
    await deed.wait(10.0)
    deed.finish(NEW, Outcome.ADDED)


async def update_late(deed: Deed) -> None:
    """Report a replaced file ten seconds after Plex has listed it."""
    deed.write(LISTED)
    deed.report(LISTED)
    await deed.scan(SEASON)
    await deed.wait(10.0)
    deed.finish(LISTED, Outcome.UPDATED)


async def add_late_long_after_another_scan(deed: Deed) -> None:
    """Report a file too late whose folder was scanned long before it was written."""
    submission = deed.report(LISTED)
    await deed.scan(SEASON)
    submission.ended = deed.world.loop.time()
    await deed.wait(100.0)
    await add_late(deed)


async def remove_late(deed: Deed) -> None:
    """Report a removal ten seconds after Plex has removed the file."""
    deed.world.tree.remove(LISTED)
    deed.report(LISTED, gone=True)
    await deed.scan(SEASON)
    await deed.wait(10.0)
    deed.finish(LISTED, Outcome.REMOVED)


@pytest.mark.parametrize("act", [add_late, add_late_long_after_another_scan, update_late, remove_late])
def test_late_result_is_noticed(tmp_path: Path, act: Act) -> None:
    """A result that comes late breaks law 9."""
    assert "law 9" in broken_laws(tmp_path, act)


async def add_late_after_a_seemingly_accepted_scan(deed: Deed) -> None:
    """That scan may have read an incomplete file, as far as the engine knows."""
    deed.lose_scan()
    await deed.wait(5.0)
    await add_late(deed)


async def add_late_after_an_interrupted_scan(deed: Deed) -> None:
    """The engine does not know when a scan from before an outage has ended: it may have read an incomplete file."""
    submission = deed.report(LISTED)
    await deed.scan(SEASON)
    submission.ended = deed.world.loop.time()
    deed.engine.availability.outages += 1
    await deed.wait(100.0)
    await add_late(deed)


async def add_late_after_a_silent_server(deed: Deed) -> None:
    """The end of a scan from before is noticed when the server is back: this scan may have read an incomplete file."""
    submission = deed.report(LISTED)
    await deed.scan(SEASON)
    submission.ended = deed.world.loop.time()
    address = deed.world.address_of(deed.server)
    address.change(None, silent=True)
    await deed.wait(100.0)
    address.change(deed.world.host_of(deed.server))
    await deed.wait(10.0)
    await add_late(deed)


async def scan_and_finish_late(deed: Deed, outcome: Outcome) -> None:
    """Report a file, and its result eight seconds after its scan, while the library is scanned for another folder."""
    deed.report(LISTED)
    await deed.scan(SEASON)
    deed.report("tv/Dark")
    deed.server.plex.hold_walking()
    await deed.scan("tv/Dark")
    await deed.wait(8.0)
    deed.finish(LISTED, outcome)
    deed.server.plex.release_walking()


async def restore_late_while_the_library_is_scanned(deed: Deed) -> None:
    """Plex is asked to analyze a file that comes back to the place of another one when its library is idle."""
    deed.server.plex.prefs["autoEmptyTrash"] = False
    deed.world.tree.remove(LISTED)
    submission = deed.report(LISTED, gone=True)
    await deed.scan(SEASON)
    submission.ended = deed.world.loop.time()
    await deed.wait(100.0)
    deed.write(LISTED)
    await scan_and_finish_late(deed, Outcome.ADDED)


async def add_late_after_a_lost_scan(deed: Deed) -> None:
    """The events of a scan count as those of an earlier one that was lost, and then this one is repeated later."""
    deed.server.plex.faults.add(Fault("lost_scan", times=1))
    deed.report("tv/Dark")
    deed.request_scan("tv/Dark")
    await deed.wait(2.0)
    deed.write()
    deed.report(NEW)
    await deed.scan(SEASON)
    await deed.wait(6.0)
    deed.finish(NEW, Outcome.ADDED)


async def update_late_while_the_library_is_scanned(deed: Deed) -> None:
    """Plex is asked to analyze a replaced file when its library is idle."""
    deed.write(LISTED)
    await scan_and_finish_late(deed, Outcome.UPDATED)


@pytest.mark.parametrize(
    "act",
    [
        add_late_after_a_seemingly_accepted_scan,
        add_late_after_an_interrupted_scan,
        add_late_after_a_silent_server,
        restore_late_while_the_library_is_scanned,
        add_late_after_a_lost_scan,
        update_late_while_the_library_is_scanned,
    ],
)
def test_result_that_has_to_wait_breaks_no_law(tmp_path: Path, act: Act) -> None:
    """The engine could not know earlier that the result is proven."""
    assert broken_laws(tmp_path, act) == []


async def update_late_while_films_are_scanned(deed: Deed) -> None:
    """Report a replaced episode ten seconds after Plex has listed it, while another library is scanned."""
    deed.server.plex.libraries[1].refreshing = True
    await update_late(deed)


@pytest.mark.parametrize(("context_never", "laws"), [(True, []), (False, ["law 9"])])
def test_scan_that_names_no_library_may_be_of_any(tmp_path: Path, context_never: bool, laws: list[str]) -> None:
    """While another library is scanned, a replaced file may have to wait if Plex never says which library it is."""
    act = update_late_while_films_are_scanned

    assert broken_laws(tmp_path, act, films=True, context_never=context_never) == laws


@pytest.mark.parametrize(("seconds", "laws"), [(11.0, []), (1.0, ["law 9"])])
def test_scan_that_no_poll_has_shown_is_repeated(tmp_path: Path, seconds: float, laws: list[str]) -> None:
    """When Plex lists the file long after the scan, the engine waits for the repetition."""

    async def act(deed: Deed) -> None:
        deed.write()
        deed.report(NEW)
        deed.server.plex.hold_settling()
        await deed.scan(SEASON)
        await deed.wait(seconds)
        deed.server.plex.release_settling()
        await deed.wait(10.0)
        deed.finish(NEW, Outcome.ADDED)

    assert broken_laws(tmp_path, act, websocket=False, items_appear_late=True) == laws


def test_end_of_a_scan_is_known_after_two_polls() -> None:
    """Without events, the first poll that does not show a scan may have come before its start."""
    timing = Timing()

    assert [round(end_by_polls(timing, 0.0, ended), 2) for ended in (0.0, 1.0, 4.0)] == [0.9, 4.5, 9.3]
