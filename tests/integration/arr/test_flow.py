"""Connecting a downloader through the flow: the saved connection, errors, and the following steps."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.const import CONF_API_KEY, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockModule, mock_integration

from custom_components.plex_smart_scan.arr.api_response import ArrError, ArrErrorKind
from custom_components.plex_smart_scan.arr.credentials import CONF_BASE_URL, CONF_CORE_ENTRY_ID, CONF_NOTIFICATION_ID
from custom_components.plex_smart_scan.flows.downloader_forms import CONF_DELETE_DUPLICATES
from custom_components.plex_smart_scan.scanner import Outcome
from tests.e2e.processes import free_port
from tests.fake_arr import PROGRAMS, RELEASES, FakeArr, Release
from tests.fake_arr.connections import fields_of
from tests.fake_plex import FakePlex, samples
from tests.integration.conftest import SetUp

from .conftest import Connect, Flow, Results, after_progress, answers_for, coordinator_of, subentry_of
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


# -- addresses --------------------------------------------------------------------------------------------------------


async def test_successful_test_without_delivery_is_an_error(
    sonarr: FakeArr, flow: Flow, home_url: str, entry: MockConfigEntry, socket_enabled: None
) -> None:
    """The program treats a redirect as success, but only the arrival of the code counts."""
    async with Redirecting("https://elsewhere.invalid") as proxy:
        sonarr.network.routes[home_url] = proxy.url
        sonarr.network.network_errors["127.0.0.2"] = "route"
        form = await flow(await flow(), answers_for(sonarr))
    assert (form["step_id"], form["errors"]) == ("address", {"base": "not_delivered"})
    assert home_url in form["description_placeholders"]["details"]
    assert sonarr.connections.all() == []
    sonarr.network.routes.clear()
    result = await flow(form, {CONF_BASE_URL: home_url})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert subentry_of(entry).data[CONF_BASE_URL] == home_url


async def test_response_200_without_delivery_is_an_error(sonarr: FakeArr, flow: Flow, entry: MockConfigEntry) -> None:
    """Home Assistant returns 200 for it, as for callers that are not local."""
    with patch("homeassistant.components.webhook.network_util.is_local", return_value=False):
        form = await flow(await flow(), answers_for(sonarr))
    assert form["errors"] == {"base": "not_delivered"}
    assert sonarr.connections.all() == []


@pytest.mark.parametrize(
    ("network_error", "error", "words"),
    [
        ("name", "name_not_resolved", "Name does not resolve"),
        ("refused", "connection_refused", "Connection refused"),
        ("route", "no_route", "No route to host"),
        ("tls", "certificate", "SSL connection could not be established"),
    ],
)
async def test_error_of_an_unreachable_url_is_shown(
    hass: HomeAssistant, sonarr: FakeArr, flow: Flow, home_url: str, network_error: Any, error: str, words: str
) -> None:
    """The error of the program is shown with the next step; an entered URL is tried first."""
    await hass.config.async_update(internal_url="http://homeassistant.local:8123")
    sonarr.network.network_errors = {"homeassistant.local": network_error, "127.0.0.1": network_error}
    form = await flow(await flow(), answers_for(sonarr))
    assert (form["step_id"], form["errors"]) == ("address", {"base": error})
    assert words in form["description_placeholders"]["details"]
    assert sonarr.connections.all() == []

    sonarr.network.network_errors = {"homeassistant.local": network_error}
    sonarr.sender.posted.clear()
    result = await flow(form, {CONF_BASE_URL: home_url})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert all(each.url.startswith(home_url) for each in sonarr.posted)


async def test_ip_address_is_tried_if_the_name_is_not_resolved(
    hass: HomeAssistant, sonarr: FakeArr, flow: Flow, home_url: str, entry: MockConfigEntry
) -> None:
    """If a container cannot resolve the host name, our IP address is tried next."""
    await hass.config.async_update(internal_url="http://homeassistant.local:8123")
    sonarr.network.network_errors["homeassistant.local"] = "name"
    assert hass.config.api
    port = hass.config.api.port
    sonarr.network.routes[f"http://127.0.0.1:{port}"] = home_url
    with patch("custom_components.plex_smart_scan.arr.addresses.network.async_get_source_ip", return_value="127.0.0.1"):
        result = await flow(await flow(), answers_for(sonarr))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert subentry_of(entry).data[CONF_BASE_URL] == f"http://127.0.0.1:{port}"


async def test_next_address_is_tried_after_a_timeout(
    hass: HomeAssistant, sonarr: FakeArr, flow: Flow, home_url: str, entry: MockConfigEntry
) -> None:
    """After a timeout, the next address is tried."""
    await hass.config.async_update(internal_url="http://192.0.2.1:8123")
    sonarr.network.network_errors["192.0.2.1"] = "hangs"
    assert hass.config.api
    sonarr.network.routes[f"http://127.0.0.1:{hass.config.api.port}"] = home_url
    with (
        # Long enough for the address that works, on a busy machine too.
        patch("custom_components.plex_smart_scan.arr.client.TEST_TIMEOUT", 5),
        patch("custom_components.plex_smart_scan.arr.addresses.network.async_get_source_ip", return_value="127.0.0.1"),
    ):
        result = await flow(await flow(), answers_for(sonarr))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert sonarr.sender.hanging.is_set()


async def test_webhook_id_is_removed_from_errors(
    sonarr: FakeArr, flow: Flow, entry: MockConfigEntry, home_url: str
) -> None:
    """The webhook ID is removed from errors in which the program repeats the URL."""
    with patch("custom_components.plex_smart_scan.webhook._async_read", side_effect=LookupError):
        # Home Assistant answers 200 for an exception; another program in its place does not.
        sonarr.network.routes[home_url] = sonarr.origin
        form = await flow(await flow(), answers_for(sonarr))
    assert form["errors"] == {"base": "login_required"}
    details = form["description_placeholders"]["details"]
    assert "[401" in details
    assert entry.data["webhook_id"] not in str(form["description_placeholders"])


@pytest.mark.parametrize("given", ["ftp://x", "http://"])
async def test_invalid_downloader_url_is_shown_at_the_field(
    sonarr: FakeArr, flow: Flow, given: str, home_url: str
) -> None:
    """The error is shown at the field."""
    sonarr.network.network_errors["127.0.0.1"] = "refused"
    form = await flow(await flow(), answers_for(sonarr))
    assert (await flow(form, {CONF_BASE_URL: given}))["errors"] == {CONF_BASE_URL: "invalid_url"}


async def test_flow_continues_after_the_program_was_unreachable(sonarr: FakeArr, flow: Flow) -> None:
    """The error is shown on the form, and the user can try again."""
    sonarr.network.network_errors["127.0.0.1"] = "refused"
    form = await flow(await flow(), answers_for(sonarr))
    await sonarr.stop()
    form = await flow(form, {})
    assert (form["step_id"], form["errors"]) == ("address", {"base": "cannot_connect"})
    sonarr.network.network_errors.clear()
    await sonarr.start()
    assert (await flow(form, {}))["type"] is FlowResultType.CREATE_ENTRY


# -- connections that are there already -------------------------------------------------------------------------------


def webhook_fields(entry: MockConfigEntry, base: str) -> dict[str, Any]:
    """Return the fields of a manually created connection."""
    return {"url": f"{base}/api/webhook/{entry.data['webhook_id']}"}


async def test_manual_connection_is_adopted(sonarr: FakeArr, flow: Flow, entry: MockConfigEntry, home_url: str) -> None:
    """The name, tags and other events of the user are kept; wrong settings are corrected."""
    number = await sonarr.add_connection(
        name="My own name",
        fields=webhook_fields(entry, home_url) | {"method": 2, "headers": []},
        tags=[7],
        onGrab=True,
        onDownload=True,
    )
    result = await flow(await flow(), answers_for(sonarr))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (connection,) = sonarr.connections.all()
    assert (connection["id"], connection["name"], connection["tags"]) == (number, "My own name", [7])
    assert (connection["onGrab"], connection["onRename"], fields_of(connection)["method"]) == (True, True, 1)
    assert subentry_of(entry).data[CONF_NOTIFICATION_ID] == number


async def test_tags_and_headers_of_null_are_corrected(
    sonarr: FakeArr, flow: Flow, entry: MockConfigEntry, home_url: str
) -> None:
    """The program accepts them, but then its events or the test fail."""
    await sonarr.add_connection(name="x", fields=webhook_fields(entry, home_url) | {"headers": None}, tags=None)
    assert (await flow(await flow(), answers_for(sonarr)))["type"] is FlowResultType.CREATE_ENTRY
    (connection,) = sonarr.connections.all()
    assert connection["tags"] == []
    assert fields_of(connection)["headers"] == []


async def test_working_address_of_the_connection_is_kept(
    hass: HomeAssistant, sonarr: FakeArr, flow: Flow, entry: MockConfigEntry, home_url: str
) -> None:
    """The URL of the connection is tried first."""
    sonarr.network.routes["http://ha.example:8123"] = home_url
    await sonarr.add_connection(name="x", fields=webhook_fields(entry, "http://ha.example:8123"), onDownload=True)
    await flow(await flow(), answers_for(sonarr))
    assert subentry_of(entry).data[CONF_BASE_URL] == "http://ha.example:8123"


async def test_number_is_added_to_a_connection_name_in_use(
    sonarr: FakeArr, flow: Flow, entry: MockConfigEntry, home_url: str
) -> None:
    """A number is added, because names must be unique among all connections, also in a test."""
    await sonarr.add_connection(
        name="home assistant: living room (plex smart scan)", fields={"url": "http://other.invalid/"}
    )
    assert (await flow(await flow(), answers_for(sonarr)))["type"] is FlowResultType.CREATE_ENTRY
    assert [each["name"] for each in sonarr.connections.all()] == [
        "Home Assistant: Living room (Plex Smart Scan) 2",
        "home assistant: living room (plex smart scan)",
    ]


@pytest.mark.parametrize("delete", [True, False])
async def test_duplicate_connections_are_deleted_on_request(
    sonarr: FakeArr, flow: Flow, entry: MockConfigEntry, home_url: str, *, delete: bool
) -> None:
    """The connection with the lowest ID is kept; the others are deleted on request, but not those to other webhooks."""
    fields = webhook_fields(entry, home_url)
    first = await sonarr.add_connection(name="one", fields=fields, onDownload=True)
    second = await sonarr.add_connection(name="two", fields=fields, onDownload=True)
    foreign = await sonarr.add_connection(name="three", fields={"url": "http://other.invalid/"}, onDownload=True)
    before = sonarr.connections.get(foreign)
    form = await flow(await flow(), answers_for(sonarr))
    assert (form["step_id"], form["description_placeholders"]["count"]) == ("duplicates", "1")
    result = await flow(form, {CONF_DELETE_DUPLICATES: delete})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    kept = {each["id"] for each in sonarr.connections.all()}
    assert kept == ({first, foreign} if delete else {first, second, foreign})
    assert sonarr.connections.get(foreign) == before


async def test_connected_program_cannot_be_added_again(sonarr: FakeArr, flow: Flow, connect: Connect) -> None:
    """It is recognized by its URL or by the connection that it contains."""
    await connect(sonarr)
    again = await flow(await flow(), answers_for(sonarr))
    assert (again["type"], again["reason"]) == (FlowResultType.ABORT, "already_configured")
    await sonarr.stop()
    await sonarr.start(free_port())
    again = await flow(await flow(), answers_for(sonarr))
    assert (again["type"], again["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert len(sonarr.connections.all()) == 1


async def test_connection_of_an_unfinished_flow_is_deleted(
    hass: HomeAssistant, sonarr: FakeArr, flow: Flow, entry: MockConfigEntry
) -> None:
    """A connection that was created for it is deleted again."""
    sonarr.shelf.root_folders[:] = ["/nowhere"]
    form = await flow(await flow(), answers_for(sonarr))
    assert form["step_id"] == "mappings"
    assert len(sonarr.connections.all()) == 1
    hass.config_entries.subentries.async_abort(form["flow_id"])
    await hass.async_block_till_done()
    assert sonarr.connections.all() == []


async def test_two_plex_servers_have_separate_connections(
    hass: HomeAssistant, sonarr: FakeArr, connect: Connect, set_up: SetUp, socket_enabled: None
) -> None:
    """Each server has a separate connection."""
    await connect(sonarr)
    plex = FakePlex(friendly_name="Attic", machine_identifier="a" * 40)
    await plex.start()
    entry = await set_up(plex=plex)
    flows = hass.config_entries.subentries
    begun = await flows.async_init((entry.entry_id, "downloader"), context={"source": "user"})
    result = await after_progress(hass, await flows.async_configure(begun["flow_id"], answers_for(sonarr)))
    if result["type"] is FlowResultType.FORM:  # its libraries are others
        result = await after_progress(hass, await flows.async_configure(result["flow_id"], {}))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert [each["name"] for each in sonarr.connections.all()] == [
        "Home Assistant: Attic (Plex Smart Scan)",
        "Home Assistant: Living room (Plex Smart Scan)",
    ]
    await hass.async_block_till_done(wait_background_tasks=True)
    await hass.config_entries.async_unload(entry.entry_id)
    await plex.stop()


async def test_downloader_cannot_be_added_to_an_unloaded_server(
    hass: HomeAssistant, entry: MockConfigEntry, flow: Flow
) -> None:
    """Nothing could arrive."""
    await hass.config_entries.async_unload(entry.entry_id)
    assert (await flow())["reason"] == "entry_not_loaded"


# -- reconfigure ------------------------------------------------------------------------------------------------------


async def test_reconfigure_changes_the_url_of_the_connection(
    hass: HomeAssistant, sonarr: FakeArr, flow: Flow, connect: Connect, entry: MockConfigEntry, home_url: str
) -> None:
    """The same connection gets the new address."""
    await connect(sonarr)
    number = subentry_of(entry).data[CONF_NOTIFICATION_ID]
    sonarr.network.routes["http://new.example:8123"] = home_url
    context = {"source": "reconfigure", "subentry_id": subentry_of(entry).subentry_id}
    form = await flow(**context)
    assert form["step_id"] == "reconfigure"
    given = {CONF_URL: sonarr.url, CONF_VERIFY_SSL: True, CONF_BASE_URL: "http://new.example:8123"}
    result = await flow(form, given)
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert subentry_of(entry).data[CONF_BASE_URL] == "http://new.example:8123"
    assert subentry_of(entry).data[CONF_NOTIFICATION_ID] == number
    assert subentry_of(entry).data[CONF_API_KEY] == sonarr.api_key
    assert coordinator_of(hass, entry).connected


async def test_reconfigure_with_another_program_is_an_error(
    hass: HomeAssistant, sonarr: FakeArr, flow: Flow, connect: Connect, entry: MockConfigEntry
) -> None:
    """A Radarr at the URL of the Sonarr is an error."""
    await connect(sonarr)
    radarr = FakeArr(PROGRAMS["radarr"])  # type: ignore[index]
    await radarr.start()
    form = await flow(source="reconfigure", subentry_id=subentry_of(entry).subentry_id)
    form = await flow(form, answers_for(radarr))
    assert form["errors"] == {"base": "wrong_program"}
    assert form["description_placeholders"]["error"] == "Radarr"
    await radarr.stop()


async def test_reconfigure_of_a_core_integration_asks_for_the_url_only(
    hass: HomeAssistant, sonarr: FakeArr, flow: Flow, entry: MockConfigEntry
) -> None:
    """The form has only the Home Assistant URL, and also URL and API key if the core integration was removed."""
    core = MockConfigEntry(domain="sonarr", data={CONF_URL: sonarr.url, CONF_API_KEY: sonarr.api_key})
    core.add_to_hass(hass)
    await flow(await flow(await flow(), {"next_step_id": "core"}), {CONF_CORE_ENTRY_ID: core.entry_id})
    await hass.async_block_till_done(wait_background_tasks=True)
    context = {"source": "reconfigure", "subentry_id": subentry_of(entry).subentry_id}
    form = await flow(**context)
    assert list(form["data_schema"].schema) == [CONF_BASE_URL]
    assert (await flow(form, {}))["reason"] == "reconfigure_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert subentry_of(entry).data[CONF_CORE_ENTRY_ID] == core.entry_id

    mock_integration(hass, MockModule("sonarr"))
    await hass.config_entries.async_remove(core.entry_id)
    form = await flow(**context)
    assert CONF_URL in form["data_schema"].schema
    assert (await flow(form, answers_for(sonarr)))["reason"] == "reconfigure_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert CONF_CORE_ENTRY_ID not in subentry_of(entry).data
    assert coordinator_of(hass, entry).connected
