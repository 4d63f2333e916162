"""A client of the fake Plex server, and a websocket with the activities that a test chooses."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from custom_components.plex_smart_scan.scanner.plex.client import PlexClient
from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError
from custom_components.plex_smart_scan.scanner.plex.events import PlexEvent
from custom_components.plex_smart_scan.scanner.plex.transport.identity import ServerIdentity
from custom_components.plex_smart_scan.scanner.plex.url_and_token import Access
from custom_components.plex_smart_scan.scanner.plex.websocket import PlexWebsocket
from custom_components.plex_smart_scan.scanner.plex.xml import Activity
from tests.fake_plex import FakePlex
from tests.scanner.conftest import NoPausesClock
from tests.scanner.patient_client import make_patient

SCAN_COMPLETE = {"type": "status", "size": 1, "StatusNotification": [{"title": "Library scan complete"}]}


@pytest.fixture
async def client(fake_plex: FakePlex) -> AsyncIterator[PlexClient]:
    """Return a client with a timeout of half a second for responses that a fault delays."""
    client = make_patient(PlexClient(Access(url=fake_plex.url, token=fake_plex.token), timeout=0.5), fake_plex)
    yield client
    await client.close()


class Activities:
    """Returns the server's activities when a test allows it."""

    def __init__(self) -> None:
        """Begin without activities, and return that at once."""
        self.running: tuple[Activity, ...] = ()
        self.failures = 0
        self.questions = 0
        self.answering = asyncio.Event()
        self.answering.set()

    async def __call__(self) -> tuple[Activity, ...]:
        """Return the activities."""
        self.questions += 1
        await self.answering.wait()
        if self.failures:
            self.failures -= 1
            raise PlexError(ErrorKind.SERVER_ERROR, "Plex responded with HTTP status 500")
        return self.running


@pytest.fixture
def activities() -> Activities:
    """Return the activities of the server."""
    return Activities()


@pytest.fixture
def reports() -> list[PlexEvent]:
    """Return the reported events."""
    return []


@pytest.fixture
def websocket(fake_plex: FakePlex, activities: Activities, reports: list[PlexEvent]) -> PlexWebsocket:
    """Return a websocket of the fake Plex that is not connected yet."""
    access = Access(url=fake_plex.url, token=fake_plex.token)
    websocket = PlexWebsocket(access, ServerIdentity(), NoPausesClock(), activities)
    websocket.listen(reports.append)
    return websocket


@pytest.fixture
async def running(websocket: PlexWebsocket) -> AsyncIterator[asyncio.Task[None]]:
    """Start listening; return the task."""
    task = asyncio.create_task(websocket.run())
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition is true."""
    while not condition():  # noqa: ASYNC110 - there is no event for an inner state
        await asyncio.sleep(0.001)
