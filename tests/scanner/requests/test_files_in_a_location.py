"""Files directly in a location: their folder is the location itself, and there is no narrower one to scan."""

from collections.abc import Callable
from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import Bench, MakeBench

REFRESH = "/library/sections/*/refresh"
TENET = "Tenet (2020).mkv"


@pytest.fixture
def movies(fake_plex: FakePlex, tmp_path: Path) -> Path:
    """Return the location of a library with three movies in it."""
    root = tmp_path / "m"
    for name in (TENET, "Alien (1979).mkv", "Solaris (1972).mkv"):
        samples.put(root / name)
    fake_plex.add_library("Movies", "movie", {str(root): root})
    fake_plex.seed()
    return root


def replace(movies: Path) -> Path:
    """Replace a movie by a larger file."""
    return samples.put(movies / TENET, samples.LARGE)


def add(movies: Path) -> Path:
    """Add a movie."""
    return samples.put(movies / "Dune (2021).mkv")


@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
@pytest.mark.parametrize(("change", "outcome"), [(replace, Outcome.UPDATED), (add, Outcome.ADDED)])
async def test_lost_scan_is_repeated_although_the_location_was_scanned_before(
    movies: Path, make_bench: MakeBench, change: Callable[[Path], Path], outcome: Outcome, websocket: bool
) -> None:
    """The limit for scans of a location concerns files that narrower scans did not find."""
    bench = await make_bench(websocket=websocket)
    bench.plex.faults.add(Fault("lost_scan", path=REFRESH, times=1))

    result = await bench.scan(change(movies))

    assert result.outcome is outcome
    assert bench.refreshed == [str(movies)] * 2


@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
async def test_lost_scan_of_a_file_reported_as_removed_that_exists_is_repeated(
    movies: Path, make_bench: MakeBench, websocket: bool
) -> None:
    """What is seen overrides what was reported: the limit for removals does not apply either."""
    bench = await make_bench(websocket=websocket)
    bench.plex.faults.add(Fault("lost_scan", path=REFRESH, times=1))

    result = await bench.scan(replace(movies), gone=True)

    assert result.outcome is Outcome.UPDATED
    assert bench.refreshed == [str(movies)] * 2


async def test_each_change_is_scanned(movies: Path, bench: Bench) -> None:
    """One scan soon after the other."""
    results = [await bench.scan(change(movies)) for change in (replace, add)]

    assert [result.outcome for result in results] == [Outcome.UPDATED, Outcome.ADDED]
    assert bench.refreshed == [str(movies)] * 2
