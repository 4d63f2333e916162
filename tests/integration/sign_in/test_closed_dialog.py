"""A dialog that is closed or continued elsewhere while it waits for plex.tv."""

from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, UnknownFlow
import pytest

from custom_components.plex_smart_scan.config_flow import PlexSmartScanConfigFlow
from tests.fake_plex_tv import Account, browser

from .dialog import Dialog


@pytest.mark.parametrize("way", ["sign_in", "sign_in_code"])
async def test_closed_dialog_ends_the_polling(hass: HomeAssistant, dialog: Dialog, owner: Account, way: str) -> None:
    """The polling ends, and a later claim has no effect."""
    await dialog.choose(way)
    await dialog.plex_tv.wait_for_request("/api/v2/pins/*", method="GET")

    hass.config_entries.flow.async_abort(dialog.result["flow_id"])
    await hass.async_block_till_done(wait_background_tasks=True)

    dialog.plex_tv.stats.reset()
    dialog.plex_tv.claim(dialog.plex_tv.last_pin.code, owner)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert dialog.plex_tv.stats.requests == []
    assert not hass.config_entries.async_entries("plex_smart_scan")


async def test_dialog_closed_during_the_claim_is_no_error(hass: HomeAssistant, dialog: Dialog, owner: Account) -> None:
    """The flow can be removed at the moment when it would continue."""
    await dialog.choose("sign_in")
    manager = hass.config_entries.flow

    async def close_before_progress(flow_id: str) -> None:
        manager.async_abort(flow_id)
        raise UnknownFlow

    with patch.object(manager, "async_configure", side_effect=close_before_progress):
        await browser.sign_in(dialog.plex_tv, dialog.result["url"], "owner")
        await dialog.plex_tv.wait_for_request("/api/v2/user")
        await hass.async_block_till_done(wait_background_tasks=True)
    assert not hass.config_entries.flow.async_progress()


async def test_step_loaded_by_the_frontend_is_not_repeated(hass: HomeAssistant, dialog: Dialog, owner: Account) -> None:
    """If the frontend has already loaded the next step, it is not loaded again."""
    dialog.plex_tv.resources[0].owner = dialog.plex_tv.add_account("friend")
    await dialog.sign_in(owner)
    flow = hass.config_entries.flow._progress[dialog.result["flow_id"]]
    assert isinstance(flow, PlexSmartScanConfigFlow)
    assert flow._sign_in
    with patch.object(hass.config_entries.flow, "async_configure") as configure:
        flow._sign_in._leave_page(flow._sign_in._waiting)
        await hass.async_block_till_done()
    configure.assert_not_called()
    assert dialog.errors == {"base": "no_servers"}


async def test_new_attempt_ends_the_previous_polling(dialog: Dialog, owner: Account) -> None:
    """Only the newest PIN is polled."""
    dialog.plex_tv.switches.expires_in = 0
    await (await dialog.choose("sign_in")).moved_on()
    first = dialog.plex_tv.last_pin
    dialog.plex_tv.switches.expires_in = None
    await dialog.retry("sign_in_code")
    polls = len(first.polls)
    await dialog.enter_code(owner)
    assert len(first.polls) == polls
    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY
