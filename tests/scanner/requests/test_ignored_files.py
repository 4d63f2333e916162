"""Files in folders that Plex does not list: they cause no second scan, and no failure."""

from collections.abc import Callable
from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome
from custom_components.plex_smart_scan.scanner.paths.mappings import PathMapping
from tests.fake_plex import FakePlex, samples
from tests.scanner.conftest import Bench, MakeBench


async def test_ignored_file_in_a_folder_causes_no_second_scan(tv: Path, bench: Bench) -> None:
    """The outcome is what changed; a second request does not scan the folder again."""
    samples.add_episode(tv, "Westworld", 1, 2)
    samples.put(tv / "Westworld" / "Season 01" / "no episode at all.mkv")

    result = await bench.scan(tv / "Westworld" / "Season 01")

    assert (result.outcome, result.reason) == (Outcome.ADDED, None)
    assert [item.title for item in result.items] == ["Episode 2"]
    bench.plex.stats.reset()
    assert (await bench.scan(tv / "Westworld" / "Season 01")).outcome is Outcome.UP_TO_DATE
    assert bench.refreshed == []


async def test_extras_and_samples_cause_no_scan(tv: Path, bench: Bench) -> None:
    """Plex never lists them as items."""
    samples.put(tv / "Westworld" / "Season 01" / "Featurettes" / "Making of.mkv")
    samples.put(tv / "Westworld" / "Season 01" / "westworld-s01e01-sample.mkv")

    assert (await bench.scan(tv / "Westworld")).outcome is Outcome.UP_TO_DATE
    assert bench.refreshed == []


async def test_folder_without_media_is_scanned_once(tv: Path, bench: Bench) -> None:
    """A new, empty folder is scanned once, and nothing wider."""
    (tv / "Westworld" / "Season 03").mkdir()

    result = await bench.scan(tv / "Westworld" / "Season 03")

    assert (result.outcome, result.reason) == (Outcome.SCANNED, None)
    assert bench.refreshed == [str(tv / "Westworld" / "Season 03")]


@pytest.mark.parametrize("name", ["bonus.iso", "Disc.img", "VIDEO_TS/VTS_01_1.vob", "BDMV/STREAM/00001.m2ts"])
async def test_disc_images_cause_no_scan(tv: Path, bench: Bench, name: str) -> None:
    """Plex ignores them: the folder is up to date without them."""
    disc = tv / "Westworld" / "Season 01" / name
    disc.parent.mkdir(parents=True, exist_ok=True)
    disc.write_bytes(b"disc")

    assert (await bench.scan(tv / "Westworld")).outcome is Outcome.UP_TO_DATE
    assert bench.refreshed == []


def photos(root: Path) -> None:
    """Put pictures into an album, among them what Plex does not take, and a folder of a NAS."""
    samples.add_photo(root, "Rome", "one")
    for name in ("two.cr2", "three.nef", "@eaDir/one.jpg/SYNOPHOTO_THUMB_M.jpg"):
        path = root / "Rome" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"raw")


def music(root: Path) -> None:
    """Put tracks into an album, among them formats that not every server takes."""
    samples.add_track(root, "Artist", "Album", 1)
    for name in ("02 - Two.ac3", "03 - Three.dts", "@eaDir/01.mp3"):
        path = root / "Artist" / "Album" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(samples.MP3.read_bytes())


def films(root: Path) -> None:
    """Put a film beside a stream."""
    samples.add_movie(root, "Heat (1995)")
    (root / "Heat (1995)" / "Heat (1995).strm").write_text("http://127.0.0.1/x")


@pytest.mark.parametrize(
    ("kind", "fill", "folder"),
    [("photo", photos, "Rome"), ("artist", music, "Artist/Album"), ("movie", films, "Heat (1995)")],
)
@pytest.mark.parametrize("sees", ["all", "nothing", "one disk of a pool"])
async def test_ignored_files_in_a_folder_do_not_fail_the_request(
    fake_plex: FakePlex,
    tmp_path: Path,
    make_bench: MakeBench,
    kind: str,
    fill: Callable[[Path], None],
    folder: str,
    sees: str,
) -> None:
    """The outcome says what changed; ignored files are no failure and cause no second scan."""
    root, elsewhere = tmp_path / "pool", tmp_path / "disk1"
    fill(root)
    shown = {"all": root, "nothing": tmp_path / "nothing", "one disk of a pool": elsewhere}[sees]
    if sees == "one disk of a pool":
        (elsewhere / folder).mkdir(parents=True)
        (elsewhere / folder / "cover.jpg").write_bytes(b"picture")
    library = fake_plex.add_library("Library", kind, {"/pool": root})
    bench = await make_bench(mappings=(PathMapping.of("/pool", "/pool", str(shown)),))
    path = f"/pool/{folder}"

    first = await bench.scan(path)
    scans = len(bench.refreshed)
    second = await bench.scan(path)

    assert first.outcome is Outcome.ADDED
    assert first.reason is None
    assert library.all_parts
    assert scans == 1
    assert second.reason is None
    assert second.outcome in {Outcome.UP_TO_DATE, Outcome.SCANNED}
    if sees == "all":
        assert second.outcome is Outcome.UP_TO_DATE
        assert len(bench.refreshed) == scans
