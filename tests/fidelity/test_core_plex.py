"""Home Assistant's own plex integration, set up against the fake; only plex.tv and the local broadcast are patched."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import MagicMock, patch

from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest

from tests.fake_plex import FakePlex, samples

# plexwebsocket hands aiohttp `ssl=None`; taken as an error this would have core reload without end.
pytestmark = pytest.mark.filterwarnings("ignore:ssl=None is deprecated:DeprecationWarning")
PREFIX = "sensor.living_room_library_"


@pytest.fixture(autouse=True)
def no_plex_tv() -> Iterator[None]:
    """Keep away from plex.tv, and from the multicast search for players."""
    account = MagicMock()
    account.return_value.users.return_value = []
    account.return_value.resources.return_value = []
    with patch("plexapi.myplex.MyPlexAccount", account), patch("plexapi.gdm.GDM.scan"):
        yield


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Allow the timers that core's plex leaves behind when it is unloaded."""
    return True


@pytest.fixture
def libraries(fake_plex: FakePlex, tmp_path: Path) -> Path:
    """Give the fake one library of each type; returns the folder above them."""
    samples.add_movie(tmp_path / "movies", "Alpha (2001)")
    for episode in (1, 2, 3):
        samples.add_episode(tmp_path / "tv", "Gamma", 1, episode)
    for number in (1, 2):
        samples.add_track(tmp_path / "music", "Artist", "Album", number)
    samples.add_photo(tmp_path / "photos", "Summer", "one")
    for title, kind in (("Movies", "movie"), ("TV Shows", "show"), ("Music", "artist"), ("Photos", "photo")):
        folder = {"Movies": "movies", "TV Shows": "tv", "Music": "music", "Photos": "photos"}[title]
        fake_plex.add_library(title, kind, {f"/data/{folder}": tmp_path / folder})
    fake_plex.seed()
    return tmp_path


async def set_up(hass: HomeAssistant, plex: FakePlex, token: str) -> dict[str, object]:
    """Go through the manual flow; returns its last result."""
    assert await async_setup_component(hass, "homeassistant", {})
    flow = await hass.config_entries.flow.async_init("plex", context={"source": SOURCE_USER})
    assert flow["type"] is FlowResultType.MENU
    await hass.config_entries.flow.async_configure(flow["flow_id"], {"next_step_id": "manual_setup"})
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"],
        {"host": "127.0.0.1", "port": plex.port, "ssl": False, "verify_ssl": False, "token": token},
    )
    await hass.async_block_till_done()
    return dict(result)


async def enable_library_sensors(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Switch on what core leaves off by default."""
    registry = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        if entity.disabled_by is not None:
            registry.async_update_entity(entity.entity_id, disabled_by=None)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()


async def state_becomes(hass: HomeAssistant, entity_id: str, state: str) -> None:
    """Wait until an entity has a state."""
    reached = asyncio.Event()

    @callback
    def look(event: Event[EventStateChangedData]) -> None:
        new = event.data["new_state"]
        if event.data["entity_id"] == entity_id and new is not None and new.state == state:
            reached.set()

    stop = hass.bus.async_listen(EVENT_STATE_CHANGED, look)
    if (now := hass.states.get(entity_id)) is None or now.state != state:
        await reached.wait()
    stop()


async def test_library_sensors_follow_a_scan(hass: HomeAssistant, fake_plex: FakePlex, libraries: Path) -> None:
    """The sensors count right, and follow "Library scan complete"."""
    result = await set_up(hass, fake_plex, fake_plex.token)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (entry,) = hass.config_entries.async_entries("plex")
    assert entry.state is ConfigEntryState.LOADED
    assert entry.unique_id == fake_plex.machine_identifier
    assert entry.data["server"] == "Living room"

    await enable_library_sensors(hass, entry)
    numbers = {name: hass.states.get(PREFIX + name) for name in ("movies", "tv_shows", "music", "photos")}
    assert {name: state and state.state for name, state in numbers.items()} == {
        "movies": "1",
        "tv_shows": "3",
        "music": "2",
        "photos": "1",
    }
    tv = numbers["tv_shows"]
    assert tv is not None
    assert (tv.attributes["shows"], tv.attributes["seasons"]) == (1, 1)
    assert tv.attributes["last_added_item"].startswith("Gamma - S01E0")
    music = numbers["music"]
    assert music is not None
    assert (music.attributes["artists"], music.attributes["albums"]) == (1, 1)
    assert music.attributes["last_added_item"] == "Artist - Album"

    await fake_plex.wait_websocket()
    samples.add_episode(libraries / "tv", "Gamma", 1, 4)
    fake_plex.scanner.request(fake_plex.libraries[1], "/data/tv/Gamma/Season 01", force=False, now=0)
    await state_becomes(hass, PREFIX + "tv_shows", "4")

    assert await hass.config_entries.async_unload(entry.entry_id)
    await fake_plex.wait_no_websocket()
    await hass.async_block_till_done()


async def test_core_plex_reconnects_after_a_restart(hass: HomeAssistant, fake_plex: FakePlex, libraries: Path) -> None:
    """A server that was away is found again."""
    await set_up(hass, fake_plex, fake_plex.token)
    (entry,) = hass.config_entries.async_entries("plex")
    await fake_plex.wait_websocket()
    assert await hass.config_entries.async_unload(entry.entry_id)
    await fake_plex.stop()
    assert not await hass.config_entries.async_setup(entry.entry_id)
    await fake_plex.start()
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()


@pytest.mark.parametrize("token", ["wrong", "shared-token"])
async def test_wrong_and_shared_tokens_are_faulty_credentials(
    hass: HomeAssistant, fake_plex: FakePlex, token: str
) -> None:
    """Core calls a wrong token faulty credentials, and a shared user's too."""
    result = await set_up(hass, fake_plex, token)

    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"token": "faulty_credentials"}
