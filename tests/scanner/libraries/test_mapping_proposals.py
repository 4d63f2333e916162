"""The mapping that is proposed for a path in no library."""

import asyncio
from pathlib import Path
import unicodedata

import pytest

from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import Bench, MakeBench


@pytest.fixture
def two_libraries(fake_plex: FakePlex, tmp_path: Path) -> Path:
    """Return the folder of a TV library on Windows; a movie library is beside it."""
    samples.add_episode(tmp_path / "tv", "Westworld", 1, 1)
    samples.add_movie(tmp_path / "m", "Tenet (2020)")
    fake_plex.add_library("TV Shows", "show", {r"D:\Media\TV": tmp_path / "tv"})
    fake_plex.add_library("Movies", "movie", {r"D:\Media\Movies": tmp_path / "m"})
    fake_plex.seed()
    return tmp_path / "tv"


async def proposed_row(bench: Bench, path: str) -> tuple[str, str] | None:
    """Return the proposed row."""
    row = await bench.engine.registry.propose_mapping(path)
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
async def test_mapping_is_proposed_if_plex_sees_the_file(
    two_libraries: Path, make_bench: MakeBench, path: str, row: tuple[str, str] | None
) -> None:
    """A mapping is only proposed if the file exists there, as Plex sees it."""
    assert await proposed_row(await make_bench(), path) == row


async def test_nothing_is_proposed_with_two_candidates(
    two_libraries: Path, tmp_path: Path, make_bench: MakeBench
) -> None:
    """Two candidates are no proposal: the user has to choose."""
    samples.add_episode(tmp_path / "m", "Westworld", 1, 1)

    assert await proposed_row(await make_bench(), "/tv/Westworld/Season 01/Westworld - S01E01.mkv") is None


async def test_path_works_with_the_proposed_mapping(two_libraries: Path, make_bench: MakeBench) -> None:
    """The path works with the proposed mapping."""
    path = "/tv/Westworld/Season 01/Westworld - S01E01.mkv"
    row = await (await make_bench()).engine.registry.propose_mapping(path)
    assert row
    bench = await make_bench(mappings=(row,))

    found = await bench.engine.registry.resolve(path)

    assert [match.path.text for match in found.matches] == [r"D:\Media\TV\Westworld\Season 01\Westworld - S01E01.mkv"]


async def test_file_in_another_unicode_form_is_the_same(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """A Mac decomposes accents, most others do not: the file is the same."""
    names = ["Les Légendes", "Été 01", "Les Légendes - S01E01.mkv"]
    samples.put(tmp_path.joinpath("tv", *(unicodedata.normalize("NFD", name) for name in names)))
    fake_plex.add_library("TV Shows", "show", {"/data/tv": tmp_path / "tv"})

    assert await proposed_row(await make_bench(), "/downloads/" + "/".join(names)) == ("/downloads", "/data/tv")


def add_movie_libraries(fake_plex: FakePlex, tmp_path: Path, count: int, *with_film: int) -> str:
    """Add movie libraries, some with the same film; return the film's path as a downloader sees it."""
    for number in range(count):
        folder = tmp_path / f"movies {number}"
        folder.mkdir()
        if number in with_film:
            samples.add_movie(folder, "Tenet (2020)")
        fake_plex.add_library(f"Movies {number}", "movie", {f"/data/movies {number}": folder})
    return "/downloads/Tenet (2020)/Tenet (2020).mkv"


async def test_all_locations_are_checked(fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench) -> None:
    """All locations are checked, so that exactly one fits."""
    film = add_movie_libraries(fake_plex, tmp_path, 40, 0, 39)

    assert await proposed_row(await make_bench(), film) is None


async def test_nothing_is_proposed_with_too_many_locations(
    fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
) -> None:
    """With too many locations nothing is checked or proposed."""
    film = add_movie_libraries(fake_plex, tmp_path, 101, 0)
    bench = await make_bench()

    assert await proposed_row(bench, film) is None
    assert bench.plex.stats.count("/services/browse/*") == 0


async def test_nothing_is_proposed_if_a_location_cannot_be_checked(two_libraries: Path, make_bench: MakeBench) -> None:
    """The file may be there too, so nothing is proposed."""
    bench = await make_bench()
    bench.plex.faults.add(Fault("status", status=500, path="/services/browse/*", times=1))

    assert await proposed_row(bench, "/downloads/Tenet (2020)/Tenet (2020).mkv") is None


async def test_proposal_keeps_the_time_limit(two_libraries: Path, make_bench: MakeBench) -> None:
    """A caller with a time limit returns in time, however long Plex takes."""
    bench = await make_bench(timeout=60.0)
    hanging = bench.plex.faults.add(Fault("slow", path="/services/browse/*"))
    asking = asyncio.create_task(proposed_row(bench, "/downloads/Tenet (2020)/Tenet (2020).mkv"))
    await bench.plex.wait_for_request("/services/browse/*")

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    hanging.remove()
