"""Folders as paths: their files are compared one by one if they can be seen, else with what Plex lists below them."""

from dataclasses import replace
from pathlib import Path
import shutil

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.paths.mappings import PathMapping
from tests.fake_plex import FakePlex, samples
from tests.scanner.conftest import QUICK, WAIT_LIMIT, Bench, MakeBench


async def test_folder_with_new_files(tv: Path, bench: Bench) -> None:
    """All new files are in the result."""
    samples.add_episode(tv, "Westworld", 1, 2)
    samples.add_episode(tv, "Westworld", 1, 3)

    result = await bench.scan(tv / "Westworld" / "Season 01")

    assert result.outcome is Outcome.ADDED
    assert sorted(item.title for item in result.items) == ["Episode 2", "Episode 3"]
    assert bench.refreshed == [str(tv / "Westworld" / "Season 01")]


async def test_folder_that_is_up_to_date_is_not_scanned(tv: Path, bench: Bench) -> None:
    """Every media file below it is listed as it is: there is no scan."""
    result = await bench.scan(tv / "Westworld")

    assert result.outcome is Outcome.UP_TO_DATE
    assert bench.refreshed == []


async def test_spelling_of_a_folder_does_not_matter(tv: Path, bench: Bench) -> None:
    """The spelling of a folder does not matter."""
    result = await bench.scan(f"{tv}//Westworld/./Season 01/")

    assert result.outcome is Outcome.UP_TO_DATE
    assert result.server_path == str(tv / "Westworld" / "Season 01")


async def test_folder_with_a_deleted_file_is_scanned(tv: Path, bench: Bench) -> None:
    """Plex lists a file that no longer exists: the folder is scanned."""
    samples.add_episode(tv, "Westworld", 1, 2)
    await bench.scan(tv / "Westworld")
    (tv / "Westworld/Season 01/Westworld - S01E01.mkv").unlink()

    result = await bench.scan(tv / "Westworld")

    assert result.outcome is Outcome.REMOVED


