"""Commits that fail and callers that are cancelled: which requests are stored, and who receives the error."""

import asyncio

import pytest

from custom_components.plex_smart_scan.scanner.journal.database import JournalError
from custom_components.plex_smart_scan.scanner.journal.journal import Journal
from custom_components.plex_smart_scan.scanner.models import ScanRequest
from tests.scanner.disk import Disk

from .conftest import a_request, commit_started


async def test_failed_commit_is_reported_and_stored_requests_are_kept(journal: Journal, disk: Disk) -> None:
    """A failed commit is reported to its caller; requests stored before are kept."""
    await journal.accept([a_request("before")])
    disk.full = True

    with pytest.raises(JournalError, match="disk is full"):
        await journal.accept([a_request("a"), a_request("b")])

    assert len(journal) == 1
    disk.full = False
    await journal.accept([a_request("c")])
    assert disk.ids == ["before", "c"]


async def test_real_full_disk_is_reported_and_recovers(journal: Journal, disk: Disk) -> None:
    """SQLite's own error, and its own recovery."""
    await journal.accept([a_request("before")])
    connection = disk.open()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(JournalError, match="full"):
        await journal.accept([ScanRequest(id="large", path="/tv/" + "x" * 50_000)])
    connection.execute("PRAGMA max_page_count = 100000")
    await journal.accept([a_request("after")])

    assert disk.ids == ["before", "after"]


async def test_finished_request_leaves_a_full_disk(journal: Journal, disk: Disk) -> None:
    """Where there is no room for a new request, a finished one is removed all the same, so that it is not repeated."""
    await journal.accept([a_request("finished"), a_request("before")])
    connection = disk.open()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    journal.drop(a_request("finished"))

    with pytest.raises(JournalError, match="full"):
        await journal.accept([ScanRequest(id="large", path="/tv/" + "x" * 50_000)])

    assert disk.ids == ["before"]


async def test_failed_commit_is_reported_to_all_its_callers(journal: Journal, disk: Disk) -> None:
    """No caller of a failed commit gets "accepted", including one with the same request."""
    disk.full = True

    results = await asyncio.gather(
        *(journal.accept([a_request(name)]) for name in ("a", "b", "a")), return_exceptions=True
    )

    assert [type(result) for result in results] == [JournalError] * 3
    assert len(journal) == 0


async def test_outage_of_the_disk_is_logged_once(
    journal: Journal, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    """One line reports the outage, and one its end, however many requests fail."""
    caplog.set_level("INFO")
    for outage in range(1, 3):
        disk.full = True
        for number in range(20):
            with pytest.raises(JournalError):
                await journal.accept([a_request(f"{outage} {number}")])
        assert caplog.text.count("cannot be written") == outage
        disk.full = False
        await journal.accept([a_request(f"{outage}")])
        assert caplog.text.count("written again") == outage


async def test_cancelled_caller_does_not_affect_others(journal: Journal, disk: Disk) -> None:
    """A caller that stops waiting does not affect the requests of others."""
    disk.gate.clear()
    first = asyncio.create_task(journal.accept([a_request("first")]))
    await commit_started(disk)
    leaving, staying = (asyncio.create_task(journal.accept([a_request(name)])) for name in ("leaving", "staying"))
    await asyncio.sleep(0)

    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    disk.gate.set()
    await asyncio.gather(first, staying)

    assert "staying" in journal
    assert "leaving" not in journal
    assert disk.ids == ["first", "staying"]


async def test_request_is_dropped_if_its_caller_is_cancelled(journal: Journal, disk: Disk) -> None:
    """Its request is dropped again, since it was not reported as accepted."""
    disk.gate.clear()
    leaving = asyncio.create_task(journal.accept([a_request("a")]))
    await commit_started(disk)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)

    disk.gate.set()
    await journal.close()

    assert len(journal) == 0
    assert disk.ids == []


async def test_request_with_another_caller_is_kept_if_one_is_cancelled(journal: Journal, disk: Disk) -> None:
    """A request with two waiters is kept when one of them stops waiting."""
    disk.gate.clear()
    leaving, staying = (asyncio.create_task(journal.accept([a_request("a")])) for _ in range(2))
    await commit_started(disk)

    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    disk.gate.set()
    await staying

    assert "a" in journal
    assert disk.ids == ["a"]
