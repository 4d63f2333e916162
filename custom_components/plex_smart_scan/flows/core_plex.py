"""The servers of Home Assistant's own Plex integration."""

from dataclasses import dataclass, replace
from typing import Final

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, SOURCE_REAUTH, ConfigEntry, ConfigEntryChange
from homeassistant.const import CONF_TOKEN, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..const import DOMAIN
from ..scanner import Access
from .check_connection import access_of, async_check, async_end_reauth, updated_data

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
    """Return all servers of the Plex integration by machine identifier."""
    entries = hass.config_entries.async_entries(CORE_DOMAIN, include_ignore=False, include_disabled=False)
    return dict(server for entry in entries if (server := server_of(entry)))


@callback
def core_server(hass: HomeAssistant, machine_identifier: str) -> CoreServer | None:
    """Return one server of the Plex integration."""
    return core_servers(hass).get(machine_identifier)


def server_of(entry: ConfigEntry) -> tuple[str, CoreServer] | None:
    """Return the machine identifier and the server of an entry of the Plex integration, or None without a URL.

    A server that is not claimed has no token.
    """
    config = entry.data.get(_CONF_SERVER_CONFIG, {})
    identifier = entry.data.get(_CONF_SERVER_IDENTIFIER)
    if not identifier or not config.get(CONF_URL):
        return None
    access = Access(
        url=config[CONF_URL],
        token=config.get(CONF_TOKEN) or "",
        verify_ssl=config.get(CONF_VERIFY_SSL, True),
        machine_identifier=identifier,
    )
    return identifier, CoreServer(entry.data.get(_CONF_SERVER) or entry.title, access)


@callback
def async_follow_core_tokens(hass: HomeAssistant) -> None:
    """Adopt changed tokens of the Plex integration if an entry used the old token or its token is rejected."""
    entries = hass.config_entries.async_entries(CORE_DOMAIN)
    tokens = {entry.entry_id: found[1].access.token for entry in entries if (found := server_of(entry))}

    @callback
    def on_change(change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain != CORE_DOMAIN or not (found := server_of(entry)):
            return
        identifier, server = found
        before = tokens.get(entry.entry_id)
        tokens[entry.entry_id] = server.access.token
        own_entry = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, identifier)
        if change is not ConfigEntryChange.UPDATED or not own_entry:
            return
        refused = any(own_entry.async_get_active_flows(hass, {SOURCE_REAUTH}))
        if (refused or before == own_entry.data[CONF_TOKEN]) and async_adopt_core_token(hass, own_entry):
            hass.config_entries.async_schedule_reload(own_entry.entry_id)

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, on_change)


@callback
def async_adopt_core_token(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Adopt the token of the Plex integration. Returns whether the token changed."""
    server = core_server(hass, entry.unique_id or "")
    if not server or server.access.token in {"", entry.data[CONF_TOKEN]}:
        return False
    data = updated_data(entry, replace(access_of(entry), token=server.access.token))
    hass.config_entries.async_update_entry(entry, data=data)
    async_end_reauth(hass, entry)
    return True


async def async_replace_token(hass: HomeAssistant, entry: ConfigEntry, access: Access) -> None:
    """Use the token of the Plex integration instead of a rejected one if it works, otherwise start reauthentication.

    `access` is the current access to the server.
    """
    if await async_adopt_working_core_token(hass, entry, access):
        hass.config_entries.async_schedule_reload(entry.entry_id)
    else:
        entry.async_start_reauth(hass)


async def async_adopt_working_core_token(hass: HomeAssistant, entry: ConfigEntry, access: Access) -> bool:
    """Adopt the token of the Plex integration if it differs and permits scanning. Returns whether it was adopted.

    `access` is the current access to the server.
    """
    core = core_server(hass, entry.unique_id or "")
    if not core or core.access.token in {"", access.token}:
        return False
    server, _ = await async_check(replace(access, token=core.access.token))
    if not server or server.machine_identifier != entry.unique_id:
        return False
    return async_adopt_core_token(hass, entry)
