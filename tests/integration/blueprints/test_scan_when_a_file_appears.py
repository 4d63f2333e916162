"""The blueprint that scans files reported by Folder Watcher: when each file is sent."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed, async_mock_service

from custom_components.plex_smart_scan.const import DOMAIN
from tests.fake_plex import FakePlex, samples

from .conftest import Automate


@pytest.mark.parametrize(
    ("change", "scanned"),
    [
        ({"event_type": "closed"}, 1),
        ({"event_type": "modified"}, 0),
        ({"event_type": "closed", "path": "{tv}/Westworld/Season 01/x.mkv.part"}, 0),
        ({"event_type": "closed", "path": "{tv}/Westworld/Season 01/.hidden.mkv"}, 0),
        ({"event_type": "closed", "path": "{tv}-4k/x.mkv"}, 0),
        ({"event_type": "moved", "path": "/downloads/x.mkv", "dest_path": "{path}"}, 1),
        ({"event_type": "moved", "path": "{path}.part", "dest_path": "{path}"}, 1),
    ],
)
async def test_reported_file_is_scanned_unless_unfinished_or_elsewhere(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    fake_plex: FakePlex,
    tv: Path,
    automate: Automate,
    change: dict[str, str],
    scanned: int,
) -> None:
    """Reported files are scanned unless they are unfinished or in another folder."""
    await automate("scan_when_a_file_appears", folder=str(tv))
    path = str(samples.add_episode(tv, "Westworld", 1, 2))
    data = {"path": path} | {name: text.format(tv=tv, path=path) for name, text in change.items()}

    hass.bus.async_fire("folder_watcher", {**data, "file": Path(path).name, "folder": str(Path(path).parent)})
    await hass.async_block_till_done()

    if scanned:
        await fake_plex.wait_scans_done(scanned)
    assert [scan.path for scan in fake_plex.stats.scans] == [str(Path(path).parent)] * scanned


@pytest.fixture
def watched(hass: HomeAssistant) -> Callable[..., Any]:
    """Return a function that lets Folder Watcher report something of a file, and returns the paths sent on so far."""
    calls = async_mock_service(hass, DOMAIN, "scan_path")

    async def do(event_type: str, path: str = "/tv/x.mkv", **more: str) -> list[str]:
        data = {"event_type": event_type, "path": path, "file": Path(path).name, "folder": str(Path(path).parent)}
        hass.bus.async_fire("folder_watcher", {**data, **more})
        await run_until_waiting()
        assert all(call.data["wait"] is False for call in calls)
        return [sent for call in calls for sent in call.data["path"]]

    return do


@pytest.fixture
def listed(hass: HomeAssistant) -> set[str]:
    """Return the paths that Plex lists, to be changed by a test: what `resolve_path` goes by."""
    paths: set[str] = set()

    async def resolve(call: ServiceCall) -> dict[str, Any]:
        path = call.data["path"]
        return {"results": [{"path": path, "in_plex": path in paths, "reason": None}]}

    hass.services.async_register(DOMAIN, "resolve_path", resolve, supports_response=SupportsResponse.ONLY)
    return paths


async def pass_settling_time(hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float = 16) -> None:
    """Let so much time pass that a file counts as finished."""
    freezer.tick(seconds)
    async_fire_time_changed(hass)
    await run_until_waiting()


async def run_until_waiting() -> None:
    """Run the automation until it waits, because Home Assistant's own helper would wait too."""
    for _ in range(100):
        await asyncio.sleep(0)


async def test_hard_link_is_sent_after_the_settling_time(
    hass: HomeAssistant, automate: Automate, watched: Callable[..., Any], freezer: FrozenDateTimeFactory
) -> None:
    """Hard links and files in a moved folder appear without being written."""
    await automate("scan_when_a_file_appears")

    assert await watched("created", "/tv/a.mkv") == []
    assert await watched("created", "/tv/b.mkv") == []
    await pass_settling_time(hass, freezer)

    assert await watched("modified") == ["/tv/a.mkv", "/tv/b.mkv"]


async def test_copy_is_sent_once_when_it_is_complete(
    hass: HomeAssistant, automate: Automate, watched: Callable[..., Any], freezer: FrozenDateTimeFactory
) -> None:
    """It is reported once, even with pauses shorter than the settling time."""
    await automate("scan_when_a_file_appears")

    assert await watched("created") == []
    for _ in range(4):
        assert await watched("modified") == []
        await pass_settling_time(hass, freezer, 10)
    assert await watched("modified") == []
    assert await watched("closed") == ["/tv/x.mkv"]
    await pass_settling_time(hass, freezer, 60)

    assert await watched("modified") == ["/tv/x.mkv"]


async def test_copy_is_sent_without_the_closed_event(
    hass: HomeAssistant, automate: Automate, watched: Callable[..., Any]
) -> None:
    """With only *It appeared* chosen the run that waits sends it when it is written."""
    await automate("scan_when_a_file_appears", changes=["created"])

    assert await watched("created") == []
    assert await watched("closed") == ["/tv/x.mkv"]


@pytest.mark.parametrize("end", ["deleted", "moved"])
async def test_file_deleted_before_it_is_sent_is_ignored(
    hass: HomeAssistant,
    automate: Automate,
    watched: Callable[..., Any],
    listed: set[str],
    freezer: FrozenDateTimeFactory,
    end: str,
) -> None:
    """Nothing is reported, because Plex never had the file."""
    await automate("scan_when_a_file_appears")

    assert await watched("created") == []
    assert await watched(end, dest_path="/elsewhere/x.tmp") == []
    await pass_settling_time(hass, freezer, 60)

    assert await watched("modified") == []


async def test_deleted_file_is_sent_if_plex_lists_it(
    hass: HomeAssistant, automate: Automate, watched: Callable[..., Any], listed: set[str]
) -> None:
    """A deleted file that Plex lists is sent."""
    listed.add("/tv/x.mkv")
    await automate("scan_when_a_file_appears")

    assert await watched("deleted") == ["/tv/x.mkv"]


async def test_deleted_file_that_cannot_be_looked_up_is_ignored(
    hass: HomeAssistant, automate: Automate, watched: Callable[..., Any]
) -> None:
    """Without a response, nothing is sent and the automation keeps working."""
    hass.services.async_register(DOMAIN, "resolve_path", refuse, supports_response=SupportsResponse.ONLY)
    await automate("scan_when_a_file_appears")

    assert await watched("deleted") == []
    assert await watched("closed", "/tv/y.mkv") == ["/tv/y.mkv"]


async def refuse(call: ServiceCall) -> None:
    """Refuse as the action does while no server is loaded."""
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_server_loaded")


@pytest.mark.parametrize(
    ("known", "sent"), [(True, ['/a/It\'s "old".mkv', "/b/{{ new }}.mkv"]), (False, ["/b/{{ new }}.mkv"])]
)
async def test_renamed_file_is_sent_by_its_new_name(
    hass: HomeAssistant,
    automate: Automate,
    watched: Callable[..., Any],
    listed: set[str],
    known: bool,
    sent: list[str],
) -> None:
    """The new name is sent; the old one only where Plex lists it, never as a new file."""
    old = '/a/It\'s "old".mkv'
    listed.update({old} if known else set())
    await automate("scan_when_a_file_appears")

    assert await watched("moved", old, dest_path="/b/{{ new }}.mkv") == sent
