"""Paths that the action scan_path rejects: invalid ones, and those in no library."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.plex_smart_scan.const import DOMAIN
from tests.fake_plex import FakePlex, samples
from tests.fake_plex.faults import Fault

from .conftest import Scan, SetUp


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "The path is empty"),
        ("tv/x.mkv", "The path tv/x.mkv is relative"),
        ("/tv/\0.mkv", "contains a NUL character"),
        ("/../x.mkv", 'uses ".." to leave its root folder'),
        ("/" + "x" * 5000, "is too long"),
        ("/tv/\udc80.mkv", "contains characters that are not valid text"),
        (["a", "b"], "The path a is relative"),
    ],
)
async def test_each_invalid_path_has_its_message(tv: Path, set_up: SetUp, scan: Scan, path: Any, reason: str) -> None:
    """Each kind of invalid path has a separate message."""
    await set_up()

    with pytest.raises(ServiceValidationError) as error:
        await scan(path)

    assert reason in str(error.value)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({}, "The action requires the field path"),
        ({"path": []}, "The value of the field path is not valid"),
        ({"path": None}, "The action requires the field path"),
        ({"path": {"file": "/x"}}, "The value of the field path is not valid"),
        ({"path": [True]}, "The value of the field path is not valid"),
        ({"path": "/x", "wait": "perhaps"}, "The value of the field wait is not valid"),
        ({"path": "/x", "timeout": -1}, "The value of the field timeout is not valid"),
        ({"path": "/x", "size": "big"}, "The value of the field size is not valid"),
        ({"path": "/x", "libary": "TV"}, "The action has no field libary"),
    ],
)
async def test_invalid_data_is_reported(
    hass: HomeAssistant, tv: Path, set_up: SetUp, data: dict[str, Any], reason: str
) -> None:
    """A wrong field is named, over REST too."""
    await set_up()

    with pytest.raises(ServiceValidationError, match=reason):
        await hass.services.async_call(DOMAIN, "scan_path", data, blocking=True)


async def test_message_names_the_path_and_the_nearest_location(
    fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """The message names the path, the nearest location, and the mapping that would help."""
    await set_up()
    with pytest.raises(ServiceValidationError) as error:
        await scan("/nowhere/Westworld/x.mkv")
    assert "/nowhere/Westworld/x.mkv is not in any library of Living room" in str(error.value)
    assert str(tv) in str(error.value)

    episode = samples.add_episode(tv, "Westworld", 1, 2)
    with pytest.raises(ServiceValidationError) as error:
        await scan(f"/downloads/{episode.relative_to(tv)}")
    assert f"it would be if /downloads were mapped to {tv}" in str(error.value)


async def test_slow_search_for_a_mapping_does_not_delay_the_response(
    fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """A slow search for a mapping does not delay the response for long."""
    await set_up()
    fake_plex.faults.add(Fault("slow", "/services/browse/*", seconds=0.3))

    with (
        patch("custom_components.plex_smart_scan.actions.servers._SUGGEST_AT_MOST", 0.05),
        pytest.raises(ServiceValidationError, match="is not in any library of Living room"),
    ):
        await scan("/downloads/x.mkv")


async def test_message_names_the_mapping_to_no_library(tv: Path, set_up: SetUp, scan: Scan) -> None:
    """The mapping that was tried is named."""
    await set_up(path_mappings=[{"from": "/downloads", "to": "/gone"}])

    with pytest.raises(
        ServiceValidationError, match=r"/downloads/x\.mkv, mapped to /gone/x\.mkv, is not in any library"
    ):
        await scan("/downloads/x.mkv")
    episode = samples.add_episode(tv, "Westworld", 1, 2)
    with pytest.raises(ServiceValidationError, match=r"mapped to /gone.*it would be if /downloads were mapped to"):
        await scan(f"/downloads/{episode.relative_to(tv)}")


async def test_message_without_libraries_names_no_location(set_up: SetUp, scan: Scan) -> None:
    """Without libraries, the message names no nearest folder."""
    await set_up()

    with pytest.raises(ServiceValidationError, match="Living room has no library with folders"):
        await scan("/x.mkv")


async def test_library_added_after_setup_is_found(
    fake_plex: FakePlex, tmp_path: Path, set_up: SetUp, scan: Scan
) -> None:
    """A library that was added after set-up is found."""
    await set_up()
    root = tmp_path / "movies"
    movie = samples.add_movie(root, "Metropolis (1927)")
    fake_plex.add_library("Movies", "movie", {str(root): root})

    assert (await scan(str(movie)))["summary"] == {"added": 1}


async def test_known_libraries_are_used_if_reading_fails(
    fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """The libraries that were read last are used."""
    await set_up(websocket=False)
    fake_plex.faults.add(Fault("status", "/library/sections", status=500))

    with pytest.raises(ServiceValidationError, match="is not in any library"):
        await scan("/nowhere/x.mkv")


async def test_unknown_or_unloaded_server_is_rejected(hass: HomeAssistant, tv: Path, set_up: SetUp, scan: Scan) -> None:
    """Unknown and unloaded servers are rejected."""
    entry = await set_up()
    with pytest.raises(ServiceValidationError):
        await scan("/x", config_entry_id="unknown")
    await hass.config_entries.async_unload(entry.entry_id)

    with pytest.raises(ServiceValidationError):
        await scan("/x", config_entry_id=entry.entry_id)
    with pytest.raises(ServiceValidationError, match="No Plex server is set up and loaded"):
        await scan("/x")
