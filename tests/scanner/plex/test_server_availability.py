"""Whether the server is available, and what waits while it is not."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from custom_components.plex_smart_scan.scanner.models import Reason
from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError, kind_of_status
from custom_components.plex_smart_scan.scanner.plex.retry import MAX_ATTEMPTS, RetryAction, decide_retry
from custom_components.plex_smart_scan.scanner.plex.server_availability import ConnectionState, ServerAvailability
from tests.scanner.builders import FrozenClock, work

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


type Ask = Callable[[], Awaitable[str]]


async def test_request_to_an_available_server_is_sent_without_a_probe(
    availability: ServerAvailability, server: Server, reports: list[ConnectionState]
) -> None:
    """A request to an available server is sent once, without a probe."""
    assert await availability.call(server.request) == "answer"

    assert (server.questions, server.probes, reports) == (1, 0, [])
    assert availability.reason is None


@pytest.mark.parametrize("kind", [ErrorKind.NETWORK, ErrorKind.UNAVAILABLE, ErrorKind.STARTING_UP, ErrorKind.NOT_PLEX])
async def test_request_waits_for_the_end_of_a_long_outage(
    availability: ServerAvailability,
    server: Server,
    clock: FrozenClock,
    reports: list[ConnectionState],
    kind: ErrorKind,
) -> None:
    """A request waits however long the outage lasts, and succeeds after it."""
    server.fail(kind)
    asking = asyncio.create_task(availability.call(server.request))

    await clock.forward(12 * HOUR)
    assert not asking.done()
    assert availability.reason is Reason.SERVER_OFFLINE
    server.recover()
    await clock.forward(HOUR)

    assert await asking == "answer"
    assert reports == [ConnectionState.OFFLINE, ConnectionState.ONLINE]


async def test_waiting_requests_share_one_probe(
    availability: ServerAvailability, server: Server, clock: FrozenClock, reports: list[ConnectionState]
) -> None:
    """However many requests wait, there is one probe, at growing intervals."""
    server.fail(ErrorKind.NETWORK)
    asking = [asyncio.create_task(availability.call(server.request)) for _ in range(100)]
    await work()
    asked = server.questions
    waiting = [asyncio.create_task(availability.call(server.request)) for _ in range(100)]

    await clock.forward(HOUR)

    assert server.questions == asked
    assert 12 <= server.probes <= 30
    server.recover()
    await clock.forward(HOUR)
    assert await asyncio.gather(*asking, *waiting) == ["answer"] * 200
    assert reports == [ConnectionState.OFFLINE, ConnectionState.ONLINE]


async def test_probe_interval_grows_to_five_minutes(
    availability: ServerAvailability, server: Server, clock: FrozenClock
) -> None:
    """The first probe follows after about 2 seconds, later ones every five minutes."""
    server.fail(ErrorKind.NETWORK)
    asking = asyncio.create_task(availability.call(server.request))
    await clock.forward(3)
    assert server.probes == 1

    await clock.forward(HOUR)
    before = server.probes
    await clock.forward(HOUR)

    assert 9 <= server.probes - before <= 16
    asking.cancel()
    await availability.close()


async def test_probe_is_sent_immediately_on_request(
    availability: ServerAvailability, server: Server, clock: FrozenClock
) -> None:
    """The user's button, or a websocket that connects, causes a probe at once."""
    server.fail(ErrorKind.NETWORK)
    asking = asyncio.create_task(availability.call(server.request))
    await clock.forward(HOUR)
    server.recover()

    availability.probe_now()
    await work()

    assert asking.done()


async def test_no_request_is_sent_before_retry_after(
    availability: ServerAvailability, server: Server, clock: FrozenClock
) -> None:
    """No request is sent before the time in Retry-After."""
    server.fail(ErrorKind.RATE_LIMITED, retry_after=90)
    asking = asyncio.create_task(availability.call(server.request))
    await work()
    server.recover()

    await clock.forward(89)
    assert (server.questions, server.probes) == (1, 0)
    await clock.forward(1)

    assert await asking == "answer"


@pytest.mark.parametrize("kind", [ErrorKind.BAD_REQUEST, ErrorKind.PERMISSION, ErrorKind.NOT_FOUND])
async def test_error_of_one_request_does_not_delay_others(
    availability: ServerAvailability, server: Server, reports: list[ConnectionState], kind: ErrorKind
) -> None:
    """An error of one request is raised to its caller, and delays no other."""
    server.fail(kind, probe=False)

    with pytest.raises(PlexError) as caught:
        await availability.call(server.request)

    assert caught.value.kind is kind
    assert (availability.state, reports) == (ConnectionState.ONLINE, [])


