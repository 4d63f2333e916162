"""The door to Plex: what goes out, and what happens when plexapi itself fails."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from custom_components.plex_smart_scan.scanner.gateway import Access, PlexGateway
from custom_components.plex_smart_scan.scanner.rest import RestFallback
from custom_components.plex_smart_scan.scanner.retry import ErrorKind, PlexError
from tests.fake_plex import FakePlex, Fault


@pytest.fixture
async def session(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    """Return an aiohttp session."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def gateway(fake_plex: FakePlex, session: aiohttp.ClientSession) -> AsyncIterator[PlexGateway]:
    """Return a gateway whose plexapi is broken, with the plain-HTTP fallback."""
    access = Access(url=fake_plex.url, token=fake_plex.token)
    gateway = PlexGateway(access, fallback=RestFallback(session, access.url, access.token))
    yield gateway
    await gateway.close()


@pytest.fixture
def broken_plexapi(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make plexapi fail as after an incompatible release."""

    def fail(*_args: Any, **_kwargs: Any) -> None:
        msg = "no attribute 'query'"
        raise AttributeError(msg)

    monkeypatch.setattr("plexapi.server.PlexServer.query", fail)


@pytest.mark.usefixtures("broken_plexapi")
async def test_plain_http_where_plexapi_fails(fake_plex: FakePlex, gateway: PlexGateway, tmp_path: Any) -> None:
    """The same question, answered all the same; the token goes in the header."""
    fake_plex.add_library("Movies", "movie", {"/data/m": tmp_path})

    (library,) = await gateway.libraries()
    await gateway.refresh(library, "/data/m/Tenet (2020)")

    assert library.title == "Movies"
    assert fake_plex.stats.requests[-1].query == {"path": "/data/m/Tenet (2020)"}
    assert all("X-Plex-Token" not in request.query for request in fake_plex.stats.requests)


@pytest.mark.usefixtures("broken_plexapi")
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("status", status=401), ErrorKind.AUTH),
        (Fault("status", status=500), ErrorKind.SERVER_ERROR),
        (Fault("truncated"), ErrorKind.BROKEN_ANSWER),
        (Fault("empty"), ErrorKind.BROKEN_ANSWER),
        (Fault("disconnect"), ErrorKind.NETWORK),
    ],
    ids=["401", "500", "truncated", "empty", "cut off"],
)
async def test_plain_http_has_the_same_errors(
    fake_plex: FakePlex, gateway: PlexGateway, fault: Fault, kind: ErrorKind
) -> None:
    """Plex's no is a no on both ways."""
    fake_plex.faults.add(fault)

    with pytest.raises(PlexError) as error:
        await gateway.libraries()

    assert error.value.kind is kind


async def test_no_of_plex_is_not_asked_twice(fake_plex: FakePlex, gateway: PlexGateway) -> None:
    """The fallback is for plexapi's failures, not for Plex's refusals."""
    await gateway.server()
    fake_plex.stats.reset()
    fake_plex.faults.add(Fault("status", status=403))

    with pytest.raises(PlexError):
        await gateway.libraries()

    assert fake_plex.stats.paths() == ["/library/sections"]


@pytest.mark.usefixtures("broken_plexapi")
async def test_without_fallback_the_failure_is_told(fake_plex: FakePlex) -> None:
    """As an error of ours, not as plexapi's."""
    gateway = PlexGateway(Access(url=fake_plex.url, token=fake_plex.token))

    with pytest.raises(PlexError) as error:
        await gateway.libraries()

    assert error.value.kind is ErrorKind.BROKEN_ANSWER
    await gateway.close()


async def test_hanging_command_holds_up_no_question(fake_plex: FakePlex, gateway: PlexGateway, tmp_path: Any) -> None:
    """Scan requests and look-ups have a lane each."""
    fake_plex.add_library("Movies", "movie", {"/data/m": tmp_path})
    await gateway.server()
    (library,) = await gateway.libraries()
    fault = fake_plex.faults.add(Fault("slow", path="*/refresh"))
    command = asyncio.create_task(gateway.refresh(library, None))
    await fake_plex.wait_for_request("*/refresh")

    assert len(await gateway.libraries()) == 1

    assert not command.done()
    fault.release()
    await command
