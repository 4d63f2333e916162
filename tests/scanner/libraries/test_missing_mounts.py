"""The state of a location's mount: what Plex lists there is compared with what it sees."""

import asyncio
from functools import partial
from itertools import count
from pathlib import Path
import shutil

import pytest

from custom_components.plex_smart_scan.scanner.libraries.mount_state import MountState
from custom_components.plex_smart_scan.scanner.paths.clean_path import clean
from custom_components.plex_smart_scan.scanner.plex.errors import PlexError
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.libraries.conftest import Queries

from .conftest import LOCATION, NEW


async def state(queries: Queries, requested_path: str | None = None) -> MountState:
    """Return the state of the location now, without older answers."""
    queries.clock.now += 60.0
    library = await queries.library()
    return await queries.mounts.check(
        library, LOCATION, requested_path=clean(requested_path) if requested_path else None
    )


@pytest.mark.usefixtures("shows")
class TestState:
    """The state of a location at a moment."""

    async def test_location_with_a_visible_listed_file_is_mounted(self, queries: Queries) -> None:
        """One file that Plex sees where it lists it is enough."""
        assert await state(queries) is MountState.PRESENT
        assert queries.browsed == 1
        assert queries.changes == []

    @pytest.mark.parametrize("missing", [False, True], ids=["empty mount point", "no mount point"])
    @pytest.mark.parametrize("not_found", [False, True], ids=["empty list", "404"])
    async def test_location_without_visible_listed_files_is_missing(
        self, queries: Queries, missing: bool, not_found: bool
    ) -> None:
        """An empty mount point and a missing one are the same."""
        queries.plex.quirks.browse_missing_is_404 = not_found
        queries.plex.unmount("/data/tv", missing=missing)

        assert await state(queries) is MountState.MISSING

    async def test_location_mounted_again_is_recognized(self, queries: Queries) -> None:
        """The state changes with the disk."""
        assert await state(queries) is MountState.PRESENT
        queries.plex.unmount("/data/tv")
        assert await state(queries) is MountState.MISSING
        queries.plex.mount("/data/tv")
        assert await state(queries) is MountState.PRESENT

    @pytest.mark.parametrize(
        "leftovers",
        [
            ["lost+found/", "notes.txt"],
            ["Alpha/", "Beta/", "Gamma/", "Omega/"],
            ["Delta/Season 01/Delta - S01E01.mkv"],
        ],
        ids=["system files", "empty folders", "an import of a new show"],
    )
    async def test_unlisted_files_in_the_mount_point_do_not_count(self, queries: Queries, leftovers: list[str]) -> None:
        """Files in an empty mount point are not those that Plex lists."""
        queries.plex.unmount("/data/tv", leftovers=leftovers)

        assert await state(queries) is MountState.MISSING
        assert await state(queries, NEW.text) is MountState.MISSING

    async def test_folders_with_recent_requests_do_not_count(self, queries: Queries) -> None:
        """Folders with recent requests do not count for other requests either."""
        imports = [f"{show}/Season 01/{show} - S01E03.mkv" for show in ("Alpha", "Beta")]
        queries.plex.unmount("/data/tv", leftovers=imports)

        assert await state(queries) is MountState.MISSING
        for each in [*imports, imports[0]]:
            found = await state(queries, f"/data/tv/{each}")
        assert found is MountState.MISSING

    async def test_folder_of_the_request_does_not_count(self, queries: Queries) -> None:
        """An import into an empty mount point, under the name of a listed file, does not count; other files do."""
        file = "Alpha/Season 01/Alpha - S01E01.mkv"
        queries.plex.unmount("/data/tv", leftovers=[file])
        assert await state(queries, f"/data/tv/{file}") is MountState.MISSING

        queries.plex.mount("/data/tv")
        assert await state(queries, f"/data/tv/{file}") is MountState.PRESENT

    async def test_half_of_the_folders_with_renamed_files_are_enough(self, queries: Queries, shows: Path) -> None:
        """Files may have been renamed: it is enough that half of their folders contain something."""
        for file in tuple(shows.rglob("*.mkv")):  # noqa: ASYNC240 - a test
            file.rename(file.with_stem(f"{file.stem} - Pilot"))

        assert await state(queries) is MountState.PRESENT

    async def test_files_reported_as_removed_are_not_expected(self, queries: Queries, shows: Path) -> None:
        """Files that were reported as removed are not expected; all others are."""
        library = await queries.library()
        for folder in ("Alpha", "Beta", "Gamma"):
            shutil.rmtree(shows / folder)
            path = LOCATION.join(folder)
            queries.clock.now += 60.0
            assert await queries.mounts.check(library, LOCATION, requested_path=path, gone=True) is MountState.PRESENT

        queries.plex.unmount("/data/tv")
        assert await state(queries) is MountState.MISSING
        omega = clean("/data/tv/Omega")
        assert await queries.mounts.check(library, LOCATION, requested_path=omega, gone=True) is MountState.PRESENT

    async def test_requested_folders_do_not_count_for_a_scan_of_the_library(self, queries: Queries) -> None:
        """Imports have created the folders of all shows on an empty mount point."""
        shows = ("Alpha", "Beta", "Gamma", "Omega")
        imports = [f"{show}/Season 01/{show} - S01E03.mkv" for show in shows]
        queries.plex.unmount("/data/tv", leftovers=imports)
        for each in imports:
            await state(queries, f"/data/tv/{each}")

        assert await state(queries) is MountState.MISSING

    @pytest.mark.parametrize("status", [403, 404, 400, 500])
    async def test_state_is_unknown_if_browsing_is_refused(self, queries: Queries, status: int) -> None:
        """Without answers about its disk the state is unknown, mounted or not."""
        queries.plex.quirks.browse_refused = status
        assert await state(queries) is MountState.UNKNOWN

        queries.plex.unmount("/data/tv")
        assert await state(queries) is MountState.UNKNOWN

    async def test_sample_is_read_again_before_a_mount_is_missing(self, queries: Queries, shows: Path) -> None:
        """Files that Plex no longer lists are not expected: the sample is read again before a mount is missing."""
        library = await queries.library()
        await queries.mounts.prepare([library])
        for folder in tuple(shows.iterdir()):  # noqa: ASYNC240 - a test
            folder.rename(folder.with_name(f"{folder.name} (2020)"))
        queries.plex.seed()

        assert await state(queries) is MountState.PRESENT

    async def test_sample_is_read_only_once_if_it_is_new(
        self, queries: Queries, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A sample that the check itself has read is not read again, although time passes during the check."""
        queries.plex.unmount("/data/tv")
        library = await queries.library()
        monkeypatch.setattr(queries.clock, "monotonic", partial(next, count(1_000.0, 0.001)))

        assert await queries.mounts.check(library, LOCATION, requested_path=None) is MountState.MISSING
        assert queries.plex.stats.count("/library/sections/*/all") == 3  # the first files, one in the middle, the last

    async def test_error_of_the_look_up_is_raised(self, queries: Queries) -> None:
        """An error of the look-up is raised."""
        queries.plex.faults.add(Fault("status", status=400, path="/library/sections/*/all"))

        with pytest.raises(PlexError):
            await state(queries)


async def test_location_without_listed_files_is_not_missing(
    queries: Queries, fake_plex: FakePlex, tmp_path: Path
) -> None:
    """If nothing is listed nothing can be removed, whether the folder exists or not."""
    fake_plex.add_library("TV Shows", "show", {"/data/tv": tmp_path / "nothing"})

    assert await state(queries) is MountState.PRESENT
    assert queries.browsed == 0


async def test_files_are_compared_in_a_location_without_folders(
    queries: Queries, fake_plex: FakePlex, tmp_path: Path
) -> None:
    """Without folders the files themselves are compared; a renamed file does not hide a mount."""
    root = tmp_path / "m"
    for number in range(6):
        samples.put(root / f"Film {number}.mkv")
    fake_plex.add_library("Movies", "movie", {"/data/tv": root})
    fake_plex.seed()
    assert await state(queries) is MountState.PRESENT
    (root / "Film 0.mkv").rename(root / "Renamed.mkv")
    assert await state(queries) is MountState.PRESENT
    fake_plex.unmount("/data/tv", leftovers=["New.mkv"])
    assert await state(queries, "/data/tv/New.mkv") is MountState.MISSING


async def test_other_files_of_the_only_show_are_checked(queries: Queries, fake_plex: FakePlex, tmp_path: Path) -> None:
    """Without other shows its other files are checked; an import beside them does not count."""
    for number in range(1, 7):
        samples.add_episode(tmp_path / "one", "Alpha", 1, number)
    fake_plex.add_library("TV Shows", "show", {"/data/tv": tmp_path / "one"})
    fake_plex.seed()
    new = "Alpha/Season 01/Alpha - S01E07.mkv"
    fake_plex.unmount("/data/tv", leftovers=[new, "Alpha/Season 01/Alpha - S01E01.mkv"])
    assert await state(queries, "/data/tv/Alpha/Season 01/Alpha - S01E01.mkv") is MountState.MISSING
    assert await state(queries, f"/data/tv/{new}") is MountState.MISSING

    fake_plex.mount("/data/tv")
    assert await state(queries, f"/data/tv/{new}") is MountState.PRESENT


async def test_other_file_of_the_requested_folder_is_enough(
    queries: Queries, fake_plex: FakePlex, tmp_path: Path
) -> None:
    """All other folders were emptied by hand: the only other file beside the requested one shows the mount."""
    for show in ("Alpha", "Beta"):
        samples.add_episode(tmp_path / "few", show, 1, 1)
    fake_plex.add_library("TV Shows", "show", {"/data/tv": tmp_path / "few"})
    fake_plex.seed()
    shutil.rmtree(tmp_path / "few" / "Beta" / "Season 01")
    new = "/data/tv/Alpha/Season 01/Alpha - S01E02.mkv"

    assert await state(queries, new) is MountState.PRESENT

    fake_plex.unmount("/data/tv", leftovers=["Alpha/Season 01/Alpha - S01E02.mkv"])
    assert await state(queries, new) is MountState.MISSING


async def test_replaced_only_film_is_not_a_missing_mount(queries: Queries, fake_plex: FakePlex, tmp_path: Path) -> None:
    """The only listed file is gone and its folder contains another: nothing else can be removed."""
    old = samples.add_movie(tmp_path / "m", "Tenet (2020)")
    fake_plex.add_library("Movies", "movie", {"/data/tv": tmp_path / "m"})
    fake_plex.seed()
    new = old.rename(old.with_stem("Tenet (2020) 2160p"))

    assert await state(queries, f"/data/tv/Tenet (2020)/{new.name}") is MountState.PRESENT


@pytest.mark.usefixtures("shows")
class TestSharing:
    """One check serves all requests of a moment."""

    async def test_simultaneous_requests_share_the_checks(self, queries: Queries) -> None:
        """Twenty simultaneous requests cause as many checks as one."""
        library = await queries.library()
        queries.plex.stats.reset()

        states = await asyncio.gather(
            *(queries.mounts.check(library, LOCATION, requested_path=LOCATION.join(f"New {n}")) for n in range(20))
        )

        assert set(states) == {MountState.PRESENT}
        assert queries.browsed == 1
        assert queries.plex.stats.count("/library/sections/*/all") == 3

    async def test_scan_needs_one_request_after_prepare(self, queries: Queries) -> None:
        """After `prepare` a scan needs one request, and none within three seconds of another."""
        library = await queries.library()
        await queries.mounts.prepare([library])
        queries.plex.stats.reset()

        for _ in range(3):
            await queries.mounts.check(library, LOCATION, requested_path=None)
            queries.clock.now += 0.9

        assert queries.plex.stats.paths() == [queries.plex.stats.requests[0].path]
        assert queries.browsed == 1

    async def test_failed_library_of_prepare_is_read_later(self, queries: Queries) -> None:
        """A library whose look-up fails is read later."""
        library = await queries.library()
        queries.plex.faults.add(Fault("status", status=400, path="/library/sections/*/all", times=1))
        await queries.mounts.prepare([library])

        assert await state(queries) is MountState.PRESENT
