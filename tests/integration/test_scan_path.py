"""The action `scan_path`: its response, calls that do not wait, and errors of the disk."""

import asyncio
from http import HTTPStatus
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.plex_smart_scan.const import DOMAIN
from tests.fake_plex import FakePlex, samples
from tests.fake_plex.faults import Fault

from .conftest import Scan, SetUp, first_episode
from .stored_requests import full_disk, stored_paths
from .waiting import wait_until


async def test_response_for_a_new_episode_is_complete(fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan) -> None:
    """The complete response for a new file, and the requests sent to Plex."""
    await set_up()
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    response = await scan(str(episode))

    (result,) = response["results"]
    (item,) = result.pop("items")
    timings = result.pop("timings")
    assert result.pop("elapsed") >= max(timings.values())
    assert timings.keys() == {"queued", "scanned", "validated"}
    assert response["summary"] == {"added": 1}
    assert result == {
        "path": str(episode),
        "server": "Living room",
        "server_path": str(episode),
        "outcome": "added",
        "reason": None,
        "message": "Added to TV Shows after scanning 1 folder",
        "libraries": [{"id": 1, "title": "TV Shows", "type": "show", "scanned": [str(episode.parent)]}],
        "attempts": 1,
    }
    assert item.pop("duration") > 0
    assert item.pop("bitrate") > 0
    assert item.pop("rating_key") > 0
    assert item == {
        "type": "episode",
        "title": "Episode 2",
        "resolution": "sd",
        "size": episode.stat().st_size,
    }
    assert fake_plex.stats.folders_listed == 1
    assert len(fake_plex.stats.requests) <= 5


async def test_listed_file_needs_one_look_up(fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan) -> None:
    """A file that Plex already has needs one look-up, unless a scan is forced."""
    await set_up()
    episode = first_episode(tv)

    assert (await scan(str(episode)))["summary"] == {"up_to_date": 1}
    assert fake_plex.stats.scans == []
    assert len(fake_plex.stats.requests) == 1

    assert (await scan(str(episode), force=True))["summary"] == {"up_to_date": 1}
    assert len(fake_plex.stats.scans) == 1


async def test_results_of_a_list_have_its_order(tv: Path, movies: Path, set_up: SetUp, scan: Scan) -> None:
    """There is one result for each path, including invalid ones, in the order of the list."""
    await set_up()
    movie, episode = samples.add_movie(movies, "Metropolis (1927)"), samples.add_episode(tv, "Westworld", 1, 2)
    paths = [str(movie), "relative/path.mkv", "/nowhere/x.mkv", str(episode)]

    response = await scan(paths)

    assert [(each["path"], each["outcome"], each["reason"]) for each in response["results"]] == [
        (str(movie), "added", None),
        ("relative/path.mkv", "failed", "invalid_path"),
        ("/nowhere/x.mkv", "failed", "no_library"),
        (str(episode), "added", None),
    ]
    assert response["summary"] == {"added": 2, "failed": 2}


