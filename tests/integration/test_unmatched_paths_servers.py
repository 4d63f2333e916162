"""Repair issues for paths in no library, with several servers."""

from collections.abc import AsyncIterator
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.plex_smart_scan.const import CONF_PATH_MAPPINGS
from tests.fake_plex import FakePlex, samples

from .conftest import Issues, Scan, SetUp, make_entry
from .repair_issues import fix, refuse


@pytest.fixture
async def attic(socket_enabled: None) -> AsyncIterator[FakePlex]:
    """Return another server."""
    plex = FakePlex(machine_identifier="0ther", friendly_name="Attic", token="other-token")
    await plex.start()
    yield plex
    await plex.stop()


async def test_issue_disappears_when_another_server_has_the_path(
    fake_plex: FakePlex, attic: FakePlex, tv: Path, set_up: SetUp, scan: Scan, issues: Issues, tmp_path: Path
) -> None:
    """A path that was in no library of any server is an issue until one of them has it."""
    await set_up()
    other = await set_up(make_entry(attic), plex=attic)
    new = tmp_path / "new"
    movie = samples.add_movie(new, "Metropolis (1927)")
    await refuse(scan, str(movie))
    await issues.wait("no_library")

    attic.add_library("Movies", "movie", {str(new): new})
    await other.runtime_data.async_refresh()

    assert issues() == {}


async def test_message_names_all_queried_servers(attic: FakePlex, tv: Path, set_up: SetUp, scan: Scan) -> None:
    """The message names all queried servers and the most similar location of any of them."""
    await set_up(make_entry(attic), plex=attic)
    await set_up()

    with pytest.raises(ServiceValidationError) as refusal:
        await scan("/nowhere/x.mkv")

    assert f"not in any library of Attic, Living room. The most similar library folder is {tv}." in str(refusal.value)


async def test_path_invalid_for_one_server_is_decided_by_the_others(
    attic: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """The libraries of the other servers decide; a path that is invalid for all servers is rejected."""
    row = {"from": "/downloads", "to": "D:\\Media"}
    await set_up(make_entry(attic, options={CONF_PATH_MAPPINGS: [row]}), plex=attic)
    living_room = await set_up()
    reported = "/downloads/..\\..\\x.mkv"

    with pytest.raises(ServiceValidationError, match="not in any library of"):
        await scan(reported)
    with pytest.raises(ServiceValidationError, match="not in any library of Living room"):
        await scan(reported, config_entry_id=living_room.entry_id)


async def test_path_for_one_server_is_an_issue_despite_another(
    fake_plex: FakePlex, attic: FakePlex, tv: Path, set_up: SetUp, scan: Scan, issues: Issues, tmp_path: Path
) -> None:
    """The issue is raised even if another server has the path."""
    entry = await set_up()
    new = tmp_path / "new"
    movie = samples.add_movie(new, "Metropolis (1927)")
    attic.add_library("Movies", "movie", {str(new): new})
    other = await set_up(make_entry(attic), plex=attic)
    with pytest.raises(ServiceValidationError):
        await scan(str(movie), config_entry_id=entry.entry_id)
    await issues.wait("no_library")
    await other.runtime_data.async_refresh()
    assert issues().keys() == {"no_library"}

    fake_plex.add_library("Movies", "movie", {str(new): new})
    await entry.runtime_data.async_refresh()

    assert issues() == {}


async def test_mapping_is_proposed_for_the_server_that_it_fits(
    hass: HomeAssistant,
    attic: FakePlex,
    tv: Path,
    set_up: SetUp,
    scan: Scan,
    issues: Issues,
    hass_client: ClientSessionGenerator,
    tmp_path: Path,
) -> None:
    """The issue is raised for the server that the mapping fits, even if it was raised for another one before."""
    await async_setup_component(hass, "repairs", {})
    await set_up()
    new = tmp_path / "new"
    movie = samples.add_movie(new, "Metropolis (1927)")
    attic.add_library("Movies", "movie", {str(new): new})
    other = await set_up(make_entry(attic), plex=attic)
    await refuse(scan, "/downloads/gone.mkv")
    issue = (await issues.wait("no_library"))["no_library"]
    assert issue.translation_placeholders == {"server": "Living room", "path": "/downloads/gone.mkv"}

    reported = f"/downloads/{movie.relative_to(new)}"
    await refuse(scan, reported)
    issue = (await issues.wait("no_library_suggestion"))["no_library_suggestion"]
    assert (issue.translation_placeholders or {})["server"] == "Attic"
    await fix(hass, hass_client, issue)

    assert other.options[CONF_PATH_MAPPINGS] == [{"from": "/downloads", "to": str(new)}]
    assert issues() == {}
