"""An aiohttp session with a single connection, whose server is verified before the token is sent."""

import asyncio
import os
import ssl
from types import SimpleNamespace
from typing import Any, Self

import aiohttp
from aiohttp import ClientHandlerType
import certifi

from .transport.identity import IDENTITY_OPTIONS, IDENTITY_PATH, ServerIdentity
from .url_and_token import Access


class ConnectionEndedError(aiohttp.ClientConnectionError):
    """The verified connection has ended."""


class VerifiedSession:
    """Identifies the server, then opens a websocket on the same connection."""

    def __init__(self, access: Access, context: ssl.SSLContext | None) -> None:
        """Create the session without connecting; needs a running event loop."""
        self._url = access.url.rstrip("/")
        self._verified = False
        trace = aiohttp.TraceConfig()
        trace.on_connection_create_start.append(self._on_new_connection)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=1, ssl=context or False),
            middlewares=(_refuse_redirect,),
            trace_configs=[trace],
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def __aenter__(self) -> Self:
        """Return the session."""
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close the connection."""
        await self._session.close()

    async def verify(self, identity: ServerIdentity) -> None:
        """Identify the server. Raises PlexError for another server, and what aiohttp does."""
        self._verified = False
        async with self._session.get(self._url + IDENTITY_PATH, **IDENTITY_OPTIONS) as response:
            await identity.check_response(response)
            # If a proxy closes each connection after a response, the next one cannot be verified.
            self._verified = response.headers.get("Connection", "").lower() != "close"

    def ws_connect(self, url: str, **options: Any) -> Any:
        """Open a websocket on the verified connection. Raises ConnectionEndedError if it has ended."""
        return self._session.ws_connect(url, **options)

    async def _on_new_connection(self, _session: aiohttp.ClientSession, _context: SimpleNamespace, _: object) -> None:
        if self._verified:
            message = "the connection ended after it was verified"
            raise ConnectionEndedError(message)


async def open_verified_session(access: Access) -> VerifiedSession:
    """Create a session for a server; certificates are read off the event loop."""
    context = None
    if access.verify_ssl and access.url.startswith("https:"):
        context = await asyncio.get_running_loop().run_in_executor(None, _ssl_context)
    return VerifiedSession(access, context)


def _ssl_context() -> ssl.SSLContext:
    """Return a context with the certificates that the other requests use."""
    return ssl.create_default_context(cafile=os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where())


async def _refuse_redirect(request: aiohttp.ClientRequest, handler: ClientHandlerType) -> aiohttp.ClientResponse:
    """Follow no redirection: it would receive the token. `ws_connect` itself has no option for it."""
    response = await handler(request)
    if 300 <= response.status < 400:  # noqa: PLR2004 - HTTP's redirections
        response.close()
        raise aiohttp.TooManyRedirects(response.request_info, response.history, status=response.status)
    return response
