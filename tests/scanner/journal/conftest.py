"""A journal on a disk whose commits can be blocked and fail."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from custom_components.plex_smart_scan.scanner.journal.journal import Journal
from custom_components.plex_smart_scan.scanner.models import ScanRequest
from tests.scanner.builders import FrozenClock
from tests.scanner.disk import Disk


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
