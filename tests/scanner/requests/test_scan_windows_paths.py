"""Mapped paths and the paths of Windows servers: Plex gets its own spelling, and finds files in any."""

from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.paths.mappings import PathMapping
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import Bench, MakeBench


async def test_mapped_path_is_added(fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench) -> None:
    """Reported as the downloader sees it, scanned as Plex sees it, compared as Home Assistant sees it."""
    root = tmp_path / "tv"
    episode = samples.add_episode(root, "Westworld", 1, 1)
    fake_plex.add_library("TV Shows", "show", {"/data/tv": root})
    bench = await make_bench(mappings=(PathMapping.of("/downloads/tv", "/data/tv", str(root)),))
    reported = "/downloads/tv/Westworld/Season 01/" + episode.name

    result = await bench.scan(reported)

    assert result.outcome is Outcome.ADDED
    assert result.server_path == "/data/tv/Westworld/Season 01/" + episode.name
    assert bench.refreshed == ["/data/tv/Westworld/Season 01"]
    assert (await bench.scan(reported)).outcome is Outcome.UP_TO_DATE


@pytest.mark.parametrize(
    ("location", "reported", "folder"),
    [
        (r"D:\Media\TV", "/tv/Dark/Season 01/", r"D:\Media\TV\Dark\Season 01"),
        ("D:\\Media\\TV\\", r"d:\media\tv\Dark\Season 01" + "\\", r"D:\Media\TV\Dark\Season 01"),
        (r"\\NAS\tv", r"\\nas\TV\Dark\Season 01" + "\\", r"\\NAS\tv\Dark\Season 01"),
        (r"\\NAS\tv", "//nas/tv/Dark/Season 01/", r"\\NAS\tv\Dark\Season 01"),
        (r"\\NAS\tv", "//?/UNC/nas/tv/Dark/Season 01/", r"\\NAS\tv\Dark\Season 01"),
        (r"\\NAS\tv", "/shares/Dark/Season 01/", r"\\NAS\tv\Dark\Season 01"),
        (r"D:\Media\TV", "//box/tv/Dark/Season 01/", r"D:\Media\TV\Dark\Season 01"),
        (r"D:\Media\TV", r"\\box\tv\Dark\Season 01" + "\\", r"D:\Media\TV\Dark\Season 01"),
    ],
    ids=[
        "mapped from POSIX",
        "drive in another case",
        "share in another case",
        "share with slashes",
        "long share with slashes",
        "mapped to a share with slashes",
        "mapped from a share with slashes",
        "mapped from a share, the row with slashes",
    ],
)
async def test_windows_server_gets_its_own_spelling(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench, location: str, reported: str, folder: str
) -> None:
    """Plex gets its own spelling and separators, never a doubled one."""
    root = tmp_path / "tv"
    root.mkdir()
    fake_plex.add_library("TV Shows", "show", {location: root})
    rows = [("/tv", r"D:\Media\TV"), ("/shares", "//NAS/tv/"), ("//box/tv", r"D:\Media\TV")]
    bench = await make_bench(mappings=tuple(PathMapping.of(*row) for row in rows))
    episode = samples.add_episode(root, "Dark", 1, 1)

    result = await bench.scan(reported + episode.name)

    assert result.outcome is Outcome.ADDED
    assert bench.refreshed == [folder]
    assert (await bench.scan(reported + episode.name, size=episode.stat().st_size)).outcome is Outcome.UP_TO_DATE


