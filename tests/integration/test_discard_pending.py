"""The action `discard_pending`, and what shows that something waits."""

from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest

from custom_components.plex_smart_scan.const import DOMAIN
from tests.fake_plex import FakePlex, samples

from .conftest import Scan, SetUp

PENDING = "sensor.living_room_pending_paths"
OLDEST = "sensor.living_room_oldest_pending"


async def discard(hass: HomeAssistant, **data: Any) -> list[str]:
    """Call the action and return the dropped paths."""
    response = await hass.services.async_call(DOMAIN, "discard_pending", data, blocking=True, return_response=True)
    assert response
    dropped: Any = response["discarded"]
    return sorted(dropped)


@pytest.fixture
async def waiting(fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan) -> list[str]:
    """Let two episodes of one show and one of another wait for a server that is unreachable."""
    await set_up(websocket=False)
    shows = [("Westworld", 2), ("Westworld", 3), ("Lost", 1)]
    paths = [str(samples.add_episode(tv, show, 1, number)) for show, number in shows]
    await fake_plex.stop()
    response = await scan(paths, timeout=0.3)
    assert response["summary"] == {"pending": 3}
    return paths


async def test_all_pending_requests_are_discarded(hass: HomeAssistant, waiting: list[str]) -> None:
    """Each ends as failed, in the event and in the result for waiting callers."""
    assert await discard(hass) == sorted(waiting)
    await hass.async_block_till_done()

    assert hass.states.is_state(PENDING, "0")
    state = hass.states.get("event.living_room_scan")
    assert state
    assert (state.attributes["event_type"], state.attributes["reason"]) == ("failed", "discarded")
    assert state.attributes["message"]
    assert await discard(hass) == []


async def test_requests_below_a_folder_are_discarded(hass: HomeAssistant, tv: Path, waiting: list[str]) -> None:
    """The other requests keep waiting; a single file can be discarded too."""
    assert await discard(hass, path=str(tv / "Westworld")) == sorted(waiting[:2])
    assert await discard(hass, path=waiting[0]) == []
    assert hass.states.is_state(PENDING, "1")
    assert await discard(hass, path=waiting[2]) == [waiting[2]]


async def test_discard_works_without_a_response(hass: HomeAssistant, waiting: list[str]) -> None:
    """The action can be called without a response variable."""
    await hass.services.async_call(DOMAIN, "discard_pending", {}, blocking=True)

    assert hass.states.is_state(PENDING, "0")


@pytest.mark.parametrize("data", [{"path": "tv"}, {"config_entry_id": "unknown"}])
async def test_invalid_call_discards_nothing(hass: HomeAssistant, waiting: list[str], data: dict[str, str]) -> None:
    """A relative path and an unknown server are rejected, and nothing is discarded."""
    with pytest.raises(ServiceValidationError):
        await hass.services.async_call(DOMAIN, "discard_pending", data, blocking=True)

    assert hass.states.is_state(PENDING, "3")


async def test_pending_sensor_shows_paths_and_reasons(hass: HomeAssistant, waiting: list[str]) -> None:
    """The attributes of the sensor contain each path with its reason; the recorder excludes them."""
    await hass.async_block_till_done()
    state = hass.states.get(PENDING)
    assert state
    rows = state.attributes["waiting"]
    assert [row["path"] for row in rows] == waiting
    assert {row["reason"] for row in rows} == {"server_offline"}
    assert all(row["message"] for row in rows)
    assert "waiting" in state.state_info["unrecorded_attributes"]  # type: ignore[index]


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_oldest_pending_shows_the_time_of_the_oldest_request(hass: HomeAssistant, waiting: list[str]) -> None:
    """The sensor shows the time of the oldest pending request, and is unknown without one."""
    await hass.async_block_till_done()
    state = hass.states.get(OLDEST)
    assert state
    since = dt_util.parse_datetime(state.state, raise_on_error=True)
    assert 0 <= (dt_util.utcnow() - since).total_seconds() < 60

    await discard(hass)
    await hass.async_block_till_done()

    assert hass.states.is_state(OLDEST, "unknown")


async def test_oldest_pending_is_disabled_by_default(
    entity_registry: er.EntityRegistry, tv: Path, set_up: SetUp
) -> None:
    """It is disabled by default."""
    await set_up()

    entry = entity_registry.async_get(OLDEST)

    assert entry
    assert entry.disabled_by is er.RegistryEntryDisabler.INTEGRATION
    assert entry.entity_category == "diagnostic"
