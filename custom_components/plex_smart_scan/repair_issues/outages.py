"""Repair issue for a server that stays unreachable, counted from the first failure across setups."""

from datetime import datetime, timedelta
from typing import Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.issue_registry import IssueSeverity

from ..coordinator import PlexSmartScanConfigEntry
from ..data_across_reloads import DataAcrossReloads
from ..requests_before_setup import inbox_of
from .issue_registry import SERVER_AWAY, delete_issue, raise_issue

REPORT_AFTER: Final = timedelta(hours=1)
RECHECK_INTERVAL: Final = timedelta(minutes=15)


class OutageTracker:
    """Tracks the outages of one server across setups, including failed ones."""

    def __init__(self, hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> None:
        """Start with a reachable server."""
        self._hass = hass
        self._entry = entry
        self._cancel: CALLBACK_TYPE | None = None

    @callback
    def async_begin(self) -> None:
        """Handle that the server is unreachable. Repeated calls belong to the same outage."""
        if self._cancel is None:
            self._schedule_check(REPORT_AFTER)

    @callback
    def async_end(self) -> None:
        """Handle that the server is reachable again or no longer needed."""
        if self._cancel:
            self._cancel()
            self._cancel = None
        delete_issue(self._hass, self._entry, SERVER_AWAY)

    @callback
    def _schedule_check(self, time: timedelta) -> None:
        job = HassJob(self._async_check, f"{self._entry.title} is unreachable", cancel_on_shutdown=True)
        self._cancel = async_call_later(self._hass, time, job)

    async def _async_check(self, _now: datetime) -> None:
        """Raise the issue if requests are waiting for the server."""
        self._schedule_check(RECHECK_INTERVAL)
        waiting = await self._waiting()
        if waiting and self._cancel:
            count = {"count": str(waiting)}
            raise_issue(self._hass, self._entry, SERVER_AWAY, SERVER_AWAY, count, severity=IssueSeverity.ERROR)

    async def _waiting(self) -> int:
        if self._entry.state is ConfigEntryState.LOADED:
            return self._entry.runtime_data.engine.pending
        try:
            return await inbox_of(self._hass, self._entry).async_count()
        except OSError:
            return 0  # the number is unknown, and the disk error is in the log


_TRACKERS: Final = DataAcrossReloads("outage_trackers", OutageTracker)


@callback
def outage_of(hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> OutageTracker:
    """Return the outage tracker of an entry's server, which is shared by all setups."""
    return _TRACKERS.get(hass, entry)


@callback
def async_forget_outage(hass: HomeAssistant, entry: PlexSmartScanConfigEntry) -> None:
    """Stop tracking a server."""
    if outage := _TRACKERS.pop(hass, entry):
        outage.async_end()
