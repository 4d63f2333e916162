"""The URLs at which a program may reach Home Assistant, most likely first."""

from collections.abc import Iterable
from ipaddress import ip_address
import logging
import socket
from typing import Final

from homeassistant.components import network
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.network import NoURLAvailableError, get_supervisor_network_url, get_url
from yarl import URL

_LOGGER: Final = logging.getLogger(__name__)


async def async_candidates(
    hass: HomeAssistant, downloader_url: str, known: Iterable[str | None], *, local_only: bool
) -> list[str]:
    """Return the URLs to try, in order and without duplicates.

    `known` are URLs that were verified or are in use. Plain http comes first because it needs no certificate. The
    external URL is used only if the webhook accepts requests from the internet.
    """
    found = [*known, _internal(hass), await _towards(hass, downloader_url), get_supervisor_network_url(hass)]
    if not local_only:
        found.append(_external(hass))
    return list(dict.fromkeys(address.rstrip("/") for address in found if address))


def _internal(hass: HomeAssistant) -> str | None:
    try:
        return get_url(hass, allow_cloud=False, allow_external=False)
    except NoURLAvailableError:
        return None


def _external(hass: HomeAssistant) -> str | None:
    try:
        return get_url(hass, allow_cloud=False, allow_internal=False, prefer_external=True)
    except NoURLAvailableError:
        return None


async def _towards(hass: HomeAssistant, downloader_url: str) -> str | None:
    """Return the URL with our IPv4 address in the downloader's network; None with SSL, which needs a name."""
    api = hass.config.api
    if api is None or api.use_ssl:
        return None
    host = URL(downloader_url).host or ""
    try:
        target = await hass.async_add_executor_job(socket.gethostbyname, host)
        # A program on the same host and in the same network namespace reaches us at the loopback address too.
        source = target if ip_address(target).is_loopback else await network.async_get_source_ip(hass, target)
    except (OSError, ValueError, HomeAssistantError) as error:
        _LOGGER.debug(
            "Failed to find the address of Home Assistant on the network of the downloader: %s", type(error).__name__
        )
        return None
    return str(URL.build(scheme="http", host=source, port=api.port))
