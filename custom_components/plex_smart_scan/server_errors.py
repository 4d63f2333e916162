"""Plex errors as Home Assistant exceptions, with translated texts."""

from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError
from homeassistant.helpers.update_coordinator import UpdateFailed

from .const import DOMAIN
from .scanner import ErrorKind, PlexError


def coordinator_error(error: PlexError) -> UpdateFailed | ConfigEntryAuthFailed:
    """Convert a Plex error to a Home Assistant exception."""
    if error.kind is ErrorKind.AUTH:
        return ConfigEntryAuthFailed(translation_domain=DOMAIN, translation_key="invalid_auth")
    return update_failed(error)


def update_failed(error: PlexError) -> UpdateFailed:
    """Return the translated error for a failed update."""
    return UpdateFailed(
        translation_domain=DOMAIN,
        translation_key=f"update_failed_{error.kind}",
        translation_placeholders={"status": str(error.status or "?")},
        retry_after=error.retry_after,
    )


def stopping_error(server: str) -> HomeAssistantError:
    """Return the error for requests that arrive while the engine of a server is stopping."""
    return HomeAssistantError(
        translation_domain=DOMAIN, translation_key="stopping", translation_placeholders={"server": server}
    )


def unreachable_error(server: str) -> HomeAssistantError:
    """Return the error for a server that is still unreachable after a retry."""
    return HomeAssistantError(
        translation_domain=DOMAIN, translation_key="still_unreachable", translation_placeholders={"server": server}
    )
