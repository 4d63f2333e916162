"""A folder that does not exist, or a scan that never starts, does not delay the requests for other folders."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import PATIENCE, QUICK, MakeBench

MISSING = 100
REFRESH = "/library/sections/*/refresh"


@pytest.mark.parametrize("websocket", [True, False])
@pytest.mark.usefixtures("hidden_tv")
async def test_many_folders_that_do_not_exist(hidden_tv: Path, make_bench: MakeBench, *, websocket: bool) -> None:
    """The episode after a hundred typing errors is listed while these still wait to be seen; they are not scanned."""
    bench = await make_bench(websocket=websocket, validation_timeout=PATIENCE)
    wrong = [bench.request(f"/data/tv/Typo {number}/Season 01/Typo - S01E01.mkv") for number in range(MISSING)]
    waiting = await bench.engine.submit(wrong, durable=False)
    samples.add_episode(hidden_tv, "Westworld", 1, 2)

    result = await bench.scan("/data/tv/Westworld/Season 01/Westworld - S01E02.mkv")

    assert (result.outcome, result.attempts) == (Outcome.ADDED, 1)
    assert [pending.result for pending in waiting] == [None] * MISSING
    assert bench.refreshed == ["/data/tv/Westworld/Season 01"]


@pytest.mark.parametrize("other", ["another folder", "another library"])
async def test_scan_that_does_not_start(
    tv: Path, fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench, other: str
) -> None:
    """Plex accepts a scan and never starts it: the others are scanned long before the engine is certain of that."""
    movies = tmp_path / "m"
    movies.mkdir()
    fake_plex.add_library("Movies", "movie", {str(movies): movies})
    bench = await make_bench(timing=replace(QUICK, start_timeout=PATIENCE), validation_timeout=PATIENCE)
    bench.plex.faults.add(Fault("lost_scan", path=REFRESH, query={"path": "*Westworld*"}))
    (lost,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=False)
    await bench.until(lambda: len(bench.refreshed) == 1)

    path = samples.add_movie(movies, "Tenet (2020)") if "library" in other else samples.add_episode(tv, "Fargo", 1, 1)
    async with asyncio.timeout(PATIENCE / 2):
        result = await bench.scan(path)

    assert (result.outcome, result.attempts) == (Outcome.ADDED, 1)
    assert lost.result is None
    assert bench.refreshed[1:] == [str(path.parent)]
