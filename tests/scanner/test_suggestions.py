"""The mapping that is proposed for a path in no library."""

from pathlib import Path

import pytest

from tests.fake_plex import FakePlex, samples

from .conftest import Bench, MakeBench


@pytest.fixture
def two_libraries(fake_plex: FakePlex, tmp_path: Path) -> Path:
    """Return the folder of a TV library on Windows; a movie library is beside it."""
    samples.add_episode(tmp_path / "tv", "Westworld", 1, 1)
    samples.add_movie(tmp_path / "m", "Tenet (2020)")
    fake_plex.add_library("TV Shows", "show", {r"D:\Media\TV": tmp_path / "tv"})
    fake_plex.add_library("Movies", "movie", {r"D:\Media\Movies": tmp_path / "m"})
    fake_plex.seed()
    return tmp_path / "tv"


async def suggested(bench: Bench, path: str) -> tuple[str, str] | None:
    """Return the proposed row."""
    row = await bench.scanner.directory.suggest_mapping(path)
    return (row.source.text, row.target.text) if row else None


@pytest.mark.parametrize(
    ("path", "row"),
    [
        ("/tv/Westworld/Season 01/Westworld - S01E01.mkv", ("/tv", r"D:\Media\TV")),
        ("/srv/tv/westworld/season 01", ("/srv/tv", r"D:\Media\TV")),
        ("/downloads/Tenet (2020)/Tenet (2020).mkv", ("/downloads", r"D:\Media\Movies")),
        (r"\\nas\share\Tenet (2020)", (r"\\nas\share", r"D:\Media\Movies")),
        ("/tv/Westworld/Season 01/Westworld - S01E99.mkv", None),
        ("/downloads/complete/Dark.S01E01", None),
        ("/Westworld", None),
    ],
)
async def test_tail_under_one_location(
    two_libraries: Path, make_bench: MakeBench, path: str, row: tuple[str, str] | None
) -> None:
    """Proposed only where the very file exists, as Plex sees it."""
    assert await suggested(await make_bench(), path) == row


async def test_tail_under_two_locations(two_libraries: Path, tmp_path: Path, make_bench: MakeBench) -> None:
    """Two candidates are none: a person must choose."""
    samples.add_episode(tmp_path / "m", "Westworld", 1, 1)

    assert await suggested(await make_bench(), "/tv/Westworld/Season 01/Westworld - S01E01.mkv") is None


async def test_proposed_row_makes_the_path_work(two_libraries: Path, make_bench: MakeBench) -> None:
    """What is proposed is what helps."""
    path = "/tv/Westworld/Season 01/Westworld - S01E01.mkv"
    row = await (await make_bench()).scanner.directory.suggest_mapping(path)
    assert row
    bench = await make_bench(mappings=(row,))

    found = await bench.scanner.directory.resolve(path)

    assert [match.path.text for match in found.matches] == [r"D:\Media\TV\Westworld\Season 01\Westworld - S01E01.mkv"]
