"""Where the simulated world takes the place of the real one, below the code that is tested.

Sockets (below urllib3), the aiohttp connection of the websocket, time, and everything that is random otherwise. The
HTTP clients, the proof of identity, the parsers and the database are the real ones.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
import io
from random import Random
from types import SimpleNamespace
from typing import Any, Final, Self, override
from unittest.mock import patch
from urllib.parse import urlsplit
from uuid import UUID
from xml.etree.ElementTree import Element

import aiohttp
import urllib3.connection
from urllib3.exceptions import NewConnectionError

from custom_components.plex_smart_scan.scanner import engine
from custom_components.plex_smart_scan.scanner.files import disks
from custom_components.plex_smart_scan.scanner.plex import retry, websocket
from custom_components.plex_smart_scan.scanner.plex.errors import SUCCESS, ErrorKind, PlexError, error_from_response
from custom_components.plex_smart_scan.scanner.plex.transport import http_session, verified_connections
from custom_components.plex_smart_scan.scanner.plex.transport.identity import IDENTITY_PATH, ServerIdentity
from custom_components.plex_smart_scan.scanner.plex.transport.limited_xml import parse
from custom_components.plex_smart_scan.scanner.plex.url_and_token import Access
from tests.fake_plex import activities, media_facts
from tests.simulation.network import Address, Frames, Network, Reply, parse_request, question_of, render

_CONNECTED: Final = "simulated_generation"  # of its address, when a session was connected to it
_HANDSHAKE: Final = 30.0  # seconds that the websocket's questions may take


class SimulatedSocket:
    """A connection to whatever answered at an address when it was made."""

    def __init__(self, network: Network, host: str, address: Address, timeout: float) -> None:
        """Connect."""
        self._network = network
        self._host = host
        self._address = address
        self._generation = address.generation
        self._timeout = timeout
        self._request = b""
        self.answer = io.BytesIO()
        self.error: OSError | None = None

    @property
    def dropped(self) -> bool:
        """Whether the other end is gone."""
        return self._address.generation != self._generation or not self._network.is_alive(self._host)

    def settimeout(self, seconds: float) -> None:
        """Keep how long an answer is waited for."""
        self._timeout = seconds

    def sendall(self, data: bytes) -> None:
        """Send a piece of a request; a complete one is answered."""
        self._request += bytes(data)
        if not self._request.endswith(b"\r\n\r\n"):
            return
        raw, self._request = self._request, b""
        if self.dropped:
            self._take(Reply(lost=True))
        else:
            self._take(self._address.reply(parse_request(raw)))

    def _take(self, reply: Reply) -> None:
        self.answer, self.error = io.BytesIO(), None
        if reply.seconds >= self._timeout:
            self._network.loop.delay(self._timeout)
            self.error = TimeoutError("timed out")
            return
        self._network.loop.delay(reply.seconds)
        if reply.lost:
            self.error = ConnectionResetError("the connection has ended")
        else:
            self.answer = io.BytesIO(render(reply))

    def makefile(self, _mode: str, buffering: int = 0) -> io.RawIOBase:
        """Return what reads the answer."""
        return _Reader(self)

    def close(self) -> None:
        """Close the connection."""


class _Reader(io.RawIOBase):
    def __init__(self, connection: SimulatedSocket) -> None:
        super().__init__()
        self._connection = connection

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Any) -> int:
        if self._connection.error is not None:
            raise self._connection.error
        return self._connection.answer.readinto(buffer)


@dataclass(frozen=True, slots=True)
class _Frame:
    data: str
    type: aiohttp.WSMsgType = aiohttp.WSMsgType.TEXT


class SimulatedConnection:
    """Stands for `VerifiedSession`: asks who answers, and opens a websocket there."""

    def __init__(self, network: Network, access: Access) -> None:
        """Make no connection yet."""
        self._network = network
        self._host = urlsplit(access.url).hostname or ""
        self._generation = -1

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close nothing."""

    async def verify(self, identity: ServerIdentity) -> None:
        """Ask who answers. Raises PlexError and aiohttp's errors."""
        address = await self._reach()
        self._generation = address.generation
        reply = address.reply(question_of("GET", IDENTITY_PATH, {}))
        await self._network.sleep(min(reply.seconds, _HANDSHAKE))
        if reply.seconds >= _HANDSHAKE:
            raise TimeoutError
        if reply.lost:
            raise aiohttp.ClientConnectionError
        identity.check_identity_response(reply.status, reply.headers, reply.body)

    @asynccontextmanager
    async def ws_connect(self, url: str, **options: Any) -> AsyncIterator[AsyncIterator[_Frame]]:
        """Open a websocket. Raises aiohttp's errors."""
        address = await self._reach()
        if address.generation != self._generation:
            raise aiohttp.ClientConnectionError
        stream = _Stream(self._network, address)
        question = question_of("GET", urlsplit(url).path, options["headers"])
        stream.frames = address.listen(question, stream.drop)
        if stream.frames is None:
            raise aiohttp.ClientConnectionError
        try:
            yield stream.read()
        finally:
            stream.frames.close()

    async def _reach(self) -> Address:
        await self._network.sleep(self._network.random.expovariate(100))
        address = self._network.find(self._host)
        if address is None or (address.host is None and not address.silent):
            raise aiohttp.ClientConnectionError
        return address


