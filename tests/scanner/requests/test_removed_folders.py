"""Removed folders, seasons and shows: which parent folder is scanned, and what proves the removal."""

from dataclasses import replace
from pathlib import Path
import shutil

import pytest

from custom_components.plex_smart_scan.scanner.libraries.mount_state import MountState
from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.paths.mappings import PathMapping
from custom_components.plex_smart_scan.scanner.plex.server_availability import ConnectionState
from custom_components.plex_smart_scan.scanner.requests.decision.evidence import PlexVisibility
from tests.fake_plex import FakePlex, Fault, samples
from tests.fake_plex.browse_api import browse_key
from tests.scanner.conftest import QUICK, WAIT_LIMIT, Bench, MakeBench


async def test_removed_folder_causes_a_scan_of_the_nearest_parent(tv: Path, bench: Bench) -> None:
    """The nearest existing parent is scanned, since a missing folder cannot be."""
    shutil.rmtree(tv / "Westworld" / "Season 02")

    result = await bench.scan(tv / "Westworld" / "Season 02" / "Westworld - S02E01.mkv")

    assert result.outcome is Outcome.REMOVED
    assert bench.refreshed == [str(tv / "Westworld")]


async def test_show_that_a_wrong_answer_hides_is_scanned_itself(hidden_tv: Path, make_bench: MakeBench) -> None:
    """A single wrong answer says that the show is gone, too: the location shows that it is not."""
    bench = await make_bench()
    shutil.rmtree(hidden_tv / "Westworld" / "Season 01")
    show = browse_key("/data/tv/Westworld")
    bench.plex.faults.add(Fault("status", path=show, status=404, times=1))

    result = await bench.scan("/data/tv/Westworld/Season 01", gone=True)

    assert result.outcome is Outcome.REMOVED
    assert bench.refreshed == ["/data/tv/Westworld"]


async def test_show_whose_folder_is_left_empty_is_scanned_itself(hidden_tv: Path, make_bench: MakeBench) -> None:
    """The nearest folder that exists is scanned, even if nothing is in it."""
    bench = await make_bench()
    samples.add_episode(hidden_tv, "Dark", 1, 1)
    shutil.rmtree(hidden_tv / "Westworld")
    (hidden_tv / "Westworld").mkdir()

    result = await bench.scan("/data/tv/Westworld/Season 01", gone=True)

    assert result.outcome is Outcome.REMOVED
    assert bench.refreshed == ["/data/tv/Westworld"]


async def test_removed_show_causes_a_scan_of_the_location(tv: Path, bench: Bench) -> None:
    """The location itself is scanned, never its parent."""
    samples.add_episode(tv, "Dark", 1, 1)
    await bench.scan(tv / "Dark")
    shutil.rmtree(tv / "Westworld")
    bench.plex.stats.reset()

    result = await bench.scan(tv / "Westworld")

    assert result.outcome is Outcome.REMOVED
    assert bench.refreshed == [str(tv)]


@pytest.mark.parametrize("sees_location", [True, False])
@pytest.mark.parametrize("status", [403, 404])
async def test_show_without_its_files_is_scanned_itself_if_plex_does_not_show_its_disk(
    hidden_tv: Path, tmp_path: Path, make_bench: MakeBench, status: int, sees_location: bool
) -> None:
    """The files are missing, but its folder was not reported as removed. The location would never be scanned.

    Home Assistant does not see the folder: its own mount may be missing, or may have been until now.
    """
    ours = tmp_path / "ours"
    samples.add_episode(ours, "Dark", 1, 1)
    rows = (PathMapping.of("/tv", "/data/tv", str(ours)),) if sees_location else ()
    bench = await make_bench(mappings=rows)
    for episode in (hidden_tv / "Westworld").rglob("*.mkv"):
        episode.unlink()
    bench.plex.quirks.browse_refused = status

    result = await bench.scan("/data/tv/Westworld")

    assert result.outcome is Outcome.REMOVED
    assert bench.refreshed == ["/data/tv/Westworld"]


async def test_show_that_is_back_after_a_lost_scan_is_scanned_itself(tv: Path, bench: Bench) -> None:
    """The lost scan of the location was for its removal."""
    samples.add_episode(tv, "Dark", 1, 1)
    await bench.scan(tv / "Dark")
    bench.plex.stats.reset()
    show = tv / "Westworld"
    shutil.rmtree(show)
    bench.plex.faults.add(Fault("empty", path="*/refresh", times=1))
    (pending,) = await bench.engine.submit([bench.request(show)], durable=False)
    await bench.until(lambda: any(each.job and each.job.started.is_set() for each in pending.progresses))

    samples.add_episode(tv, "Westworld", 3, 1)

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.ADDED
    assert bench.refreshed == [str(tv), str(show)]


