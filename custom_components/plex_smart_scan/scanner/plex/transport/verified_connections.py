"""Connections that verify the server before anything else is sent.

`/identity` needs no token. Each new connection requests it first, so that no code path can skip it:
another Plex server at the same address, or a proxy in front of one, never receives the token.
"""

from http.client import HTTPException, HTTPResponse
import io
import socket
from time import monotonic
from typing import Any, cast, override
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from ..errors import ErrorKind, PlexError
from .identity import IDENTITY_PATH, MAX_IDENTITY, ServerIdentity


class Guard:
    """The rules for the connections of one session: the expected server, and the deadline of the current response."""

    def __init__(self, url: str, identity: ServerIdentity) -> None:
        """Store the URL; behind a proxy, Plex may be below a path."""
        self.identity = identity
        self.deadline = monotonic()  # monotonic seconds
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        self._request = (
            f"GET {parts.path.rstrip('/')}{IDENTITY_PATH} HTTP/1.1\r\nHost: {host}\r\nAccept: text/xml\r\n"
            "Accept-Encoding: identity\r\nConnection: keep-alive\r\n\r\n"
        ).encode("idna" if not host.isascii() else "ascii")

    def verify_server(self, sock: socket.socket) -> bool:
        """Identify the server on a new connection, and return whether it stays open. Raises PlexError."""
        response = HTTPResponse(socket_with_deadline(sock, self), method="GET")
        try:
            sock.settimeout(self.remaining())
            sock.sendall(self._request)
            response.begin()
            body = response.read(MAX_IDENTITY + 1)
        except TimeoutError as error:
            raise PlexError(ErrorKind.TIMEOUT, "the server did not identify itself in time") from error
        except (OSError, HTTPException) as error:
            raise PlexError(ErrorKind.NETWORK, type(error).__name__) from error
        finally:
            response.close()
        self.identity.check_identity_response(response.status, dict(response.headers), body)
        return not response.will_close

    def remaining(self) -> float:
        """Return the seconds until the deadline. Raises TimeoutError after it."""
        left = self.deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def socket_with_deadline(sock: socket.socket, guard: Guard) -> Any:
    """Return a socket for HTTPResponse: reading from it ends at the guard's deadline.

    The timeout of a socket itself starts again with each byte.
    """
    return _TimedSocket(sock, guard)


class _TimedSocket:
    def __init__(self, sock: socket.socket, guard: Guard) -> None:
        self._sock = sock
        self._guard = guard

    def makefile(self, _mode: str) -> io.BufferedReader:
        # `makefile` keeps the socket open until its file is closed.
        return io.BufferedReader(_TimedReader(self._sock.makefile("rb", buffering=0), self._sock, self._guard))


class _TimedReader(io.RawIOBase):
    def __init__(self, raw: io.RawIOBase, sock: socket.socket, guard: Guard) -> None:
        super().__init__()
        self._raw = raw
        self._sock = sock
        self._guard = guard

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._guard.remaining())
        return cast("int | None", self._raw.readinto(buffer))

    @override
    def close(self) -> None:
        self._raw.close()
        super().close()


class _VerifiedConnection(HTTPConnection):
    """A connection that verifies the server as soon as it is made."""

    guard: Guard

    @override
    def connect(self) -> None:
        super().connect()
        if not _verify_connection(self):
            super().connect()

    @override
    def response_class(self, sock: socket.socket, *args: Any, **kwargs: Any) -> HTTPResponse:  # type: ignore[override]
        return HTTPResponse(socket_with_deadline(sock, self.guard), *args, **kwargs)


class _VerifiedTLSConnection(_VerifiedConnection, HTTPSConnection):
    """The same over TLS."""


def _verify_connection(connection: _VerifiedConnection) -> bool:
    """Verify the server, and return whether the connection stays open.

    A proxy may close every connection after one response; the next one is then used without verification.
    """
    sock = cast("socket.socket", connection.sock)
    try:
        stays_open = connection.guard.verify_server(sock)
    except BaseException:
        connection.close()
        raise
    if not stays_open:
        sock.close()  # only the socket: the connection object is in use
    return stays_open


class VerifiedAdapter(HTTPAdapter):
    """Applies one guard to all connections of a session."""

    def __init__(self, guard: Guard) -> None:
        """Store the guard."""
        self._guard = guard
        super().__init__()

    @override
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Use pools with verified connections."""
        super().init_poolmanager(*args, **kwargs)
        guard = {"guard": self._guard}
        plain = type("VerifiedConnection", (_VerifiedConnection,), guard)
        secure = type("VerifiedTLSConnection", (_VerifiedTLSConnection,), guard)
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("VerifiedPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("VerifiedTLSPool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }
