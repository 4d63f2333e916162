"""A server that is set up: outages are logged once, and a rejected token starts a reauthentication."""

import logging
from pathlib import Path

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import ATTR_ENTITY_ID, CONF_TOKEN
from homeassistant.core import HomeAssistant
import pytest

from tests.fake_plex import FakePlex, samples
from tests.fake_plex.faults import Fault

from .conftest import Scan, ScanUntil, SetUp
from .waiting import state_of, wait_until


async def test_each_outage_is_logged_once(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, caplog: pytest.LogCaptureFixture
) -> None:
    """An outage is one line in the log and its end another, however many requests fail."""
    entry = await set_up()
    await fake_plex.wait_websocket()
    caplog.clear()
    await fake_plex.stop()
    await wait_until(hass, lambda: not entry.runtime_data.last_update_success)
    for number in range(2, 5):
        await scan(str(samples.add_episode(tv, "Westworld", 1, number)), timeout=0.05)
    for _ in range(3):
        await entry.runtime_data.async_refresh()
    assert len(visible_lines(caplog)) == 1
    assert "Living room" in visible_lines(caplog)[0]

    await fake_plex.start()
    entry.runtime_data.engine.availability.probe_now()
    await wait_until(hass, lambda: entry.runtime_data.last_update_success)
    await wait_until(hass, lambda: not entry.runtime_data.engine.pending)

    assert len(visible_lines(caplog)) == 1
    assert caplog.text.count("data recovered") == 1
    assert [each.result.outcome for each in entry.runtime_data.history] == ["added"] * 3


def visible_lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines that a person is meant to see."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING and record.name.startswith("custom_components")
    ]


async def test_rejected_token_while_running_starts_reauth_once(
    hass: HomeAssistant,
    fake_plex: FakePlex,
    tv: Path,
    set_up: SetUp,
    scan_until: ScanUntil,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The user is asked for a new token once, and pending requests continue with it."""
    entry = await set_up()
    fake_plex.token = "new-token"
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    result = await scan_until(entry, episode, "not_authorized")

    assert (result["outcome"], result["reason"]) == ("pending", "not_authorized")
    (flow,) = entry.async_get_active_flows(hass, {SOURCE_REAUTH})
    for answer in ({"next_step_id": "manual"}, {CONF_TOKEN: "new-token"}):
        await hass.config_entries.flow.async_configure(flow["flow_id"], answer)
    await wait_until(hass, lambda: state_of(entry) is ConfigEntryState.LOADED and entry.runtime_data.history)
    assert entry.runtime_data.history[0].result.outcome == "added"
    assert "new-token" not in caplog.text


async def test_accepted_token_ends_reauth(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan_until: ScanUntil
) -> None:
    """If the server accepts the token again, the requests continue and reauthentication ends."""
    entry = await set_up(websocket=False)
    token, fake_plex.token = fake_plex.token, "another"
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    assert (await scan_until(entry, episode, "not_authorized"))["reason"] == "not_authorized"
    fake_plex.token = token

    assert any(entry.async_get_active_flows(hass, {SOURCE_REAUTH}))
    retry = {ATTR_ENTITY_ID: "button.living_room_retry_pending"}
    await hass.services.async_call("button", "press", retry, blocking=True)

    await wait_until(hass, lambda: entry.runtime_data.history)
    assert entry.runtime_data.history[0].result.outcome == "added"
    assert not any(entry.async_get_active_flows(hass, {SOURCE_REAUTH}))


async def test_outage_found_by_a_refresh_is_probed(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    """If a regular refresh finds the server unreachable, the server is probed until it is available again."""
    entry = await set_up(websocket=False)
    fault = fake_plex.faults.add(Fault("status", status=503, headers={"Retry-After": "1"}))

    await entry.runtime_data.async_refresh()

    assert not entry.runtime_data.connected
    fault.remove()
    entry.runtime_data.engine.availability.probe_now()
    await wait_until(hass, lambda: entry.runtime_data.connected)
    assert len(visible_lines(caplog)) == 1
