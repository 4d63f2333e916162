"""Home Assistant's own disks: real folders, missing mounts, and dead mounts."""

import asyncio
from collections.abc import Iterator
import os
from pathlib import Path
import threading

import pytest

from custom_components.plex_smart_scan.scanner.files import local_files
from custom_components.plex_smart_scan.scanner.files.local_files import (
    MAX_FILES,
    facts,
    media_files_below,
    nearest_existing_folder,
)
from custom_components.plex_smart_scan.scanner.libraries.index import Match
from custom_components.plex_smart_scan.scanner.models import FileFacts, FileState, LibraryType
from custom_components.plex_smart_scan.scanner.paths.clean_path import CleanPath, clean
from tests.scanner.builders import a_match, work

TIME_LIMIT = 30.0  # seconds; every call of a healthy disk ends earlier


@pytest.fixture
def tv(tmp_path: Path) -> Path:
    """Return the folder of a library as Home Assistant sees it; Plex calls it /tv."""
    folder = tmp_path / "tv"
    write_file(folder / "Show" / "Season 01" / "Show - S01E01.mkv", 1000)
    return folder


def write_file(path: Path, size: int = 5) -> Path:
    """Write a file of a size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    return path


def local_and_match(folder: Path, below: str) -> tuple[list[CleanPath], Match]:
    """Return where Home Assistant sees what Plex calls /tv/…, and the match."""
    return [clean(f"{folder}/{below}" if below else str(folder))], a_match(f"/tv/{below}")


async def test_file_has_size_and_time(tv: Path) -> None:
    """A file's size and time."""
    path = tv / "Show" / "Season 01" / "Show - S01E01.mkv"
    os.utime(path, (1_700_000_000, 1_700_000_000))

    assert await facts(*local_and_match(tv, "Show/Season 01/Show - S01E01.mkv"), TIME_LIMIT) == FileFacts(
        state=FileState.FILE, size=1000, mtime=1_700_000_000
    )


async def test_folder_is_recognized_whatever_its_name(tv: Path) -> None:
    """A folder is recognized, whatever its name."""
    (tv / "Film.mkv").mkdir()

    assert await facts(*local_and_match(tv, "Film.mkv"), TIME_LIMIT) == FileFacts(state=FileState.FOLDER)


@pytest.mark.parametrize(
    "below", ["Show/Season 01/gone.mkv", "Gone/Season 01/x.mkv", "Show/Season 01/Show - S01E01.mkv/x"]
)
async def test_missing_path_in_an_existing_location_is_missing(tv: Path, below: str) -> None:
    """A path that does not exist in an existing location was removed or is not there yet."""
    assert await facts(*local_and_match(tv, below), TIME_LIMIT) == FileFacts(state=FileState.MISSING)


async def test_state_is_unknown_if_the_location_is_missing_or_empty(tmp_path: Path) -> None:
    """A location that does not exist or is empty is a missing mount: nothing is known about its files."""
    assert await facts(*local_and_match(tmp_path / "tv", "Show/x.mkv"), TIME_LIMIT) == FileFacts()
    (tmp_path / "tv").mkdir()
    assert await facts(*local_and_match(tmp_path / "tv", "Show/x.mkv"), TIME_LIMIT) == FileFacts()


async def test_state_is_unknown_above_the_location(tv: Path) -> None:
    """A path that is nearer to the root than the location's path says nothing."""
    assert await facts([clean("/x.mkv")], a_match("/tv/Show/Season 01/x.mkv"), TIME_LIMIT) == FileFacts()


@pytest.mark.parametrize("place", ["D:\\TV\\Show\\x.mkv", "\\\\nas\\tv\\Show\\x.mkv"])
async def test_state_of_a_windows_path_is_unknown(place: str) -> None:
    """A Windows path does not exist on this machine, and is no name in the current folder."""
    assert await facts([clean(place)], a_match("/tv/Show/x.mkv"), TIME_LIMIT) == FileFacts()
    assert await nearest_existing_folder([clean(place)], a_match("/tv/Show/x.mkv"), TIME_LIMIT) is None
    assert await media_files_below([clean(place)], a_match("/tv/Show/x.mkv"), TIME_LIMIT) is None


@pytest.mark.parametrize("name", ["x" * 300, "Show/" + "y" * 3000])
async def test_state_of_a_name_too_long_for_this_disk_is_unknown(tv: Path, name: str) -> None:
    """A name that this disk cannot store says nothing about other disks."""
    assert await facts(*local_and_match(tv, name), TIME_LIMIT) == FileFacts()


async def test_state_of_a_link_to_itself_is_unknown(tv: Path) -> None:
    """A link to itself proves nothing."""
    (tv / "loop.mkv").symlink_to(tv / "loop.mkv")

    assert await facts(*local_and_match(tv, "loop.mkv"), TIME_LIMIT) == FileFacts()


