"""Loading the stored requests: in order, in batches, and despite unreadable rows."""

import json
from typing import Any

import pytest

from custom_components.plex_smart_scan.scanner.journal.journal import Journal
from custom_components.plex_smart_scan.scanner.models import ScanRequest
from tests.scanner.builders import FrozenClock
from tests.scanner.disk import Disk

from .conftest import a_request, loaded


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
