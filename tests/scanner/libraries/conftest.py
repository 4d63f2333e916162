"""Look-ups, views and mounts of a fake Plex, with a clock that a test controls."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.libraries.lookups import Lookups
from custom_components.plex_smart_scan.scanner.libraries.missing_mounts import MissingMount, MountChecker
from custom_components.plex_smart_scan.scanner.libraries.visible_to_plex import FilesVisibleToPlex
from custom_components.plex_smart_scan.scanner.models import Library
from custom_components.plex_smart_scan.scanner.paths.clean_path import CleanPath, clean
from custom_components.plex_smart_scan.scanner.plex.client import PlexClient
from custom_components.plex_smart_scan.scanner.plex.server_availability import ServerAvailability
from custom_components.plex_smart_scan.scanner.plex.url_and_token import Access
from custom_components.plex_smart_scan.scanner.timing import Timing
from tests.fake_plex import FakePlex, samples
from tests.scanner.builders import FrozenClock
from tests.scanner.conftest import Bench

LOCATION = clean("/data/tv")
NEW = clean("/data/tv/Delta/Season 01/Delta - S01E01.mkv")


@dataclass
class Queries:
    """The parts that query one server, and the number of reported mount changes."""

    plex: FakePlex
    client: PlexClient
    clock: FrozenClock
    lookups: Lookups
    visibility: FilesVisibleToPlex
    mounts: MountChecker
    changes: list[tuple[MissingMount, ...]] = field(default_factory=list)

    async def library(self) -> Library:
        """Return the first library."""
        return (await self.client.libraries())[0]

    @property
    def browsed(self) -> int:
        """How often Plex was asked what it sees in a folder."""
        return self.plex.stats.count("/services/browse/*")


@pytest.fixture
async def queries(fake_plex: FakePlex) -> AsyncIterator[Queries]:
    """Return the parts for the fake Plex, with the default timing."""
    client = PlexClient(Access(url=fake_plex.url, token=fake_plex.token))
    clock, timing = FrozenClock(), Timing()
    availability = ServerAvailability(client.probe, clock)
    lookups = Lookups(client, availability)
    visibility = FilesVisibleToPlex(client.browse, client.can_browse, availability, clock, timing)
    changes: list[tuple[MissingMount, ...]] = []
    mounts = MountChecker(lookups, visibility, clock, timing, lambda: changes.append(mounts.missing))
    yield Queries(fake_plex, client, clock, lookups, visibility, mounts, changes)
    await mounts.close()
    await visibility.close()
    await lookups.close()
    await availability.close()
    await client.close()


@pytest.fixture
def shows(fake_plex: FakePlex, tmp_path: Path) -> Path:
    """Return the real folder of a TV library that Plex calls /data/tv, with four shows of two episodes."""
    root = tmp_path / "tv"
    for show in ("Alpha", "Beta", "Gamma", "Omega"):
        for number in (1, 2):
            samples.add_episode(root, show, 1, number)
    fake_plex.add_library("TV Shows", "show", {"/data/tv": root})
    fake_plex.seed()
    return root


async def missing(
    queries: Queries, library: Library, folder: CleanPath | None, location: CleanPath = LOCATION
) -> CleanPath | None:
    """Return the location that a scan must not read."""
    found = await queries.mounts.find_missing(library, folder, location)
    return found.location if found else None


def add_library(fake_plex: FakePlex, root: Path, kind: str = "show") -> None:
    """Make a folder a library that Plex has scanned."""
    root.mkdir(parents=True, exist_ok=True)
    fake_plex.add_library("Library", kind, {str(root): root})
    fake_plex.seed()


def look_ups(bench: Bench) -> int:
    """Return how many look-ups Plex received."""
    return bench.plex.stats.count("/library/sections/*/all")
