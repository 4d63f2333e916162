"""Connections that prove which server they lead to before anything else is sent on them.

`/identity` is answered without a token. Each new connection asks it first, on the connection itself, so that no path to
the server can leave it out: another Plex at the same address (or a proxy before another one) never gets the token.
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

from .errors import ErrorKind, PlexError
from .identity import IDENTITY_PATH, MAX_IDENTITY, ServerIdentity


class Guard:
    """What the connections of one lane obey: whom they may lead to, and when an answer must be complete."""

    def __init__(self, url: str, identity: ServerIdentity) -> None:
        """Keep the address, in whose path a proxy may hold Plex."""
        self.identity = identity
        self.deadline = monotonic()  # in monotonic seconds, for the answer that is waited for
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        self._question = (
            f"GET {parts.path.rstrip('/')}{IDENTITY_PATH} HTTP/1.1\r\nHost: {host}\r\nAccept: text/xml\r\n"
            "Accept-Encoding: identity\r\nConnection: keep-alive\r\n\r\n"
        ).encode("idna" if not host.isascii() else "ascii")

    def admit(self, sock: socket.socket) -> bool:
        """Ask who answers on a new connection; returns whether it stays open. Raises PlexError."""
        answer = HTTPResponse(timed(sock, self), method="GET")
        try:
            sock.settimeout(self.remaining())
            sock.sendall(self._question)
            answer.begin()
            body = answer.read(MAX_IDENTITY + 1)
        except TimeoutError as error:
            raise PlexError(ErrorKind.TIMEOUT, "no answer to the question who answers") from error
        except (OSError, HTTPException) as error:
            raise PlexError(ErrorKind.NETWORK, type(error).__name__) from error
        finally:
            answer.close()
        self.identity.check_answer(answer.status, dict(answer.headers), body)
        return not answer.will_close

    def remaining(self) -> float:
        """Return how many seconds are left for the answer. Raises TimeoutError when none are."""
        left = self.deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def timed(sock: socket.socket, guard: Guard) -> Any:
    """Return what HTTPResponse takes for a socket: reading from it ends at the guard's deadline.

    A time-out of the socket itself starts anew with each byte.
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


class _GuardedConnection(HTTPConnection):
    """A plain connection that asks who answers as soon as it is made."""

    guard: Guard

    @override
    def connect(self) -> None:
        super().connect()
        if not _admitted(self):
            super().connect()

    @override
    def response_class(self, sock: socket.socket, *args: Any, **kwargs: Any) -> HTTPResponse:  # type: ignore[override]
        return HTTPResponse(timed(sock, self.guard), *args, **kwargs)


class _GuardedTLSConnection(HTTPSConnection):
    """The same over TLS."""

    guard: Guard

    @override
    def connect(self) -> None:
        super().connect()
        if not _admitted(self):
            super().connect()

    @override
    def response_class(self, sock: socket.socket, *args: Any, **kwargs: Any) -> HTTPResponse:  # type: ignore[override]
        return HTTPResponse(timed(sock, self.guard), *args, **kwargs)


def _admitted(connection: _GuardedConnection | _GuardedTLSConnection) -> bool:
    """Ask who answers. False when the connection ends with its answer: then the next one follows without a question.

    A proxy may end every connection after one answer; nothing better can be known about it then.
    """
    sock = cast("socket.socket", connection.sock)
    try:
        stays_open = connection.guard.admit(sock)
    except BaseException:
        connection.close()
        raise
    if not stays_open:
        sock.close()  # not the whole connection: a request may be on its way through it already
    return stays_open


class GuardedAdapter(HTTPAdapter):
    """Makes all connections of a session obey one guard."""

    def __init__(self, guard: Guard) -> None:
        """Keep the guard."""
        self._guard = guard
        super().__init__()

    @override
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Use pools whose connections are guarded."""
        super().init_poolmanager(*args, **kwargs)
        guard = {"guard": self._guard}
        plain = type("GuardedConnection", (_GuardedConnection,), guard)
        secure = type("GuardedTLSConnection", (_GuardedTLSConnection,), guard)
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("GuardedPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("GuardedTLSPool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }
