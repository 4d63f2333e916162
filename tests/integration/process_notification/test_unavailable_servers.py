"""Notifications for servers that are not set up, reloaded or stopped: each is processed later."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import PropertyMock, patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.requests_before_setup import Inbox
from custom_components.plex_smart_scan.scanner import ScanRequest
from tests.fake_plex import FakePlex, samples
from tests.fake_plex.faults import Fault

from ..conftest import SetUp, make_entry
from ..stored_requests import stored_paths
from ..waiting import wait_until
from .conftest import process, sonarr

pytestmark = pytest.mark.filterwarnings("ignore::aiohttp.web.NotAppKeyWarning")


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
