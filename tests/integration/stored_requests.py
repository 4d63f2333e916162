"""The journal of a server on disk, read and written independently of the integration."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
import sqlite3
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from custom_components.plex_smart_scan.journal_location import journal_of, journal_path
from custom_components.plex_smart_scan.scanner import Database, ScanRequest
from custom_components.plex_smart_scan.scanner.journal.database import Changes
from tests.scanner.disk import read_rows


async def store(hass: HomeAssistant, entry: ConfigEntry, *paths: object) -> None:
    """Save requests for an entry that is not set up, like an earlier run."""
    journal = journal_of(hass, entry)
    await journal.accept(
        ScanRequest(path=str(path), id=f"kept {number}", accepted_at=1.0) for number, path in enumerate(paths)
    )
    await journal.close()


async def stored_rows(hass: HomeAssistant, entry: ConfigEntry) -> list[dict[str, Any]]:
    """Return the requests on disk, oldest first."""
    return await hass.async_add_executor_job(read_rows, journal_path(hass, entry))


async def stored_paths(hass: HomeAssistant, entry: ConfigEntry) -> list[str]:
    """Return the paths of the requests on disk, oldest first."""
    return [row["path"] for row in await stored_rows(hass, entry)]


@contextmanager
def full_disk() -> Iterator[None]:
    """Let every commit fail as on a full disk."""

    def fail(_database: Database, changes: Sequence[Changes]) -> list[Exception]:
        return [sqlite3.OperationalError("database or disk is full")] * len(changes)

    with patch.object(Database, "write", fail):
        yield
