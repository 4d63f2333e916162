"""Removals reported for a mount that is missing."""

from dataclasses import replace
from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.plex.server_availability import ConnectionState
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import QUICK, WAIT_LIMIT, MakeBench

REFRESH = "/library/sections/*/refresh"


@pytest.mark.parametrize("empty", [True, False], ids=["empty mount point", "no mount point"])
async def test_missing_mount_is_not_treated_as_a_removal(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench, empty: bool
) -> None:
    """The whole location is gone: the request waits for the mount, and then resumes."""
    root = tmp_path / "mnt" / "tv"
    episode = samples.add_episode(root, "Westworld", 1, 1)
    library = fake_plex.add_library("TV Shows", "show", {str(root): root})
    fake_plex.seed()
    bench = await make_bench()
    samples.add_episode(root, "Dark", 1, 1)
    await bench.scan(root / "Dark")
    bench.plex.stats.reset()
    fake_plex.unmount(str(root), missing=not empty)

    result = await bench.scan_until(Reason.MOUNT_MISSING, episode, gone=True)

    assert (result.outcome, result.reason) == (Outcome.PENDING, Reason.MOUNT_MISSING)
    assert [missing.location.text for missing in bench.engine.mounts.missing] == [str(root)]
    assert bench.refreshed == []
    assert len(bench.plex.items(library, "episode")) == 2
    fake_plex.mount(str(root))
    await bench.until_done()
    assert bench.results[-1].outcome is Outcome.UP_TO_DATE
    assert bench.engine.mounts.missing == ()


async def test_removal_whose_mount_disappears_before_the_scan_waits_for_the_mount(
    hidden_tv: Path, make_bench: MakeBench
) -> None:
    """A path that Plex did not see before the scan is not waited for as if Plex still saw it."""
    samples.add_episode(hidden_tv, "Dark", 1, 1)
    samples.add_episode(hidden_tv, "Westworld", 1, 2)
    timing = replace(QUICK, mount_max_age=0.0, removal_grace=WAIT_LIMIT, visibility_pauses=(WAIT_LIMIT,))
    bench = await make_bench(timing=timing)
    bench.plex.seed()
    episode = "Westworld/Season 01/Westworld - S01E01.mkv"
    (hidden_tv / episode).unlink()
    bench.plex.faults.add(Fault("starting_up", path=REFRESH, times=1))
    (pending,) = await bench.engine.submit([bench.request(f"/data/tv/{episode}", gone=True)], durable=True)
    await bench.until(lambda: bench.engine.availability.state is ConnectionState.OFFLINE)

    bench.plex.unmount("/data/tv")
    bench.engine.availability.probe_now()
    await bench.until(lambda: any(each.waiting_reason is Reason.MOUNT_MISSING for each in pending.progresses))

    assert len(bench.refreshed) == 1, "the one that was refused"
    bench.plex.mount("/data/tv")
    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.REMOVED
