"""Removing finished requests, closing the journal and deleting its files."""

import asyncio

import pytest

from custom_components.plex_smart_scan.scanner.journal.database import JournalError
from custom_components.plex_smart_scan.scanner.journal.journal import Journal
from tests.scanner.builders import FrozenClock, work
from tests.scanner.disk import Disk

from .conftest import a_request, commit_started


async def test_finished_requests_are_removed_in_one_commit(journal: Journal, disk: Disk, clock: FrozenClock) -> None:
    """Finished requests leave the disk a little later: a thousand results are one commit."""
    requests = [a_request(str(number)) for number in range(1000)]
    await journal.accept(requests)

    for request in requests:
        journal.drop(request)
    assert len(journal) == 0
    await clock.forward(0.9)
    assert disk.writes == 1
    disk.writing.clear()
    await clock.forward(0.1)
    await commit_started(disk)
    await journal.close()

    assert (disk.writes, disk.ids) == (2, [])


async def test_next_commit_removes_finished_requests(journal: Journal, disk: Disk, clock: FrozenClock) -> None:
    """The next commit also removes finished requests."""
    await journal.accept([a_request("a")])
    journal.drop(a_request("a"))

    await journal.accept([a_request("b")])
    await clock.forward(10)
    await journal.close()

    assert (disk.writes, disk.ids) == (2, ["b"])


async def test_request_finished_during_its_commit_is_removed(journal: Journal, disk: Disk) -> None:
    """A result can arrive before the commit ends."""
    disk.gate.clear()
    accepting = asyncio.create_task(journal.accept([a_request("a")]))
    await commit_started(disk)
    journal.drop(a_request("a"))

    disk.gate.set()
    await accepting
    await journal.close()

    assert "a" not in journal
    assert disk.ids == []


async def test_dropping_an_unknown_request_causes_no_commit(journal: Journal, disk: Disk, clock: FrozenClock) -> None:
    """Dropping a request that was never stored causes no commit."""
    journal.drop(a_request("a"))
    await clock.forward(10)

    assert disk.writes == 0


async def test_failed_removal_is_repeated_with_the_next_commit(
    journal: Journal, disk: Disk, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    """There is one warning and no endless retry; the next commit removes them."""
    await journal.accept([a_request("a"), a_request("b")])
    disk.full = True
    disk.writing.clear()
    journal.drop(a_request("a"))
    await clock.forward(600)
    await commit_started(disk)
    assert await journal.count() == 2  # the worker is idle again
    await work()
    assert caplog.text.count("cannot be written") == 1

    disk.full = False
    journal.drop(a_request("b"))
    await journal.close()

    assert disk.ids == []


async def test_closing_writes_everything_and_accepts_nothing_more(disk: Disk, clock: FrozenClock) -> None:
    """Closing writes everything at once; then nothing is accepted."""
    journal = Journal(disk, clock)
    await journal.accept([a_request("a"), a_request("b")])
    journal.drop(a_request("a"))

    await journal.close()
    await journal.close()

    assert (disk.writes, disk.ids) == (2, ["b"])
    await journal.accept([a_request("b")])  # is on disk
    with pytest.raises(JournalError, match="closed"):
        await journal.accept([a_request("c")])


async def test_removed_journal_leaves_no_files(journal: Journal, disk: Disk) -> None:
    """Deleting a journal leaves no files."""
    await journal.accept([a_request("a")])

    await journal.delete_file()
    await journal.close()

    assert list(disk.path.parent.glob("journal.db*")) == []
