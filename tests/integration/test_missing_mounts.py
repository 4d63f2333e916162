"""A missing mount: its repair issue, the fix, and the error of the button."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.repair_issues.missing_mounts import MISSING_TOO_LONG
from custom_components.plex_smart_scan.repairs import EmptyFolderFlow, async_create_fix_flow
from tests.fake_plex import FakePlex, samples

from .conftest import ScanUntil, SetUp
from .entity_states import press
from .repair_issues import fix, pass_time
from .waiting import wait_until

SCAN_LIBRARY: Final = "button.living_room_tv_shows_scan_library"


@pytest.fixture
async def entry(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan_until: ScanUntil
) -> MockConfigEntry:
    """Return a server whose mount point of TV shows is empty, and for which an import waits."""
    fake_plex.prefs["autoEmptyTrash"] = True
    await async_setup_component(hass, "repairs", {})
    entry = await set_up()
    fake_plex.unmount(str(tv))

    result = await scan_until(entry, tv / "Westworld" / "Season 01" / "Westworld - S01E02.mkv", "mount_missing")

    assert (result["outcome"], result["reason"]) == ("pending", "mount_missing")
    return entry


async def check_in(hass: HomeAssistant, time: timedelta) -> None:
    """Check the issues as if this much time had passed since the mount was first missing."""
    now = dt_util.utcnow() + time

    def utcnow() -> datetime:
        return now

    with patch.object(dt_util, "utcnow", utcnow):
        await pass_time(hass, time)


def find_issue(hass: HomeAssistant, key: str = "mount_missing") -> ir.IssueEntry | None:
    """Return the issue about the disk."""
    issues = ir.async_get(hass).issues.values()
    return next((each for each in issues if each.domain == DOMAIN and each.translation_key == key), None)


def listed(plex: FakePlex) -> list[str]:
    """Return the files that Plex lists, those in the trash left out."""
    return sorted(Path(part.file).name for part in plex.libraries[0].all_parts if not part.deleted_at)


async def test_missing_mount_raises_an_issue_after_ten_minutes(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, entry: MockConfigEntry
) -> None:
    """The issue names the library and the location, and disappears when the drive is mounted again."""
    await check_in(hass, MISSING_TOO_LONG - timedelta(minutes=1))
    assert find_issue(hass) is None

    await check_in(hass, MISSING_TOO_LONG + timedelta(seconds=1))

    issue = find_issue(hass)
    assert issue
    assert issue.is_fixable
    assert issue.severity is ir.IssueSeverity.ERROR
    placeholders = {"server": "Living room", "library": "TV Shows", "location": str(tv)}
    assert issue.translation_placeholders == placeholders
    assert fake_plex.stats.scans == []
    assert listed(fake_plex) == ["Westworld - S01E01.mkv"]

    fake_plex.mount(str(tv))
    samples.add_episode(tv, "Westworld", 1, 2)
    await wait_until(hass, lambda: find_issue(hass) is None)
    await wait_until(hass, lambda: entry.runtime_data.engine.pending == 0)
    assert listed(fake_plex) == ["Westworld - S01E01.mkv", "Westworld - S01E02.mkv"]


async def test_fix_scans_the_location_once(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    """The form names the consequence; after it is submitted, Plex scans the location once, and the issue disappears."""
    await check_in(hass, MISSING_TOO_LONG + timedelta(seconds=1))
    issue = find_issue(hass)
    assert issue

    question = await fix(hass, hass_client, issue)
    await fake_plex.wait_scans_done()
    await wait_until(hass, lambda: not entry.runtime_data.engine.mounts.missing)

    assert question["description_placeholders"] == {
        "server": "Living room",
        "library": "TV Shows",
        "location": str(tv),
    }
    assert [each.path for each in fake_plex.stats.scans] == [str(tv)]
    assert listed(fake_plex) == []
    assert find_issue(hass) is None


async def test_escaped_names_in_the_question(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Names from Plex are escaped in the form of the fix."""
    flow = await create_flow(hass, entry, library_title="[TV](http://evil.example) <b>", location="/tv/`x`")

    form = await flow.async_step_init()

    assert form["type"] is FlowResultType.FORM
    assert form["description_placeholders"]
    assert "](" not in form["description_placeholders"]["library"].replace("\\]", "")
    assert "`" not in form["description_placeholders"]["location"]


async def test_fix_for_an_unloaded_server_is_aborted(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """A server that is not loaded, or was removed, cannot scan."""
    flow = await create_flow(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    answers = [await flow.async_step_confirm({})]
    await hass.config_entries.async_remove(entry.entry_id)
    answers.append(await flow.async_step_confirm({}))

    assert [(each["type"], each["reason"]) for each in answers] == [
        (FlowResultType.ABORT, "server_not_loaded"),
        (FlowResultType.ABORT, "server_removed"),
    ]


async def test_scan_button_raises_if_a_mount_is_missing(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, entry: MockConfigEntry
) -> None:
    """*Scan library* raises an error that names the location with the missing mount. Later the scan works."""
    with pytest.raises(HomeAssistantError) as error:
        await press(hass, SCAN_LIBRARY)

    assert error.value.translation_key == "mount_missing"
    assert str(tv) in str(error.value)
    assert fake_plex.stats.scans == []
    assert listed(fake_plex) == ["Westworld - S01E01.mkv"]

    fake_plex.mount(str(tv))
    await press(hass, SCAN_LIBRARY)
    await fake_plex.wait_scans_done()
    assert str(tv) in {each.path for each in fake_plex.stats.scans}
    assert listed(fake_plex) == ["Westworld - S01E01.mkv"]


async def test_unknown_mount_state_is_shown_as_not_checkable(
    hass: HomeAssistant,
    fake_plex: FakePlex,
    tv: Path,
    set_up: SetUp,
    scan_until: ScanUntil,
    hass_client: ClientSessionGenerator,
) -> None:
    """The issue and the button say that the drive cannot be checked; the fix scans once."""
    await async_setup_component(hass, "repairs", {})
    fake_plex.quirks.browse_refused = 403
    entry = await set_up(smart_scanning=False)
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    assert (await scan_until(entry, episode, "mount_missing"))["reason"] == "mount_missing"

    await check_in(hass, MISSING_TOO_LONG + timedelta(seconds=1))
    with pytest.raises(HomeAssistantError) as error:
        await press(hass, SCAN_LIBRARY)

    assert error.value.translation_key == "mount_unchecked"
    assert fake_plex.stats.scans == []
    assert find_issue(hass) is None
    issue = find_issue(hass, "mount_unchecked")
    assert issue
    await fix(hass, hass_client, issue)
    await fake_plex.wait_scans_done()
    await wait_until(hass, lambda: not entry.runtime_data.engine.mounts.missing)
    assert find_issue(hass, "mount_unchecked") is None
    assert listed(fake_plex) == ["Westworld - S01E01.mkv", "Westworld - S01E02.mkv"]


async def create_flow(hass: HomeAssistant, entry: MockConfigEntry, **data: Any) -> EmptyFolderFlow:
    """Return the fix of an issue with such data."""
    usual = {"entry_id": entry.entry_id, "library": 1, "library_title": "TV Shows", "location": "/tv"}
    flow = await async_create_fix_flow(hass, "issue", usual | data)
    assert isinstance(flow, EmptyFolderFlow)
    flow.hass = hass
    return flow
