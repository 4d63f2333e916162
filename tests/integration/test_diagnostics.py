"""Diagnostics and system health."""

from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import get_system_health_info
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import paths

from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.diagnostics import masked_with
from tests.fake_plex import FakePlex, samples

from .conftest import Scan, SetUp, make_entry


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return snapshots as Home Assistant's core writes them."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


async def test_diagnostics_contain_no_personal_data(
    hass: HomeAssistant,
    fake_plex: FakePlex,
    tmp_path: Path,
    set_up: SetUp,
    scan: Scan,
    hass_client: ClientSessionGenerator,
    snapshot: SnapshotAssertion,
) -> None:
    """They contain structure and numbers but no names, paths, addresses or secrets."""
    await async_setup_component(hass, "diagnostics", {})
    real = tmp_path / "media"
    samples.add_episode(real, "Secret show", 1, 1)
    fake_plex.add_library("Private things", "show", {"/data/television": real})
    fake_plex.seed()
    rows = [{"from": "/downloads/television", "to": "/data/television", "local": str(real)}]
    entry = await set_up(
        make_entry(fake_plex, entry_id="entry", options={"path_mappings": rows, "smart_scanning": True})
    )
    samples.add_episode(real, "Secret show", 1, 2)
    await scan("/downloads/television/Secret show/Season 01/Secret show - S01E02.mkv", library="Private things")
    await scan("/data/television/Secret show/Season 01/Secret show - S01E01.mkv")

    found = await get_diagnostics_for_config_entry(hass, hass_client, entry)

    timings = ("at", "elapsed", "queued", "scanned", "validated")
    changing = [f"results.{n}.{name}" for n in range(2) for name in timings]
    changing += [f"results.{n}.request.accepted_at" for n in range(2)]
    # The folder of the test differs in each run.
    assert found["options"]["path_mappings"][0].pop("local").count("/") == str(real).count("/")
    assert found == snapshot(exclude=paths(*changing))
    text = str(found)
    for secret in (fake_plex.token, "127.0.0.1", "webhook-", "Living room", "Secret", "Private", "television", "media"):
        assert secret not in text


def test_masked_paths_keep_their_structure() -> None:
    """Equal names stay equal, separators, drives and extensions stay; another entry's are masked otherwise."""
    mask = masked_with("entry")

    masked = mask("D:\\Media\\Media\\x.mkv") or ""

    drive, first, second, name = masked.split("\\")
    assert (drive, first) == ("D:", second)
    assert name.endswith(".mkv")
    assert "Media" not in masked
    assert mask(None) is None
    assert mask("/tv") != masked_with("other")("/tv")


async def test_system_health_shows_each_server(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """System health shows the state of each server."""
    await async_setup_component(hass, "system_health", {})
    await set_up()
    fake_plex.hold_scans()
    await scan(str(samples.add_episode(tv, "Westworld", 1, 2)), wait=False)

    info = await get_system_health_info(hass, DOMAIN)

    assert info == {"servers_set_up": 1, "servers_connected": 1, "live_connections": 1, "pending_paths": 1}
    fake_plex.release_scans()
