"""The options of a server."""

from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.plex_smart_scan.const import CONF_PATH_MAPPINGS, DEFAULT_OPTIONS
from tests.fake_plex import FakePlex

from .config_flow import send
from .conftest import SetUp, make_entry

pytestmark = pytest.mark.usefixtures("settled", "address")


def sections(rows: list[dict[str, str]] | None = None, **scanning: Any) -> dict[str, Any]:
    """Return the form of the options as it is sent."""
    return {
        "scanning": {
            "smart_scanning": True,
            "duplicate_detection": True,
            "validate_media": True,
            "validation_timeout": 120,
            "detailed_logging": True,
            **scanning,
        },
        "mappings": {CONF_PATH_MAPPINGS: rows or []},
        "notifications": {"webhook_local_only": True},
    }


async def save(hass: HomeAssistant, result: ConfigFlowResult, data: dict[str, Any]) -> ConfigFlowResult:
    """Send the form of the options."""
    return await hass.config_entries.options.async_configure(result["flow_id"], data)


@pytest.fixture
async def entry(tv: Path, set_up: SetUp) -> MockConfigEntry:
    """Return an entry that runs, with a TV library."""
    return await set_up()


async def test_saving_options_reloads_the_entry(hass: HomeAssistant, entry: MockConfigEntry, tv: Path) -> None:
    """Saving reloads the entry and stores the options without sections."""
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "init")
    rows = [{"from": "/downloads ", "to": str(tv), "local": ""}, {"from": "D:\\TV", "to": str(tv), "local": "/tv"}]

    result = await save(hass, result, sections(rows, smart_scanning=False, validation_timeout=30))
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {
        **DEFAULT_OPTIONS,
        "smart_scanning": False,
        "validation_timeout": 30,
        CONF_PATH_MAPPINGS: [{"from": "/downloads", "to": str(tv)}, {"from": "D:\\TV", "to": str(tv), "local": "/tv"}],
    }
    assert entry.runtime_data.engine.settings.smart_scanning is False
    assert entry.runtime_data.engine.settings.validation_timeout == 30


@pytest.mark.parametrize(
    "row", [{"from": "downloads", "to": "/data"}, {"from": "/downloads", "to": ""}, {"from": "/a", "to": "/b/../.."}]
)
async def test_invalid_mapping_is_not_saved(hass: HomeAssistant, entry: MockConfigEntry, row: dict[str, str]) -> None:
    """An invalid row is shown and never saved."""
    result = await hass.config_entries.options.async_init(entry.entry_id)

    for _ in range(2):
        result = await save(hass, result, sections([row]))
        assert result["errors"] == {"base": "invalid_mapping"}
        assert result["description_placeholders"] == {"rows": f"{row['from']} → {row['to']}"}

    result = await save(hass, result, sections())
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_two_mappings_of_one_folder_are_rejected(hass: HomeAssistant, entry: MockConfigEntry, tv: Path) -> None:
    """Only one of them could apply, so the form rejects them, whatever the spelling of the folder."""
    result = await hass.config_entries.options.async_init(entry.entry_id)
    rows = [{"from": "/d", "to": str(tv)}, {"from": "/e", "to": str(tv)}, {"from": "/d/", "to": str(tv / "Show")}]

    result = await save(hass, result, sections(rows))
    assert result["errors"] == {"base": "duplicate_mapping"}
    assert result["description_placeholders"] == {"rows": f"/d → {tv}, /d/ → {tv / 'Show'}"}

    result = await save(hass, result, sections(rows[:2]))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_mapping_to_no_library_is_saved_after_a_warning(
    hass: HomeAssistant, entry: MockConfigEntry, tv: Path
) -> None:
    """A mapping to no library causes a warning and is saved when the form is submitted again."""
    result = await hass.config_entries.options.async_init(entry.entry_id)
    rows = [{"from": "/a", "to": str(tv.parent)}, {"from": "/b", "to": str(tv / "Show")}, {"from": "/c", "to": "/no"}]

    result = await save(hass, result, sections(rows))
    assert result["errors"] == {"base": "mapping_fits_nothing"}
    assert result["description_placeholders"] == {"rows": "/c → /no"}

    result = await save(hass, result, sections(rows))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options[CONF_PATH_MAPPINGS] == rows


async def test_options_are_saved_while_the_server_is_unreachable(hass: HomeAssistant, fake_plex: FakePlex) -> None:
    """Mappings that cannot be checked are saved."""
    entry = make_entry(fake_plex)
    entry.add_to_hass(hass)
    await fake_plex.stop()
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    result = await hass.config_entries.options.async_init(entry.entry_id)

    result = await save(hass, result, sections([{"from": "/c", "to": "/no"}]))

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options[CONF_PATH_MAPPINGS] == [{"from": "/c", "to": "/no"}]


async def test_new_webhook_replaces_the_old_one(hass: HomeAssistant, fake_plex: FakePlex, set_up: SetUp) -> None:
    """The webhook is replaced: the old URL no longer works, and the new one is shown."""
    entry = await set_up()
    old = entry.data[CONF_WEBHOOK_ID]
    menu = await entry.start_reconfigure_flow(hass)
    result = await send(hass, menu, {"next_step_id": "new_webhook"})
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "new_webhook")
    assert entry.data[CONF_WEBHOOK_ID] == old

    result = await send(hass, result, {})
    await hass.async_block_till_done()

    new = entry.data[CONF_WEBHOOK_ID]
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "webhook_replaced")
    assert new in str(result["description_placeholders"])
    assert new != old
    assert len(new) >= 32
    assert entry.state is ConfigEntryState.LOADED
    handlers = hass.data["webhook"]
    assert new in handlers
    assert old not in handlers
