"""The actions `scan_path` and `resolve_path`."""

import asyncio
from http import HTTPStatus
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.result_sentences import async_message_texts, message
from custom_components.plex_smart_scan.scanner import (
    Library,
    LibraryType,
    Outcome,
    ScannedLibrary,
    ScanRequest,
    ScanResult,
)
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


async def test_all_servers_with_the_path_are_scanned(
    hass: HomeAssistant, fake_plex: FakePlex, attic: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """Without a server, all servers that have the path are scanned; with one, only this server."""
    await set_up()
    second = await set_up(plex=attic)
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    track = samples.add_track(tv.parent / "music", "Artist", "Album", 2)

    results = (await scan([str(episode), str(track)]))["results"]

    assert [(each["path"], each["server"], each["outcome"]) for each in results] == [
        (str(episode), "Living room", "added"),
        (str(episode), "Attic", "added"),
        (str(track), "Attic", "added"),
    ]
    results = (await scan(str(episode), config_entry_id=second.entry_id))["results"]
    assert [each["server"] for each in results] == ["Attic"]


async def test_unreachable_server_does_not_delay_others(
    hass: HomeAssistant, fake_plex: FakePlex, attic: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """An unreachable server does not delay the others; its requests are kept."""
    await set_up()
    await set_up(plex=attic)
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    await attic.stop()

    results = (await scan(str(episode), timeout=1))["results"]

    assert [(each["server"], each["outcome"], each["reason"]) for each in results] == [
        ("Living room", "added", None),
        ("Attic", "pending", "server_offline"),
    ]


async def test_server_without_the_path_is_not_queried(
    hass: HomeAssistant, fake_plex: FakePlex, attic: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """If a server is known to have the path, a hanging server does not delay the response."""
    await set_up()
    await set_up(plex=attic)
    track = next((tv.parent / "music").rglob("*.mp3"))
    fake_plex.stats.reset()
    hung = fake_plex.faults.add(Fault("slow"))

    response = await scan(str(track), timeout=5)

    assert [(each["server"], each["outcome"]) for each in response["results"]] == [("Attic", "added")]
    assert fake_plex.stats.paths() == []
    hung.remove()


async def test_unreachable_server_may_have_the_path(fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan) -> None:
    """If a server is unreachable, its known libraries are used, and the message says so."""
    entry = await set_up()
    await fake_plex.stop()
    await entry.runtime_data.async_refresh()

    with pytest.raises(ServiceValidationError, match=r"is not in any library.*Living room is unreachable"):
        await scan("/new/x.mkv")


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


async def test_message_is_translated(hass: HomeAssistant, tv: Path, set_up: SetUp, scan: Scan) -> None:
    """The message is in Home Assistant's language."""
    hass.config.language = "de"
    await set_up()
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    (result,) = (await scan(str(episode)))["results"]

    assert result["message"] == "Zu TV Shows hinzugefügt, nachdem 1 Ordner gescannt wurde"


@pytest.mark.parametrize(
    ("fault", "outcome", "message"),
    [
        (None, "not_found", "Plex cannot see the file"),
        (
            Fault("status", "/library/sections/*/refresh", status=403),
            "failed",
            "The access token does not permit scanning",
        ),
        (Fault("status", "/library/sections/*/refresh", status=400, body="no"), "failed", "Plex rejected the request"),
    ],
)
async def test_every_reason_has_a_sentence(
    fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, fault: Fault | None, outcome: str, message: str
) -> None:
    """Each reason has a sentence."""
    await set_up(validation_timeout=0.5)
    episode = tv / "Westworld" / "Season 01" / "Westworld - S01E09.mkv"
    if fault:
        fake_plex.faults.add(fault)
        samples.add_episode(tv, "Westworld", 1, 9)

    (result,) = (await scan(str(episode)))["results"]

    assert result["outcome"] == outcome
    assert result["message"].startswith(message)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (
            403,
            r"was not scanned: the access token does not permit scanning\. Use the access token of the server's owner",
        ),
        (400, "was not scanned: Plex rejected the request"),
    ],
)
async def test_error_if_all_results_failed(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, status: int, message: str
) -> None:
    """Without a response variable, the action raises a translated error."""
    await set_up()
    fake_plex.faults.add(Fault("status", "/library/sections/*/refresh", status=status, body="no"))
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    with pytest.raises(HomeAssistantError, match=message) as error:
        await hass.services.async_call(DOMAIN, "scan_path", {"path": str(episode)}, blocking=True)

    assert error.value.translation_domain == DOMAIN
    assert error.value.translation_key in {"scan_failed_permission", "scan_failed_bad_request"}
    assert str(episode) in str(error.value)


async def test_error_if_several_results_failed(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """One error is raised for all results, but not with a response or if one path succeeded."""
    await set_up()
    fault = fake_plex.faults.add(Fault("status", "/library/sections/*/refresh", status=403))
    paths = [str(samples.add_episode(tv, "Westworld", 1, number)) for number in (2, 3)]

    with pytest.raises(HomeAssistantError, match="None of the 2 paths was scanned"):
        await hass.services.async_call(DOMAIN, "scan_path", {"path": paths}, blocking=True)
    assert (await scan(paths))["summary"] == {"failed": 2}

    fault.remove()
    mixed = [paths[0], "/nowhere/x.mkv"]
    await hass.services.async_call(DOMAIN, "scan_path", {"path": mixed}, blocking=True)


async def test_pending_raises_no_error(hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp) -> None:
    """`pending` and `not_found` do not raise an error."""
    await set_up(validation_timeout=0.5)
    missing = str(tv / "Westworld" / "Season 01" / "Missing - S01E09.mkv")

    await hass.services.async_call(DOMAIN, "scan_path", {"path": missing}, blocking=True)
    await hass.services.async_call(DOMAIN, "scan_path", {"path": missing, "wait": False}, blocking=True)


async def test_damaged_media_file_is_reported(fake_plex: FakePlex, movies: Path, set_up: SetUp, scan: Scan) -> None:
    """A file that Plex lists but cannot play is reported."""
    await set_up()
    movie = samples.add_movie(movies, "Metropolis (1927)", sample=samples.DAMAGED)

    (result,) = (await scan(str(movie)))["results"]

    assert (result["outcome"], result["reason"]) == ("added", "damaged")
    assert result["message"] == "Added to Movies, but Plex found nothing playable in it"


@pytest.mark.parametrize(
    ("outcome", "folders", "sentence"),
    [
        (Outcome.ADDED, 0, "Added to TV Shows by another scan"),
        (Outcome.UPDATED, 1, "Updated in TV Shows after scanning 1 folder"),
        (Outcome.REMOVED, 2, "Removed from TV Shows after scanning 2 folders"),
        (Outcome.SCANNED, 3, "Scanned 3 folders in TV Shows"),
        (Outcome.NOT_FOUND, 3, "Not found in Plex"),
    ],
)
async def test_sentence_has_the_correct_plural(
    hass: HomeAssistant, set_up: SetUp, outcome: Outcome, folders: int, sentence: str
) -> None:
    """The sentences are correct for no, one and several folders, and for outcomes without a reason."""
    await set_up()
    library = Library(id=1, title="TV Shows", type=LibraryType.SHOW, locations=("/tv",))
    scanned = ScannedLibrary(library=library, scanned=tuple(f"/tv/{n}" for n in range(folders)))
    result = ScanResult(request=ScanRequest(path="/tv/x.mkv"), outcome=outcome, libraries=(scanned,))

    assert message(await async_message_texts(hass), result) == sentence


# -- resolve_path -----------------------------------------------------------------------------------------------------


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


async def test_entry_of_another_integration_is_not_a_server(
    hass: HomeAssistant, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """An entry of another integration is no server."""
    await set_up()
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)

    with pytest.raises(ServiceValidationError):
        await scan("/x", config_entry_id=other.entry_id)
