"""A folder that does not exist, or a scan that never starts, does not delay the requests for other folders."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome
from custom_components.plex_smart_scan.scanner.requests.decision.evidence import Observed
from tests.fake_plex import Fault, samples
from tests.scanner.conftest import QUICK, WAIT_LIMIT, MakeBench, NoPausesClock, NoRetryClock

MISSING = 100
REFRESH = "/library/sections/*/refresh"


@pytest.mark.parametrize("websocket", [True, False])
@pytest.mark.usefixtures("hidden_tv")
async def test_missing_folders_do_not_delay_other_requests(
    hidden_tv: Path, make_bench: MakeBench, *, websocket: bool
) -> None:
    """An episode is listed while a hundred mistyped paths wait until Plex sees them; these are not scanned."""
    bench = await make_bench(websocket=websocket, validation_timeout=WAIT_LIMIT)
    wrong = [bench.request(f"/data/tv/Typo {number}/Season 01/Typo - S01E01.mkv") for number in range(MISSING)]
    waiting = await bench.engine.submit(wrong, durable=False)
    samples.add_episode(hidden_tv, "Westworld", 1, 2)

    result = await bench.scan("/data/tv/Westworld/Season 01/Westworld - S01E02.mkv")

    assert (result.outcome, result.attempts) == (Outcome.ADDED, 1)
    assert [pending.result for pending in waiting] == [None] * MISSING
    assert bench.refreshed == ["/data/tv/Westworld/Season 01"]


@pytest.mark.parametrize("other", ["another folder", "another library"])
async def test_scan_that_never_starts_does_not_delay_other_requests(
    tv: Path, movies: Path, make_bench: MakeBench, other: str
) -> None:
    """Plex accepts a scan and never starts it: the others are scanned long before the engine is certain of that."""
    bench = await make_bench(timing=replace(QUICK, start_timeout=WAIT_LIMIT), validation_timeout=WAIT_LIMIT)
    bench.plex.faults.add(Fault("lost_scan", path=REFRESH, query={"path": "*Westworld*"}))
    (lost,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 2))], durable=False)
    await bench.until(lambda: len(bench.refreshed) == 1)

    path = samples.add_movie(movies, "Tenet (2020)") if "library" in other else samples.add_episode(tv, "Fargo", 1, 1)
    async with asyncio.timeout(WAIT_LIMIT / 2):
        result = await bench.scan(path)

    assert (result.outcome, result.attempts) == (Outcome.ADDED, 1)
    assert lost.result is None
    assert bench.refreshed[1:] == [str(path.parent)]


async def test_look_up_of_a_queued_scan_that_fails(tv: Path, make_bench: MakeBench) -> None:
    """While one request cannot be looked up, the scans behind it are requested."""
    bench = await make_bench(clock=NoRetryClock())
    bench.plex.hold_walking()
    bench.plex.scanner.request(bench.plex.libraries[0], str(tv / "Westworld"), force=False, now=bench.plex.clock())
    await bench.plex.wait_scan_started()
    await bench.until(lambda: bool(bench.engine.websocket.scanned_sections))
    first = samples.add_episode(tv, "Fargo", 1, 1)
    (stuck,) = await bench.engine.submit([bench.request(first)], durable=False)
    await bench.until(lambda: len(bench.engine.runner) == 1)
    bench.plex.faults.add(Fault("truncated", path="/library/sections/*/all", query={"file": "Fargo*"}))
    (second,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Lost", 1, 1))], durable=False)
    await bench.until(lambda: len(bench.engine.runner) == 2)
    bench.plex.release_walking()

    assert (await bench.engine.wait(second, WAIT_LIMIT / 2)).outcome is Outcome.ADDED
    assert stuck.result is None


@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
async def test_scans_that_are_lost_because_they_follow_closely(
    tv: Path, make_bench: MakeBench, *, websocket: bool
) -> None:
    """Requests whose scans were lost together do not repeat them as closely, again and again."""
    timing = replace(QUICK, start_timeout=0.5)
    bench = await make_bench(timing=timing, websocket=websocket, validation_timeout=6.0)
    bench.plex.quirks.drop_close_scans = 0.4
    paths = [samples.add_episode(tv, show, 1, 1) for show in ("Dark", "Fargo", "Lost", "Narcos")]

    results = await bench.scan_all(paths)

    assert [result.outcome for result in results] == [Outcome.ADDED] * len(paths)


@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": status} for status in (400, 403, 404, 500, 503)]
    + [{"kind": "disconnect"}, {"kind": "disconnect", "after": True}],
    ids=["400", "403", "404", "500", "503", "disconnected before", "disconnected after"],
)
async def test_scan_is_observed_although_the_request_for_another_one_failed(
    tv: Path, make_bench: MakeBench, fault: dict[str, Any]
) -> None:
    """A scan whose request failed does not count as one that has yet to start: no activity can belong to it."""
    bench = await make_bench(clock=NoPausesClock())
    bench.plex.faults.add(Fault(**fault, path=REFRESH, times=1))
    assert (await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))).outcome is Outcome.ADDED

    (later,) = await bench.engine.submit([bench.request(samples.add_episode(tv, "Westworld", 1, 3))], durable=False)

    assert (await bench.engine.wait(later, WAIT_LIMIT)).outcome is Outcome.ADDED
    assert [part.observed_now for part in later.progresses] == [Observed.YES]
