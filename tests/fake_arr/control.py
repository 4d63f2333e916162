"""Control over HTTP for a simulated program in another process."""

import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from tests.fake_arr.server import FakeArr

PREFIX = "/__fake__/"


class Control:
    """Handles `/__fake__/…`."""

    def __init__(self, arr: FakeArr) -> None:
        """Store the program."""
        self._arr = arr

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Route a request to its handler."""
        text = await request.text()
        data = json.loads(text) if text else {}
        handlers = {"import": self._import, "rename": self._rename, "delete": self._delete, "state": self._state}
        handler = handlers.get(request.path.removeprefix(PREFIX))
        if handler is None:
            return web.json_response({"known": sorted(handlers)}, status=404)
        return web.json_response(await handler(data))

    async def _import(self, data: dict[str, Any]) -> dict[str, Any]:
        """POST `path`, `size`: import a file and send the notification, even if nothing listens."""
        await self._arr.import_file(data["path"], data["size"], rows=data.get("rows", 1))
        return self._last()

    async def _rename(self, data: dict[str, Any]) -> dict[str, Any]:
        """POST `before`, `after`: rename a file."""
        await self._arr.rename_file(data["before"], data["after"])
        return self._last()

    async def _delete(self, data: dict[str, Any]) -> dict[str, Any]:
        """POST `path`: delete a file."""
        await self._arr.delete_file(data["path"])
        return self._last()

    async def _state(self, _data: dict[str, Any]) -> dict[str, Any]:
        """GET: return the connections and the number of posted notifications."""
        return {"connections": self._arr.connections.all(), **self._last()}

    def _last(self) -> dict[str, Any]:
        posted = self._arr.posted
        return {"posted": len(posted), "status": posted[-1].status if posted else None}
