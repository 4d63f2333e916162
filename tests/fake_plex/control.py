"""Control of a fake in another process, over HTTP; these requests are not counted."""

from dataclasses import asdict
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fake_plex.faults import Fault

if TYPE_CHECKING:
    from tests.fake_plex.server import FakePlex

PREFIX = "/__fake__/"


class Control:
    """Answers `/__fake__/…`."""

    def __init__(self, plex: FakePlex) -> None:
        """Control a server."""
        self._plex = plex

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Pass a request to its handler."""
        handlers = {
            "stats": self._stats,
            "faults": self._faults,
            "hold": self._hold,
            "idle": self._idle,
            "quirks": self._quirks,
            "prefs": self._prefs,
            "seed": self._seed,
            "notify": self._notify,
            "library": self._library,
            "mount": self._mount,
            "listed": self._listed,
        }
        handler = handlers.get(request.path.removeprefix(PREFIX))
        if handler is None:
            return web.json_response({"known": sorted(handlers)}, status=404)
        text = await request.text()
        body = json.loads(text) if text else {}
        try:
            return web.json_response(await handler(request.method, {**request.query, **body}))
        except (AttributeError, KeyError, TypeError, ValueError) as problem:
            return web.json_response({"error": str(problem)}, status=400)

    async def _stats(self, method: str, data: dict[str, Any]) -> dict[str, Any]:
        """GET: all counters. DELETE: reset them."""
        if method == "DELETE":
            self._plex.stats.reset()
        return {**self._plex.stats.as_dict(), "websockets": self._plex.websockets}

    async def _faults(self, method: str, data: dict[str, Any]) -> dict[str, Any]:
        """POST: the fields of a fault. DELETE: remove all."""
        if method == "DELETE":
            self._plex.faults.clear()
        elif method == "POST":
            self._plex.faults.add(Fault(**data))
        return {"faults": [fault.kind for fault in self._plex.faults.active]}

    async def _hold(self, method: str, data: dict[str, Any]) -> dict[str, Any]:
        """POST: close a gate (scans, walking, listing, settling, analysis). DELETE: open it, or all."""
        plex = self._plex
        gates = {
            "scans": (plex.hold_scans, plex.release_scans),
            "walking": (plex.hold_walking, plex.release_walking),
            "listing": (plex.hold_listing, plex.release_listing),
            "settling": (plex.hold_settling, plex.release_settling),
            "analysis": (plex.hold_analysis, plex.release_analysis),
        }
        if method == "DELETE":
            for gate in [data["gate"]] if "gate" in data else list(gates):
                gates[gate][1]()
        else:
            gates[data.get("gate", "scans")][0]()
        return {"held": plex.held}

    async def _idle(self, method: str, data: dict[str, Any]) -> dict[str, Any]:
        """Respond when nothing waits, runs, settles or is still to be listed."""
        await self._plex.wait_idle()
        return {"idle": True}

    async def _quirks(self, method: str, data: dict[str, Any]) -> dict[str, Any]:
        """POST or PUT: set some. Always returns all of them."""
        quirks = self._plex.quirks
        for name, value in data.items():
            if not hasattr(quirks, name):
                msg = f"Unknown quirk: {name}"
                raise KeyError(msg)
            setattr(quirks, name, value)
        return asdict(quirks)

    async def _prefs(self, method: str, data: dict[str, Any]) -> dict[str, Any]:
        """POST or PUT: set preferences."""
        for name, value in data.items():
            self._plex.prefs[name] = value
        return data

    async def _seed(self, method: str, data: dict[str, Any]) -> dict[str, Any]:
        """POST: scan everything at once, without events and uncounted."""
        self._plex.seed()
        return {"libraries": {library.title: len(self._plex.items(library)) for library in self._plex.libraries}}

    async def _notify(self, method: str, data: dict[str, Any]) -> dict[str, Any]:
        """POST: send a notification."""
        await self._plex.send_notification(data)
        return {"websockets": self._plex.websockets}

    async def _library(self, method: str, data: dict[str, Any]) -> dict[str, Any]:
        """POST: add a library (title, type, locations)."""
        library = self._plex.add_library(data["title"], data["type"], data["locations"])
        return {"id": library.id}

    async def _mount(self, method: str, data: dict[str, Any]) -> dict[str, Any]:
        """DELETE: unmount a location (path, missing, leftovers). POST: mount it again."""
        if method == "DELETE":
            missing, leftovers = bool(data.get("missing")), data.get("leftovers", ())
            self._plex.unmount(data["path"], missing=missing, leftovers=leftovers)
        else:
            self._plex.mount(data["path"])
        return {"path": data["path"]}

    async def _listed(self, method: str, data: dict[str, Any]) -> dict[str, Any]:
        """Respond when the look-ups show a file (path, and size if given), with the monotonic time since when."""
        size = data.get("size")
        return {"at": await self._plex.wait_listed(data["path"], None if size is None else int(size))}
