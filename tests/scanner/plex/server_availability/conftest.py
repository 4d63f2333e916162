"""A server with errors that a test chooses, and its availability."""

import pytest

from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError
from custom_components.plex_smart_scan.scanner.plex.server_availability import ConnectionState, ServerAvailability
from tests.scanner.builders import FrozenClock

HOUR = 3600.0


class Server:
    """A server with a probe, and a request that counts its calls."""

    def __init__(self) -> None:
        """Begin without errors."""
        self.error: PlexError | None = None
        self.probe_error: PlexError | None = None
        self.probes = 0
        self.questions = 0
        self.answers = 0

    async def probe(self) -> str:
        """Answer the probe."""
        self.probes += 1
        if self.probe_error:
            raise self.probe_error
        return "I am Plex"

    async def request(self) -> str:
        """Answer any other request."""
        self.questions += 1
        if self.error:
            raise self.error
        self.answers += 1
        return "answer"

    def fail(self, kind: ErrorKind, *, probe: bool = True, retry_after: float | None = None) -> None:
        """Raise an error from now on; with `probe` also for the probe."""
        self.error = PlexError(kind, f"{kind}", retry_after=retry_after)
        self.probe_error = self.error if probe else None

    def recover(self) -> None:
        """Work again."""
        self.error = self.probe_error = None


@pytest.fixture
def server() -> Server:
    """Return a server without errors."""
    return Server()


@pytest.fixture
def clock() -> FrozenClock:
    """Return a clock that stands still."""
    return FrozenClock()


@pytest.fixture
def reports() -> list[ConnectionState]:
    """Return the reported changes."""
    return []


@pytest.fixture
def availability(server: Server, clock: FrozenClock, reports: list[ConnectionState]) -> ServerAvailability:
    """Return the availability of the server."""
    return ServerAvailability(server.probe, clock, lambda state, _error: reports.append(state))
