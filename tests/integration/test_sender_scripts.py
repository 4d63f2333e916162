"""The scripts that Home Assistant hands out: from the Reconfigure form to the file with the webhook filled in."""

import json
import os
from pathlib import Path
import re
import subprocess
from typing import Any
from unittest.mock import patch

import aiohttp
from aiohttp.test_utils import TestClient
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.helpers.network import NoURLAvailableError
from homeassistant.helpers.template import Template
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.sender_scripts import PROGRAMS, build
from tests.fake_plex import FakePlex

from .conftest import SetUp, make_entry

CHECKOUT = Path(__file__).parents[2]
SCRIPTS = CHECKOUT / "docs" / "downloaders" / "scripts"


def test_committed_scripts_are_the_generated_ones(tmp_path: Path) -> None:
    """What scripts/build-sender-scripts writes is what lies in docs/downloaders/scripts, and nothing else does."""
    subprocess.run([CHECKOUT / "scripts" / "build-sender-scripts", tmp_path], check=True)  # noqa: S603 - our own

    written = {file.relative_to(tmp_path): file.read_bytes() for file in tmp_path.rglob("*.sh")}
    committed = {file.relative_to(SCRIPTS): file.read_bytes() for file in SCRIPTS.rglob("*") if file.is_file()}
    manifest = json.loads(committed.pop(Path("nzbget/manifest.json")))
    assert written == committed
    assert manifest["main"] == "main.sh"
    assert all(os.access(SCRIPTS / file, os.X_OK) for file in committed)


@pytest.mark.parametrize("program", PROGRAMS)
def test_script_needs_no_other_file(program: str) -> None:
    """A script needs no other file, and a filled-in URL cannot leave its quotes."""
    script = build(program, "http://ha.local:8123/api/webhook/it's")

    assert script.startswith("#!/bin/sh\n")
    assert "filled_in_webhook='http://ha.local:8123/api/webhook/it'\"'\"'s'\n" in script
    assert "filled_in_webhook=''\n" in build(program)
    assert "\n. " not in script


@pytest.fixture
async def client(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> TestClient[Any, Any]:
    """Return an administrator's client of the REST API, flows included."""
    for domain in ("config", DOMAIN):
        assert await async_setup_component(hass, domain, {})
    found: TestClient[Any, Any] = await hass_client()
    return found


async def choose_script(client: TestClient[Any, Any], entry: MockConfigEntry, program: str) -> dict[str, Any]:
    """Go through the dialog as Home Assistant's web page does; return how it ends."""
    flows = "/api/config/config_entries/flow"
    flow = await (await client.post(flows, json={"handler": DOMAIN, "entry_id": entry.entry_id})).json()
    assert (flow["step_id"], "script" in flow["menu_options"]) == ("reconfigure", True)
    step = f"{flows}/{flow['flow_id']}"
    form = await (await client.post(step, json={"next_step_id": "script"})).json()
    assert (form["type"], form["step_id"]) == ("form", "script")
    ended: dict[str, Any] = await (await client.post(step, json={"script": program})).json()
    return ended


@pytest.mark.parametrize("program", ["sabnzbd", "other"])
async def test_reconfigure_offers_a_script(
    hass: HomeAssistant, fake_plex: FakePlex, set_up: SetUp, client: TestClient[Any, Any], program: str
) -> None:
    """After the selection of a program, a link is shown that works without a header and contains no secret."""
    await async_process_ha_core_config(hass, {"internal_url": "http://192.168.1.2:8123"})
    entry = await set_up()

    ended = await choose_script(client, entry, program)

    assert (ended["type"], ended["reason"]) == ("abort", "script_offered")
    link = ended["description_placeholders"]["link"]
    found = re.fullmatch(r'<a href="([^"]+)" target="_blank">([\w.-]+)</a>', link)
    assert found
    assert found[2] == PROGRAMS[program]
    webhook_id = entry.data[CONF_WEBHOOK_ID]
    assert webhook_id not in found[1]
    async with aiohttp.ClientSession() as browser:
        for refused in (found[1].partition("?")[0], found[1] + "x"):
            assert (await browser.get(client.make_url(refused))).status == 401
        download = await browser.get(client.make_url(found[1]))
        assert download.status == 200
        assert download.headers["Content-Disposition"] == f'attachment; filename="{PROGRAMS[program]}"'
        assert download.headers["Cache-Control"] == "no-store"
        assert await download.text() == build(program, f"http://192.168.1.2:8123/api/webhook/{webhook_id}")


async def test_script_has_the_url_of_the_browser_by_default(
    hass: HomeAssistant, fake_plex: FakePlex, hass_client: ClientSessionGenerator
) -> None:
    """If Home Assistant has no configured URL, the script contains the URL that the browser used."""
    entry = make_entry(fake_plex)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    client = await hass_client()

    with patch("homeassistant.components.webhook.get_url", side_effect=NoURLAvailableError):
        answer = await client.get(f"/api/{DOMAIN}/script/{entry.entry_id}/aria2")

    own = str(client.make_url("")).rstrip("/")
    assert f"filled_in_webhook={own}/api/webhook/{entry.data[CONF_WEBHOOK_ID]}\n" in await answer.text()


async def test_scripts_are_for_administrators(
    hass: HomeAssistant,
    set_up: SetUp,
    hass_client: ClientSessionGenerator,
    hass_admin_user: MockUser,
) -> None:
    """Others cannot read the webhook's URL; and there is no script of unknown programs or other integrations."""
    entry = await set_up()
    client = await hass_client()
    assert (await client.get(f"/api/{DOMAIN}/script/{entry.entry_id}/unknown")).status == 404
    assert (await client.get(f"/api/{DOMAIN}/script/unknown/deluge")).status == 404
    hass_admin_user.groups = []

    assert (await client.get(f"/api/{DOMAIN}/script/{entry.entry_id}/deluge")).status == 401


@pytest.mark.parametrize("path", ['/tv/Let\'s "Get" Down & 100% {{ x }} \\ $(y)', "/tv/é—"])
async def test_documented_rest_command_sends_valid_json(hass: HomeAssistant, path: str) -> None:
    """The payload on the page about Home Assistant is JSON, whatever the name contains."""
    page = (SCRIPTS.parent / "home-assistant.md").read_text(encoding="utf-8")
    payload = re.search(r'payload: "(.+)"', page)
    assert payload

    assert json.loads(Template(payload[1], hass).async_render({"path": path}, parse_result=False)) == {"path": path}


@pytest.mark.parametrize("program", ["bazarr", "unmanic"])
def test_documented_commands_contain_no_file_name(program: str) -> None:
    """Both programs do not escape names in shell commands, so the documented commands contain fixed folders only."""
    page = (SCRIPTS.parent / f"{program}.md").read_text(encoding="utf-8")
    commands = re.findall(rf"`(/config/scripts/{program}\.sh[^`]*)`", page) + re.findall(
        r"Arguments \| `([^`]*)`", page
    )

    assert commands
    assert not any("{" in command for command in commands)
