"""A client of the fake Plex server."""

from collections.abc import AsyncIterator

import pytest

from custom_components.plex_smart_scan.scanner.plex.client import PlexClient
from custom_components.plex_smart_scan.scanner.plex.url_and_token import Access
from tests.fake_plex import FakePlex


@pytest.fixture
async def client(fake_plex: FakePlex) -> AsyncIterator[PlexClient]:
    """Return a client with a timeout of half a second."""
    client = PlexClient(Access(url=fake_plex.url, token=fake_plex.token), timeout=0.5)
    yield client
    await client.close()
