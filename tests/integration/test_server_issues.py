"""Repair issues about a server: missing rights, files that Plex cannot see, and outages."""

from pathlib import Path

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import CONF_TOKEN, STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.plex_smart_scan.coordinator import MAX_FAILURES
from custom_components.plex_smart_scan.repair_issues.outages import RECHECK_INTERVAL, REPORT_AFTER
from custom_components.plex_smart_scan.repair_issues.server_issues import CHECK_INTERVAL
from custom_components.plex_smart_scan.scanner import ConnectionState, ScanRequest
from tests.fake_plex import FakePlex, samples
from tests.fake_plex.faults import Fault

from .conftest import Issues, Scan, SetUp, make_entry
from .entity_states import CONNECTIVITY, shown
from .repair_issues import pass_time, refuse
from .stored_requests import store
from .waiting import state_of, wait_until

# -- several servers --------------------------------------------------------------------------------------------------


# -- what Plex may and can do -----------------------------------------------------------------------------------------


async def test_token_without_permission_raises_an_issue(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, issues: Issues
) -> None:
    """An issue for a shared user's token remains until a scan works."""
    await set_up()
    fault = fake_plex.faults.add(Fault("status", "/library/sections/*/refresh", status=403))
    assert (await scan(str(samples.add_episode(tv, "Westworld", 1, 2))))["results"][0]["reason"] == "permission"
    issue = (await issues.wait("no_permission"))["no_permission"]
    assert issue.severity is ir.IssueSeverity.ERROR

    fault.remove()
    await scan(str(samples.add_episode(tv, "Westworld", 1, 3)))

    await issues.wait()


async def test_new_token_removes_the_issue(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, issues: Issues
) -> None:
    """A new token removes the issue without a scan."""
    entry = await set_up()
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_TOKEN: fake_plex.shared_token})
    await hass.config_entries.async_reload(entry.entry_id)
    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)))
    await issues.wait("no_permission")
    await pass_time(hass, CHECK_INTERVAL)
    assert issues().keys() == {"no_permission"}

    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_TOKEN: fake_plex.token})
    await hass.config_entries.async_reload(entry.entry_id)

    await issues.wait()


@pytest.fixture
async def elsewhere(fake_plex: FakePlex, tv: Path, set_up: SetUp) -> tuple[MockConfigEntry, Path]:
    """Return an entry whose Plex sees the library in another folder than Home Assistant does, and that folder."""
    real = tv.parent / "real"
    fake_plex.add_library("Films", "movie", {"/films": real})
    real.mkdir()
    mapping = {"from": "/films", "to": "/films", "local": str(tv)}
    return await set_up(path_mappings=[mapping], validation_timeout=0.5), real


async def test_invisible_file_raises_an_issue(
    hass: HomeAssistant, elsewhere: tuple[MockConfigEntry, Path], tv: Path, scan: Scan, issues: Issues
) -> None:
    """An issue for an invisible file remains until Plex sees it."""
    samples.add_movie(tv, "Metropolis (1927)")
    samples.add_movie(tv, "Nosferatu (1922)")
    (result,) = (await scan("/films/Metropolis (1927)/Metropolis (1927).mkv"))["results"]
    assert (result["outcome"], result["reason"]) == ("not_found", "not_visible_to_plex")
    issue = (await issues.wait("not_visible"))["not_visible"]
    assert issue.translation_placeholders == {
        "server": "Living room",
        "library": "Films",
        "path": "/films/Metropolis (1927)/Metropolis (1927).mkv",
    }
    samples.add_movie(elsewhere[1], "Nosferatu (1922)")
    await scan("/films/Nosferatu (1922)/Nosferatu (1922).mkv")
    await pass_time(hass, CHECK_INTERVAL)
    assert issues().keys() == {"not_visible"}

    samples.add_movie(elsewhere[1], "Metropolis (1927)")
    await pass_time(hass, CHECK_INTERVAL)

    await issues.wait()


async def test_listed_file_removes_the_issue(
    elsewhere: tuple[MockConfigEntry, Path], tv: Path, scan: Scan, issues: Issues
) -> None:
    """When Plex is proven to have the file, the issue disappears immediately."""
    samples.add_movie(tv, "Metropolis (1927)")
    await scan("/films/Metropolis (1927)/Metropolis (1927).mkv")
    await issues.wait("not_visible")
    samples.add_movie(elsewhere[1], "Metropolis (1927)")

    await scan("/films/Metropolis (1927)/Metropolis (1927).mkv")

    assert issues() == {}


async def test_removed_library_removes_the_issue(
    elsewhere: tuple[MockConfigEntry, Path], fake_plex: FakePlex, tv: Path, scan: Scan, issues: Issues
) -> None:
    """When the library is removed, the issue disappears."""
    samples.add_movie(tv, "Metropolis (1927)")
    await scan("/films/Metropolis (1927)/Metropolis (1927).mkv")
    await issues.wait("not_visible")

    fake_plex.remove_library(fake_plex.libraries[-1])
    await elsewhere[0].runtime_data.async_refresh()

    assert issues() == {}


