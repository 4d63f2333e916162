"""Repair issues for paths in no library, and the mappings that they suggest."""

from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.plex_smart_scan.const import CONF_PATH_MAPPINGS, DOMAIN
from custom_components.plex_smart_scan.repair_issues.server_issues import CHECK_INTERVAL
from custom_components.plex_smart_scan.repair_issues.unmatched_paths import MOST_SEARCHES, MOST_UNMATCHED
from tests.fake_plex import FakePlex, samples

from .conftest import Issues, Scan, SetUp
from .repair_issues import fix, pass_time, refuse
from .waiting import state_of


async def test_missing_mapping_is_added_with_one_click(
    hass: HomeAssistant, tv: Path, set_up: SetUp, scan: Scan, issues: Issues, hass_client: ClientSessionGenerator
) -> None:
    """The mapping is proposed, one click adds it, and the issue is gone."""
    await async_setup_component(hass, "repairs", {})
    entry = await set_up(path_mappings=[{"from": "/other", "to": str(tv)}, {"from": "/downloads", "to": "/wrong"}])
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    reported = f"/downloads/{episode.relative_to(tv)}"
    await refuse(scan, reported)
    issue = (await issues.wait("no_library_suggestion"))["no_library_suggestion"]
    assert issue.is_fixable
    assert issue.translation_placeholders == {
        "server": "Living room",
        "path": reported,
        "from": "/downloads",
        "to": str(tv),
    }

    await fix(hass, hass_client, issue)

    assert entry.options[CONF_PATH_MAPPINGS] == [
        {"from": "/other", "to": str(tv)},
        {"from": "/downloads", "to": str(tv)},
    ]
    assert issues() == {}
    assert (await scan(reported))["summary"] == {"added": 1}


async def test_repair_of_a_removed_server_is_aborted(
    hass: HomeAssistant, tv: Path, set_up: SetUp, scan: Scan, issues: Issues, hass_client: ClientSessionGenerator
) -> None:
    """An open fix flow is aborted, and the issues are removed together with the server."""
    await async_setup_component(hass, "repairs", {})
    entry = await set_up()
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    await refuse(scan, f"/downloads/{episode.relative_to(tv)}")
    issue = (await issues.wait("no_library_suggestion"))["no_library_suggestion"]
    http = await hass_client()
    answer = await http.post("/api/repairs/issues/fix", json={"handler": DOMAIN, "issue_id": issue.issue_id})
    step = await answer.json()
    await hass.config_entries.async_remove(entry.entry_id)

    answer = await http.post(f"/api/repairs/issues/fix/{step['flow_id']}", json={})

    assert (await answer.json())["reason"] == "server_removed"
    assert issues() == {}


async def test_path_in_no_library_raises_an_issue(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, issues: Issues, tmp_path: Path
) -> None:
    """Without a suggested mapping, an issue is raised; it disappears when a library has the path."""
    entry = await set_up()
    new = tmp_path / "new"
    movie = samples.add_movie(new, "Metropolis (1927)")
    await refuse(scan, str(movie))
    issue = (await issues.wait("no_library"))["no_library"]
    assert not issue.is_fixable

    fake_plex.add_library("Movies", "movie", {str(new): new})
    await entry.runtime_data.async_refresh()

    assert issues() == {}


async def test_issues_are_limited_to_one_per_top_level_folder(
    tv: Path, set_up: SetUp, scan: Scan, issues: Issues, hass: HomeAssistant
) -> None:
    """Each top-level folder has one issue, up to a limit; invalid paths and paths for one library have none."""
    entry = await set_up()
    await refuse(scan, "relative/x.mkv")
    with pytest.raises(ServiceValidationError):
        await scan("/elsewhere/x.mkv", library="Movies")
    entry.runtime_data.unmatched.async_notify(("relative",), False)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert issues() == {}

    for folder in range(MOST_UNMATCHED + 3):
        for name in ("a/x.mkv", "b/y.mkv"):
            await refuse(scan, f"/folder{folder}/{name}")
            await hass.async_block_till_done(wait_background_tasks=True)

    found = [each for each in ir.async_get(hass).issues.values() if each.domain == DOMAIN]
    assert len(found) == MOST_UNMATCHED


