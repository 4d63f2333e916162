"""The entities and devices of a server and its libraries."""

from pathlib import Path
from unittest.mock import patch

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import snapshot_platform
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from tests.fake_plex import FakePlex, samples

from .conftest import Scan, SetUp


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return snapshots as Home Assistant's core writes them."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def all_kinds(fake_plex: FakePlex, tv: Path) -> Path:
    """Add a library of each other kind."""
    media = tv.parent
    samples.add_movie(media / "movies", "Metropolis (1927)")
    samples.add_track(media / "music", "Artist", "Album", 1)
    samples.add_photo(media / "photos", "Holidays", "Beach")
    for title, kind in (("Movies", "movie"), ("Music", "artist"), ("Photos", "photo")):
        folder = media / title.lower()
        fake_plex.add_library(title, kind, {str(folder): folder})
    fake_plex.seed()
    return media


@pytest.mark.usefixtures("entity_registry_enabled_by_default", "all_kinds")
@pytest.mark.parametrize("platform", [Platform.BINARY_SENSOR, Platform.BUTTON, Platform.EVENT, Platform.SENSOR])
async def test_entities_match_the_snapshot(
    hass: HomeAssistant,
    fake_plex: FakePlex,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
    set_up: SetUp,
    platform: Platform,
) -> None:
    """All entities, as they are registered and shown."""
    for library in fake_plex.libraries:
        for item in fake_plex.items(library):
            item.added_at = 1_700_000_000
    with patch("custom_components.plex_smart_scan.PLATFORMS", [platform]):
        entry = await set_up()
        await hass.async_block_till_done()

        await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)


@pytest.mark.usefixtures("all_kinds")
async def test_libraries_are_child_devices_of_the_server(
    hass: HomeAssistant, device_registry: dr.DeviceRegistry, set_up: SetUp
) -> None:
    """The server is a service, each library a child device of it."""
    entry = await set_up()

    (server,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    children = dr.async_child_entries_for_config_entry(device_registry, entry.entry_id)

    assert server.entry_type is dr.DeviceEntryType.SERVICE
    assert (server.name, server.manufacturer, server.model) == ("Living room", "Plex", "Plex Media Server")
    assert server.sw_version == "1.43.1.10611-1e34174b1"
    assert server.configuration_url == f"{entry.data['url']}/web"
    assert {child.name for child in children} == {"TV Shows", "Movies", "Music", "Photos"}
    assert {child.parent_device_id for child in children} == {server.id}


@pytest.mark.usefixtures("all_kinds")
async def test_less_common_entities_are_disabled(entity_registry: er.EntityRegistry, set_up: SetUp) -> None:
    """Less common entities are registered but disabled."""
    entry = await set_up()

    disabled = {
        each.entity_id
        for each in er.async_entries_for_config_entry(entity_registry, entry.entry_id)
        if each.disabled_by is er.RegistryEntryDisabler.INTEGRATION
    }

    assert disabled == {
        "sensor.living_room_last_scan_duration",
        "sensor.living_room_oldest_pending",
        "sensor.living_room_tv_shows_seasons",
        "sensor.living_room_music_albums",
        *(f"binary_sensor.living_room_{name}_scanning" for name in ("tv_shows", "movies", "music", "photos")),
    }


async def test_device_shows_the_new_version_after_an_update(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, device_registry: dr.DeviceRegistry, set_up: SetUp
) -> None:
    """After an outage, the device shows the current version of the server."""
    entry = await set_up(websocket=False)
    await fake_plex.stop()
    await entry.runtime_data.async_refresh()
    fake_plex.version = "9.9.9"

    await fake_plex.start()
    entry.runtime_data.engine.availability.probe_now()
    while not entry.runtime_data.last_update_success:
        await hass.async_block_till_done(wait_background_tasks=True)

    (server,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    assert (server.sw_version or "").startswith("9.9.9")


async def test_each_result_fires_the_event_entity(hass: HomeAssistant, tv: Path, set_up: SetUp, scan: Scan) -> None:
    """Each result is an event with what an automation needs."""
    await set_up()
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    await scan(str(episode))

    state = hass.states.get("event.living_room_scan")
    assert state
    attributes = dict(state.attributes)
    assert attributes["event_type"] == "added"
    assert (attributes["path"], attributes["library"], attributes["reason"]) == (str(episode), "TV Shows", None)
    assert attributes["title"] == "Westworld – S01E02 Episode 2"
    assert attributes["duration"] > 0
    assert attributes["message"] == "Added to TV Shows after scanning 1 folder"
    assert attributes["scanned"] == [str(episode.parent)]
    assert len(attributes["items"]) == 1
    assert {"items", "scanned", "message"} <= state.state_info["unrecorded_attributes"]  # type: ignore[index]


async def test_server_without_libraries_has_no_library_entities(hass: HomeAssistant, set_up: SetUp) -> None:
    """A server without libraries has no library entities."""
    entry = await set_up()

    registry = er.async_get(hass)
    names = {each.entity_id for each in er.async_entries_for_config_entry(registry, entry.entry_id)}
    assert all(name.split(".")[1].startswith("living_room_") for name in names)
    assert len(names) == 11