async def test_second_path_is_used_if_the_first_mount_is_missing(tv: Path, tmp_path: Path) -> None:
    """If the first place is a missing mount, the second is used."""
    places = [clean(f"{tmp_path}/away/Show"), clean(f"{tv}/Show")]

    assert (await facts(places, a_match("/tv/Show"), TIME_LIMIT)).state is FileState.FOLDER


@pytest.mark.parametrize(
    ("gone", "nearest"),
    [
        ("Show/Season 01/gone.mkv", "/tv/Show/Season 01"),
        ("Show/Season 02/gone.mkv", "/tv/Show"),
        ("Show/Season 02", "/tv/Show"),
        ("Gone/Season 01/x.mkv", "/tv"),
        ("Gone", "/tv"),
        ("", "/tv"),
    ],
)
async def test_nearest_folder_is_at_or_below_the_location(tv: Path, gone: str, nearest: str) -> None:
    """The nearest existing folder is returned, never one above the location."""
    found = await nearest_existing_folder(*local_and_match(tv, gone), TIME_LIMIT)

    assert found is not None
    assert found.text == nearest


async def test_nearest_folder_of_a_missing_mount_is_unknown(tmp_path: Path) -> None:
    """Without its mount the result is unknown."""
    (tmp_path / "tv").mkdir()

    assert await nearest_existing_folder(*local_and_match(tmp_path / "tv", "Show/x.mkv"), TIME_LIMIT) is None


async def test_media_files_below_a_folder_are_listed(tv: Path) -> None:
    """Every media file in and below a folder, named as the server compares it."""
    write_file(tv / "Show" / "Season 01" / "Show - S01E02.mkv", 7)
    write_file(tv / "Show" / "Specials" / "Disc 1" / "x.mkv", 8)
    write_file(tv / "Show" / "poster.jpg")
    write_file(tv / "Show" / ".hidden" / "y.mkv")
    write_file(tv / "Show" / "Season 01" / "._Show - S01E02.mkv")

    found = await media_files_below(*local_and_match(tv, "Show"), TIME_LIMIT)

    assert found is not None
    assert {key: known.size for key, known in found.items()} == {
        "/tv/Show/Season 01/Show - S01E01.mkv": 1000,
        "/tv/Show/Season 01/Show - S01E02.mkv": 7,
        "/tv/Show/Specials/Disc 1/x.mkv": 8,
    }


@pytest.mark.parametrize(
    "below",
    ["Film-trailer.mkv", "film-sample.mkv", "Extras/Making of.mkv", "Featurettes/Disc/x.mkv"],
)
async def test_samples_and_extras_have_no_size(tv: Path, below: str) -> None:
    """A sample or an extra has no size: it need not be listed."""
    write_file(tv / "Film" / below)

    assert await media_files_below(*local_and_match(tv, "Film"), TIME_LIMIT) == {
        f"/tv/Film/{below}": FileFacts(state=FileState.FILE)
    }


async def test_media_files_are_named_as_the_windows_server_names_them(tv: Path) -> None:
    """Files are named as the server names them, not as this machine does."""
    place, match = [clean(f"{tv}/Show")], a_match("D:\\TV\\Show", "D:\\TV")

    assert set(await media_files_below(place, match, TIME_LIMIT) or ()) == {"d:/tv/show/season 01/show - s01e01.mkv"}


async def test_linked_folders_are_followed_once(tv: Path, tmp_path: Path) -> None:
    """Plex follows links to folders; one that leads back is followed once, a dead one is ignored."""
    write_file(tmp_path / "other disk" / "Show - S02E01.mkv")
    (tv / "Show" / "Season 02").symlink_to(tmp_path / "other disk")
    (tv / "Show" / "back").symlink_to(tv / "Show")
    (tv / "Show" / "dead.mkv").symlink_to(tv / "nowhere.mkv")

    found = await media_files_below(*local_and_match(tv, "Show"), TIME_LIMIT)

    assert set(found or ()) == {"/tv/Show/Season 01/Show - S01E01.mkv", "/tv/Show/Season 02/Show - S02E01.mkv"}


async def test_folder_with_too_many_files_is_not_compared(tv: Path) -> None:
    """A large folder is not compared file by file."""
    for number in range(MAX_FILES - 1):
        write_file(tv / "Show" / f"{number}.mkv")
    assert len(await media_files_below(*local_and_match(tv, "Show"), TIME_LIMIT) or ()) == MAX_FILES

    write_file(tv / "Show" / "one more.mkv")

    assert await media_files_below(*local_and_match(tv, "Show"), TIME_LIMIT) is None


