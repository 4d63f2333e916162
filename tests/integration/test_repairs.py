"""Issues that a person can put right, how they come, and how they go."""

from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.plex_smart_scan.const import CONF_PATH_MAPPINGS, DOMAIN
from custom_components.plex_smart_scan.issues import AWAY_TOO_LONG, CHECK_INTERVAL, MOST_UNMATCHED
from tests.fake_plex import FakePlex, samples
from tests.fake_plex.faults import Fault

from .conftest import Scan, SetUp


@pytest.fixture
def issues(hass: HomeAssistant) -> Issues:
    """Return the issues there are, by the key of their text."""
    return Issues(hass)


class Issues:
    """What Repairs shows of ours."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Keep where to look."""
        self._hass = hass

    def __call__(self) -> dict[str, ir.IssueEntry]:
        """Return the issues by the key of their text."""
        issues = ir.async_get(self._hass).issues.values()
        return {each.translation_key or "": each for each in issues if each.domain == DOMAIN}

    async def wait(self, *keys: str) -> dict[str, ir.IssueEntry]:
        """Wait until these issues are there, and no others."""
        for _ in range(2000):
            if self().keys() == set(keys):
                break
            await self._hass.async_block_till_done(wait_background_tasks=True)
        assert self().keys() == set(keys)
        return self()


async def pass_time(hass: HomeAssistant, time: timedelta) -> None:
    """Let time pass, and what it brings happen."""
    async_fire_time_changed(hass, dt_util.utcnow() + time + timedelta(seconds=1), fire_all=True)
    await hass.async_block_till_done(wait_background_tasks=True)


async def refuse(scan: Scan, path: str) -> None:
    """Report a path that no library has."""
    with pytest.raises(ServiceValidationError):
        await scan(path)


async def fix(hass: HomeAssistant, client: ClientSessionGenerator, issue: ir.IssueEntry) -> None:
    """Click through an issue's repair."""
    http = await client()
    answer = await http.post("/api/repairs/issues/fix", json={"handler": issue.domain, "issue_id": issue.issue_id})
    assert answer.status == HTTPStatus.OK
    step = await answer.json()
    assert step["step_id"] == "confirm"
    answer = await http.post(f"/api/repairs/issues/fix/{step['flow_id']}", json={})
    assert (await answer.json())["type"] == "create_entry"
    await hass.async_block_till_done()


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


async def test_repair_of_a_server_that_was_removed(
    hass: HomeAssistant, tv: Path, set_up: SetUp, scan: Scan, issues: Issues, hass_client: ClientSessionGenerator
) -> None:
    """A repair that was left open does no harm; with the server its issues go."""
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


async def test_path_in_no_library(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, issues: Issues, tmp_path: Path
) -> None:
    """Without a mapping to propose a person is told; a library that has the path makes the issue go."""
    entry = await set_up()
    new = tmp_path / "new"
    movie = samples.add_movie(new, "Metropolis (1927)")
    await refuse(scan, str(movie))
    issue = (await issues.wait("no_library"))["no_library"]
    assert not issue.is_fixable

    fake_plex.add_library("Movies", "movie", {str(new): new})
    await entry.runtime_data.async_refresh()

    assert issues() == {}


async def test_not_everything_is_an_issue(
    tv: Path, set_up: SetUp, scan: Scan, issues: Issues, hass: HomeAssistant
) -> None:
    """One issue for each folder at the top, and only so many; none for what is no path or meant for one library."""
    entry = await set_up()
    await refuse(scan, "relative/x.mkv")
    with pytest.raises(ServiceValidationError):
        await scan("/elsewhere/x.mkv", library="Movies")
    entry.runtime_data.async_note_unmatched("relative")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert issues() == {}

    for folder in range(MOST_UNMATCHED + 3):
        for name in ("a/x.mkv", "b/y.mkv"):
            await refuse(scan, f"/folder{folder}/{name}")
            await hass.async_block_till_done(wait_background_tasks=True)

    found = [each for each in ir.async_get(hass).issues.values() if each.domain == DOMAIN]
    assert len(found) == MOST_UNMATCHED


async def test_library_that_came_while_a_mapping_was_looked_for(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, issues: Issues
) -> None:
    """What is in a library by then is no issue."""
    entry = await set_up()

    entry.runtime_data.async_note_unmatched(str(tv / "x.mkv"))
    await hass.async_block_till_done(wait_background_tasks=True)

    assert issues() == {}


