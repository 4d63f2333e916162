"""Catches up from a downloader's history: what happened there while no notification could arrive.

The position in the history advances only by reading the history, so a notification that was lost between two others is
caught up as well. Files that were notified of already end as up to date, without a scan.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
import json
import logging
from typing import Any, Final

from homeassistant.core import Context

from ..scanner.downloaders import Notification
from ..scanner.downloaders.history import (
    HistoryPosition,
    notifications_of,
    position_of,
    rows_after,
)
from ..scanner.journal.journal import Journal
from .client import ArrClient
from .programs import ArrProgram

_LOGGER: Final = logging.getLogger(__name__)
_BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)

type Submit = Callable[[Notification, Context], Awaitable[None]]


class CatchUp:
    """Reads one downloader's history from where it was read last, and submits what is new."""

    def __init__(self, journal: Journal, key: str, since: HistoryPosition | None, submit: Submit) -> None:
        """Keep what is needed. The position is a mark of the journal; `since` is where to begin without one.

        `submit` returns once the files of a notification are durably accepted.
        """
        self._journal = journal
        self._key = key
        self._since = since
        self._submit = submit
        self._lock = asyncio.Lock()

    async def run(self, client: ArrClient, program: ArrProgram) -> list[str]:
        """Catch up, oldest first, and return the contexts of what was submitted.

        The position is kept after all is accepted: after a crash in between the same rows are read again. Raises
        ArrError, and HomeAssistantError or JournalError when nothing can be kept.
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
    """Return the end of the history as it is now; None for an empty one. Raises ArrError."""
    return next((at for row in await client.history_page(1) if (at := position_of(row))), None)


def position_data(position: HistoryPosition) -> dict[str, Any]:
    """Return a position as it is kept."""
    return {"date": position.date.isoformat(), "id": position.id}


def position_from(data: Mapping[str, Any] | None) -> HistoryPosition | None:
    """Return a position that was kept; None for what is none."""
    return position_of(data) if data else None


def position_read(text: str | None) -> HistoryPosition | None:
    """Return a position that was kept as a text; None for what is none."""
    try:
        data = json.loads(text or "null")
    except ValueError:
        return None
    return position_from(data) if isinstance(data, dict) else None
