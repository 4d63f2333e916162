"""Files and folders that are removed, moved or renamed; missing mounts."""

import asyncio
from dataclasses import replace
import os
from pathlib import Path
import shutil
import time

import pytest

from custom_components.plex_smart_scan.scanner.libraries.mount_state import MountState
from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.paths.mappings import PathMapping
from custom_components.plex_smart_scan.scanner.plex.server_availability import ConnectionState
from custom_components.plex_smart_scan.scanner.requests.decision.evidence import PlexVisibility
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import QUICK, WAIT_LIMIT, Bench, MakeBench

REFRESH = "/library/sections/*/refresh"


@pytest.mark.parametrize("empty_trash", [True, False], ids=["trash emptied", "trash kept"])
@pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "polling"])
async def test_removed_file_is_reported_when_plex_no_longer_lists_it(
    tv: Path, make_bench: MakeBench, empty_trash: bool, websocket: bool
) -> None:
    """It is removed when Plex no longer lists it, or lists it as trashed. The trash is never emptied."""
    bench = await make_bench(websocket=websocket)
    bench.plex.prefs["autoEmptyTrash"] = empty_trash
    episode = tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    samples.add_episode(tv, "Westworld", 1, 2)
    episode.unlink()

    result = await bench.scan(episode)

    assert result.outcome is Outcome.REMOVED
    assert [file.file for file in result.removed] == [str(episode)]
    assert result.items == ()
    assert bench.refreshed == [str(episode.parent)]
    assert bench.plex.stats.count("*/emptyTrash") == 0


async def test_removed_folder_causes_a_scan_of_the_nearest_parent(tv: Path, bench: Bench) -> None:
    """The nearest existing parent is scanned, since a missing folder cannot be."""
    shutil.rmtree(tv / "Westworld" / "Season 02")

    result = await bench.scan(tv / "Westworld" / "Season 02" / "Westworld - S02E01.mkv")

    assert result.outcome is Outcome.REMOVED
    assert bench.refreshed == [str(tv / "Westworld")]


async def test_removed_show_causes_a_scan_of_the_location(tv: Path, bench: Bench) -> None:
    """The location itself is scanned, never its parent."""
    samples.add_episode(tv, "Dark", 1, 1)
    await bench.scan(tv / "Dark")
    shutil.rmtree(tv / "Westworld")
    bench.plex.stats.reset()

    result = await bench.scan(tv / "Westworld")

    assert result.outcome is Outcome.REMOVED
    assert bench.refreshed == [str(tv)]


@pytest.mark.parametrize("status", [403, 404])
async def test_show_without_its_files_is_scanned_itself_if_plex_does_not_show_its_disk(
    hidden_tv: Path, bench: Bench, status: int
) -> None:
    """The files are missing, but its folder was not reported as removed. The location would never be scanned."""
    for episode in (hidden_tv / "Westworld").rglob("*.mkv"):
        episode.unlink()
    bench.plex.quirks.browse_refused = status

    result = await bench.scan("/data/tv/Westworld")

    assert result.outcome is Outcome.REMOVED
    assert bench.refreshed == ["/data/tv/Westworld"]


async def test_restored_show_does_not_use_up_the_scan_of_the_location(hidden_tv: Path, make_bench: MakeBench) -> None:
    """The location is not scanned for a show that exists again when the scan would start."""
    samples.add_episode(hidden_tv, "Dark", 1, 1)
    samples.add_episode(hidden_tv, "Lost", 1, 1)
    bench = await make_bench(timing=replace(QUICK, location_removal_interval=3.0))
    bench.plex.seed()
    shutil.rmtree(hidden_tv / "Dark")
    await bench.scan("/data/tv/Dark", gone=True)
    away = hidden_tv.with_name("away")
    (hidden_tv / "Lost").rename(away)
    (pending,) = await bench.engine.submit([bench.request("/data/tv/Lost")], durable=True)
    await bench.until(lambda: any(progress.visibility is PlexVisibility.NOT_VISIBLE for progress in pending.progresses))

    away.rename(hidden_tv / "Lost")

    assert (await bench.engine.wait(pending, 30)).outcome is Outcome.UP_TO_DATE
    assert bench.refreshed == ["/data/tv", "/data/tv/Lost"]


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
    await bench.until(lambda: time.monotonic() > outdated_at)
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


