"""The statistics of the libraries: when they are read, and what is shown if that fails."""

from pathlib import Path

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

from custom_components.plex_smart_scan.coordinator import MAX_FAILURES, REFRESH_DELAY, RETRY_INTERVAL, UPDATE_INTERVAL
from tests.fake_plex import FakePlex, samples
from tests.fake_plex.faults import Fault

from .conftest import Scan, SetUp
from .entity_states import CONNECTIVITY, EPISODES, fault_for, pass_time, shown
from .waiting import wait_until


async def test_scan_refreshes_the_statistics_once(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """A burst of scans causes one refresh of the scanned libraries."""
    await set_up(websocket=False)
    assert shown(hass, EPISODES) == "1"
    fake_plex.items(fake_plex.libraries[0])[0].added_at = 1
    for number in range(2, 5):
        await scan(str(samples.add_episode(tv, "Westworld", 1, number)))
    await fake_plex.wait_idle()
    fake_plex.items(fake_plex.libraries[0])[-1].added_at += 60
    fake_plex.stats.reset()

    await pass_time(hass, REFRESH_DELAY + 1)

    assert shown(hass, EPISODES) == "4"
    assert shown(hass, "sensor.living_room_tv_shows_last_added") == "Westworld – S01E04 Episode 4"
    assert fake_plex.stats.count("/media/providers") == 1


async def test_scan_of_another_program_refreshes_the_statistics(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """The statistics are updated after every scan that Plex reports."""
    await set_up()
    samples.add_episode(tv, "Westworld", 1, 2)
    fake_plex.scanner.request(fake_plex.libraries[0], None, force=False, now=fake_plex.clock())
    await fake_plex.wait_scans_done()
    await fake_plex.wait_idle()

    await fake_plex.send_notification({"type": "status", "StatusNotification": [{"title": "Library scan complete"}]})
    await hass.async_block_till_done()
    await pass_time(hass, REFRESH_DELAY + 1)

    assert shown(hass, EPISODES) == "2"


async def test_statistics_are_refreshed_every_15_minutes(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, freezer: FrozenDateTimeFactory
) -> None:
    """Without events from Plex, the statistics are read regularly."""
    await set_up(websocket=False)
    samples.add_episode(tv, "Westworld", 1, 2)
    fake_plex.seed()

    await pass_time(hass, UPDATE_INTERVAL.total_seconds() + 1)

    assert shown(hass, EPISODES) == "2"


async def test_devices_and_entities_follow_the_libraries(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, device_registry: dr.DeviceRegistry, set_up: SetUp
) -> None:
    """Devices and entities follow the server while it runs."""
    entry = await set_up()
    movies = tv.parent / "movies"
    samples.add_movie(movies, "Metropolis (1927)")
    library = fake_plex.add_library("Movies", "movie", {str(movies): movies})
    fake_plex.seed(library)
    fake_plex.libraries[0].title = "Series"

    await entry.runtime_data.async_refresh()
    await hass.async_block_till_done()

    assert shown(hass, "sensor.living_room_movies_movies") == "1"
    children = dr.async_child_entries_for_config_entry(device_registry, entry.entry_id)
    assert {child.name for child in children} == {"Series", "Movies"}

    fake_plex.remove_library(library)
    await entry.runtime_data.async_refresh()
    await hass.async_block_till_done()

    assert hass.states.get("sensor.living_room_movies_movies") is None
    children = dr.async_child_entries_for_config_entry(device_registry, entry.entry_id)
    assert {child.name for child in children} == {"Series"}

    fake_plex.add_library("Movies", "movie", {str(movies): movies})
    fake_plex.seed()
    await entry.runtime_data.async_refresh()
    await hass.async_block_till_done()
    assert shown(hass, "sensor.living_room_movies_movies") == "1"


async def test_uncounted_library_keeps_its_old_values(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, movies: Path, set_up: SetUp
) -> None:
    """It keeps its old values, and the others are updated."""
    entry = await set_up()
    samples.add_movie(movies, "Metropolis (1927)")
    samples.add_episode(tv, "Westworld", 1, 2)
    fake_plex.seed()
    fault = fake_plex.faults.add(fault_for("/library/sections/1/all"))
    fake_plex.faults.add(fault_for("/media/providers"))

    await entry.runtime_data.async_refresh()

    assert fault.hits
    assert shown(hass, EPISODES) == "1"
    assert shown(hass, "sensor.living_room_movies_movies") == "1"


async def test_outage_during_a_refresh_is_no_error_of_a_library(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """An outage of the server is not treated as an error of one library."""
    entry = await set_up()
    for path in ("/media/providers", "/"):
        fake_plex.faults.add(Fault("status", path, status=503))

    await entry.runtime_data.async_refresh()

    assert shown(hass, EPISODES) == STATE_UNAVAILABLE
    fake_plex.faults.clear()


async def test_truncated_response_is_read_again_within_a_minute(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, movies: Path, set_up: SetUp, scan: Scan
) -> None:
    """The server stays connected, the values stay available, and the statistics are read within a minute."""
    await set_up(websocket=False)
    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)))
    await fake_plex.wait_idle()
    fault = fake_plex.faults.add(Fault("truncated", "/library/sections"))
    await pass_time(hass, REFRESH_DELAY + 1)
    assert fault.hits
    assert shown(hass, CONNECTIVITY) == STATE_ON
    assert shown(hass, EPISODES) == "1"

    fault.remove()
    await pass_time(hass, RETRY_INTERVAL.total_seconds() + 1)

    assert shown(hass, EPISODES) == "2"


