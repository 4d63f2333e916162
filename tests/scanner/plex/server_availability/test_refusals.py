"""Refused requests, compared with a request that Plex always accepts: an outage, or an error of the request."""

import asyncio

import pytest

from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError
from custom_components.plex_smart_scan.scanner.plex.retry import RetryAction, decide_retry
from custom_components.plex_smart_scan.scanner.plex.server_availability import ConnectionState, ServerAvailability
from tests.scanner.builders import FrozenClock, work

from .conftest import HOUR, Server


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
