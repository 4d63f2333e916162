"""Files are added, changed and removed while Plex fails in various ways: in the end every result is correct."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome
from tests.fake_plex import FakePlex, Fault, samples

from .conftest import Bench, MakeBench, NoPausesClock

PRESENT = {Outcome.ADDED, Outcome.UPDATED, Outcome.UP_TO_DATE}
ABSENT = {Outcome.REMOVED, Outcome.UP_TO_DATE, Outcome.NOT_FOUND}


def change(random: Random, root: Path) -> Path:
    """Add, replace or remove an episode."""
    season, number = random.randint(1, 3), random.randint(1, 6)
    path = root / "Westworld" / f"Season {season:02}" / f"Westworld - S{season:02}E{number:02}.mkv"
    if path.exists() and random.random() < 0.4:
        path.unlink()
    else:
        samples.put(path, random.choice([samples.SMALL, samples.LARGE]))
    return path


def cause_fault(random: Random, plex: FakePlex) -> None:
    """Make Plex fail for a while."""
    kinds = [
        Fault("status", status=500, path="/library/sections/*", times=2),
        Fault("status", status=503, times=1),
        Fault("starting_up", path="*/refresh", times=1),
        Fault("disconnect", path="/library/sections/*", times=1),
        Fault("truncated", path="*/all", times=1),
        Fault("lost_scan", times=1),
        Fault("websocket_drop", times=1),
        Fault("malformed_frame", times=3),
    ]
    plex.faults.add(random.choice(kinds))


# A missing file is waited for until the validation timeout, which starts again after each outage.
@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
async def test_results_agree_with_the_disk_after_random_faults(
    tv: Path, make_bench: MakeBench, seed: int, websocket: bool
) -> None:
    """The last result for each path agrees with the disk, and so does Plex."""
    random = Random(seed)
    bench = await make_bench(websocket=websocket, clock=NoPausesClock(), validation_timeout=5)
    bench.plex.prefs["autoEmptyTrash"] = random.random() < 0.5
    # One file is never changed, so that the location does not look like a missing mount.
    samples.add_episode(tv, "Dark", 1, 1)
    await bench.scan(tv / "Dark")
    touched: set[Path] = set()
    for _ in range(40):
        path = change(random, tv)
        touched.add(path)
        if random.random() < 0.3:
            cause_fault(random, bench.plex)
        await bench.engine.submit([bench.request(path)], durable=random.random() < 0.5)
        if random.random() < 0.5:
            await asyncio.sleep(0.002)
    await bench.until_done()
    bench.plex.faults.clear()

    assert [path for path in touched if listed_size(bench, path) != size_of(path)] == []
    last = dict(zip(ordered := sorted(touched), await bench.scan_all(ordered), strict=True))
    untrue = {path for path, result in last.items() if result.outcome not in (PRESENT if path.exists() else ABSENT)}
    assert untrue == set()
    assert all(result.outcome is not Outcome.PENDING for result in bench.results)


def size_of(path: Path) -> int | None:
    """Return the size on disk; None if there is no file."""
    return path.stat().st_size if path.exists() else None


def listed_size(bench: Bench, path: Path) -> int | None:
    """Return the size that Plex lists for a path; None if it lists none, or one in the trash."""
    part = bench.plex.part(str(path))
    return None if part is None or part.deleted_at else part.size