async def test_token_without_the_right_to_scan(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, issues: Issues
) -> None:
    """A shared user's token is told of, until scanning works."""
    await set_up()
    fault = fake_plex.faults.add(Fault("status", "/library/sections/*/refresh", status=403))
    assert (await scan(str(samples.add_episode(tv, "Westworld", 1, 2))))["results"][0]["reason"] == "permission"
    issue = (await issues.wait("no_permission"))["no_permission"]
    assert issue.severity is ir.IssueSeverity.ERROR

    fault.remove()
    await scan(str(samples.add_episode(tv, "Westworld", 1, 3)))

    await issues.wait()


async def test_owners_token_makes_the_issue_go(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, issues: Issues
) -> None:
    """Another token, and the issue goes without a scan."""
    entry = await set_up()
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_TOKEN: fake_plex.shared_token})
    await hass.config_entries.async_reload(entry.entry_id)
    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)))
    await issues.wait("no_permission")
    await pass_time(hass, CHECK_INTERVAL)
    assert issues().keys() == {"no_permission"}

    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_TOKEN: fake_plex.token})
    await hass.config_entries.async_reload(entry.entry_id)

    await issues.wait()


@pytest.fixture
async def elsewhere(fake_plex: FakePlex, tv: Path, set_up: SetUp) -> tuple[MockConfigEntry, Path]:
    """Return an entry whose Plex sees the library in another folder than Home Assistant does, and that folder."""
    real = tv.parent / "real"
    fake_plex.add_library("Films", "movie", {"/films": real})
    real.mkdir()
    return await set_up(path_mappings=[{"from": "/films", "to": "/films", "local": str(tv)}]), real


async def test_plex_cannot_see_the_file(
    hass: HomeAssistant, elsewhere: tuple[MockConfigEntry, Path], tv: Path, scan: Scan, issues: Issues
) -> None:
    """What Plex does not see on its disk is told, until it does."""
    samples.add_movie(tv, "Metropolis (1927)")
    samples.add_movie(tv, "Nosferatu (1922)")
    (result,) = (await scan("/films/Metropolis (1927)/Metropolis (1927).mkv"))["results"]
    assert (result["outcome"], result["reason"]) == ("not_found", "not_visible_to_plex")
    issue = (await issues.wait("not_visible"))["not_visible"]
    assert issue.translation_placeholders == {
        "server": "Living room",
        "library": "Films",
        "path": "/films/Metropolis (1927)/Metropolis (1927).mkv",
    }
    samples.add_movie(elsewhere[1], "Nosferatu (1922)")
    await scan("/films/Nosferatu (1922)/Nosferatu (1922).mkv")
    await pass_time(hass, CHECK_INTERVAL)
    assert issues().keys() == {"not_visible"}

    samples.add_movie(elsewhere[1], "Metropolis (1927)")
    await pass_time(hass, CHECK_INTERVAL)

    await issues.wait()


async def test_plex_has_the_file_after_all(
    elsewhere: tuple[MockConfigEntry, Path], tv: Path, scan: Scan, issues: Issues
) -> None:
    """The proof that Plex has it makes the issue go at once."""
    samples.add_movie(tv, "Metropolis (1927)")
    await scan("/films/Metropolis (1927)/Metropolis (1927).mkv")
    await issues.wait("not_visible")
    samples.add_movie(elsewhere[1], "Metropolis (1927)")

    await scan("/films/Metropolis (1927)/Metropolis (1927).mkv")

    assert issues() == {}


async def test_server_away_for_long(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, issues: Issues
) -> None:
    """Only a long absence with paths waiting is an issue; it goes when the server is back."""
    entry = await set_up(websocket=False)
    await fake_plex.stop()
    await entry.runtime_data.async_refresh()
    assert entry.state is ConfigEntryState.LOADED
    await pass_time(hass, AWAY_TOO_LONG)
    assert issues() == {}
    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)), wait=False)
    await pass_time(hass, CHECK_INTERVAL)
    issue = (await issues.wait("server_away"))["server_away"]
    assert issue.translation_placeholders == {"server": "Living room", "count": "1"}

    await fake_plex.start()
    entry.runtime_data.scanner.link.hurry()

    await issues.wait()


async def test_issues_survive_a_reload(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan, issues: Issues
) -> None:
    """What is still so after a reload stays."""
    entry = await set_up()
    await refuse(scan, "/nowhere/x.mkv")
    await issues.wait("no_library")

    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert issues().keys() == {"no_library"}
