"""The progress of *Add downloader*, which is not shown for short work whose end the page could miss."""

import asyncio
from collections.abc import AsyncIterator
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.plex_smart_scan.arr.connected_downloaders import SUBENTRY_DOWNLOADER
from custom_components.plex_smart_scan.flows import progress_step
from custom_components.plex_smart_scan.flows.progress_step import async_progress_task
from tests.fake_arr.server import FakeArr

from .conftest import answers_for

HOUR = 3600.0


@pytest.fixture
async def work(hass: HomeAssistant) -> AsyncIterator[tuple[asyncio.Task[None], asyncio.Event]]:
    """Return a task and the event that ends it."""
    ended = asyncio.Event()

    async def wait() -> None:
        await ended.wait()

    task = hass.async_create_task(wait())
    yield task, ended
    ended.set()
    await task


async def test_progress_of_short_work_is_not_shown(
    hass: HomeAssistant, entry: MockConfigEntry, sonarr: FakeArr, home_url: str
) -> None:
    """Submitting the form finishes the flow, because no mapping is needed."""
    flows = hass.config_entries.subentries
    begun = await flows.async_init((entry.entry_id, SUBENTRY_DOWNLOADER), context={"source": "user"})
    with patch.object(progress_step, "SHOWN_AFTER", HOUR):
        end = await flows.async_configure(begun["flow_id"], answers_for(sonarr))
    assert end["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_progress_of_long_work_is_shown(
    hass: HomeAssistant, entry: MockConfigEntry, sonarr: FakeArr, home_url: str
) -> None:
    """Both steps are shown one after the other, each until its work is done."""
    flows = hass.config_entries.subentries
    begun = await flows.async_init((entry.entry_id, SUBENTRY_DOWNLOADER), context={"source": "user"})
    shown = []
    with patch.object(progress_step, "SHOWN_AFTER", 0), patch.object(progress_step, "SHOWN_FOR", 0):
        step = await flows.async_configure(begun["flow_id"], answers_for(sonarr))
        while step["type"] is FlowResultType.SHOW_PROGRESS:
            shown.append(step["step_id"])
            await hass.async_block_till_done()
            step = await flows.async_configure(begun["flow_id"])
    assert shown == ["connect", "review"]
    assert step["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_progress_is_shown_for_a_minimum_time(
    hass: HomeAssistant, work: tuple[asyncio.Task[None], asyncio.Event]
) -> None:
    """The progress is shown for a minimum time, even if the work ends earlier."""
    task, ended = work
    with patch.object(progress_step, "SHOWN_AFTER", 0), patch.object(progress_step, "SHOWN_FOR", HOUR):
        shown = await async_progress_task(hass, task)
        assert shown
        ended.set()
        await task
        await asyncio.sleep(0)
        assert not shown.done()
    shown.cancel()


async def test_progress_lasts_as_long_as_the_work(
    hass: HomeAssistant, work: tuple[asyncio.Task[None], asyncio.Event]
) -> None:
    """It does not end before."""
    task, ended = work
    with patch.object(progress_step, "SHOWN_AFTER", 0), patch.object(progress_step, "SHOWN_FOR", 0):
        shown = await async_progress_task(hass, task)
        assert shown
        await asyncio.wait([shown], timeout=0.1)
        assert not shown.done()
        ended.set()
        await shown
    assert task.done()