@pytest.mark.parametrize("kind", [ErrorKind.BAD_REQUEST, ErrorKind.PERMISSION, ErrorKind.TLS])
async def test_error_of_every_request_is_an_outage(
    availability: ServerAvailability, server: Server, clock: FrozenClock, kind: ErrorKind
) -> None:
    """A proxy's 400, a 403 to everything and an expired certificate are outages."""
    server.fail(kind)
    asking = asyncio.create_task(availability.call(server.request))
    await clock.forward(3600)
    assert availability.state is ConnectionState.OFFLINE
    assert not asking.done()

    server.recover()
    await clock.forward(600)

    assert await asking == "answer"


def make_compared(server: Server, clock: FrozenClock, error: PlexError | None) -> ServerAvailability:
    """Return an availability whose comparison fails with this error while requests fail, or always succeeds."""

    async def compare() -> None:
        if error and server.error:
            raise error

    return ServerAvailability(server.probe, clock, compare=compare)


REFUSALS = [ErrorKind.BAD_REQUEST, ErrorKind.PERMISSION]


@pytest.mark.parametrize("kind", REFUSALS)
@pytest.mark.parametrize("other", REFUSALS)
async def test_refusal_of_everything_but_the_probe_is_an_outage(
    server: Server, clock: FrozenClock, kind: ErrorKind, other: ErrorKind
) -> None:
    """A proxy that lets only the probe through is an outage."""
    availability = make_compared(server, clock, PlexError(other, "refused as well"))
    server.fail(kind, probe=False)
    asking = asyncio.create_task(availability.call(server.request))
    await clock.forward(HOUR)
    assert availability.state is ConnectionState.OFFLINE

    server.recover()
    await clock.forward(HOUR)

    assert await asking == "answer"


@pytest.mark.parametrize("kind", REFUSALS)
async def test_refusal_is_raised_if_the_comparison_succeeds(
    server: Server, clock: FrozenClock, kind: ErrorKind
) -> None:
    """A refusal is real if the comparison succeeds."""
    availability = make_compared(server, clock, None)
    server.fail(kind, probe=False)

    with pytest.raises(PlexError, match=kind):
        await availability.call(server.request)

    assert availability.state is ConnectionState.ONLINE


@pytest.mark.parametrize("other", [ErrorKind.TIMEOUT, ErrorKind.BROKEN_RESPONSE, ErrorKind.SERVER_ERROR])
@pytest.mark.parametrize("kind", REFUSALS)
async def test_refused_request_is_retried_if_the_comparison_fails(
    server: Server, clock: FrozenClock, kind: ErrorKind, other: ErrorKind
) -> None:
    """A failed comparison is no outage, and the refused request is retried."""
    availability = make_compared(server, clock, PlexError(other, "not well"))
    server.fail(kind, probe=False)

    with pytest.raises(PlexError, match="not well") as caught:
        await availability.call(server.request)

    assert decide_retry(caught.value, 1).action is RetryAction.RETRY
    assert availability.state is ConnectionState.ONLINE


async def test_outage_during_the_comparison_is_an_outage(server: Server, clock: FrozenClock) -> None:
    """A server that becomes unavailable between the probe and the comparison is unavailable."""
    availability = make_compared(server, clock, PlexError(ErrorKind.NETWORK, "refused"))
    server.fail(ErrorKind.BAD_REQUEST, probe=False)
    asking = asyncio.create_task(availability.call(server.request))
    await work()
    assert availability.state is ConnectionState.OFFLINE

    server.recover()
    await clock.forward(HOUR)

    assert await asking == "answer"


@pytest.mark.parametrize("kind", [ErrorKind.TIMEOUT, ErrorKind.BROKEN_RESPONSE, ErrorKind.SERVER_ERROR])
async def test_only_refusals_are_compared(server: Server, clock: FrozenClock, kind: ErrorKind) -> None:
    """A broken list of libraries is no outage: only refusals are compared."""
    availability = make_compared(server, clock, PlexError(kind, "the library list"))
    server.fail(kind, probe=False)

    with pytest.raises(PlexError, match=kind):
        await availability.call(server.request)

    assert availability.state is ConnectionState.ONLINE


IN_DOUBT = [
    ErrorKind.TIMEOUT,
    ErrorKind.BROKEN_RESPONSE,
    ErrorKind.SERVER_ERROR,
    ErrorKind.UNAVAILABLE,
    ErrorKind.NOT_PLEX,
]


