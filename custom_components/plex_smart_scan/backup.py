"""Backup platform of the Plex Smart Scan integration, which prepares the files of the journals for copying."""

import asyncio
from collections.abc import Awaitable, Callable
import logging
from typing import Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from .const import DOMAIN
from .scanner import Journal, JournalError

_LOGGER: Final = logging.getLogger(__name__)


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Stop changing the database files. Requests that are accepted in the meantime go to their logs."""
    await _for_each_journal(hass, Journal.hold)


async def async_post_backup(hass: HomeAssistant) -> None:
    """Allow changes to the database files again."""
    await _for_each_journal(hass, Journal.release)


async def _for_each_journal(hass: HomeAssistant, step: Callable[[Journal], Awaitable[None]]) -> None:
    entries = [entry for entry in hass.config_entries.async_entries(DOMAIN) if entry.state is ConfigEntryState.LOADED]
    steps = (step(entry.runtime_data.journal) for entry in entries)
    for entry, error in zip(entries, await asyncio.gather(*steps, return_exceptions=True), strict=True):
        if isinstance(error, JournalError):
            _LOGGER.warning("Failed to prepare the journal of %s for the backup: %s", entry.title, error)
        elif isinstance(error, BaseException):
            raise error
