"""The webhook of a server: notifications, responses and results."""

from http import HTTPStatus
import json
import logging
from pathlib import Path
from typing import Any

from aiohttp import FormData
from aiohttp.test_utils import TestClient
from homeassistant.components import webhook
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.util.aiohttp import MockRequest
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.plex_smart_scan.const import CONF_WEBHOOK_LOCAL_ONLY
from custom_components.plex_smart_scan.scanner import Outcome
from tests.fake_plex import FakePlex, samples

from ..conftest import SetUp, make_entry
from ..stored_requests import full_disk, stored_paths
from .posting import NOTHING, post, sonarr, url

# Home Assistant's own web server keeps texts as keys of a request.
pytestmark = pytest.mark.filterwarnings("ignore::aiohttp.web.NotAppKeyWarning")


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_sonarr_import_is_scanned_after_the_response(
    method: str, entry: MockConfigEntry, client: TestClient[Any, Any], fake_plex: FakePlex, tv: Path, results: Any
) -> None:
    """The response is immediate; then one scan of one folder follows."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    fake_plex.hold_scans()

    assert await post(client, entry, method=method, json=sonarr(episode)) == (
        200,
        NOTHING | {"accepted": [str(episode)]},
    )

    fake_plex.release_scans()
    (result,) = await results(entry, 1)
    assert result.outcome is Outcome.ADDED
    assert [scan.path for scan in fake_plex.stats.scans] == [str(episode.parent)]


async def test_accepted_requests_are_on_disk(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    client: TestClient[Any, Any],
    fake_plex: FakePlex,
    tv: Path,
    results: Any,
) -> None:
    """The request is on disk before the response."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    fake_plex.hold_scans()

    await post(client, entry, json=sonarr(episode))

    assert await stored_paths(hass, entry) == [str(episode)]
    fake_plex.release_scans()
    await results(entry, 1)


