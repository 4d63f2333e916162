"""What was accepted and is not over yet, on disk: it survives a crash, and is taken up again after it."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
import logging
from types import UnionType
from typing import Any, Final, Protocol

from ..clock import Clock
from ..concurrency import wait_shielded
from ..models import ScanRequest

_LOGGER: Final = logging.getLogger(__name__)
_TYPES: Final[dict[str, type | UnionType]] = {
    "id": str,
    "path": str,
    "libraries": list | tuple,
    "force": bool,
    "validate": bool | None,
    "size": int | None,
    "gone": bool,
    "accepted_at": int | float,
    "context": dict,
}
_FORGET_AFTER: Final = 1.0  # seconds: what is over may be written late; done again it would be up to date


class Store(Protocol):
    """Where to keep data. `save` raises when the data is not safely on disk when it returns."""

    async def load(self) -> list[dict[str, Any]]:
        """Return what was saved last; an empty list the first time."""
        ...

    async def save(self, data: list[dict[str, Any]]) -> None:
        """Replace what was saved."""
        ...


class Journal:
    """The accepted requests. A burst of them costs few writes: all that came during one write share the next."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Keep the store; `load` reads it."""
        self._store = store
        self._clock = clock
        self._open: dict[str, dict[str, Any]] = {}
        self._awaited: Counter[str] = Counter()  # by how many, of those that no write has held yet
        # Changes are counted, so that all_jobs can tell which write holds his own.
        self._changes = 0
        self._covered = 0
        self._written = 0
        self._saving: asyncio.Task[None] | None = None
        self._forgetting: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """How many requests are not over."""
        return len(self._open)

    async def load(self) -> tuple[ScanRequest, ...]:
        """Read what an earlier run left behind; rows that cannot be read are skipped, and counted in the log."""
        rows = await self._store.load()
        found = []
        for row in rows:
            try:
                request = _read(row)
            except KeyError, TypeError, ValueError:
                _LOGGER.debug("Dropped: %s", row)
                continue
            self._open[request.id] = row
            found.append(request)
        if len(found) < len(rows):
            _LOGGER.warning("Dropped %d waiting requests that could not be read", len(rows) - len(found))
        return tuple(found)

    def __contains__(self, request_id: object) -> bool:
        """Whether a request is on disk."""
        return request_id in self._open and request_id not in self._awaited

    async def accept(self, requests: Iterable[ScanRequest]) -> None:
        """Keep requests; they are on disk when this returns. Raises what the store raises, and keeps none then.

        Whoever stops waiting takes back what nobody else waits for.
        """
        given = {request.id: request for request in requests}
        new = {key: asdict(request) for key, request in given.items() if key not in self._open}
        awaited = [key for key in given if key in new or key in self._awaited]
        if not awaited:
            return  # on the disk already
        if new:
            self._open |= new
            self._changes += 1
        self._awaited.update(awaited)
        try:
            await self._write()
        except BaseException:
            self._take_back(awaited)
            raise
        for key in awaited:
            self._awaited.pop(key, None)

    def _take_back(self, keys: Iterable[str]) -> None:
        for key in keys:
            if key in self._awaited:  # else a write that another waited for holds it
                self._awaited[key] -= 1
                if not self._awaited[key]:
                    del self._awaited[key]
                    self._open.pop(key, None)

    def forget(self, request: ScanRequest) -> None:
        """Drop a request that is over. The disk hears of it a little later."""
        if self._open.pop(request.id, None) is None:
            return
        self._changes += 1
        if self._forgetting is None or self._forgetting.done():
            self._forgetting = asyncio.create_task(self._write_later())

    async def close(self) -> None:
        """Write what is not written yet."""
        if self._forgetting:
            self._forgetting.cancel()
            await asyncio.gather(self._forgetting, return_exceptions=True)
        await self._write_quietly()

    async def _write(self) -> None:
        """Wait for a write that holds our change. Raises what the store raises for it, to all who share it."""
        mine = self._changes
        while self._written < mine:
            if self._saving is None or self._saving.done():
                self._saving = asyncio.create_task(self._save())
            saving = self._saving
            try:
                await wait_shielded(saving)  # whoever stops waiting leaves it to the others
            except Exception:
                if self._covered >= mine:
                    raise

    async def _save(self) -> None:
        covered = self._covered = self._changes
        await self._store.save(list(self._open.values()))
        self._written = covered

    async def _write_later(self) -> None:
        """Write what was forgotten, and what is forgotten meanwhile; a failed write leaves it to the next one."""
        written = True
        while written and self._written < self._changes:
            await self._clock.sleep(_FORGET_AFTER)
            written = await self._write_quietly()

    async def _write_quietly(self) -> bool:
        try:
            await self._write()
        except Exception as error:  # noqa: BLE001 - whatever the store raises; the next write holds it too
            _LOGGER.warning("The waiting requests could not be written: %s", error)
            return False
        return True


def _read(row: dict[str, Any]) -> ScanRequest:
    """Read a row; what a later version wrote into it besides is passed over. Raises what a damaged one deserves."""
    known = {key: value for key, value in dict(row).items() if key in _TYPES}
    for key, value in known.items():
        if not isinstance(value, _TYPES[key]):
            raise TypeError(key)
    libraries = tuple(known.get("libraries", ()))
    if not all(isinstance(library, str) for library in libraries):
        raise TypeError(libraries)
    return ScanRequest(**known | {"id": row["id"], "path": row["path"], "libraries": libraries})
