"""The blueprints, imported and run as automations in Home Assistant."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
import re
import shutil
from typing import Any
from urllib.parse import parse_qs, urlparse

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import persistent_notification
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.components.blueprint.schemas import BLUEPRINT_SCHEMA
from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse
from homeassistant.exceptions import ServiceValidationError
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)

from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.scanner import LibraryType, clean
from custom_components.plex_smart_scan.scanner.media.extensions import VIDEO
from custom_components.plex_smart_scan.scanner.media.naming_rules import PathKind, kind_of
from tests.fake_plex import FakePlex, samples

from .conftest import Scan, SetUp

CHECKOUT = Path(__file__).parents[2]
FOLDER = CHECKOUT / "blueprints" / "automation" / DOMAIN
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
SCAN = "event.living_room_scan"

type Automate = Callable[..., Any]


@pytest.fixture
async def entry(hass: HomeAssistant, tv: Path, set_up: SetUp) -> AsyncIterator[MockConfigEntry]:
    """Return a server that is set up, with a TV library."""
    entry = await set_up()
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def automate(hass: HomeAssistant) -> Automate:
    """Return a function that makes an automation of a blueprint, in a folder where Home Assistant looks for them."""

    async def do(name: str, **inputs: Any) -> None:
        place = Path(hass.config.path("blueprints", "automation", DOMAIN))
        await hass.async_add_executor_job(shutil.copytree, FOLDER, place)
        use = {"path": f"{DOMAIN}/{name}.yaml", "input": inputs}
        config = {"automation": {"alias": name, "use_blueprint": use}}
        assert await async_setup_component(hass, "persistent_notification", {})
        assert await async_setup_component(hass, "automation", config)
        await hass.async_block_till_done()
        state = hass.states.get(f"automation.{name}")
        assert state
        assert state.state == STATE_ON

    return do


@pytest.fixture
def notifications(hass: HomeAssistant) -> Callable[[], list[tuple[str | None, str]]]:
    """Return a function that returns the notifications in Home Assistant as title and message."""

    def found() -> list[tuple[str | None, str]]:
        all_of_them = persistent_notification._async_get_or_create_notifications(hass).values()
        return [(each["title"], each["message"]) for each in all_of_them]

    return found


@pytest.mark.parametrize("name", NAMES)
def test_blueprint_is_valid(name: str) -> None:
    """It matches the schema of Home Assistant, needs no newer release than the integration and links to itself."""
    data = load_yaml(str(FOLDER / f"{name}.yaml"))
    assert isinstance(data, dict)

    blueprint = Blueprint(data, expected_domain="automation", schema=BLUEPRINT_SCHEMA)

    assert blueprint.validate() is None
    assert blueprint.metadata["source_url"].endswith(f"/blueprints/automation/{DOMAIN}/{name}.yaml")
    texts = [blueprint.metadata["description"], *(each["description"] for each in blueprint.inputs.values())]
    assert all(texts)


def test_every_blueprint_has_an_import_button() -> None:
    """The buttons on the page lead to the blueprints' sources, each below the blueprint's name."""
    page = (CHECKOUT / "docs" / "blueprints.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\((https://my\.home-assistant\.io/redirect/blueprint_import/[^)]*)\)", page)
    imported = [parse_qs(urlparse(link).query)["blueprint_url"][0] for link in links]
    blueprints = [load_yaml(str(FOLDER / f"{name}.yaml")) for name in NAMES]
    metadata = [each["blueprint"] for each in blueprints if isinstance(each, dict)]

    assert sorted(imported) == sorted(each["source_url"] for each in metadata)
    assert all(f"## {each['name']}\n" in page for each in metadata)


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


WANTED = ("x.mkv", "X.MKV", "x.flac", "IMG 1.HEIC", "x.en.srt", "x.idx", "poster.jpg", "x.nfo", "x.lrc", "x.vob")
JUNK = (
    *("x.sfv", "x.log", "a.nzb", "x.rar", "x.r00", "Thumbs.db", "readme.txt", "x.par2", "x.torrent", "mkv", "x"),
    *("x.mkv.filepart", "x.mkv.part", "x.mkv.PART", "x.mkv.temp", "x.mkv.tmp", "x.mkv.crdownload", "x.mkv.!qB"),
    *("x.mkv.!ut", "x.mkv.bc!", "x.mkv.aria2", "x.mkv.download", "x.mkv.partial", "x.mkv.opdownload", ".x.mkv"),
)


@pytest.fixture
def appear(hass: HomeAssistant) -> Callable[..., Any]:
    """Return a function that fires Folder Watcher events and returns the names of the reported files."""
    calls = async_mock_service(hass, DOMAIN, "scan_path")

    async def do(*names: str) -> list[str]:
        for name in names:
            data = {"event_type": "closed", "path": f"/tv/Westworld/{name}", "file": name, "folder": "/tv/Westworld"}
            hass.bus.async_fire("folder_watcher", data)
            await hass.async_block_till_done()
        return [Path(path).name for call in calls for path in call.data["path"]]

    return do


async def test_unfinished_and_irrelevant_files_are_not_sent(automate: Automate, appear: Callable[..., Any]) -> None:
    """Films, music, photos and what lies beside them are; what a downloader leaves, or has not finished, is not."""
    await automate("scan_when_a_file_appears")

    assert await appear(*WANTED, *JUNK) == list(WANTED)


@pytest.mark.parametrize("endings", ["mkv, .STRM", ["mkv", ".strm"]])
async def test_extensions_can_be_configured(
    endings: str | list[str], automate: Automate, appear: Callable[..., Any]
) -> None:
    """Extensions are accepted with or without dots, separated by commas, or as a list."""
    await automate("scan_when_a_file_appears", endings=endings)

    assert await appear("x.mkv", "x.strm", "x.mp4", "x.mkv.part") == ["x.mkv", "x.strm"]


async def test_all_finished_files_are_sent_without_extensions(automate: Automate, appear: Callable[..., Any]) -> None:
    """Without extensions, all finished files are reported."""
    await automate("scan_when_a_file_appears", endings="")

    assert await appear("x.mkv", "x.sfv", "x.mkv.part", "x.mkv.!QB") == ["x.mkv", "x.sfv"]


def test_extensions_are_those_of_the_scanner() -> None:
    """Each extension is that of a media or sidecar file, and all video extensions are included."""
    data = load_yaml(str(FOLDER / "scan_when_a_file_appears.yaml"))
    assert isinstance(data, dict)
    endings = data["blueprint"]["input"]["endings"]["default"].split()
    kinds = [{kind_of(clean(f"/media/x/x.{ending}"), library) for library in LibraryType} for ending in endings]

    assert all(found & {PathKind.MEDIA, PathKind.SIDECAR} for found in kinds)
    assert set(endings) >= VIDEO
    assert len(endings) == len(set(endings))


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
