"""Look-ups of a file or a folder among thousands: one small request, and the right result."""

from pathlib import Path
import shutil
import unicodedata

import pytest

from custom_components.plex_smart_scan.scanner.models import Outcome
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.conftest import Bench, MakeBench, NoPausesClock

from .conftest import add_library, look_ups

KILOBYTES_20 = 20_000
END = "WEBDL-1080p.mkv"  # of every name in the libraries of these tests


def add_shows(root: Path, files: int, *, below: str = "Season 01") -> None:
    """Make a television library of shows with 50 episodes each, all of whose names end alike."""
    origin = samples.put(root.parent / "origin.mkv")
    for number in range(files):
        show, episode = f"Show {number // 50:03}", number % 50 + 1
        path = root / show / below / f"{show} - S01E{episode:02} - Name {END}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.hardlink_to(origin)


def largest_response(bench: Bench) -> int:
    """Return the size of the largest response to a look-up, in bytes."""
    return max(
        request.bytes_sent for request in bench.plex.stats.requests if request.matches("/library/sections/*/all")
    )


class TestOtherScripts:
    """A name in Cyrillic is found as well as one in English, in a library of any size."""

    @pytest.mark.parametrize("files", [60, 2100])
    async def test_new_file_is_found_by_its_whole_name(
        self, fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench, files: int
    ) -> None:
        """It is found by its whole name, not by an ASCII ending that thousands of files share."""
        add_shows(tmp_path / "tv", files)
        add_library(fake_plex, tmp_path / "tv")
        bench = await make_bench()

        episode = samples.put(tmp_path / "tv" / "Сериал" / "Season 01" / f"Сериал - S01E05 - Название {END}")
        result = await bench.scan(episode)

        assert result.outcome is Outcome.ADDED
        assert {request.query.get("file") for request in bench.plex.stats.requests} - {None} == {episode.name}
        assert largest_response(bench) < KILOBYTES_20

    async def test_file_is_found_whatever_the_encoding_of_its_accents(
        self, fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
    ) -> None:
        """`Ёё WEBDL-1080p.mkv` is found, however its accents are encoded."""
        add_shows(tmp_path / "tv", 60)
        known = samples.put(tmp_path / "tv" / "Ёж" / "Season 01" / unicodedata.normalize("NFD", f"Ёё-S01E01 {END}"))
        add_library(fake_plex, tmp_path / "tv")
        bench = await make_bench()

        result = await bench.scan(known)

        assert result.outcome is Outcome.UP_TO_DATE
        assert bench.refreshed == []

    async def test_second_encoding_is_only_looked_up_if_the_first_is_missing(
        self, fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
    ) -> None:
        """The second encoding of a name is only looked up if the first finds nothing."""
        known = samples.put(tmp_path / "m" / "Šílení (2005)" / "Šílení.mkv")
        add_library(fake_plex, tmp_path / "m", "movie")
        bench = await make_bench()

        assert (await bench.scan(known)).outcome is Outcome.UP_TO_DATE
        assert look_ups(bench) == 1


class TestCommonNames:
    """Files with a common name are distinguished."""

    async def test_file_directly_in_the_location_is_found(
        self, fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
    ) -> None:
        """`Film.mkv` ends hundreds of names; only one is directly in the location."""
        origin, root = samples.put(tmp_path / "origin.mkv"), tmp_path / "m"
        for number in range(320):
            (root / f"{number}").mkdir(parents=True)
            (root / f"{number}" / "Film.mkv").hardlink_to(origin)
        known = samples.put(root / "Film.mkv")
        add_library(fake_plex, root, "movie")
        bench = await make_bench()

        assert (await bench.scan(known)).outcome is Outcome.UP_TO_DATE

    async def test_too_many_results_cause_a_scan(
        self, fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
    ) -> None:
        """A server that returns everything still gets a scan; whether it has the file is not claimed."""
        add_shows(tmp_path / "tv", 310)
        add_library(fake_plex, tmp_path / "tv")
        bench = await make_bench(clock=NoPausesClock())
        bench.plex.faults.add(Fault("ignore_file_filter"))
        episode = samples.add_episode(tmp_path / "tv", "Show 001", 1, 51)

        result = await bench.scan(episode)

        assert result.outcome is Outcome.SCANNED
        assert bench.refreshed == [str(episode.parent)]
        assert bench.plex.part(str(episode)) is not None

    async def test_files_looked_up_together_get_separate_results(
        self, fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
    ) -> None:
        """Files that are looked up together get separate results."""
        paths = samples.build_movie_tree(tmp_path / "m", movies=3)
        flat = [path.rename(tmp_path / "m" / path.name) for path in paths]
        add_library(fake_plex, tmp_path / "m", "movie")
        bench = await make_bench(clock=NoPausesClock())
        bench.plex.faults.add(Fault("status", path="/library/sections/*/all", query={"file": "*00002*"}, status=400))

        results = await bench.scan_all(flat)

        assert [result.outcome for result in results] == [Outcome.UP_TO_DATE, Outcome.FAILED, Outcome.UP_TO_DATE]


