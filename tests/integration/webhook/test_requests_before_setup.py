"""Notifications that arrive while no engine accepts them: before a server is set up, during a reload and at a stop."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from unittest.mock import patch

from aiohttp.test_utils import TestClient
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import CONF_WEBHOOK_ID, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.plex_smart_scan.coordinator import PlexSmartScanCoordinator
from custom_components.plex_smart_scan.requests_before_setup import Inbox
from custom_components.plex_smart_scan.scanner import Outcome, ScanEngine, ScanRequest
from tests.fake_plex import FakePlex, samples
from tests.fake_plex.faults import Fault

from ..conftest import SetUp
from ..stored_requests import full_disk, stored_paths
from .posting import post, sonarr, url

# Home Assistant's own web server keeps texts as keys of a request.
pytestmark = pytest.mark.filterwarnings("ignore::aiohttp.web.NotAppKeyWarning")


async def test_request_is_accepted_while_plex_is_unreachable(
    entry: MockConfigEntry, client: TestClient[Any, Any], fake_plex: FakePlex, tv: Path, results: Any
) -> None:
    """The request is accepted and scanned when Plex is available again."""
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    await fake_plex.stop()

    assert (await post(client, entry, json=sonarr(episode)))[1]["accepted"] == [str(episode)]

    await fake_plex.start()
    assert (await results(entry, 1))[0].outcome is Outcome.ADDED


async def test_request_before_setup_is_scanned_after_it(
    hass: HomeAssistant,
    fake_plex: FakePlex,
    tv: Path,
    set_up: SetUp,
    hass_client_no_auth: ClientSessionGenerator,
    results: Any,
) -> None:
    """A request that arrives before the setup is stored and scanned after it."""
    await fake_plex.stop()
    entry = await set_up(websocket=False)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    client = await hass_client_no_auth()
    first, second = (samples.add_episode(tv, "Westworld", 1, number) for number in (2, 3))

    for body in (sonarr(first), sonarr(second), sonarr(first)):
        status, answer = await post(client, entry, json=body)
        assert (status, len(answer["accepted"])) == (200, 1)
    assert (await post(client, entry, json={"eventType": "Test", "series": {}}))[1]["ignored"] == "test"
    assert (await post(client, entry, json={"path": "x"}))[1]["rejected"][0]["path"] == "x"
    assert sorted(await stored_paths(hass, entry)) == [str(first), str(second)]

    with full_disk():
        assert (await post(client, entry, json=sonarr(first)))[0] == HTTPStatus.SERVICE_UNAVAILABLE

    await fake_plex.start()
    await hass.config_entries.async_reload(entry.entry_id)
    found = await results(entry, 2)
    assert {result.request.path: result.outcome for result in found} == {
        str(first): Outcome.ADDED,
        str(second): Outcome.ADDED,
    }
    await hass.config_entries.async_unload(entry.entry_id)


def watched(come: asyncio.Event) -> Any:
    """Return a simulated journal that signals when it is used."""
    store = Inbox.async_store

    async def do(inbox: Inbox, requests: Sequence[ScanRequest]) -> PlexSmartScanCoordinator | None:
        come.set()
        return await store(inbox, requests)

    return do


async def test_request_during_setup_is_scanned(
    hass: HomeAssistant, entry: MockConfigEntry, client: TestClient[Any, Any], tv: Path, results: Any
) -> None:
    """A request that arrives while the engine reads the journal waits until the engine has read it."""
    await hass.config_entries.async_unload(entry.entry_id)
    starting, come, run_until_waiting = asyncio.Event(), asyncio.Event(), asyncio.Event()
    start = ScanEngine.start

    async def slowly(scanner: ScanEngine) -> None:
        starting.set()
        await run_until_waiting.wait()
        await start(scanner)

    with patch.object(ScanEngine, "start", slowly), patch.object(Inbox, "async_store", watched(come)):
        setting_up = hass.async_create_task(hass.config_entries.async_setup(entry.entry_id))
        await starting.wait()
        posting = hass.async_create_task(post(client, entry, json=sonarr(samples.add_episode(tv, "Westworld", 1, 2))))
        await come.wait()
        run_until_waiting.set()
        assert await setting_up
        status, answer = await posting

    assert (status, len(answer["accepted"])) == (200, 1)
    assert (await results(entry, 1))[0].outcome is Outcome.ADDED


async def test_disabled_server_accepts_no_request(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, hass_client_no_auth: ClientSessionGenerator
) -> None:
    """The server was disabled during an outage: its webhook is not registered, and nothing is stored."""
    await fake_plex.stop()
    entry = await set_up(websocket=False)
    client = await hass_client_no_auth()
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)

    assert await (await client.post(url(entry), json={"path": str(tv)})).read() == b""

    assert entry.data[CONF_WEBHOOK_ID] not in hass.data["webhook"]
    assert await stored_paths(hass, entry) == []


@contextmanager
def hold_stop() -> Iterator[tuple[asyncio.Event, asyncio.Event]]:
    """Block stopping engines; yield an event for the start of the stop and one that releases it."""
    stopping, run_until_waiting, stop = asyncio.Event(), asyncio.Event(), ScanEngine.stop

    async def slowly(scanner: ScanEngine) -> None:
        stopping.set()
        await run_until_waiting.wait()
        await stop(scanner)

    with patch.object(ScanEngine, "stop", slowly):
        yield stopping, run_until_waiting
        run_until_waiting.set()


async def test_notification_during_a_reload_is_processed(
    hass: HomeAssistant, entry: MockConfigEntry, client: TestClient[Any, Any], tv: Path, results: Any
) -> None:
    """Notifications during a reload are kept and processed with the new options."""
    with hold_stop() as (stopping, run_until_waiting):
        reloading = hass.async_create_task(hass.config_entries.async_reload(entry.entry_id))
        await stopping.wait()
        asked = asyncio.Event()
        with patch.object(Inbox, "async_store", watched(asked)):
            body = sonarr(samples.add_episode(tv, "Westworld", 1, 2))
            posting = hass.async_create_task(post(client, entry, json=body))
            await asked.wait()
        run_until_waiting.set()
        assert await reloading
        status, answer = await posting

    assert (status, len(answer["accepted"])) == (200, 1)
    assert (await results(entry, 1))[0].outcome is Outcome.ADDED


async def test_notification_during_disabling_is_rejected(
    hass: HomeAssistant, entry: MockConfigEntry, client: TestClient[Any, Any], tv: Path
) -> None:
    """Requests that would never be processed are rejected."""
    with hold_stop() as (stopping, run_until_waiting):
        disabling = hass.async_create_task(
            hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
        )
        await stopping.wait()
        status, answer = await post(client, entry, json={"path": str(tv)})
        run_until_waiting.set()
        await disabling

    assert status == HTTPStatus.SERVICE_UNAVAILABLE
    assert "not loaded" in answer["reason"]


async def test_request_survives_a_reload_while_libraries_are_read(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    client: TestClient[Any, Any],
    fake_plex: FakePlex,
    tmp_path: Path,
    results: Any,
) -> None:
    """If the engine stops while a request is being accepted, the next engine processes the request."""
    root = tmp_path / "movies"
    movie = samples.add_movie(root, "Metropolis (1927)")
    fake_plex.add_library("Movies", "movie", {str(root): root})
    hung = fake_plex.faults.add(Fault("slow", "/library/sections"))

    with patch("custom_components.plex_smart_scan.actions.submission.MAX_SEARCH", 10):
        posting = asyncio.create_task(post(client, entry, json={"path": str(movie)}))
        await fake_plex.wait_for_request("/library/sections")
        reloading = hass.async_create_task(hass.config_entries.async_reload(entry.entry_id))
        hung.remove()
        _, answer = await posting
        await reloading

    assert answer["accepted"] == [str(movie)]
    assert (await results(entry, 1))[0].outcome is Outcome.ADDED


async def test_notification_during_a_stop_is_kept_for_the_next_start(
    hass: HomeAssistant, entry: MockConfigEntry, client: TestClient[Any, Any], tv: Path
) -> None:
    """A request during the stop is stored for the next start, and a slowly stopping engine does not change it."""
    first, second = (samples.add_episode(tv, "Westworld", 1, number) for number in (2, 3))
    coordinator = entry.runtime_data
    with hold_stop() as (stopping, run_until_waiting):
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
        await stopping.wait()
        await coordinator.journal.accept([ScanRequest(path=str(first), id="kept")])
        with patch("custom_components.plex_smart_scan.requests_before_setup._STOP_TIMEOUT", 0.01):
            status, answer = await post(client, entry, json=sonarr(second))
        assert (status, answer["accepted"]) == (200, [str(second)])
        run_until_waiting.set()
        await coordinator.async_shutdown()

    assert await stored_paths(hass, entry) == [str(first), str(second)]


async def test_webhook_is_registered_while_the_server_is_loaded(
    hass: HomeAssistant, entry: MockConfigEntry, client: TestClient[Any, Any], tv: Path
) -> None:
    """Nothing listens while the server is unloaded; a reload starts it again."""
    body = {"path": str(tv / "Westworld")}
    await hass.config_entries.async_unload(entry.entry_id)
    assert await (await client.post(url(entry), json=body)).read() == b""

    await hass.config_entries.async_setup(entry.entry_id)
    assert (await post(client, entry, json=body))[1]["accepted"] == [str(tv / "Westworld")]