async def test_files_of_a_folder_that_is_back_are_compared(tv: Path, bench: Bench) -> None:
    """While the folder is missing, there is nothing to compare."""
    season = tv / "Westworld" / "Season 02"
    shutil.rmtree(season)
    bench.plex.hold_scans()
    (pending,) = await bench.engine.submit([bench.request(season, gone=True)], durable=False)
    await bench.until(lambda: any(progress.job is not None for progress in pending.progresses))
    assert [progress.expected_files for progress in pending.progresses] == [None]

    samples.add_episode(tv, "Westworld", 2, 3)

    await bench.until(lambda: all(len(progress.expected_files or ()) == 1 for progress in pending.progresses))
    bench.plex.release_scans()
    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.ADDED


async def _bench_after_scan_of_location(hidden_tv: Path, make_bench: MakeBench) -> Bench:
    """Return an engine that has scanned the location for a removed show; Lost is left, and has to wait."""
    samples.add_episode(hidden_tv, "Dark", 1, 1)
    samples.add_episode(hidden_tv, "Lost", 1, 1)
    bench = await make_bench(timing=replace(QUICK, location_removal_interval=10 * WAIT_LIMIT))
    bench.plex.seed()
    shutil.rmtree(hidden_tv / "Dark")
    await bench.scan("/data/tv/Dark", gone=True)
    return bench


async def test_restored_show_does_not_use_up_the_scan_of_the_location(hidden_tv: Path, make_bench: MakeBench) -> None:
    """The location is not scanned for a show that exists again before its turn, and the show is scanned at once."""
    bench = await _bench_after_scan_of_location(hidden_tv, make_bench)
    away = hidden_tv.with_name("away")
    (hidden_tv / "Lost").rename(away)
    (pending,) = await bench.engine.submit([bench.request("/data/tv/Lost")], durable=True)
    await bench.until(lambda: any(progress.visibility is PlexVisibility.NOT_VISIBLE for progress in pending.progresses))

    away.rename(hidden_tv / "Lost")

    assert (await bench.engine.wait(pending, 30)).outcome is Outcome.UP_TO_DATE
    assert bench.refreshed == ["/data/tv", "/data/tv/Lost"]


async def test_removal_by_the_scan_of_another_program_is_noticed_before_the_own_turn(
    hidden_tv: Path, make_bench: MakeBench
) -> None:
    """The request looks up the show while it waits for its scan of the location."""
    bench = await _bench_after_scan_of_location(hidden_tv, make_bench)
    shutil.rmtree(hidden_tv / "Lost")
    (pending,) = await bench.engine.submit([bench.request("/data/tv/Lost")], durable=True)
    await bench.until(lambda: any(progress.mount is MountState.PRESENT for progress in pending.progresses))

    await bench.engine.client.refresh(pending.progresses[0].match.library, None)

    result = await bench.engine.wait(pending, WAIT_LIMIT)
    assert (result.outcome, result.attempts) == (Outcome.REMOVED, 0)


async def test_show_restored_during_an_outage_gets_a_narrow_scan(hidden_tv: Path, make_bench: MakeBench) -> None:
    """After the outage the location need not be scanned: the show exists again and is scanned as usual."""
    samples.add_episode(hidden_tv, "Dark", 1, 1)
    bench = await make_bench(timing=replace(QUICK, location_removal_interval=WAIT_LIMIT))
    bench.plex.seed()
    shutil.rmtree(hidden_tv / "Dark")
    bench.plex.hold_scans()
    (pending,) = await bench.engine.submit([bench.request("/data/tv/Dark/Season 01")], durable=False)
    await bench.plex.wait_queued()
    await bench.plex.stop()
    await bench.until(lambda: bench.engine.availability.state is ConnectionState.OFFLINE)
    samples.add_episode(hidden_tv, "Dark", 1, 2)
    bench.plex.release_scans()
    await bench.plex.start()

    assert (await bench.engine.wait(pending, 30)).outcome is Outcome.ADDED
    assert bench.refreshed == ["/data/tv", "/data/tv/Dark/Season 01"]