async def test_removal_uses_the_scan_of_the_location_that_has_just_ended(
    hidden_tv: Path, make_bench: MakeBench
) -> None:
    """A scan of the location serves all removals that were reported before it, also those that are not ready yet."""
    for show in ("Dark", "Lost"):
        samples.add_episode(hidden_tv, show, 1, 1)
    bench = await make_bench(timing=replace(QUICK, location_removal_interval=WAIT_LIMIT, ignored_after=WAIT_LIMIT))
    bench.plex.seed()
    for show in ("Dark", "Lost"):
        shutil.rmtree(hidden_tv / show)
    slow = bench.plex.faults.add(Fault("slow", path="/services/browse*", times=1))
    subtitle = bench.request("/data/tv/Lost/Season 01/Lost - S01E01.en.srt", gone=True)
    (late,) = await bench.engine.submit([subtitle], durable=False)
    await bench.until(lambda: slow.hits > 0)

    assert (await bench.scan("/data/tv/Dark", gone=True)).outcome is Outcome.REMOVED
    slow.remove()

    assert (await bench.engine.wait(late, WAIT_LIMIT)).outcome is Outcome.SCANNED
    assert bench.refreshed == ["/data/tv"]


async def test_removal_that_waits_for_its_turn_uses_another_scan_of_the_location(
    hidden_tv: Path, make_bench: MakeBench
) -> None:
    """A removal has to wait for a scan of the location; one for another request is sufficient, and ends the wait."""
    for show in ("Dark", "Lost"):
        samples.add_episode(hidden_tv, show, 1, 1)
    bench = await make_bench(timing=replace(QUICK, location_removal_interval=WAIT_LIMIT))
    bench.plex.seed()
    shutil.rmtree(hidden_tv / "Dark")
    assert (await bench.scan("/data/tv/Dark", gone=True)).outcome is Outcome.REMOVED
    shutil.rmtree(hidden_tv / "Lost")
    (waiting,) = await bench.engine.submit([bench.request("/data/tv/Lost", gone=True)], durable=False)
    await bench.until(lambda: any(part.mount is MountState.PRESENT for part in waiting.progresses))

    await bench.scan("/data/tv", force=True)

    async with asyncio.timeout(10):
        assert (await bench.engine.wait(waiting, WAIT_LIMIT)).outcome is Outcome.REMOVED
    assert bench.refreshed == ["/data/tv", "/data/tv"]


async def test_reported_removal_of_an_unseen_file_is_scanned(hidden_tv: Path, bench: Bench) -> None:
    """Plex is queried for the nearest existing folder."""
    samples.add_episode(hidden_tv, "Dark", 1, 1)
    await bench.scan("/data/tv/Dark")
    bench.plex.stats.reset()
    shutil.rmtree(hidden_tv / "Westworld")

    result = await bench.scan("/data/tv/Westworld/Season 01/Westworld - S01E01.mkv", gone=True)

    assert result.outcome is Outcome.REMOVED
    assert bench.refreshed == ["/data/tv"]


async def test_file_that_is_back_after_the_scan_of_its_removal(hidden_tv: Path, make_bench: MakeBench) -> None:
    """Plex saw the file before it was removed: the scan that moved it to the trash has not read what is there now."""
    bench = await make_bench(timing=replace(QUICK, ignored_after=60.0))
    bench.plex.prefs["autoEmptyTrash"] = False
    path = hidden_tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    samples.add_episode(hidden_tv, "Westworld", 2, 1)
    await bench.scan("/data/tv/Westworld/Season 01/Westworld - S01E01.mkv", force=True)
    path.unlink()
    await bench.scan("/data/tv/Westworld", force=True)
    bench.plex.stats.reset()
    samples.put(path)

    size = path.stat().st_size
    result = await bench.scan("/data/tv/Westworld/Season 01/Westworld - S01E01.mkv", size=size)

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == ["/data/tv/Westworld/Season 01"]


