"""Whether the server is there, and what all_jobs does while it is not."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from custom_components.plex_smart_scan.scanner.models import Reason
from custom_components.plex_smart_scan.scanner.plex.availability import ConnectionState, ServerAvailability
from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError, kind_of_status
from custom_components.plex_smart_scan.scanner.plex.retry import MAX_ATTEMPTS, RetryAction, decide_retry
from tests.scanner.made import FrozenClock, work

HOUR = 3600.0


class Server:
    """What is asked of a server: a probe, and a question that counts how often it was asked."""

    def __init__(self) -> None:
        """Begin in good health."""
        self.error: PlexError | None = None
        self.probe_error: PlexError | None = None
        self.probes = 0
        self.questions = 0
        self.answers = 0

    async def probe(self) -> str:
        """Answer the simple question."""
        self.probes += 1
        if self.probe_error:
            raise self.probe_error
        return "I am Plex"

    async def question(self) -> str:
        """Answer any other."""
        self.questions += 1
        if self.error:
            raise self.error
        self.answers += 1
        return "answer"

    def fail(self, kind: ErrorKind, *, probe: bool = True, retry_after: float | None = None) -> None:
        """Answer with an error from now on; with `probe` to everything."""
        self.error = PlexError(kind, f"{kind}", retry_after=retry_after)
        self.probe_error = self.error if probe else None

    def recover(self) -> None:
        """Be well again."""
        self.error = self.probe_error = None


@pytest.fixture
def server() -> Server:
    """Return a server in good health."""
    return Server()


@pytest.fixture
def clock() -> FrozenClock:
    """Return a clock that stands still."""
    return FrozenClock()


@pytest.fixture
def told() -> list[ConnectionState]:
    """Return the changes that were told."""
    return []


@pytest.fixture
def availability(server: Server, clock: FrozenClock, told: list[ConnectionState]) -> ServerAvailability:
    """Return a availability to the server."""
    return ServerAvailability(server.probe, clock, lambda state, _error: told.append(state))


type Ask = Callable[[], Awaitable[str]]


async def test_there(availability: ServerAvailability, server: Server, told: list[ConnectionState]) -> None:
    """A server that is there is asked once, without a probe."""
    assert await availability.call(server.question) == "answer"

    assert (server.questions, server.probes, told) == (1, 0, [])
    assert availability.reason is None


@pytest.mark.parametrize("kind", [ErrorKind.NETWORK, ErrorKind.UNAVAILABLE, ErrorKind.STARTING_UP, ErrorKind.NOT_PLEX])
async def test_away_for_hours(
    availability: ServerAvailability, server: Server, clock: FrozenClock, told: list[ConnectionState], kind: ErrorKind
) -> None:
    """A question waits however long the server is away, and is answered once it is back."""
    server.fail(kind)
    asking = asyncio.create_task(availability.call(server.question))

    await clock.forward(12 * HOUR)
    assert not asking.done()
    assert availability.reason is Reason.SERVER_OFFLINE
    server.recover()
    await clock.forward(HOUR)

    assert await asking == "answer"
    assert told == [ConnectionState.OFFLINE, ConnectionState.ONLINE]


async def test_one_probe_for_all(
    availability: ServerAvailability, server: Server, clock: FrozenClock, told: list[ConnectionState]
) -> None:
    """However many wait, the server is asked by one, less and less often."""
    server.fail(ErrorKind.NETWORK)
    asking = [asyncio.create_task(availability.call(server.question)) for _ in range(100)]
    await work()
    asked = server.questions
    waiting = [asyncio.create_task(availability.call(server.question)) for _ in range(100)]

    await clock.forward(HOUR)

    assert server.questions == asked
    assert 12 <= server.probes <= 30
    server.recover()
    await clock.forward(HOUR)
    assert await asyncio.gather(*asking, *waiting) == ["answer"] * 200
    assert told == [ConnectionState.OFFLINE, ConnectionState.ONLINE]


async def test_less_and_less_often(availability: ServerAvailability, server: Server, clock: FrozenClock) -> None:
    """The first probe comes after about 2 seconds, later ones every five minutes."""
    server.fail(ErrorKind.NETWORK)
    asking = asyncio.create_task(availability.call(server.question))
    await clock.forward(3)
    assert server.probes == 1

    await clock.forward(HOUR)
    before = server.probes
    await clock.forward(HOUR)

    assert 9 <= server.probes - before <= 16
    asking.cancel()
    await availability.close()


async def test_asked_to_hurry(availability: ServerAvailability, server: Server, clock: FrozenClock) -> None:
    """A person who presses the button, or a websocket that opens, need not wait for the next probe."""
    server.fail(ErrorKind.NETWORK)
    asking = asyncio.create_task(availability.call(server.question))
    await clock.forward(HOUR)
    server.recover()

    availability.hurry()
    await work()

    assert asking.done()


async def test_retry_after(availability: ServerAvailability, server: Server, clock: FrozenClock) -> None:
    """A server that names a time is not asked before."""
    server.fail(ErrorKind.RATE_LIMITED, retry_after=90)
    asking = asyncio.create_task(availability.call(server.question))
    await work()
    server.recover()

    await clock.forward(89)
    assert (server.questions, server.probes) == (1, 0)
    await clock.forward(1)

    assert await asking == "answer"


@pytest.mark.parametrize("kind", [ErrorKind.BAD_REQUEST, ErrorKind.PERMISSION, ErrorKind.NOT_FOUND])
async def test_error_of_one_question(
    availability: ServerAvailability, server: Server, told: list[ConnectionState], kind: ErrorKind
) -> None:
    """What concerns one question alone is raised to who asked, and holds up nobody else."""
    server.fail(kind, probe=False)

    with pytest.raises(PlexError) as caught:
        await availability.call(server.question)

    assert caught.value.kind is kind
    assert (availability.state, told) == (ConnectionState.ONLINE, [])


@pytest.mark.parametrize("kind", [ErrorKind.BAD_REQUEST, ErrorKind.PERMISSION, ErrorKind.TLS])
async def test_what_is_said_of_everything_concerns_no_request(
    availability: ServerAvailability, server: Server, clock: FrozenClock, kind: ErrorKind
) -> None:
    """A proxy's 400, a 403 to everything, an expired certificate: an outage, after which it is asked again."""
    server.fail(kind)
    asking = asyncio.create_task(availability.call(server.question))
    await clock.forward(3600)
    assert availability.state is ConnectionState.OFFLINE
    assert not asking.done()

    server.recover()
    await clock.forward(600)

    assert await asking == "answer"


