"""The blueprints that notify: new items, files that Plex does not list, and pending requests."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed, async_mock_service

from custom_components.plex_smart_scan.const import DOMAIN
from tests.fake_plex import samples

from ..conftest import Scan
from .conftest import Automate

SCAN = "event.living_room_scan"


async def test_ready_to_watch_notifies_about_new_items_only(
    hass: HomeAssistant, entry: MockConfigEntry, tv: Path, scan: Scan, automate: Automate, notifications: Any
) -> None:
    """Only new items cause a notification, with title and library."""
    await automate("ready_to_watch", scan_events=[SCAN])

    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)))
    await scan(str(tv / "Westworld"))
    await scan(str(tv / "Westworld" / "missing.mkv"), timeout=0)
    await hass.async_block_till_done()

    ((title, message),) = notifications()
    assert title == "Ready to watch"
    assert "Episode 2" in message
    assert message.endswith("(TV Shows)")


async def test_ready_to_watch_can_be_restricted_to_libraries(
    hass: HomeAssistant, movies: Path, entry: MockConfigEntry, tv: Path, scan: Scan, automate: Automate
) -> None:
    """Only the selected libraries count, upgrades are optional, and all variables are available."""
    calls: list[ServiceCall] = async_mock_service(hass, "notify", "phone")
    texts = {name: f"{{{{ {name} }}}}" for name in ("title", "library", "path", "server_path", "message", "rating_key")}
    await automate(
        "ready_to_watch",
        scan_events=SCAN,
        libraries=["Movies"],
        include_updated=True,
        actions=[{"action": "notify.phone", "data": texts}],
    )

    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)))
    tenet = samples.add_movie(movies, "Tenet (2020)")
    await scan(str(tenet))
    samples.put(tenet, samples.LARGE)
    await scan(str(tenet))
    await hass.async_block_till_done()

    assert [call.data["path"] for call in calls] == [str(tenet), str(tenet)]
    assert calls[0].data["title"] == "Tenet"
    assert calls[0].data["library"] == "Movies"
    assert calls[0].data["server_path"] == str(tenet)
    assert isinstance(calls[0].data["rating_key"], int)
    assert calls[0].data["message"].startswith("Added to Movies")
    assert calls[1].data["message"].startswith("Updated in Movies")


async def test_reload_does_not_trigger_an_automation(
    hass: HomeAssistant, entry: MockConfigEntry, tv: Path, scan: Scan, automate: Automate, notifications: Any
) -> None:
    """The event keeps its last state over a reload."""
    await automate("ready_to_watch", scan_events=[SCAN])
    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)))

    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()

    assert len(notifications()) == 1


async def test_not_in_plex_notifies_about_unlisted_files(
    hass: HomeAssistant, entry: MockConfigEntry, tv: Path, scan: Scan, automate: Automate, notifications: Any
) -> None:
    """A file that Plex does not list causes a notification; one that it lists does not."""
    await automate("not_in_plex", scan_events=[SCAN])
    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)))
    ignored = samples.add_episode(tv, "Westworld", 1, 3)
    (ignored.parent / ".plexignore").write_text("*E03*\n", encoding="utf-8")

    await hass.services.async_call(DOMAIN, "process_notification", {"path": "/elsewhere/x.mkv"}, blocking=True)
    await scan(str(ignored), timeout=20)
    await hass.async_block_till_done()

    found = dict(message.split(": ", 1) for _, message in notifications())
    assert found.keys() == {"/elsewhere/x.mkv", str(ignored)}
    assert all(found.values())


async def test_nightly_notification_lists_pending_requests(
    hass: HomeAssistant, automate: Automate, notifications: Any, freezer: FrozenDateTimeFactory
) -> None:
    """The notification lists the pending requests after a retry; without pending requests, there is none."""
    pressed = async_mock_service(hass, "button", "press")
    freezer.move_to("2026-11-22T03:00:00+00:00")
    await hass.config.async_set_time_zone("UTC")
    hass.states.async_set("sensor.living_room_pending_paths", "0", {"friendly_name": "Living room"})
    await automate(
        "nightly_pending",
        pending_paths=["sensor.living_room_pending_paths"],
        retry_buttons=["button.living_room_retry_pending"],
        time="03:30:00",
        patience={"seconds": 0},
    )

    async def at(time: str) -> None:
        freezer.move_to(time)
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=1))
        await hass.async_block_till_done()

    await at("2026-11-22T03:30:00+00:00")
    assert pressed == []
    assert notifications() == []
    hass.states.async_set("sensor.living_room_pending_paths", "3", {"friendly_name": "Living room"})
    await at("2026-11-23T03:30:00+00:00")
    assert [call.data["entity_id"] for call in pressed] == [["button.living_room_retry_pending"]]
    assert notifications() == [("Plex requests are pending", "Pending: Living room: 3")]
    await hass.services.async_call("automation", "turn_off", {"entity_id": "automation.nightly_pending"}, blocking=True)
