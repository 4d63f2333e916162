"""Responses without an end in time or size, and decompression bombs: each fails as its own request, in time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
import gzip
from time import monotonic, perf_counter
import tracemalloc
import zlib

import pytest

from custom_components.plex_smart_scan.scanner.plex.client import PlexClient
from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError
from custom_components.plex_smart_scan.scanner.plex.transport.http_session import MAX_RESPONSE
from custom_components.plex_smart_scan.scanner.plex.url_and_token import Access

type Write = Callable[[bytes], Awaitable[None]]
type Script = Callable[[Write], Awaitable[None]]

IDENTITY = b'<MediaContainer machineIdentifier="hostile"/>'
SHORT, LONG = 0.5, 60.0  # timeouts in seconds; a busy machine does not exceed the long one
LIBRARIES = b'<MediaContainer size="1"><Directory key="1" type="movie" title="Movies"/></MediaContainer>'


class HostileServer:
    """A server that identifies itself, and then responds as a script says."""

    def __init__(self) -> None:
        """Begin with good responses."""
        self.script: Script = respond_once(LIBRARIES)
        self.identity: Script = respond_once(IDENTITY)
        self.closes = False
        self.requests: list[str] = []
        self.url = ""
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Stop listening, and end running responses."""
        assert self._server
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)

        async def write(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split()[1].decode()
                self.requests.append(path)
                await (self.identity if path == "/identity" else self.script)(write)
                if self.closes:
                    break
        except OSError, asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


def response(body: bytes, headers: bytes = b"") -> bytes:
    """Return a complete response."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s" % (len(body), headers, body)


def respond_once(body: bytes, headers: bytes = b"") -> Script:
    """Respond with a body at once."""

    async def script(write: Write) -> None:
        await write(response(body, headers))

    return script


def respond_forever(head: bytes, piece: bytes, pause: float = 0.0) -> Script:
    """Respond forever."""

    async def script(write: Write) -> None:
        await write(head)
        while True:
            await write(piece)
            await asyncio.sleep(pause)

    return script


@pytest.fixture
async def hostile_server(socket_enabled: None) -> AsyncIterator[HostileServer]:
    """Return a hostile server."""
    server = HostileServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def client(hostile_server: HostileServer) -> AsyncIterator[PlexClient]:
    """Return a client."""
    client = PlexClient(Access(url=hostile_server.url, token="t"), timeout=LONG)
    yield client
    await client.close()


STREAM = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n<MediaContainer>"


@pytest.mark.parametrize(
    "script",
    [
        respond_forever(STREAM, b" ", 0.02),
        respond_forever(b"HTTP/1.1 200 OK\r\n", b"X-Header: drip\r\n", 0.02),
        respond_forever(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x", 0.02),
        respond_forever(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", 0.02),
        respond_forever(b"HTTP/1.1 500 No\r\nContent-Length: 99999\r\n\r\n", b" ", 0.02),
        respond_forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.02),
    ],
    ids=["body", "headers", "one header", "chunks", "a refusal", "100 Continue"],
)
async def test_dripping_response_ends_at_the_deadline(
    hostile_server: HostileServer, client: PlexClient, script: Script
) -> None:
    """A byte now and then occupies a channel until the deadline of the whole response, not longer."""
    hostile_server.script = script
    client._questions._timeout = SHORT
    begin = monotonic()

    with pytest.raises(PlexError) as error:
        await client.libraries()

    assert error.value.kind is ErrorKind.TIMEOUT
    assert monotonic() - begin < LONG / 2
    hostile_server.script = respond_once(LIBRARIES)
    client._questions._timeout = LONG
    assert [library.title for library in await client.libraries()] == ["Movies"]


@pytest.mark.parametrize(
    "script",
    [
        respond_forever(b"HTTP/1.1 200 OK\r\n\r\n<MediaContainer>", b"<Directory key='1'/>" * 5000),
        respond_forever(b"HTTP/1.1 200 OK\r\n\r\n<MediaContainer title='", b"x" * 65536),
        respond_forever(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 65536),
        respond_once(
            gzip.compress(b"<MediaContainer title='" + b"x" * 2 * MAX_RESPONSE), b"Content-Encoding: gzip\r\n"
        ),
        respond_once(
            zlib.compress(b"<MediaContainer title='" + b"x" * 2 * MAX_RESPONSE), b"Content-Encoding: deflate\r\n"
        ),
    ],
    ids=["elements", "text", "blanks", "gzip", "deflate"],
)
async def test_reading_stops_at_the_size_limit(
    hostile_server: HostileServer, client: PlexClient, script: Script
) -> None:
    """Reading stops at the limit, and the event loop stays responsive."""
    hostile_server.script = script
    late: list[float] = []

    async def watch() -> None:
        while True:
            begin = perf_counter()
            await asyncio.sleep(0.005)
            late.append(perf_counter() - begin)

    watching = asyncio.create_task(watch())
    with pytest.raises(PlexError, match=r"more than|larger than") as error:
        await client.libraries()
    watching.cancel()

    assert error.value.kind is ErrorKind.BROKEN_RESPONSE
    assert max(late, default=0) < 5  # seconds, also on a busy machine
    hostile_server.script = respond_once(LIBRARIES)
    assert len(await client.libraries()) == 1


async def test_decompression_bomb_uses_little_memory(hostile_server: HostileServer, client: PlexClient) -> None:
    """Four gigabytes of zeroes in one body are never in memory."""
    million = gzip.compress(b"\0" * 2**20, 9)
    hostile_server.script = respond_once(
        gzip.compress(b"<MediaContainer/>") + million * 1000, b"Content-Encoding: gzip\r\n"
    )
    tracemalloc.start()

    with suppress(PlexError):
        await client.libraries()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 64 * 2**20


@pytest.mark.parametrize("encoding", [b"br", b"zstd", b"gzip, gzip", b"compress"])
async def test_encoding_that_was_not_requested_is_not_decoded(
    hostile_server: HostileServer, client: PlexClient, encoding: bytes
) -> None:
    """It is not decoded."""
    hostile_server.script = respond_once(b"x", b"Content-Encoding: %s\r\n" % encoding)

    with pytest.raises(PlexError) as error:
        await client.libraries()

    assert error.value.kind is ErrorKind.BROKEN_RESPONSE


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(LIBRARIES), b"Content-Encoding: gzip\r\n"),
        (zlib.compress(LIBRARIES), b"Content-Encoding: deflate\r\n"),
        (LIBRARIES, b"Content-Type: text/xml\r\n"),
        ("<?xml version='1.0' encoding='utf-16'?>".encode("utf-16") + LIBRARIES.decode().encode("utf-16-le"), b""),
        (b"\n  " + LIBRARIES, b""),
    ],
    ids=["gzip", "deflate", "no charset", "utf-16", "blank before"],
)
async def test_every_valid_encoding_is_read(
    hostile_server: HostileServer, client: PlexClient, body: bytes, headers: bytes
) -> None:
    """Every valid encoding by a server or proxy is read."""
    hostile_server.script = respond_once(body, headers)

    assert [library.title for library in await client.libraries()] == ["Movies"]


@pytest.mark.parametrize("body", [gzip.compress(LIBRARIES)[:-9], b"no gzip"], ids=["cut", "none"])
async def test_broken_gzip_is_a_broken_response(hostile_server: HostileServer, client: PlexClient, body: bytes) -> None:
    """It is a broken response."""
    hostile_server.script = respond_once(body, b"Content-Encoding: gzip\r\n")

    with pytest.raises(PlexError) as error:
        await client.libraries()

    assert error.value.kind is ErrorKind.BROKEN_RESPONSE


async def test_entity_expansion_is_limited(hostile_server: HostileServer, client: PlexClient) -> None:
    """The XML parser stops a billion laughs."""
    entities = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 12))
    body = f"<!DOCTYPE x [<!ENTITY e0 'haha'>{entities}]><MediaContainer title='&e11;'/>"
    hostile_server.script = respond_once(body.encode())

    with pytest.raises(PlexError) as error:
        await client.libraries()

    assert error.value.kind is ErrorKind.BROKEN_RESPONSE


async def test_proxy_that_closes_every_connection_is_supported(
    hostile_server: HostileServer, client: PlexClient
) -> None:
    """If a connection ends right after its verification, the next one is used without another."""
    hostile_server.closes = True
    hostile_server.identity = respond_once(IDENTITY, b"Connection: close\r\n")
    hostile_server.script = respond_once(LIBRARIES, b"Connection: close\r\n")

    for _ in range(2):
        assert len(await client.libraries()) == 1

    assert hostile_server.requests[-2:] == ["/identity", "/library/sections"]


async def test_deadline_includes_the_verification(hostile_server: HostileServer, client: PlexClient) -> None:
    """The deadline includes the verification of the server."""
    hostile_server.identity = respond_forever(b"HTTP/1.1 200 OK\r\n", b"X-Header: drip\r\n", 0.02)
    client._questions._timeout = SHORT

    with pytest.raises(PlexError) as error:
        await client.libraries()

    assert error.value.kind is ErrorKind.TIMEOUT
