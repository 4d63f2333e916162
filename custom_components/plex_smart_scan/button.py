"""Button platform of the Plex Smart Scan integration."""

import asyncio
from typing import Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .actions.servers import context_data
from .const import DOMAIN
from .coordinator import PlexSmartScanConfigEntry
from .entity import PlexLibraryEntity, PlexServerEntity, async_add_library_entities
from .scanner import ConnectionState, Library, PlexError, Reason, ScanRequest, log_safe
from .server_errors import unreachable_error

PARALLEL_UPDATES = 1

_RETRY_TIMEOUT: Final = 15.0  # seconds to wait for the server

RETRY_PENDING: Final = ButtonEntityDescription(
    key="retry_pending", translation_key="retry_pending", entity_category=EntityCategory.DIAGNOSTIC
)
SCAN_LIBRARY: Final = ButtonEntityDescription(key="scan_library", translation_key="scan_library")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: PlexSmartScanConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the buttons of a server and its libraries."""
    coordinator = entry.runtime_data
    async_add_entities([PlexRetryButton(coordinator, RETRY_PENDING)])
    async_add_library_entities(
        coordinator, async_add_entities, lambda library: [PlexScanButton(coordinator, SCAN_LIBRARY, library)]
    )


class PlexRetryButton(PlexServerEntity, ButtonEntity):
    """Button that retries the pending requests."""

    @override
    async def async_press(self) -> None:
        """Check the server and retry the pending requests.

        Raises HomeAssistantError if the server is still unreachable or still rejects the token. The pending requests
        are stored and wait.
        """
        engine = self.coordinator.engine
        engine.availability.retry_now()
        if engine.availability.state is ConnectionState.OFFLINE:
            try:
                async with asyncio.timeout(_RETRY_TIMEOUT):
                    await engine.client.probe()
            except (PlexError, TimeoutError) as error:
                raise unreachable_error(self.coordinator.name) from error
            engine.availability.probe_now()
            return
        await self.coordinator.async_refresh()
        if engine.availability.reason is Reason.SERVER_OFFLINE:
            raise unreachable_error(self.coordinator.name)
        if engine.availability.reason is Reason.NOT_AUTHORIZED:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="invalid_auth")


class PlexScanButton(PlexLibraryEntity, ButtonEntity):
    """Button that scans all folders of a library."""

    @override
    async def async_press(self) -> None:
        """Scan the library in the background. Raises HomeAssistantError if a drive is not mounted."""
        library = self.statistics.library
        await self._async_refuse_missing_mount(library)
        context = context_data(self._context or Context())
        requests = [
            ScanRequest(path=location, libraries=(str(library.id),), force=True, validate=False, context=context)
            for location in library.locations
        ]
        await self.coordinator.async_submit(requests, durable=True)

    async def _async_refuse_missing_mount(self, library: Library) -> None:
        try:
            missing = await self.coordinator.engine.missing_mount_of(library)
        except PlexError:
            return  # the request waits for the server
        if missing is not None:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="mount_unchecked" if missing.unchecked else "mount_missing",
                translation_placeholders={"server": self.coordinator.name, "location": log_safe(missing.location.text)},
            )