async def test_result_has_the_reported_and_the_plex_path(
    fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """The result contains the reported path and the path in Plex."""
    await set_up(path_mappings=[{"from": "/downloads/tv", "to": str(tv)}])
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    reported = f"/downloads/tv/{episode.relative_to(tv)}"

    (result,) = (await scan(reported))["results"]

    assert (result["path"], result["server_path"], result["outcome"]) == (reported, str(episode), "added")


async def test_scan_can_be_restricted_to_a_library(tv: Path, set_up: SetUp, scan: Scan) -> None:
    """A scan can be restricted to some libraries."""
    await set_up()
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    assert (await scan(str(episode), library="TV shows"))["summary"] == {"added": 1}
    assert (await scan(str(episode), library=[1, "Movies"]))["summary"] == {"up_to_date": 1}

    with pytest.raises(ServiceValidationError, match=r"is not in Movies but is in another library of Living room"):
        await scan(str(episode), library="Movies")


@pytest.mark.parametrize("field", ["config_entry_id", "library", "force", "validate", "wait", "timeout", "size"])
async def test_field_without_a_value_is_omitted(tv: Path, set_up: SetUp, scan: Scan, field: str) -> None:
    """A template cannot omit a field, only set it to none."""
    await set_up()

    assert (await scan(str(first_episode(tv)), **{field: None}))["summary"] == {"up_to_date": 1}


@pytest.mark.parametrize("data", [{"wait": False}, {"timeout": 0}, {"timeout": 0.05}])
async def test_call_without_waiting_returns_pending(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, data: dict[str, Any]
) -> None:
    """The pending request is on disk and is processed."""
    entry = await set_up()
    fake_plex.hold_scans()
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    response = await scan(str(episode), **data)

    assert response["summary"] == {"pending": 1}
    assert response["results"][0]["reason"] == "waiting"
    assert response["results"][0]["message"] == "Accepted, still in progress"
    assert await stored_paths(hass, entry) == [str(episode)]
    fake_plex.release_scans()
    await fake_plex.wait_scans_done()
    await wait_until(hass, lambda: not entry.runtime_data.engine.pending)
    assert (await scan(str(episode)))["results"][0]["outcome"] == "up_to_date"


@pytest.mark.parametrize("data", [{"wait": False}, {"timeout": 0.05}])
async def test_call_without_waiting_does_not_wait_for_libraries(
    fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, data: dict[str, Any]
) -> None:
    """If Plex does not respond, a path in no known library is pending and delays no response."""
    await set_up()
    fake_plex.hold_scans()
    hung = fake_plex.faults.add(Fault("slow", "/library/sections"))
    paths = [str(samples.add_episode(tv, "Westworld", 1, 2)), "/downloads/x.mkv"]

    with patch("custom_components.plex_smart_scan.actions.submission.MAX_SEARCH", 0.2):
        async with asyncio.timeout(20):
            response = await scan(paths, **data)

    assert [(each["path"], each["outcome"]) for each in response["results"]] == [(path, "pending") for path in paths]
    hung.remove()
    fake_plex.release_scans()


async def test_invalid_path_is_reported_without_waiting(tv: Path, set_up: SetUp, scan: Scan) -> None:
    """An invalid path is reported, no matter how long the caller waits."""
    await set_up()

    with pytest.raises(ServiceValidationError, match="is not in any library of Living room"):
        await scan("/downloads/x.mkv", timeout=0)


async def test_timeout_includes_the_search_for_a_mapping(
    fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """The timeout also applies to the search for a mapping that explains an error."""
    await set_up()
    hung = fake_plex.faults.add(Fault("slow", "/services/browse/*"))

    async with asyncio.timeout(20):
        with pytest.raises(ServiceValidationError, match="is not in any library of Living room"):
            await scan("/downloads/x.mkv", timeout=0.5)

    hung.remove()


async def test_all_paths_share_one_deadline(fake_plex: FakePlex, movies: Path, set_up: SetUp, scan: Scan) -> None:
    """All paths of a call share one timeout."""
    await set_up()
    fake_plex.hold_scans()
    paths = [str(samples.add_movie(movies, f"Movie {number} (2020)")) for number in range(10)]

    async with asyncio.timeout(20):
        response = await scan(paths, timeout=3)

    assert response["summary"] == {"pending": 10}


async def test_validate_of_the_call_overrides_the_option(
    fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """The option is the default; the call overrides it."""
    await set_up(validate_media=False)

    assert (await scan(str(samples.add_episode(tv, "Westworld", 1, 2))))["summary"] == {"scanned": 1}
    episode = samples.add_episode(tv, "Westworld", 1, 3)
    assert (await scan(str(episode), validate=True))["summary"] == {"added": 1}


async def test_request_is_not_accepted_if_the_disk_is_full(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """A request that cannot be stored is not accepted."""
    await set_up()
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    with (
        full_disk(),
        pytest.raises(HomeAssistantError, match="could not be written to disk"),
    ):
        await scan(str(episode), wait=False)

    assert fake_plex.stats.scans == []


async def test_full_disk_during_a_scan_is_not_called_not_accepted(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """If a path is already being scanned, the error does not say "not accepted", although it could not be stored."""
    entry = await set_up()
    fake_plex.hold_walking()
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    with full_disk(), pytest.raises(HomeAssistantError, match="The scan continues") as error:
        await scan(str(episode), timeout=0.2)
    fake_plex.release_walking()
    await wait_until(hass, lambda: not entry.runtime_data.engine.pending)

    assert "not accepted" not in str(error.value)
    assert fake_plex.part(str(episode)) is not None


async def test_action_can_be_called_over_rest(
    hass: HomeAssistant, tv: Path, set_up: SetUp, hass_client: ClientSessionGenerator, socket_enabled: None
) -> None:
    """A script gets the response, or 400 with the reason."""
    await set_up()
    await async_setup_component(hass, "api", {})
    client = await hass_client()
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    answer = await client.post(f"/api/services/{DOMAIN}/scan_path?return_response", json={"path": str(episode)})
    assert answer.status == HTTPStatus.OK
    assert (await answer.json())["service_response"]["summary"] == {"added": 1}

    answer = await client.post(f"/api/services/{DOMAIN}/scan_path", json={"path": "/nowhere/x.mkv"})
    assert answer.status == HTTPStatus.BAD_REQUEST
    message = (await answer.json())["message"]
    assert "/nowhere/x.mkv" in message
    assert str(tv) in message

    answer = await client.post(f"/api/services/{DOMAIN}/scan_path", json={"path": str(episode), "tiemout": 1})
    assert answer.status == HTTPStatus.BAD_REQUEST
    assert "tiemout" in (await answer.json())["message"]


async def test_event_has_the_context_of_the_caller(hass: HomeAssistant, tv: Path, set_up: SetUp) -> None:
    """The event has the context of the caller."""
    await set_up()
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    context = Context(user_id="somebody")

    await hass.services.async_call(DOMAIN, "scan_path", {"path": str(episode)}, blocking=True, context=context)

    state = hass.states.get("event.living_room_scan")
    assert state is not None
    assert state.context.id == context.id
    assert state.context.user_id == "somebody"
