"""Search for the URL at which a server that plex.tv lists can be reached."""

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
from ..scanner import Access, PlexError, Server, identify
from .check_connection import ERRORS, async_check

PROBE_SECONDS: Final = 5.0
_PLEX_DIRECT: Final = ".plex.direct"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A URL that may lead to the server."""

    url: str
    verify_ssl: bool = True

    def access(self, server: ListedServer) -> Access:
        """Return the access to the server at this URL. Its token is sent to this server only."""
        return Access(
            url=self.url, token=server.token, verify_ssl=self.verify_ssl, machine_identifier=server.identifier
        )


@dataclass(frozen=True, slots=True)
class Probe:
    """The response of a URL without a token. `failure` is a reason, or None if the right server responded."""

    candidate: Candidate
    failure: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """The server and the access to it."""

    server: Server
    access: Access


@dataclass(slots=True)
class Search:
    """The result of a search: the server, or a reason for each URL that was tried.

    `unverified` is a URL at which the server responds, but without a valid certificate.
    """

    found: Found | None = None
    unverified: Candidate | None = None
    failures: dict[Candidate, str] = field(default_factory=dict)


def candidates(server: ListedServer, current: Candidate | None = None) -> list[Candidate]:
    """Return the URLs to try, best first. `current` is the URL that was used so far.

    Plain http with an IP address comes before https with a plex.direct name, because it needs no DNS. Many routers do
    not resolve names with private addresses (DNS rebinding protection). Relays and http over the internet are not used.
    https with an IP address, for which no certificate exists, comes last because it needs the consent of the user.
    """
    ranked = sorted(
        ((rank, found) for each in server.connections if not each.relay for rank, found in _ranked(each, server)),
        key=lambda pair: pair[0],
    )
    first = [current] if current else []
    return list(dict.fromkeys([*first, *(candidate for _, candidate in ranked)]))


def _ranked(connection: ListedConnection, server: ListedServer) -> Iterator[tuple[int, Candidate]]:
    """Yield the URLs of a connection with their ranks; the lowest rank is the best."""
    uri, local = _parsed(connection.uri), connection.local
    is_ip = _is_ip(connection.address)
    if uri and uri.scheme == "https":
        if not local:
            yield 4, Candidate(_text(uri))
        else:
            yield 2 if (uri.host or "").endswith(_PLEX_DIRECT) else 3, Candidate(_text(uri))
    if not local or not 0 < connection.port < 2**16:
        return
    url = _built("https" if server.https_required else "http", connection)
    if url and not server.https_required:
        yield 1 if is_ip else 3, Candidate(_text(url))
    elif url and is_ip:
        yield 5, Candidate(_text(url), verify_ssl=False)


def _built(scheme: str, connection: ListedConnection) -> URL | None:
    try:
        return URL.build(scheme=scheme, host=connection.address, port=connection.port)
    except ValueError:
        return None


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
    """Find the best URL of a server, and verify that its token permits reading and scanning there.

    All URLs are requested at once without a token. The token is sent only to the right server.
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
    """Process the next probe and return whether the search is finished."""
    candidate, failure = probe.candidate, probe.failure
    if failure is None and not candidate.verify_ssl and not is_current:
        search.unverified = search.unverified or candidate
        failure = "unverified"
    if failure is None:
        access = candidate.access(server)
        identified, errors = await async_check(access)
        if identified and identified.machine_identifier == server.identifier:
            search.found = Found(identified, access)
            return True
        failure = next(iter(errors.values()), "other_server")
    search.failures[candidate] = failure
    return failure == "no_permission"


async def async_probe(hass: HomeAssistant, identifier: str, candidate: Candidate) -> Probe:
    """Check without a token which server responds at a URL."""
    session = async_get_clientsession(hass, verify_ssl=candidate.verify_ssl)
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            identified = await identify(session, candidate.url)
    except TimeoutError:
        return Probe(candidate, "timeout")
    except PlexError as error:
        return Probe(candidate, _reason(error))
    return Probe(candidate, None if identified == identifier else "other_server")


def _reason(error: PlexError) -> str:
    """Return the key of the text that explains why a URL does not work."""
    match error.__cause__:
        case aiohttp.ClientConnectorDNSError():
            return "unknown_host"
        case aiohttp.ClientConnectorSSLError():
            # The server does not use TLS, so the certificate is not the problem.
            return "cannot_connect"
        case _:
            return ERRORS.get(error.kind, "cannot_connect")
