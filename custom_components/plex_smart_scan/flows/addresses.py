"""Find the address at which a server that plex.tv lists can be reached from here."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final

import aiohttp
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from yarl import URL

from ..plex_tv import ListedConnection, ListedServer
from ..scanner.models import Server
from ..scanner.plex.access_token import Access
from ..scanner.plex.errors import PlexError
from ..scanner.plex.identity import identify
from .connection import ERRORS, async_check

PROBE_SECONDS: Final = 5.0
_PLEX_DIRECT: Final = ".plex.direct"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address that may lead to the server."""

    url: str
    verify_ssl: bool = True

    def access(self, server: ListedServer) -> Access:
        """Return how to reach a server here; its token goes to no other."""
        return Access(
            url=self.url, token=server.token, verify_ssl=self.verify_ssl, machine_identifier=server.identifier
        )


@dataclass(frozen=True, slots=True)
class Probe:
    """What an address answered without a token. `failure` is a reason, None where the right server answers."""

    candidate: Candidate
    failure: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """The server, and how it is reached."""

    server: Server
    access: Access


@dataclass(slots=True)
class Search:
    """What came of a search: the server, or a reason for each address that was tried.

    `unverified` is where the server answers, but no certificate proves it.
    """

    found: Found | None = None
    unverified: Candidate | None = None
    failures: dict[Candidate, str] = field(default_factory=dict)


def candidates(server: ListedServer, current: Candidate | None = None) -> list[Candidate]:
    """Return the addresses to try, the best first. `current` is where the server was reached so far.

    Plain http to an IP address comes before https to a plex.direct name: it needs no DNS, which routers answer for
    private addresses only where their protection against rebinding is off. No relay, and no remote http. https to an IP
    address, for which there is no certificate, comes last: it needs the user's consent.
    """
    ranked = sorted(
        ((rank, found) for each in server.connections if not each.relay for rank, found in _ranked(each, server)),
        key=lambda pair: pair[0],
    )
    first = [current] if current else []
    return list(dict.fromkeys([*first, *(candidate for _, candidate in ranked)]))


def _ranked(connection: ListedConnection, server: ListedServer) -> Iterator[tuple[int, Candidate]]:
    """Return the addresses of one connection with their ranks, of which the lowest is the best."""
    uri, local = _parsed(connection.uri), connection.local
    is_ip = _is_ip(connection.address)
    if uri and uri.scheme == "https":
        if not local:
            yield 4, Candidate(_text(uri))
        else:
            yield 2 if (uri.host or "").endswith(_PLEX_DIRECT) else 3, Candidate(_text(uri))
    if not local or not 0 < connection.port < 2**16:
        return
    host = connection.address
    if not server.https_required:
        yield 1 if is_ip else 3, Candidate(_text(URL.build(scheme="http", host=host, port=connection.port)))
    elif is_ip:
        unverified = URL.build(scheme="https", host=host, port=connection.port)
        yield 5, Candidate(_text(unverified), verify_ssl=False)


def _parsed(uri: str) -> URL | None:
    try:
        url = URL(uri)
    except ValueError:
        return None
    return url if url.host else None


def _text(url: URL) -> str:
    return f"{url.origin()}{url.path.rstrip('/')}"


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


async def async_search(hass: HomeAssistant, server: ListedServer, current: Candidate | None = None) -> Search:
    """Find the best address of a server, and prove that its token may read and scan there.

    All addresses are asked at once who answers, without a token. The token is only sent to the server that it is for.
    """
    probing = [
        hass.async_create_background_task(async_probe(hass, server.identifier, each), f"probe {each.url}")
        for each in candidates(server, current)
    ]
    search = Search()
    try:
        for task in probing:
            probe = await task
            if await _async_settles(search, server, probe, is_current=probe.candidate == current):
                break
    finally:
        for task in probing:
            task.cancel()
    return search


async def _async_settles(search: Search, server: ListedServer, probe: Probe, *, is_current: bool) -> bool:
    """Take the next answer into account; returns whether the search is over."""
    candidate, failure = probe.candidate, probe.failure
    if failure is None and not candidate.verify_ssl and not is_current:
        search.unverified = search.unverified or candidate
        failure = "unverified"
    if failure is None:
        access = candidate.access(server)
        answered, errors = await async_check(access)
        if answered and answered.machine_identifier == server.identifier:
            search.found = Found(answered, access)
            return True
        failure = next(iter(errors.values()), "other_server")
    search.failures[candidate] = failure
    return failure == "no_permission"


async def async_probe(hass: HomeAssistant, identifier: str, candidate: Candidate) -> Probe:
    """Ask an address who answers there, without a token."""
    session = async_get_clientsession(hass, verify_ssl=candidate.verify_ssl)
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            answered = await identify(session, candidate.url)
    except TimeoutError:
        return Probe(candidate, "timeout")
    except PlexError as error:
        return Probe(candidate, _reason(error))
    return Probe(candidate, None if answered == identifier else "other_server")


def _reason(error: PlexError) -> str:
    """Return the key of the text that says why an address does not work."""
    match error.__cause__:
        case aiohttp.ClientConnectorDNSError():
            return "unknown_host"
        case aiohttp.ClientConnectorSSLError():
            # Not a certificate: no TLS at all.
            return "cannot_connect"
        case _:
            return ERRORS.get(error.kind, "cannot_connect")
