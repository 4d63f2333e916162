"""Plex in plain HTTP, for when plexapi itself fails (never for when Plex says no)."""

import asyncio
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element, ParseError, fromstring

import aiohttp

from ..unexpected_errors import UnexpectedErrors
from .errors import SUCCESS, ErrorKind, PlexError, refusal

_TIMEOUT: Final = aiohttp.ClientTimeout(total=30)
MAX_BYTES: Final = 32 * 2**20  # more than any page we ask for


class PlainHttpClient:
    """Sends a request on a session that is handed in; the token goes into a header, never into the URL."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str, *, verify_ssl: bool = True) -> None:
        """Keep the session; it stays its owner's to close."""
        self._session = session
        self._url = url.rstrip("/")
        self._headers = {"X-Plex-Token": token, "Accept": "text/xml"}
        self._verify_ssl = verify_ssl
        self._unexpected = UnexpectedErrors()

    async def send(self, path: str, method: str, headers: dict[str, str]) -> Element | None:
        """Ask, and parse the XML; None for an empty body. Raises PlexError and nothing else."""
        try:
            return await self._ask(path, method, headers)
        except TimeoutError as error:
            raise PlexError(ErrorKind.TIMEOUT, f"no answer within {_TIMEOUT.total:.0f} seconds") from error
        except aiohttp.ClientSSLError as error:
            raise PlexError(ErrorKind.TLS, "the certificate of the server could not be verified") from error
        except aiohttp.ClientError as error:
            raise PlexError(ErrorKind.NETWORK, type(error).__name__) from error
        except PlexError:
            raise
        except Exception as error:
            self._unexpected.tell("Plain HTTP failed where Plex did not", error)
            raise PlexError(ErrorKind.BROKEN_ANSWER, f"unexpected {type(error).__name__}, see the log") from error

    async def _ask(self, path: str, method: str, headers: dict[str, str]) -> Element | None:
        async with self._session.request(
            method.upper(),
            self._url + path,
            headers=self._headers | headers,
            timeout=_TIMEOUT,
            ssl=self._verify_ssl,
            allow_redirects=False,
        ) as answer:
            body = await _whole(answer.content)
        if answer.status not in SUCCESS:
            raise refusal(answer.status, answer.headers, body.decode(errors="replace"), datetime.now(UTC))
        if not body.strip():
            return None
        # Up to seconds of work for the largest answers.
        return await asyncio.get_running_loop().run_in_executor(None, _parsed, body)


async def _whole(content: aiohttp.StreamReader) -> bytes:
    """Read to the end, and not more than we ever ask for."""
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > MAX_BYTES:
            raise PlexError(ErrorKind.BROKEN_ANSWER, "Plex's answer was larger than anything we ask for")
    return bytes(body)


def _parsed(body: bytes) -> Element:
    try:
        return fromstring(body)  # noqa: S314 - the server is the user's own, as with plexapi
    except (ParseError, ValueError, LookupError) as error:
        # Not only ParseError: the XML may claim an encoding that Python does not know, or cannot parse.
        raise PlexError(ErrorKind.BROKEN_ANSWER, "Plex's answer was cut or is no XML") from error


async def identify(session: aiohttp.ClientSession, url: str) -> str:
    """Ask a server for its machine identifier, which it tells without a token. Raises PlexError."""
    root = await PlainHttpClient(session, url, "").send("/identity", "GET", {})
    identifier = root.get("machineIdentifier") if root is not None else None
    if not identifier:
        raise PlexError(ErrorKind.NOT_PLEX, "the answer names no machineIdentifier")
    return identifier
