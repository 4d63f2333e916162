"""Actions that are called while a server is reloaded, and with very many paths."""

import asyncio
from pathlib import Path
from time import thread_time
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.scanner import ScanEngine
from tests.fake_plex import FakePlex, samples
from tests.fake_plex.faults import Fault

from .conftest import Scan, SetUp


async def test_scan_path_waits_for_a_reload(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, scan: Scan
) -> None:
    """Saving the options must not make an automation fail that runs at that moment."""
    entry = await set_up()
    slow = fake_plex.faults.add(Fault("slow", path="/library/sections"))
    reloading = asyncio.create_task(hass.config_entries.async_reload(entry.entry_id))
    await fake_plex.wait_for_request("/library/sections")

    scanning = asyncio.create_task(scan(str(samples.add_episode(tv, "Westworld", 1, 2))))
    await asyncio.sleep(0)
    slow.remove()
    await reloading

    assert (await scanning)["summary"] == {"added": 1}


@pytest.mark.parametrize("with_entry", [True, False])
async def test_long_reload_is_named_as_the_reason(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp, with_entry: bool
) -> None:
    """The reason is named, which is not that no server is set up."""
    entry = await set_up()
    run_until_waiting, stop = asyncio.Event(), ScanEngine.stop

    async def slowly(engine: ScanEngine) -> None:
        await run_until_waiting.wait()
        await stop(engine)

    with (
        patch.object(ScanEngine, "stop", slowly),
        patch("custom_components.plex_smart_scan.actions.servers.RELOAD_AT_MOST", 0.05),
    ):
        reloading = asyncio.create_task(hass.config_entries.async_reload(entry.entry_id))
        await asyncio.sleep(0)
        data = {"path": str(tv)} | ({"config_entry_id": entry.entry_id} if with_entry else {})
        with pytest.raises(ServiceValidationError, match="is being reloaded"):
            await hass.services.async_call(DOMAIN, "scan_path", data, blocking=True)
        run_until_waiting.set()
        await reloading


async def test_ten_thousand_paths_do_not_block_the_event_loop(
    hass: HomeAssistant, fake_plex: FakePlex, tv: Path, set_up: SetUp
) -> None:
    """All requests are answered with few queries, and the event loop stays responsive.

    The processor time of the loop is measured, which does not depend on other programs, and compared with that of the
    whole call, which depends on the machine as much.
    """
    await set_up()
    held = 0.0

    async def watch() -> None:
        """Measure for how long the event loop's thread computes in one go; time in which others run does not count."""
        nonlocal held
        while True:
            begin = thread_time()
            await asyncio.sleep(0.01)
            held = max(held, thread_time() - begin)

    watching, began = asyncio.create_task(watch()), thread_time()
    await asyncio.sleep(0)  # the task begins to measure
    with patch("custom_components.plex_smart_scan.actions.resolve_path._ALL_AT_MOST", 0.2):
        response = await hass.services.async_call(
            DOMAIN,
            "resolve_path",
            {"path": [f"{tv}/Westworld/Season 01/{number}.mkv" for number in range(10_000)]},
            blocking=True,
            return_response=True,
        )
    total = thread_time() - began
    watching.cancel()

    assert response
    results = response["results"]
    assert isinstance(results, list)
    assert len(results) == 10_000
    assert all(isinstance(each, dict) and each["libraries"] for each in results)
    assert held < total / 50  # in asyncio's debug mode it is 0.07 of 18 s; all at once it was 2.4 s
