"""Names and messages of others on every surface: servers, libraries, files, and what a downloader says."""

import logging
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntry, ConfigFlowContext, SubentryFlowContext
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events
import voluptuous as vol

from custom_components.plex_smart_scan.arr.connected_downloaders import SUBENTRY_DOWNLOADER
from custom_components.plex_smart_scan.arr.mappings import MappingReview, Proposal
from custom_components.plex_smart_scan.const import DOMAIN, EVENT_RESULT
from custom_components.plex_smart_scan.flows.downloader_forms import mappings_schema, plex_connections_schema
from custom_components.plex_smart_scan.flows.forms import server_schema
from custom_components.plex_smart_scan.scanner import PathMapping
from tests.fake_arr import FakeArr, delivery
from tests.fake_plex import FakePlex, samples
from tests.integration.config_flow import discover
from tests.integration.hostile import HOSTILE, NAME, Surfaces, issue_texts, log_texts, placeholders
from tests.integration.waiting import wait_until

from .conftest import after_progress, answers_for


@pytest.fixture
async def hostile_plex(fake_plex: FakePlex, tv: Path, tmp_path: Path) -> FakePlex:
    """Return a server whose name, library and files are hostile."""
    fake_plex.friendly_name = NAME
    root = tmp_path / "movies"
    samples.add_movie(root, "Known (2001)")
    fake_plex.add_library(NAME, "movie", {str(root): root})
    fake_plex.seed()
    return fake_plex


async def test_hostile_names_are_harmless_on_every_surface(
    hass: HomeAssistant,
    hostile_plex: FakePlex,
    home_url: str,
    tmp_path: Path,
    sonarr: FakeArr,
    caplog: pytest.LogCaptureFixture,
    entity_registry_enabled_by_default: None,
) -> None:
    """Nothing of it works anywhere, and where it is data it is unchanged."""
    caplog.set_level(logging.DEBUG, logger="custom_components.plex_smart_scan")
    surfaces = Surfaces()
    entry = await _add(hass, hostile_plex, surfaces)
    await _move(hass, entry, hostile_plex, surfaces)
    await _report(hass, tmp_path / "movies", surfaces)
    await _connect(hass, entry, sonarr, surfaces)
    await wait_until(hass, lambda: any(issue[0] == DOMAIN for issue in ir.async_get(hass).issues))
    surfaces.markdown["repair issue"] = issue_texts(ir.async_get(hass).issues.values())
    surfaces.plain["log"] = log_texts(caplog)

    assert surfaces.without("forged") == []
    assert surfaces.bad() == {}
    await hass.config_entries.async_unload(entry.entry_id)


async def _add(hass: HomeAssistant, plex: FakePlex, surfaces: Surfaces) -> ConfigEntry:
    """Add a server that was discovered, and look at it again."""
    flows = hass.config_entries.flow
    discovered = await discover(hass, plex, name=HOSTILE)
    surfaces.plain["flow title"] = [each["context"]["title_placeholders"]["name"] for each in flows.async_progress()]
    by_hand = await flows.async_configure(discovered["flow_id"], {"next_step_id": "manual"})
    added = await flows.async_configure(by_hand["flow_id"], {"token": plex.token})
    assert added["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    entry: ConfigEntry = added["result"]
    surfaces.plain["title of the entry"] = [entry.title]
    source = {"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    menu = await flows.async_init(DOMAIN, context=cast("ConfigFlowContext", source))
    connection = await flows.async_configure(menu["flow_id"], {"next_step_id": "manual"})
    surfaces.markdown["config flow"] = placeholders(discovered, by_hand, menu, connection)
    return entry


async def _move(hass: HomeAssistant, entry: ConfigEntry, plex: FakePlex, surfaces: Surfaces) -> None:
    """Announce that the server is elsewhere, after a user has called it something hostile."""
    hass.config_entries.async_update_entry(entry, title=NAME, data={**entry.data, CONF_URL: "http://127.0.0.1:9"})
    moved = await discover(hass, plex, name=HOSTILE)
    assert (moved["type"], moved["step_id"]) == (FlowResultType.FORM, "moved")
    surfaces.markdown["config flow of a server that moved"] = placeholders(moved)
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_URL: plex.url})
    await hass.config_entries.async_reload(entry.entry_id)
    await plex.wait_websocket()


async def _report(hass: HomeAssistant, root: Path, surfaces: Surfaces) -> None:
    """Have a file scanned, and a path that is in no library."""
    events = async_capture_events(hass, EVENT_RESULT)
    movie = samples.put(root / f"{NAME.replace('/', '')} (2002)" / "x.mkv")
    answers: list[dict[str, Any]] = []
    for action, path in (("scan_path", str(movie)), ("process_notification", f"/elsewhere/{HOSTILE}")):
        response = await hass.services.async_call(DOMAIN, action, {"path": path}, blocking=True, return_response=True)
        answers += cast("list[dict[str, Any]]", (response or {})["results"])
    await hass.async_block_till_done()
    surfaces.plain["message of a result"] = [answer["message"] for answer in answers]
    surfaces.plain["Activity"] = [text for event in events for text in (event.data["title"], event.data["message"])]
    rows = [row for state in hass.states.async_all() for row in state.attributes.get("recent") or ()]
    shown = ("title", "library", "message")
    surfaces.plain["attribute of the sensor"] = [row[key] for row in rows for key in shown if row[key]]
    # The path itself is data, for automations.
    assert answers[0]["path"] == str(movie)
    assert str(movie) in [row["path"] for row in rows]


async def _connect(hass: HomeAssistant, entry: ConfigEntry, sonarr: FakeArr, surfaces: Surfaces) -> None:
    """Connect a downloader that says hostile things."""
    flows = hass.config_entries.subentries
    sonarr.instance_name = HOSTILE
    sonarr.network.network_errors["127.0.0.1"] = "refused"
    with patch.dict(delivery._MESSAGES, {"refused": HOSTILE}):
        begun = await flows.async_init(
            (entry.entry_id, SUBENTRY_DOWNLOADER), context=cast("SubentryFlowContext", {"source": "user"})
        )
        form = await after_progress(hass, begun)
        form = await after_progress(hass, await flows.async_configure(form["flow_id"], answers_for(sonarr)))
    assert form["step_id"] == "address"
    surfaces.markdown["flow of a downloader"] = placeholders(form)
    flows.async_abort(form["flow_id"])


@pytest.mark.parametrize(
    "schema",
    [
        server_schema({"id": HOSTILE}),
        plex_connections_schema([{"id": 1, "name": HOSTILE, "fields": [{"name": "host", "value": HOSTILE}]}]),
        mappings_schema(MappingReview((Proposal(PathMapping.of(f"/a/{HOSTILE}", f"/b/{HOSTILE}")),))),
    ],
    ids=["servers", "Plex connections", "mappings"],
)
def test_hostile_names_are_harmless_in_a_list(schema: vol.Schema) -> None:
    """The options of a list are shown as plain text."""
    (selector,) = schema.schema.values()
    labels = [option["label"] for option in selector.config["options"]]

    assert "forged" in "".join(labels)
    assert [label for label in labels if not label.isprintable()] == []
