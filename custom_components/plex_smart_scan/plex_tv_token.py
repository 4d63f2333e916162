"""Access tokens from a sign-in at plex.tv: kept valid, renewed with the next sign-in, and signed out on removal.

An entry contains the client identifier only while its token comes from a sign-in. Tokens that were entered, or that
belong to Home Assistant's Plex integration, are not changed.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
import logging
from typing import Final
from uuid import uuid4

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_CLIENT_ID, CONF_TOKEN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.singleton import singleton
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .flows.core_plex import core_servers
from .plex_tv import ListedServer, PlexTv, PlexTvError

_LOGGER: Final = logging.getLogger(__name__)
_CLIENT_ID: HassKey[str] = HassKey(f"{DOMAIN}_client_id")
_STORAGE_KEY: Final = f"{DOMAIN}.client"
_PING_INTERVAL: Final = timedelta(hours=12)  # short enough for systems that restart every night


@singleton(_CLIENT_ID, async_=True)
async def _async_client_id(hass: HomeAssistant) -> str:
    """Return the identifier of this Home Assistant at plex.tv. It is created once and stored."""
    store: Store[dict[str, str]] = Store(hass, 1, _STORAGE_KEY, private=True)
    if (stored := await store.async_load()) and (known := stored.get(CONF_CLIENT_ID)):
        return known
    client_id = str(uuid4())
    await store.async_save({CONF_CLIENT_ID: client_id})
    return client_id


async def async_plex_tv(hass: HomeAssistant) -> PlexTv:
    """Return a client for plex.tv with the identifier of this Home Assistant."""
    return PlexTv(async_get_clientsession(hass), await _async_client_id(hass))


@callback
def async_renew_tokens(hass: HomeAssistant, client_id: str, servers: Iterable[ListedServer], skip: str) -> None:
    """Update the tokens of the other entries after a sign-in that may have replaced them.

    plex.tv treats all entries as one device and may revoke the previous token of a device. `skip` is the machine
    identifier of the server that the sign-in was for.
    """
    for server in servers:
        entry = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, server.identifier)
        if not entry or not server.owned or not server.token or server.identifier == skip:
            continue
        if entry.data.get(CONF_CLIENT_ID) == client_id and entry.data[CONF_TOKEN] != server.token:
            hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_TOKEN: server.token})
            hass.config_entries.async_schedule_reload(entry.entry_id)


@callback
def async_keep_token_alive(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Ping plex.tv twice a day, because unused tokens can expire."""
    client_id = entry.data.get(CONF_CLIENT_ID)
    if not client_id:
        return

    async def ping(_now: datetime) -> None:
        try:
            await PlexTv(async_get_clientsession(hass), client_id).ping(entry.data[CONF_TOKEN])
        except PlexTvError as error:
            # Scans do not depend on plex.tv. The server itself rejects an expired token.
            _LOGGER.debug("Failed to ping plex.tv: %s", error)

    entry.async_on_unload(async_track_time_interval(hass, ping, _PING_INTERVAL))


@callback
def async_sign_out(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Sign out the token of a removed entry in the background, unless another entry uses it."""
    client_id, token = entry.data.get(CONF_CLIENT_ID), entry.data[CONF_TOKEN] if entry.data else ""
    if not client_id or not token or token in _tokens_in_use(hass, entry):
        return

    async def sign_out() -> None:
        try:
            await PlexTv(async_get_clientsession(hass), client_id).sign_out(token)
        except PlexTvError as error:
            _LOGGER.debug("Failed to sign out: %s", error)

    hass.async_create_task(sign_out(), f"{DOMAIN} sign-out")


def _tokens_in_use(hass: HomeAssistant, removed: ConfigEntry) -> set[str]:
    """Return the tokens of all other entries, and those of Home Assistant's Plex integration."""
    entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    own_tokens = {entry.data[CONF_TOKEN] for entry in entries if entry.entry_id != removed.entry_id}
    return own_tokens | {server.access.token for server in core_servers(hass).values()}
