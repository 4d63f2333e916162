"""The action `scan_path` with several servers: which ones are queried and which delay the response."""

from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.fake_plex import FakePlex, samples
from tests.fake_plex.faults import Fault

from .conftest import Scan, SetUp


async def test_all_servers_with_the_path_are_scanned(
    hass: HomeAssistant, fake_plex: FakePlex, attic: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """Without a server, all servers that have the path are scanned; with one, only this server."""
    await set_up()
    second = await set_up(plex=attic)
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    track = samples.add_track(tv.parent / "music", "Artist", "Album", 2)

    results = (await scan([str(episode), str(track)]))["results"]

    assert [(each["path"], each["server"], each["outcome"]) for each in results] == [
        (str(episode), "Living room", "added"),
        (str(episode), "Attic", "added"),
        (str(track), "Attic", "added"),
    ]
    results = (await scan(str(episode), config_entry_id=second.entry_id))["results"]
    assert [each["server"] for each in results] == ["Attic"]


async def test_unreachable_server_does_not_delay_others(
    hass: HomeAssistant, fake_plex: FakePlex, attic: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """An unreachable server does not delay the others; its requests are kept."""
    await set_up()
    await set_up(plex=attic)
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    await attic.stop()

    results = (await scan(str(episode), timeout=1))["results"]

    assert [(each["server"], each["outcome"], each["reason"]) for each in results] == [
        ("Living room", "added", None),
        ("Attic", "pending", "server_offline"),
    ]


async def test_server_without_the_path_is_not_queried(
    hass: HomeAssistant, fake_plex: FakePlex, attic: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """If a server is known to have the path, a hanging server does not delay the response."""
    await set_up()
    await set_up(plex=attic)
    track = next((tv.parent / "music").rglob("*.mp3"))
    fake_plex.stats.reset()
    hung = fake_plex.faults.add(Fault("slow"))

    response = await scan(str(track), timeout=5)

    assert [(each["server"], each["outcome"]) for each in response["results"]] == [("Attic", "added")]
    assert fake_plex.stats.paths() == []
    hung.remove()


async def test_unreachable_server_may_have_the_path(fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan) -> None:
    """If a server is unreachable, its known libraries are used, and the message says so."""
    entry = await set_up()
    await fake_plex.stop()
    await entry.runtime_data.async_refresh()

    with pytest.raises(ServiceValidationError, match=r"is not in any library.*Living room is unreachable"):
        await scan("/new/x.mkv")


async def test_entry_of_another_integration_is_not_a_server(
    hass: HomeAssistant, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """An entry of another integration is no server."""
    await set_up()
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)

    with pytest.raises(ServiceValidationError):
        await scan("/x", config_entry_id=other.entry_id)
