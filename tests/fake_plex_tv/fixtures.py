"""Fixtures of the fake plex.tv, to be registered as a pytest plugin."""

from collections.abc import AsyncIterator

import pytest

from tests.fake_plex_tv.models import Account
from tests.fake_plex_tv.server import FakePlexTv


@pytest.fixture
async def fake_plex_tv(socket_enabled: None) -> AsyncIterator[FakePlexTv]:
    """Return a running plex.tv without accounts."""
    plex_tv = FakePlexTv()
    await plex_tv.start()
    yield plex_tv
    await plex_tv.stop()


@pytest.fixture
def owner(fake_plex_tv: FakePlexTv) -> Account:
    """Return an account, without servers so far."""
    return fake_plex_tv.add_account("owner")