async def test_two_leading_slashes_on_a_posix_server_are_not_a_share(tv: Path, bench: Bench) -> None:
    """If a library contains the path, two leading slashes are not a share."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    assert (await bench.scan(f"/{episode}")).outcome is Outcome.ADDED


async def test_windows_names_that_differ_by_a_letter_are_two_files(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """On Windows `Weiß` and `Weiss` are different names."""
    films = tmp_path / "m" / "Films"
    samples.put(films / "Weiss (2001).mkv")
    fake_plex.add_library("Movies", "movie", {r"D:\M": tmp_path / "m"})
    fake_plex.seed()
    bench = await make_bench()
    size = samples.put(films / "Weiß (2001).mkv").stat().st_size

    known = await bench.scan(r"D:\M\Films\Weiss (2001).mkv", size=size)
    new = await bench.scan(r"D:\M\Films\Weiß (2001).mkv", size=size)

    assert [known.outcome, new.outcome] == [Outcome.UP_TO_DATE, Outcome.ADDED]


async def test_long_windows_path_with_a_prefix_is_found(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """Plex on Windows lists paths of more than 260 characters with a prefix."""
    root = tmp_path / "tv"
    root.mkdir()
    fake_plex.add_library("TV Shows", "show", {r"D:\TV": root})
    bench = await make_bench()
    show = "A very long name of a show " * 4
    episode = samples.put(root / show / ("Season 01 " * 10) / f"{show} - S01E01.mkv")

    result = await bench.scan("D:\\TV\\" + str(episode.relative_to(root)).replace("/", "\\"))

    assert result.outcome is Outcome.ADDED
    assert result.items[0].file.startswith("\\\\?\\")


@pytest.mark.parametrize("ignores_case", [True, False], ids=["look-ups ignore case", "look-ups do not"])
async def test_windows_path_in_another_case_is_found(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench, ignores_case: bool
) -> None:
    """Windows ignores case but Plex's look-ups may not, so its own spelling is used."""
    fake_plex.quirks.file_filter_ignores_case = ignores_case
    root = tmp_path / "tv"
    episode = samples.add_episode(root, "Dark", 1, 1)
    fake_plex.add_library("TV Shows", "show", {r"D:\TV": root})
    fake_plex.seed()
    bench = await make_bench()
    new = samples.add_episode(root, "Dark", 1, 2)

    known = await bench.scan(r"d:\tv\dark\season 01\dark - s01e01.mkv", size=episode.stat().st_size)
    added = await bench.scan(r"d:\tv\dark\season 01\DARK - S01E02.MKV", size=new.stat().st_size)

    assert known.outcome is Outcome.UP_TO_DATE
    assert added.outcome in {Outcome.ADDED, Outcome.UP_TO_DATE}
    assert [item.file for item in added.items] == [r"D:\TV\Dark\Season 01\Dark - S01E02.mkv"]
    assert None not in bench.refreshed


async def test_windows_removal_in_another_case_is_proven(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """A look-up in another case does not prove that Plex does not list the file."""
    root = tmp_path / "tv"
    episodes = [samples.add_episode(root, "Dark", 1, number) for number in (1, 2)]
    library = fake_plex.add_library("TV Shows", "show", {r"D:\TV": root})
    fake_plex.seed()
    bench = await make_bench()
    episodes[0].unlink()

    await bench.scan(r"d:\tv\dark\season 01\dark - s01e01.mkv", gone=True)

    assert [part.real for item in bench.plex.items(library, "episode") for part in item.parts] == [episodes[1]]


async def test_windows_folder_is_scanned_as_plex_sees_it(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """If what Plex lists and sees differs, the folder that it sees is scanned."""
    root = tmp_path / "tv"
    samples.put(root / "Café/Season 01/Café - S01E01.mkv")
    fake_plex.add_library("TV Shows", "show", {r"D:\TV": root})
    fake_plex.seed()
    bench = await make_bench()
    (root / "Café").rename(root / "CAFÉ")
    samples.put(root / "CAFÉ/Season 01/Café - S01E05.mkv")
    bench.plex.faults.add(Fault("lost_scan"))

    result = await bench.scan(r"D:\TV\CAFÉ\Season 01\Café - S01E05.mkv")

    assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.TIMEOUT)
    assert set(bench.refreshed) == {r"D:\TV\CAFÉ\Season 01"}