async def test_unsaved_requests_are_not_accepted(
    entry: MockConfigEntry,
    client: TestClient[Any, Any],
    fake_plex: FakePlex,
    tv: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """If the disk is full, the sender receives an error and nothing is scanned."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    with full_disk():
        status, answer = await post(client, entry, json=sonarr(episode))

    assert status == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer == NOTHING | {"reason": "The request was not accepted because it could not be written to disk"}
    assert fake_plex.stats.scans == []
    assert "was not accepted" in caplog.text


@pytest.mark.parametrize("form", ["json", "form", "multipart", "query", "dir"])
async def test_notations_of_scripts_are_accepted(
    form: str, entry: MockConfigEntry, client: TestClient[Any, Any], tv: Path, results: Any
) -> None:
    """Scripts and users of autoscan write paths in many ways."""
    path = str(samples.add_episode(tv, "Westworld", 1, 2))
    multipart = FormData({"path": path})
    multipart._is_multipart = True
    request: dict[str, dict[str, Any]] = {
        "json": {"json": {"path": path}},
        "form": {"data": {"path": path}},
        "multipart": {"data": multipart},
        "query": {"params": {"path": path}},
        "dir": {"params": {"dir": path}},
    }

    assert await post(client, entry, **request[form]) == (200, NOTHING | {"accepted": [path]})

    assert (await results(entry, 1))[0].outcome is Outcome.ADDED


@pytest.mark.parametrize(
    ("body", "ignored"),
    [
        ({"eventType": "Test", "series": {"path": "C:\\testpath"}}, "test"),
        ({"eventType": "Grab", "series": {"path": "/tv/Westworld"}}, "Grab"),
        ({"eventType": "Health", "level": "error"}, "Health"),
        (
            {"eventType": "AlbumDelete", "album": {"title": "x"}, "deletedFiles": True},
            "AlbumDelete: it contains no path",
        ),
    ],
)
async def test_ignored_event_returns_200(
    body: dict[str, Any], ignored: str, entry: MockConfigEntry, client: TestClient[Any, Any], fake_plex: FakePlex
) -> None:
    """Tests and irrelevant events return 200, because senders disable a connection after status 400."""
    assert await post(client, entry, json=body) == (200, NOTHING | {"ignored": ignored})
    assert entry.runtime_data.engine.pending == 0
    assert fake_plex.stats.scans == []


async def test_events_of_one_import_cause_one_scan(
    entry: MockConfigEntry, client: TestClient[Any, Any], fake_plex: FakePlex, tv: Path, results: Any
) -> None:
    """Sonarr reports each file, and then all of them together."""
    episodes = [samples.add_episode(tv, "Westworld", 1, number) for number in range(2, 8)]
    complete = sonarr(episodes[0]) | {"episodeFiles": [{"path": str(episode)} for episode in episodes]}
    del complete["episodeFile"]
    fake_plex.timings.scan_end = 0.1

    for body in [*map(sonarr, episodes), complete]:
        assert (await post(client, entry, json=body))[0] == HTTPStatus.OK

    found = await results(entry, 6)
    await entry.runtime_data.hass.async_block_till_done(wait_background_tasks=True)
    assert {result.outcome for result in found} <= {Outcome.ADDED, Outcome.UP_TO_DATE}
    assert len(fake_plex.stats.scans) == 1


@pytest.mark.parametrize(("local_only", "accepted"), [(True, False), (False, True)])
async def test_remote_callers_are_rejected_by_default(
    hass: HomeAssistant, local_only: bool, accepted: bool, tv: Path, set_up: SetUp, results: Any
) -> None:
    """Remote callers are accepted only if the option allows it, and cannot find out whether the webhook exists."""
    entry = await set_up(**{CONF_WEBHOOK_LOCAL_ONLY: local_only})
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    request = MockRequest(
        content=json.dumps({"path": str(episode)}).encode(), mock_source="test", method="POST", remote="203.0.113.5"
    )

    answer = await webhook.async_handle_webhook(hass, entry.data[CONF_WEBHOOK_ID], request)

    assert answer.status == HTTPStatus.OK
    assert bool(answer.body) is accepted
    await results(entry, int(accepted))
    await hass.config_entries.async_unload(entry.entry_id)


async def test_get_does_nothing(entry: MockConfigEntry, client: TestClient[Any, Any]) -> None:
    """GET does nothing, because following a link is not a notification."""
    assert (await client.get(url(entry))).status == HTTPStatus.METHOD_NOT_ALLOWED


async def test_log_contains_neither_body_nor_webhook_id(
    entry: MockConfigEntry, client: TestClient[Any, Any], tv: Path, caplog: pytest.LogCaptureFixture, results: Any
) -> None:
    """Bodies can contain private data, and the webhook's ID is a secret."""
    caplog.set_level(logging.DEBUG, "custom_components.plex_smart_scan")
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    await post(client, entry, json=sonarr(episode) | {"release": {"indexer": "very-secret"}})

    await results(entry, 1)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("custom_components")]
    assert not any("very-secret" in text or entry.data[CONF_WEBHOOK_ID] in text for text in ours)


async def test_each_server_has_its_own_webhook(
    entry: MockConfigEntry, client: TestClient[Any, Any], set_up: SetUp, tmp_path: Path
) -> None:
    """Each webhook accepts the paths in the libraries of its server."""
    other = FakePlex(machine_identifier="b" * 40, friendly_name="Attic")
    await other.start()
    root = tmp_path / "attic"
    samples.add_movie(root, "Tenet (2020)")
    other.add_library("Movies", "movie", {str(root): root})
    attic = await set_up(make_entry(other), websocket=False)
    try:
        _, answer = await post(client, attic, json={"path": str(root)})
        assert answer["accepted"] == [str(root)]
        _, answer = await post(client, entry, json={"path": str(root)})
        assert answer["accepted"] == []
    finally:
        await attic.runtime_data.hass.config_entries.async_unload(attic.entry_id)
        await other.stop()
