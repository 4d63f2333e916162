"""How far each downloader's history was read: small texts that survive a crash."""

import asyncio
from pathlib import Path
from typing import Final, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.json import save_json
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.json import load_json_object

from ..const import DOMAIN

_MARKS: Final[HassKey[dict[str, FileMarks]]] = HassKey(f"{DOMAIN}_marks")


class Marks(Protocol):
    """Small texts by key, each on the disk when `set` returns. All raise HomeAssistantError or OSError."""

    async def get(self, key: str) -> str | None:
        """Return a text; None when there is none."""
        ...

    async def set(self, key: str, value: str) -> None:
        """Keep a text."""
        ...

    async def remove(self, key: str) -> None:
        """Forget a text."""
        ...


class FileMarks:
    """Keeps the marks of one config entry in a file of its own, written atomically and synced."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Keep where the file is."""
        self._hass = hass
        self._path = Path(hass.config.path(STORAGE_DIR, f"{DOMAIN}.{entry_id}.marks"))
        self._lock = asyncio.Lock()

    async def get(self, key: str) -> str | None:
        """Return a text; None when there is none."""
        async with self._lock:
            return (await self._hass.async_add_executor_job(self._load)).get(key)

    async def set(self, key: str, value: str) -> None:
        """Keep a text."""
        async with self._lock:
            await self._hass.async_add_executor_job(self._update, key, value)

    async def remove(self, key: str) -> None:
        """Forget a text."""
        async with self._lock:
            await self._hass.async_add_executor_job(self._update, key, None)

    def _load(self) -> dict[str, str]:
        return {key: value for key, value in load_json_object(self._path).items() if isinstance(value, str)}

    def _update(self, key: str, value: str | None) -> None:
        known = self._load()
        if known.get(key) == value:
            return
        known.pop(key, None)
        if value is not None:
            known[key] = value
        if not known:
            self._path.unlink(missing_ok=True)
            return
        self._path.parent.mkdir(exist_ok=True)
        save_json(str(self._path), known, private=True, atomic_writes=True)


@callback
def marks_of(hass: HomeAssistant, entry: ConfigEntry) -> Marks:
    """Return the marks of an entry; the same over all set-ups."""
    marks = hass.data.setdefault(_MARKS, {})
    if entry.entry_id not in marks:
        marks[entry.entry_id] = FileMarks(hass, entry.entry_id)
    return marks[entry.entry_id]
