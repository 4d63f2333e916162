"""Repair issue for another Plex server that responds at the configured URL."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.issue_registry import IssueSeverity

from ..const import DOMAIN
from ..scanner import PlexError
from .issue_registry import WRONG_SERVER, delete_issue, raise_issue


@callback
def report_identity(hass: HomeAssistant, entry: ConfigEntry, error: PlexError | None) -> None:
    """Raise the issue if the error means that another server responded, otherwise delete it."""
    if error is None or error.server is None:
        delete_issue(hass, entry, WRONG_SERVER)
        return
    other = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, error.server)
    placeholders = {"url": entry.data["url"], "other": other.title if other else error.server}
    raise_issue(hass, entry, WRONG_SERVER, WRONG_SERVER, placeholders, severity=IssueSeverity.ERROR)
