"""Every body gives the paths that it names, and no body has another effect than being rejected."""

from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.plex_smart_scan.scanner.downloaders import (
    MAX_PATHS,
    BodyProblem,
    NotANotificationError,
    Notification,
    read,
    requests_of,
)
from custom_components.plex_smart_scan.scanner.models import ScanRequest
from custom_components.plex_smart_scan.scanner.paths.clean_path import clean

from .bodies import ALL
from .bodies.case import S01E01, S01E02, SEASON_1, WESTWORLD, Case

CASES = [pytest.param(case, id=f"{group}: {case.name}") for group, cases in ALL.items() for case in cases]


@pytest.mark.parametrize("case", CASES)
def test_body_names_the_expected_paths(case: Case) -> None:
    """The paths in a body: there, gone, refused, or why there are none."""
    found = read(case.body)

    assert sorted(file.path for file in found.files if not file.gone) == sorted(case.there)
    assert sorted(file.path for file in found.files if file.gone) == sorted(case.gone)
    assert [(each.path, str(each.problem)) for each in found.rejected] == list(case.refused)
    assert found.ignored == case.ignored


def test_order_of_the_paths_is_kept() -> None:
    """The order of all paths is known, valid or not; a path named twice has its first position."""
    old = f"{SEASON_1}/old.mkv"
    body = {
        "eventType": "Rename",
        "renamedEpisodeFiles": [
            {"path": "x.mkv", "previousPath": S01E01},
            {"path": S01E01, "previousPath": "x.mkv"},
            {"path": S01E02, "previousPath": old},
        ],
    }

    found = read(body)

    places = {file.path: file.index for file in found.files} | {each.path: each.index for each in found.rejected}
    assert sorted(places, key=lambda path: places[path]) == [S01E01, "x.mkv", old, S01E02]
    assert len(set(places.values())) == len(places)


@pytest.mark.parametrize("case", CASES)
def test_accepted_paths_are_valid_and_unique(case: Case) -> None:
    """No path occurs twice, in any spelling."""
    keys = [clean(file.path).key for file in read(case.body).files]

    assert len(keys) == len(set(keys))


def test_size_in_a_body_is_read() -> None:
    """A size in the body is compared with Plex's; that of a removed file is ignored."""
    body = {
        "eventType": "Download",
        "episodeFiles": [{"path": S01E01, "size": 734003200}, {"path": S01E02, "size": 0}],
        "deletedFiles": [{"path": f"{SEASON_1}/old.mkv", "size": 5}],
    }

    assert requests_of(read(body)) == (
        ScanRequest(path=S01E01, size=734003200),
        ScanRequest(path=S01E02),  # 0 is how Sonarr writes "not known"
        ScanRequest(path=f"{SEASON_1}/old.mkv", gone=True),
    )


def test_known_size_of_a_path_named_twice_is_kept() -> None:
    """A file that is named twice, once without its size, has the size."""
    unknown, known = {"path": S01E01}, {"path": S01E01, "size": 734003200}

    for first, second in ((unknown, known), (known, unknown)):
        body = {"eventType": "Download", "episodeFile": first, "episodeFiles": [second]}
        assert requests_of(read(body)) == (ScanRequest(path=S01E01, size=734003200),)


ABSURD = [True, -1, 5.5, 1e30, 2**63, 2**64, float("nan"), float("inf"), "x", "-5", "5 MB", "9" * 5000, [5], {}]


@pytest.mark.parametrize("size", ABSURD)
def test_invalid_size_from_a_user_is_rejected(size: object) -> None:
    """The user who wrote it can correct it."""
    with pytest.raises(NotANotificationError) as error:
        read({"path": S01E01, "size": size})

    assert error.value.problem is BodyProblem.BAD_SIZE


