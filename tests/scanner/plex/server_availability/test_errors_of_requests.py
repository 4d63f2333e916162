"""Errors of single requests: retries, Retry-After, the limit of attempts, and the probe that follows an error."""

import asyncio
from itertools import pairwise

import pytest

from custom_components.plex_smart_scan.scanner.models import Reason
from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError
from custom_components.plex_smart_scan.scanner.plex.retry import MAX_ATTEMPTS, RetryAction, decide_retry
from custom_components.plex_smart_scan.scanner.plex.server_availability import ConnectionState, ServerAvailability
from tests.scanner.builders import FrozenClock, work

from .conftest import HOUR, Server


async def test_request_to_an_available_server_is_sent_without_a_probe(
    availability: ServerAvailability, server: Server, reports: list[ConnectionState]
) -> None:
    """A request to an available server is sent once, without a probe."""
    assert await availability.call(server.request) == "answer"

    assert (server.questions, server.probes, reports) == (1, 0, [])
    assert availability.reason is None


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


async def test_unexpected_error_is_raised_unchanged(availability: ServerAvailability) -> None:
    """An unexpected error is raised unchanged."""

    async def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await availability.call(broken)
