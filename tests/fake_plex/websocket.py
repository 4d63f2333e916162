"""The notification stream: websocket connections and server-sent events."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
import json
from typing import Any

from aiohttp import WSMsgType, web

from tests.fake_plex.faults import Faults
from tests.fake_plex.waiting import Watch

NOTIFICATION_PATHS = ("/:/websockets/notifications", "/:/websocket/notifications")
_DEFAULT_EXCLUDED = frozenset({"log"})


@dataclass(eq=False)
class Listener:
    """One open connection and the frames it still has to get."""

    wants: Callable[[str], bool]
    admin: bool
    drop: Callable[[], None]
    frames: asyncio.Queue[tuple[str, str] | None] = field(default_factory=asyncio.Queue)

    def offer(self, kind: str, text: str) -> None:
        """Queue a frame when the connection asked for its kind."""
        if self.wants(kind) and (self.admin or kind != "activity"):
            self.frames.put_nowait((kind, text))


def parse_filters(text: str | None) -> Callable[[str], bool]:
    """Read `filters=`: a list to select, names with a minus to leave out, empty for all."""
    if text is None:
        return lambda kind: kind not in _DEFAULT_EXCLUDED
    names = [name.strip() for name in text.split(",") if name.strip()]
    excluded = {name[1:] for name in names if name.startswith("-")}
    selected = {name for name in names if not name.startswith("-")}
    return lambda kind: kind not in excluded and (not selected or kind in selected)


class NotificationHub:
    """Sends notifications to all connections."""

    def __init__(self, faults: Faults, watch: Watch) -> None:
        """Begin without connections."""
        self._faults = faults
        self._watch = watch
        self.listeners: list[Listener] = []
        self.accepted = 0
        faults.on_websocket_drop = self.drop_all

    def send(self, kind: str, child: str, payload: list[dict[str, Any]]) -> None:
        """Send one notification."""
        self.send_container({"type": kind, "size": len(payload), child: payload})

    def send_container(self, container: dict[str, Any]) -> None:
        """Send a container as it is."""
        if not self.listeners or self._faults.take("websocket_silent"):
            return
        text = json.dumps({"NotificationContainer": container}, ensure_ascii=False)
        if self._faults.take("malformed_frame"):
            self.send_text('{"NotificationContainer":{"type":"timeline","size":1,"Timeli')
        self.send_text(text, str(container.get("type", "")))

    def send_text(self, text: str, kind: str = "malformed") -> None:
        """Send a frame's raw text."""
        for listener in self.listeners:
            listener.offer(kind, text)

    def drop_all(self) -> bool:
        """Interrupt every connection; return whether there was one."""
        dropped = list(self.listeners)
        for listener in dropped:
            listener.drop()
        return bool(dropped)

    def close_all(self) -> None:
        """Close every connection once it has received what is queued."""
        for listener in self.listeners:
            listener.frames.put_nowait(None)

    async def serve(self, request: web.Request, *, admin: bool, answers_pings: bool) -> web.StreamResponse:
        """Serve one websocket connection until it ends."""
        socket = web.WebSocketResponse(autoping=answers_pings)
        try:
            await socket.prepare(request)
        except ConnectionResetError:  # the client has disconnected
            return socket
        listener = self._join(request, admin=admin)
        writer = asyncio.create_task(self._write(socket, listener))
        try:
            async for message in socket:
                if message.type is WSMsgType.ERROR:
                    break
        finally:
            self._leave(listener)
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
        return socket

    async def serve_events(self, request: web.Request, *, admin: bool) -> web.StreamResponse:
        """Serve server-sent events: the same notifications without their container."""
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await stream.prepare(request)
        listener = self._join(request, admin=admin)
        try:
            while (frame := await listener.frames.get()) is not None:
                kind, text = frame
                container = json.loads(text)["NotificationContainer"]
                body = {name: value for name, value in container.items() if name not in {"type", "size"}}
                await stream.write(f"event: {kind}\ndata: {json.dumps(body)}\n\n".encode())
        except ConnectionResetError:
            pass
        finally:
            self._leave(listener)
        return stream

    def _join(self, request: web.Request, *, admin: bool) -> Listener:
        transport = request.transport

        def drop() -> None:
            if transport is not None:
                transport.abort()
            listener.frames.put_nowait(None)

        listener = Listener(parse_filters(request.query.get("filters")), admin, drop)
        self.listeners.append(listener)
        self.accepted += 1
        if self._faults.take("websocket_drop"):
            drop()
        self._watch.check_waiters()
        return listener

    def _leave(self, listener: Listener) -> None:
        self.listeners.remove(listener)
        self._watch.check_waiters()

    @staticmethod
    async def _write(socket: web.WebSocketResponse, listener: Listener) -> None:
        while (frame := await listener.frames.get()) is not None:
            await socket.send_str(frame[1])
        await socket.close()