async def test_show_that_turns_out_to_be_removed_is_not_scanned_itself(hidden_tv: Path, make_bench: MakeBench) -> None:
    """Plex shows too late that the folder does not exist: the scan is of the nearest existing folder all the same."""
    samples.add_episode(hidden_tv, "Dark", 1, 1)
    timing = replace(QUICK, view_max_age=0.3)
    bench = await make_bench(timing=timing, duplicate_detection=False, validate_media=False)
    bench.plex.seed()
    shutil.rmtree(hidden_tv / "Dark")
    bench.plex.hold_walking()
    first = "/data/tv/Westworld/Season 01/Westworld - S01E01.mkv"
    await bench.engine.submit([bench.request(first)], durable=False)
    await bench.plex.wait_scan_started()
    bench.plex.quirks.browse_refused = 403
    (pending,) = await bench.engine.submit([bench.request("/data/tv/Dark")], durable=False)
    await bench.until(lambda: len(bench.engine.runner) == 1)
    outdated_at = pending.progresses[0].visibility_checked_at + timing.view_max_age
    await bench.until(lambda: bench.clock.monotonic() > outdated_at)
    bench.plex.quirks.browse_refused = 0
    bench.plex.release_walking()

    assert (await bench.engine.wait(pending, 30)).outcome is Outcome.SCANNED
    assert bench.refreshed == ["/data/tv/Westworld/Season 01", "/data/tv"]


async def test_requests_share_a_repeated_scan_of_the_location(hidden_tv: Path, make_bench: MakeBench) -> None:
    """A request that would repeat the scan later uses the one that another request has already repeated."""
    samples.add_episode(hidden_tv, "Dark", 1, 1)
    samples.add_episode(hidden_tv, "Lost", 1, 1)
    bench = await make_bench(timing=replace(QUICK, lost_scan_pauses=(0.3,)))
    bench.plex.seed()
    bench.plex.quirks.browse_missing_is_404 = True
    shutil.rmtree(hidden_tv / "Dark")
    shutil.rmtree(hidden_tv / "Lost")
    bench.plex.faults.add(Fault("lost_scan", times=1))
    accepted = await bench.engine.submit(
        [bench.request("/data/tv/Dark"), bench.request("/data/tv/Lost/Season 01")], durable=False
    )
    progresses = [progress for each in accepted for progress in each.progresses]
    await bench.until(lambda: all(each.job is not None and each.job.ended.is_set() for each in progresses))
    bench.plex.faults.add(Fault("slow", path="/services/browse", seconds=0.6, times=1))

    assert [(await bench.engine.wait(each, 30)).outcome for each in accepted] == [Outcome.REMOVED] * 2
    assert bench.refreshed == ["/data/tv"] * 2


class TestLargeFolder:
    """A removed folder with more files than one look-up returns."""

    @pytest.fixture
    def large(self, fake_plex: FakePlex, tmp_path: Path) -> Path:
        """Return the folder of a show with 320 episodes, in a library that Plex calls /data/tv."""
        root = tmp_path / "tv"
        samples.build_tv_tree(root, shows=1, seasons=16, episodes=20)
        samples.add_episode(root, "Dark", 1, 1)
        fake_plex.add_library("TV Shows", "show", {"/data/tv": root})
        fake_plex.seed()
        return root / "Show 00001"

    @pytest.mark.parametrize("empty_trash", [True, False], ids=["trash emptied", "trash kept"])
    @pytest.mark.parametrize("reported_by", ["sender", "disk", "plex"])
    async def test_removed_folder_is_proven_with_few_look_ups(
        self, large: Path, make_bench: MakeBench, reported_by: str, empty_trash: bool
    ) -> None:
        """A few look-ups prove that Plex lists no file of the folder."""
        rows = (PathMapping.of("/data/tv", "/data/tv", str(large.parent)),) if reported_by == "disk" else ()
        bench = await make_bench(mappings=rows)
        bench.plex.prefs["autoEmptyTrash"] = empty_trash
        shutil.rmtree(large)

        result = await bench.scan(f"/data/tv/{large.name}", gone=reported_by == "sender")

        assert result.outcome is Outcome.REMOVED
        assert bench.refreshed == ["/data/tv"]

    async def test_visible_large_folder_ends_as_scanned(self, large: Path, bench: Bench) -> None:
        """The outcome says nothing about the many files in the folder."""
        result = await bench.scan(f"/data/tv/{large.name}")

        assert result.outcome is Outcome.SCANNED
        assert bench.refreshed == [f"/data/tv/{large.name}"]

    async def test_visible_folder_reported_as_removed_ends_as_scanned(self, large: Path, bench: Bench) -> None:
        """Plex still sees the folder; the outcome says nothing about its files."""
        result = await bench.scan(f"/data/tv/{large.name}", gone=True)

        assert (result.outcome, result.reason) == (Outcome.SCANNED, None)

    async def test_folder_in_an_empty_location_waits_for_the_mount(self, large: Path, bench: Bench) -> None:
        """An empty location says nothing about its folders."""
        bench.plex.unmount("/data/tv")

        (pending,) = await bench.engine.submit([bench.request(f"/data/tv/{large.name}")], durable=False)
        await bench.until(lambda: bool(bench.engine.mounts.missing))
        result = await bench.engine.wait(pending, 0)

        assert (result.outcome, result.reason) == (Outcome.PENDING, Reason.MOUNT_MISSING)
        assert bench.refreshed == []
