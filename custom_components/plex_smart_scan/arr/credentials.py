"""Access to a connected downloader, with its own URL and API key or those of Home Assistant's own integration.

The URL and API key of a core entry are read whenever they are needed and never copied.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_API_KEY, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from yarl import URL

from .api_response import ArrError, ArrErrorKind
from .client import ArrAccess, ArrClient, ArrStatus
from .programs import PROGRAMS, ArrKind

CONF_KIND: Final = "kind"
CONF_CORE_ENTRY_ID: Final = "core_entry_id"
CONF_NOTIFICATION_ID: Final = "notification_id"
CONF_BASE_URL: Final = "base_url"
CONF_SINCE: Final = "since"

CORE_DOMAINS: Final = (ArrKind.SONARR, ArrKind.RADARR, ArrKind.LIDARR)  # there is no core integration for Readarr


@callback
def core_entries(hass: HomeAssistant) -> list[ConfigEntry]:
    """Return the entries of Home Assistant's own Sonarr, Radarr and Lidarr integrations."""
    return [
        entry
        for domain in CORE_DOMAINS
        for entry in hass.config_entries.async_entries(domain, include_ignore=False, include_disabled=False)
        if entry.data.get(CONF_URL) and entry.data.get(CONF_API_KEY)
    ]


@callback
def accesses_of(hass: HomeAssistant, data: Mapping[str, Any]) -> list[ArrAccess]:
    """Return the possible ways to reach a downloader, most likely first, or none if its core entry was removed."""
    if entry_id := data.get(CONF_CORE_ENTRY_ID):
        entry = next((each for each in core_entries(hass) if each.entry_id == entry_id), None)
        return accesses_of_core(entry) if entry else []
    url = normalized_url(data[CONF_URL])
    return [ArrAccess(url=url, api_key=data[CONF_API_KEY], verify_ssl=data.get(CONF_VERIFY_SSL, True))]


def accesses_of_core(entry: ConfigEntry) -> list[ArrAccess]:
    """Return the possible ways to reach the program of a core entry.

    Without a port in the URL, the core integration uses the default port of the program (aiopyarr adds it), otherwise
    the default port of the scheme.
    """
    text = entry.data[CONF_URL]
    urls = [normalized_url(text)]
    if (url := URL(urls[0])).explicit_port is None:
        urls.insert(0, str(url.with_port(PROGRAMS[ArrKind(entry.domain)].port)).rstrip("/"))
    return [
        ArrAccess(url=each, api_key=entry.data[CONF_API_KEY], verify_ssl=entry.data.get(CONF_VERIFY_SSL, True))
        for each in urls
    ]


def normalized_url(text: str) -> str:
    """Return a URL with a scheme, without a query and a trailing slash. Raises ValueError for an invalid URL."""
    url = URL(text.strip() if "://" in text else f"http://{text.strip()}")
    if not url.host or url.scheme not in {"http", "https"}:
        raise ValueError(text)
    return f"{url.origin()}{url.path.rstrip('/')}"


async def async_connect(hass: HomeAssistant, accesses: Sequence[ArrAccess]) -> tuple[ArrClient, ArrStatus]:
    """Return a client for the first access that responds, and the status of the program. Raises ArrError."""
    *others, last = accesses
    for access in others:
        client = ArrClient(async_get_clientsession(hass, access.verify_ssl), access)
        try:
            return client, await client.status()
        except ArrError as error:
            if error.kind not in {ArrErrorKind.CANNOT_CONNECT, ArrErrorKind.TIMEOUT, ArrErrorKind.SSL_ERROR}:
                raise
    client = ArrClient(async_get_clientsession(hass, last.verify_ssl), last)
    return client, await client.status()
