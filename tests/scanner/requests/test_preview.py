"""The preview shows what a scan would do, and nothing that is unknown."""

from pathlib import Path
import shutil
import unicodedata

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome
from custom_components.plex_smart_scan.scanner.requests.preview import Preview
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import WAIT_LIMIT, Bench, MakeBench


async def previewed(bench: Bench, path: str | Path, seconds: float = WAIT_LIMIT) -> Preview:
    """Return the preview of a path in its only library."""
    (seen,) = await bench.engine.preview(await bench.engine.registry.resolve(str(path)), seconds)
    return seen


@pytest.mark.parametrize(
    "path",
    [
        "Westworld/Season 01/Westworld - S01E02.mkv",
        "Westworld/Season 03/Westworld - S03E01.mkv",
        "Dark/Season 01/Dark - S01E01.mkv",
        "Dark",
    ],
)
async def test_preview_shows_the_folder_that_a_scan_reads(tv: Path, bench: Bench, path: str) -> None:
    """The preview names the folder that a scan reads, for a new file or folder."""
    samples.put(tv / path if path.endswith(".mkv") else tv / path / "Season 01" / "Dark - S01E01.mkv")

    seen = await previewed(bench, tv / path)
    assert bench.refreshed == []
    await bench.scan(tv / path)

    assert (seen.listed, seen.up_to_date) == (False, False)
    assert bench.refreshed == [seen.folder]


@pytest.mark.parametrize("gone", ["Westworld/Season 02", "Westworld"])
async def test_preview_of_a_removed_path_shows_the_nearest_folder(tv: Path, bench: Bench, gone: str) -> None:
    """For a removed path, the nearest existing folder would be scanned."""
    samples.add_episode(tv, "Dark", 1, 1)
    await bench.scan(tv / "Dark")
    bench.plex.stats.reset()
    shutil.rmtree(tv / gone)

    seen = await previewed(bench, tv / "Westworld/Season 02/Westworld - S02E01.mkv")
    result = await bench.scan(tv / "Westworld/Season 02/Westworld - S02E01.mkv")

    assert (seen.listed, seen.up_to_date) == (True, False)
    assert result.outcome is Outcome.REMOVED
    assert bench.refreshed == [seen.folder] == [str((tv / gone).parent)]


async def test_preview_is_unknown_while_the_server_is_unavailable(tv: Path, bench: Bench) -> None:
    """Everything is unknown, including the folder."""
    await bench.plex.stop()

    seen = await previewed(bench, tv / "Westworld/Season 01/Westworld - S01E02.mkv", 0.1)

    assert (seen.folder, seen.listed, seen.up_to_date, seen.items) == (None, None, None, ())
    await bench.plex.start()


async def test_preview_keeps_its_time_limit(tv: Path, make_bench: MakeBench) -> None:
    """The time limit is kept, however long Plex takes."""
    bench = await make_bench(timeout=60.0)
    hanging = bench.plex.faults.add(Fault("slow", path="/library/sections/*/all"))

    assert (await previewed(bench, tv / "Westworld/Season 01/Westworld - S01E01.mkv", 0.5)).listed is None
    assert bench.plex.stats.count("/library/sections/*/all") == 1

    hanging.remove()


async def test_preview_of_a_subtitle_shows_no_item(tv: Path, bench: Bench) -> None:
    """Plex lists no subtitles, so the episode beside one is not shown."""
    seen = await previewed(bench, tv / "Westworld/Season 01/Westworld - S01E01.en.srt")

    assert (seen.listed, seen.up_to_date, seen.items) == (None, None, ())
    assert seen.folder == str(tv / "Westworld/Season 01")


async def test_preview_shows_no_scan_of_a_missing_mount(hidden_tv: Path, bench: Bench) -> None:
    """Nothing would be scanned while the location is empty."""
    shutil.rmtree(hidden_tv / "Westworld")

    seen = await previewed(bench, "/data/tv/Westworld/Season 01/Westworld - S01E01.mkv")

    assert (seen.folder, seen.listed) == (None, True)


async def test_preview_without_smart_scanning_shows_no_folder(tv: Path, make_bench: MakeBench) -> None:
    """With smart scanning off no folder is named."""
    seen = await previewed(await make_bench(smart_scanning=False), tv / "Westworld/Season 01/Westworld - S01E02.mkv")

    assert (seen.folder, seen.listed) == (None, False)


async def test_preview_shows_the_spelling_of_plex(fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench) -> None:
    """Path and folder are shown as Plex spells them."""
    show = unicodedata.normalize("NFD", "Les Légendes")
    samples.add_episode(tmp_path / "tv", show, 1, 1)
    fake_plex.add_library("TV Shows", "show", {"/data/tv": tmp_path / "tv"})
    fake_plex.seed()

    seen = await previewed(await make_bench(), "/data/tv/Les Légendes/Season 01/x.mkv")

    assert seen.folder == f"/data/tv/{show}/Season 01"
    assert seen.match.path.text == f"/data/tv/{show}/Season 01/x.mkv"
