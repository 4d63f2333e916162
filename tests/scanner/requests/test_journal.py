"""What was accepted, on disk: a burst costs few writes, and a disk that fails is told about."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from custom_components.plex_smart_scan.scanner.models import ScanRequest
from custom_components.plex_smart_scan.scanner.requests.journal import Journal
from tests.scanner.made import FrozenClock, work


class Disk:
    """A store that can be slow, and can fail."""

    def __init__(self, *rows: Any) -> None:
        """Begin with what an earlier run left."""
        self.data: list[Any] = list(rows)
        self.writes = 0
        self.fails = False
        self.free = asyncio.Event()
        self.free.set()

    async def load(self) -> list[Any]:
        """Return what was saved."""
        return list(self.data)

    async def save(self, data: list[dict[str, Any]]) -> None:
        """Save, once the disk is free."""
        self.writes += 1
        await self.free.wait()
        if self.fails:
            raise OSError(28, "No space left on device")
        self.data = data

    @property
    def ids(self) -> list[str]:
        """The requests on the disk."""
        return [row["id"] for row in self.data]


def a_request(name: str, **fields: Any) -> ScanRequest:
    """Make a request with an id that tells what it is."""
    return ScanRequest(id=name, path=f"/tv/{name}.mkv", **fields)


@pytest.fixture
def disk() -> Disk:
    """Return an empty disk."""
    return Disk()


@pytest.fixture
def clock() -> FrozenClock:
    """Return a clock that stands still."""
    return FrozenClock()


@pytest.fixture
async def journal(disk: Disk, clock: FrozenClock) -> AsyncIterator[Journal]:
    """Return a journal on the disk."""
    journal = Journal(disk, clock)
    yield journal
    await journal.close()


async def test_accepted_means_on_disk(journal: Journal, disk: Disk) -> None:
    """Nothing is accepted before the disk has it."""
    disk.free.clear()
    accepting = asyncio.create_task(journal.accept([a_request("a")]))
    await work()
    assert not accepting.done()

    disk.free.set()
    await accepting

    assert disk.ids == ["a"]
    assert "a" in journal


async def test_many_in_one_call(journal: Journal, disk: Disk) -> None:
    """A list of requests is one write."""
    await journal.accept(a_request(str(number)) for number in range(1000))

    assert (disk.writes, len(disk.ids)) == (1, 1000)


async def test_many_at_once(journal: Journal, disk: Disk) -> None:
    """A burst of callers shares a write."""
    await asyncio.gather(*(journal.accept([a_request(str(number))]) for number in range(1000)))

    assert (disk.writes, len(disk.ids)) == (1, 1000)


async def test_meanwhile(journal: Journal, disk: Disk) -> None:
    """All who come during a write share the next one; it holds what the first one held."""
    disk.free.clear()
    first = asyncio.create_task(journal.accept([a_request("first")]))
    await work()
    others = [asyncio.create_task(journal.accept([a_request(str(number))])) for number in range(100)]
    await work()
    assert disk.writes == 1

    disk.free.set()
    await asyncio.gather(first, *others)

    assert disk.writes == 2
    assert len(disk.ids) == 101


async def test_accepted_twice(journal: Journal, disk: Disk) -> None:
    """What is on disk is not written again."""
    await journal.accept([a_request("a")])
    await journal.accept([a_request("a")])

    assert disk.writes == 1


async def test_disk_full(journal: Journal, disk: Disk) -> None:
    """A failed write is the caller's to know; nothing of his is kept, what was kept before is."""
    await journal.accept([a_request("before")])
    disk.fails = True

    with pytest.raises(OSError, match="No space"):
        await journal.accept([a_request("a"), a_request("b")])

    assert len(journal) == 1
    disk.fails = False
    await journal.accept([a_request("c")])
    assert disk.ids == ["before", "c"]


async def test_disk_full_for_all_who_share_the_write(journal: Journal, disk: Disk) -> None:
    """Nobody is told "accepted" for a write that failed, not even who asked for the same request a second time."""
    disk.free.clear()
    disk.fails = True
    callers = [asyncio.create_task(journal.accept([a_request(name)])) for name in ("a", "b", "a")]
    await work()

    disk.free.set()
    results = await asyncio.gather(*callers, return_exceptions=True)

    assert [type(result) for result in results] == [OSError] * 3
    assert len(journal) == 0
    assert disk.writes == 1


async def test_disk_full_for_the_first_only(journal: Journal, disk: Disk) -> None:
    """Who came during a write that failed is written by the next, without what was refused."""
    disk.free.clear()
    disk.fails = True
    first = asyncio.create_task(journal.accept([a_request("first")]))
    await work()
    second = asyncio.create_task(journal.accept([a_request("second")]))
    await work()

    disk.free.set()
    with pytest.raises(OSError, match="No space"):
        await first
    disk.fails = False
    await second

    assert disk.ids == ["second"]


async def test_caller_leaves(journal: Journal, disk: Disk) -> None:
    """A caller who gives up takes nobody else's write with him."""
    disk.free.clear()
    leaving, staying = (asyncio.create_task(journal.accept([a_request(name)])) for name in ("leaving", "staying"))
    await work()

    leaving.cancel()
    await work()
    disk.free.set()
    await staying

    assert "staying" in journal
    assert "leaving" not in journal
    assert "staying" in disk.ids