async def test_folder_on_several_disks_is_up_to_date(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """Home Assistant sees only one disk of a pool: what it misses is there if Plex sees it."""
    pool, disk = tmp_path / "pool", tmp_path / "disk1"
    samples.add_episode(pool, "Dark", 1, 1)
    shutil.copytree(pool, disk)
    samples.add_episode(pool, "Dark", 1, 2)
    fake_plex.add_library("TV", "show", {"/pool": pool})
    bench = await make_bench(mappings=(PathMapping.of("/pool", "/pool", str(disk)),))
    fake_plex.seed()

    result = await bench.scan("/pool/Dark/Season 01")

    assert result.outcome is Outcome.UP_TO_DATE
    assert bench.refreshed == []


async def test_deleted_file_beside_a_damaged_one(tv: Path, bench: Bench) -> None:
    """What is left in the folder is not new: it need not be playable for the result."""
    samples.add_episode(tv, "Westworld", 1, 2, sample=samples.DAMAGED)
    await bench.scan(tv / "Westworld")
    (tv / "Westworld/Season 01/Westworld - S01E01.mkv").unlink()

    result = await bench.scan(tv / "Westworld")

    assert (result.outcome, result.reason) == (Outcome.REMOVED, None)


@pytest.mark.parametrize("others", [True, False], ids=["a file is left", "the folder is empty"])
async def test_folder_that_changes_after_its_scan_is_scanned_again(
    tv: Path, make_bench: MakeBench, others: bool
) -> None:
    """Plex has never listed one of the files: the difference alone does not show that another one was deleted."""
    bench = await make_bench(timing=replace(QUICK, ignored_after=WAIT_LIMIT))
    folder = tv / "Westworld" / "Season 01"
    if others:
        samples.add_episode(tv, "Westworld", 1, 2)
        await bench.scan(folder)
        bench.plex.stats.reset()
    ignored = samples.put(folder / "Westworld.mkv")
    (folder / ".plexignore").write_text("Westworld.mkv")
    (pending,) = await bench.engine.submit([bench.request(folder)], durable=False)
    await bench.until(
        lambda: any(each.job and each.looked_up_at > each.job.ended_at > 0.0 for each in pending.progresses)
    )
    (folder / "Westworld - S01E01.mkv").unlink()
    if not others:
        ignored.unlink()

    assert (await bench.engine.wait(pending, 60)).outcome is Outcome.REMOVED
    assert bench.refreshed == [str(folder)] * 2


async def test_file_that_is_completed_after_the_scan_of_its_folder_is_read_again(tv: Path, bench: Bench) -> None:
    """The folder is not added with a file of which Plex has read only a part."""
    episode = samples.add_episode(tv, "Westworld", 1, 2, sample=samples.SMALL)
    bench.plex.hold_listing()
    (pending,) = await bench.engine.submit([bench.request(episode.parent)], durable=False)
    await bench.plex.wait_scans_done()
    samples.put(episode, samples.LARGE)
    bench.plex.release_listing()

    result = await bench.engine.wait(pending, WAIT_LIMIT)

    assert result.outcome is Outcome.ADDED
    assert [item.size for item in result.items] == [samples.LARGE.stat().st_size]
    assert bench.refreshed == [str(episode.parent)] * 2


async def test_folder_with_a_dot_in_its_name_is_added(tv: Path, bench: Bench) -> None:
    """`Mr. Robot` has no extension, though its name has a dot."""
    samples.add_episode(tv, "Mr. Robot", 1, 1)

    result = await bench.scan(tv / "Mr. Robot")

    assert result.outcome is Outcome.ADDED


async def test_unseen_folder_with_a_dot_is_recognized_by_plex(hidden_tv: Path, bench: Bench) -> None:
    """If only Plex can see it, Plex's disk tells what it is."""
    samples.add_episode(hidden_tv, "Mr. Robot", 1, 1)

    result = await bench.scan("/data/tv/Mr. Robot")

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == ["/data/tv/Mr. Robot"]


async def test_unseen_folder_without_changes_is_up_to_date(hidden_tv: Path, bench: Bench) -> None:
    """It is scanned, and found unchanged."""
    result = await bench.scan("/data/tv/Westworld")

    assert result.outcome is Outcome.UP_TO_DATE
    assert bench.refreshed == ["/data/tv/Westworld"]


@pytest.mark.parametrize("refused", [0, 403], ids=["plex sees the file", "browsing refused"])
async def test_folder_is_not_up_to_date_while_plex_works_on_a_new_file(
    hidden_tv: Path, make_bench: MakeBench, refused: int
) -> None:
    """Plex lists the file late, but reports that it is working on one."""
    bench = await make_bench(timing=replace(QUICK, analysis_timeout=WAIT_LIMIT))
    bench.plex.quirks.items_appear_late, bench.plex.quirks.browse_refused = True, refused
    bench.plex.hold_settling()
    samples.add_episode(hidden_tv, "Westworld", 1, 2)
    (pending,) = await bench.engine.submit([bench.request("/data/tv/Westworld/Season 01")], durable=False)
    await bench.plex.wait_scans_done()
    (progress,) = pending.progresses
    await bench.until(lambda: progress.job is not None and progress.job.ended.is_set())
    late = bench.clock.monotonic() + QUICK.late_listing
    await bench.until(lambda: pending.done.is_set() or progress.looked_up_at > late)
    bench.plex.release_settling()

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.ADDED


async def test_folder_is_not_up_to_date_while_plex_sees_a_file_that_it_does_not_list(
    hidden_tv: Path, make_bench: MakeBench
) -> None:
    """Plex lists the file late: until then, nothing is known but that Plex sees more files than it lists."""
    bench = await make_bench(timing=replace(QUICK, ignored_after=WAIT_LIMIT), validation_timeout=WAIT_LIMIT)
    samples.add_episode(hidden_tv, "Westworld", 1, 2)
    bench.plex.hold_listing()
    (pending,) = await bench.engine.submit([bench.request("/data/tv/Westworld/Season 01")], durable=False)
    await bench.plex.wait_scans_done()
    (progress,) = pending.progresses
    await bench.until(lambda: progress.job is not None and progress.job.ended.is_set())
    late = bench.clock.monotonic() + QUICK.late_listing
    await bench.until(lambda: pending.done.is_set() or progress.looked_up_at > late)
    bench.plex.release_listing()

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.ADDED


async def test_folder_is_scanned_although_another_scan_has_changed_it(hidden_tv: Path, make_bench: MakeBench) -> None:
    """A narrower scan has removed a file of the folder, whose other files are unknown: one of them is new."""
    bench = await make_bench(timing=replace(QUICK, quiet_period=0.0, view_max_age=0.0))
    samples.add_episode(hidden_tv, "Westworld", 1, 2)
    samples.add_episode(hidden_tv, "Westworld", 2, 1)
    bench.plex.seed()
    (hidden_tv / "Westworld/Season 01/Westworld - S01E01.mkv").unlink()
    samples.add_episode(hidden_tv, "Westworld", 2, 2)
    removal = bench.request("/data/tv/Westworld/Season 01/Westworld - S01E01.mkv", gone=True)
    bench.plex.hold_walking()
    (first,) = await bench.engine.submit([removal], durable=False)
    await bench.plex.wait_scan_started()
    (second,) = await bench.engine.submit([bench.request("/data/tv/Westworld")], durable=False)
    await bench.until(lambda: len(bench.engine.runner) == 1)
    bench.plex.release_walking()

    outcomes = [(await bench.engine.wait(pending, WAIT_LIMIT)).outcome for pending in (first, second)]

    assert outcomes == [Outcome.REMOVED, Outcome.ADDED]
    assert bench.refreshed == ["/data/tv/Westworld/Season 01", "/data/tv/Westworld"]


async def test_path_of_a_location_ends_as_scanned(tv: Path, bench: Bench) -> None:
    """It is scanned, without claims about its files."""
    samples.add_episode(tv, "Dark", 1, 1)

    result = await bench.scan(tv)

    assert result.outcome is Outcome.SCANNED
    assert bench.refreshed == [str(tv)]
    assert bench.plex.part(str(tv / "Dark/Season 01/Dark - S01E01.mkv")) is not None


class TestUnseenNameWithADot:
    """`Season.1` can be a folder or a file: if only Plex can see it, Plex's disk tells."""

    async def test_new_folder_is_added(self, hidden_tv: Path, bench: Bench) -> None:
        """Plex sees it in its parent."""
        samples.put(hidden_tv / "Westworld" / "Season.3" / "Westworld - S03E01.mkv")

        result = await bench.scan("/data/tv/Westworld/Season.3")

        assert result.outcome is Outcome.ADDED
        assert [item.title for item in result.items] == ["Episode 1"]

    async def test_removed_folder_is_removed(self, hidden_tv: Path, bench: Bench) -> None:
        """Plex lists files below it."""
        episode = samples.put(hidden_tv / "Westworld" / "Season.3" / "Westworld - S03E01.mkv")
        await bench.scan("/data/tv/Westworld/Season.3")
        episode.unlink()
        episode.parent.rmdir()

        result = await bench.scan("/data/tv/Westworld/Season.3", gone=True)

        assert result.outcome is Outcome.REMOVED

    async def test_name_that_plex_neither_lists_nor_sees_is_not_found(self, hidden_tv: Path, bench: Bench) -> None:
        """Plex neither lists nor sees it."""
        result = await bench.scan("/data/tv/Westworld/Season.9")

        assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.NOT_VISIBLE_TO_PLEX)
