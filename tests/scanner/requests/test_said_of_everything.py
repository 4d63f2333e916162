"""What a proxy or a misconfigured server says of everything is an outage; no request is given up for it."""

import base64
from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.plex.availability import ConnectionState
from tests.fake_plex import Fault, samples
from tests.scanner.conftest import PATIENCE, Bench, MakeBench, NoWaiting

NOTHING = '<MediaContainer size="0"></MediaContainer>'
EMPTY = '<MediaContainer size="0" allowSync="0" title1="Plex Library"/>'


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", status=400),
        Fault("status", status=403),
        Fault("status", status=404),
        Fault("status", status=400, path="/library/*"),
        Fault("status", status=403, path="/library/*"),
        Fault("html", path="/library/sections", body=EMPTY),
    ],
    ids=[
        "400",
        "403",
        "404",
        "400 for the library",
        "403 for the library",
        "no libraries",
    ],
)
async def test_of_everything(tv: Path, bench: Bench, fault: Fault) -> None:
    """The request waits, and is done once the server is mended."""
    fault.hits = 0
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    bench.plex.faults.add(fault)
    if fault.body == EMPTY:  # what makes the libraries be read again
        bench.plex.faults.add(Fault("status", status=404, path="/library/sections/*"))
    (pending,) = await bench.engine.submit([bench.request(episode)], durable=True)
    await bench.until(lambda: bench.engine.availability.state is ConnectionState.OFFLINE)

    result = await bench.engine.wait(pending, 0.05)
    assert (result.outcome, result.reason) == (Outcome.PENDING, Reason.SERVER_OFFLINE)
    assert bench.results == []

    bench.plex.faults.clear()
    bench.engine.availability.hurry()
    assert (await bench.engine.wait(pending, 30)).outcome is Outcome.ADDED


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", status=502, path="/library/*"),
        Fault("status", status=500, path="/library/*"),
        Fault("status", status=404, path="/library/*"),
        Fault("empty", path="/library/*"),
        Fault("html", path="/library/*"),
        Fault("html", path="/library/*", body=NOTHING),
    ],
    ids=["502", "500", "404", "no bodies", "a web page", "empty answers"],
)
async def test_failures_of_everything(tv: Path, make_bench: MakeBench, fault: Fault) -> None:
    """A question that fails again and again is not given up while everything fails."""
    bench = await make_bench(clock=NoWaiting())
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    bench.plex.faults.add(fault)
    (pending,) = await bench.engine.submit([bench.request(episode)], durable=True)
    await bench.until(lambda: bench.engine.availability.outages > 0)

    bench.plex.faults.clear()

    assert (await bench.engine.wait(pending, PATIENCE)).outcome is Outcome.ADDED


@pytest.mark.parametrize(("status", "reason"), [(400, Reason.BAD_REQUEST), (403, Reason.PERMISSION)])
async def test_of_scans_alone(tv: Path, bench: Bench, status: int, reason: Reason) -> None:
    """A server that answers comparable questions well means it."""
    bench.plex.faults.add(Fault("status", status=status, path="*/refresh"))

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert (result.outcome, result.reason) == (Outcome.FAILED, reason)


async def test_folders_that_something_else_called_empty(hidden_tv: Path, make_bench: MakeBench) -> None:
    """What was answered just before an outage was noticed proves nothing: it is asked again after it."""
    samples.add_episode(hidden_tv, "Dark", 1, 1)
    bench = await make_bench(validation_timeout=0.1)
    bench.plex.seed()
    samples.add_episode(hidden_tv, "Westworld", 1, 2)
    folder = base64.b64encode(b"/data/tv/Westworld/Season 01").decode()
    bench.plex.faults.add(Fault("html", path=f"/services/browse/{folder}", body=NOTHING))
    bench.plex.faults.add(Fault("status", status=403, path="/library/sections"))
    (pending,) = await bench.engine.submit(
        [bench.request("/data/tv/Westworld/Season 01/Westworld - S01E02.mkv")], durable=True
    )
    await bench.until(lambda: bench.engine.availability.state is ConnectionState.OFFLINE)

    bench.plex.faults.clear()
    bench.engine.availability.hurry()

    assert (await bench.engine.wait(pending, 30)).outcome is Outcome.ADDED


async def test_libraries_that_cannot_be_read_before_a_scan_of_one(tv: Path, make_bench: MakeBench) -> None:
    """A scan of a whole library waits for the answer whether it is still there."""
    bench = await make_bench(smart_scanning=False)
    bench.plex.faults.add(Fault("empty", path="/library/sections", times=2))

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert (result.outcome, result.reason) == (Outcome.ADDED, None)
