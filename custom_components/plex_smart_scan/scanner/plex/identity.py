"""The machine identifier of a server: asked without a token, and compared with the expected one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import ParseError, fromstring

import aiohttp

from .errors import ErrorKind, PlexError, refusal

IDENTITY_PATH: Final = "/identity"
MAX_IDENTITY: Final = 64 * 1024  # bytes
_TIMEOUT: Final = aiohttp.ClientTimeout(total=30)  # seconds, for the whole answer
# What every Plex has and answers to anyone. Who says otherwise is no Plex; it says nothing about what was to be asked.
_NOT_PLEX: Final = {ErrorKind.NOT_FOUND, ErrorKind.BAD_REQUEST, ErrorKind.PERMISSION, ErrorKind.SERVER_ERROR}


class ServerIdentity:
    """The machine identifier that a server must have. Where none is known, the first one seen counts."""

    def __init__(self, expected: str | None = None) -> None:
        """Keep what is expected."""
        self.expected = expected

    def check(self, found: str | None) -> None:
        """Raise PlexError for another server, and for what is none."""
        if not found:
            raise PlexError(ErrorKind.NOT_PLEX, "the answer names no machineIdentifier")
        if self.expected is None:
            self.expected = found
        if found != self.expected:
            raise PlexError(ErrorKind.WRONG_SERVER, f"another Plex server answers: {found}", server=found)

    def check_answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Check the answer of `/identity`. Raises PlexError."""
        if len(body) > MAX_IDENTITY:
            raise PlexError(ErrorKind.NOT_PLEX, "the answer names no machineIdentifier")
        if status != 200:  # noqa: PLR2004 - HTTP's OK
            error = refusal(status, headers, body.decode(errors="replace"), datetime.now(UTC))
            kind = ErrorKind.NOT_PLEX if error.kind in _NOT_PLEX else error.kind
            raise PlexError(kind, str(error), status=status, retry_after=error.retry_after)
        try:
            root = fromstring(body)  # noqa: S314 - at most 64 kB; expat bounds what entities expand to
        except (ParseError, ValueError, LookupError) as error:
            raise PlexError(ErrorKind.NOT_PLEX, "the answer is not Plex's XML") from error
        self.check(root.get("machineIdentifier"))


async def identify(session: aiohttp.ClientSession, url: str) -> str:
    """Ask a server for its machine identifier, which it tells without a token. Raises PlexError."""
    identity = ServerIdentity()
    try:
        async with session.get(
            url.rstrip("/") + IDENTITY_PATH,
            headers={"Accept": "text/xml", "Accept-Encoding": "identity"},
            timeout=_TIMEOUT,
            allow_redirects=False,
        ) as answer:
            body = bytearray()
            async for chunk in answer.content.iter_chunked(MAX_IDENTITY):
                body += chunk
                if len(body) > MAX_IDENTITY:
                    break
            identity.check_answer(answer.status, answer.headers, bytes(body))
    except TimeoutError as error:
        raise PlexError(ErrorKind.TIMEOUT, f"no answer within {_TIMEOUT.total:.0f} seconds") from error
    except aiohttp.ClientSSLError as error:
        raise PlexError(ErrorKind.TLS, "the certificate of the server could not be verified") from error
    except aiohttp.ClientError as error:
        raise PlexError(ErrorKind.NETWORK, type(error).__name__) from error
    assert identity.expected is not None  # noqa: S101 - check_answer raises otherwise
    return identity.expected
