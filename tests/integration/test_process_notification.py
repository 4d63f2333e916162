"""The action `process_notification`, called by downloaders with a token and by users."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from unittest.mock import PropertyMock, patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Context, CoreState, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.requests_before_setup import Inbox
from custom_components.plex_smart_scan.scanner import ScanRequest
from tests.fake_plex import FakePlex, samples
from tests.fake_plex.faults import Fault
from tests.scanner.downloaders.bodies import ALL

from .conftest import SetUp, make_entry
from .stored_requests import full_disk, stored_paths
from .waiting import wait_until

pytestmark = pytest.mark.filterwarnings("ignore::aiohttp.web.NotAppKeyWarning")


@pytest.fixture
async def entry(hass: HomeAssistant, tv: Path, set_up: SetUp) -> AsyncIterator[MockConfigEntry]:
    """Return a server that is set up, with a TV library."""
    entry = await set_up()
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


async def process(hass: HomeAssistant, body: dict[str, Any]) -> dict[str, Any]:
    """Call the action and return its response."""
    response = await hass.services.async_call(DOMAIN, "process_notification", body, blocking=True, return_response=True)
    assert response is not None
    return dict(response)


def sonarr(*paths: Path, **more: Any) -> dict[str, Any]:
    """Return what Sonarr posts after an import."""
    return {
        "eventType": "Download",
        "series": {"id": 1, "title": "Westworld", "path": str(paths[0].parent.parent)},
        "episodeFiles": [{"path": str(path), "size": path.stat().st_size} for path in paths],
        **more,
    }


async def test_import_returns_the_result_of_each_path(
    hass: HomeAssistant, entry: MockConfigEntry, fake_plex: FakePlex, tv: Path
) -> None:
    """It waits and returns the result for each path in the format of `scan_path`."""
    episodes = [samples.add_episode(tv, "Westworld", 1, number) for number in (2, 3)]

    response = await process(hass, sonarr(*episodes))

    assert response["summary"] == {"added": 2}
    assert response["ignored"] is None
    assert [result["path"] for result in response["results"]] == [str(episode) for episode in episodes]
    assert response["results"][0]["items"][0]["title"] == "Episode 2"
    assert response["results"][0]["server"] == "Living room"
    assert [scan.path for scan in fake_plex.stats.scans] == [str(tv / "Westworld" / "Season 01")]


async def test_call_without_a_response_returns_when_stored(
    hass: HomeAssistant, entry: MockConfigEntry, fake_plex: FakePlex, tv: Path
) -> None:
    """The call returns as soon as all requests are on disk."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    fake_plex.hold_scans()

    await hass.services.async_call(DOMAIN, "process_notification", sonarr(episode), blocking=True)

    assert await stored_paths(hass, entry) == [str(episode)]
    fake_plex.release_scans()
    assert (await process(hass, {"path": str(episode)}))["results"][0]["outcome"] in {"added", "up_to_date"}


async def test_upgrade_reports_the_new_and_the_removed_file(
    hass: HomeAssistant, entry: MockConfigEntry, fake_plex: FakePlex, tv: Path
) -> None:
    """The new and the removed file are both reported."""
    old = tv / "Westworld" / "Season 01" / "Westworld - S01E01.mkv"
    new = samples.put(old.with_name("Westworld - S01E01 - 1080p.mkv"), samples.LARGE)
    old.unlink()

    response = await process(hass, sonarr(new, isUpgrade=True, deletedFiles=[{"path": str(old)}]))

    assert {result["path"]: result["outcome"] for result in response["results"]} == {
        str(new): "added",
        str(old): "removed",
    }


@pytest.mark.parametrize(
    ("body", "ignored"),
    [
        ({"eventType": "Test", "series": {"path": "C:\\testpath"}}, "test"),
        ({"eventType": "ManualInteractionRequired"}, "ManualInteractionRequired"),
    ],
)
async def test_irrelevant_event_returns_an_empty_list(
    hass: HomeAssistant, entry: MockConfigEntry, body: dict[str, Any], ignored: str
) -> None:
    """The result is an empty list with the reason."""
    assert await process(hass, body) == {"results": [], "summary": {}, "ignored": ignored}


