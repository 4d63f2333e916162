"""Notifications with paths that are rejected: invalid ones, and those in no library."""

import asyncio
from http import HTTPStatus
from pathlib import Path
from typing import Any
from unittest.mock import patch

from aiohttp.test_utils import TestClient
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.plex_smart_scan.scanner import Outcome, Reason
from tests.fake_plex import FakePlex, samples
from tests.fake_plex.faults import Fault

from ..stored_requests import stored_paths
from .posting import NOTHING, post

# Home Assistant's own web server keeps texts as keys of a request.
pytestmark = pytest.mark.filterwarnings("ignore::aiohttp.web.NotAppKeyWarning")


async def test_invalid_paths_are_rejected_with_a_reason(
    entry: MockConfigEntry, client: TestClient[Any, Any], fake_plex: FakePlex, tv: Path, results: Any
) -> None:
    """Each invalid path is rejected with its reason, reported in Home Assistant, and does not affect the others."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    paths = [
        str(episode),
        "Westworld/x.mkv",
        "/downloads/complete/Westworld.S01E02/x.mkv",
        "/opt/sabnzbd/complete/x.mkv",
        "/elsewhere/x.mkv",
    ]

    status, answer = await post(client, entry, json={"paths": paths})

    reasons = {each["path"]: each["reason"] for each in answer["rejected"]}
    assert status == HTTPStatus.OK
    assert answer["accepted"] == [str(episode)]
    assert list(reasons) == paths[1:]
    assert "is relative" in reasons[paths[1]]
    assert str(tv) in reasons[paths[2]]
    assert "looks like a download folder, such as SABnzbd's completed folder" in reasons[paths[2]]
    assert "looks like a download folder of SABnzbd" in reasons[paths[3]]
    assert "looks like" not in reasons[paths[4]]
    outcomes = {result.request.path: result.outcome for result in await results(entry, 5)}
    assert outcomes == {path: Outcome.ADDED if path == paths[0] else Outcome.FAILED for path in paths}


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("", ""),
        ("Westworld/x.mkv", "Westworld/x.mkv"),
        ("{tv}/\ud800", "{tv}/?"),
        ("{tv}/" + "x" * 5000, None),
        ("{tv}" + 20 * "/.." + "/x", "{tv}" + 20 * "/.." + "/x"),
        (5, "(int)"),
    ],
)
async def test_invalid_paths_are_reported(
    path: str | int,
    shown: str | None,
    hass: HomeAssistant,
    entry: MockConfigEntry,
    client: TestClient[Any, Any],
    fake_plex: FakePlex,
    tv: Path,
) -> None:
    """Home Assistant shows rejected paths because few senders show the response; the shown text can be shortened."""
    path = path.format(tv=tv) if isinstance(path, str) else path

    status, answer = await post(client, entry, json={"paths": [path, str(tv / "Westworld")]})

    await hass.async_block_till_done()
    assert status == HTTPStatus.OK
    (result,) = [each.result for each in entry.runtime_data.history if each.result.outcome is Outcome.FAILED]
    assert result.reason is Reason.INVALID_PATH
    assert [result.request.path] == [each["path"] for each in answer["rejected"]]
    assert shown is None or result.request.path == shown.format(tv=tv)
    assert fake_plex.stats.scans == []


async def test_only_some_of_many_rejected_paths_are_reported(
    entry: MockConfigEntry, client: TestClient[Any, Any], tv: Path, hass: HomeAssistant
) -> None:
    """The response contains all of them, but only some are reported in Home Assistant."""
    _, answer = await post(client, entry, json={"paths": [f"{number}.mkv" for number in range(100)]})

    await hass.async_block_till_done()
    assert len(answer["rejected"]) == 100
    assert [each.result.request.path for each in entry.runtime_data.history] == [f"{n}.mkv" for n in range(20)]


async def test_unknown_path_does_not_delay_others(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    client: TestClient[Any, Any],
    fake_plex: FakePlex,
    tv: Path,
    results: Any,
) -> None:
    """Paths in known libraries are stored before Plex is queried for new libraries."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    hung = fake_plex.faults.add(Fault("slow", "/library/sections"))

    with patch("custom_components.plex_smart_scan.actions.submission.MAX_SEARCH", 10):
        posting = asyncio.create_task(post(client, entry, json={"paths": ["/downloads/x.mkv", str(episode)]}))
        await fake_plex.wait_for_request("/library/sections")
        assert await stored_paths(hass, entry) == [str(episode)]
        assert not posting.done()
        hung.remove()
        _, answer = await posting

    assert answer["accepted"] == [str(episode)]
    assert [each["path"] for each in answer["rejected"]] == ["/downloads/x.mkv"]
    await results(entry, 2)


async def test_unknown_path_is_accepted_if_reading_libraries_is_slow(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    client: TestClient[Any, Any],
    fake_plex: FakePlex,
    tmp_path: Path,
    results: Any,
) -> None:
    """A path that may be in a new library is accepted and checked later."""
    root = tmp_path / "movies"
    movie = samples.add_movie(root, "Metropolis (1927)")
    fake_plex.add_library("Movies", "movie", {str(root): root})
    hung = fake_plex.faults.add(Fault("slow", "/library/sections"))

    with patch("custom_components.plex_smart_scan.actions.submission.MAX_SEARCH", 0.05):
        _, answer = await post(client, entry, json={"paths": [str(movie), "/downloads/x.mkv"]})

    assert answer == NOTHING | {"accepted": [str(movie), "/downloads/x.mkv"]}
    assert len(await stored_paths(hass, entry)) == 2
    hung.remove()
    found = {result.request.path: (result.outcome, result.reason) for result in await results(entry, 2)}
    assert found == {
        str(movie): (Outcome.ADDED, None),
        "/downloads/x.mkv": (Outcome.FAILED, Reason.NO_LIBRARY),
    }


async def test_response_does_not_wait_for_a_mapping(
    hass: HomeAssistant, entry: MockConfigEntry, client: TestClient[Any, Any], fake_plex: FakePlex, tv: Path
) -> None:
    """The mapping for the repair issue is searched after the response."""
    reported = f"/downloads/{samples.add_episode(tv, 'Westworld', 1, 2).relative_to(tv)}"
    hung = fake_plex.faults.add(Fault("slow", "/services/browse/*"))

    _, answer = await post(client, entry, json={"path": reported})

    assert str(tv) in answer["rejected"][0]["reason"]
    await fake_plex.wait_for_request("/services/browse/*")
    hung.remove()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [issue.translation_key for issue in ir.async_get(hass).issues.values()] == ["no_library_suggestion"]


async def test_path_of_another_server_is_rejected(
    entry: MockConfigEntry, client: TestClient[Any, Any], tmp_path: Path
) -> None:
    """A webhook only accepts paths of its own server."""
    path = str(tmp_path / "media" / "movies" / "x.mkv")

    _, answer = await post(client, entry, json={"path": path})

    assert [each["path"] for each in answer["rejected"]] == [path]
    assert "Living room" in answer["rejected"][0]["reason"]