@pytest.mark.parametrize("sample", [samples.SMALL, samples.LARGE], ids=["the same file", "another file"])
async def test_file_that_is_back_before_the_scan_reads_it(hidden_tv: Path, bench: Bench, sample: Path) -> None:
    """Plex did not see the file when it was asked; the scan has read what is there now."""
    path = hidden_tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    samples.add_episode(hidden_tv, "Westworld", 1, 2)
    modified_at = path.stat().st_mtime
    path.unlink()
    bench.plex.hold_scans()
    (pending,) = await bench.engine.submit(
        [bench.request("/data/tv/Westworld/Season 01/Westworld - S01E01.mkv")], durable=False
    )
    await bench.plex.wait_queued()
    samples.put(path, sample)
    os.utime(path, (modified_at, modified_at))
    bench.plex.release_scans()

    result = await bench.engine.wait(pending, 30)

    expected = Outcome.UPDATED if sample is samples.LARGE else Outcome.UP_TO_DATE
    assert (result.outcome, result.reason) == (expected, None)


@pytest.mark.parametrize(
    ("listed", "reported"),
    [(True, True), (True, False), (False, True)],
    ids=["replaced file, reported", "replaced file", "new file, reported"],
)
async def test_file_removed_during_its_scan_is_not_waited_for(
    hidden_tv: Path, make_bench: MakeBench, *, listed: bool, reported: bool
) -> None:
    """Plex saw the file before the scan. When it no longer lists it, or the removal is reported, it looks again."""
    bench = await make_bench(timing=replace(QUICK, late_listing=WAIT_LIMIT), validation_timeout=WAIT_LIMIT)
    name = f"Westworld/Season 01/Westworld - S01E0{1 if listed else 2}.mkv"
    file = samples.put(hidden_tv / name, samples.LARGE)
    bench.plex.hold_walking()
    (pending,) = await bench.engine.submit([bench.request(f"/data/tv/{name}")], durable=False)
    await bench.plex.wait_scan_started()
    file.unlink()
    if reported:
        await bench.engine.submit([bench.request(f"/data/tv/{name}", gone=True)], durable=False)
    bench.plex.release_walking()

    async with asyncio.timeout(10):
        result = await bench.engine.wait(pending, WAIT_LIMIT)

    assert result.outcome is (Outcome.REMOVED if listed else Outcome.UP_TO_DATE)
    assert len(bench.refreshed) == 1


async def test_removal_that_is_noticed_while_waiting(hidden_tv: Path, tmp_path: Path, make_bench: MakeBench) -> None:
    """Plex never saw the folder of a subtitle that is removed again: what is scanned is a folder that exists."""
    local = tmp_path / "local"
    subtitle = local / "Lost/Season 01/Lost - S01E01.en.srt"
    for path in (subtitle, local / "Dark/Season 01/Dark - S01E01.mkv"):
        samples.put(path, samples.SMALL)
    bench = await make_bench(mappings=(PathMapping.of("/x", "/data/tv", str(local)),))
    (pending,) = await bench.engine.submit([bench.request("/x/Lost/Season 01/Lost - S01E01.en.srt")], durable=False)
    await bench.until(lambda: any(progress.visibility is PlexVisibility.NOT_VISIBLE for progress in pending.progresses))
    await bench.engine.submit([bench.request("/x/Lost/Season 01/Lost - S01E01.en.srt", gone=True)], durable=False)
    shutil.rmtree(local / "Lost")

    assert (await bench.engine.wait(pending, 30)).outcome is Outcome.SCANNED
    assert bench.refreshed == ["/data/tv"]


