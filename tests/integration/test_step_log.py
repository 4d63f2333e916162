"""The option *Detailed logging*: its lines are in the log of a default Home Assistant, without any `logger:` block."""

from collections.abc import Iterator
import logging
from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest

from tests.fake_plex import FakePlex, samples
from tests.fake_plex.faults import Fault

from .conftest import Scan, SetUp

STEP_LOG = "custom_components.plex_smart_scan.scanner.step_log"


@pytest.fixture(autouse=True)
def _default_levels(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Set the root logger to the level that Home Assistant gives it."""
    with caplog.at_level(logging.WARNING):
        caplog.handler.setLevel(logging.NOTSET)
        yield


def steps(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines of the step log."""
    return [record.getMessage() for record in caplog.records if record.name == STEP_LOG]


async def test_steps_are_logged_by_default(
    tv: Path, set_up: SetUp, scan: Scan, caplog: pytest.LogCaptureFixture
) -> None:
    """Each step is a line."""
    await set_up()
    episode = samples.add_episode(tv, "Westworld", 1, 2)

    await scan(str(episode))

    assert any(line.endswith(f"Added: {episode}") for line in steps(caplog))


async def test_steps_are_not_logged_with_the_option_off(
    tv: Path, set_up: SetUp, scan: Scan, caplog: pytest.LogCaptureFixture
) -> None:
    """With the option off, steps are not logged."""
    await set_up(detailed_logging=False)

    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)))

    assert steps(caplog) == []


async def test_level_is_reset_with_the_last_server(
    hass: HomeAssistant, fake_plex: FakePlex, attic: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """Two servers share the logger: its level is reset when the second one is unloaded."""
    first = await set_up()
    second = await set_up(plex=attic)
    assert logging.getLogger(STEP_LOG).level == logging.INFO

    await hass.config_entries.async_unload(first.entry_id)
    assert logging.getLogger(STEP_LOG).level == logging.INFO

    await hass.config_entries.async_unload(second.entry_id)
    assert logging.getLogger(STEP_LOG).level == logging.NOTSET


async def test_level_is_reset_when_the_set_up_fails(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """After a failed setup, the level of the logger is reset."""
    await fake_plex.stop()

    await set_up(websocket=False)

    assert logging.getLogger(STEP_LOG).level == logging.NOTSET


async def test_level_is_reset_when_the_option_is_switched_off(hass: HomeAssistant, tv: Path, set_up: SetUp) -> None:
    """The entry is reloaded with the new option."""
    entry = await set_up()

    hass.config_entries.async_update_entry(entry, options={**entry.options, "detailed_logging": False})
    await hass.config_entries.async_reload(entry.entry_id)

    assert logging.getLogger(STEP_LOG).level == logging.NOTSET


async def test_failed_scan_is_explained(
    fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, caplog: pytest.LogCaptureFixture
) -> None:
    """The line of a refused request contains the status; the messages for users refer to the log."""
    await set_up()
    fake_plex.faults.add(Fault("status", "/library/sections/*/refresh", status=400, body="no"))

    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)))

    assert any("Failed (bad_request: Plex responded with HTTP status 400)" in line for line in steps(caplog))