async def test_invalid_paths_are_returned_as_results(hass: HomeAssistant, entry: MockConfigEntry, tv: Path) -> None:
    """An invalid path does not raise an error, after which the sender would disable its connection."""
    response = await process(hass, {"paths": ["/downloads/complete/x.mkv", "x.mkv", str(tv / "Westworld")]})

    found = {result["path"]: result for result in response["results"]}
    assert response["summary"] == {"failed": 2, "up_to_date": 1}
    assert found["/downloads/complete/x.mkv"]["reason"] == "no_library"
    assert "looks like a download folder" in found["/downloads/complete/x.mkv"]["message"]
    assert str(tv) in found["/downloads/complete/x.mkv"]["message"]
    assert found["x.mkv"]["reason"] == "invalid_path"
    assert "is relative" in found["x.mkv"]["message"]


async def test_results_have_the_order_of_the_paths(hass: HomeAssistant, entry: MockConfigEntry, tv: Path) -> None:
    """Valid and invalid paths have their results in the order of the notification."""
    paths = ["x.mkv", str(tv / "Westworld"), "/elsewhere/y", "/tv/\0", str(samples.add_episode(tv, "Westworld", 1, 2))]

    response = await process(hass, {"paths": paths})

    assert [result["path"] for result in response["results"]] == paths


