"""Repair issues of connected downloaders, one at a time for each downloader."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.issue_registry import IssueSeverity

from ..repair_issues.issue_registry import delete_issue, raise_issue

if TYPE_CHECKING:
    from ..coordinator import PlexSmartScanConfigEntry
    from .coordinator import DownloaderCoordinator


class DownloaderIssue(StrEnum):
    """Problem that a user has to fix, by translation key."""

    NOT_CONNECTED = "downloader_not_connected"
    INVALID_AUTH = "downloader_invalid_auth"
    CORE_REMOVED = "downloader_core_removed"
    UNREACHABLE = "downloader_unreachable"


@callback
def async_raise_issue(
    hass: HomeAssistant,
    downloader: DownloaderCoordinator,
    issue: DownloaderIssue,
    placeholders: Mapping[str, str] | None = None,
) -> None:
    """Raise the issue of a downloader, replacing the previous one."""
    raise_issue(
        hass,
        downloader.config_entry,
        _key(downloader.subentry.subentry_id),
        issue,
        {"downloader": downloader.subentry.title, **(placeholders or {})},
        severity=IssueSeverity.ERROR,
    )


@callback
def async_clear_issue(hass: HomeAssistant, downloader: DownloaderCoordinator) -> None:
    """Delete the issue of a downloader if it exists."""
    async_delete_issue_of(hass, downloader.config_entry, downloader.subentry.subentry_id)


@callback
def async_delete_issue_of(hass: HomeAssistant, entry: PlexSmartScanConfigEntry, subentry_id: str) -> None:
    """Delete the issue of a removed downloader."""
    delete_issue(hass, entry, _key(subentry_id))


def _key(subentry_id: str) -> str:
    return f"downloader_{subentry_id}"