@pytest.mark.parametrize("kind", IN_DOUBT)
async def test_request_that_keeps_failing_fails_after_a_limit(
    availability: ServerAvailability, server: Server, reports: list[ConnectionState], kind: ErrorKind
) -> None:
    """A request that fails while the server answers the probe delays no other.

    It is retried a limited number of times, and then fails.
    """
    server.fail(kind, probe=False, retry_after=7)

    with pytest.raises(PlexError) as caught:
        await availability.call(server.request)

    assert decide_retry(caught.value, 1).action is RetryAction.RETRY
    assert decide_retry(caught.value, MAX_ATTEMPTS).action is RetryAction.GIVE_UP
    assert (str(caught.value), caught.value.retry_after) == (str(kind), 7)
    assert (server.probes, reports) == (1, [])


@pytest.mark.parametrize(("kind", "probe"), pairwise([*IN_DOUBT, IN_DOUBT[0]]))
async def test_server_whose_probe_fails_is_unavailable(
    availability: ServerAvailability,
    server: Server,
    clock: FrozenClock,
    reports: list[ConnectionState],
    kind: ErrorKind,
    probe: ErrorKind,
) -> None:
    """If the probe fails too, in any way, the server is unavailable: no request fails."""
    server.fail(kind)
    server.probe_error = PlexError(probe, "not well either")
    asking = asyncio.create_task(availability.call(server.request))
    await clock.forward(HOUR)
    assert (server.questions, availability.reason) == (1, Reason.SERVER_OFFLINE)

    server.recover()
    await clock.forward(HOUR)

    assert await asking == "answer"
    assert reports == [ConnectionState.OFFLINE, ConnectionState.ONLINE]


async def test_simultaneous_errors_share_one_probe(availability: ServerAvailability, server: Server) -> None:
    """However many requests fail at once, there is one probe."""
    server.fail(ErrorKind.SERVER_ERROR, probe=False)

    errors = await asyncio.gather(*(availability.call(server.request) for _ in range(100)), return_exceptions=True)

    assert all(isinstance(error, PlexError) for error in errors)
    assert server.probes == 1


async def test_error_reported_from_outside_is_checked(
    availability: ServerAvailability, server: Server, clock: FrozenClock, reports: list[ConnectionState]
) -> None:
    """An error from outside is checked like any other."""
    server.fail(ErrorKind.UNAVAILABLE, probe=False)
    with pytest.raises(PlexError, match="one question"):
        await availability.handle_error(PlexError(ErrorKind.UNAVAILABLE, "one question"))
    assert reports == []

    server.fail(ErrorKind.UNAVAILABLE)
    await availability.handle_error(PlexError(ErrorKind.UNAVAILABLE, "all of them"))
    await availability.handle_error(PlexError(ErrorKind.UNAVAILABLE, "known already"))
    assert (reports, server.probes) == ([ConnectionState.OFFLINE], 2)

    server.recover()
    await clock.forward(HOUR)
    assert reports == [ConnectionState.OFFLINE, ConnectionState.ONLINE]


async def test_outage_ends_although_one_request_still_fails(
    availability: ServerAvailability, server: Server, clock: FrozenClock, reports: list[ConnectionState]
) -> None:
    """The outage ends once, except for that request."""
    server.fail(ErrorKind.UNAVAILABLE)
    asking = asyncio.create_task(availability.call(server.request))
    await clock.forward(10)
    server.fail(ErrorKind.UNAVAILABLE, probe=False)
    await clock.forward(HOUR)

    with pytest.raises(PlexError):
        await asking
    with pytest.raises(PlexError):
        await availability.call(server.request)
    assert reports == [ConnectionState.OFFLINE, ConnectionState.ONLINE]


async def test_server_that_does_not_answer_the_probe_is_unavailable(
    availability: ServerAvailability, server: Server, clock: FrozenClock, reports: list[ConnectionState]
) -> None:
    """A server that does not answer the probe either is unavailable."""
    server.fail(ErrorKind.TIMEOUT)
    asking = asyncio.create_task(availability.call(server.request))
    await clock.forward(HOUR)
    assert availability.state is ConnectionState.OFFLINE

    server.recover()
    await clock.forward(HOUR)

    assert await asking == "answer"
    assert reports == [ConnectionState.OFFLINE, ConnectionState.ONLINE]


async def test_rejected_token_stops_all_requests(
    availability: ServerAvailability, server: Server, clock: FrozenClock, reports: list[ConnectionState]
) -> None:
    """A rejected token stops everything until the user acts; no requests are sent, and none is lost."""
    server.fail(ErrorKind.AUTH)
    asking = asyncio.create_task(availability.call(server.request))
    await clock.forward(24 * HOUR)

    assert (server.questions, server.probes) == (1, 1)
    assert availability.reason is Reason.NOT_AUTHORIZED
    assert reports == [ConnectionState.UNAUTHORIZED]
    assert not asking.done()

    server.recover()
    availability.confirm_authorized()
    assert await asking == "answer"
    assert reports == [ConnectionState.UNAUTHORIZED, ConnectionState.ONLINE]


