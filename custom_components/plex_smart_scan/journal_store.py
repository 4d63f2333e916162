"""The disk under the journal of accepted requests."""

from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.json import save_json
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.util.file import WriteError
from homeassistant.util.json import load_json_object

from .const import DOMAIN

_VERSION: Final = 1


class JournalStore:
    """Keeps the accepted requests of one config entry in Home Assistant's storage folder.

    `helpers.storage.Store` is not used: it logs a write error instead of raising it, and writes late while Home
    Assistant stops. Its own writer is: atomic, private and synced to the disk.

    One at a time writes the file: whoever has it closes its store before another takes the file over.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Keep where the file is."""
        self._hass = hass
        self._key = f"{DOMAIN}.{entry_id}"
        self._path = Path(hass.config.path(STORAGE_DIR, self._key))
        # Taken in the executor: a write goes on there when whoever asked for it has long been cancelled.
        self._writing = Lock()
        self._closed = False

    async def load(self) -> list[dict[str, Any]]:
        """Return what was saved last; a damaged file is put aside.

        Raises HomeAssistantError when the disk fails: what it holds may well be read the next time.
        """
        return await self._hass.async_add_executor_job(self._load)

    def _load(self) -> list[dict[str, Any]]:
        try:
            rows = load_json_object(self._path).get("data", [])
        except HomeAssistantError as error:
            if isinstance(error.__cause__, OSError):
                raise
            self._put_aside()
            return []
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []

    def _put_aside(self) -> None:
        """Leave a damaged file for a person to look at; the reason is in the log by now."""
        try:
            self._path.replace(self._path.with_name(f"{self._key}.corrupt"))
        except OSError as error:
            message = f"{self._key} is damaged, and cannot be put aside: {error}"
            raise WriteError(message) from error

    async def save(self, data: list[dict[str, Any]]) -> None:
        """Replace what was saved; it is on the disk when this returns. Raises HomeAssistantError, once closed too."""
        content = {"version": _VERSION, "minor_version": 1, "key": self._key, "data": data}
        await self._hass.async_add_executor_job(self._save, content)

    def _save(self, content: dict[str, Any]) -> None:
        with self._writing:
            if self._closed:
                message = f"{self._key} belongs to somebody else by now"
                raise WriteError(message)
            self._path.parent.mkdir(exist_ok=True)
            save_json(str(self._path), content, private=True, atomic_writes=True)

    async def close(self) -> None:
        """Write nothing any more; a write that was under way is over when this returns."""
        await self._hass.async_add_executor_job(self._close)

    def _close(self) -> None:
        with self._writing:
            self._closed = True

    async def remove(self) -> None:
        """Delete the file."""
        await self._hass.async_add_executor_job(partial(self._path.unlink, missing_ok=True))
