"""Home Assistant's own disks: files, folders, links and missing mounts."""

import os
from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.files import local_files
from custom_components.plex_smart_scan.scanner.files.local_files import (
    MAX_FILES,
    facts,
    media_files_below,
    nearest_existing_folder,
)
from custom_components.plex_smart_scan.scanner.models import FileFacts, FileState, LibraryType
from custom_components.plex_smart_scan.scanner.paths.clean_path import clean
from tests.scanner.builders import a_match

from .conftest import TIME_LIMIT, local_and_match, write_file


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
