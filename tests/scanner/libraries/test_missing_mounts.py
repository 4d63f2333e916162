"""The state of a location's mount: what Plex lists there is compared with what it sees."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
import shutil

import pytest

from custom_components.plex_smart_scan.scanner.libraries.mount_state import MountState
from custom_components.plex_smart_scan.scanner.models import Library, Reason
from custom_components.plex_smart_scan.scanner.paths.clean_path import CleanPath, clean
from custom_components.plex_smart_scan.scanner.plex.errors import PlexError
from custom_components.plex_smart_scan.scanner.plex.server_availability import ConnectionState
from tests.fake_plex import FakePlex, Fault, samples
from tests.scanner.builders import work
from tests.scanner.conftest import QUICK, MakeBench
from tests.scanner.libraries.conftest import Questions

LOCATION = clean("/data/tv")
NEW = clean("/data/tv/Delta/Season 01/Delta - S01E01.mkv")


async def state(questions: Questions, requested_path: str | None = None) -> MountState:
    """Return the state of the location now, without older answers."""
    questions.clock.now += 60.0
    library = await questions.library()
    return await questions.mounts.state(
        library, LOCATION, requested_path=clean(requested_path) if requested_path else None
    )


async def missing(
    questions: Questions, library: Library, folder: CleanPath | None, location: CleanPath = LOCATION
) -> CleanPath | None:
    """Return the location that a scan must not read."""
    found = await questions.mounts.find_missing(library, folder, location)
    return found.location if found else None


@pytest.mark.usefixtures("shows")
class TestState:
    """The state of a location at a moment."""

    async def test_present(self, questions: Questions) -> None:
        """One file that Plex sees where it lists it is enough."""
        assert await state(questions) is MountState.PRESENT
        assert questions.browsed == 1
        assert questions.changes == []

    @pytest.mark.parametrize("missing", [False, True], ids=["empty mount point", "no mount point"])
    @pytest.mark.parametrize("not_found", [False, True], ids=["empty list", "404"])
    async def test_missing(self, questions: Questions, missing: bool, not_found: bool) -> None:
        """An empty mount point and a missing one are the same."""
        questions.plex.quirks.browse_missing_is_404 = not_found
        questions.plex.unmount("/data/tv", missing=missing)

        assert await state(questions) is MountState.MISSING

    async def test_mounted_again(self, questions: Questions) -> None:
        """The state changes with the disk."""
        assert await state(questions) is MountState.PRESENT
        questions.plex.unmount("/data/tv")
        assert await state(questions) is MountState.MISSING
        questions.plex.mount("/data/tv")
        assert await state(questions) is MountState.PRESENT

    @pytest.mark.parametrize(
        "leftovers",
        [
            ["lost+found/", "notes.txt"],
            ["Alpha/", "Beta/", "Gamma/", "Omega/"],
            ["Delta/Season 01/Delta - S01E01.mkv"],
        ],
        ids=["system files", "empty folders", "an import of a new show"],
    )
    async def test_leftovers(self, questions: Questions, leftovers: list[str]) -> None:
        """Files in an empty mount point are not those that Plex lists."""
        questions.plex.unmount("/data/tv", leftovers=leftovers)

        assert await state(questions) is MountState.MISSING
        assert await state(questions, NEW.text) is MountState.MISSING

    async def test_imports_into_known_folders(self, questions: Questions) -> None:
        """Folders with recent requests do not count for other requests either."""
        imports = [f"{show}/Season 01/{show} - S01E03.mkv" for show in ("Alpha", "Beta")]
        questions.plex.unmount("/data/tv", leftovers=imports)

        assert await state(questions) is MountState.MISSING
        for each in [*imports, imports[0]]:
            found = await state(questions, f"/data/tv/{each}")
        assert found is MountState.MISSING

    async def test_own_folder_does_not_count(self, questions: Questions) -> None:
        """An import into an empty mount point, under the name of a listed file, does not count; other files do."""
        file = "Alpha/Season 01/Alpha - S01E01.mkv"
        questions.plex.unmount("/data/tv", leftovers=[file])
        assert await state(questions, f"/data/tv/{file}") is MountState.MISSING

        questions.plex.mount("/data/tv")
        assert await state(questions, f"/data/tv/{file}") is MountState.PRESENT

    async def test_renamed_files(self, questions: Questions, shows: Path) -> None:
        """Files may have been renamed: it is enough that half of their folders contain something."""
        for file in tuple(shows.rglob("*.mkv")):  # noqa: ASYNC240 - a test
            file.rename(file.with_stem(f"{file.stem} - Pilot"))

        assert await state(questions) is MountState.PRESENT

    async def test_reported_as_removed(self, questions: Questions, shows: Path) -> None:
        """Files that were reported as removed are not expected; all others are."""
        library = await questions.library()
        for folder in ("Alpha", "Beta", "Gamma"):
            shutil.rmtree(shows / folder)
            path = LOCATION.join(folder)
            questions.clock.now += 60.0
            assert await questions.mounts.state(library, LOCATION, requested_path=path, gone=True) is MountState.PRESENT

        questions.plex.unmount("/data/tv")
        assert await state(questions) is MountState.MISSING
        omega = clean("/data/tv/Omega")
        assert await questions.mounts.state(library, LOCATION, requested_path=omega, gone=True) is MountState.PRESENT

    async def test_requested_folders_do_not_count_for_a_scan_of_everything(self, questions: Questions) -> None:
        """Imports have created the folders of all shows on an empty mount point."""
        shows = ("Alpha", "Beta", "Gamma", "Omega")
        imports = [f"{show}/Season 01/{show} - S01E03.mkv" for show in shows]
        questions.plex.unmount("/data/tv", leftovers=imports)
        for each in imports:
            await state(questions, f"/data/tv/{each}")

        assert await state(questions) is MountState.MISSING

    @pytest.mark.parametrize("status", [403, 404, 400, 500])
    async def test_refused(self, questions: Questions, status: int) -> None:
        """Without answers about its disk the state is unknown, mounted or not."""
        questions.plex.quirks.browse_refused = status
        assert await state(questions) is MountState.UNKNOWN

        questions.plex.unmount("/data/tv")
        assert await state(questions) is MountState.UNKNOWN

    async def test_removed_since_the_sample(self, questions: Questions, shows: Path) -> None:
        """Files that Plex no longer lists are not expected: the sample is read again before a mount is missing."""
        library = await questions.library()
        await questions.mounts.prepare([library])
        for folder in tuple(shows.iterdir()):  # noqa: ASYNC240 - a test
            folder.rename(folder.with_name(f"{folder.name} (2020)"))
        questions.plex.seed()

        assert await state(questions) is MountState.PRESENT

    async def test_server_that_lists_nothing_of_it(self, questions: Questions) -> None:
        """An error of the look-up is raised."""
        questions.plex.faults.add(Fault("status", status=400, path="/library/sections/*/all"))

        with pytest.raises(PlexError):
            await state(questions)


async def test_empty_library(questions: Questions, fake_plex: FakePlex, tmp_path: Path) -> None:
    """If nothing is listed nothing can be removed, whether the folder exists or not."""
    fake_plex.add_library("TV Shows", "show", {"/data/tv": tmp_path / "nothing"})

    assert await state(questions) is MountState.PRESENT
    assert questions.browsed == 0


async def test_films_in_the_location_itself(questions: Questions, fake_plex: FakePlex, tmp_path: Path) -> None:
    """Without folders the files themselves are compared; a renamed file does not hide a mount."""
    root = tmp_path / "m"
    for number in range(6):
        samples.put(root / f"Film {number}.mkv")
    fake_plex.add_library("Movies", "movie", {"/data/tv": root})
    fake_plex.seed()
    assert await state(questions) is MountState.PRESENT
    (root / "Film 0.mkv").rename(root / "Renamed.mkv")
    assert await state(questions) is MountState.PRESENT
    fake_plex.unmount("/data/tv", leftovers=["New.mkv"])
    assert await state(questions, "/data/tv/New.mkv") is MountState.MISSING


async def test_one_show(questions: Questions, fake_plex: FakePlex, tmp_path: Path) -> None:
    """Without other shows its other files are checked; an import beside them does not count."""
    for number in range(1, 7):
        samples.add_episode(tmp_path / "one", "Alpha", 1, number)
    fake_plex.add_library("TV Shows", "show", {"/data/tv": tmp_path / "one"})
    fake_plex.seed()
    new = "Alpha/Season 01/Alpha - S01E07.mkv"
    fake_plex.unmount("/data/tv", leftovers=[new, "Alpha/Season 01/Alpha - S01E01.mkv"])
    assert await state(questions, "/data/tv/Alpha/Season 01/Alpha - S01E01.mkv") is MountState.MISSING
    assert await state(questions, f"/data/tv/{new}") is MountState.MISSING

    fake_plex.mount("/data/tv")
    assert await state(questions, f"/data/tv/{new}") is MountState.PRESENT


async def test_one_film_that_was_replaced(questions: Questions, fake_plex: FakePlex, tmp_path: Path) -> None:
    """The only listed file is gone and its folder contains another: nothing else can be removed."""
    old = samples.add_movie(tmp_path / "m", "Tenet (2020)")
    fake_plex.add_library("Movies", "movie", {"/data/tv": tmp_path / "m"})
    fake_plex.seed()
    new = old.rename(old.with_stem("Tenet (2020) 2160p"))

    assert await state(questions, f"/data/tv/Tenet (2020)/{new.name}") is MountState.PRESENT


@pytest.mark.usefixtures("shows")
class TestSharing:
    """One check serves all requests of a moment."""

    async def test_at_the_same_time(self, questions: Questions) -> None:
        """Twenty requests cause no more checks than one."""
        library = await questions.library()
        questions.plex.stats.reset()

        states = await asyncio.gather(
            *(questions.mounts.state(library, LOCATION, requested_path=LOCATION.join(f"New {n}")) for n in range(20))
        )

        assert set(states) == {MountState.PRESENT}
        assert questions.browsed == 1
        assert questions.plex.stats.count("/library/sections/*/all") == 3

    async def test_prepared(self, questions: Questions) -> None:
        """After `prepare` a scan needs one request, and none within three seconds of another."""
        library = await questions.library()
        await questions.mounts.prepare([library])
        questions.plex.stats.reset()

        for _ in range(3):
            await questions.mounts.state(library, LOCATION, requested_path=None)
            questions.clock.now += 0.9

        assert questions.plex.stats.paths() == [questions.plex.stats.requests[0].path]
        assert questions.browsed == 1

    async def test_prepare_with_errors(self, questions: Questions) -> None:
        """A library whose look-up fails is read later."""
        library = await questions.library()
        questions.plex.faults.add(Fault("status", status=400, path="/library/sections/*/all", times=1))
        await questions.mounts.prepare([library])

        assert await state(questions) is MountState.PRESENT


@pytest.mark.usefixtures("shows")
class TestScans:
    """Which scans are allowed."""

    @pytest.mark.parametrize("folder", [None, LOCATION, LOCATION.join("Alpha", "Season 01")], ids=str)
    async def test_missing(self, questions: Questions, folder: CleanPath | None) -> None:
        """No scan of any width reads a missing location."""
        library = await questions.library()
        questions.plex.unmount("/data/tv")

        assert await missing(questions, library, folder) == LOCATION

    async def test_refused(self, questions: Questions) -> None:
        """With an unknown state only narrow scans are allowed."""
        library = await questions.library()
        questions.plex.quirks.browse_refused = 403

        assert await missing(questions, library, LOCATION.join("Alpha")) is None
        assert await missing(questions, library, LOCATION) == LOCATION
        assert await missing(questions, library, None) == LOCATION

    async def test_one_of_two_locations(self, questions: Questions, fake_plex: FakePlex, tmp_path: Path) -> None:
        """A scan of the whole library reads the other location too; a scan of a folder does not."""
        roots = {"/data/m1": tmp_path / "m1", "/data/m2": tmp_path / "m2"}
        for root in roots.values():
            samples.build_movie_tree(root, movies=3)
        fake_plex.add_library("Movies", "movie", roots)
        fake_plex.seed()
        library = (await questions.client.libraries())[1]
        fake_plex.unmount("/data/m2")
        first, second = clean("/data/m1"), clean("/data/m2")

        assert await missing(questions, library, first, first) is None
        assert await missing(questions, library, second, second) == second
        assert await missing(questions, library, None, first) == second

    async def test_allowed_once(self, questions: Questions) -> None:
        """The user can allow one scan of an empty location; the next one is refused again."""
        library = await questions.library()
        questions.plex.unmount("/data/tv")
        questions.mounts.mark_missing(library, LOCATION)
        questions.mounts.allow_once(library, LOCATION)

        assert questions.mounts.is_allowed(library, LOCATION)
        assert await missing(questions, library, LOCATION) is None
        questions.mounts.use_permissions(library, LOCATION, LOCATION)

        assert questions.mounts.missing == ()
        assert not questions.mounts.is_allowed(library, LOCATION)
        assert await missing(questions, library, LOCATION) == LOCATION


@pytest.mark.usefixtures("shows")
class TestWaiting:
    """Requests wait until the mount is back."""

    async def test_back(self, questions: Questions) -> None:
        """All waiting requests share the checks, at intervals of 5, 10, 20, 30, 30 … seconds, and resume together."""
        library = await questions.library()
        questions.plex.unmount("/data/tv")
        waiting = [
            asyncio.create_task(questions.mounts.wait_until_back(library, LOCATION, requested_path=NEW))
            for _ in range(5)
        ]
        await work()
        (found,) = questions.mounts.missing
        assert (found.location, found.since) == (LOCATION, questions.clock.time())
        for seconds in (5.0, 10.0, 20.0, 30.0):
            asked = questions.browsed
            await questions.clock.forward(seconds - 0.5)
            assert questions.browsed == asked
            await questions.clock.forward(0.6)
            await questions.plex.wait_for_request("/services/browse/*", asked + 1)
            await until(partial(slept, questions, min(seconds * 2, 30.0)))
        assert not any(task.done() for task in waiting)

        questions.plex.mount("/data/tv")
        await questions.clock.forward(30.0)
        await asyncio.gather(*waiting)

        assert questions.mounts.missing == ()
        assert [len(change) for change in questions.changes] == [1, 0]

    async def test_noticed_by_another(self, questions: Questions) -> None:
        """A scan that finds the mount ends the waiting at once."""
        library = await questions.library()
        questions.plex.unmount("/data/tv")
        waiting = asyncio.create_task(questions.mounts.wait_until_back(library, LOCATION, requested_path=NEW))
        await work()
        questions.plex.mount("/data/tv")

        assert await missing(questions, library, LOCATION.join("Alpha")) is None
        await waiting

    async def test_allowed(self, questions: Questions) -> None:
        """The user's confirmation ends the waiting."""
        library = await questions.library()
        questions.plex.unmount("/data/tv")
        waiting = asyncio.create_task(questions.mounts.wait_until_back(library, LOCATION, requested_path=NEW))
        await work()

        questions.mounts.allow_once(library, LOCATION)

        await waiting

    async def test_time_limit(self, questions: Questions) -> None:
        """A request can stop waiting; the location stays missing."""
        library = await questions.library()
        questions.plex.unmount("/data/tv")
        waiting = asyncio.create_task(
            questions.mounts.wait_until_back(library, LOCATION, requested_path=NEW, seconds=2.0)
        )
        await work()
        await questions.clock.forward(2.0)

        await waiting
        assert len(questions.mounts.missing) == 1

    async def test_errors_while_waiting(self, questions: Questions) -> None:
        """An error of one check does not end the waiting."""
        library = await questions.library()
        questions.plex.unmount("/data/tv")
        fault = questions.plex.faults.add(Fault("status", status=400, path="/library/sections/*/all"))
        waiting = asyncio.create_task(questions.mounts.wait_until_back(library, LOCATION, requested_path=NEW))
        await work()
        await questions.clock.forward(5.0)
        await until(partial(slept, questions, 10.0))
        fault.remove()
        questions.plex.mount("/data/tv")
        await questions.clock.forward(10.0)

        await waiting


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition is true; the test's own timeout is the limit."""
    while not condition():  # noqa: ASYNC110 - there is no event for an inner state
        await asyncio.sleep(0.001)


def slept(questions: Questions, seconds: float) -> bool:
    """Return whether the latest pause was that long."""
    return questions.clock.slept[-1] == seconds


async def test_mount_that_is_lost_while_the_server_is_away(hidden_tv: Path, make_bench: MakeBench) -> None:
    """A scan that was about to be requested when the server went away is judged anew when it is back."""
    samples.add_episode(hidden_tv, "Dark", 1, 1)
    bench = await make_bench()
    bench.plex.seed()
    samples.add_episode(hidden_tv, "Westworld", 1, 2)
    bench.plex.faults.add(Fault("starting_up", path="*/refresh", times=1))
    (pending,) = await bench.engine.submit(
        [bench.request("/data/tv/Westworld/Season 01/Westworld - S01E02.mkv")], durable=True
    )
    await bench.until(lambda: bench.engine.availability.state is ConnectionState.OFFLINE)

    bench.plex.unmount("/data/tv")
    await asyncio.sleep(QUICK.mount_max_age)
    bench.engine.availability.probe_now()
    await bench.until(lambda: any(part.waiting_reason is Reason.MOUNT_MISSING for part in pending.parts))

    assert len(bench.refreshed) == 1, "the one that was refused"