async def test_limits_apply_to_lists_of_paths(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, issues: Issues
) -> None:
    """The limits for issues and searches also apply to lists of paths."""
    await set_up()
    with pytest.raises(ServiceValidationError):
        await scan([f"/folder{number}/x.mkv" for number in range(40)])
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(issues.all) == MOST_UNMATCHED

    fake_plex.stats.reset()
    with pytest.raises(ServiceValidationError):
        await scan([f"/folder0/{number}/e{number}.mkv" for number in range(300)])
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(issues.all) == MOST_UNMATCHED
    assert fake_plex.stats.count("/services/browse/*") < 10


async def test_paths_below_one_folder_are_checked_once(
    hass: HomeAssistant, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """Many paths are checked a few at a time and recorded once for each top-level folder."""
    entry = await set_up()
    noted: list[tuple[str, ...]] = []
    entry.runtime_data.unmatched.async_add(lambda paths, _alone: noted.append(tuple(paths)))

    with pytest.raises(ServiceValidationError):
        await scan([f"/{folder}/Show {number}/e.mkv" for number in range(300) for folder in ("downloads", "old")])

    assert noted == [("/downloads/Show 0/e.mkv", "/old/Show 0/e.mkv")]


async def test_searches_for_a_mapping_are_limited(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """If no mapping fits a few paths, the issue triggers no further searches for a while."""
    entry = await set_up()

    async def searched(number: int) -> bool:
        fake_plex.stats.reset()
        entry.runtime_data.unmatched.async_notify((f"/downloads/{number}.mkv",), False)
        await hass.async_block_till_done(wait_background_tasks=True)
        return fake_plex.stats.count("/services/browse/*") > 0

    assert [await searched(number) for number in range(7)] == [True] * MOST_SEARCHES + [False] * 2
    await pass_time(hass, CHECK_INTERVAL)
    assert await searched(8)


async def test_mapping_found_later_is_added_to_the_issue(
    hass: HomeAssistant, tv: Path, set_up: SetUp, scan: Scan, issues: Issues
) -> None:
    """An issue without a repair gets one as soon as a path below the same folder shows the mapping."""
    await set_up()
    await refuse(scan, "/downloads/gone.mkv")
    await issues.wait("no_library")

    await refuse(scan, f"/downloads/{samples.add_episode(tv, 'Westworld', 1, 2).relative_to(tv)}")

    issue = (await issues.wait("no_library_suggestion"))["no_library_suggestion"]
    assert issue.is_fixable


async def test_issue_of_an_earlier_run_does_not_hide_a_new_one(
    hass: HomeAssistant, hass_storage: dict[str, Any], tv: Path, set_up: SetUp, scan: Scan, issues: Issues
) -> None:
    """Stored issues of an earlier run do not hide a new one."""
    entry = await set_up()
    common = {"created": "2026-01-01T00:00:00+00:00", "dismissed_version": None, "is_persistent": False}
    names = [f"{entry.entry_id}_no_library_/folder{number}" for number in range(MOST_UNMATCHED)]
    stored = [{**common, "domain": DOMAIN, "issue_id": name} for name in names]
    hass_storage[ir.STORAGE_KEY] = {"version": 1, "minor_version": 2, "data": {"issues": stored}}
    await ir.async_load(hass)
    assert len(issues.all) == MOST_UNMATCHED

    await refuse(scan, "/folder0/x.mkv")

    while not any(each.active for each in issues.all):
        await hass.async_block_till_done(wait_background_tasks=True)
    assert [each.translation_key for each in issues.all if each.active] == ["no_library"]


async def test_path_invalid_with_a_new_mapping_does_not_prevent_setup(
    hass: HomeAssistant, tv: Path, set_up: SetUp, scan: Scan, issues: Issues
) -> None:
    """A path that was one when it was reported keeps no server from being set up: it is in no library still."""
    entry = await set_up()
    await refuse(scan, "/downloads/..\\..\\x/a.mkv")
    await issues.wait("no_library")

    hass.config_entries.async_update_entry(
        entry, options={**entry.options, CONF_PATH_MAPPINGS: [{"from": "/downloads", "to": "D:\\Media"}]}
    )
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()

    assert state_of(entry) is ConfigEntryState.LOADED
    assert issues().keys() == {"no_library"}


async def test_library_added_during_a_search_prevents_the_issue(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, issues: Issues
) -> None:
    """No issue is raised if a library contains the path when the search ends."""
    entry = await set_up()

    entry.runtime_data.unmatched.async_notify((str(tv / "x.mkv"),), False)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert issues() == {}