async def test_scan_has_time_to_be_proven_however_late_it_is(hidden_tv: Path, make_bench: MakeBench) -> None:
    """The time was over when the file disappeared at last: its scan is not followed by a failure at once."""
    bench = await make_bench(timing=replace(QUICK, removal_grace=WAIT_LIMIT, late_listing=WAIT_LIMIT))
    episode = hidden_tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    samples.add_episode(hidden_tv, "Westworld", 1, 2)
    request = bench.request("/data/tv/Westworld/Season 01/Westworld - S01E01.mkv", gone=True)
    (pending,) = await bench.engine.submit([request], durable=False)
    await bench.until(lambda: any(progress.visibility is PlexVisibility.VISIBLE for progress in pending.progresses))
    for progress in pending.progresses:
        progress.time_spent = 10 * WAIT_LIMIT
    episode.unlink()

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.REMOVED
    assert bench.refreshed == ["/data/tv/Westworld/Season 01"]


async def test_removal_of_an_unlisted_file_causes_no_scan(tv: Path, bench: Bench) -> None:
    """Nothing is scanned."""
    result = await bench.scan(tv / "Westworld/Season 01/Westworld - S01E09.mkv", gone=True)

    assert result.outcome is Outcome.UP_TO_DATE
    assert bench.refreshed == []


async def test_file_reported_as_removed_but_on_disk_is_up_to_date(tv: Path, bench: Bench) -> None:
    """An upgrade reports the old file as deleted, but the new one has its name: the disk decides."""
    result = await bench.scan(tv / "Westworld/Season 01/Westworld - S01E01.mkv", gone=True)

    assert result.outcome is Outcome.UP_TO_DATE
    assert bench.refreshed == []


async def test_file_reported_as_removed_but_visible_is_not_scanned(hidden_tv: Path, bench: Bench) -> None:
    """The sender reports a removal, but Plex still sees the file after a while: nothing is scanned."""
    result = await bench.scan("/data/tv/Westworld/Season 01/Westworld - S01E01.mkv", gone=True)

    assert (result.outcome, result.reason) == (Outcome.UP_TO_DATE, None)
    assert bench.plex.part("/data/tv/Westworld/Season 01/Westworld - S01E01.mkv") is not None


async def test_pending_removal_has_the_reason_waiting(hidden_tv: Path, make_bench: MakeBench) -> None:
    """Plex still sees the removed file: the request is waiting, but not until Plex can see the file."""
    bench = await make_bench(timing=replace(QUICK, removal_grace=WAIT_LIMIT))
    path = "/data/tv/Westworld/Season 01/Westworld - S01E01.mkv"
    samples.add_episode(hidden_tv, "Westworld", 1, 2)
    (pending,) = await bench.engine.submit([bench.request(path, gone=True)], durable=False)
    await bench.until(lambda: bench.plex.stats.count("/services/browse/*") > 2)

    waiting = await bench.engine.wait(pending, 0)

    assert (waiting.outcome, waiting.reason) == (Outcome.PENDING, Reason.WAITING)
    (hidden_tv / "Westworld/Season 01/Westworld - S01E01.mkv").unlink()
    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.REMOVED


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

    result = await bench.scan(episode, gone=True, seconds=0.3)

    assert (result.outcome, result.reason) == (Outcome.PENDING, Reason.MOUNT_MISSING)
    assert [missing.location.text for missing in bench.engine.missing_mounts] == [str(root)]
    assert bench.refreshed == []
    assert len(bench.plex.items(library, "episode")) == 2
    fake_plex.mount(str(root))
    await bench.until_done()
    assert bench.results[-1].outcome is Outcome.UP_TO_DATE
    assert bench.engine.missing_mounts == ()


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


async def test_rename_causes_scans_of_both_folders(tv: Path, bench: Bench) -> None:
    """The old path is removed and the new one added; both folders are scanned."""
    old = tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    samples.add_episode(tv, "Westworld", 1, 3)
    new = tv / "Westworld/Season 02/Westworld - S02E02.mkv"
    old.rename(new)

    removed, added = await bench.scan_all([old, new])

    assert (removed.outcome, added.outcome) == (Outcome.REMOVED, Outcome.ADDED)
    assert sorted(map(str, bench.refreshed)) == [str(old.parent), str(new.parent)]


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
        await bench.until(lambda: bool(bench.engine.missing_mounts))
        result = await bench.engine.wait(pending, 0)

        assert (result.outcome, result.reason) == (Outcome.PENDING, Reason.MOUNT_MISSING)
        assert bench.refreshed == []
