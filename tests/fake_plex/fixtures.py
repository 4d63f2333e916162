"""Fixtures of the fake, to be registered as a pytest plugin."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fake_plex import samples
from tests.fake_plex.server import FakePlex


@pytest.fixture
async def fake_plex(socket_enabled: None) -> AsyncIterator[FakePlex]:
    """Return a running server without libraries."""
    plex = FakePlex()
    await plex.start()
    yield plex
    await plex.stop()


@pytest.fixture
def media() -> Path:
    """Return the folder of the sample files."""
    return samples.MEDIA
