"""Conversion of errors of Plex to errors of Home Assistant's coordinators."""

from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.update_coordinator import UpdateFailed

from .const import DOMAIN
from .scanner import ErrorKind, PlexError


def coordinator_error(error: PlexError) -> UpdateFailed | ConfigEntryAuthFailed:
    """Convert an error of Plex to an error of Home Assistant."""
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