async def test_statistics_become_unavailable_after_repeated_errors(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """Old values are not shown forever; the server stays connected."""
    entry = await set_up(websocket=False)
    fault = fake_plex.faults.add(Fault("truncated", "/library/sections"))
    for _ in range(MAX_FAILURES - 1):
        await entry.runtime_data.async_refresh()
        assert shown(hass, EPISODES) == "1"

    await entry.runtime_data.async_refresh()
    assert shown(hass, EPISODES) == STATE_UNAVAILABLE
    assert shown(hass, CONNECTIVITY) == STATE_ON

    fault.remove()
    await pass_time(hass, RETRY_INTERVAL.total_seconds() + 1)
    assert shown(hass, EPISODES) == "1"


async def test_server_is_connected_before_its_statistics_are_read(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """The server is connected immediately, however long the statistics take."""
    entry = await set_up(websocket=False)
    coordinator = entry.runtime_data
    await fake_plex.stop()
    await coordinator.async_refresh()
    assert shown(hass, CONNECTIVITY) == STATE_OFF

    slow = fake_plex.faults.add(Fault("slow", "/library/sections"))
    await fake_plex.start()
    coordinator.engine.availability.probe_now()
    await wait_until(hass, lambda: coordinator.connected)

    assert shown(hass, CONNECTIVITY) == STATE_ON
    assert shown(hass, EPISODES) == STATE_UNAVAILABLE
    slow.remove()
    await wait_until(hass, lambda: shown(hass, EPISODES) == "1")


async def test_uncounted_library_is_counted_with_the_next_refresh(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, movies: Path, set_up: SetUp, scan: Scan
) -> None:
    """This also applies if only another library has changed since then."""
    await set_up(websocket=False)
    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)))
    await fake_plex.wait_idle()
    fault = fake_plex.faults.add(fault_for("/library/sections/1/all"))
    await pass_time(hass, REFRESH_DELAY + 1)
    assert fault.hits
    assert shown(hass, EPISODES) == "1"
    fault.remove()

    await scan(str(samples.add_movie(movies, "Metropolis (1927)")))
    await fake_plex.wait_idle()
    await pass_time(hass, REFRESH_DELAY + 1)

    assert shown(hass, "sensor.living_room_movies_movies") == "1"
    assert shown(hass, EPISODES) == "2"
