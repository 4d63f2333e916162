"""Path mappings of a downloader: suggested from real files, shown with the files, and saved if accepted."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.plex_smart_scan.arr.api_response import ArrError, ArrErrorKind
from custom_components.plex_smart_scan.arr.client import ArrClient
from custom_components.plex_smart_scan.const import CONF_FROM, CONF_PATH_MAPPINGS, CONF_TO
from custom_components.plex_smart_scan.flows.downloader_forms import CONF_MAPPINGS, CONF_SWITCH_OFF
from custom_components.plex_smart_scan.scanner import markdown_safe
from tests.e2e.processes import free_port
from tests.fake_arr import RADARR, SONARR, FakeArr
from tests.fake_arr.connections import fields_of
from tests.fake_plex import FakePlex, samples

from .conftest import Flow, Results, answers_for


@pytest.fixture
async def remote(tv: Path, socket_enabled: None) -> AsyncIterator[FakeArr]:
    """Return a Sonarr that sees the TV library's folder as `/downloads/tv`."""
    arr = FakeArr(SONARR)
    arr.shelf.root_folders.append("/downloads/tv")
    await arr.start()
    yield arr
    await arr.stop()


@pytest.fixture
def file(tv: Path) -> Path:
    """Return the episode that the TV library has."""
    return next(tv.rglob("*.mkv"))


def reported(tv: Path, file: Path) -> str:
    """Return a file of the TV library as the downloader sees it."""
    return f"/downloads/tv/{file.relative_to(tv).as_posix()}"


def put(arr: FakeArr, path: str, file: Path, *, more: int = 0) -> None:
    """Import a file in the downloader with a different size."""
    arr.shelf.put(path, file.stat().st_size + more)


def rows(entry: MockConfigEntry) -> list[dict[str, str]]:
    """Return the mappings of an entry."""
    found: list[dict[str, str]] = entry.options.get(CONF_PATH_MAPPINGS, [])
    return found


async def test_mapping_is_proven_by_files_of_the_history(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    flow: Flow,
    remote: FakeArr,
    tv: Path,
    fake_plex: FakePlex,
    results: Results,
) -> None:
    """A mapping is confirmed by files with the same name and size, and then applied to imports."""
    for number in (1, 2):
        file = samples.add_episode(tv, "Westworld", 2, number)
        put(remote, reported(tv, file), file)
    fake_plex.seed()
    form = await flow(await flow(), answers_for(remote))
    assert form["step_id"] == "mappings"
    shown = form["description_placeholders"]
    assert shown["proven"].startswith(f"- /downloads/tv → {markdown_safe(str(tv))}: ")
    assert "Westworld - S02E01.mkv" in shown["proven"]
    assert (shown["guesses"], shown["unmatched"]) == ("-", "-")
    result = await flow(form, {CONF_MAPPINGS: ["0"]})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert rows(entry) == [{CONF_FROM: "/downloads/tv", CONF_TO: str(tv)}]
    await hass.async_block_till_done(wait_background_tasks=True)

    file = samples.add_episode(tv, "Westworld", 2, 3)
    await remote.import_file(reported(tv, file), file.stat().st_size)
    assert {each.server_path for each in await results(1)} == {str(file)}
    assert remote.posted[-1].json["rejected"] == []


async def test_mapping_is_proven_by_listed_files_without_a_history(
    flow: Flow, remote: FakeArr, tv: Path, entry: MockConfigEntry, file: Path
) -> None:
    """Old files are not in the history, so the files of the program are listed."""
    put(remote, reported(tv, file), file)
    remote.shelf.history.clear()
    form = await flow(await flow(), answers_for(remote))
    assert f"/downloads/tv → {markdown_safe(str(tv))}" in form["description_placeholders"]["proven"]
    assert (await flow(form, {CONF_MAPPINGS: []}))["type"] is FlowResultType.CREATE_ENTRY
    assert rows(entry) == []