# -- away and gone ----------------------------------------------------------------------------------------------------


async def test_outage_since_the_start_raises_an_issue(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, issues: Issues
) -> None:
    """The outage counts from the first attempt of the setup, however often the setup is retried."""
    entry = make_entry(fake_plex)
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    await fake_plex.stop()
    await set_up(entry, websocket=False)
    assert state_of(entry) is ConfigEntryState.SETUP_RETRY
    await pass_time(hass, REPORT_AFTER)
    assert issues() == {}

    await store(hass, entry, episode)
    await pass_time(hass, RECHECK_INTERVAL)
    issue = (await issues.wait("server_away"))["server_away"]
    assert state_of(entry) is ConfigEntryState.SETUP_RETRY
    assert issue.translation_placeholders == {"server": "Living room", "count": "1"}

    await fake_plex.start()
    await hass.config_entries.async_reload(entry.entry_id)
    assert state_of(entry) is ConfigEntryState.LOADED
    assert issues() == {}


async def test_rejected_token_during_setup_is_no_outage(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, issues: Issues
) -> None:
    """The server responds, so the reauthentication is shown instead of the issue."""
    entry = make_entry(fake_plex, data={CONF_TOKEN: "old"})
    await store(hass, entry, "/x")
    await fake_plex.stop()
    await set_up(entry, websocket=False)
    await fake_plex.start()
    await hass.config_entries.async_reload(entry.entry_id)
    assert state_of(entry) is ConfigEntryState.SETUP_RETRY

    await pass_time(hass, REPORT_AFTER)

    assert issues() == {}


async def test_disabled_server_has_no_issues(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, issues: Issues
) -> None:
    """A disabled server has no issues and no outage."""
    entry = await set_up(websocket=False)
    await refuse(scan, "/nowhere/x.mkv")
    await issues.wait("no_library")
    await fake_plex.stop()
    await entry.runtime_data.async_refresh()
    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)), wait=False)

    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)

    assert issues() == {}
    await pass_time(hass, REPORT_AFTER)
    assert issues() == {}


async def test_long_outage_with_pending_paths_raises_an_issue(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, issues: Issues
) -> None:
    """Only a long outage with pending paths raises the issue; it disappears when the server is back."""
    entry = await set_up(websocket=False)
    await fake_plex.stop()
    await entry.runtime_data.async_refresh()
    assert entry.state is ConfigEntryState.LOADED
    await pass_time(hass, REPORT_AFTER)
    assert issues() == {}
    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)), wait=False)
    await pass_time(hass, CHECK_INTERVAL)
    issue = (await issues.wait("server_away"))["server_away"]
    assert issue.translation_placeholders == {"server": "Living room", "count": "1"}

    await fake_plex.start()
    entry.runtime_data.engine.availability.probe_now()

    await issues.wait()


async def test_outage_after_failed_statistics_is_noticed(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, issues: Issues
) -> None:
    """An outage is noticed even if the statistics could not be read before it."""
    entry = await set_up(websocket=False)
    coordinator = entry.runtime_data
    fault = fake_plex.faults.add(Fault("truncated", "/library/sections"))
    for _ in range(MAX_FAILURES):
        await coordinator.async_refresh()
    assert not coordinator.last_update_success
    assert shown(hass, CONNECTIVITY) == STATE_ON

    fault.remove()
    await fake_plex.stop()
    await coordinator.async_refresh()

    assert shown(hass, CONNECTIVITY) == STATE_OFF
    # Only the availability reports the outage, because no request arrives or finishes.
    await coordinator.engine.submit([ScanRequest(path=str(samples.add_episode(tv, "Westworld", 1, 2)))], durable=True)
    await pass_time(hass, REPORT_AFTER)
    await issues.wait("server_away")


async def test_rejected_token_after_an_outage_ends_the_outage(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, issues: Issues
) -> None:
    """The server responds, so the outage is over and the reauthentication is shown instead."""
    entry = await set_up(websocket=False)
    link = entry.runtime_data.engine.availability
    await fake_plex.stop()
    await entry.runtime_data.async_refresh()
    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)), wait=False)

    fake_plex.token = "another"
    await fake_plex.start()
    link.probe_now()
    await wait_until(hass, lambda: link.state is ConnectionState.UNAUTHORIZED)
    await pass_time(hass, REPORT_AFTER)

    assert issues() == {}


async def test_issues_survive_a_reload(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, issues: Issues
) -> None:
    """An issue remains after a reload if its cause remains."""
    entry = await set_up()
    await refuse(scan, "/nowhere/x.mkv")
    await issues.wait("no_library")

    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert issues().keys() == {"no_library"}
