"""The action `discard_pending`, the only way to end an accepted request without a result from Plex."""

from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service
import voluptuous as vol

from ..const import DOMAIN
from ..coordinator import PlexSmartScanCoordinator
from ..scanner import InvalidPathError, clean, log_safe
from .servers import async_coordinators_for

SERVICE_DISCARD_PENDING: Final = "discard_pending"
SERVICE_DISCARD_PENDING_SCHEMA: Final = vol.Schema(
    {vol.Optional("config_entry_id"): vol.Any(None, cv.string), vol.Optional("path"): vol.Any(None, cv.string)}
)


@callback
def async_setup_discard_pending(hass: HomeAssistant) -> None:
    """Register the action. Calls on behalf of a user require an administrator, because they end requests of others."""
    async_register_admin_service(
        hass,
        DOMAIN,
        SERVICE_DISCARD_PENDING,
        _async_discard_pending,
        SERVICE_DISCARD_PENDING_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )


async def _async_discard_pending(call: ServiceCall) -> ServiceResponse:
    """Discard all pending requests, or those for a path and everything below it; return their paths.

    Raises ServiceValidationError for an invalid path.
    """
    path: str | None = call.data.get("path")
    coordinators = await async_coordinators_for(call.hass, call.data.get("config_entry_id"))
    if path is not None:
        _raise_if_invalid(path)
    dropped: list[Any] = [text for each in coordinators for text in await _drop(each, path)]
    return {"discarded": dropped} if call.return_response else None


async def _drop(coordinator: PlexSmartScanCoordinator, path: str | None) -> list[str]:
    try:
        return await coordinator.engine.discard(path)
    except InvalidPathError:
        return []  # the path is invalid with the mappings of this server, so nothing is pending for it
    finally:
        coordinator.activity.async_notify()


def _raise_if_invalid(path: str) -> None:
    try:
        clean(path)
    except InvalidPathError as error:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key=f"invalid_path_{error.problem.value}",
            translation_placeholders={"path": log_safe(error.path)},
        ) from error
