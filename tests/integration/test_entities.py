"""The entities and devices of a server and its libraries."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    mock_restore_cache_with_extra_data,
    snapshot_platform,
)
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from tests.fake_plex import FakePlex, samples

from .conftest import Scan, SetUp, make_entry
from .entity_states import CONNECTIVITY, EPISODES, fault_for, shown
from .stored_requests import store
from .waiting import wait_until


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


async def test_last_scan_and_totals_follow_each_request(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, entity_registry: er.EntityRegistry, set_up: SetUp, scan: Scan
) -> None:
    """Result, time, totals and pending paths follow each request."""
    await set_up()
    for name in ("last_result", "last_scan"):
        assert shown(hass, f"sensor.living_room_{name}") == STATE_UNKNOWN
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    await scan(str(episode))
    await hass.async_block_till_done()
    states = {name: shown(hass, f"sensor.living_room_{name}") for name in SERVER}
    last_scan = dt_util.parse_datetime(states.pop("last_scan"))
    assert last_scan
    assert dt_util.utcnow() - last_scan < timedelta(minutes=1)
    assert states == {"last_result": "added", "pending_paths": "0", "scans_done": "1", "scans_avoided": "0"}

    await scan(str(episode))
    await hass.async_block_till_done()
    states = {name: shown(hass, f"sensor.living_room_{name}") for name in SERVER}
    assert dt_util.parse_datetime(states.pop("last_scan")) == last_scan
    assert states == {"last_result": "up_to_date", "pending_paths": "0", "scans_done": "1", "scans_avoided": "1"}


async def test_stored_requests_count_as_pending_after_a_restart(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """Requests of an earlier run are counted from the start."""
    entry = make_entry(fake_plex)
    await store(hass, entry, *[samples.add_episode(tv, "Westworld", 1, number) for number in (2, 3, 4)])
    fake_plex.hold_scans()

    await set_up(entry)

    assert shown(hass, "sensor.living_room_pending_paths") == "3"
    fake_plex.release_scans()
    await hass.config_entries.async_unload(entry.entry_id)


SERVER = ("last_result", "last_scan", "pending_paths", "scans_done", "scans_avoided")


async def test_shared_scans_count_as_avoided(hass: HomeAssistant, tv: Path, set_up: SetUp, scan: Scan) -> None:
    """A season in one call needs one scan, and the other requests count as avoided scans."""
    await set_up()

    await scan([str(samples.add_episode(tv, "Westworld", 2, number)) for number in range(1, 9)])
    await hass.async_block_till_done()

    done = int(shown(hass, "sensor.living_room_scans_done"))
    avoided = int(shown(hass, "sensor.living_room_scans_avoided"))
    assert (done, avoided) == (1, 7)


async def test_totals_survive_a_restart(hass: HomeAssistant, tv: Path, set_up: SetUp, scan: Scan) -> None:
    """Totals continue, and the last result is still shown."""
    stored = {
        "scans_done": (41, None),
        "scans_avoided": (7, None),
        "last_result": ("added", None),
        "last_scan": ({"__type": "<class 'datetime.datetime'>", "isoformat": "2026-01-02T03:04:05+00:00"}, None),
    }
    mock_restore_cache_with_extra_data(
        hass,
        [
            (State(f"sensor.living_room_{name}", "1"), {"native_value": value, "native_unit_of_measurement": unit})
            for name, (value, unit) in stored.items()
        ],
    )
    entry = await set_up()
    assert shown(hass, "sensor.living_room_scans_done") == "41"
    assert shown(hass, "sensor.living_room_last_result") == "added"
    assert shown(hass, "sensor.living_room_last_scan") == "2026-01-02T03:04:05+00:00"

    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)))
    await hass.async_block_till_done()
    assert shown(hass, "sensor.living_room_scans_done") == "42"
    assert shown(hass, "sensor.living_room_scans_avoided") == "7"

    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert shown(hass, "sensor.living_room_scans_done") == "42"


async def test_totals_survive_renaming(
    hass: HomeAssistant, tv: Path, entity_registry: er.EntityRegistry, set_up: SetUp, scan: Scan
) -> None:
    """A total is unchanged after the entity was renamed and renamed back."""
    await set_up()
    for number in (2, 3):
        await scan(str(samples.add_episode(tv, "Westworld", 1, number)))
    names = ["sensor.living_room_scans_done", "sensor.other", "sensor.living_room_scans_done"]

    for old, new in pairwise(names):
        assert shown(hass, old) == "2"
        entity_registry.async_update_entity(old, new_entity_id=new)
        await hass.async_block_till_done()

    assert shown(hass, names[-1]) == "2"


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


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_scanning_sensor_shows_any_running_scan(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, movies: Path, set_up: SetUp
) -> None:
    """The sensors show a running scan, no matter who started it."""
    fake_plex.quirks.context_in_started = True
    await set_up()
    names = [f"binary_sensor.living_room_{name}scanning" for name in ("", "tv_shows_", "movies_")]
    assert [shown(hass, name) for name in names] == [STATE_OFF] * 3
    fake_plex.hold_walking()
    changes = async_capture_events(hass, "state_changed")
    fake_plex.scanner.request(fake_plex.libraries[0], None, force=False, now=fake_plex.clock())
    await fake_plex.wait_scan_started()
    while shown(hass, names[0]) == STATE_OFF:
        await hass.async_block_till_done()
    assert [shown(hass, name) for name in names] == [STATE_ON, STATE_ON, STATE_OFF]

    fake_plex.release_walking()
    await fake_plex.wait_scans_done()
    while shown(hass, names[0]) == STATE_ON:
        await hass.async_block_till_done()
    assert [shown(hass, name) for name in names] == [STATE_OFF] * 3
    assert len([each for each in changes if each.data["entity_id"] == names[0]]) == 2


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_scanning_sensor_shows_own_scans_without_a_websocket(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """Without a websocket, only the scans of the engine are known."""
    fake_plex.faults.add(fault_for("/:/websockets/*"))
    entry = await set_up(websocket=False)
    assert entry.runtime_data.scanning == frozenset()
    fake_plex.hold_walking()

    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)), timeout=0.3)

    assert entry.runtime_data.scanning == frozenset({1})
    for name in ("", "tv_shows_"):
        assert shown(hass, f"binary_sensor.living_room_{name}scanning") == STATE_ON
    fake_plex.release_walking()
    while entry.runtime_data.scanning:
        await hass.async_block_till_done(wait_background_tasks=True)
    for name in ("", "tv_shows_"):
        assert shown(hass, f"binary_sensor.living_room_{name}scanning") == STATE_OFF


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_scanning_is_unknown_while_the_server_is_unreachable(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """The scanning state of an unreachable server is unknown, but its connectivity is known."""
    entry = await set_up(websocket=False)
    await fake_plex.stop()
    await entry.runtime_data.async_refresh()
    await hass.async_block_till_done()
    names = ("", "tv_shows_")
    assert [shown(hass, f"binary_sensor.living_room_{name}scanning") for name in names] == [STATE_UNAVAILABLE] * 2
    assert shown(hass, CONNECTIVITY) == STATE_OFF

    await fake_plex.start()
    entry.runtime_data.engine.availability.probe_now()
    await wait_until(hass, lambda: shown(hass, EPISODES) == "1")

    assert [shown(hass, f"binary_sensor.living_room_{name}scanning") for name in names] == [STATE_OFF] * 2


async def test_server_without_libraries_has_no_library_entities(hass: HomeAssistant, set_up: SetUp) -> None:
    """A server without libraries has no library entities."""
    entry = await set_up()

    registry = er.async_get(hass)
    names = {each.entity_id for each in er.async_entries_for_config_entry(registry, entry.entry_id)}
    assert all(name.split(".")[1].startswith("living_room_") for name in names)
    assert len(names) == 11
