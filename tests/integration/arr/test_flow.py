"""Connecting a downloader through the flow: the saved connection, and errors of the downloader."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.const import CONF_API_KEY, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.plex_smart_scan.arr.api_response import ArrError, ArrErrorKind
from custom_components.plex_smart_scan.arr.credentials import CONF_CORE_ENTRY_ID
from custom_components.plex_smart_scan.scanner import Outcome
from tests.fake_arr import RELEASES, FakeArr, Release
from tests.fake_arr.connections import fields_of
from tests.fake_plex import FakePlex, samples

from .conftest import Connect, Flow, Results, answers_for, coordinator_of, subentry_of
from .redirecting import Redirecting

OURS = {
    "sonarr": {"onDownload", "onUpgrade", "onImportComplete", "onRename", "onSeriesDelete", "onEpisodeFileDelete"},
    "radarr": {"onDownload", "onUpgrade", "onRename", "onMovieDelete", "onMovieFileDelete"},
    "lidarr": {"onReleaseImport", "onUpgrade", "onRename", "onArtistDelete", "onAlbumDelete", "onTrackRetag"},
    "readarr": {
        "onReleaseImport",
        "onUpgrade",
        "onRename",
        "onAuthorDelete",
        "onBookDelete",
        "onBookFileDelete",
        "onBookRetag",
    },
}


async def test_import_is_posted_and_scanned_once(
    entry: MockConfigEntry,
    sonarr: FakeArr,
    connect: Connect,
    results: Results,
    tv: Path,
    fake_plex: FakePlex,
) -> None:
    """Sonarr posts the import and its completion, 20 ms apart: that is one scan."""
    downloader = await connect(sonarr)
    assert downloader.connected
    (connection,) = sonarr.connections.all()
    assert connection["name"] == "Home Assistant: Living room (Plex Smart Scan)"
    assert subentry_of(entry).title == "Sonarr"
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    fake_plex.stats.reset()
    await sonarr.import_file(str(episode), episode.stat().st_size)
    assert [each.status for each in sonarr.posted[-2:]] == [200, 200]
    first, *others = await results(1)  # the completion may join the import
    assert first.outcome is Outcome.ADDED
    assert {each.outcome for each in others} <= {Outcome.UP_TO_DATE}
    assert len(fake_plex.stats.scans) == 1
    assert downloader.last_notification is not None


@pytest.mark.parametrize("release", RELEASES, ids=lambda each: f"{each.program.kind}-{each.version}")
async def test_every_version_of_every_program_is_connected(
    hass: HomeAssistant, entry: MockConfigEntry, flow: Flow, release: Release
) -> None:
    """The connection has exactly our events, as far as the version has them, and a number as its method."""
    arr = FakeArr(release.program, release.version)
    await arr.start()
    result = await flow(await flow(), answers_for(arr))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (connection,) = arr.connections.all()
    on = {flag for flag in release.events if connection[flag]}
    assert on == OURS[release.program.kind].intersection(release.events)
    assert (fields_of(connection)["method"], connection["tags"]) == (1, [])
    assert fields_of(connection)["url"].split("?")[1] == f"source={subentry_of(entry).unique_id}"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert coordinator_of(hass, entry).connected
    await arr.stop()


async def test_url_and_key_of_a_core_integration_are_used(
    hass: HomeAssistant, entry: MockConfigEntry, sonarr: FakeArr, flow: Flow
) -> None:
    """Its URL and API key are not copied, and changes apply immediately."""
    core = MockConfigEntry(
        domain="sonarr",
        title="127.0.0.1",
        data={CONF_URL: sonarr.url, CONF_API_KEY: sonarr.api_key, CONF_VERIFY_SSL: True},
    )
    core.add_to_hass(hass)
    menu = await flow()
    assert menu["menu_options"] == ["core", "manual"]
    form = await flow(menu, {"next_step_id": "core"})
    result = await flow(form, {CONF_CORE_ENTRY_ID: core.entry_id})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)
    data = subentry_of(entry).data
    assert data[CONF_CORE_ENTRY_ID] == core.entry_id
    assert not {CONF_URL, CONF_API_KEY} & data.keys()

    sonarr.api_key = "f" * 32
    hass.config_entries.async_update_entry(core, data={**core.data, CONF_API_KEY: sonarr.api_key})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert coordinator_of(hass, entry).connected
    assert sonarr.requests[-1].headers["X-Api-Key"] == sonarr.api_key
    # The only one is connected, so no menu is shown any more.
    assert (await flow())["step_id"] == "manual"


async def test_core_url_without_a_port_gets_the_default_port(hass: HomeAssistant, sonarr: FakeArr, flow: Flow) -> None:
    """The default port of the program is tried first, then the port of the scheme."""
    core = MockConfigEntry(domain="lidarr", data={CONF_URL: "http://127.0.0.1", CONF_API_KEY: sonarr.api_key})
    core.add_to_hass(hass)
    form = await flow(await flow(), {"next_step_id": "core"})
    asked: list[str] = []

    async def connect(_hass: HomeAssistant, accesses: Any) -> Any:
        asked.extend(access.url for access in accesses)
        raise ArrError(ArrErrorKind.CANNOT_CONNECT, "")

    with patch("custom_components.plex_smart_scan.arr.connect_downloader.async_connect", connect):
        await flow(form, {CONF_CORE_ENTRY_ID: core.entry_id})
    assert asked == ["http://127.0.0.1:8686", "http://127.0.0.1"]


async def _wrong_key(arr: FakeArr) -> None:
    arr.api_key = "another"


async def _starting(arr: FakeArr) -> None:
    arr.starting = True


async def _login_page(arr: FakeArr) -> None:
    arr.login = "page"


async def _login_redirect(arr: FakeArr) -> None:
    arr.login = "redirect"


async def _whisparr(arr: FakeArr) -> None:
    arr.app_name = "Whisparr"


async def _stopped(arr: FakeArr) -> None:
    await arr.stop()


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (_wrong_key, "invalid_auth"),
        (_starting, "starting"),
        (_login_page, "login_page"),
        (_login_redirect, "login_page"),
        (_whisparr, "unknown_program"),
        (_stopped, "cannot_connect"),
    ],
)
async def test_each_cause_has_its_own_error(
    sonarr: FakeArr, flow: Flow, spoil: Callable[[FakeArr], Awaitable[None]], error: str
) -> None:
    """Each cause has a separate error, and the user can correct the form."""
    key = sonarr.api_key
    await spoil(sonarr)
    form = await flow(await flow(), answers_for(sonarr, api_key=key))
    assert form["errors"] == {"base": error}
    assert not [each for each in sonarr.requests if each.method != "GET"]
    if error == "cannot_connect":
        await sonarr.start()
    sonarr.api_key, sonarr.starting, sonarr.login, sonarr.app_name = key, False, None, "Sonarr"
    assert (await flow(form, answers_for(sonarr)))["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("given", "errors"), [("ftp://x", {CONF_URL: "cannot_connect"}), ("", {CONF_URL: "cannot_connect"})]
)
async def test_invalid_url_is_shown_at_the_field(
    flow: Flow, sonarr: FakeArr, given: str, errors: dict[str, str]
) -> None:
    """The error is shown at the field."""
    assert (await flow(await flow(), answers_for(sonarr, url=given)))["errors"] == errors


async def test_api_key_that_is_invalid_in_a_header_is_not_sent(flow: Flow, sonarr: FakeArr) -> None:
    """It is rejected without being sent."""
    form = await flow(await flow(), answers_for(sonarr, api_key="naïve“key"))
    assert form["errors"] == {CONF_API_KEY: "invalid_auth"}
    assert sonarr.requests == []


async def test_url_base_is_found_by_the_redirect(sonarr: FakeArr, flow: Flow, entry: MockConfigEntry) -> None:
    """The redirect of the program to the same origin contains it."""
    sonarr.url_base = "/sonarr"
    result = await flow(await flow(), answers_for(sonarr, url=sonarr.origin))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_key_is_not_sent_to_another_origin(sonarr: FakeArr, flow: Flow, socket_enabled: None) -> None:
    """Another origin gets no request at all."""
    async with Redirecting(sonarr.origin) as proxy:
        form = await flow(await flow(), answers_for(sonarr, url=proxy.url))
    assert form["errors"] == {"base": "login_page"}
    assert sonarr.requests == []
