"""Plex in plain HTTP, for when plexapi itself fails (never for when Plex says no)."""

from typing import Final
from xml.etree.ElementTree import Element, ParseError, fromstring

import aiohttp

from .retry import ErrorKind, PlexError, kind_of_status

_TIMEOUT: Final = aiohttp.ClientTimeout(total=30)
MAX_BYTES: Final = 32 * 2**20  # more than any page we ask for


class RestFallback:
    """Sends a request on a session that is handed in; the token goes into a header, never into the URL."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str, *, verify_ssl: bool = True) -> None:
        """Keep the session; it stays its owner's to close."""
        self._session = session
        self._url = url.rstrip("/")
        self._headers = {"X-Plex-Token": token, "Accept": "text/xml"}
        self._verify_ssl = verify_ssl

    async def send(self, path: str, method: str, headers: dict[str, str]) -> Element | None:
        """Ask, and parse the XML; None for an empty body. Raises PlexError."""
        try:
            async with self._session.request(
                method.upper(),
                self._url + path,
                headers=self._headers | headers,
                timeout=_TIMEOUT,
                ssl=self._verify_ssl,
                allow_redirects=False,
            ) as answer:
                body = await answer.content.read(MAX_BYTES)
        except TimeoutError as error:
            raise PlexError(ErrorKind.TIMEOUT, "no answer within 30 seconds") from error
        except aiohttp.ClientError as error:
            raise PlexError(ErrorKind.NETWORK, type(error).__name__) from error
        if answer.status not in {200, 201, 204}:
            kind = kind_of_status(answer.status, body.decode(errors="replace"))
            raise PlexError(kind, f"Plex answered {answer.status}", status=answer.status)
        if not body.strip():
            return None
        try:
            return fromstring(body)  # noqa: S314 - the server is the user's own, as with plexapi
        except ParseError as error:
            raise PlexError(ErrorKind.BROKEN_ANSWER, "Plex's answer was cut or is no XML") from error


async def identify(session: aiohttp.ClientSession, url: str) -> str:
    """Ask a server for its machine identifier, which it tells without a token. Raises PlexError."""
    root = await RestFallback(session, url, "").send("/identity", "GET", {})
    identifier = root.get("machineIdentifier") if root is not None else None
    if not identifier:
        raise PlexError(ErrorKind.NOT_PLEX, "the answer names no machineIdentifier")
    return identifier
