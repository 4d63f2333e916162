"""Outages: which errors begin one, when the server is probed, and what waits for its end."""

import asyncio

import pytest

from custom_components.plex_smart_scan.scanner.models import Reason
from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError, kind_of_status
from custom_components.plex_smart_scan.scanner.plex.server_availability import ConnectionState, ServerAvailability
from tests.scanner.builders import FrozenClock, work

from .conftest import HOUR, Server


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
