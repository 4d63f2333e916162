"""The journal: a burst costs few commits, and a failing disk is reported to the callers."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
import json
from pathlib import Path
import sqlite3
from typing import Any

import pytest

from custom_components.plex_smart_scan.scanner.journal.database import Database, JournalError
from custom_components.plex_smart_scan.scanner.journal.journal import Journal
from custom_components.plex_smart_scan.scanner.models import ScanRequest
from tests.scanner.builders import FrozenClock
from tests.scanner.conftest import Disk


def a_request(name: str, **fields: Any) -> ScanRequest:
    """Make a request with a readable id."""
    return ScanRequest(id=name, path=f"/tv/{name}.mkv", **fields)


async def loaded(journal: Journal) -> list[ScanRequest]:
    """Return everything that a journal loads."""
    return [request async for requests in journal.load() for request in requests]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Return an empty disk."""
    disk = Disk(tmp_path / "journal.db")
    yield disk
    disk.close()


@pytest.fixture
def clock() -> FrozenClock:
    """Return a clock that stands still."""
    return FrozenClock()


@pytest.fixture
async def journal(disk: Disk, clock: FrozenClock) -> AsyncIterator[Journal]:
    """Return a journal on the disk."""
    journal = Journal(disk, clock)
    yield journal
    disk.gate.set()
    await journal.close()


async def commit_started(disk: Disk) -> None:
    """Wait until a commit has started, which the closed gate blocks."""
    await asyncio.to_thread(disk.writing.wait, 10)
    disk.writing.clear()


# -- accept -----------------------------------------------------------------------------------------------------------


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


# -- marks ------------------------------------------------------------------------------------------------------------


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


# -- failures ---------------------------------------------------------------------------------------------------------


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


# -- drop -------------------------------------------------------------------------------------------------------------


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


# -- load -------------------------------------------------------------------------------------------------------------


async def test_requests_are_loaded_in_order(journal: Journal, disk: Disk, clock: FrozenClock) -> None:
    """The next run finds every request as it was, oldest first."""
    requests = [
        a_request("plain"),
        a_request(
            "full",
            libraries=("TV Shows", "2"),
            force=True,
            validate=False,
            size=5,
            gone=True,
            accepted_at=1.5,
            context={"user_id": None, "id": "x"},
        ),
    ]
    await journal.accept(requests)
    await journal.close()

    again = Journal(disk, clock)
    found = await loaded(again)

    assert found == requests
    assert found[1].context == {"user_id": None, "id": "x"}
    again.drop(found[0])
    await again.close()
    assert disk.ids == ["full"]


async def test_requests_are_loaded_in_batches(journal: Journal, disk: Disk, clock: FrozenClock) -> None:
    """Batches are small, and contain no requests that were accepted during loading."""
    await journal.accept(a_request(str(number)) for number in range(1000))
    await journal.close()
    again = Journal(disk, clock)
    sizes = []

    async for requests in again.load():
        sizes.append(len(requests))
        await again.accept([a_request(f"new {len(sizes)}")])

    assert sum(sizes) == 1000
    assert max(sizes) <= 100
    await again.close()


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"id": "x"},
        {"path": "/tv/x.mkv"},
        {"id": "x", "path": "/x", "libraries": None},
        {"id": "x", "path": "/x", "libraries": [2]},
        {"id": "x", "path": "/x", "libraries": "TV Shows"},
        {"id": "x", "path": 5},
        {"id": 5, "path": "/x"},
        {"id": "x", "path": "/x", "size": "5"},
        {"id": "x", "path": "/x", "size": True},
        {"id": "x", "path": "/x", "gone": None},
        {"id": "x", "path": "/x", "context": []},
        "text",
        None,
        ["list"],
        7,
    ],
    ids=str,
)
async def test_unreadable_row_is_logged_and_kept(row: Any, disk: Disk, caplog: pytest.LogCaptureFixture) -> None:
    """A row that cannot be read is counted in the log and stays; the others are resumed."""
    rows = [("x", json.dumps(row)), ("good", json.dumps({"id": "good", "path": "/tv/x.mkv"}))]
    disk.import_rows(rows, "made", "up")
    journal = Journal(disk)

    assert [request.id for request in await loaded(journal)] == ["good"]
    assert caplog.text.count("1 accepted requests could not be read") == 1
    await journal.close()
    assert len(disk.rows) == 2


@pytest.mark.parametrize("body", ["{", "", "[" * 100_000, '{"id": NaN'])
async def test_row_with_invalid_json_does_not_affect_others(body: str, disk: Disk) -> None:
    """A damaged row does not change the order of the others."""
    disk.import_rows([("x", body)], "made", "up")
    journal = Journal(disk)
    await journal.accept([a_request("a")])
    await journal.close()

    again = Journal(disk)
    assert [request.id for request in await loaded(again)] == ["a"]
    await again.close()


async def test_unknown_field_of_a_newer_version_is_ignored(disk: Disk) -> None:
    """After a downgrade nothing accepted is lost: an unknown field is ignored."""
    disk.import_rows([("x", json.dumps({"id": "x", "path": "/tv/x.mkv", "priority": 5}))], "made", "up")
    journal = Journal(disk)

    assert await loaded(journal) == [ScanRequest(id="x", path="/tv/x.mkv")]
    await journal.close()


# -- the file of earlier versions -------------------------------------------------------------------------------------


async def test_json_file_is_imported_once(disk: Disk, tmp_path: Path, clock: FrozenClock) -> None:
    """Its rows are imported in order and the file is deleted; after a crash nothing is imported twice."""
    old = tmp_path / "old"
    rows = [asdict(a_request(name, size=5)) for name in ("a", "b")]
    content = json.dumps({"version": 1, "minor_version": 1, "key": "x", "data": [*rows, "text"]})
    old.write_text(content)
    journal = Journal(disk, clock, json_file=old)

    found = await loaded(journal)

    assert found == [a_request("a", size=5), a_request("b", size=5)]
    assert not old.exists()
    await journal.close()
    old.write_text(content)  # as if the crash had come before it was deleted
    again = Journal(disk, clock, json_file=old)
    assert len(await loaded(again)) == 2
    assert not old.exists()
    await again.close()


@pytest.mark.parametrize("content", ["{", "[]", '{"data": 5}', "[" * 100_000])
async def test_damaged_json_file_is_set_aside(content: str, disk: Disk, tmp_path: Path) -> None:
    """It is kept under another name, which is reported."""
    old = tmp_path / "old"
    old.write_text(content)
    reported: list[Path] = []
    journal = Journal(disk, json_file=old, on_set_aside=reported.append)

    assert await loaded(journal) == []
    await journal.accept([a_request("a")])
    await journal.close()

    assert [path.read_text() for path in reported] == [content]
    assert "damaged" in reported[0].name


async def test_json_file_that_cannot_be_read_now(disk: Disk, tmp_path: Path) -> None:
    """A failing disk is not a damaged file: nothing is accepted before it can be read."""
    (tmp_path / "old").mkdir()
    journal = Journal(disk, json_file=tmp_path / "old")

    with pytest.raises(JournalError):
        await loaded(journal)
    (tmp_path / "old").rmdir()

    assert await loaded(journal) == []
    await journal.close()


async def test_removed_journal_leaves_no_files(journal: Journal, disk: Disk) -> None:
    """Deleting a journal leaves no files."""
    await journal.accept([a_request("a")])

    await journal.delete_file()
    await journal.close()

    assert list(disk.path.parent.glob("journal.db*")) == []


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