class TestFolders:
    """A folder is matched by its whole name."""

    async def test_folder_does_not_match_the_end_of_another_name(self, tv: Path, bench: Bench) -> None:
        """`Lost` is not `American Lost`: only the folder of the season is scanned."""
        for number in range(1, 8):
            samples.add_episode(tv, "American Lost", 1, number)
            samples.add_episode(tv, "Lost", 1, number)
        bench.plex.seed()

        for show in ("Lost", "American Lost"):
            bench.plex.stats.reset()
            episode = samples.add_episode(tv, show, 1, 8)
            assert (await bench.scan(episode)).outcome is Outcome.ADDED
            assert bench.refreshed == [str(episode.parent)]

    async def test_folder_with_a_number_as_its_name_is_found(
        self, fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
    ) -> None:
        """Hundreds of files have a 24 in their names; the series of that name is still found."""
        root, origin = tmp_path / "tv", samples.put(tmp_path / "origin.mkv")
        for number in range(310):
            path = root / f"Show {number:03}" / "Season 01" / f"Show {number:03} - S01E24.mkv"
            path.parent.mkdir(parents=True)
            path.hardlink_to(origin)
        samples.add_episode(root, "24", 1, 1)
        add_library(fake_plex, root)
        bench = await make_bench()

        assert (await bench.scan(root / "24")).outcome is Outcome.UP_TO_DATE
        samples.add_episode(root, "24", 1, 2)
        assert (await bench.scan(root / "24")).outcome is Outcome.ADDED
        assert largest_response(bench) < KILOBYTES_20

    async def test_season_of_the_right_show_is_found(
        self, fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
    ) -> None:
        """A show in its own folder and below another folder: the right one is found."""
        for number in range(1, 9):
            samples.add_episode(tmp_path / "tv" / "Archive", "Dark", 1, number)
        samples.add_episode(tmp_path / "tv", "Dark", 1, 1)
        add_library(fake_plex, tmp_path / "tv")
        bench = await make_bench()
        episode = samples.add_episode(tmp_path / "tv", "Dark", 1, 2)

        assert (await bench.scan(episode)).outcome is Outcome.ADDED
        assert bench.refreshed == [str(episode.parent)]

    async def test_windows_folder_is_found(self, fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench) -> None:
        r"""A Windows server has `\Lost\Season 01\` in its paths."""
        for number in range(1, 8):
            samples.add_episode(tmp_path / "tv", "American Lost", 1, number)
        samples.add_episode(tmp_path / "tv", "Lost", 1, 1)
        fake_plex.add_library("TV Shows", "show", {"D:\\TV": tmp_path / "tv"})
        fake_plex.seed()
        bench = await make_bench()
        samples.add_episode(tmp_path / "tv", "Lost", 1, 2)

        assert (await bench.scan("D:\\TV\\Lost\\Season 01\\Lost - S01E02.mkv")).outcome is Outcome.ADDED
        assert bench.refreshed == ["D:\\TV\\Lost\\Season 01"]


class TestPhotosAndClips:
    """A photo library also contains videos, of another type; every look-up includes both."""

    async def test_clips_and_photos_are_added_with_one_scan(
        self, fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
    ) -> None:
        """Two clips and a photo are added with one scan, and then up to date."""
        album = samples.add_photo(tmp_path / "p", "2020 Summer", "Beach").parent
        add_library(fake_plex, tmp_path / "p", "photo")
        bench = await make_bench()
        files = [samples.put(album / name) for name in ("VID_0001.mp4", "VID_0002.mp4", "IMG_0002.jpg")]

        assert [result.outcome for result in await bench.scan_all(files)] == [Outcome.ADDED] * 3
        assert bench.refreshed == [str(album)]
        assert [result.outcome for result in await bench.scan_all(files)] == [Outcome.UP_TO_DATE] * 3
        assert (await bench.scan(album)).outcome is Outcome.UP_TO_DATE

    async def test_removed_album_of_clips_is_noticed(
        self, fake_plex: FakePlex, tmp_path: Path, make_bench: MakeBench
    ) -> None:
        """An album without photos is known, and its removal is noticed."""
        samples.add_photo(tmp_path / "p", "2020 Summer", "Beach")
        album = samples.put(tmp_path / "p" / "2021" / "Clips" / "VID_0001.mp4").parent
        add_library(fake_plex, tmp_path / "p", "photo")
        bench = await make_bench()

        assert (await bench.scan(samples.put(album / "VID_0002.mp4"))).outcome is Outcome.ADDED
        assert bench.refreshed == [str(album)]
        shutil.rmtree(album)
        assert (await bench.scan(album)).outcome is Outcome.REMOVED