async def test_caller_leaves_what_another_counts_on(journal: Journal, disk: Disk) -> None:
    """A request that two wait for is kept when one of them gives up, and by every later write."""
    disk.free.clear()
    leaving, staying = (asyncio.create_task(journal.accept([a_request("a")])) for _ in range(2))
    await work()

    leaving.cancel()
    await work()
    disk.free.set()
    await staying
    await journal.accept([a_request("b")])

    assert "a" in journal
    assert disk.ids == ["a", "b"]


async def test_on_its_way_is_not_on_disk(journal: Journal, disk: Disk) -> None:
    """A request counts as kept once a write that holds it is over, for whoever wants it kept as well."""
    disk.free.clear()
    leaving = asyncio.create_task(journal.accept([a_request("a")]))
    await work()

    assert "a" not in journal
    leaving.cancel()
    disk.free.set()
    await work()
    assert len(journal) == 0


async def test_forgotten_late(journal: Journal, disk: Disk, clock: FrozenClock) -> None:
    """What is over is written a little later: a thousand results are one write."""
    requests = [a_request(str(number)) for number in range(1000)]
    await journal.accept(requests)

    for request in requests:
        journal.forget(request)
    assert len(journal) == 0
    await clock.forward(0.9)
    assert disk.writes == 1
    await clock.forward(0.1)

    assert (disk.writes, disk.ids) == (2, [])


async def test_forgotten_during_a_write(journal: Journal, disk: Disk, clock: FrozenClock) -> None:
    """What is over while the disk writes is written by a further one."""
    await journal.accept([a_request("a"), a_request("b")])
    journal.forget(a_request("a"))
    disk.free.clear()
    await clock.forward(1)
    journal.forget(a_request("b"))

    disk.free.set()
    await clock.forward(1)

    assert disk.ids == []


async def test_forgotten_with_the_next_one(journal: Journal, disk: Disk, clock: FrozenClock) -> None:
    """A new request's write holds what is over too; nothing is left to write then."""
    await journal.accept([a_request("a")])
    journal.forget(a_request("a"))

    await journal.accept([a_request("b")])
    await clock.forward(10)

    assert (disk.writes, disk.ids) == (2, ["b"])


async def test_unknown_is_not_forgotten(journal: Journal, disk: Disk, clock: FrozenClock) -> None:
    """Forgetting what was never kept costs no write."""
    journal.forget(a_request("a"))
    await clock.forward(10)

    assert disk.writes == 0


async def test_disk_full_while_forgetting(
    journal: Journal, disk: Disk, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    """One warning, no endless tries; the next write makes it good."""
    await journal.accept([a_request("a"), a_request("b")])
    disk.fails = True
    journal.forget(a_request("a"))
    await clock.forward(600)
    assert disk.writes == 2
    assert caplog.text.count("could not be written") == 1

    disk.fails = False
    journal.forget(a_request("b"))
    await clock.forward(1)

    assert disk.ids == []


async def test_closed(disk: Disk, clock: FrozenClock) -> None:
    """Closing writes at once what would have been written later, and nothing if there is nothing."""
    journal = Journal(disk, clock)
    await journal.accept([a_request("a")])
    journal.forget(a_request("a"))

    await journal.close()
    await journal.close()

    assert (disk.writes, disk.ids) == (2, [])


async def test_taken_up_again(journal: Journal, disk: Disk, clock: FrozenClock) -> None:
    """The next run finds every request as it was."""
    requests = (
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
    )
    await journal.accept(requests)

    found = await Journal(disk, clock).load()

    assert found == requests
    assert found[1].context == {"user_id": None, "id": "x"}


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
        {"id": "x", "path": "/x", "gone": None},
        {"id": "x", "path": "/x", "context": []},
        "text",
        None,
        ["list"],
        7,
    ],
    ids=str,
)
async def test_unreadable_row(row: Any, clock: FrozenClock, caplog: pytest.LogCaptureFixture) -> None:
    """A row that cannot be read is counted in the log and skipped; the others are taken up."""
    good = {"id": "good", "path": "/tv/x.mkv"}

    found = await Journal(Disk(row, good), clock).load()

    assert [request.id for request in found] == ["good"]
    assert "could not be read" in caplog.text


async def test_unreadable_rows_are_one_warning(clock: FrozenClock, caplog: pytest.LogCaptureFixture) -> None:
    """However many they are, the log names their number once."""
    await Journal(Disk(*[{"id": "x", "path": 5}] * 3), clock).load()

    assert [record.levelname for record in caplog.records if "could not be read" in record.message] == ["WARNING"]
    assert "3 waiting requests" in caplog.text


async def test_row_of_a_later_version(clock: FrozenClock) -> None:
    """After a downgrade nothing accepted is lost: what is not known is passed over."""
    (found,) = await Journal(Disk({"id": "x", "path": "/tv/x.mkv", "priority": 5}), clock).load()

    assert found == ScanRequest(id="x", path="/tv/x.mkv")
