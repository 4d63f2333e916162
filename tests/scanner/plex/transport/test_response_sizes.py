"""Responses without an end in size, and decompression bombs: each fails at once, and with little memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import gzip
from threading import Event, Thread
from time import perf_counter, thread_time
import tracemalloc
import zlib

import pytest

from custom_components.plex_smart_scan.scanner.plex.client import PlexClient
from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError
from custom_components.plex_smart_scan.scanner.plex.transport.http_session import MAX_RESPONSE

from .hostile_server import LIBRARIES, LONG, HostileServer, Script, respond_forever, respond_once

MEGABYTE = 2**20  # bytes
GZIP, DEFLATE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS
ENDLESS = b"HTTP/1.1 200 OK\r\n\r\n"
GZIPPED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
DEFLATED = GZIPPED.replace(b"gzip", b"deflate")
LARGE_ELEMENT = b"<Directory key='1' title='" + b"x" * 1000 + b"'/>"
INTERVAL = 0.005  # seconds


@dataclass(slots=True)
class HeldLoop:
    """For how long the event loop was held in one go, in seconds.

    `computed` is the processor time of its thread. `blocked` is how much later than another thread it continued, which
    a busy machine delays as much.
    """

    computed: float = 0.0
    blocked: float = 0.0


@asynccontextmanager
async def watch_event_loop() -> AsyncIterator[HeldLoop]:
    """Measure for how long the event loop is held; the result is complete at the end."""
    held, stopped, late, late_thread = HeldLoop(), Event(), [0.0], [0.0]

    async def watch() -> None:
        while True:
            begin, computed = perf_counter(), thread_time()
            await asyncio.sleep(INTERVAL)
            late.append(perf_counter() - begin)
            held.computed = max(held.computed, thread_time() - computed)

    def watch_machine() -> None:
        begin = perf_counter()
        while not stopped.wait(INTERVAL):
            late_thread.append(perf_counter() - begin)
            begin = perf_counter()

    thread = Thread(target=watch_machine)
    thread.start()
    watching = asyncio.create_task(watch())
    await asyncio.sleep(0)  # the task begins to measure
    try:
        yield held
        await asyncio.sleep(2 * INTERVAL)
    finally:
        watching.cancel()
        stopped.set()
        thread.join()
    held.blocked = max(late) - max(late_thread)


def too_large() -> bytes:
    """Return the beginning of a response that is twice as large as the limit."""
    return b"<MediaContainer>" + LARGE_ELEMENT * (2 * MAX_RESPONSE // len(LARGE_ELEMENT))


@pytest.mark.parametrize(
    ("script", "limit"),
    [
        (respond_forever(ENDLESS + b"<MediaContainer>", b"<Directory/>" * 5000), "more than 1,000,000 elements"),
        (respond_forever(ENDLESS + b"<MediaContainer>", LARGE_ELEMENT * 60), "larger than 32 MB"),
        (respond_forever(ENDLESS + b"<MediaContainer title='", b"x" * 65536), "more than 128 kB"),
        (respond_forever(ENDLESS + b"<MediaContainer>", b"x" * 65536), "more than 128 kB"),
        (respond_forever(ENDLESS, b" " * 65536), "larger than 32 MB"),
        (respond_once(gzip.compress(too_large()), b"Content-Encoding: gzip\r\n"), "larger than 32 MB"),
        (respond_once(zlib.compress(too_large()), b"Content-Encoding: deflate\r\n"), "larger than 32 MB"),
    ],
    ids=["elements", "large elements", "attribute", "text", "blanks", "gzip", "deflate"],
)
async def test_reading_stops_at_the_size_limit(
    hostile_server: HostileServer, client: PlexClient, script: Script, limit: str
) -> None:
    """Reading stops at the limit, and the event loop stays responsive while a large response is read and parsed."""
    await client.libraries()
    hostile_server.script = script

    async with watch_event_loop() as held:
        with pytest.raises(PlexError, match=limit) as error:
            await client.libraries()

    assert error.value.kind is ErrorKind.BROKEN_RESPONSE
    assert held.computed < 0.25  # seconds; parsing in the loop takes longer
    assert held.blocked < 1
    hostile_server.script = respond_once(LIBRARIES)
    assert len(await client.libraries()) == 1


def bomb(format_bits: int) -> bytes:
    """Return about 1 MB that is one stream of zlib or gzip, and more than 1 GB of blanks when it is decoded.

    It consists of one block that is compressed once: the block refers to no other one, so it can be repeated. The
    checksum at the end is wrong, but the end is never read.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, format_bits)
    first, block = (packer.compress(b" " * MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + block * 1100 + packer.flush()


@pytest.mark.parametrize(
    ("head", "format_bits", "kind"),
    [
        (GZIPPED, GZIP, ErrorKind.BROKEN_RESPONSE),
        (DEFLATED, DEFLATE, ErrorKind.BROKEN_RESPONSE),
        (GZIPPED.replace(b"200 OK", b"500 No"), GZIP, ErrorKind.SERVER_ERROR),
    ],
    ids=["gzip", "deflate", "a refusal"],
)
async def test_decompression_bomb_uses_little_memory(
    hostile_server: HostileServer, client: PlexClient, head: bytes, format_bits: int, kind: ErrorKind
) -> None:
    """Of more than a gigabyte, only a small part is in memory at any time."""
    await client.libraries()
    hostile_server.script = respond_forever(head + bomb(format_bits), b"", LONG)
    tracemalloc.start()

    with pytest.raises(PlexError) as error:
        await client.libraries()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert error.value.kind is kind
    assert peak < 8 * MEGABYTE


@pytest.mark.parametrize(
    "script",
    [
        respond_forever(GZIPPED + gzip.compress(LIBRARIES), b"\0" * 65536),
        respond_forever(GZIPPED, gzip.compress(LIBRARIES)),
        respond_forever(GZIPPED, gzip.compress(b"") * 1000),
        respond_forever(DEFLATED + zlib.compress(LIBRARIES), b"\0" * 65536),
        respond_forever(GZIPPED.replace(b"200 OK", b"500 No") + gzip.compress(LIBRARIES), b"\0" * 65536),
    ],
    ids=["gzip", "more members", "empty members", "deflate", "a refusal"],
)
async def test_reading_stops_after_the_end_of_compressed_data(
    hostile_server: HostileServer, client: PlexClient, script: Script
) -> None:
    """What follows the end is not read, since it is not part of the response and no limit would apply to it."""
    await client.libraries()
    hostile_server.script, before = script, hostile_server.sent

    async with asyncio.timeout(LONG / 2):
        with pytest.raises(PlexError, match="continues after its end") as error:
            await client.libraries()

    assert error.value.kind is ErrorKind.BROKEN_RESPONSE
    assert hostile_server.sent - before < MAX_RESPONSE / 2  # what is sent is not all read: much fits in the sockets
    hostile_server.script = respond_once(LIBRARIES)
    assert len(await client.libraries()) == 1


@pytest.mark.parametrize(
    "script",
    [
        respond_forever(GZIPPED + gzip.compress(b"")[:3] + b"\x08\0\0\0\0\0\0", b"x" * 65536),
        respond_forever(GZIPPED + gzip.compress(b"")[:10], b"\0\0\0\xff\xff" * 13_000),
        respond_forever(DEFLATED + zlib.compress(b"")[:2], b"\0\0\0\xff\xff" * 13_000),
    ],
    ids=["file name", "empty blocks", "empty blocks of deflate"],
)
async def test_data_that_decodes_to_nothing_is_limited(
    hostile_server: HostileServer, client: PlexClient, script: Script
) -> None:
    """The limit applies to what is sent, too: valid data without an end can decode to nothing."""
    await client.libraries()
    hostile_server.script = script

    async with asyncio.timeout(LONG / 2):
        with pytest.raises(PlexError, match="larger than") as error:
            await client.libraries()

    assert error.value.kind is ErrorKind.BROKEN_RESPONSE
    assert hostile_server.sent < 2 * MAX_RESPONSE