def compared(server: Server, clock: FrozenClock, error: PlexError | None) -> ServerAvailability:
    """Return an availability that compares a refusal with a question that fails with this error, or not at all."""

    async def compare() -> None:
        if error:
            raise error

    return ServerAvailability(server.probe, clock, compare=compare)


REFUSALS = [ErrorKind.BAD_REQUEST, ErrorKind.PERMISSION]


@pytest.mark.parametrize("kind", REFUSALS)
@pytest.mark.parametrize("other", REFUSALS)
async def test_refusal_of_everything_but_the_probe(
    server: Server, clock: FrozenClock, kind: ErrorKind, other: ErrorKind
) -> None:
    """A proxy that lets only the probe through is an outage."""
    availability = compared(server, clock, PlexError(other, "refused as well"))
    server.fail(kind, probe=False)
    asking = asyncio.create_task(availability.call(server.question))
    await clock.forward(HOUR)
    assert availability.state is ConnectionState.OFFLINE

    server.recover()
    await clock.forward(HOUR)

    assert await asking == "answer"


@pytest.mark.parametrize("kind", REFUSALS)
async def test_refusal_of_one_question(server: Server, clock: FrozenClock, kind: ErrorKind) -> None:
    """A refusal is meant where the comparison is answered."""
    availability = compared(server, clock, None)
    server.fail(kind, probe=False)

    with pytest.raises(PlexError, match=kind):
        await availability.call(server.question)

    assert availability.state is ConnectionState.ONLINE


