"""The sample of the files that Plex lists in a location, read with few requests."""

from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.paths.clean_path import clean
from tests.fake_plex import samples
from tests.scanner.libraries.conftest import Queries

from .conftest import add_library


class TestSomeInALocation:
    """A sample of the files of a location, by which its mount is recognized."""

    async def test_sample_has_the_first_middle_and_last_files(self, queries: Queries, tmp_path: Path) -> None:
        """The first two, one from the middle, and the last one: three requests for a few items each."""
        roots = {"/data/m1": tmp_path / "m1", "/data/m2": tmp_path / "m2"}
        for root in roots.values():
            samples.build_movie_tree(root, movies=10)
        queries.plex.add_library("Movies", "movie", roots)
        queries.plex.seed()
        library = await queries.library()
        queries.plex.stats.reset()

        found = await queries.lookups.sample_of(library, clean("/data/m2"))

        assert len({file.file for file in found}) == 4
        assert all(file.file.startswith("/data/m2/") for file in found)
        look_ups = [
            (
                request.query["file"],
                request.headers["X-Plex-Container-Start"],
                request.headers["X-Plex-Container-Size"],
            )
            for request in queries.plex.stats.requests
        ]
        assert look_ups == [("/data/m2/", "0", "2"), ("/data/m2/", "5", "1"), ("/data/m2/", "9", "1")]

    async def test_sample_of_one_page_needs_one_request(self, queries: Queries, tmp_path: Path) -> None:
        """A single page needs no further request."""
        add_library(queries.plex, tmp_path / "tv")
        library = await queries.library()
        queries.plex.stats.reset()
        assert await queries.lookups.sample_of(library, clean(str(tmp_path / "tv"))) == ()

        samples.add_episode(tmp_path / "tv", "Show", 1, 1)
        queries.plex.seed()
        assert len(await queries.lookups.sample_of(library, clean(str(tmp_path / "tv")))) == 1
        assert queries.plex.stats.count("/library/sections/*/all") == 2

    async def test_sample_excludes_a_location_with_a_similar_name(self, queries: Queries, tmp_path: Path) -> None:
        """Files of `/data/tv-4k` are not in `/data/tv`."""
        for name in ("tv", "tv-4k"):
            samples.add_episode(tmp_path / name, "Show", 1, 1)
        queries.plex.add_library("TV", "show", {f"/data/{name}": tmp_path / name for name in ("tv", "tv-4k")})
        queries.plex.seed()

        found = await queries.lookups.sample_of(await queries.library(), clean("/data/tv"))

        assert [file.file for file in found] == ["/data/tv/Show/Season 01/Show - S01E01.mkv"]

    @pytest.mark.parametrize(
        ("location", "other"), [("/data/tv", "/data/tv-anime"), ("/tv", "/data/tv")], ids=["prefix", "below"]
    )
    async def test_sample_of_a_small_location_beside_a_large_one(
        self, queries: Queries, tmp_path: Path, location: str, other: str
    ) -> None:
        """Files of a location with a similar name, which the filter finds too, do not hide those of the small one."""
        for letter, count in (("A", 40), ("Z", 60)):
            for number in range(count):
                samples.add_episode(tmp_path / "other", f"{letter} {number:02}", 1, 1)
        samples.add_episode(tmp_path / "tv", "B", 1, 1)
        queries.plex.add_library("TV", "show", {location: tmp_path / "tv", other: tmp_path / "other"})
        queries.plex.seed()

        library = await queries.library()
        queries.plex.stats.reset()

        found = await queries.lookups.sample_of(library, clean(location))

        assert [file.file for file in found] == [f"{location}/B/Season 01/B - S01E01.mkv"]
        starts = [int(request.headers["X-Plex-Container-Start"]) for request in queries.plex.stats.requests]
        assert 0 not in starts[1:]  # the first two are not read again

    async def test_sample_of_a_location_with_many_files_in_the_trash(self, queries: Queries, tmp_path: Path) -> None:
        """Files in the trash at the beginning, in the middle and at the end do not hide the others."""
        queries.plex.prefs["autoEmptyTrash"] = False
        episodes = [samples.add_episode(tmp_path / "tv", f"Show {number:02}", 1, 1) for number in range(12)]
        add_library(queries.plex, tmp_path / "tv")
        library = await queries.library()
        for number in (0, 1, 6, 11):
            episodes[number].unlink()
        await queries.client.refresh(library, None)
        await queries.plex.wait_scans_done()

        found = await queries.lookups.sample_of(library, clean(str(tmp_path / "tv")))

        assert {file.file for file in found} <= {str(path) for path in episodes if path.exists()}
        assert found

    async def test_sample_excludes_the_trash(self, queries: Queries, tmp_path: Path) -> None:
        """Files in the trash are not part of it."""
        queries.plex.prefs["autoEmptyTrash"] = False
        episode = samples.add_episode(tmp_path / "tv", "Show", 1, 1)
        samples.add_episode(tmp_path / "tv", "Show", 1, 2)
        add_library(queries.plex, tmp_path / "tv")
        library = await queries.library()
        episode.unlink()
        await queries.client.refresh(library, None)
        await queries.plex.wait_scans_done()

        found = await queries.lookups.sample_of(library, clean(str(tmp_path / "tv")))

        assert [Path(file.file).name for file in found] == ["Show - S01E02.mkv"]

    @pytest.mark.parametrize("location", [r"D:\TV", r"\\server\tv"], ids=["drive", "share"])
    async def test_windows_folder_is_found(self, queries: Queries, tmp_path: Path, location: str) -> None:
        """A Windows server has its own separators."""
        samples.add_episode(tmp_path / "tv", "Show", 1, 1)
        queries.plex.add_library("TV", "show", {location: tmp_path / "tv"})
        queries.plex.seed()

        assert len(await queries.lookups.sample_of(await queries.library(), clean(location))) == 1

    async def test_sample_of_a_location_with_clips_only(self, queries: Queries, tmp_path: Path) -> None:
        """A location with nothing but clips has a sample."""
        samples.put(tmp_path / "p" / "2020" / "VID_0001.mp4")
        add_library(queries.plex, tmp_path / "p", "photo")

        assert len(await queries.lookups.sample_of(await queries.library(), clean(str(tmp_path / "p")))) == 1
