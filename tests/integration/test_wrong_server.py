"""Another Plex at the address of ours, as Home Assistant shows it: an outage, one log line, and a repair issue."""

from collections.abc import AsyncIterator
from datetime import timedelta
import logging
from pathlib import Path

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.scanner import Outcome
from tests.fake_plex import FakePlex, samples

from .conftest import ScanUntil, SetUp, make_entry
from .stored_requests import stored_paths
from .waiting import state_of, wait_until


@pytest.fixture
async def impostor(fake_plex: FakePlex, tv: Path) -> AsyncIterator[FakePlex]:
    """Return another server with the same library and token, that is not started."""
    other = FakePlex(machine_identifier="1mp05704" * 5, friendly_name="Attic")
    other.token = fake_plex.token
    other.add_library("TV Shows", "show", {str(tv): tv})
    other.seed()
    yield other
    await other.stop()


def issue_of(hass: HomeAssistant, entry_id: str) -> ir.IssueEntry | None:
    """Return the issue about another server."""
    return ir.async_get(hass).async_get_issue(DOMAIN, f"{entry_id}_wrong_server")


def without_token(plex: FakePlex) -> bool:
    """Return whether a server was only asked who it is."""
    return {request.path for request in plex.stats.requests} <= {"/identity"}


async def test_other_server_during_setup_causes_a_retry(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, impostor: FakePlex
) -> None:
    """Setup is retried, accepted requests are kept, and everything continues when the right server responds."""
    port = fake_plex.port
    await fake_plex.stop()
    await impostor.start(port)
    entry = await set_up(make_entry(fake_plex), websocket=False)
    assert state_of(entry) is ConfigEntryState.SETUP_RETRY
    issue = issue_of(hass, entry.entry_id)
    assert issue
    assert issue.translation_placeholders == {
        "server": "Living room",
        "other": impostor.machine_identifier,
        "url": fake_plex.url,
    }
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    response = await hass.services.async_call(
        DOMAIN, "process_notification", {"path": str(episode)}, blocking=True, return_response=True
    )
    assert response
    assert response["summary"] == {"pending": 1}
    assert await stored_paths(hass, entry) == [str(episode)]
    assert without_token(impostor)

    await impostor.stop()
    await fake_plex.start(port)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=2))
    await wait_until(hass, lambda: state_of(entry) is ConfigEntryState.LOADED)
    await wait_until(hass, lambda: entry.runtime_data.history)

    assert [each.result.outcome for each in entry.runtime_data.history] == [Outcome.ADDED]
    assert issue_of(hass, entry.entry_id) is None


async def test_other_server_while_running_is_an_outage(
    hass: HomeAssistant,
    fake_plex: FakePlex,
    tv: Path,
    set_up: SetUp,
    scan_until: ScanUntil,
    impostor: FakePlex,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No result is reported for the configured server; the issue names the entry of the other one."""
    make_entry(impostor).add_to_hass(hass)
    entry = await set_up()
    caplog.clear()
    port = fake_plex.port
    await fake_plex.stop()
    await impostor.start(port)

    result = await scan_until(entry, samples.add_episode(tv, "Westworld", 1, 2), "server_offline")
    await wait_until(hass, lambda: issue_of(hass, entry.entry_id))

    assert result["reason"] == "server_offline"
    issue = issue_of(hass, entry.entry_id)
    assert issue
    assert issue.translation_placeholders
    assert issue.translation_placeholders["other"] == "Attic"
    assert without_token(impostor)
    # asyncio warns of slow steps on a busy machine.
    records = [record for record in caplog.records if record.name != "asyncio"]
    errors = [record for record in records if record.levelno >= logging.WARNING]
    assert len(errors) == 1

    await impostor.stop()
    await fake_plex.start(port)
    entry.runtime_data.engine.availability.probe_now()
    await wait_until(hass, lambda: entry.runtime_data.history)
    assert [each.result.outcome for each in entry.runtime_data.history] == [Outcome.ADDED]
    await wait_until(hass, lambda: issue_of(hass, entry.entry_id) is None)
