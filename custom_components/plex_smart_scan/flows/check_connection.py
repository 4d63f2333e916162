"""Access to a server: validating user input, checking the connection, and storing it in the config entry."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
import logging
from typing import Any, Final

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.const import CONF_CLIENT_ID, CONF_TOKEN, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from yarl import URL

from ..scanner import Access, ErrorKind, PlexClient, PlexError, Server, identify, safe_error

_LOGGER: Final = logging.getLogger(__name__)

DEFAULT_PORT: Final = 32400
REQUEST_TIMEOUT: Final = 15.0  # seconds, because a user is waiting for the form

ERRORS: Final = {
    ErrorKind.AUTH: "invalid_auth",
    ErrorKind.PERMISSION: "no_permission",
    ErrorKind.TLS: "ssl_error",
    ErrorKind.TIMEOUT: "timeout",
    ErrorKind.WRONG_SERVER: "other_server",
    # The server that responds is not a Plex server.
    ErrorKind.NOT_PLEX: "not_plex",
    ErrorKind.NOT_FOUND: "not_plex",
    ErrorKind.BAD_REQUEST: "not_plex",
    ErrorKind.BROKEN_RESPONSE: "not_plex",
}
OTHER_SERVER: Final = {"base": ERRORS[ErrorKind.WRONG_SERVER]}


@callback
def async_end_reauth(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Abort all reauthentication flows of an entry."""
    for flow in list(entry.async_get_active_flows(hass, {SOURCE_REAUTH})):
        hass.config_entries.flow.async_abort(flow["flow_id"])


@callback
def is_reauth_open(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Return whether a reauthentication flow is in progress."""
    return any(entry.async_get_active_flows(hass, {SOURCE_REAUTH}))


def normalized_url(text: str) -> str:
    """Return the URL of the server with a scheme, without the parts that a browser adds.

    Raises ValueError for an invalid URL.
    """
    url = URL(text.strip() if "://" in text else f"http://{text.strip()}")
    if not url.host or url.scheme not in {"http", "https"}:
        raise ValueError(text)
    path = url.path.split("/web", 1)[0].rstrip("/")
    return f"{url.origin()}{path}"


async def async_check_input(
    data: Mapping[str, Any], machine_identifier: str | None = None
) -> tuple[Server | None, Access | None, dict[str, str]]:
    """Check user input; return the server, the access and the form errors.

    With a `machine_identifier`, the token is sent to that server only.
    """
    try:
        url = normalized_url(data[CONF_URL])
    except ValueError:
        return None, None, {CONF_URL: "cannot_connect"}
    access = Access(
        url=url,
        token=data[CONF_TOKEN].strip(),
        verify_ssl=data[CONF_VERIFY_SSL],
        machine_identifier=machine_identifier,
    )
    server, errors = await async_check(access)
    return server, access, errors


async def async_check(access: Access) -> tuple[Server | None, dict[str, str]]:
    """Check whether the token permits reading and scanning; return the server and the form errors."""
    if not (access.token.isascii() and access.token.isprintable()):
        # HTTP headers cannot contain line breaks or invisible characters that were copied with the token.
        return None, {CONF_TOKEN: "invalid_auth"}
    client = PlexClient(access, timeout=REQUEST_TIMEOUT)
    try:
        server = await client.server()
        await client.libraries()
        await client.check_rights()
    except PlexError as error:
        _LOGGER.debug("Failed to connect to %s: %s", access, error)
        return None, {"base": ERRORS.get(error.kind, "cannot_connect")}
    except Exception as error:
        _LOGGER.exception("Unexpected error while connecting to %s", access, exc_info=safe_error(error))
        return None, {"base": "unknown"}
    finally:
        await client.close()
    return server, {}


def connection_data(access: Access, client_id: str | None = None) -> dict[str, Any]:
    """Return the entry data for an access. `client_id` belongs to a token from a sign-in."""
    data = {CONF_URL: access.url, CONF_TOKEN: access.token, CONF_VERIFY_SSL: access.verify_ssl}
    return {**data, CONF_CLIENT_ID: client_id} if client_id else data


def updated_data(entry: ConfigEntry, access: Access, client_id: str | None = None) -> dict[str, Any]:
    """Return the data of an entry with a new access.

    The client identifier of the previous token is kept only if the token is the same.
    """
    if not client_id and access.token == entry.data[CONF_TOKEN]:
        client_id = entry.data.get(CONF_CLIENT_ID)
    others = {key: value for key, value in entry.data.items() if key != CONF_CLIENT_ID}
    return {**others, **connection_data(access, client_id)}


def discovered_at(info: ZeroconfServiceInfo) -> URL:
    """Return the URL of a discovered server."""
    return URL.build(scheme="http", host=info.host, port=info.port or DEFAULT_PORT)


async def async_responds_at_url(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Return whether the server of an entry responds at its URL."""
    session = async_get_clientsession(hass, entry.data[CONF_VERIFY_SSL])
    try:
        return await identify(session, entry.data[CONF_URL]) == entry.unique_id
    except PlexError:
        return False


def moved(entry: ConfigEntry, info: ZeroconfServiceInfo) -> str | None:
    """Return the new URL of a discovered server, or None if the entry has a host name or a URL that is still announced.

    A server may have several addresses. The entry of an ignored server has no URL.
    """
    url, found = URL(entry.data.get(CONF_URL, "")), discovered_at(info)
    known = _as_ip(url.host)
    if known is None:
        return None
    host = url.host if known in info.ip_addresses else found.host
    if (host, found.port) == (url.host, url.port):
        return None
    return str(url.with_host(host or "").with_port(found.port))


def _as_ip(host: str | None) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host or "")
    except ValueError:
        return None


def access_of(entry: ConfigEntry) -> Access:
    """Return how to reach the server of a config entry."""
    return Access(
        url=entry.data[CONF_URL],
        token=entry.data[CONF_TOKEN],
        verify_ssl=entry.data[CONF_VERIFY_SSL],
        machine_identifier=entry.unique_id,
    )