@pytest.mark.parametrize("other", [ErrorKind.TIMEOUT, ErrorKind.BROKEN_ANSWER, ErrorKind.SERVER_ERROR])
@pytest.mark.parametrize("kind", REFUSALS)
async def test_refusal_that_cannot_be_compared(
    server: Server, clock: FrozenClock, kind: ErrorKind, other: ErrorKind
) -> None:
    """A comparison that fails is no outage, and the refusal is no reason to give up yet."""
    availability = compared(server, clock, PlexError(other, "not well"))
    server.fail(kind, probe=False)

    with pytest.raises(PlexError, match="not well") as caught:
        await availability.call(server.question)

    assert decide_retry(caught.value, 1).action is RetryAction.RETRY
    assert availability.state is ConnectionState.ONLINE


async def test_comparison_that_meets_an_outage(server: Server, clock: FrozenClock) -> None:
    """A server that goes away between the probe and the comparison is away."""
    availability = compared(server, clock, PlexError(ErrorKind.NETWORK, "refused"))
    server.fail(ErrorKind.BAD_REQUEST, probe=False)
    asking = asyncio.create_task(availability.call(server.question))
    await work()
    assert availability.state is ConnectionState.OFFLINE

    server.recover()
    await clock.forward(HOUR)

    assert await asking == "answer"


@pytest.mark.parametrize("kind", [ErrorKind.TIMEOUT, ErrorKind.BROKEN_ANSWER, ErrorKind.SERVER_ERROR])
async def test_error_that_the_comparison_would_share(server: Server, clock: FrozenClock, kind: ErrorKind) -> None:
    """A broken library list is no outage: only a refusal is compared."""
    availability = compared(server, clock, PlexError(kind, "the library list"))
    server.fail(kind, probe=False)

    with pytest.raises(PlexError, match=kind):
        await availability.call(server.question)

    assert availability.state is ConnectionState.ONLINE


IN_DOUBT = [
    ErrorKind.TIMEOUT,
    ErrorKind.BROKEN_ANSWER,
    ErrorKind.SERVER_ERROR,
    ErrorKind.UNAVAILABLE,
    ErrorKind.NOT_PLEX,
]


@pytest.mark.parametrize("kind", IN_DOUBT)
async def test_question_that_fares_worse_than_others(
    availability: ServerAvailability, server: Server, told: list[ConnectionState], kind: ErrorKind
) -> None:
    """A question that is late, broken or refused, while the server answers a simple one, holds up nobody else.

    It is tried again so often, and then given up.
    """
    server.fail(kind, probe=False, retry_after=7)

    with pytest.raises(PlexError) as caught:
        await availability.call(server.question)

    assert decide_retry(caught.value, 1).action is RetryAction.RETRY
    assert decide_retry(caught.value, MAX_ATTEMPTS).action is RetryAction.GIVE_UP
    assert (str(caught.value), caught.value.retry_after) == (str(kind), 7)
    assert (server.probes, told) == (1, [])


@pytest.mark.parametrize(("kind", "probe"), pairwise([*IN_DOUBT, IN_DOUBT[0]]))
async def test_server_that_answers_nothing_well(
    availability: ServerAvailability,
    server: Server,
    clock: FrozenClock,
    told: list[ConnectionState],
    kind: ErrorKind,
    probe: ErrorKind,
) -> None:
    """Where a simple question fails too, in whatever way, the server is away: nothing is given up, however long."""
    server.fail(kind)
    server.probe_error = PlexError(probe, "not well either")
    asking = asyncio.create_task(availability.call(server.question))
    await clock.forward(HOUR)
    assert (server.questions, availability.reason) == (1, Reason.SERVER_OFFLINE)

    server.recover()
    await clock.forward(HOUR)

    assert await asking == "answer"
    assert told == [ConnectionState.OFFLINE, ConnectionState.ONLINE]


