"""Files whose names are unusual, common or similar: the look-up finds exactly the requested file."""

from dataclasses import replace
from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome, Reason
from custom_components.plex_smart_scan.scanner.timing import Timing
from tests.fake_plex import FakePlex, samples
from tests.scanner.conftest import Bench, MakeBench

NAMES = [
    "Demon Lord, Retry! - S01E06 - One, Two, Three.mkv",
    "Westworld [imdb:tt0475784] - S01E07.mkv",
    "Let’s Get Down - S01E08.mkv",
    "100% & more + #1 - S01E09.mkv",
    "Amélie à Zürich - S01E10.mkv",
    "進撃の巨人 - S01E11.mkv",
    "😀 - S01E12.mkv",
    "trailing blank  - S01E13.mkv",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("nfd", [False, True], ids=["as written", "decomposed by Plex"])
async def test_file_with_an_unusual_name_is_added(tv: Path, make_bench: MakeBench, name: str, nfd: bool) -> None:
    """Commas, percent signs, accents and the like affect neither the scan nor the look-up."""
    bench = await make_bench()
    bench.plex.quirks.nfd_paths = nfd
    episode = samples.put(tv / "Westworld" / "Season 01" / name)

    assert (await bench.scan(episode)).outcome is Outcome.ADDED
    assert (await bench.scan(episode)).outcome is Outcome.UP_TO_DATE
    assert bench.refreshed == [str(episode.parent)]


async def test_comma_in_the_name_does_not_match_other_files(tv: Path, bench: Bench) -> None:
    """Plex reads a comma as "or": the look-up returns a whole season, and none of it is the file."""
    folder = tv / "Westworld" / "Season 01"
    samples.put(folder / "Retry, Again - S01E02.mkv")
    await bench.scan(folder / "Retry, Again - S01E02.mkv")
    missing = folder / "Retry, Again - S01E03.mkv"

    result = await bench.scan(missing)

    assert (result.outcome, result.reason) == (Outcome.NOT_FOUND, Reason.NOT_VISIBLE_TO_PLEX)


async def test_result_of_a_multi_episode_file_names_all_episodes(tv: Path, bench: Bench) -> None:
    """S01E02-E03 belongs to two items."""
    result = await bench.scan(samples.add_episode(tv, "Westworld", 1, 2, last=3))

    assert result.outcome is Outcome.ADDED
    assert [item.title for item in result.items] == ["Episode 2", "Episode 3"]


async def test_each_part_of_a_movie_is_verified_by_its_path(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """cd1 and cd2 are two files of one item: each is proven by its own path."""
    fake_plex.add_library("Movies", "movie", {str(tmp_path / "m"): tmp_path / "m"})
    (tmp_path / "m").mkdir()
    bench = await make_bench()
    parts = [samples.add_movie(tmp_path / "m", "Heat (1995)", suffix=f" - cd{number}") for number in (1, 2)]

    results = await bench.scan_all(parts)

    assert [result.outcome for result in results] == [Outcome.ADDED] * 2
    assert [[item.file for item in result.items] for result in results] == [[str(part)] for part in parts]
    assert len({result.items[0].rating_key for result in results}) == 1


async def test_second_version_of_a_listed_movie_is_added(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """The item exists already; the file does not."""
    root = tmp_path / "m"
    samples.add_movie(root, "Heat (1995)")
    fake_plex.add_library("Movies", "movie", {str(root): root})
    fake_plex.seed()
    bench = await make_bench()

    result = await bench.scan(samples.add_movie(root, "Heat (1995)", suffix=" - 2160p", sample=samples.LARGE))

    assert result.outcome is Outcome.ADDED
    assert [item.size for item in result.items] == [samples.LARGE.stat().st_size]


async def test_optimized_version_does_not_match_the_file(tv: Path, bench: Bench) -> None:
    """A version that Plex converted is another file."""
    episode = tv / "Westworld/Season 01/Westworld - S01E01.mkv"
    bench.plex.add_optimized_version(str(episode), samples.CLIP)

    result = await bench.scan(episode)

    assert result.outcome is Outcome.UP_TO_DATE
    assert [item.file for item in result.items] == [str(episode)]


async def test_cost_is_independent_of_the_size_of_the_library(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """The cost is independent of the library's size: one folder scanned, a dozen requests and 20 kB at most."""
    root = tmp_path / "tv"
    samples.build_tv_tree(root, shows=50, seasons=2, episodes=20)
    fake_plex.add_library("TV Shows", "show", {str(root): root})
    fake_plex.seed()
    bench = await make_bench(
        timing=replace(Timing(), lookup_pauses=(30.0,), lookup_interval=30.0, websocket_lookup_pauses=(30.0,))
    )  # only events cause look-ups; the real times, so that nothing is asked again because it took long

    result = await bench.scan(samples.add_episode(root, "Show 00007", 1, 21))

    assert result.outcome is Outcome.ADDED
    assert bench.plex.stats.folders_listed == 1
    assert len(bench.plex.stats.requests) <= 12
    assert bench.plex.stats.bytes_sent <= 20_000


async def test_file_with_a_common_name_is_found_in_its_folder(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """`01 - Intro.flac` exists in every album, and `folder piece/name` in one."""
    root = tmp_path / "music"
    for number in range(60):
        samples.add_track(root, "Various", f"Album {number:02}", 1, "Introduction")
    fake_plex.add_library("Music", "artist", {str(root): root})
    fake_plex.seed()
    bench = await make_bench()

    known = await bench.scan(root / "Various" / "Album 17" / "01 - Introduction.mp3")
    new = await bench.scan(samples.add_track(root, "Various", "Album 99", 1, "Introduction"))

    assert (known.outcome, new.outcome) == (Outcome.UP_TO_DATE, Outcome.ADDED)
    assert [item.file for item in known.items] == [str(root / "Various" / "Album 17" / "01 - Introduction.mp3")]
    assert max(request.bytes_sent for request in bench.plex.stats.requests) < 60_000


async def test_files_of_a_large_folder_are_looked_up_one_by_one(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """Each file is then looked up by itself."""
    root = tmp_path / "tv"
    paths = samples.build_tv_tree(root, shows=1, seasons=1, episodes=310)
    fake_plex.add_library("TV Shows", "show", {str(root): root})
    fake_plex.seed()
    bench = await make_bench()

    results = await bench.scan_all(paths[:3])

    assert [result.outcome for result in results] == [Outcome.UP_TO_DATE] * 3
    assert bench.refreshed == []
