"""The servers that Home Assistant's own Plex integration knows."""

from dataclasses import dataclass
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_TOKEN, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant, callback

from .scanner.gateway import Access

CORE_DOMAIN: Final = "plex"
_CONF_SERVER: Final = "server"
_CONF_SERVER_IDENTIFIER: Final = "server_id"
_CONF_SERVER_CONFIG: Final = "server_config"


@dataclass(frozen=True, slots=True)
class CoreServer:
    """A server of the Plex integration."""

    name: str
    access: Access


@callback
def core_servers(hass: HomeAssistant) -> dict[str, CoreServer]:
    """Return all servers of the Plex integration, by machine identifier."""
    entries = hass.config_entries.async_entries(CORE_DOMAIN, include_ignore=False, include_disabled=False)
    return dict(server for entry in entries if (server := server_of(entry)))


@callback
def core_server(hass: HomeAssistant, machine_identifier: str) -> CoreServer | None:
    """Return one server of the Plex integration."""
    return core_servers(hass).get(machine_identifier)


def server_of(entry: ConfigEntry) -> tuple[str, CoreServer] | None:
    """Return the machine identifier and the server of an entry of the Plex integration; None for one without a URL.

    A server that nobody has claimed has no token.
    """
    config = entry.data.get(_CONF_SERVER_CONFIG, {})
    identifier = entry.data.get(_CONF_SERVER_IDENTIFIER)
    if not identifier or not config.get(CONF_URL):
        return None
    access = Access(
        url=config[CONF_URL], token=config.get(CONF_TOKEN) or "", verify_ssl=config.get(CONF_VERIFY_SSL, True)
    )
    return identifier, CoreServer(entry.data.get(_CONF_SERVER) or entry.title, access)
