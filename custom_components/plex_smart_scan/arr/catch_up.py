"""Catching up from the history of a downloader, which contains events whose notifications did not arrive.

The position in the history advances only when the history is read, so a notification that was lost between two others
is found too. Files that were already reported end as up to date without a scan.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
import json
import logging
from typing import Any, Final

from homeassistant.core import Context

from ..scanner import Journal
from ..scanner.downloaders import HistoryPosition, Notification, notifications_of, position_of, rows_after
from .client import ArrClient
from .programs import ArrProgram

_LOGGER: Final = logging.getLogger(__name__)
_BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)

type Submit = Callable[[Notification, Context], Awaitable[None]]


class CatchUp:
    """Reads the history of one downloader from the last position and submits new files."""

    def __init__(self, journal: Journal, key: str, since: HistoryPosition | None, submit: Submit) -> None:
        """Store the position's journal key. `since` is the start position if the journal has none.

        `submit` returns when the files of a notification are durably accepted.
        """
        self._journal = journal
        self._key = key
        self._since = since
        self._submit = submit
        self._lock = asyncio.Lock()

    async def run(self, client: ArrClient, program: ArrProgram) -> list[str]:
        """Submit new files, oldest first, and return the contexts of the requests.

        The position is saved after all requests are accepted. After a crash in between, the same rows are read again.
        Raises ArrError, and HomeAssistantError or JournalError if nothing can be saved.
        """
        async with self._lock:
            position = position_read(await self._journal.get_mark(self._key)) or self._since
            rows = rows_after(await client.history_since(position.date if position else _BEGINNING), position)
            if not rows:
                return []
            contexts = []
            for notification in notifications_of(program.kind, [row for _, row in rows]):
                context = Context()
                contexts.append(context.id)
                _LOGGER.debug("%s: %d paths from the history", program.name, len(notification.files))
                await self._submit(notification, context)
                await asyncio.sleep(0)
            await self._journal.set_mark(self._key, json.dumps(position_data(rows[-1][0])))
            return contexts


async def async_newest_position(client: ArrClient) -> HistoryPosition | None:
    """Return the current end of the history, or None if it is empty. Raises ArrError."""
    return next((at for row in await client.history_page(1) if (at := position_of(row))), None)


def position_data(position: HistoryPosition) -> dict[str, Any]:
    """Return a position as it is stored."""
    return {"date": position.date.isoformat(), "id": position.id}


def position_from(data: Mapping[str, Any] | None) -> HistoryPosition | None:
    """Return a stored position, or None if it is invalid."""
    return position_of(data) if data else None


def position_read(text: str | None) -> HistoryPosition | None:
    """Return a position stored as text, or None if it is invalid."""
    try:
        data = json.loads(text or "null")
    except ValueError:
        return None
    return position_from(data) if isinstance(data, dict) else None