async def test_path_invalid_with_every_mapping_is_rejected(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """A name that leaves the folder on Windows is valid elsewhere; it is rejected without an unexpected error."""
    entry = await set_up(path_mappings=[{"from": "/downloads", "to": "D:\\TV"}])

    response = await process(hass, {"paths": ["/downloads/..\\..\\x.mkv", str(tv / "Westworld")]})

    assert [result["outcome"] for result in response["results"]] == ["failed", "up_to_date"]
    assert response["results"][0]["reason"] == "invalid_path"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_invalid_paths_are_reported(hass: HomeAssistant, entry: MockConfigEntry, tv: Path) -> None:
    """The event contains the reason, even if the sender ignores the response."""
    context = Context()

    await hass.services.async_call(
        DOMAIN, "process_notification", {"path": "Westworld/x.mkv"}, blocking=True, context=context
    )
    await hass.async_block_till_done()

    state = hass.states.get("event.living_room_scan")
    assert state
    assert state.attributes["event_type"] == "failed"
    assert state.attributes["reason"] == "invalid_path"
    assert state.attributes["path"] == "Westworld/x.mkv"
    assert state.context.id == context.id


async def test_notification_of_a_downloader_never_raises(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """No notification of a downloader raises an error."""
    for case in (case for cases in ALL.values() for case in cases):
        response = await process(hass, case.body)

        assert response["ignored"] == case.ignored
        assert response["summary"].get("failed", 0) == len(case.there + case.gone + case.refused)


@pytest.mark.parametrize(
    ("body", "reason"),
    [({}, "it has no"), ({"subject": "x"}, "it has no"), ({"path": "/" + "x" * 5000}, "too long")],
)
async def test_other_data_raises(
    hass: HomeAssistant, entry: MockConfigEntry, body: dict[str, Any], reason: str
) -> None:
    """Only data that is not a notification raises an error."""
    with pytest.raises(ServiceValidationError, match=reason):
        await process(hass, body)


async def test_call_without_a_loaded_server_raises(hass: HomeAssistant, tv: Path, set_up: SetUp) -> None:
    """Without a loaded server, the action raises an error."""
    entry = await set_up()
    await hass.config_entries.async_unload(entry.entry_id)

    with pytest.raises(ServiceValidationError, match="No Plex server"):
        await process(hass, {"path": str(tv)})


async def test_irrelevant_event_succeeds_without_a_server(hass: HomeAssistant, set_up: SetUp) -> None:
    """Sonarr's test succeeds without any server."""
    entry = await set_up()
    await hass.config_entries.async_unload(entry.entry_id)

    response = await process(hass, {"eventType": "Test", "series": {"path": "C:\\testpath"}})

    assert response == {"results": [], "summary": {}, "ignored": "test"}


async def test_request_is_stored_until_the_server_is_set_up(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """The request is stored and processed when the server is set up."""
    await fake_plex.stop()
    entry = await set_up(websocket=False)
    first, second = (samples.add_episode(tv, "Westworld", 1, number) for number in (2, 3))

    await hass.services.async_call(DOMAIN, "process_notification", sonarr(first), blocking=True)
    response = await process(hass, {"paths": [str(second), "x.mkv"]})

    kept, invalid = response["results"]
    assert (kept["path"], kept["server"]) == (str(second), "Living room")
    assert (kept["outcome"], kept["reason"]) == ("pending", "server_offline")
    assert kept["message"] == "Accepted. Waiting until the server is reachable."
    assert invalid["reason"] == "invalid_path"
    assert await stored_paths(hass, entry) == [str(first), str(second)]
    await fake_plex.start()
    await hass.config_entries.async_reload(entry.entry_id)
    await fake_plex.wait_scans_done()
    assert (await process(hass, {"paths": [str(first), str(second)]}))["results"][1]["outcome"] in {
        "added",
        "up_to_date",
    }
    await hass.config_entries.async_unload(entry.entry_id)


async def test_unknown_path_is_stored_for_the_unavailable_server(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, tv: Path
) -> None:
    """Paths that no other server has are stored for the unavailable server, whose libraries are unknown."""
    other = FakePlex(machine_identifier="b" * 40, friendly_name="Attic")
    await other.start()
    await other.stop()
    attic = await set_up(make_entry(other), websocket=False)

    response = await process(hass, {"paths": ["/attic/x.mkv", str(tv / "Westworld")]})

    assert [(each["path"], each["server"], each["outcome"]) for each in response["results"]] == [
        ("/attic/x.mkv", "Attic", "pending"),
        (str(tv / "Westworld"), "Living room", "up_to_date"),
    ]
    assert await stored_paths(hass, attic) == ["/attic/x.mkv"]


async def test_server_set_up_during_the_call_processes_its_paths(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, tv: Path
) -> None:
    """The server accepts its paths and rejects those in none of its libraries."""
    coordinator = entry.runtime_data
    with (
        patch.object(Inbox, "coordinator", PropertyMock(side_effect=[None, None, *[coordinator] * 9])),
        patch("custom_components.plex_smart_scan.actions.process_notification.loaded_coordinators", return_value=[]),
    ):
        response = await process(hass, {"paths": ["/nowhere/x.mkv", str(tv / "Westworld")]})

    assert [(each["outcome"], each["reason"]) for each in response["results"]] == [
        ("failed", "no_library"),
        ("up_to_date", None),
    ]


# -- while a server is reloaded ---------------------------------------------------------------------------------------


@pytest.fixture
async def attic(
    hass: HomeAssistant, tmp_path: Path, set_up: SetUp
) -> AsyncIterator[tuple[MockConfigEntry, FakePlex, Path]]:
    """Return another server, set up, with a folder of movies."""
    root = tmp_path / "attic"
    root.mkdir()
    plex = FakePlex(machine_identifier="b" * 40, friendly_name="Attic")
    await plex.start()
    plex.add_library("Movies", "movie", {str(root): root})
    entry = await set_up(make_entry(plex), plex=plex)
    yield entry, plex, root
    await hass.config_entries.async_unload(entry.entry_id)
    await plex.stop()


@contextmanager
def hold_unloading(hass: HomeAssistant) -> Iterator[asyncio.Event]:
    """Block every unloading before its first step until the event is set."""
    run_until_waiting, unload = asyncio.Event(), hass.config_entries.async_unload_platforms

    async def hold(*args: Any) -> bool:
        await run_until_waiting.wait()
        return await unload(*args)

    with patch.object(hass.config_entries, "async_unload_platforms", hold):
        yield run_until_waiting


async def test_request_during_a_reload_is_processed(hass: HomeAssistant, entry: MockConfigEntry, tv: Path) -> None:
    """A request that arrives during the reload is processed."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    with hold_unloading(hass) as run_until_waiting:
        reload = hass.async_create_task(hass.config_entries.async_reload(entry.entry_id))
        await wait_until(hass, lambda: entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS)
        await hass.services.async_call(DOMAIN, "process_notification", sonarr(episode), blocking=True)
        run_until_waiting.set()
        assert await reload

    await wait_until(hass, lambda: entry.runtime_data.history)
    assert entry.runtime_data.history[0].result.request.path == str(episode)


async def test_request_for_a_reloading_server_is_not_rejected(
    hass: HomeAssistant, entry: MockConfigEntry, attic: tuple[MockConfigEntry, FakePlex, Path]
) -> None:
    """A path of the reloading server is not rejected because the other server has no library for it."""
    other, _, root = attic
    movie = samples.add_movie(root, "Metropolis (1927)")
    with hold_unloading(hass) as run_until_waiting:
        reload = hass.async_create_task(hass.config_entries.async_reload(other.entry_id))
        await wait_until(hass, lambda: other.state is ConfigEntryState.UNLOAD_IN_PROGRESS)
        (result,) = (await process(hass, {"path": str(movie)}))["results"]
        run_until_waiting.set()
        assert await reload

    assert (result["server"], result["outcome"]) == ("Attic", "added")


async def test_request_continues_with_new_options_after_a_reload(
    hass: HomeAssistant, entry: MockConfigEntry, fake_plex: FakePlex, tmp_path: Path
) -> None:
    """A request during a reload is processed with the new options."""
    root = tmp_path / "new"
    movie = samples.add_movie(root, "Metropolis (1927)")
    fake_plex.add_library("Movies", "movie", {str(root): root})
    fake_plex.stats.reset()
    slow = fake_plex.faults.add(Fault("slow", "/library/sections"))
    call = hass.services.async_call(DOMAIN, "process_notification", {"path": str(movie)}, blocking=True)
    asking = hass.async_create_task(call)
    await fake_plex.wait_for_request("/library/sections")

    reload = hass.async_create_task(hass.config_entries.async_reload(entry.entry_id))
    await asking
    slow.remove()
    assert await reload

    await wait_until(hass, lambda: entry.runtime_data.history)
    assert entry.runtime_data.history[0].result.outcome == "added"


async def test_request_during_a_stop_is_processed_after_the_start(
    hass: HomeAssistant, entry: MockConfigEntry, tv: Path
) -> None:
    """A request that arrives after the engine has stopped is processed after the next start."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    hass.set_state(CoreState.stopping)
    await entry.runtime_data.async_shutdown()

    await hass.services.async_call(DOMAIN, "process_notification", sonarr(episode), blocking=True)

    assert await stored_paths(hass, entry) == [str(episode)]
    hass.set_state(CoreState.running)


async def test_request_to_a_stopped_server_fails_with_the_reason(
    hass: HomeAssistant, entry: MockConfigEntry, tv: Path
) -> None:
    """Requests for this server only fail with the real reason."""
    await entry.runtime_data.async_shutdown()

    with pytest.raises(HomeAssistantError, match="stopped or reloaded"):
        await entry.runtime_data.async_submit([ScanRequest(path=str(tv))], durable=True)


async def test_unsaved_requests_are_not_accepted(
    hass: HomeAssistant, entry: MockConfigEntry, fake_plex: FakePlex, tv: Path
) -> None:
    """A full disk raises an error."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    with (
        full_disk(),
        pytest.raises(HomeAssistantError, match="could not be written"),
    ):
        await hass.services.async_call(DOMAIN, "process_notification", sonarr(episode), blocking=True)

    assert fake_plex.stats.scans == []


async def test_action_can_be_called_over_rest(
    hass: HomeAssistant, entry: MockConfigEntry, hass_client: ClientSessionGenerator, fake_plex: FakePlex, tv: Path
) -> None:
    """Sonarr calls the action with an authorization header; without it, the call is rejected."""
    await async_setup_component(hass, "api", {})
    client = await hass_client()
    fake_plex.timings.scan_end = 0.1
    url = f"/api/services/{DOMAIN}/process_notification"
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    async with client.post(url, json=sonarr(episode)) as answer:
        assert (answer.status, await answer.json()) == (HTTPStatus.OK, [])
    async with client.post(f"{url}?return_response", json=sonarr(episode)) as answer:
        (result,) = (await answer.json())["service_response"]["results"]
        assert result["outcome"] in {"added", "up_to_date"}
    async with client.post(url, json={"eventType": "Test", "series": {"path": "C:\\testpath"}}) as answer:
        assert answer.status == HTTPStatus.OK
    async with client.post(url, json={"subject": "x"}) as answer:
        assert answer.status == HTTPStatus.BAD_REQUEST
        assert "it has no" in (await answer.json())["message"]
    assert len(fake_plex.stats.scans) == 1


async def test_notification_is_sent_to_every_server_with_the_path(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, tv: Path
) -> None:
    """A notification goes to all servers that have the path, with separate results."""
    other = FakePlex(machine_identifier="b" * 40, friendly_name="Attic")
    await other.start()
    other.add_library("Series", "show", {str(tv): tv})
    other.seed()
    attic = await set_up(make_entry(other), websocket=False)
    await other.wait_websocket()
    try:
        response = await process(hass, sonarr(samples.add_episode(tv, "Westworld", 1, 2)))
        assert response["summary"] == {"added": 2}
        assert {result["server"] for result in response["results"]} == {"Living room", "Attic"}
    finally:
        await hass.config_entries.async_unload(attic.entry_id)
        await other.stop()
