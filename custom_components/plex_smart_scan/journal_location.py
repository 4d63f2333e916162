"""The location of the journal of a config entry."""

from pathlib import Path

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import STORAGE_DIR

from .const import DOMAIN
from .repair_issues.issue_registry import JOURNAL_DAMAGED, raise_issue
from .scanner import Database, Journal


def journal_path(hass: HomeAssistant, entry: ConfigEntry) -> Path:
    """Return the path of an entry's journal in Home Assistant's storage folder."""
    return Path(hass.config.path(STORAGE_DIR, f"{DOMAIN}.{entry.entry_id}.db"))


@callback
def journal_of(hass: HomeAssistant, entry: ConfigEntry) -> Journal:
    """Create a journal for the file of an entry. Several journals for one file are allowed.

    A damaged file is renamed, and a repair issue names the new file.
    """

    @callback
    def on_set_aside(path: Path) -> None:
        raise_issue(hass, entry, JOURNAL_DAMAGED, JOURNAL_DAMAGED, {"file": str(path)})

    path = journal_path(hass, entry)
    return Journal(Database(path), json_file=path.with_suffix(""), on_set_aside=on_set_aside)
