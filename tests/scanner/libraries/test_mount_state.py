"""The recent requests for a location."""

from custom_components.plex_smart_scan.scanner.libraries.mount_state import RecentRequests
from custom_components.plex_smart_scan.scanner.paths.clean_path import clean

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
