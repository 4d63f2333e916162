"""A hostile server, and clients of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.plex.client import PlexClient
from custom_components.plex_smart_scan.scanner.plex.url_and_token import Access
from tests.fake_plex.certificates import self_signed_context
from tests.fake_plex.tls_proxy import TlsProxy

from .hostile_server import LONG, HostileServer


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


@pytest.fixture
async def tls_client(hostile_server: HostileServer, tmp_path: Path) -> AsyncIterator[PlexClient]:
    """Return a client that reaches the server over https."""
    proxy = TlsProxy(hostile_server.port, self_signed_context(tmp_path))
    client = PlexClient(Access(url=proxy.url, token="t", verify_ssl=False), timeout=LONG)
    yield client
    await client.close()
    await asyncio.to_thread(proxy.stop)
