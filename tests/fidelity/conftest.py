"""A running fake and a client for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.fake_plex import FakeLibrary, FakePlex, samples
from tests.fidelity.client import Client, Frames


@pytest.fixture
async def client(fake_plex: FakePlex) -> AsyncIterator[Client]:
    """Return a plain client of the fake."""
    async with aiohttp.ClientSession() as session:
        yield Client(fake_plex, session)


@pytest.fixture
async def frames(client: Client) -> AsyncIterator[Frames]:
    """Return an open notification stream."""
    url = f"{client.plex.url}/:/websockets/notifications"
    async with client.session.ws_connect(url, headers={"X-Plex-Token": "server-token"}) as socket:
        yield Frames(socket)


@pytest.fixture
def movies(fake_plex: FakePlex, tmp_path: Path) -> FakeLibrary:
    """Return a movie library with two movies, seeded."""
    root = tmp_path / "movies"
    samples.add_movie(root, "Alpha (2001)")
    samples.add_movie(root, "Beta (2002)", sample=samples.LARGE)
    library = fake_plex.add_library("Movies", "movie", {"/data/movies": root})
    fake_plex.seed()
    return library


@pytest.fixture
def shows(fake_plex: FakePlex, tmp_path: Path) -> FakeLibrary:
    """Return a show library with one season of three episodes, seeded."""
    root = tmp_path / "tv"
    for episode in (1, 2, 3):
        samples.add_episode(root, "Gamma", 1, episode)
    library = fake_plex.add_library("TV Shows", "show", {"/data/tv": root})
    fake_plex.seed()
    return library
