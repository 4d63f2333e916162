"""Files that are removed, moved or renamed: what is scanned, and what proves that they are gone."""

import asyncio
from dataclasses import replace
from pathlib import Path
import shutil

import pytest

from custom_components.plex_smart_scan.scanner.libraries.mount_state import MountState
from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.paths.mappings import PathMapping
from custom_components.plex_smart_scan.scanner.requests.decision.evidence import PlexVisibility
from tests.fake_plex import Fault, samples
from tests.scanner.conftest import QUICK, WAIT_LIMIT, Bench, MakeBench


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


async def test_rename_causes_scans_of_both_folders(tv: Path, bench: Bench) -> None:
    """The old path is removed and the new one added; both folders are scanned."""
    old = tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    samples.add_episode(tv, "Westworld", 1, 3)
    new = tv / "Westworld/Season 02/Westworld - S02E02.mkv"
    old.rename(new)

    removed, added = await bench.scan_all([old, new])

    assert (removed.outcome, added.outcome) == (Outcome.REMOVED, Outcome.ADDED)
    assert sorted(map(str, bench.refreshed)) == [str(old.parent), str(new.parent)]
