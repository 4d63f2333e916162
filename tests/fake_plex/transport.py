"""From aiohttp's request to a handler's response and back: authentication, faults, headers, counting."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
import gzip
from typing import TYPE_CHECKING
import zlib

from aiohttp import web

from tests.fake_plex.answering import Question, answer, gatekeeper_of, instead
from tests.fake_plex.faults import Fault
from tests.fake_plex.http import Answer, error
from tests.fake_plex.rendering import Node, to_json, to_xml
from tests.fake_plex.stats import RecordedRequest
from tests.fake_plex.websocket import NOTIFICATION_PATHS

if TYPE_CHECKING:
    from tests.fake_plex.server import FakePlex

EVENT_SOURCE_PATH = "/:/eventsource/notifications"
_COMMON_HEADERS = {
    "Cache-Control": "no-cache",
    "Connection": "Keep-Alive",
    "Keep-Alive": "timeout=20",
    "X-Plex-Protocol": "1.0",
}
_DRIP = 0.05  # seconds between two bytes
_BLOCK = b"x" * 65536
_SMALL = 262_144  # the compressed length of larger bodies is not worth the time


class Transport:
    """Responds to requests for one server."""

    def __init__(self, plex: FakePlex) -> None:
        """Belong to a server."""
        self._plex = plex

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Record a request, apply a fault if there is one, else respond to it."""
        plex = self._plex
        query = dict(request.query.items())
        record = RecordedRequest(request.method, request.path, query, dict(request.headers), request.remote or "")
        plex.stats.requests.append(record)
        plex.watch.check_waiters()
        try:
            response = await self._respond(request, query)
        finally:
            plex.watch.check_waiters()
        record.status = response.status
        if isinstance(response, web.Response) and request.method != "HEAD" and response.body is not None:
            record.bytes_sent = len(response.body) if isinstance(response.body, bytes) else 0
        return response

    async def _respond(self, request: web.Request, query: dict[str, str]) -> web.StreamResponse:
        plex = self._plex
        if plex.down:
            return _cut(request)
        fault = plex.faults.for_request(request.method, request.path, query)
        if fault is not None:
            return await self._spoil(request, fault)
        return await self._answer(request)

    async def _spoil(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        match fault.kind:
            case "slow":
                response = await self._answer(request) if fault.after else None
                await fault.held()
                return response or await self._answer(request)
            case "stall":
                return await _stall_halfway(request, await self._answer(request), fault)
            case "drip":
                return await _drip(request, fault)
            case "huge":
                return await _send_endlessly(request)
            case "cut_body":
                return await _cut_halfway(request, await self._answer(request))
            case "disconnect":
                if fault.after:
                    await self._answer(request)
                return _cut(request)
            case "truncated":
                return _truncated(await self._answer(request))
            case _:
                if fault.after:
                    await self._answer(request)
                return _to_response(request, instead(_question(request), fault))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        plex, question = self._plex, _question(request)
        gatekeeper = gatekeeper_of(plex)
        admin, streams = gatekeeper.is_admin(question), request.path in {*NOTIFICATION_PATHS, EVENT_SOURCE_PATH}
        if streams and (refused := gatekeeper.refusal(question)) is not None:
            return _to_response(request, error(refused))
        if request.path in NOTIFICATION_PATHS:
            return await self._websocket(request, admin=admin)
        if request.path == EVENT_SOURCE_PATH:
            return await plex.hub.serve_events(request, admin=admin)
        answered = await answer(plex, question)
        if plex.down:
            return _cut(request)
        return _to_response(request, answered, compress=plex.quirks.compress)

    async def _websocket(self, request: web.Request, *, admin: bool) -> web.StreamResponse:
        plex = self._plex
        fault = plex.faults.take("websocket_handshake", request.method, request.path)
        if fault is not None:
            return _to_response(request, error(fault.status, fault.headers))
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return _to_response(request, error(400))
        return await plex.hub.serve(request, admin=admin, answers_pings=plex.quirks.answers_pings)


def _question(request: web.Request) -> Question:
    return Question(
        request.method, request.path, request.rel_url.raw_query_string, dict(request.query.items()), request.headers
    )


def _cut(request: web.Request) -> web.Response:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def _truncated(response: web.StreamResponse) -> web.StreamResponse:
    """Cut a body in the middle; its length is that of what is left, as when the server died while writing."""
    if isinstance(response, web.Response) and isinstance(response.body, bytes):
        response.body = response.body[: len(response.body) // 2]
    return response


async def _cut_halfway(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Announce a whole body, send half of it and close."""
    stream, _rest = await _half(request, response)
    if request.transport is not None:
        request.transport.close()
    return stream


async def _stall_halfway(request: web.Request, response: web.StreamResponse, fault: Fault) -> web.StreamResponse:
    """Announce a whole body, send half of it, and send the rest when the fault is released."""
    stream, rest = await _half(request, response)
    await fault.held()
    with suppress(ConnectionError):  # the client has disconnected
        await stream.write(rest)
    return stream


async def _drip(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Send single bytes with pauses until the client disconnects or the fault is removed."""
    stream = web.StreamResponse(headers={"Content-Type": "text/xml"})
    await stream.prepare(request)
    releasing = asyncio.ensure_future(fault.held())
    with suppress(ConnectionError):
        while not releasing.done():
            await stream.write(b" ")
            await asyncio.wait({releasing}, timeout=_DRIP)
    releasing.cancel()
    return stream


async def _send_endlessly(request: web.Request) -> web.StreamResponse:
    """Send one text repeatedly until the client disconnects."""
    stream = web.StreamResponse(headers={"Content-Type": "text/xml"})
    await stream.prepare(request)
    with suppress(ConnectionError):
        await stream.write(b"<MediaContainer title='")
        while True:
            await stream.write(_BLOCK)
    return stream


async def _half(request: web.Request, response: web.StreamResponse) -> tuple[web.StreamResponse, bytes]:
    """Announce a whole body and send half of it; returns the stream and the other half."""
    body = response.body if isinstance(response, web.Response) and isinstance(response.body, bytes) else b""
    stream = web.StreamResponse(status=response.status, headers=response.headers)
    stream.content_length = len(body)
    with suppress(ConnectionError):  # the client has disconnected
        await stream.prepare(request)
        await stream.write(body[: len(body) // 2])
    return stream, body[len(body) // 2 :]


def _to_response(request: web.Request, answer: Answer, *, compress: bool = False) -> web.Response:
    headers = {**_COMMON_HEADERS, **answer.headers}
    if answer.node is None:
        return web.Response(
            status=answer.status, body=answer.body, headers={**headers, "Content-Type": answer.content_type}
        )
    body, content_type = _render(answer.node, request.headers.get("Accept", ""))
    headers["Content-Type"] = content_type
    headers["X-Plex-Content-Original-Length"] = str(len(body))
    if compress and "gzip" in request.headers.get("Accept-Encoding", ""):
        body = gzip.compress(body, compresslevel=5)
        headers["Content-Encoding"] = "gzip"
        headers["X-Plex-Content-Compressed-Length"] = str(len(body))
    elif len(body) < _SMALL:
        headers["X-Plex-Content-Compressed-Length"] = str(len(zlib.compress(body, 5)))
    return web.Response(status=answer.status, body=body, headers=headers)


def _render(node: Node, accept: str) -> tuple[bytes, str]:
    if "application/json" in accept:
        return to_json(node).encode(), "application/json"
    return to_xml(node).encode(), "text/xml;charset=utf-8"


def control_or_plex(
    control: Callable[[web.Request], Awaitable[web.StreamResponse]],
    plex: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Lead the fake's own control requests past Plex's side, uncounted."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await (control if request.path.startswith("/__fake__/") else plex)(request)

    return handle
