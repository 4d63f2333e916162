"""The Plex Smart Scan integration."""

import asyncio
from functools import partial
import logging
from typing import Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady, HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .actions.discard_pending import async_setup_discard_pending
from .actions.process_notification import async_setup_process_notification
from .arr.connected_downloaders import (
    async_create_downloaders,
    async_follow_downloaders,
    async_remove_downloaders,
    downloaders_of,
)
from .const import DOMAIN
from .coordinator import PlexSmartScanConfigEntry, PlexSmartScanCoordinator
from .devices import async_create_server_device, async_update_downloader_device, async_update_library_devices
from .flows.check_connection import access_of, async_end_reauth
from .flows.core_plex import async_adopt_working_core_token, async_follow_core_tokens
from .flows.sender_script import async_setup_sender_scripts
from .plex_tv_token import async_keep_token_alive, async_sign_out
from .repair_issues.server_issues import ServerIssues, async_follow_entries
from .requests_before_setup import async_remove_inbox, inbox_of
from .server_errors import stopping_error
from .services import async_setup_services
from .webhook import async_register_webhook, async_unregister_unloaded_webhooks, async_unregister_webhook

_LOGGER: Final = logging.getLogger(__name__)

PLATFORMS: Final = [Platform.BINARY_SENSOR, Platform.BUTTON, Platform.EVENT, Platform.SENSOR]

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up everything that is shared by all servers, such as the actions and the sender scripts."""
    async_setup_services(hass)
    async_setup_process_notification(hass)
    async_setup_discard_pending(hass)
    async_follow_core_tokens(hass)
    async_unregister_unloaded_webhooks(hass)
    async_follow_entries(hass)
    async_follow_downloaders(hass)
    async_setup_sender_scripts(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> bool:
    """Set up one Plex server."""
    # Register the webhook first, so that notifications are stored while the server is unreachable.
    async_register_webhook(hass, entry)
    coordinator = PlexSmartScanCoordinator(hass, entry)
    try:
        await _async_first_refresh(coordinator)
    except ConfigEntryAuthFailed as error:
        if await async_adopt_working_core_token(hass, entry, access_of(entry)):
            raise ConfigEntryNotReady(translation_domain=DOMAIN, translation_key="token_taken_over") from error
        # ConfigEntryAuthFailed would stop the retries, but Plex may accept this token again later.
        entry.async_start_reauth(hass)
        raise ConfigEntryNotReady(translation_domain=DOMAIN, translation_key="invalid_auth") from error
    entry.runtime_data = coordinator
    async_end_reauth(hass, entry)  # the token works, perhaps again

    async_keep_token_alive(hass, entry)
    async_create_server_device(coordinator)
    async_update_library_devices(coordinator)
    entry.async_on_unload(coordinator.async_add_listener(partial(async_update_library_devices, coordinator)))
    async_create_downloaders(hass, entry)
    for downloader in downloaders_of(hass, entry).coordinators.values():
        follow = partial(async_update_downloader_device, coordinator, downloader)
        follow()
        entry.async_on_unload(downloader.async_add_listener(follow))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    try:
        await _async_start(hass, coordinator)
    except BaseException:
        # Home Assistant does not unload the platforms after an error, and the next setup would fail.
        await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
        raise
    return True


async def _async_first_refresh(coordinator: PlexSmartScanCoordinator) -> None:
    """Run the first refresh. Raises ConfigEntryNotReady, also if Home Assistant stops in the meantime."""
    try:
        await coordinator.async_config_entry_first_refresh()
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if not coordinator.stopping or (task and task.cancelling()):
            raise
        # This task was not cancelled. The stopping engine cancelled the task that it waits for.
        raise _not_ready(stopping_error(coordinator.name)) from error


async def _async_start(hass: HomeAssistant, coordinator: PlexSmartScanCoordinator) -> None:
    """Start the repair issues, the engine and the downloaders. Raises ConfigEntryNotReady if this fails."""
    ServerIssues(hass, coordinator).async_start()
    try:
        # Start the engine last, so that no result of requests from an earlier run is missed.
        await inbox_of(hass, coordinator.config_entry).async_start(coordinator)
    except (HomeAssistantError, OSError) as error:
        raise _not_ready(error) from error
    for downloader in downloaders_of(hass, coordinator.config_entry).coordinators.values():
        downloader.async_start()


def _not_ready(error: Exception) -> ConfigEntryNotReady:
    """Return the error for a failed setup, with the translated reason if there is one."""
    if isinstance(error, HomeAssistantError) and error.translation_domain == DOMAIN and error.translation_key:
        return ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key=error.translation_key,
            translation_placeholders=error.translation_placeholders,
        )
    _LOGGER.error("Failed to read the pending requests: %s", error)
    return ConfigEntryNotReady(translation_domain=DOMAIN, translation_key="not_started")


async def async_unload_entry(hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> bool:
    """Unload a server. The coordinator stops the engine."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> None:
    """Delete all stored data of a server."""
    async_unregister_webhook(hass, entry)
    await async_remove_downloaders(hass, entry)
    async_sign_out(hass, entry)
    await async_remove_inbox(hass, entry)
