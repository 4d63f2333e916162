"""An aiohttp session with one connection, which proves where it leads before a token is sent on it."""

import asyncio
import os
import ssl
from types import SimpleNamespace
from typing import Any, Final, Self

import aiohttp
from aiohttp import ClientHandlerType
import certifi

from .access_token import Access
from .identity import IDENTITY_PATH, MAX_IDENTITY, ServerIdentity

_TIMEOUT: Final = aiohttp.ClientTimeout(total=30)  # seconds, for the whole answer


class ConnectionEndedError(aiohttp.ClientConnectionError):
    """The connection whose other end is known has ended."""


class OneConnection:
    """Asks who answers, and then opens a websocket on that very connection."""

    def __init__(self, access: Access, context: ssl.SSLContext | None) -> None:
        """Make no connection yet; for an event loop that runs."""
        self._url = access.url.rstrip("/")
        self._proven = False
        trace = aiohttp.TraceConfig()
        trace.on_connection_create_start.append(self._on_new_connection)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=1, ssl=context or False),
            middlewares=(_refuse_redirect,),
            trace_configs=[trace],
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close the connection."""
        await self._session.close()

    async def prove(self, identity: ServerIdentity) -> None:
        """Ask who answers. Raises PlexError for another server, and what aiohttp does."""
        self._proven = False
        async with self._session.get(
            self._url + IDENTITY_PATH, headers={"Accept": "text/xml", "Accept-Encoding": "identity"}, timeout=_TIMEOUT
        ) as answer:
            body = bytearray()
            async for chunk in answer.content.iter_chunked(MAX_IDENTITY):
                body += chunk
                if len(body) > MAX_IDENTITY:
                    break
            identity.check_answer(answer.status, answer.headers, bytes(body))
            # Where a proxy ends each connection after its answer, the next one follows without a question.
            self._proven = answer.headers.get("Connection", "").lower() != "close"

    def ws_connect(self, url: str, **options: Any) -> Any:
        """Open a websocket on the connection that was proven. Raises ConnectionEndedError when it has ended."""
        return self._session.ws_connect(url, **options)

    async def _on_new_connection(self, _session: aiohttp.ClientSession, _context: SimpleNamespace, _: object) -> None:
        if self._proven:
            message = "the connection ended after it was proven"
            raise ConnectionEndedError(message)


async def one_connection(access: Access) -> OneConnection:
    """Make a session for a server; the certificates are read off the event loop."""
    context = None
    if access.verify_ssl and access.url.startswith("https:"):
        context = await asyncio.get_running_loop().run_in_executor(None, _verifying)
    return OneConnection(access, context)


def _verifying() -> ssl.SSLContext:
    """Return a context with the certificates that the other requests are verified with."""
    return ssl.create_default_context(cafile=os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where())


async def _refuse_redirect(request: aiohttp.ClientRequest, handler: ClientHandlerType) -> aiohttp.ClientResponse:
    """Follow no redirect: the token would go wherever it leads. `ws_connect` itself cannot be told so."""
    response = await handler(request)
    if 300 <= response.status < 400:  # noqa: PLR2004 - HTTP's redirections
        response.close()
        raise aiohttp.TooManyRedirects(response.request_info, response.history, status=response.status)
    return response
