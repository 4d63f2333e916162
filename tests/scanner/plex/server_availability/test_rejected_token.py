"""A token that the server rejects, and one without permission."""

import asyncio

import pytest

from custom_components.plex_smart_scan.scanner.models import Reason
from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError
from custom_components.plex_smart_scan.scanner.plex.server_availability import ConnectionState, ServerAvailability
from tests.scanner.builders import FrozenClock

from .conftest import HOUR, Server


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
