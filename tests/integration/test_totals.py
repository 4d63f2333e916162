"""The sensors for requests: the last scan, pending paths, avoided scans, and totals that survive restarts."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import mock_restore_cache_with_extra_data

from tests.fake_plex import FakePlex, samples

from .conftest import Scan, SetUp, make_entry
from .entity_states import shown
from .stored_requests import store


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
