"""Where the journal of a config entry lies."""

from pathlib import Path

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import STORAGE_DIR

from .const import DOMAIN
from .repair_issues.registry import JOURNAL_DAMAGED, raise_issue
from .scanner.journal.database import Database
from .scanner.journal.journal import Journal


def journal_path(hass: HomeAssistant, entry: ConfigEntry) -> Path:
    """Return the file of an entry's journal, in Home Assistant's storage folder."""
    return Path(hass.config.path(STORAGE_DIR, f"{DOMAIN}.{entry.entry_id}.db"))


@callback
def journal_of(hass: HomeAssistant, entry: ConfigEntry) -> Journal:
    """Make a journal on an entry's file; several at the same time do no harm.

    A damaged file is set aside, and a repair issue names it.
    """

    @callback
    def on_set_aside(path: Path) -> None:
        raise_issue(hass, entry, JOURNAL_DAMAGED, JOURNAL_DAMAGED, {"file": str(path)})

    path = journal_path(hass, entry)
    return Journal(Database(path), json_file=path.with_suffix(""), on_set_aside=on_set_aside)