async def test_one_second_opinion_for_all(availability: ServerAvailability, server: Server) -> None:
    """However many questions fail at once, the server is asked one simple question more."""
    server.fail(ErrorKind.SERVER_ERROR, probe=False)

    errors = await asyncio.gather(*(availability.call(server.question) for _ in range(100)), return_exceptions=True)

    assert all(isinstance(error, PlexError) for error in errors)
    assert server.probes == 1


async def test_error_of_somebody_who_does_not_ask_through_the_link(
    availability: ServerAvailability, server: Server, clock: FrozenClock, told: list[ConnectionState]
) -> None:
    """It is doubted like any other."""
    server.fail(ErrorKind.UNAVAILABLE, probe=False)
    with pytest.raises(PlexError, match="one question"):
        await availability.take(PlexError(ErrorKind.UNAVAILABLE, "one question"))
    assert told == []

    server.fail(ErrorKind.UNAVAILABLE)
    await availability.take(PlexError(ErrorKind.UNAVAILABLE, "all of them"))
    await availability.take(PlexError(ErrorKind.UNAVAILABLE, "known already"))
    assert (told, server.probes) == ([ConnectionState.OFFLINE], 2)

    server.recover()
    await clock.forward(HOUR)
    assert told == [ConnectionState.OFFLINE, ConnectionState.ONLINE]


async def test_comes_back_but_for_one_question(
    availability: ServerAvailability, server: Server, clock: FrozenClock, told: list[ConnectionState]
) -> None:
    """The outage is over once, for all but that question."""
    server.fail(ErrorKind.UNAVAILABLE)
    asking = asyncio.create_task(availability.call(server.question))
    await clock.forward(10)
    server.fail(ErrorKind.UNAVAILABLE, probe=False)
    await clock.forward(HOUR)

    with pytest.raises(PlexError):
        await asking
    with pytest.raises(PlexError):
        await availability.call(server.question)
    assert told == [ConnectionState.OFFLINE, ConnectionState.ONLINE]


async def test_hanging_server(
    availability: ServerAvailability, server: Server, clock: FrozenClock, told: list[ConnectionState]
) -> None:
    """A server that does not answer a simple question either is away."""
    server.fail(ErrorKind.TIMEOUT)
    asking = asyncio.create_task(availability.call(server.question))
    await clock.forward(HOUR)
    assert availability.state is ConnectionState.OFFLINE

    server.recover()
    await clock.forward(HOUR)

    assert await asking == "answer"
    assert told == [ConnectionState.OFFLINE, ConnectionState.ONLINE]


async def test_wrong_token(
    availability: ServerAvailability, server: Server, clock: FrozenClock, told: list[ConnectionState]
) -> None:
    """A token that is not accepted stops everything until a person acts; nothing is asked meanwhile, nothing lost."""
    server.fail(ErrorKind.AUTH)
    asking = asyncio.create_task(availability.call(server.question))
    await clock.forward(24 * HOUR)

    assert (server.questions, server.probes) == (1, 1)
    assert availability.reason is Reason.NOT_AUTHORIZED
    assert told == [ConnectionState.UNAUTHORIZED]
    assert not asking.done()

    server.recover()
    availability.go_online()
    assert await asking == "answer"
    assert told == [ConnectionState.UNAUTHORIZED, ConnectionState.ONLINE]


async def test_shared_users_token(
    availability: ServerAvailability, server: Server, told: list[ConnectionState]
) -> None:
    """A token that is good for reading and refused for scanning lacks a permission; nobody need sign in again."""
    server.fail(ErrorKind.AUTH, probe=False)

    with pytest.raises(PlexError) as caught:
        await availability.call(server.question)

    assert caught.value.kind is ErrorKind.PERMISSION
    assert told == []