async def test_token_without_permission_is_not_rejected(
    availability: ServerAvailability, server: Server, reports: list[ConnectionState]
) -> None:
    """A token that may read but not scan lacks a permission; the user need not sign in again."""
    server.fail(ErrorKind.AUTH, probe=False)

    with pytest.raises(PlexError) as caught:
        await availability.call(server.request)

    assert caught.value.kind is ErrorKind.PERMISSION
    assert reports == []


async def test_token_rejected_after_an_outage_stops_all_requests(
    availability: ServerAvailability, server: Server, clock: FrozenClock, reports: list[ConnectionState]
) -> None:
    """If the server rejects the token after the outage, all requests stop."""
    server.fail(ErrorKind.NETWORK)
    asking = asyncio.create_task(availability.call(server.request))
    await clock.forward(HOUR)
    server.fail(ErrorKind.AUTH)
    await clock.forward(HOUR)
    probes = server.probes
    await clock.forward(HOUR)

    assert reports == [ConnectionState.OFFLINE, ConnectionState.UNAUTHORIZED]
    assert server.probes == probes
    asking.cancel()


@pytest.mark.parametrize(
    "kind", [ErrorKind.SERVER_ERROR, ErrorKind.BROKEN_RESPONSE, ErrorKind.TLS, ErrorKind.NOT_FOUND]
)
async def test_server_is_unavailable_until_a_probe_succeeds(
    availability: ServerAvailability,
    server: Server,
    clock: FrozenClock,
    reports: list[ConnectionState],
    kind: ErrorKind,
) -> None:
    """Whatever a starting server returns, it is unavailable until a probe succeeds."""
    server.fail(ErrorKind.NETWORK)
    asking = asyncio.create_task(availability.call(server.request))
    await clock.forward(10)
    server.fail(kind)
    await clock.forward(HOUR)
    assert reports == [ConnectionState.OFFLINE]

    server.recover()
    await clock.forward(HOUR)

    assert await asking == "answer"


async def test_starting_server_is_reported_once(
    availability: ServerAvailability, server: Server, clock: FrozenClock, reports: list[ConnectionState]
) -> None:
    """A starting server answers reads and refuses commands with 400: that is one outage, reported once."""
    server.fail(kind_of_status(400, "the server is still starting up"), probe=False)
    asking = asyncio.create_task(availability.call(server.request))
    await clock.forward(30)
    assert not asking.done()

    server.recover()
    await clock.forward(HOUR)

    assert await asking == "answer"
    assert reports == [ConnectionState.OFFLINE, ConnectionState.ONLINE]


async def test_close_ends_the_probing(availability: ServerAvailability, server: Server, clock: FrozenClock) -> None:
    """Closing ends the probing; waiting requests are cancelled by their owner."""
    server.fail(ErrorKind.NETWORK)
    asking = asyncio.create_task(availability.call(server.request))
    await clock.forward(10)

    await availability.close()
    probes = server.probes
    await clock.forward(HOUR)

    assert server.probes == probes
    asking.cancel()


async def test_unexpected_error_is_raised_unchanged(availability: ServerAvailability) -> None:
    """An unexpected error is raised unchanged."""

    async def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await availability.call(broken)


async def test_successful_probe_ends_the_outage_without_requests(
    availability: ServerAvailability, server: Server, clock: FrozenClock, reports: list[ConnectionState]
) -> None:
    """A successful probe is sufficient if no request waits."""
    server.fail(ErrorKind.NETWORK)
    availability.set_offline(PlexError(ErrorKind.NETWORK, "refused"))
    availability.set_offline(PlexError(ErrorKind.NETWORK, "refused"))
    await clock.forward(10)
    server.recover()
    await clock.forward(HOUR)

    assert reports == [ConnectionState.OFFLINE, ConnectionState.ONLINE]


async def test_outage_ends_after_waiting_requests_were_cancelled(
    availability: ServerAvailability, server: Server, clock: FrozenClock, reports: list[ConnectionState]
) -> None:
    """The outage ends even if the waiting request was cancelled or has failed."""
    server.fail(ErrorKind.NETWORK)
    leaving = asyncio.create_task(availability.call(server.request))
    refused = asyncio.create_task(availability.call(server.request))
    await clock.forward(10)
    leaving.cancel()
    server.fail(ErrorKind.BAD_REQUEST, probe=False)
    await clock.forward(HOUR)

    with pytest.raises(PlexError):
        await refused
    assert reports == [ConnectionState.OFFLINE, ConnectionState.ONLINE]
