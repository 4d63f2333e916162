"""Responses without an end in time, in every encoding, and cut off: each affects only its own request."""

import asyncio
import gzip
import zlib

import pytest

from custom_components.plex_smart_scan.scanner.plex.client import PlexClient
from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError

from .hostile_server import IDENTITY, LIBRARIES, LONG, SHORT, HostileServer, Script, respond_forever, respond_once

DRIPPING_BODY = respond_forever(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n<MediaContainer>", b" ", 0.02)
DRIPPING_HEADERS = respond_forever(b"HTTP/1.1 200 OK\r\n", b"X-Header: drip\r\n", 0.02)


@pytest.mark.parametrize(
    "script",
    [
        DRIPPING_BODY,
        DRIPPING_HEADERS,
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
    await expect_end_at_the_deadline(hostile_server, client, script)


@pytest.mark.parametrize("script", [DRIPPING_BODY, DRIPPING_HEADERS], ids=["body", "headers"])
async def test_dripping_response_over_tls_ends_at_the_deadline(
    hostile_server: HostileServer, tls_client: PlexClient, script: Script
) -> None:
    """A connection over TLS has the same deadline."""
    await expect_end_at_the_deadline(hostile_server, tls_client, script)


async def expect_end_at_the_deadline(server: HostileServer, client: PlexClient, script: Script) -> None:
    """Check that a response ends at the deadline, on a connection that is open already, and that the next is read."""
    await client.libraries()
    server.script = script
    client._questions._timeout = SHORT

    async with asyncio.timeout(LONG / 2):
        with pytest.raises(PlexError) as error:
            await client.libraries()

    assert error.value.kind is ErrorKind.TIMEOUT
    server.script = respond_once(LIBRARIES)
    client._questions._timeout = LONG
    assert [library.title for library in await client.libraries()] == ["Movies"]


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