async def test_token_changed_during_an_outage(
    availability: ServerAvailability, server: Server, clock: FrozenClock, told: list[ConnectionState]
) -> None:
    """A server that comes back and knows the token no more stops everything."""
    server.fail(ErrorKind.NETWORK)
    asking = asyncio.create_task(availability.call(server.question))
    await clock.forward(HOUR)
    server.fail(ErrorKind.AUTH)
    await clock.forward(HOUR)
    probes = server.probes
    await clock.forward(HOUR)

    assert told == [ConnectionState.OFFLINE, ConnectionState.UNAUTHORIZED]
    assert server.probes == probes
    asking.cancel()


@pytest.mark.parametrize("kind", [ErrorKind.SERVER_ERROR, ErrorKind.BROKEN_ANSWER, ErrorKind.TLS, ErrorKind.NOT_FOUND])
async def test_comes_back_in_pieces(
    availability: ServerAvailability, server: Server, clock: FrozenClock, told: list[ConnectionState], kind: ErrorKind
) -> None:
    """Whatever a server says while it comes back, it is away until a probe succeeds."""
    server.fail(ErrorKind.NETWORK)
    asking = asyncio.create_task(availability.call(server.question))
    await clock.forward(10)
    server.fail(kind)
    await clock.forward(HOUR)
    assert told == [ConnectionState.OFFLINE]

    server.recover()
    await clock.forward(HOUR)

    assert await asking == "answer"


async def test_starting_up(
    availability: ServerAvailability, server: Server, clock: FrozenClock, told: list[ConnectionState]
) -> None:
    """While a server starts it answers reads, and refuses commands with 400: one outage, told once."""
    server.fail(kind_of_status(400, "the server is still starting up"), probe=False)
    asking = asyncio.create_task(availability.call(server.question))
    await clock.forward(30)
    assert not asking.done()

    server.recover()
    await clock.forward(HOUR)

    assert await asking == "answer"
    assert told == [ConnectionState.OFFLINE, ConnectionState.ONLINE]


async def test_closed(availability: ServerAvailability, server: Server, clock: FrozenClock) -> None:
    """Closing ends the probing; who still waits is its owner's to cancel."""
    server.fail(ErrorKind.NETWORK)
    asking = asyncio.create_task(availability.call(server.question))
    await clock.forward(10)

    await availability.close()
    probes = server.probes
    await clock.forward(HOUR)

    assert server.probes == probes
    asking.cancel()


async def test_other_errors_are_not_ours(availability: ServerAvailability) -> None:
    """A bug in a question is raised as it is."""

    async def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await availability.call(broken)


async def test_back_while_nobody_asks(
    availability: ServerAvailability, server: Server, clock: FrozenClock, told: list[ConnectionState]
) -> None:
    """A successful probe is enough where nobody waits for an answer."""
    server.fail(ErrorKind.NETWORK)
    availability.go_offline(PlexError(ErrorKind.NETWORK, "refused"))
    availability.go_offline(PlexError(ErrorKind.NETWORK, "refused"))
    await clock.forward(10)
    server.recover()
    await clock.forward(HOUR)

    assert told == [ConnectionState.OFFLINE, ConnectionState.ONLINE]


async def test_back_and_nobody_waits_any_more(
    availability: ServerAvailability, server: Server, clock: FrozenClock, told: list[ConnectionState]
) -> None:
    """Who waited has left, or got an error of his own: the server is back all the same."""
    server.fail(ErrorKind.NETWORK)
    leaving = asyncio.create_task(availability.call(server.question))
    refused = asyncio.create_task(availability.call(server.question))
    await clock.forward(10)
    leaving.cancel()
    server.fail(ErrorKind.BAD_REQUEST, probe=False)
    await clock.forward(HOUR)

    with pytest.raises(PlexError):
        await refused
    assert told == [ConnectionState.OFFLINE, ConnectionState.ONLINE]