async def test_file_of_another_size_proves_no_mapping(flow: Flow, remote: FakeArr, tv: Path, file: Path) -> None:
    """A file with the same name but another size confirms nothing; the guess is not selected."""
    put(remote, reported(tv, file), file, more=1)
    form = await flow(await flow(), answers_for(remote))
    assert form["description_placeholders"]["proven"] == "-"
    assert f"/downloads/tv → {markdown_safe(str(tv))}" in form["description_placeholders"]["guesses"]
    (field,) = form["data_schema"].schema
    assert field.default() == []


async def test_mapping_of_the_plex_connection_is_used_if_proven(
    flow: Flow, remote: FakeArr, tv: Path, entry: MockConfigEntry, file: Path
) -> None:
    """A confirmed mapping of the connection is used as the user entered it, for all root folders below it."""
    await remote.add_connection(
        name="Plex",
        implementation="PlexServer",
        fields={"host": "plex", "updateLibrary": False, "mapFrom": "/downloads", "mapTo": str(tv.parent)},
        onDownload=True,
    )
    put(remote, reported(tv, file), file)
    form = await flow(await flow(), answers_for(remote))
    assert (
        form["description_placeholders"]["proven"]
        == f"- /downloads → {markdown_safe(str(tv.parent))}: {markdown_safe(file.name)}"
    )
    await flow(form, {CONF_MAPPINGS: ["0"]})
    assert rows(entry) == [{CONF_FROM: "/downloads", CONF_TO: str(tv.parent)}]


async def test_wrong_mapping_of_the_plex_connection_is_ignored(
    flow: Flow, remote: FakeArr, tv: Path, file: Path
) -> None:
    """The mapping shown by the files is used."""
    await remote.add_connection(
        name="Plex",
        implementation="PlexServer",
        fields={"host": "plex", "updateLibrary": False, "mapFrom": "/downloads", "mapTo": "/wrong"},
        onDownload=True,
    )
    put(remote, reported(tv, file), file)
    form = await flow(await flow(), answers_for(remote))
    assert form["description_placeholders"]["proven"].startswith(f"- /downloads/tv → {markdown_safe(str(tv))}: ")


async def test_root_folder_in_no_library_is_shown(flow: Flow, remote: FakeArr) -> None:
    """It is shown without a mapping to select."""
    remote.shelf.root_folders[:] = ["/downloads/anime"]
    form = await flow(await flow(), answers_for(remote))
    assert form["description_placeholders"]["unmatched"] == "- /downloads/anime"
    assert form["data_schema"].schema == {}
    assert (await flow(form, {}))["type"] is FlowResultType.CREATE_ENTRY


async def test_library_of_another_type_does_not_match(
    flow: Flow, movies: Path, tv: Path, fake_plex: FakePlex, entry: MockConfigEntry
) -> None:
    """Movies in a TV library's folder are in no library for Radarr."""
    await entry.runtime_data.engine.registry.read()
    radarr = FakeArr(RADARR)
    radarr.shelf.root_folders += [str(tv), str(movies)]
    await radarr.start()
    form = await flow(await flow(), answers_for(radarr))
    assert form["description_placeholders"]["unmatched"] == f"- {markdown_safe(str(tv))}"
    await radarr.stop()


async def test_mapping_between_windows_and_posix_is_proposed(
    flow: Flow, entry: MockConfigEntry, remote: FakeArr, tv: Path, file: Path
) -> None:
    """A Sonarr on Windows and a Plex in a container."""
    remote.windows = True
    remote.shelf.root_folders[:] = ["D:\\TV"]
    put(remote, "D:\\TV\\" + str(file.relative_to(tv)).replace("/", "\\"), file)
    form = await flow(await flow(), answers_for(remote))
    assert form["description_placeholders"]["proven"].startswith(f"- D:\\\\TV → {markdown_safe(str(tv))}: ")


async def test_mapping_of_the_same_source_is_replaced(
    hass: HomeAssistant, flow: Flow, entry: MockConfigEntry, remote: FakeArr, tv: Path, file: Path
) -> None:
    """Only the first of two mappings would apply."""
    old = {CONF_FROM: "/downloads/tv", CONF_TO: "/wrong"}
    other = {CONF_FROM: "/x", CONF_TO: "/y"}
    hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_PATH_MAPPINGS: [old, other]})
    put(remote, reported(tv, file), file)
    form = await flow(await flow(), answers_for(remote))
    await flow(form, {CONF_MAPPINGS: ["0"]})
    assert rows(entry) == [other, {CONF_FROM: "/downloads/tv", CONF_TO: str(tv)}]