@pytest.mark.parametrize("size", ABSURD)
def test_invalid_size_from_a_downloader_is_ignored(size: object) -> None:
    """A downloader cannot correct it, and would only disable the connection after an error."""
    body = {"eventType": "Download", "series": {"path": WESTWORLD}, "episodeFile": {"path": S01E01, "size": size}}

    assert read(body).files[0].size is None


@pytest.mark.parametrize(("size", "read_as"), [("5", 5), (5.0, 5), (0, None), ("0", None), ("", None), (None, None)])
def test_size_can_be_a_number_or_text(size: object, read_as: int | None) -> None:
    """As a number or a text; 0 and nothing mean that it is not known."""
    assert read({"path": S01E01, "size": size}).files[0].size == read_as


def test_size_is_ignored_with_several_paths() -> None:
    """With several paths it is unknown which one it belongs to."""
    assert read({"path": S01E01, "size": 5}).files[0].size == 5
    assert [file.size for file in read({"paths": [S01E01, S01E02], "size": 5}).files] == [None, None]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (None, BodyProblem.NOT_AN_OBJECT),
        ([{"path": S01E01}], BodyProblem.NOT_AN_OBJECT),
        (S01E01, BodyProblem.NOT_AN_OBJECT),
        ({}, BodyProblem.NOTHING_KNOWN),
        ({"path": None, "paths": []}, BodyProblem.NOTHING_KNOWN),
        ({"notification_type": "MEDIA_AVAILABLE", "subject": "Westworld"}, BodyProblem.NOTHING_KNOWN),
        ({"eventType": 5, "series": {"path": WESTWORLD}}, BodyProblem.NOTHING_KNOWN),
        ({"paths": [f"/TV/{number}.mkv" for number in range(MAX_PATHS + 1)]}, BodyProblem.TOO_MANY_PATHS),
        ({"path": "/" + "x" * 5000}, BodyProblem.PATH_TOO_LONG),
    ],
)
def test_other_body_is_rejected_with_a_reason(body: object, problem: BodyProblem) -> None:
    """A body that is not a notification is rejected with a reason."""
    with pytest.raises(NotANotificationError) as caught:
        read(body)

    assert caught.value.problem is problem


def test_maximum_number_of_paths_is_accepted() -> None:
    """The limit itself is no error."""
    assert len(read({"paths": [f"/TV/{number}.mkv" for number in range(MAX_PATHS)]}).files) == MAX_PATHS


_KEYS = st.sampled_from(
    "eventType path paths dir size series episodeFile episodeFiles renamedEpisodeFiles deletedFiles destinationPath "
    "relativePath previousPath movie folderPath movieFile renamedMovieFiles artist trackFiles trackFile "
    "renamedTrackFiles author bookFiles bookFile renamedBookFiles other".split()
)
_EVENTS = st.sampled_from(
    "Test Download Rename Retag EpisodeFileDelete SeriesDelete MovieFileDelete MovieDelete ArtistDelete AlbumDelete "
    "BookDelete AuthorDelete BookFileDelete Grab download".split()
)
_TEXTS = st.one_of(_EVENTS, st.sampled_from([S01E01, WESTWORLD, "../x", r"D:\x", r"\\a\b", ""]), st.text())
_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _TEXTS)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS | st.text(max_size=5), inner, max_size=6),
    max_leaves=30,
)


@settings(max_examples=500, deadline=None)
@given(body=_JSON | st.dictionaries(_KEYS, _JSON, max_size=8), event=_EVENTS | st.none())
def test_any_json_is_read_or_rejected(body: Any, event: str | None) -> None:
    """Everything is read or raises NotANotificationError, and can be repeated in a response."""
    if event and isinstance(body, dict):
        body = {**body, "eventType": event}
    try:
        found = read(body)
    except NotANotificationError:
        return

    assert isinstance(found, Notification)
    assert found.files or found.rejected or found.ignored
    for file in found.files:
        clean(file.path)
    for text in [*(each.path for each in found.rejected), found.ignored or ""]:
        text.encode()
