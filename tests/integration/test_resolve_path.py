"""The action resolve_path: what a scan of a path would do."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant

from custom_components.plex_smart_scan.const import DOMAIN
from tests.fake_plex import FakePlex, samples

from .conftest import Scan, SetUp, first_episode


async def resolve(hass: HomeAssistant, path: Any, **data: Any) -> list[dict[str, Any]]:
    """Call `resolve_path`."""
    response = await hass.services.async_call(
        DOMAIN, "resolve_path", {"path": path, **data}, blocking=True, return_response=True
    )
    assert response is not None
    results = response["results"]
    assert isinstance(results, list)
    return results  # type: ignore[return-value]


async def test_resolved_path_has_library_folder_and_item(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """Mapping, library, folder, and what Plex has: found without a scan."""
    await set_up(path_mappings=[{"from": "/downloads", "to": str(tv), "local": str(tv)}])
    known = first_episode(tv)
    new = samples.add_episode(tv, "Westworld", 1, 2)

    first, second = await resolve(hass, [f"/downloads/{known.relative_to(tv)}", str(new)])

    assert first["mapping"] == {"from": "/downloads", "to": str(tv), "local": str(tv)}
    assert first["server_path"] == str(known)
    assert first["libraries"] == [
        {"id": 1, "title": "TV Shows", "type": "show", "location": str(tv), "folder": str(known.parent)}
    ]
    assert (first["in_plex"], first["up_to_date"]) == (True, True)
    assert [item["title"] for item in first["items"]] == ["Episode 1"]
    assert (second["mapping"], second["in_plex"], second["up_to_date"]) == (None, False, False)
    assert fake_plex.stats.scans == []
    assert fake_plex.stats.count("*/refresh") == 0


async def test_path_in_no_library_has_a_proposed_mapping(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """What helps to set a mapping up: the nearest location, and the mapping that would do."""
    await set_up()
    known = first_episode(tv)

    lost, useless, none = await resolve(hass, [f"/downloads/{known.relative_to(tv)}", "/nowhere/x.mkv", "x"])

    assert (lost["reason"], lost["nearest"]) == ("no_library", str(tv))
    assert lost["suggested_mapping"] == {"from": "/downloads", "to": str(tv), "local": None}
    assert (useless["reason"], useless["suggested_mapping"]) == ("no_library", None)
    assert (none["reason"], none["problem"]) == ("invalid_path", "relative")


async def test_path_in_another_library_needs_no_mapping(
    hass: HomeAssistant, tv: Path, movies: Path, set_up: SetUp, scan: Scan
) -> None:
    """A path in another library needs no mapping, least of all of a folder to itself."""
    await set_up()

    (result,) = await resolve(hass, str(first_episode(tv)), library="Movies")

    assert (result["reason"], result["suggested_mapping"]) == ("no_library", None)


async def test_whole_library_without_smart_scanning(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """With smart scanning off no folder is named."""
    await set_up(smart_scanning=False)

    (result,) = await resolve(hass, str(tv / "Westworld" / "x.mkv"))

    assert result["libraries"][0]["folder"] is None


async def test_values_are_none_while_the_server_is_unreachable(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """A server that is away leaves it open whether it has a file, and what would be scanned."""
    entry = await set_up()
    await fake_plex.stop()
    await entry.runtime_data.async_refresh()

    with patch("custom_components.plex_smart_scan.actions.resolve_path._ASK_AT_MOST", 0.1):
        (result,) = await resolve(hass, str(tv / "Westworld" / "x.mkv"))

    assert (result["in_plex"], result["up_to_date"]) == (None, None)
    assert result["libraries"][0]["folder"] is None