# -- the program's own Plex connection --------------------------------------------------------------------------------


async def plex_connection(arr: FakeArr, plex: FakePlex, **fields: Any) -> int:
    """Make a Plex Media Server connection to a fake Plex."""
    return await arr.add_connection(
        name="Plex",
        implementation="PlexServer",
        fields={"host": "127.0.0.1", "port": plex.port, "authToken": "secret", "updateLibrary": True, **fields},
        onDownload=True,
        onUpgrade=True,
    )


@pytest.mark.parametrize("switch_off", [True, False])
async def test_scans_of_the_plex_connection_can_be_turned_off(
    flow: Flow, sonarr: FakeArr, fake_plex: FakePlex, *, switch_off: bool
) -> None:
    """Only if the user selects it; nothing else changes, and the masked token is kept."""
    number = await plex_connection(sonarr, fake_plex)
    before = sonarr.connections.get(number)
    form = await flow(await flow(), answers_for(sonarr))
    assert form["step_id"] == "plex_connection"
    result = await flow(form, {CONF_SWITCH_OFF: [str(number)]} if switch_off else {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    after = sonarr.connections.get(number)
    assert fields_of(after)["updateLibrary"] is not switch_off
    for connection in (before, after):
        connection["fields"] = [each for each in connection["fields"] if each["name"] != "updateLibrary"]
    assert after == before
    assert fields_of(sonarr.connections._rows[number])["authToken"] == "secret"


async def test_plex_connection_to_another_server_is_ignored(flow: Flow, sonarr: FakeArr, socket_enabled: None) -> None:
    """Its identity is checked without a token."""
    other = FakePlex(machine_identifier="b" * 40)
    await other.start()
    await plex_connection(sonarr, other)
    assert (await flow(await flow(), answers_for(sonarr)))["type"] is FlowResultType.CREATE_ENTRY
    await other.stop()


async def test_plex_connection_without_updates_is_ignored(flow: Flow, sonarr: FakeArr, fake_plex: FakePlex) -> None:
    """The flow shows no form about the connection."""
    await plex_connection(sonarr, fake_plex, updateLibrary=False)
    assert (await flow(await flow(), answers_for(sonarr)))["type"] is FlowResultType.CREATE_ENTRY


async def test_connection_is_created_although_the_review_fails(flow: Flow, sonarr: FakeArr) -> None:
    """The connection is created anyway; mappings can be added in the options."""
    error = ArrError(ArrErrorKind.TIMEOUT, "disks that sleep")
    with patch.object(ArrClient, "root_folders", side_effect=error):
        result = await flow(await flow(), answers_for(sonarr))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_unverifiable_plex_connection_is_left_to_the_user(
    flow: Flow, sonarr: FakeArr, fake_plex: FakePlex
) -> None:
    """Its identity cannot be checked, so the user decides."""
    await plex_connection(sonarr, fake_plex, port=free_port())
    form = await flow(await flow(), answers_for(sonarr))
    assert form["step_id"] == "plex_connection"
    with patch.object(ArrClient, "update", side_effect=ArrError(ArrErrorKind.FAILED, "no")):
        result = await flow(form, {CONF_SWITCH_OFF: [str(sonarr.connections.all()[-1]["id"])]})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_saved_connection_is_verified_by_reading_it(flow: Flow, sonarr: FakeArr) -> None:
    """If the program saves another connection than requested, an error is shown."""
    with patch("custom_components.plex_smart_scan.arr.webhook_setup.is_right", return_value=False):
        form = await flow(await flow(), answers_for(sonarr))
    assert (form["step_id"], form["errors"]) == ("address", {"base": "not_saved"})
    assert (await flow(form, {}))["type"] is FlowResultType.CREATE_ENTRY
    assert len(sonarr.connections.all()) == 1
