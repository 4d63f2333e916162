"""Steps of the config flow that several tests use."""

from ipaddress import ip_address
from typing import Any

from homeassistant.config_entries import SOURCE_USER, SOURCE_ZEROCONF, ConfigFlowResult
from homeassistant.const import CONF_TOKEN, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from custom_components.plex_smart_scan.const import DOMAIN
from custom_components.plex_smart_scan.flows.sign_in import WAYS_TO_A_TOKEN
from tests.fake_plex import FakePlex


def core_entry(plex: FakePlex, **config: Any) -> MockConfigEntry:
    """Return an entry of Home Assistant's own Plex integration."""
    return MockConfigEntry(
        domain="plex",
        title=plex.url,
        unique_id=plex.machine_identifier,
        data={
            "server": plex.friendly_name,
            "server_id": plex.machine_identifier,
            "server_config": {"url": plex.url, "token": plex.token, **config},
        },
    )


def answers(plex: FakePlex, **other: Any) -> dict[str, Any]:
    """Return the input of a user."""
    return {CONF_URL: plex.url, CONF_TOKEN: plex.token, CONF_VERIFY_SSL: True, **other}


async def begin(hass: HomeAssistant) -> ConfigFlowResult:
    """Open the dialogue."""
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})


async def by_hand(hass: HomeAssistant, menu: ConfigFlowResult | None = None) -> ConfigFlowResult:
    """Choose manual input and return the form."""
    menu = menu or await begin(hass)
    assert menu["type"] is FlowResultType.MENU
    assert all(way in menu["menu_options"] for way in WAYS_TO_A_TOKEN)
    return await send(hass, menu, {"next_step_id": "manual"})


async def discover(hass: HomeAssistant, plex: FakePlex, *also_at: str, name: str = "Living room") -> ConfigFlowResult:
    """Simulate the discovery of a server, which may announce several addresses."""
    address = URL(plex.url)
    info = ZeroconfServiceInfo(
        ip_address=ip_address(address.host or ""),
        ip_addresses=[ip_address(each) for each in (address.host or "", *also_at)],
        port=address.port,
        hostname="plex.local.",
        type="_plexmediasvr._tcp.local.",
        name=f"{name}._plexmediasvr._tcp.local.",
        properties={},
    )
    return await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_ZEROCONF}, data=info)


async def send(hass: HomeAssistant, result: ConfigFlowResult, data: dict[str, Any]) -> ConfigFlowResult:
    """Answer a step."""
    return await hass.config_entries.flow.async_configure(result["flow_id"], data)