class _Stream:
    """The client's side of a websocket."""

    def __init__(self, network: Network, address: Address) -> None:
        self._network = network
        self._address = address
        self._generation = address.generation
        self.frames: Frames | None = None

    def drop(self) -> None:
        """Be cut off."""
        if self.frames is not None:
            self.frames.close()

    async def read(self) -> AsyncIterator[_Frame]:
        """Yield what arrives: frames of a host that is gone do not."""
        while self.frames is not None and (text := await self.frames.get()) is not None:
            if self._network.random.random() < 0.1:
                await self._network.sleep(self._network.random.expovariate(20))
            if self._address.generation == self._generation:
                yield _Frame(text)


class MessageTransport:
    """Takes the place of `Session.query`: whole messages instead of bytes, which is several times as fast.

    The proof of identity, the errors and the parser are the real ones; requests and urllib3 are left out.
    """

    def __init__(self, network: Network) -> None:
        """Begin without connections."""
        self._network = network

    def ask(
        self, session: Any, method: str, url: str, headers: dict[str, str], *, seconds: float, limit: int
    ) -> Element | None:
        """Send a request and parse its answer, as `Session.query` does. Raises PlexError."""
        target = urlsplit(url)
        host = target.hostname or ""
        address = self._network.find(host)
        if address is None or (address.host is None and not address.silent):
            raise PlexError(ErrorKind.NETWORK, "ConnectionError")
        guard = session._guard
        guard.deadline = self._network.loop.time() + seconds
        if session.__dict__.get(_CONNECTED) != address.generation:
            guard.verify_server(SimulatedSocket(self._network, host, address, seconds))
            session.__dict__[_CONNECTED] = address.generation
        path = f"{target.path or '/'}?{target.query}" if target.query else target.path or "/"
        return self._read(address.reply(question_of(method, path, headers)), session, seconds, limit)

    def _read(self, reply: Reply, session: Any, seconds: float, limit: int) -> Element | None:
        self._network.loop.delay(min(reply.seconds, seconds))
        if reply.lost or reply.seconds >= seconds:
            session.__dict__.pop(_CONNECTED, None)
        if reply.seconds >= seconds:
            raise http_session._timeout_error(seconds)
        if reply.lost:
            raise PlexError(ErrorKind.BROKEN_RESPONSE, "ConnectionError")
        if reply.status not in SUCCESS:
            raise error_from_response(reply.status, reply.headers, reply.body.decode(), datetime.now(UTC))
        return _parse(reply.body, limit)


@lru_cache(1000)
def _parse(body: bytes, limit: int) -> Element | None:
    """Parse with the real parser, the same answer once: nothing of the engine changes an element. Raises PlexError."""
    return parse(http_session.limited(iter([body]), limit))


@contextmanager
def simulated(network: Network, random: Random, *, sockets: bool) -> Iterator[None]:
    """Put the simulated world in the place of the real one: below the sockets, or below the messages."""

    def connect(connection: Any) -> SimulatedSocket:
        address = network.find(connection.host)
        if address is None or (address.host is None and not address.silent):
            raise NewConnectionError(connection, "refused")
        return SimulatedSocket(network, connection.host, address, connection.timeout)

    async def open_session(access: Access) -> SimulatedConnection:
        return SimulatedConnection(network, access)

    def uuid4() -> UUID:
        return UUID(int=random.getrandbits(128), version=4)

    media_facts._by_inode.clear()  # the inodes and times of another history may be the same
    disks._disks.clear()
    http, messages = urllib3.connection, MessageTransport(network)

    def ask(session: Any, *args: Any, **options: Any) -> Element | None:
        return messages.ask(session, *args, **options)

    bytes_or_messages: list[tuple[object, str, object]] = (
        [(http.HTTPConnection, "_new_conn", connect), (http, "wait_for_read", lambda sock, timeout: sock.dropped)]
        if sockets
        else [(http_session.Session, "query", ask)]
    )
    with ExitStack() as patches:
        for target, name, stand_in in (
            *bytes_or_messages,
            (websocket, "open_verified_session", open_session),
            (verified_connections, "monotonic", network.loop.time),
            (http_session, "monotonic", network.loop.time),
            (retry, "random", SimpleNamespace(Random=lambda: random)),
            (engine, "uuid4", uuid4),
            (activities, "uuid4", uuid4),
        ):
            patches.enter_context(patch.object(target, name, stand_in))
        yield
