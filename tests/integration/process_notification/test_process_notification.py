"""The action `process_notification`: its results, ignored events, rejected paths and errors."""

from http import HTTPStatus
from pathlib import Path
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.plex_smart_scan.const import DOMAIN
from tests.fake_plex import FakePlex, samples
from tests.scanner.downloaders.bodies import ALL

from ..conftest import SetUp, make_entry
from ..stored_requests import full_disk, stored_paths
from .conftest import process, sonarr

pytestmark = pytest.mark.filterwarnings("ignore::aiohttp.web.NotAppKeyWarning")


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