async def test_tree_with_too_many_folders_is_not_compared(tv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tree of empty folders is not walked without end."""
    monkeypatch.setattr(local_files, "MAX_FOLDERS", 3)
    for number in range(3):
        (tv / "Show" / str(number)).mkdir()

    assert await media_files_below(*local_and_match(tv, "Show"), TIME_LIMIT) is None


async def test_path_that_is_not_a_folder_contains_nothing(tv: Path) -> None:
    """A path that is not a folder contains nothing."""
    assert await media_files_below(*local_and_match(tv, "Gone"), TIME_LIMIT) is None
    assert await media_files_below(*local_and_match(tv, "Show/Season 01/Show - S01E01.mkv"), TIME_LIMIT) is None


async def test_pictures_are_media_in_photo_libraries_only(tv: Path) -> None:
    """Pictures are media in a library of photos only."""
    write_file(tv / "Show" / "IMG_1.jpg")
    places, _ = local_and_match(tv, "Show")
    match = a_match("/tv/Show", kind=LibraryType.PHOTO)

    assert set(await media_files_below(places, match, TIME_LIMIT) or ()) == {
        "/tv/Show/IMG_1.jpg",
        "/tv/Show/Season 01/Show - S01E01.mkv",
    }


class DeadMount:
    """A network mount whose server is gone: every stat below /dead hangs until it is back."""

    def __init__(self) -> None:
        """Begin dead."""
        self.back = threading.Event()
        self.calls = 0

    def stat(self, path: Path) -> os.stat_result:
        """Hang, or call stat."""
        if str(path).startswith("/dead/"):
            self.calls += 1
            self.back.wait()
        return os.stat(path)  # noqa: PTH116 - what is stood in for


@pytest.fixture
def dead_mount(monkeypatch: pytest.MonkeyPatch) -> Iterator[DeadMount]:
    """Return a dead mount; it is back when the test ends."""
    mount = DeadMount()
    monkeypatch.setattr(Path, "stat", lambda path, **_options: mount.stat(path))
    yield mount
    mount.back.set()


async def test_state_of_a_dead_mount_is_unknown(dead_mount: DeadMount, tv: Path) -> None:
    """The state is unknown after the timeout."""
    assert await facts([clean("/dead/Show/x.mkv")], a_match("/dead/Show/x.mkv", "/dead"), 0.0) == FileFacts()
    dead_mount.back.set()


async def test_dead_mount_blocks_one_thread(dead_mount: DeadMount, tv: Path) -> None:
    """While one call hangs, the same disk gets no other; other disks do."""
    match = a_match("/dead/Show/x.mkv", "/dead")
    await facts([match.path], match, 0.001)

    for _ in range(100):
        assert await facts([match.path], match, TIME_LIMIT) == FileFacts()

    assert dead_mount.calls == 1
    assert (await facts(*local_and_match(tv, "Show"), TIME_LIMIT)).state is FileState.FOLDER
    dead_mount.back.set()


async def test_disk_is_used_again_when_the_mount_responds(dead_mount: DeadMount) -> None:
    """The disk is used again once the hanging call has ended."""
    match = a_match("/dead/Show/x.mkv", "/dead")
    await facts([match.path], match, 0.001)

    dead_mount.back.set()
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task is not asyncio.current_task()))
    await facts([match.path], match, TIME_LIMIT)

    assert dead_mount.calls == 2


async def test_each_outage_of_a_disk_is_logged_once(dead_mount: DeadMount, caplog: pytest.LogCaptureFixture) -> None:
    """Each outage and each recovery is one line, however many calls find the disk hanging."""
    match = a_match("/dead/Show/x.mkv", "/dead")
    for outage in (1, 2):
        crowd = [facts([match.path], match, 0.01) for _ in range(50)]
        await asyncio.gather(*crowd)
        for _ in range(50):
            await facts([match.path], match, 0.01)
        assert caplog.text.count("The disk did not respond") == outage

        dead_mount.back.set()
        await asyncio.gather(*(task for task in asyncio.all_tasks() if task is not asyncio.current_task()))
        assert caplog.text.count("The disk responds again") == outage
        dead_mount.back.clear()
    dead_mount.back.set()


async def test_many_calls_of_a_dead_mount_block_few_threads(dead_mount: DeadMount, tv: Path) -> None:
    """Many calls block few threads, and none waits longer than the first timeout."""
    match = a_match("/dead/Show/x.mkv", "/dead")

    crowd = [asyncio.create_task(facts([match.path], match, 0.05)) for _ in range(1000)]

    assert (await facts(*local_and_match(tv, "Show"), TIME_LIMIT)).state is FileState.FOLDER
    assert set(await asyncio.gather(*crowd)) == {FileFacts()}
    assert dead_mount.calls <= 8
    dead_mount.back.set()


async def test_blocked_thread_counts_after_its_caller_was_cancelled(dead_mount: DeadMount) -> None:
    """A hanging thread counts even if its caller is gone."""
    match = a_match("/dead/Show/x.mkv", "/dead")

    for _ in range(100):
        leaving = asyncio.create_task(facts([match.path], match, TIME_LIMIT))
        await work()
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)

    assert dead_mount.calls <= 8
    dead_mount.back.set()
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task is not asyncio.current_task()))


async def test_many_calls_of_a_working_disk_all_return(tv: Path) -> None:
    """All queued calls of a working disk return, however many there are."""
    looks = (facts(*local_and_match(tv, "Show/Season 01/Show - S01E01.mkv"), TIME_LIMIT) for _ in range(100))

    assert {found.size for found in await asyncio.gather(*looks)} == {1000}
