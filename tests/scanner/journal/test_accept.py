"""Accepting requests and setting marks: calls share commits, and an accepted request is on disk."""

import asyncio
import sqlite3

import pytest

from custom_components.plex_smart_scan.scanner.journal.database import Database, JournalError
from custom_components.plex_smart_scan.scanner.journal.journal import Journal
from custom_components.plex_smart_scan.scanner.models import ScanRequest
from tests.scanner.builders import FrozenClock
from tests.scanner.disk import Disk

from .conftest import a_request, commit_started, loaded


async def test_request_is_accepted_when_it_is_on_disk(journal: Journal, disk: Disk) -> None:
    """Nothing is accepted before it is on disk."""
    disk.gate.clear()
    accepting = asyncio.create_task(journal.accept([a_request("a")]))
    await commit_started(disk)
    assert not accepting.done()
    assert "a" not in journal

    disk.gate.set()
    await accepting

    assert disk.ids == ["a"]
    assert "a" in journal


async def test_requests_of_one_call_share_a_commit(journal: Journal, disk: Disk) -> None:
    """A list of requests is one commit."""
    await journal.accept(a_request(str(number)) for number in range(1000))

    assert (disk.writes, len(disk.ids), len(journal)) == (1, 1000, 1000)


async def test_simultaneous_calls_share_few_commits(journal: Journal, disk: Disk) -> None:
    """A burst of callers shares few commits, none of which blocks the event loop when it ends."""
    await asyncio.gather(*(journal.accept([a_request(str(number))]) for number in range(1000)))

    assert disk.writes <= 5
    assert disk.ids == [str(number) for number in range(1000)]


async def test_calls_during_a_commit_share_the_next_one(journal: Journal, disk: Disk) -> None:
    """All callers that arrive during a commit share the next one."""
    disk.gate.clear()
    first = asyncio.create_task(journal.accept([a_request("first")]))
    await commit_started(disk)
    others = [asyncio.create_task(journal.accept([a_request(str(number))])) for number in range(100)]
    await asyncio.sleep(0)

    disk.gate.set()
    await asyncio.gather(first, *others)

    assert disk.writes == 2
    assert len(disk.ids) == 101


async def test_stored_request_is_not_written_again(journal: Journal, disk: Disk) -> None:
    """What is on disk is not written again."""
    await journal.accept([a_request("a")])
    await journal.accept([a_request("a")])

    assert disk.writes == 1


async def test_simultaneous_calls_with_one_request_share_a_row(journal: Journal, disk: Disk) -> None:
    """Two callers with the same request wait for one row."""
    await asyncio.gather(*(journal.accept([a_request("a")]) for _ in range(2)))

    assert disk.ids == ["a"]


async def test_path_that_utf8_cannot_encode_does_not_affect_others(journal: Journal, disk: Disk) -> None:
    """A path that UTF-8 cannot store does not affect others."""
    strange = "/tv/\ud800 \udfff\x00\n\u202e.mkv"
    await asyncio.gather(journal.accept([ScanRequest(id="strange", path=strange)]), journal.accept([a_request("a")]))
    await journal.close()

    assert {request.path for request in await loaded(Journal(disk))} == {strange, "/tv/a.mkv"}


async def test_only_the_unwritable_request_fails(journal: Journal, disk: Disk) -> None:
    """Only the caller whose request cannot be written gets the error."""
    bad = a_request("bad", context={"id": object()})
    calls = [journal.accept([a_request(str(number))]) for number in range(20)]

    results = await asyncio.gather(*calls, journal.accept([bad]), return_exceptions=True)

    assert [type(result) for result in results] == [type(None)] * 20 + [JournalError]
    assert len(disk.ids) == 20


async def test_replacement_is_one_transaction(journal: Journal, disk: Disk) -> None:
    """A newer request replaces older ones, or nothing happens."""
    await journal.accept([a_request("old"), a_request("other")])
    disk.full = True
    with pytest.raises(JournalError):
        await journal.accept([a_request("new")], replaces=["old"])
    assert disk.ids == ["old", "other"]
    assert "old" in journal
    disk.full = False

    await journal.accept([a_request("new")], replaces=["old", "unknown"])

    assert disk.ids == ["other", "new"]
    assert "old" not in journal
    assert disk.writes == 2


async def test_requests_of_one_commit_can_replace_each_other(journal: Journal, disk: Disk) -> None:
    """Requests of one commit may replace each other."""
    await asyncio.gather(journal.accept([a_request("old")]), journal.accept([a_request("new")], replaces=["old"]))

    assert disk.ids == ["new"]
    assert len(journal) == 1


async def test_request_of_another_journal_can_be_replaced(journal: Journal, disk: Disk) -> None:
    """The inbox and the engine each have a journal on the same file."""
    other = Journal(Database(disk.path))
    await other.accept([a_request("old")])
    await other.close()

    await journal.accept([a_request("new")], replaces=["old"])

    assert disk.ids == ["new"]


async def test_mark_is_kept_across_restarts(journal: Journal, disk: Disk, clock: FrozenClock) -> None:
    """A value that outlives the run."""
    assert await journal.get_mark("caught up") is None
    await journal.set_mark("caught up", "2026-11-26")
    await journal.set_mark("other", "1")
    await journal.set_mark("other", None)
    await journal.close()

    again = Journal(disk, clock)
    assert (await again.get_mark("caught up"), await again.get_mark("other")) == ("2026-11-26", None)
    await again.close()


async def test_mark_and_its_requests_are_one_transaction(journal: Journal, disk: Disk) -> None:
    """A mark is set together with the requests that it stands for, or not at all."""
    disk.full = True
    with pytest.raises(JournalError):
        await journal.accept([a_request("a")], marks={"caught up": "1"})
    disk.full = False
    assert (await journal.get_mark("caught up"), disk.ids) == (None, [])

    await journal.accept([a_request("a")], marks={"caught up": "1"})

    assert (await journal.get_mark("caught up"), disk.ids) == ("1", ["a"])


async def test_mark_is_kept_if_its_caller_is_cancelled(journal: Journal, disk: Disk) -> None:
    """A mark and its requests are kept although their caller stopped waiting."""
    disk.gate.clear()
    leaving = asyncio.create_task(journal.accept([a_request("a")], marks={"caught up": "1"}))
    await commit_started(disk)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)

    disk.gate.set()

    assert await journal.get_mark("caught up") == "1"
    assert disk.ids == ["a"]


async def test_journal_waits_for_another_writer(journal: Journal, disk: Disk) -> None:
    """The journal waits for another connection that writes."""
    await journal.accept([a_request("a")])
    other = sqlite3.connect(disk.path, autocommit=True)
    other.execute("BEGIN IMMEDIATE")
    accepting = asyncio.create_task(journal.accept([a_request("b")]))
    await commit_started(disk)

    other.execute("COMMIT")
    other.close()
    await accepting

    assert disk.ids == ["a", "b"]
