"""Repair issues for locations with missing mounts, which block requests until mounted or confirmed as empty."""

from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.issue_registry import IssueSeverity
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..coordinator import PlexSmartScanCoordinator
from ..scanner import MissingMount
from .issue_registry import MOUNT_MISSING, MOUNT_UNCHECKED, is_about, issue_id, issues_of_kind, raise_issue

MISSING_TOO_LONG: Final = timedelta(minutes=10)


class MissingMountIssues:
    """Raises an issue if a mount stays missing, and deletes it when the mount is available again."""

    def __init__(self, hass: HomeAssistant, coordinator: PlexSmartScanCoordinator) -> None:
        """Store the coordinator."""
        self._hass = hass
        self._coordinator = coordinator
        self._entry = coordinator.config_entry
        self._cancel_check: CALLBACK_TYPE = lambda: None

    @callback
    def async_update(self, _now: datetime | None = None) -> None:
        """Update the issues to the mounts that are missing now."""
        missing = {_key(mount): mount for mount in self._coordinator.engine.mounts.missing}
        known = {issue_id(self._entry, key) for key in missing}
        for issue in issues_of_kind(self._hass, MOUNT_MISSING, MOUNT_UNCHECKED):
            if is_about(issue, self._entry) and issue.issue_id not in known:
                ir.async_delete_issue(self._hass, DOMAIN, issue.issue_id)
        oldest = (dt_util.utcnow() - MISSING_TOO_LONG).timestamp()
        for key, mount in missing.items():
            if mount.since <= oldest:
                self._raise(key, mount)
        self.async_stop()
        if waiting := [mount.since - oldest for mount in missing.values() if mount.since > oldest]:
            self._cancel_check = async_call_later(self._hass, min(waiting) + 1, self.async_update)

    @callback
    def async_stop(self) -> None:
        """Cancel the scheduled check."""
        self._cancel_check()
        self._cancel_check = lambda: None

    def _raise(self, key: str, mount: MissingMount) -> None:
        placeholders = {"library": mount.library.title, "location": mount.location.text}
        data = {"library": mount.library.id, "location": mount.location.text}
        raise_issue(
            self._hass,
            self._entry,
            key,
            MOUNT_UNCHECKED if mount.unchecked else MOUNT_MISSING,
            placeholders,
            data | {"library_title": mount.library.title},
            fixable=True,
            severity=IssueSeverity.ERROR,
        )


def _key(mount: MissingMount) -> str:
    return f"{MOUNT_MISSING}_{mount.library.id}_{mount.location.key}"
