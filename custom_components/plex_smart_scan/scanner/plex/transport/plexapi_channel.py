"""One plexapi client that sends one request at a time, in the executor."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
import logging
from math import inf
from typing import Any, Final, override
from xml.etree.ElementTree import Element

from plexapi.server import PlexServer

from ...concurrency import wait_shielded
from ...unexpected_errors import UnexpectedErrors
from ..errors import ErrorKind, PlexError
from ..retry import extended_timeout
from ..url_and_token import Access
from .http_session import MAX_RESPONSE, Session
from .identity import ServerIdentity

SMALL_RESPONSE: Final = 2**20  # bytes, of responses that do not grow with the libraries


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One HTTP request, its timeout in seconds and the maximum size of its response in bytes."""

    path: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    seconds: float = inf
    limit: int = MAX_RESPONSE

    @property
    def subject(self) -> str:
        """What the request is about: requests of one subject take about equally long."""
        parts = self.path.partition("?")[0].split("/")
        return "/".join(parts[: 4 if parts[1:3] == ["library", "sections"] else 3])


IDENTIFY: Final = HttpRequest("/", limit=SMALL_RESPONSE)  # what plexapi requests when a client is created


class _VerifiedServer(PlexServer):
    """plexapi's client, whose responses are read with limits of time and size."""

    _session: Session

    @override
    def query(
        self,
        key: str,
        method: str | None = None,
        headers: dict[str, str] | None = None,
        params: None = None,
        timeout: float | None = None,
        **options: Any,
    ) -> Element | None:
        """Send a request with plexapi's token and headers. `timeout` is in seconds."""
        return self._session.query(
            method or "GET",
            self.url(key),  # type: ignore[no-untyped-call]
            self._headers(**(headers or {})),  # type: ignore[no-untyped-call]
            seconds=timeout or self._timeout,
            limit=options.get("limit", SMALL_RESPONSE),
        )


class PlexApiChannel:
    """A plexapi client and the lock that limits it to one request at a time."""

    def __init__(self, access: Access, identity: ServerIdentity, timeout: float) -> None:
        """Create the channel without connecting. `timeout` is in seconds for each complete response."""
        self._access = access
        self._timeout = timeout
        self._timeouts: Counter[str] = Counter()  # in a row, by subject
        self._client: PlexServer | None = None
        self._session = Session(access.url, verify_ssl=access.verify_ssl, identity=identity)
        self._lock = asyncio.Lock()
        self._abandoned: asyncio.Future[Any] | None = None  # a running request without a waiter
        self._unexpected = UnexpectedErrors()

    async def connect(self) -> PlexServer:
        """Create a new client, which identifies the server (`/`). Raises PlexError."""
        async with self._lock:
            self._client = None
            return await self._in_executor(IDENTIFY, self._connected_client)

    async def send(self, request: HttpRequest) -> Element | None:
        """Send a request. Raises PlexError."""
        async with self._lock:
            return await self._in_executor(request, partial(self._send_blocking, request))

    async def close(self) -> None:
        """Close the connections; a running request ends by itself."""
        self._session.close()

    async def _in_executor[T](self, request: HttpRequest, function: Callable[[], T]) -> T:
        if self._abandoned is not None:
            # A thread cannot be interrupted: the channel stays in use until its request has ended.
            await asyncio.wait([self._abandoned])
        job = asyncio.get_running_loop().run_in_executor(None, partial(self._count_timeouts, request, function))
        try:
            return await wait_shielded(job)
        except asyncio.CancelledError:
            self._abandoned = job
            raise

    def _count_timeouts[T](self, request: HttpRequest, function: Callable[[], T]) -> T:
        """Call a function in the executor, and count timeouts."""
        try:
            result = function()
        except PlexError as error:
            if error.kind is ErrorKind.TIMEOUT:
                self._timeouts[request.subject] += 1
            raise
        self._timeouts.pop(request.subject, None)
        return result

    def _connected_client(self) -> PlexServer:
        if self._client is None:
            access = self._access
            seconds = self._seconds(IDENTIFY)
            self._client = _VerifiedServer(access.url, access.token, self._session, seconds)  # type: ignore[no-untyped-call]
        return self._client

    def _send_blocking(self, request: HttpRequest) -> Element | None:
        seconds, headers = self._seconds(request), dict(request.headers)
        try:
            root: Element | None = self._connected_client().query(
                request.path, request.method, headers, timeout=seconds, limit=request.limit
            )
        except PlexError:
            raise
        except Exception as error:  # noqa: BLE001 - of an incompatible plexapi
            # plexapi failed, not Plex: send the same request without it.
            self._unexpected.log("Unexpected error in plexapi", error, logging.WARNING)
        else:
            return root
        url = self._access.url.rstrip("/") + request.path
        headers |= {"X-Plex-Token": self._access.token, "Accept": "text/xml"}
        try:
            return self._session.query(request.method, url, headers, seconds=seconds, limit=request.limit)
        except PlexError:
            raise
        except Exception as error:
            self._unexpected.log("Unexpected error in an HTTP request to Plex", error)
            raise PlexError(ErrorKind.BROKEN_RESPONSE, f"unexpected {type(error).__name__}, see the log") from error

    def _seconds(self, request: HttpRequest) -> float:
        return min(extended_timeout(self._timeout, self._timeouts[request.subject]), request.seconds)


def media_container(root: Element | None) -> Element:
    """Return the root element of a response of Plex. Raises PlexError for any other response."""
    if root is None:
        raise PlexError(ErrorKind.BROKEN_RESPONSE, "the response from Plex is empty")
    if root.tag != "MediaContainer":
        raise PlexError(ErrorKind.BROKEN_RESPONSE, f"the response contains <{root.tag}> instead of XML from Plex")
    return root
