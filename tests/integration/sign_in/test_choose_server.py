"""Which of the account's servers can be chosen after the sign-in."""

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from tests.fake_plex import FakePlex
from tests.fake_plex_tv import Account, FakePlexTv, Resource

from ..conftest import make_entry
from .dialog import FAILED, Dialog


async def test_own_servers_are_offered_and_shared_ones_explained(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, other_plex: FakePlex
) -> None:
    """The account's own servers are offered; shared ones are listed with the reason why they cannot be used."""
    plex_tv.add_server(fake_plex, owner)
    plex_tv.add_server(other_plex, owner)
    friend = plex_tv.add_account("friend")
    plex_tv.add_resource(Resource("theirs", "Theirs", friend, [], shared_with=[owner]))
    plex_tv.add_resource(Resource("tv", "Television", owner, [], provides="client,player"))
    dialog = await (await Dialog.open(hass, plex_tv)).sign_in(owner)
    assert dialog.step == (FlowResultType.FORM, "select_server")
    assert dialog.placeholders == {
        "account": "owner",
        "shared": "These shared servers cannot be selected, because only the owner can scan them: Theirs (friend).",
    }
    assert (await dialog.send()).step == (FlowResultType.FORM, "select_server")
    assert dialog.result["data_schema"] is not None
    (selector,) = dialog.result["data_schema"].schema.values()
    assert [option["label"] for option in selector.config["options"]] == ["Living room", "Attic"]

    await dialog.send({"server": other_plex.machine_identifier})

    assert (dialog.result["type"], dialog.result["title"]) == (FlowResultType.CREATE_ENTRY, "Attic")
    assert fake_plex.stats.tokens == set()


async def test_shared_servers_are_not_mentioned_if_there_are_none(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, other_plex: FakePlex
) -> None:
    """Without shared servers, the form does not mention them."""
    plex_tv.add_server(fake_plex, owner)
    plex_tv.add_server(other_plex, owner)
    dialog = await (await Dialog.open(hass, plex_tv)).sign_in(owner)
    assert dialog.placeholders == {"account": "owner", "shared": ""}


async def test_configured_server_is_not_offered(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, other_plex: FakePlex
) -> None:
    """A configured server is not offered again."""
    plex_tv.add_server(fake_plex, owner)
    resource = plex_tv.add_server(other_plex, owner)
    make_entry(fake_plex).add_to_hass(hass)
    dialog = await (await Dialog.open(hass, plex_tv)).sign_in(owner)
    assert dialog.result["title"] == "Attic"

    plex_tv.resources.remove(resource)
    dialog = await (await Dialog.open(hass, plex_tv)).sign_in(owner)
    assert dialog.step == (FlowResultType.ABORT, "already_configured")


@pytest.mark.parametrize("shared", [True, False])
async def test_account_without_own_servers_can_be_changed(
    hass: HomeAssistant, plex_tv: FakePlexTv, owner: Account, fake_plex: FakePlex, shared: bool
) -> None:
    """A shared server cannot be used; the user can sign in with another account."""
    friend = plex_tv.add_account("friend")
    resource = plex_tv.add_server(fake_plex, friend)
    if shared:
        resource.shared_with.append(owner)
    dialog = await (await Dialog.open(hass, plex_tv)).sign_in(owner)
    assert (dialog.step, dialog.errors) == (FAILED, {"base": "only_shared" if shared else "no_servers"})
    assert dialog.placeholders["account"] == "owner"
    assert dialog.placeholders["servers"] == ("Living room (friend)" if shared else "")
    assert fake_plex.stats.requests == []

    await dialog.retry("sign_in")
    await dialog.claim(friend)

    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY
