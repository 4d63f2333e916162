"""Requests that Plex refuses for a time or for good: how many refusals fail a request, and which are retried."""

from pathlib import Path
import shutil

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.plex.retry import MAX_REFUSALS
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import WAIT_LIMIT, Bench, MakeBench, NoPausesClock

REFRESH = "/library/sections/*/refresh"
LOOKUP = "/library/sections/*/all"


@pytest.mark.parametrize("path", [REFRESH, LOOKUP], ids=["scan", "look-up"])
@pytest.mark.parametrize("status", [400, 401, 403])
async def test_few_refusals_do_not_fail_the_request(tv: Path, make_bench: MakeBench, path: str, status: int) -> None:
    """A proxy may refuse a valid request a few times: it is retried, and no wider folder is scanned."""
    bench = await make_bench(clock=NoPausesClock())
    bench.plex.faults.add(Fault("status", status=status, path=path, times=MAX_REFUSALS - 1))
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    assert (await bench.scan(episode)).outcome is Outcome.ADDED
    assert set(bench.refreshed) == {str(episode.parent)}


@pytest.mark.parametrize("removed", ["", "Westworld/Season 02", "Westworld"], ids=["new file", "season", "show"])
async def test_library_is_scanned_once_if_the_server_scans_no_folders(
    tv: Path, make_bench: MakeBench, removed: str
) -> None:
    """Its scan is accepted, whatever was refused before."""
    samples.add_episode(tv, "Dark", 1, 1)
    bench = await make_bench(clock=NoPausesClock())
    await bench.scan(tv / "Dark")
    bench.plex.stats.reset()
    bench.plex.faults.add(Fault("status", status=400, path=REFRESH, query={"path": "?*"}))
    path = tv / removed if removed else samples.add_episode(tv, "Westworld", 1, 2)
    if removed:
        shutil.rmtree(path)

    result = await bench.scan(path)

    assert (result.outcome, result.reason) == (Outcome.REMOVED if removed else Outcome.ADDED, None)
    assert bench.refreshed.count(None) == 1
    assert result.attempts == 1


async def test_file_that_appears_while_the_libraries_cannot_be_read(hidden_tv: Path, make_bench: MakeBench) -> None:
    """Before a file is reported as not found, the libraries are read. If that takes long, the request starts over."""
    bench = await make_bench(validation_timeout=0.3)
    fault = bench.plex.faults.add(Fault("status", status=500, path="/library/sections", times=1))
    path = "/data/tv/Westworld/Season 01/Westworld - S01E02.mkv"
    (pending,) = await bench.engine.submit([bench.request(path)], durable=False)
    await bench.until(lambda: fault.hits > 0)
    samples.add_episode(hidden_tv, "Westworld", 1, 2)

    assert (await bench.engine.wait(pending, WAIT_LIMIT)).outcome is Outcome.ADDED


async def test_folder_counts_as_missing_only_if_plex_says_so_again(hidden_tv: Path, bench: Bench) -> None:
    """Plex returns 400 for a folder that cannot exist, a proxy for any other: a file in it is not removed."""
    bench.plex.faults.add(Fault("status", status=400, path="/services/browse/*", times=1))
    samples.put(hidden_tv / "Westworld/Season 01/Westworld - S01E01.mkv", samples.LARGE)

    result = await bench.scan("/data/tv/Westworld/Season 01/Westworld - S01E01.mkv")

    assert result.outcome is Outcome.UPDATED
    assert bench.refreshed == ["/data/tv/Westworld/Season 01"]


@pytest.mark.parametrize("path", [REFRESH, LOOKUP], ids=["scan", "look-up"])
async def test_refusals_are_counted_separately_from_other_errors(tv: Path, make_bench: MakeBench, path: str) -> None:
    """A refusal after other errors of the same request does not end its attempts."""
    bench = await make_bench(clock=NoPausesClock())
    bench.plex.faults.add(Fault("status", status=500, path=path, times=MAX_REFUSALS))
    bench.plex.faults.add(Fault("status", status=400, path=path, times=MAX_REFUSALS - 1))
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    assert (await bench.scan(episode)).outcome is Outcome.ADDED
    assert set(bench.refreshed) == {str(episode.parent)}


async def test_token_without_permission_to_scan_fails_with_permission(tv: Path, make_bench: MakeBench) -> None:
    """The reason names the permission."""
    bench = await make_bench(token="shared-token", clock=NoPausesClock())

    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2))

    assert (result.outcome, result.reason) == (Outcome.FAILED, Reason.PERMISSION)


@pytest.mark.parametrize("status", [400, 403, 404, 500])
async def test_refused_analysis_does_not_change_the_outcome(tv: Path, bench: Bench, status: int) -> None:
    """An optional request does not change the outcome."""
    bench.plex.faults.add(Fault("status", status=status, path="/library/metadata/*/analyze"))
    episode = samples.put(tv / "Westworld/Season 01/Westworld - S01E01.mkv", samples.LARGE)

    result = await bench.scan(episode)

    assert (result.outcome, result.reason) == (Outcome.UPDATED, None)


async def test_404_for_an_item_does_not_mean_that_its_library_is_gone(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """The subtitle of a movie that was removed together with it."""
    samples.add_movie(tmp_path, "Alien (1979)")
    movie = samples.add_movie(tmp_path, "Tenet (2020)")
    subtitle = movie.with_suffix(".en.srt")
    subtitle.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    fake_plex.add_library("Movies", "movie", {str(tmp_path): tmp_path})
    fake_plex.seed()
    bench = await make_bench()
    shutil.rmtree(movie.parent)

    result = await bench.scan(subtitle, gone=True)

    assert (result.outcome, result.reason) == (Outcome.SCANNED, None)


async def test_item_removed_between_two_requests_means_file_is_missing(hidden_tv: Path, bench: Bench) -> None:
    """Plex removes the item between two requests: its file is proven to be missing."""
    bench.plex.faults.add(Fault("status", status=404, path="/library/metadata/*", query={"checkFiles": "1"}))
    (hidden_tv / "Westworld/Season 01/Westworld - S01E01.mkv").unlink()
    samples.add_episode(hidden_tv, "Westworld", 1, 2)

    result = await bench.scan("/data/tv/Westworld/Season 01/Westworld - S01E01.mkv")

    assert result.outcome is Outcome.REMOVED
