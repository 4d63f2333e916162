"""Which of the recent scans a new request joins."""

from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.paths.clean_path import clean
from custom_components.plex_smart_scan.scanner.scans.recent_scans import RecentScans
from custom_components.plex_smart_scan.scanner.scans.scan_job import Observation, ScanJob
from tests.scanner.builders import a_library
from tests.scanner.conftest import QUICK, Bench

TV = a_library("/tv")
SEASON = clean("/tv/Show/Season 01")


def a_scan(started_at: float, observation: Observation | None) -> ScanJob:
    """Return a scan that was requested at a time; None for one that has not ended."""
    job = ScanJob(library=TV, location=clean("/tv"), folder=SEASON, looked_up_at=0.0)
    job.started_at = started_at
    if observation is not None:
        job.observation, job.ended_at = observation, started_at + 0.1
        job.ended.set()
    return job


@pytest.mark.parametrize(
    ("observations", "joined"),
    [
        ([Observation.OBSERVED, None], 0),
        ([Observation.OBSERVED, Observation.UNKNOWN], 0),
        ([Observation.OBSERVED, Observation.OBSERVED], 1),
        ([Observation.UNKNOWN, None], 1),
        ([None, Observation.NOT_OBSERVED], 0),
        ([Observation.NOT_OBSERVED], None),
    ],
)
async def test_scan_whose_end_was_observed_is_preferred(
    tv: Path, bench: Bench, observations: list[Observation | None], joined: int | None
) -> None:
    """A scan that has ended cannot be lost any more; of several, the latest serves a new request."""
    now = bench.clock.monotonic()
    recent = RecentScans(bench.engine.availability, bench.clock, QUICK)
    scans = [a_scan(now + 0.001 * number, each) for number, each in enumerate(observations)]
    for each in scans:
        recent.add(each)

    assert recent.find(TV, SEASON, since=now) is (None if joined is None else scans[joined])
