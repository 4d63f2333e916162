"""What is decided about a mount from what Plex lists and sees, and the recent requests for a location."""

import pytest

from custom_components.plex_smart_scan.scanner.libraries.mount_state import (
    MountState,
    RecentRequests,
    find_mount_state,
)
from custom_components.plex_smart_scan.scanner.libraries.visible_to_plex import FolderView
from custom_components.plex_smart_scan.scanner.paths.clean_path import CleanPath, clean
from custom_components.plex_smart_scan.scanner.plex.xml import Entry

LOCATION = clean("/tv")
EPISODE = clean("/tv/Alpha/Season 01/Alpha - S01E01.mkv")


def test_path_added_after_its_removal_is_not_removed() -> None:
    """A path that was reported as removed and then as added is not removed."""
    requests = RecentRequests()

    requests.note(LOCATION, EPISODE, 0.0, gone=True)
    assert list(requests.removed) == [EPISODE]
    requests.note(LOCATION, EPISODE, 1.0, gone=False)

    assert not list(requests.removed)
    assert EPISODE in requests
    assert requests.first_levels == {"Alpha"}


def test_location_and_other_paths_are_not_recorded() -> None:
    """Neither the location nor a path of another one is recorded."""
    requests = RecentRequests()

    for text in ("/tv", "/tv-4k/Alpha"):
        requests.note(LOCATION, clean(text), 0.0, gone=False)

    assert requests.first_levels == set()


def test_requests_are_forgotten_after_an_hour() -> None:
    """Older requests are forgotten; one that was repeated is not old."""
    requests = RecentRequests()
    requests.note(LOCATION, EPISODE, 0.0, gone=False)
    requests.note(LOCATION, clean("/tv/Beta"), 1.0, gone=False)
    requests.note(LOCATION, EPISODE, 2.0, gone=False)

    requests.note(LOCATION, clean("/tv/Gamma"), 3601.5, gone=False)

    assert requests.first_levels == {"Alpha", "Gamma"}


def test_newest_500_requests_are_kept() -> None:
    """New ones replace the oldest."""
    requests = RecentRequests()

    for number in range(600):
        requests.note(LOCATION, clean(f"/tv/Show {number}"), 0.0, gone=False)

    assert len(requests.first_levels) == 500
    assert "Show 99" not in requests.first_levels
    assert "Show 100" in requests.first_levels


MOVIES = clean("/movies")
LISTED = tuple(MOVIES.join(f"Movie {number}", f"Movie {number}.mkv") for number in range(1, 6))


@pytest.mark.parametrize(
    ("visible", "refused", "expected"),
    [
        (1, False, MountState.MISSING),  # only the movie that was just imported
        (5, False, MountState.PRESENT),
        (0, True, MountState.UNKNOWN),
    ],
    ids=["imported on the mount point", "mounted", "refused"],
)
@pytest.mark.parametrize("whole_location", [False, True], ids=["folder", "location"])
async def test_imported_movie_does_not_make_the_mount_present(
    visible: int, refused: bool, expected: MountState, whole_location: bool
) -> None:
    """Five movies are listed and one of them is being imported: whether Plex sees the other four decides."""
    requests = RecentRequests()
    requests.note(MOVIES, LISTED[0], 0.0, gone=False)
    seen = LISTED[:visible]

    async def view(folder: CleanPath) -> FolderView:
        if refused:
            return FolderView(0.0, None)
        files = {path.name for path in seen if path.parent and path.parent.key == folder.key}
        folders = {path.parent.name for path in seen if path.parent and folder.key == MOVIES.key}
        entries = [Entry(name, folder=False) for name in files] + [Entry(name, folder=True) for name in folders]
        return FolderView(0.0, tuple(entries))

    assert await find_mount_state(MOVIES, LISTED, requests, view, whole_location=whole_location) is expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [((1,), MountState.MISSING), ((1, 2), MountState.PRESENT)],
    ids=["imported on the mount point", "emptied folder"],
)
async def test_file_beside_the_import_shows_the_mount_if_the_other_folder_is_empty(
    seen: tuple[int, ...], expected: MountState
) -> None:
    """The only file of the second season was deleted; those of the first one were not written by the import."""
    show = clean("/tv/Show")
    first = [show.join("Season 01", f"Show - S01E0{number}.mkv") for number in (1, 2, 3)]
    requests = RecentRequests()
    requests.note(show, first[0], 0.0, gone=False)
    listed = (*first, show.join("Season 02", "Show - S02E01.mkv"))

    async def view(folder: CleanPath) -> FolderView:
        names = [f"Show - S01E0{number}.mkv" for number in seen] if folder.name == "Season 01" else []
        return FolderView(0.0, tuple(Entry(name, folder=False) for name in names))

    assert await find_mount_state(show, listed, requests, view, whole_location=False) is expected


async def test_mount_of_an_empty_listing_is_present() -> None:
    """Plex lists nothing that a scan could remove."""

    async def view(_folder: CleanPath) -> FolderView:
        return FolderView(0.0, ())

    assert await find_mount_state(MOVIES, (), RecentRequests(), view, whole_location=True) is MountState.PRESENT
