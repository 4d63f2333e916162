"""A fake downloader that can reach the webhook, and the flow that connects it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, cast

from homeassistant.config_entries import ConfigEntryState, ConfigSubentry, SubentryFlowContext
from homeassistant.const import CONF_API_KEY, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.plex_smart_scan.arr.connected_downloaders import SUBENTRY_DOWNLOADER, downloaders_of
from custom_components.plex_smart_scan.arr.coordinator import DownloaderCoordinator
from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.scanner import ScanResult
from tests.fake_arr import SONARR, FakeArr
from tests.fake_plex import FakePlex
from tests.integration.conftest import SetUp

type Flow = Callable[..., Awaitable[dict[str, Any]]]
type Connect = Callable[..., Awaitable[DownloaderCoordinator]]
type Results = Callable[[int], Awaitable[list[ScanResult]]]


@pytest.fixture
async def home_url(hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator, socket_enabled: None) -> str:
    """Return the URL at which Home Assistant's web server listens, which is also its internal URL."""
    # What it registers with the web server comes before that listens.
    assert await async_setup_component(hass, DOMAIN, {})
    client = await hass_client_no_auth()
    url = f"http://127.0.0.1:{client.port}"
    await hass.config.async_update(internal_url=url, external_url=None)
    return url


@pytest.fixture
async def entry(hass: HomeAssistant, tv: Path, home_url: str, set_up: SetUp) -> AsyncIterator[MockConfigEntry]:
    """Return a Plex server with a TV library, set up."""
    entry = await set_up()
    yield entry
    await hass.async_block_till_done(wait_background_tasks=True)
    if hass.config_entries.async_get_entry(entry.entry_id):
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def sonarr(tv: Path, socket_enabled: None) -> AsyncIterator[FakeArr]:
    """Return a current Sonarr whose root folder is the TV library's folder."""
    arr = FakeArr(SONARR)
    arr.shelf.root_folders.append(str(tv))
    await arr.start()
    yield arr
    await arr.stop()


def answers_for(arr: FakeArr, **more: Any) -> dict[str, Any]:
    """Return the input of a user."""
    return {CONF_URL: arr.url, CONF_API_KEY: arr.api_key, CONF_VERIFY_SSL: True, **more}


async def after_progress(hass: HomeAssistant, result: Any) -> dict[str, Any]:
    """Return the step after all progress."""
    async with asyncio.timeout(60):
        while result["type"] is FlowResultType.SHOW_PROGRESS:
            await hass.async_block_till_done()
            result = await hass.config_entries.subentries.async_configure(result["flow_id"])
    return dict(result)


@pytest.fixture
def flow(hass: HomeAssistant, entry: MockConfigEntry) -> Flow:
    """Return a function that starts or continues the flow and returns the next step with a form."""

    async def do(result: dict[str, Any] | None = None, user_input: Any = None, **context: Any) -> dict[str, Any]:
        flows = hass.config_entries.subentries
        if result is None:
            begun = await flows.async_init(
                (entry.entry_id, SUBENTRY_DOWNLOADER),
                context=cast("SubentryFlowContext", {"source": "user", **context}),
            )
            return await after_progress(hass, begun)
        return await after_progress(hass, await flows.async_configure(result["flow_id"], user_input))

    return do


@pytest.fixture
def connect(hass: HomeAssistant, entry: MockConfigEntry, flow: Flow) -> Connect:
    """Return a function that connects a program through the flow and returns its coordinator after the first update."""

    async def do(arr: FakeArr) -> DownloaderCoordinator:
        result = await flow(await flow(), answers_for(arr))
        if result["type"] is FlowResultType.FORM:
            result = await flow(result, {})
        assert result["type"] is FlowResultType.CREATE_ENTRY, result
        await hass.async_block_till_done(wait_background_tasks=True)
        return coordinator_of(hass, entry)

    return do


def subentry_of(entry: MockConfigEntry) -> ConfigSubentry:
    """Return the only downloader of an entry."""
    found: list[ConfigSubentry] = entry.get_subentries_of_type(SUBENTRY_DOWNLOADER)
    (subentry,) = found
    return subentry


def coordinator_of(hass: HomeAssistant, entry: MockConfigEntry) -> DownloaderCoordinator:
    """Return the coordinator of the only downloader."""
    return downloaders_of(hass, entry).coordinators[subentry_of(entry).subentry_id]


@pytest.fixture
def results(entry: MockConfigEntry) -> Results:
    """Return a function that waits for a number of results of the loaded server and for all pending requests.

    Two notifications of one path give one result while the first is pending, else two.
    """

    async def wait(count: int) -> list[ScanResult]:
        coordinator = entry.runtime_data
        come = asyncio.Event()
        unlisten = coordinator.results.async_add(lambda _result: come.set())
        async with asyncio.timeout(60):
            while len(coordinator.history) < count or coordinator.engine.pending:
                come.clear()
                await come.wait()
        unlisten()
        return [finished.result for finished in coordinator.history]

    return wait


async def refresh_now(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Refresh the downloader now."""
    await coordinator_of(hass, entry).async_refresh()


async def delete_connection(arr: FakeArr, connection: dict[str, Any]) -> None:
    """Delete the connection in the program."""
    arr.connections.delete(connection["id"])


def state(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity."""
    found = hass.states.get(entity_id)
    assert found is not None, [each.entity_id for each in hass.states.async_all()]
    return found.state


async def unload_server(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Unload the server: nothing that is posted arrives."""
    await hass.async_block_till_done(wait_background_tasks=True)
    await hass.config_entries.async_unload(entry.entry_id)


async def set_up_again(hass: HomeAssistant, entry: MockConfigEntry, plex: FakePlex) -> None:
    """Set up the server again and refresh its downloader."""
    plex.stats.reset()
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    await hass.async_block_till_done(wait_background_tasks=True)


def import_silently(arr: FakeArr, *files: Path, rows: int = 1) -> None:
    """Import files without any notification."""
    for file in files:
        arr.shelf.put(str(file), file.stat().st_size, rows=rows)
