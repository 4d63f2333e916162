"""Connections that exist before the flow: they are adopted, renamed or deleted."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.plex_smart_scan.arr.credentials import CONF_BASE_URL, CONF_NOTIFICATION_ID
from custom_components.plex_smart_scan.flows.downloader_forms import CONF_DELETE_DUPLICATES
from tests.e2e.processes import free_port
from tests.fake_arr import FakeArr
from tests.fake_arr.connections import fields_of
from tests.fake_plex import FakePlex
from tests.integration.conftest import SetUp

from .conftest import Connect, Flow, after_progress, answers_for, subentry_of


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
