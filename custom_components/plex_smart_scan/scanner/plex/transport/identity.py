"""The machine identifier of a server: requested without a token, and compared with the expected one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import aiohttp

from ..errors import ErrorKind, PlexError, error_from_response
from .limited_xml import parse

IDENTITY_PATH: Final = "/identity"
MAX_IDENTITY: Final = 64 * 1024  # bytes
_TIMEOUT: Final = 30.0  # seconds, for the complete response
IDENTITY_OPTIONS: Final[dict[str, Any]] = {  # of aiohttp's request for IDENTITY_PATH
    "headers": {"Accept": "text/xml", "Accept-Encoding": "identity"},
    "timeout": aiohttp.ClientTimeout(total=_TIMEOUT),
}
# Every Plex server responds to `/identity` without a token: these errors mean that something else responded.
_NOT_PLEX: Final = {ErrorKind.NOT_FOUND, ErrorKind.BAD_REQUEST, ErrorKind.PERMISSION, ErrorKind.SERVER_ERROR}


class ServerIdentity:
    """The expected machine identifier. If none is known, the first one seen is expected from then on."""

    def __init__(self, expected: str | None = None) -> None:
        """Store the expected machine identifier."""
        self.expected = expected

    def check(self, found: str | None) -> None:
        """Raise PlexError for another server, or for a response without an identifier."""
        if not found:
            raise PlexError(ErrorKind.NOT_PLEX, "the response contains no machineIdentifier")
        if self.expected is None:
            self.expected = found
        if found != self.expected:
            raise PlexError(ErrorKind.WRONG_SERVER, f"another Plex server responded: {found}", server=found)

    def check_identity_response(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Check the response of `/identity`. Raises PlexError."""
        if len(body) > MAX_IDENTITY:
            raise PlexError(ErrorKind.NOT_PLEX, "the response contains no machineIdentifier")
        if status != 200:  # noqa: PLR2004 - HTTP's OK
            error = error_from_response(status, headers, body.decode(errors="replace"), datetime.now(UTC))
            kind = ErrorKind.NOT_PLEX if error.kind in _NOT_PLEX else error.kind
            raise PlexError(kind, str(error), status=status, retry_after=error.retry_after)
        try:
            root = parse([body])
        except PlexError as error:
            raise PlexError(ErrorKind.NOT_PLEX, "the response is not XML from Plex") from error
        self.check(None if root is None else root.get("machineIdentifier"))

    async def check_response(self, response: aiohttp.ClientResponse) -> None:
        """Read and check aiohttp's response of `/identity`. Raises PlexError, and what aiohttp does."""
        body = bytearray()
        async for chunk in response.content.iter_chunked(MAX_IDENTITY):
            body += chunk
            if len(body) > MAX_IDENTITY:
                break
        self.check_identity_response(response.status, response.headers, bytes(body))


async def identify(session: aiohttp.ClientSession, url: str) -> str:
    """Request the machine identifier of a server, without a token. Raises PlexError."""
    identity = ServerIdentity()
    try:
        async with session.get(url.rstrip("/") + IDENTITY_PATH, allow_redirects=False, **IDENTITY_OPTIONS) as response:
            await identity.check_response(response)
    except TimeoutError as error:
        raise PlexError(ErrorKind.TIMEOUT, f"no response within {_TIMEOUT:.0f} seconds") from error
    except aiohttp.ClientSSLError as error:
        raise PlexError(ErrorKind.TLS, "the certificate of the server could not be verified") from error
    except aiohttp.ClientError as error:
        raise PlexError(ErrorKind.NETWORK, type(error).__name__) from error
    assert identity.expected is not None  # noqa: S101 - check_response raises otherwise
    return identity.expected
