"""Hostile names of accounts and servers, and hostile addresses, that plex.tv lists."""

import logging

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from tests.fake_plex import FakePlex
from tests.fake_plex_tv import Account, Connection, FakePlexTv, Resource

from ..hostile import HOSTILE, NAME, Surfaces, log_texts, placeholders
from .dialog import ADDRESS, FAILED, NO_SERVER, Dialog


@pytest.fixture
def hostile_owner(plex_tv: FakePlexTv) -> Account:
    """Return an account with a hostile name, with which a hostile friend shares a hostile server."""
    owner, friend = plex_tv.add_account(HOSTILE), plex_tv.add_account(f"{HOSTILE} too")
    plex_tv.add_resource(Resource("theirs", HOSTILE, friend, [], shared_with=[owner]))
    return owner


async def test_hostile_names_are_harmless_in_a_sign_in(
    hass: HomeAssistant,
    plex_tv: FakePlexTv,
    hostile_owner: Account,
    fake_plex: FakePlex,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing of it works in a form, in the title of the entry or in the log."""
    caplog.set_level(logging.DEBUG, logger="custom_components.plex_smart_scan")
    surfaces = Surfaces()

    dialog = await (await Dialog.open(hass, plex_tv)).sign_in(hostile_owner)
    assert (dialog.step, dialog.errors) == (FAILED, {"base": "only_shared"})
    surfaces.markdown["account with shared servers only"] = placeholders(dialog.result)

    path = "/%60forged%60%0A%0A2026%20ERROR%20forged%1b%5B2J%E2%80%AE![i](//evil.example)"
    away = Connection("127.0.0.1", NO_SERVER, f"https://127.0.0.1:{NO_SERVER}{path}")
    plex_tv.add_resource(Resource("away", HOSTILE, hostile_owner, [away]))
    plex_tv.add_server(fake_plex, hostile_owner).name = HOSTILE
    fake_plex.friendly_name = NAME
    await dialog.retry("sign_in")
    await dialog.claim(hostile_owner)
    assert dialog.step == (FlowResultType.FORM, "select_server")
    surfaces.markdown["list of servers"] = placeholders(dialog.result)
    assert dialog.result["data_schema"] is not None
    (selector,) = dialog.result["data_schema"].schema.values()
    surfaces.plain["server in the list"] = [option["label"] for option in selector.config["options"]]

    await dialog.send({"server": "away"})
    assert dialog.step == ADDRESS
    surfaces.markdown["server that is unreachable"] = placeholders(dialog.result)
    assert "forged" in dialog.placeholders["tried"]

    added = await (await Dialog.open(hass, plex_tv)).sign_in(hostile_owner)
    await added.send({"server": fake_plex.machine_identifier})
    assert added.result["type"] is FlowResultType.CREATE_ENTRY
    surfaces.plain["title of the entry"] = [added.result["title"]]

    assert surfaces.without("forged") == []
    surfaces.plain["log"] = log_texts(caplog)
    assert surfaces.bad() == {}
